"""The draw of a round's people, by PostgreSQL, for a million are too many to be looked at one by one.

It is the draw of `app/domain/sampling`: the same rank, the same share; a test holds the two together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.hours import Closure
from app.domain.rounds import RoundPlan
from app.domain.sampling import SampleKind
from app.store.database import Store
from app.store.rounds import Round


@dataclass(frozen=True, slots=True)
class Group:
    """People drawn who are asked in one language at the same hours; `first` and `last` are their places in the draw."""

    country: str
    zone: str
    language: str
    count: int
    first: int
    last: int


_PEOPLE = (
    " FROM enrolment JOIN site ON site.id = site_id JOIN worker ON worker.id = enrolment.worker_id"
    " JOIN identity ON identity.worker_id = worker.id AND main"
)
_ELIGIBLE = (
    " WHERE enrolment.programme_id = :programme AND active AND consent <> 'withdrawn' AND NOT apart AND erased_at IS NULL"
    " AND (:everywhere OR site.code = ANY(:sites)) AND language = ANY(:languages)"
)
_RANKED = (
    "SELECT enrolment.worker_id, enrolment.id AS enrolment_id, site_id, site.country, site.zone, language, gender,"
    " age_band, employment, rank, row_number() OVER (ORDER BY rank) AS nth,"
    " row_number() OVER (PARTITION BY site.code, gender ORDER BY rank) AS nth_of_stratum, count(*) OVER () AS everyone"
    f"{_PEOPLE} CROSS JOIN LATERAL (SELECT sha256(convert_to(:seed || '|' || enrolment.worker_id, 'UTF8')) AS rank)"
    f" AS ranking{_ELIGIBLE}"
)
_LONGEST = "10min"  # for a statement that writes a million rows
_TAKEN = {
    SampleKind.ALL: "true",
    SampleKind.SHARE: "nth <= ceil(CAST(:share AS numeric) * everyone)",
    SampleKind.PER_STRATUM: "nth_of_stratum <= :n",
}


def _drawn(plan: RoundPlan) -> str:
    """The query for who is drawn, each with their place from 0."""
    return (
        "SELECT worker_id, enrolment_id, site_id, country, zone, language, gender, age_band, employment,"
        f" row_number() OVER (ORDER BY rank) - 1 AS place FROM ({_RANKED}) AS ranked WHERE {_TAKEN[plan.sample.kind]}"
    )


def _asked(programme: UUID, plan: RoundPlan, languages: Sequence[str]) -> dict[str, Any]:
    return {
        "programme": programme, "everywhere": not plan.sites, "sites": list(plan.sites), "languages": list(languages),
    }  # fmt: skip


def _sampled(plan: RoundPlan, seed: int) -> dict[str, Any]:
    # In decimal, as it was written: seven per cent in binary is more.
    return {"seed": str(seed), "share": str(plan.sample.share), "n": plan.sample.n}


def numbered_id(place: str) -> str:
    """A UUIDv7 as `new_id` makes it, with an expression for its counter, in the millisecond `:ms` (twelve hex digits).

    PostgreSQL has its own from 18 on only.
    """
    counter = f"lpad(to_hex({place}), 8, '0')"
    return (
        f"CAST(:ms || '7' || substr({counter}, 1, 3) || '8' || substr({counter}, 4)"
        " || right(CAST(gen_random_uuid() AS text), 10) AS uuid)"
    )


async def count_eligible(store: Store, programme: UUID, plan: RoundPlan, languages: Sequence[str]) -> int:
    """How many may be asked under the plan's sites: enrolled, with a number, not opted out, of these languages."""
    return await store.value(f"SELECT count(*){_PEOPLE}{_ELIGIBLE}", **_asked(programme, plan, languages))


async def draw_groups(
    store: Store, programme: UUID, plan: RoundPlan, seed: int, languages: Sequence[str]
) -> list[Group]:
    """Who is drawn, in groups; `languages` are the survey's."""
    rows = await store.rows(
        "SELECT country, zone, language, count(*) AS people, min(place) AS first, max(place) AS last"
        f" FROM ({_drawn(plan)}) AS drawn GROUP BY country, zone, language ORDER BY country, zone, language",
        **_asked(programme, plan, languages),
        **_sampled(plan, seed),
    )
    return [Group(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ClosedHours:
    """When the people of a country and zone are not texted."""

    country: str
    zone: str
    closure: Closure


async def invite(
    store: Store, asked: Round, languages: Sequence[str], closed: Sequence[ClosedHours], now: datetime
) -> int:
    """Write the invitations of a round, each with its moment: in turn over the plan's spread, moved out of `closed`.

    A worker is invited once to a round. One statement, whatever their number; how many were written.
    """
    await store.run(f"SET LOCAL statement_timeout = '{_LONGEST}'")
    return await store.run(
        "INSERT INTO invitation (id, programme_id, round_id, worker_id, enrolment_id, site_id, country, language, gender,"
        f" age_band, employment, planned_at) SELECT {numbered_id('place')}, :programme, :round, worker_id, enrolment_id, site_id,"
        " drawn.country, language, gender, age_band, employment, coalesce(ends, moment)"
        f" FROM (SELECT *, CAST(:opens_at AS timestamptz) + CAST(:spread AS interval) * (CAST(place AS float8)"
        f" / count(*) OVER ()) AS moment FROM ({_drawn(asked.plan)}) AS placed) AS drawn"
        " LEFT JOIN unnest(CAST(:countries AS text[]), CAST(:zones AS text[]), CAST(:starts AS timestamptz[]),"
        " CAST(:ends AS timestamptz[])) AS closed(country, zone, starts, ends) ON closed.country = drawn.country"
        " AND closed.zone = drawn.zone AND moment >= starts AND moment < ends"
        " ON CONFLICT (round_id, worker_id) DO NOTHING",
        **_asked(asked.programme, asked.plan, languages),
        **_sampled(asked.plan, asked.seed),
        round=asked.id, opens_at=asked.opens_at, spread=asked.plan.spread, ms=f"{int(now.timestamp() * 1000):012x}",
        countries=[item.country for item in closed], zones=[item.zone for item in closed],
        starts=[item.closure.starts for item in closed], ends=[item.closure.ends for item in closed],
    )  # fmt: skip
