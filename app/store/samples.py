"""Who was asked and who answered, as the figures of a sample are judged by it: counts and sums by stratum."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError
from app.domain.estimates import Stratum
from app.domain.phrases import phrase
from app.domain.statistics import Tally
from app.store import tables
from app.store.database import Store
from app.store.rollups import apart_by

GROUPS = ("site", "language", "gender", "age_band", "employment")


async def save_margins(store: Store, programme: UUID, site: str, margins: Mapping[str, Mapping[str, int]]) -> None:
    """Replace a site's head-counts by trait; NotFoundError where the programme has no such site."""
    found = await store.value(
        "SELECT id FROM site WHERE programme_id = :programme AND code = :site", programme=programme, site=site
    )
    if found is None:
        raise NotFoundError(phrase("There is no site {site!r} in this programme.", site=site))
    await store.run("DELETE FROM site_margin WHERE site_id = :site", site=found)
    rows = [
        {"programme_id": programme, "site_id": found, "field": field, "category": category, "people": people}
        for field, counts in margins.items()
        for category, people in counts.items()
    ]
    await store.insert(tables.site_margins, rows)


async def list_margins(store: Store, programme: UUID) -> dict[str, dict[str, dict[str, int]]]:
    """Trait → site → category → people."""
    rows = await store.rows(
        "SELECT field, site.code AS site, category, people FROM site_margin JOIN site ON site.id = site_id"
        " WHERE site_margin.programme_id = :programme ORDER BY 1, 2, 3",
        programme=programme,
    )
    found: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    for row in rows:
        found[row.field].setdefault(row.site, {})[row.category] = row.people
    return dict(found)


async def score_tallies(store: Store, round_id: UUID) -> dict[str, dict[Stratum, Tally]]:
    """Indicator → stratum → people and sums, from the roll-ups."""
    rows = await store.rows(
        "SELECT indicator, site.code AS site, gender, age_band, employment, sum(n)::int AS n, sum(total) AS total,"
        " sum(squares) AS squares FROM score_rollup JOIN site ON site.id = site_id WHERE round_id = :round"
        " GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) > 0",
        round=round_id,
    )
    found: dict[str, dict[Stratum, Tally]] = defaultdict(dict)
    for row in rows:
        stratum = Stratum(row.site, row.gender, row.age_band, row.employment)
        found[row.indicator][stratum] = Tally(row.n, float(row.total), float(row.squares))
    return dict(found)


@dataclass(frozen=True, slots=True)
class Fate:
    """How many of a group came to an end; `dimension` is one of GROUPS, or "" for everybody."""

    dimension: str
    group: str
    disposition: str
    people: int


async def fates(store: Store, round_id: UUID) -> list[Fate]:
    """Dispositions of a round's invitations, whole and by each of GROUPS; `pending` where none was given yet."""
    sets = ", ".join(f"(disposition, {name})" for name in GROUPS)
    rows = await store.rows(
        f"SELECT {apart_by(GROUPS)}, disposition, count(*) AS people"
        " FROM (SELECT site.code AS site, language, gender, age_band, employment,"
        " coalesce(disposition, 'pending') AS disposition FROM invitation JOIN site ON site.id = site_id"
        f" WHERE round_id = :round) AS asked GROUP BY GROUPING SETS ((disposition), {sets}) ORDER BY 1, 2, 3",
        round=round_id,
    )
    return [Fate(*row) for row in rows]


async def way(store: Store, round_id: UUID) -> dict[str, int]:
    """How far a round's people came: invited, sent, delivered, started, partial, complete, refused, unclear."""
    (row,) = await store.records(
        "SELECT count(*) AS invited, count(sent_at) AS sent, count(delivered_at) AS delivered,"
        " count(started_at) AS started, count(*) FILTER (WHERE disposition = 'partial') AS partial,"
        " count(*) FILTER (WHERE disposition = 'complete') AS complete,"
        " count(*) FILTER (WHERE disposition = 'refusal') AS refused,"
        " count(*) FILTER (WHERE disposition = 'other') AS unclear FROM invitation WHERE round_id = :round",
        round=round_id,
    )
    return row


async def answered_rows(store: Store, round_id: UUID) -> list[Any]:
    """Everybody who answered: site, when asked, whether the phone is shared, answers, when texts came, scores.

    For the quality of answers alone, which is about patterns between people; what leaves it is counts.
    """
    return list(
        await store.rows(
            "SELECT site.code AS site, coalesce(sent_at, planned_at) AS asked_at,"
            " coalesce((SELECT bool_or(shared) FROM identity WHERE identity.worker_id = invitation.worker_id), false) AS shared,"
            " given.answers, given.texts, coalesce(scored.scores, '{}') AS scores"
            " FROM (SELECT answer.invitation_id, jsonb_object_agg(question, value) AS answers,"
            " array_agg(DISTINCT coalesce(inbox.received_at, answer.at)) AS texts FROM answer"
            " LEFT JOIN inbox ON inbox.id = inbox_id WHERE answer.round_id = :round AND outcome = 'answer' GROUP BY 1) AS given"
            " JOIN invitation ON invitation.id = given.invitation_id JOIN site ON site.id = invitation.site_id"
            " LEFT JOIN (SELECT invitation_id, jsonb_object_agg(indicator, value) AS scores FROM score"
            " WHERE round_id = :round GROUP BY 1) AS scored ON scored.invitation_id = invitation.id ORDER BY invitation.id",
            round=round_id,
        )
    )
