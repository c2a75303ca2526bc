"""What a reader looks at first: a round's figures, what changed since the one before, and the sites that need a look."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any
from uuid import UUID

from app.domain.attention import FEW, LEAST, Reason, Sighting, beyond_chance, hopeless
from app.domain.change import Change, Wave, change
from app.domain.errors import InvalidError
from app.domain.figures import WHOLE, Part
from app.domain.indicators import IndicatorShape, shapes_of
from app.domain.statistics import Interval
from app.domain.survey import Survey
from app.jobs.comparing import others, wave_of
from app.jobs.context import Context
from app.jobs.dashboards import board_in, round_before, rounds_in
from app.jobs.snapshots import Place, Snapshot, figures_in, open_snapshot, places_in
from app.store.beside import Beside, Judged, sites_beside
from app.store.database import Store
from app.store.keys import Caller
from app.store.programmes import list_sites

Row = Mapping[str, Any]
_PLACE = ("indicator", "level", "country", "supplier", "sector", "site", "split", "category")


@dataclass(frozen=True, slots=True)
class Concern:
    """Why a site needs a look: one of its figures, and what changed or how far it is from the others.

    `indicator` is "" and `told` None where few answered.
    """

    site: str
    reason: Reason
    indicator: str
    told: Change | None


@dataclass(frozen=True, slots=True)
class Overview:
    """A round as its reader may know it.

    Attributes:
        board: what `dashboard` gives of the part.
        survey: what was asked.
        before: the round of this survey before it, id and name; None where there is none or nothing was published of it.
        changes: place of a figure → its change since then.
        concerns: the surest first; those of silent sites at the end.
        sites: code, name, country, supplier, latitude, longitude of the sites that figures tell of.
        shown: codes of those of which some figure is not hidden.
        rounds: those the caller may look at, the newest first.
    """

    board: Mapping[str, Any]
    survey: Survey
    before: Row | None
    changes: Mapping[tuple[Any, ...], Change]
    concerns: Sequence[Concern]
    sites: Sequence[Row]
    shown: AbstractSet[str]
    rounds: Sequence[Row]


def level_of(part: Part) -> str:
    """The total that stands for a part.

    Raises:
        InvalidError: a supplier without a country: the lattice has none.
    """
    if part.supplier and not part.country:
        raise InvalidError("A supplier's figures are told by country: choose one.")
    return part.level


def place_of(row: Row) -> tuple[Any, ...]:
    """What a figure is of, as `Overview.changes` names it."""
    return _place(row)


_place = itemgetter(*_PLACE)


async def overview(
    context: Context,
    caller: Caller,
    round_id: UUID,
    *,
    split: str = "",
    publication: UUID | None = None,
    part: Part = WHOLE,
    with_sites: bool = True,
) -> Overview:
    """A round, what changed since the one before of the same survey, and the sites that need a look.

    Concerns are looked for among all sites the caller may read, whatever part is asked for, and told of the part.
    `with_sites` is whether the board has the figures of its sites too, or the part's totals alone.

    Raises:
        NotFoundError: no such round or publication for this caller.
    """
    total = replace(part, totals=(part.level,))
    async with context.database.transaction() as store:
        snapshot = await open_snapshot(store, caller, round_id, publication)
        board = await board_in(store, snapshot, part if with_sites else total)
        board |= {"split": await figures_in(store, snapshot, total, split=split)} if split else {}
        places = [place for place in await places_in(store, snapshot) if place.level == "site" and _within(place, part)]
        whole = await figures_in(store, snapshot, Part(totals=("round",)))
        rounds = await rounds_in(store, caller)
        before = round_before(rounds, board["round"])
        # What was named shows the same again, whatever came of the round before since.
        until = snapshot.publication["at"] if publication and snapshot.publication else None
        earlier = await open_snapshot(store, caller, before["id"], until=until) if before else None
        former = await figures_in(store, earlier, total) if earlier else []
        shapes = shapes_of(snapshot.survey)
        same = _same(shapes, shapes_of(earlier.survey)) if earlier else frozenset[str]()
        totals = {row["indicator"]: row for row in whole if row["low"] is not None}
        sites = await _beside(store, snapshot, earlier, _judged(shapes, same, totals), _bar(totals))
        every = await list_sites(store, snapshot.round.programme, caller.brand)
    known = {place_of(row): row for row in former if row["low"] is not None and row["indicator"] in same}
    told = {place.site: place for place in places}
    return Overview(
        board, snapshot.survey,
        before if known or sites.told else None,
        {
            place_of(row): moved
            for row in board["figures"]
            if row["level"] == part.level and (moved := _moved(row, known, shapes))
        },
        [one for one in concerns(sites, totals, shapes, board["threshold"]) if one.site in told],
        [site for site in every if site["code"] in told], frozenset(code for code, place in told.items() if code and place.shown),
        rounds,
    )  # fmt: skip


def _within(place: Place, part: Part) -> bool:
    return part.country in {"", place.country} and part.supplier in {"", place.supplier}


def _same(shapes: Mapping[str, IndicatorShape], former: Mapping[str, IndicatorShape]) -> frozenset[str]:
    """The measures that mean today what they meant then."""
    return frozenset(code for code, of in former.items() if shapes.get(code) == of)


def _moved(row: Row, known: Mapping[tuple[Any, ...], Row], shapes: Mapping[str, IndicatorShape]) -> Change | None:
    earlier = known.get(place_of(row))
    if earlier is None or row["low"] is None:
        return None
    return change(wave_of(earlier), wave_of(row), shapes[row["indicator"]])


# -- sites that need a look -----------------------------------------------------------------------


def _judged(
    shapes: Mapping[str, IndicatorShape], same: AbstractSet[str], totals: Mapping[str, Row]
) -> Sequence[Judged]:
    return [
        Judged(
            code,
            of.better,
            code in same,
            *((total["value"], total["n"]) if (total := totals.get(code)) else (None, None)),
        )
        for code, of in shapes.items()
    ]


def _bar(totals: Mapping[str, Row]) -> float:
    """The response rate below which a site is silent."""
    return FEW * max((row["response_rate"] for row in totals.values() if row["response_rate"] is not None), default=0.0)


async def _beside(
    store: Store, snapshot: Snapshot, earlier: Snapshot | None, judged: Sequence[Judged], bar: float
) -> Beside:
    if snapshot.id is None:
        return Beside(told=False, compared=0, suspects=(), silent=())
    return await sites_beside(store, snapshot.id, earlier and earlier.id, judged, LEAST, bar, snapshot.caller.brand)


def concerns(sites: Beside, totals: Mapping[str, Row], shapes: Mapping[str, IndicatorShape], k: int) -> list[Concern]:
    """Sites that became worse or stand below the others, more than chance; then those where few answered.

    Args:
        sites: what of them may need a look, and how many figures were compared.
        totals: the figures of the whole round that are shown, by their indicators.
        shapes: of the indicators.
        k: of the disclosure rule.
    """
    judged = {code: of for code, of in shapes.items() if of.better}
    pairs = [row for row in sites.suspects if row.before_n is not None]
    beside = [row for row in sites.suspects if row.indicator in totals]
    seen = [*_worse(pairs, judged), *_below(beside, totals, judged, k)]
    found = [
        Concern(one.site, one.reason, one.indicator, change(one.beside, one.figure, shapes[one.indicator]))
        for one in beyond_chance(seen, sites.compared)
    ]
    return [*found, *(Concern(site, Reason.SILENT, "", None) for site in sites.silent)]


def _worse(pairs: Sequence[Any], judged: Mapping[str, IndicatorShape]) -> Iterator[Sighting]:
    for row in pairs:
        of = judged[row.indicator]
        if _suspect(row, row.value - row.before_value, of):
            before = Wave(row.before_value, Interval(row.before_low, row.before_high), row.before_n)
            yield Sighting(row.site, row.indicator, Reason.WORSE, _wave(row), before, of.better)


def _below(
    rows: Sequence[Any], totals: Mapping[str, Row], judged: Mapping[str, IndicatorShape], k: int
) -> Iterator[Sighting]:
    for row in rows:
        of, total = judged[row.indicator], totals[row.indicator]
        # The others are as far from their total on the other side as the site's people weigh in it.
        far = (row.value - total["value"]) * total["n"] / max(total["n"] - row.n, 1)
        beside = others(row._asdict(), total, of, k) if _suspect(row, far, of) else None
        if beside is not None:
            yield Sighting(row.site, row.indicator, Reason.BELOW, _wave(row), beside, of.better)


def _wave(row: Any) -> Wave:
    return Wave(row.value, Interval(row.low, row.high), row.n)


def _suspect(row: Any, by: float, of: IndicatorShape) -> bool:
    """Whether a difference is to the worse, and large beside the figure's own doubt; most are not, and cost no more."""
    if (by < 0) is not (of.better == "high"):
        return False
    return not hopeless(by, row.high - row.value if by < 0 else row.value - row.low)
