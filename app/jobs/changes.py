"""What changed from one round to another, as far as the reader may look at both."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.domain.change import Wave, change
from app.domain.errors import NotFoundError
from app.domain.indicators import IndicatorShape, shapes_of
from app.domain.statistics import Interval
from app.jobs.context import Context
from app.jobs.dashboards import dashboard, round_before
from app.jobs.snapshots import survey_of
from app.store.keys import Caller, programme_of
from app.store.rounds import list_rounds

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
    now = shapes_of(await survey_of(context, caller, round_id))
    before = shapes_of(await survey_of(context, caller, earlier["round"]["id"]))
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
        rounds = await list_rounds(store, programme_of(caller))
    (this,) = [row for row in rounds if row["id"] == round_id]
    earlier = round_before(rounds, this)
    if earlier is None:
        raise NotFoundError("No earlier round asked this survey.")
    return earlier["id"]


def _rounded(value: float) -> float:
    return round(value, 6)
