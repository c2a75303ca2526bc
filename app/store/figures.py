"""What figures are made of, and the snapshots that dashboards read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.store import tables
from app.store.database import Store, new_id

_CELLS = """
SELECT 'site' AS level, country, site_id, indicator, count(*) AS n, sum(value) AS total, sum(value * value) AS squares
  FROM score WHERE round_id = :round GROUP BY country, site_id, indicator
UNION ALL
SELECT 'country', country, NULL, indicator, count(*), sum(value), sum(value * value)
  FROM score WHERE round_id = :round GROUP BY country, indicator
UNION ALL
SELECT 'round', '', NULL, indicator, count(*), sum(value), sum(value * value)
  FROM score WHERE round_id = :round GROUP BY indicator
"""


async def score_cells(store: Store, round_id: UUID) -> list[Any]:
    """n, Σx and Σx² of every indicator for every site, country and the round."""
    return list(await store.rows(_CELLS, round=round_id))


async def dispositions(store: Store, round_id: UUID) -> list[Any]:
    """How many invitations stand at which disposition, per site; `pending` where none was given yet."""
    return list(
        await store.rows(
            "SELECT country, site_id, coalesce(disposition, 'pending') AS disposition, count(*) AS people"
            " FROM invitation WHERE round_id = :round GROUP BY 1, 2, 3",
            round=round_id,
        )
    )


async def funnel(store: Store, round_id: UUID) -> dict[str, int]:
    """The whole round in people: invited, sent, delivered, started, complete, partial, refused."""
    rows = await store.records(
        "SELECT count(*) AS invited, count(sent_at) AS sent, count(delivered_at) AS delivered, count(started_at) AS started,"
        " count(*) FILTER (WHERE disposition = 'complete') AS complete,"
        " count(*) FILTER (WHERE disposition = 'partial') AS partial,"
        " count(*) FILTER (WHERE disposition = 'refusal') AS refused,"
        " count(*) FILTER (WHERE reminded) AS reminded FROM invitation WHERE round_id = :round",
        round=round_id,
    )
    return rows[0] if rows else {}


async def save_publication(
    store: Store,
    programme: UUID,
    round_id: UUID,
    figures: Sequence[Mapping[str, Any]],
    funnel: Mapping[str, Any],
    rates: Mapping[str, Any],
    now: datetime,
) -> UUID:
    """Keep a snapshot; dashboards and exports read the newest."""
    publication = new_id(now)
    await store.insert(
        tables.publications,
        [
            {
                "id": publication,
                "programme_id": programme,
                "round_id": round_id,
                "funnel": dict(funnel),
                "rates": dict(rates),
                "at": now,
            }
        ],
    )
    await store.insert(
        tables.figures,
        [
            {"programme_id": programme, "publication_id": publication, "round_id": round_id, **figure}
            for figure in figures
        ],
    )
    return publication


async def latest_publication(store: Store, programme: UUID, round_id: UUID) -> dict[str, Any] | None:
    """The newest snapshot's id, funnel, rates and moment; None before the first."""
    rows = await store.records(
        "SELECT id, funnel, rates, at FROM publication WHERE programme_id = :programme AND round_id = :round"
        " ORDER BY at DESC, id DESC LIMIT 1",
        programme=programme,
        round=round_id,
    )
    return rows[0] if rows else None


async def published_figures(store: Store, publication: UUID) -> list[dict[str, Any]]:
    """The figures of a snapshot, with the site's code and name."""
    return await store.records(
        "SELECT level, figure.country, site.code AS site, site.name AS site_name, site_id, indicator, shape, n, value,"
        " low, high, response_rate, hidden, figured_at FROM figure LEFT JOIN site ON site.id = site_id"
        " WHERE publication_id = :publication ORDER BY indicator, level, figure.country, site.code",
        publication=publication,
    )


async def lock_round(store: Store, round_id: UUID) -> None:
    """Two publishers must not make a snapshot of one round at once: a difference of theirs could tell of a person."""
    await store.run("SELECT FROM round WHERE id = :round FOR NO KEY UPDATE", round=round_id)


async def baseline(store: Store, round_id: UUID) -> list[Any]:
    """Each cell as the disclosure rule knew it at the last publication; for the rule alone."""
    return list(
        await store.rows(
            "SELECT indicator, country, site_id, n, total, squares, shown FROM figure_baseline WHERE round_id = :round",
            round=round_id,
        )
    )


async def replace_baseline(
    store: Store, programme: UUID, round_id: UUID, rows: Sequence[Mapping[str, Any]], indicators: Sequence[str]
) -> None:
    """Remember these indicators' cells for the next publication."""
    await store.run(
        "DELETE FROM figure_baseline WHERE round_id = :round AND indicator = ANY(:indicators)",
        round=round_id,
        indicators=list(indicators),
    )
    await store.insert(tables.baselines, [{"programme_id": programme, "round_id": round_id, **row} for row in rows])


async def rounds_to_publish(store: Store, since: datetime) -> list[tuple[UUID, UUID]]:
    """Open rounds without a publication after `since`, and closed ones without a last: (programme, round)."""
    rows = await store.rows(
        "SELECT programme_id, id FROM round WHERE (state = 'open' AND opens_at <= :since AND NOT EXISTS"
        " (SELECT FROM publication WHERE round_id = round.id AND at > :since))"
        # The end of a round scores whoever stopped half-way, so what was published before it is not the last word.
        " OR (state = 'closed' AND EXISTS (SELECT FROM invitation WHERE round_id = round.id)"
        " AND NOT EXISTS (SELECT FROM publication WHERE round_id = round.id AND at >= closes_at))",
        since=since,
    )
    return [(row.programme_id, row.id) for row in rows]
