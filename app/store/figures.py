"""The snapshots that dashboards and exports read, and what the disclosure rule remembers between them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.disclosure import Ledger
from app.domain.errors import NotFoundError
from app.domain.figures import WHOLE, Part
from app.store import tables
from app.store.database import Store, new_id
from app.store.statements import to_json

RESPONSE = ""
"""The indicator under which response rates are published, by the same rule as all others."""


async def save_publication(
    store: Store, programme: UUID, round_id: UUID, funnel: Mapping[str, Any], rates: Mapping[str, Any], now: datetime
) -> UUID:
    """Begin a snapshot; dashboards and exports read the newest."""
    publication = new_id(now)
    row = {
        "id": publication, "programme_id": programme, "round_id": round_id, "funnel": dict(funnel), "rates": dict(rates),
        "at": now,
    }  # fmt: skip
    await store.insert(tables.publications, [row])
    return publication


async def save_figures(
    store: Store, programme: UUID, publication: UUID, round_id: UUID, figures: Sequence[Mapping[str, Any]]
) -> None:
    """Keep figures of a snapshot."""
    where = {"programme_id": programme, "publication_id": publication, "round_id": round_id}
    await store.insert(tables.figures, [{**where, **figure} for figure in figures])


async def latest_publication(
    store: Store, programme: UUID, round_id: UUID, until: datetime | None = None
) -> dict[str, Any] | None:
    """The newest snapshot's id, funnel, rates and moment (of those made until a moment); None before the first."""
    rows = await store.records(
        "SELECT id, funnel, rates, at FROM publication WHERE programme_id = :programme AND round_id = :round"
        " AND (CAST(:until AS timestamptz) IS NULL OR at <= :until) ORDER BY at DESC, id DESC LIMIT 1",
        programme=programme, round=round_id, until=until,
    )  # fmt: skip
    return rows[0] if rows else None


async def publication_of(
    store: Store, programme: UUID, round_id: UUID, publication: UUID | None, until: datetime | None = None
) -> dict[str, Any] | None:
    """One of a round's snapshots, the newest (until a moment) where none is named.

    Raises:
        NotFoundError: the one named is not of this round.
    """
    if publication is None:
        return await latest_publication(store, programme, round_id, until)
    rows = await store.records(
        "SELECT id, funnel, rates, at FROM publication WHERE id = :publication AND round_id = :round"
        " AND programme_id = :programme",
        publication=publication, round=round_id, programme=programme,
    )  # fmt: skip
    if not rows:
        raise NotFoundError("There is no such publication of this round.")
    return rows[0]


async def published_figures(
    store: Store,
    publication: UUID,
    split: str = "",
    indicator: str | None = None,
    part: Part = WHOLE,
    *,
    brief: bool = False,
) -> list[dict[str, Any]]:
    """A part of the figures of a snapshot, for everybody or by the categories of a filter; with the site's code and name.

    `brief` leaves the spreads out.
    """
    return await store.records(
        "SELECT level, figure.country, figure.supplier, figure.sector, site.code AS site, site.name AS site_name,"
        " split, category, indicator, shape, n, value, low, high, response_rate, hidden, figured_at,"
        " CASE WHEN :brief THEN NULL ELSE spread END AS spread"
        " FROM figure LEFT JOIN site ON site.id = site_id WHERE publication_id = :publication AND split = :split"
        " AND indicator <> '' AND (CAST(:indicator AS text) IS NULL OR indicator = :indicator)"
        " AND :country IN ('', figure.country) AND :supplier IN ('', figure.supplier)"
        " AND (CAST(:sites AS text[]) = '{}' AND CAST(:totals AS text[]) = '{}'"
        " OR level = ANY(:totals) OR level = 'site' AND site.code = ANY(:sites))"
        " ORDER BY indicator, level, figure.country, figure.supplier, site.code, category",
        publication=publication, split=split, indicator=indicator, country=part.country, supplier=part.supplier,
        sites=list(part.sites), totals=list(part.totals), brief=brief,
    )  # fmt: skip


async def places_told(store: Store, publication: UUID, split: str = "") -> list[dict[str, Any]]:
    """The places a snapshot tells of, in the order of its figures, each with its indicators and why those are hidden."""
    return await store.records(
        "SELECT level, figure.country, figure.supplier, figure.sector, site.code AS site, category,"
        " array_agg(indicator) AS indicators, array_agg(hidden) AS hidden FROM figure LEFT JOIN site ON site.id = site_id"
        " WHERE publication_id = :publication AND split = :split AND indicator <> '' GROUP BY 1, 2, 3, 4, 5, 6"
        " ORDER BY min(indicator), level, figure.country, figure.supplier, site.code",
        publication=publication,
        split=split,
    )


async def figures_of(store: Store, publication: UUID, indicator: str) -> list[dict[str, Any]]:
    """An indicator's figures of a snapshot, filters and all, as they are kept."""
    return await store.records(
        "SELECT level, country, supplier, sector, site_id, split, category, indicator, shape, n, value, low, high,"
        " response_rate, hidden, figured_at, spread FROM figure WHERE publication_id = :publication AND indicator = :indicator",
        publication=publication,
        indicator=indicator,
    )


