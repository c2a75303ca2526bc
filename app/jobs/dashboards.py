"""What a dashboard shows of a round: published figures and counts, as much as the reader may know."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from operator import itemgetter
from typing import Any
from uuid import UUID

from app.domain.design import Published, cluster
from app.domain.disclosure import SPLITS
from app.domain.figures import BASE, WHOLE, Part, coarse, to_the_hour
from app.domain.indicators import IndicatorShape, shapes_of
from app.domain.statistics import Interval
from app.jobs.context import Context
from app.jobs.snapshots import Place, Snapshot, figures_in, open_snapshot, places_in
from app.store.database import Store
from app.store.figures import funnel_now
from app.store.keys import FOCAL_POINT, Caller, programme_of
from app.store.needs import needs_by_state
from app.store.programmes import get_programme
from app.store.referrals import referrals_by_state
from app.store.rounds import invited_of, list_rounds

EVERYBODY = ("",)
"""The filters of a dashboard that tells no categories apart."""


async def rounds_for(context: Context, caller: Caller) -> list[dict[str, Any]]:
    """The rounds a caller may look at: all of the programme's; for a brand those asked at its sites."""
    async with context.database.transaction() as store:
        return await rounds_in(store, caller)


async def rounds_in(store: Store, caller: Caller) -> list[dict[str, Any]]:
    """The same within a transaction."""
    return await list_rounds(store, programme_of(caller), caller.brand)


