"""Roll-ups: what figures are made of, in sums that cost the same however many people answered.

Triggers on `score` and `invitation` write signed deltas in the transaction that changes a row. Here they are added up,
read, and made anew from the rows themselves. The finest grain is (programme, round, indicator, site, gender, age band,
employment) with n, Σx and Σx², and (…, step) with n for who came how far.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.store.database import Store
from app.store.tables.figures import STRATA

_STRATA = ", ".join(STRATA)
_SCORE_GRAIN = f"programme_id, round_id, indicator, site_id, {_STRATA}"
_CASE_GRAIN = f"programme_id, round_id, step, site_id, {_STRATA}"
_SCORES = "sum(n)::int, sum(total), sum(squares)"
_CASES = "sum(n)::int"


def apart_by(names: Sequence[str]) -> str:
    """Two columns that tell which grouping set a row is of: the one of `names` told apart, and its value; else ""."""
    which = " ".join(f"WHEN grouping({name}) = 0 THEN '{name}'" for name in names)
    return f"CASE {which} ELSE '' END, coalesce({', '.join(names)}, '')"


@dataclass(frozen=True, slots=True)
class ScoreSums:
    """People of one stratum at a site, and their scores on an indicator; sums are exact decimals.

    `split` names the stratum that `category` is of; both are "" for everybody at the site.
    """

    site: UUID
    split: str
    category: str
    n: int
    total: Decimal
    squares: Decimal


async def score_sums(store: Store, round_id: UUID, indicator: str) -> list[ScoreSums]:
    """An indicator's sums for every site, as a whole and by each stratum."""
    sets = ", ".join(f"(site_id, {name})" for name in STRATA)
    rows = await store.rows(
        f"SELECT site_id, {apart_by(STRATA)}, {_SCORES}"
        " FROM score_rollup WHERE round_id = :round AND indicator = :indicator"
        f" GROUP BY GROUPING SETS ((site_id), {sets}) HAVING sum(n) <> 0",
        round=round_id,
        indicator=indicator,
    )
    return [ScoreSums(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class CaseCount:
    """How many of one stratum at a site reached a step or a disposition; as in `ScoreSums`."""

    site: UUID
    split: str
    category: str
    step: str
    n: int


async def case_counts(store: Store, round_id: UUID) -> list[CaseCount]:
    """Steps and dispositions for every site, as a whole and by each stratum; `pending` where none was given yet."""
    sets = ", ".join(f"(site_id, step, {name})" for name in STRATA)
    rows = await store.rows(
        f"SELECT site_id, {apart_by(STRATA)}, step, {_CASES}"
        f" FROM case_rollup WHERE round_id = :round GROUP BY GROUPING SETS ((site_id, step), {sets}) HAVING sum(n) <> 0",
        round=round_id,
    )
    return [CaseCount(*row) for row in rows]


async def squash(store: Store, rounds: int) -> int:
    """Add up the deltas of some rounds, each stratum into one row; how many rounds had any.

    Whoever reads meanwhile sees the deltas or their sum, never both. Two that squash at once wait for one another.
    """
    found = await store.rows(
        "SELECT DISTINCT round_id FROM (SELECT round_id FROM score_rollup WHERE fresh UNION SELECT round_id"
        " FROM case_rollup WHERE fresh) AS fresh LIMIT :rounds",
        rounds=rounds,
    )
    for row in found:
        await _add_up(store, "score_rollup", _SCORE_GRAIN, ("n", "total", "squares"), row.round_id)
        await _add_up(store, "case_rollup", _CASE_GRAIN, ("n",), row.round_id)
    return len(found)


async def _add_up(store: Store, table: str, grain: str, sums: Sequence[str], round_id: UUID) -> None:
    added = ", ".join(f"sum({name})" for name in sums)
    kept = " OR ".join(f"sum({name}) <> 0" for name in sums)
    # Only strata that moved are written anew; NULL stands in no column of the grain.
    await store.run(
        f"WITH gone AS (DELETE FROM {table} WHERE round_id = :round AND ({grain}) IN"
        f" (SELECT {grain} FROM {table} WHERE round_id = :round AND fresh) RETURNING *)"
        f" INSERT INTO {table} ({grain}, {', '.join(sums)}, fresh)"
        f" SELECT {grain}, {added}, false FROM gone GROUP BY {grain} HAVING {kept}",
        round=round_id,
    )


async def rebuild(store: Store, round_id: UUID) -> int:
    """Make a round's roll-ups anew from its scores and invitations; how many strata had held other numbers.

    Writers of the round wait meanwhile: what they changed would else be counted twice or not at all.
    """
    await store.run("LOCK TABLE score, invitation IN SHARE MODE")
    wrong = 0
    for table, grain, sums, fresh in (
        ("score_rollup", _SCORE_GRAIN, ("n", "total", "squares"), _FROM_SCORES),
        ("case_rollup", _CASE_GRAIN, ("n",), _FROM_INVITATIONS),
    ):
        listed = f"{grain}, {', '.join(sums)}"
        added = ", ".join(f"sum({name}) AS {name}" for name in sums)
        kept = " OR ".join(f"sum({name}) <> 0" for name in sums)
        wrong += await store.value(
            f"WITH held AS (DELETE FROM {table} WHERE round_id = :round RETURNING *),"
            f" summed AS (SELECT {grain}, {added} FROM held GROUP BY {grain} HAVING {kept}),"
            f" made AS (INSERT INTO {table} ({listed}, fresh) SELECT {listed}, false FROM ({fresh}) AS anew RETURNING {listed})"
            f" SELECT count(DISTINCT ({grain})) FROM ((SELECT {listed} FROM summed EXCEPT SELECT {listed} FROM made)"
            f" UNION ALL (SELECT {listed} FROM made EXCEPT SELECT {listed} FROM summed)) AS differing",
            round=round_id,
        )
    return wrong


_FROM_SCORES = (
    f"SELECT {_SCORE_GRAIN}, count(*)::int AS n, sum(x) AS total, sum(x * x) AS squares"
    " FROM (SELECT *, round(value::numeric, 6) AS x FROM score WHERE round_id = :round) AS exact"
    f" GROUP BY {_SCORE_GRAIN}"
)
_FROM_INVITATIONS = (
    f"SELECT {_CASE_GRAIN}, count(*)::int AS n FROM invitation, LATERAL (VALUES ('invited', true),"
    " ('sent', sent_at IS NOT NULL), ('delivered', delivered_at IS NOT NULL), ('started', started_at IS NOT NULL),"
    " ('reminded', reminded), (coalesce(disposition, 'pending'), true)) AS way(step, reached)"
    f" WHERE round_id = :round AND reached GROUP BY {_CASE_GRAIN}"
)


async def ended_answers(
    store: Store, round_id: UUID, after: UUID | None, limit: int
) -> list[tuple[UUID, Mapping[str, Any], Mapping[str, float]]]:
    """Ended invitations in the order of their ids, each with what was answered and the scores that are kept."""
    rows = await store.rows(
        "SELECT invitation.id, (SELECT coalesce(jsonb_object_agg(question, value), '{}') FROM answer"
        " WHERE invitation_id = invitation.id AND outcome = 'answer') AS answers,"
        " (SELECT coalesce(jsonb_object_agg(indicator, value), '{}') FROM score WHERE invitation_id = invitation.id) AS scores"
        " FROM invitation WHERE round_id = :round AND closed_at IS NOT NULL"
        " AND (CAST(:after AS uuid) IS NULL OR id > :after) ORDER BY id LIMIT :limit",
        round=round_id,
        after=after,
        limit=limit,
    )
    return [(row.id, row.answers, row.scores) for row in rows]


async def drop_scores(store: Store, gone: Sequence[tuple[UUID, str]]) -> None:
    """Take scores away that no answers stand behind: (invitation, indicator)."""
    await store.run(
        "DELETE FROM score USING unnest(CAST(:ids AS uuid[]), CAST(:indicators AS text[])) AS given(id, indicator)"
        " WHERE score.invitation_id = given.id AND score.indicator = given.indicator",
        ids=[invitation for invitation, _ in gone],
        indicators=[indicator for _, indicator in gone],
    )