async def site_figures(
    store: Store, programme: UUID, survey: str, site: UUID, until: datetime | None = None
) -> list[dict[str, Any]]:
    """What was last published (until a moment) of a site in each round of a survey, the oldest round first."""
    return await store.records(
        "SELECT round.id AS round, round.name, round.opens_at, survey_id, indicator, shape, n, value, low, high, response_rate,"
        " hidden, figured_at FROM round JOIN survey ON survey.id = survey_id JOIN LATERAL (SELECT id FROM publication"
        " WHERE round_id = round.id AND (CAST(:until AS timestamptz) IS NULL OR at <= :until)"
        " ORDER BY at DESC, id DESC LIMIT 1) AS newest ON true"
        " JOIN figure ON publication_id = newest.id WHERE round.programme_id = :programme AND survey.code = :survey"
        " AND split = '' AND level = 'site' AND site_id = :site AND indicator <> '' ORDER BY indicator, opens_at",
        programme=programme,
        survey=survey,
        site=site,
        until=until,
    )


async def standard_needs(store: Store, round_id: UUID) -> dict[str, int]:
    """A round's needs and referrals, and how many people stand behind either; none of the high tier."""
    (row,) = await store.records(
        "SELECT count(DISTINCT need.id)::int AS needs, count(DISTINCT worker_id)::int AS in_need,"
        " count(referral.id)::int AS referrals,"
        " (count(DISTINCT worker_id) FILTER (WHERE referral.id IS NOT NULL))::int AS referred"
        " FROM need LEFT JOIN referral ON need_id = need.id WHERE round_id = :round"
        " AND need.sensitivity = 'standard'",
        round=round_id,
    )
    return row


async def lock_round(store: Store, round_id: UUID) -> None:
    """Two publishers must not make a snapshot of one round at once: a difference of theirs could tell of a person."""
    await store.run("SELECT FROM round WHERE id = :round FOR NO KEY UPDATE", round=round_id)


async def ledger_of(store: Store, round_id: UUID, indicator: str) -> Ledger:
    """Whom the published figures of an indicator tell of; for the rule alone."""
    state = await store.value(
        "SELECT state FROM figure_ledger WHERE round_id = :round AND indicator = :indicator",
        round=round_id,
        indicator=indicator,
    )
    return Ledger.from_json(state) if state else Ledger()


async def save_ledger(store: Store, programme: UUID, round_id: UUID, indicator: str, ledger: Ledger) -> None:
    """Remember it for the next publication."""
    await store.run(
        "INSERT INTO figure_ledger (programme_id, round_id, indicator, state)"
        " VALUES (:programme, :round, :indicator, CAST(:state AS jsonb))"
        " ON CONFLICT (round_id, indicator) DO UPDATE SET state = excluded.state",
        programme=programme,
        round=round_id,
        indicator=indicator,
        state=to_json(ledger.to_json()),
    )


async def spreads_of(store: Store, round_id: UUID, indicator: str) -> dict[UUID, dict[float, int]]:
    """Site → score → people of those its figure tells of; for the rule alone."""
    kept = await store.value(
        "SELECT spreads FROM figure_ledger WHERE round_id = :round AND indicator = :indicator",
        round=round_id,
        indicator=indicator,
    )
    return {UUID(site): {float(at): people for at, people in counts.items()} for site, counts in (kept or {}).items()}


async def save_spreads(
    store: Store, round_id: UUID, indicator: str, spreads: Mapping[UUID, Mapping[float, int]]
) -> None:
    """Remember them beside the ledger, which is there already."""
    await store.run(
        "UPDATE figure_ledger SET spreads = CAST(:spreads AS jsonb) WHERE round_id = :round AND indicator = :indicator",
        round=round_id,
        indicator=indicator,
        spreads=to_json({str(site): counts for site, counts in spreads.items()}),
    )


async def score_counts(store: Store, round_id: UUID, indicator: str) -> dict[UUID, dict[float, int]]:
    """Site → score → people, of everybody with a score."""
    rows = await store.rows(
        "SELECT site_id, round(value::numeric, 6)::float8 AS score, count(*)::int AS people FROM score"
        " WHERE round_id = :round AND indicator = :indicator GROUP BY 1, 2",
        round=round_id,
        indicator=indicator,
    )
    found: dict[UUID, dict[float, int]] = {}
    for row in rows:
        found.setdefault(row.site_id, {})[row.score] = row.people
    return found


async def funnel_now(store: Store, round_id: UUID) -> dict[str, int]:
    """People by how far they have come by now, from the roll-ups; for the programme alone, because it is exact."""
    rows = await store.rows(
        "SELECT step, sum(n)::int AS people FROM case_rollup WHERE round_id = :round GROUP BY step", round=round_id
    )
    counts = {row.step: row.people for row in rows}
    names = ("invited", "sent", "delivered", "started", "complete", "partial")
    return {name: counts.get(name, 0) for name in names} | {"refused": counts.get("refusal", 0)}


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
