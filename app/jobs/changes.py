"""What changed from one round to another, as far as the reader may look at both."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.domain.change import Wave, change
from app.domain.errors import NotFoundError
from app.domain.indicators import IndicatorShape, shape
from app.domain.statistics import Interval
from app.domain.survey import Survey
from app.jobs.context import Context
from app.jobs.dashboards import dashboard
from app.store.keys import Caller
from app.store.rounds import get_round, list_rounds
from app.store.surveys import load_surveys

_KEYS = ("indicator", "level", "country", "site", "supplier", "sector", "split", "category")
Shapes = Mapping[str, IndicatorShape]


async def changes(context: Context, caller: Caller, round_id: UUID, since: UUID | None) -> dict[str, Any]:
    """What changed since an earlier round, figure by figure, from what this caller may read of both.

    Args:
        context: the store.
        caller: an NGO or a brand.
        round_id: the later round.
        since: the earlier one; the one before of the same survey where None.

    Raises:
        NotFoundError: there is no such round for this caller, or none before.
    """
    later = await dashboard(context, caller, round_id)
    earlier = await dashboard(context, caller, since or await _before(context, caller, round_id))
    now, before = await _shapes(context, caller, round_id), await _shapes(context, caller, earlier["round"]["id"])
    known = {_place(row): row for row in earlier["figures"] if not row["hidden"]}
    pairs = [(known[_place(row)], row) for row in later["figures"] if not row["hidden"] and _place(row) in known]
    return {
        "since": {"id": earlier["round"]["id"], "name": earlier["round"]["name"]},
        "changes": [
            _changed(former, row, now[row["indicator"]])
            for former, row in pairs
            # A measure that means something else by now has no change.
            if now.get(row["indicator"]) == before.get(row["indicator"]) and None not in (former["low"], row["low"])
        ],
        "note": "the two rounds count as independent; where the same people answered both, a change is surer than told",
    }


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in _KEYS)


def _changed(former: Mapping[str, Any], row: Mapping[str, Any], of: IndicatorShape) -> dict[str, Any]:
    first, second = (Wave(told["value"], Interval(told["low"], told["high"]), told["n"]) for told in (former, row))
    told = change(first, second, of)
    return {
        **{name: row[name] for name in _KEYS if name in row},
        "from": former["value"], "to": row["value"], "by": _rounded(told.by),
        "low": _rounded(told.interval.low), "high": _rounded(told.interval.high),
        "direction": told.direction, "meaningful": told.meaningful, "sentence": told.sentence,
    }  # fmt: skip


async def _before(context: Context, caller: Caller, round_id: UUID) -> UUID:
    async with context.database.transaction() as store:
        rounds: Sequence[Mapping[str, Any]] = await list_rounds(store, caller.programme) if caller.programme else []
    (this,) = [row for row in rounds if row["id"] == round_id]
    earlier = [row for row in rounds if row["survey"] == this["survey"] and row["opens_at"] < this["opens_at"]]
    if not earlier:
        raise NotFoundError("No earlier round asked this survey.")
    return max(earlier, key=lambda row: row["opens_at"])["id"]


async def _shapes(context: Context, caller: Caller, round_id: UUID) -> Shapes:
    if caller.programme is None:
        return {}
    async with context.database.transaction() as store:
        asked = await get_round(store, caller.programme, round_id)
        survey: Survey = (await load_surveys(store, {asked.survey}))[asked.survey]
    return {indicator.code: shape(indicator) for indicator in survey.indicators}


def _rounded(value: float) -> float:
    return round(value, 6)