def round_before(rounds: Sequence[Mapping[str, Any]], this: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The last of these that asked the same survey before a round; None where none did."""
    earlier = [row for row in rounds if row["survey"] == this["survey"] and row["opens_at"] < this["opens_at"]]
    return max(earlier, key=itemgetter("opens_at"), default=None)


async def sized_rounds_for(context: Context, caller: Caller) -> list[dict[str, Any]]:
    """The same, each with how many people it `invited`; rounded to five for a brand."""
    async with context.database.transaction() as store:
        rows = await rounds_in(store, caller)
        invited = await invited_of(store, [row["id"] for row in rows])
    told = coarse if caller.brand else int
    return [{**row, "invited": told(invited.get(row["id"], 0))} for row in rows]


async def dashboard(
    context: Context,
    caller: Caller,
    round_id: UUID,
    part: Part = WHOLE,
    *,
    splits: Sequence[str] = EVERYBODY,
    indicator: str | None = None,
    publication: UUID | None = None,
    brief: bool = False,
) -> dict[str, Any]:
    """A round: what it is, its funnel, its figures and what became of the needs.

    A brand gets the cells of its own sites and the totals, is told only that a cell is protected and not why, and reads
    counts of people rounded to five; needs of the high tier are not in its answer at all.

    Args:
        context: the store.
        caller: who asks.
        round_id: the round.
        part: of the figures.
        splits: the filters whose categories are told apart, in order; "" is everybody.
        indicator: the one indicator to be told of; all where it is None.
        publication: the snapshot to be read; the newest where it is None.
        brief: without what clustering does and without spreads, which take most of the time of a large round.

    Raises:
        NotFoundError: no such round, or no such publication of it, for this caller.
    """
    async with context.database.transaction() as store:
        snapshot = await open_snapshot(store, caller, round_id, publication)
        return await board_in(store, snapshot, part, splits=splits, indicator=indicator, brief=brief)


async def board_in(
    store: Store,
    snapshot: Snapshot,
    part: Part = WHOLE,
    *,
    splits: Sequence[str] = EVERYBODY,
    indicator: str | None = None,
    brief: bool = True,
) -> dict[str, Any]:
    """The same within a transaction, of a snapshot that is open."""
    asked, survey, told, brand = snapshot.round, snapshot.survey, snapshot.publication, snapshot.caller.brand
    owner = await get_programme(store, asked.programme)
    rows = [
        row
        for split in splits
        for row in await figures_in(store, snapshot, part, split=split, indicator=indicator, brief=brief)
    ]
    needs = await _needs(store, snapshot) if brand is None else _needs_told(told)
    return {
        "round": {
            "id": asked.id, "name": asked.name, "state": asked.state, "survey": survey.code, "title": survey.title,
            "opens_at": asked.opens_at, "closes_at": asked.closes_at, "partial_after": survey.partial_after,
        },
        "programme": owner.name,
        "threshold": owner.threshold,
        "publication": told["id"] if told else None,
        "published_at": to_the_hour(told["at"]) if told else None,
        "split": ",".join(filter(None, splits)),
        "funnel": _funnel(told, brand),
        "rates": _rates(told, brand),
        "figures": rows if brief else _with_design(rows, shapes_of(survey)),
        **needs,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class BoardPage:
    """A round's totals, some of its sites, and people told apart, with every place its figures are of.

    Attributes:
        board: what `dashboard` gives; of the sites, only those of the page have figures.
        apart: the whole round by the categories of every filter, once it has closed.
        places: all of them, in the order of the figures.
        sites: how many of them are sites.
    """

    board: Mapping[str, Any]
    apart: Sequence[Mapping[str, Any]]
    places: Sequence[Place]
    sites: int


async def board_page(
    context: Context, caller: Caller, round_id: UUID, publication: UUID | None, *, first: int, count: int
) -> BoardPage:
    """A round with `count` of its sites from the `first` on, counted from 0.

    Raises:
        NotFoundError: no such round, or no such publication of it, for this caller.
    """
    async with context.database.transaction() as store:
        snapshot = await open_snapshot(store, caller, round_id, publication)
        places = await places_in(store, snapshot)
        sites = [place.site for place in places if place.site is not None]
        part = Part(sites=tuple(sites[first : first + count]), totals=("round", "country", "supplier"))
        filters = SPLITS if snapshot.round.state == "closed" else ()
        apart = [
            row
            for split in filters
            for row in await figures_in(store, snapshot, Part(totals=("round",)), split=split.name)
        ]
        return BoardPage(await board_in(store, snapshot, part), apart, places, len(sites))


async def figures_for(
    context: Context, caller: Caller, round_id: UUID, publication: UUID | None, part: Part
) -> list[dict[str, Any]]:
    """A part of a publication's figures, without spreads.

    Raises:
        NotFoundError: no such round, or no such publication of it, for this caller.
    """
    async with context.database.transaction() as store:
        return await figures_in(store, await open_snapshot(store, caller, round_id, publication), part)


async def filling(context: Context, caller: Caller, round_id: UUID) -> dict[str, Any]:
    """How far a round that is open has filled: for the programme as of now, for a brand as of the newest publication.

    Raises:
        NotFoundError: no such round for this caller.
    """
    async with context.database.transaction() as store:
        snapshot = await open_snapshot(store, caller, round_id)
        shown = filling_of(await board_in(store, snapshot, Part(totals=("round",))), await places_in(store, snapshot))
        return shown if caller.brand else {**shown, "funnel": await funnel_now(store, round_id)}


def filling_of(board: Mapping[str, Any], places: Sequence[Place]) -> dict[str, Any]:
    """The same from a dashboard: its counts, the figures of the whole, how many are shown and hidden, and since when."""
    return {
        "round": board["round"], "funnel": board["funnel"], "published_at": board["published_at"],
        "shown": sum(place.shown for place in places), "hidden": sum(len(place.hidden) for place in places),
        "threshold": board["threshold"], "figures": [row for row in board["figures"] if row["level"] == "round"],
    }  # fmt: skip


_OF_NEEDS = frozenset({"needs", "in_need", "referrals", "referred"})
"""Counts of a publication that are no steps of the way."""


def _funnel(publication: Mapping[str, Any] | None, brand: UUID | None) -> dict[str, int]:
    counts: Mapping[str, int] = publication["funnel"] if publication else {}
    told = {name: count for name, count in counts.items() if name not in _OF_NEEDS}
    return {name: coarse(count) if brand else count for name, count in told.items()}


def _rates(publication: Mapping[str, Any] | None, brand: UUID | None) -> dict[str, float | None]:
    """The outcome rates; for a brand in steps of five people, or its rounded counts could be worked out exactly."""
    if publication is None:
        return {}
    rates: Mapping[str, float | None] = publication["rates"]
    step = max(0.01, BASE / max(publication["funnel"]["invited"], BASE)) if brand else 0.0
    return {
        name: round(round(rate / step) * step, 4) if rate is not None and step else rate for name, rate in rates.items()
    }


def _with_design(rows: Sequence[dict[str, Any]], shapes: Mapping[str, IndicatorShape]) -> list[dict[str, Any]]:
    """Each total with what clustering by site does to it, from the sites this reader reads and no others."""
    # By what they are within, once: each total would else look at every site.
    sites: dict[tuple[Any, ...], list[Published]] = defaultdict(list)
    for row in rows:
        if row["level"] == "site" and row["low"] is not None:
            figure = _published(row)
            for place in set(product(("", row["country"]), ("", row["supplier"]), ("", row["sector"]))):
                sites[*_table(row), *place].append(figure)
    return [{**row, "clustered": _clustered(row, sites, shapes.get(row["indicator"]))} for row in rows]


def _table(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["indicator"], row["split"], row["category"]


def _clustered(
    row: Mapping[str, Any], sites: Mapping[tuple[Any, ...], Sequence[Published]], of: IndicatorShape | None
) -> dict[str, Any] | None:
    if of is None or row["level"] == "site" or row["low"] is None:
        return None
    within = sites.get((*_table(row), row["country"], row["supplier"], row["sector"]), ())
    told = cluster(_published(row), within, share=of.kind == "share", within=(of.low, of.high))
    if told is None:
        return None
    return {
        "low": round(told.interval.low, 3), "high": round(told.interval.high, 3), "deff": told.deff, "sites": told.sites,
    }  # fmt: skip


def _published(row: Mapping[str, Any]) -> Published:
    return Published(row["n"], row["value"], Interval(row["low"], row["high"]))


async def _needs(store: Store, snapshot: Snapshot) -> dict[str, Any]:
    asked = snapshot.round
    needs = await needs_by_state(
        store, asked.programme, asked.id, sensitive=FOCAL_POINT in snapshot.caller.scopes
    )  # fmt: skip
    referrals = await referrals_by_state(store, asked.programme, asked.id)
    return {
        "needs": [{"category": row.category, "state": row.state, "count": row.needs} for row in needs],
        "referrals": [{"state": row.state, "count": row.referrals} for row in referrals],
        "helped": {"yes": sum(row.helped for row in referrals), "no": sum(row.not_helped for row in referrals)},
    }


def _needs_told(publication: Mapping[str, Any] | None) -> dict[str, Any]:
    """A brand reads totals alone, as published: a category with two people in it is two people, and so is a new one."""
    counts: Mapping[str, int] = publication["funnel"] if publication else {}
    return {
        name: [{"category": "all", "state": "all", "count": coarse(counts.get(name, 0)) or None}]
        for name in ("needs", "referrals")
    } | {"helped": None}
