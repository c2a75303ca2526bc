"""What a reader looks at first: a round's figures, what changed since the one before, and the sites that need a look."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from uuid import UUID

from app.domain.attention import FEW, Reason, Sighting, beyond_chance, hopeless
from app.domain.change import Change, change
from app.domain.errors import InvalidError, NotFoundError
from app.domain.indicators import IndicatorShape, shape
from app.domain.survey import Survey
from app.jobs.comparing import others, wave_of
from app.jobs.context import Context
from app.jobs.dashboards import WHOLE, Part, bare_figures, dashboard, rounds_for
from app.store.keys import Caller
from app.store.programmes import list_sites
from app.store.rounds import get_round
from app.store.surveys import load_surveys

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
        board: what `dashboard` gives.
        survey: what was asked.
        before: the round of this survey before it, id and name; None where there is none or nothing was published of it.
        changes: place of a figure → its change since then.
        concerns: the surest first; those of silent sites at the end.
        sites: code, name, country, supplier, latitude, longitude of the sites that figures tell of.
        rounds: those the caller may look at, the newest first.
    """

    board: Mapping[str, Any]
    survey: Survey
    before: Row | None
    changes: Mapping[tuple[Any, ...], Change]
    concerns: Sequence[Concern]
    sites: Sequence[Row]
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
) -> Overview:
    """A round, what changed since the one before of the same survey, and the sites that need a look.

    Concerns are looked for among all sites the caller may read, whatever part is asked for, and told of the part.

    Raises:
        NotFoundError: no such round or publication for this caller.
    """
    whole = await dashboard(context, caller, round_id, publication=publication, brief=True)
    survey = await survey_of(context, caller, round_id)
    rounds = await rounds_for(context, caller)
    before = _before(rounds, whole["round"])
    former = await bare_figures(context, caller, before["id"]) if before else []
    shapes = shapes_of(survey)
    known = _known(former, shapes, await survey_of(context, caller, before["id"])) if before else {}
    figures = [row for row in whole["figures"] if part.holds(row)]
    board = {**whole, "figures": figures}
    if split:
        board |= {
            "split": (await dashboard(context, caller, round_id, split, None, publication, part, brief=True))["figures"]
        }
    told = {row["site"] for row in figures if row["level"] == "site"}
    async with context.database.transaction() as store:
        every = await list_sites(store, caller.programme, caller.brand) if caller.programme else []
    return Overview(
        board, survey, before if known else None,
        {place_of(row): moved for row in figures if row["level"] == part.level if (moved := _moved(row, known, shapes))},
        [one for one in concerns(whole, known, shapes) if one.site in told],
        [site for site in every if site["code"] in told], rounds,
    )  # fmt: skip


async def survey_of(context: Context, caller: Caller, round_id: UUID) -> Survey:
    """What a round asked.

    Raises:
        NotFoundError: no such round for this caller.
    """
    if caller.programme is None:
        raise NotFoundError("This key belongs to no programme.")
    async with context.database.transaction() as store:
        asked = await get_round(store, caller.programme, round_id)
        return (await load_surveys(store, {asked.survey}))[asked.survey]


def shapes_of(survey: Survey) -> dict[str, IndicatorShape]:
    """The shape of each indicator."""
    return {indicator.code: shape(indicator) for indicator in survey.indicators}


def _before(rounds: Sequence[Row], this: Row) -> Row | None:
    earlier = [row for row in rounds if row["survey"] == this["survey"] and row["opens_at"] < this["opens_at"]]
    return max(earlier, key=lambda row: row["opens_at"], default=None)


def _known(former: Sequence[Row], shapes: Mapping[str, IndicatorShape], survey: Survey) -> dict[tuple[Any, ...], Row]:
    """The earlier figures; a measure that means something else by now has none."""
    same = {code for code, of in shapes_of(survey).items() if shapes.get(code) == of}
    return {place_of(row): row for row in former if row["low"] is not None and row["indicator"] in same}


def _moved(row: Row, known: Mapping[tuple[Any, ...], Row], shapes: Mapping[str, IndicatorShape]) -> Change | None:
    earlier = known.get(place_of(row))
    if earlier is None or row["low"] is None:
        return None
    return change(wave_of(earlier), wave_of(row), shapes[row["indicator"]])


# -- sites that need a look -----------------------------------------------------------------------


def concerns(board: Row, known: Mapping[tuple[Any, ...], Row], shapes: Mapping[str, IndicatorShape]) -> list[Concern]:
    """Sites that became worse or stand below the others, more than chance; then those where few answered."""
    sites = [row for row in board["figures"] if row["level"] == "site" and row["low"] is not None]
    totals = {row["indicator"]: row for row in board["figures"] if row["level"] == "round" and row["low"] is not None}
    judged = [row for row in sites if row["indicator"] in shapes and shapes[row["indicator"]].better]
    pairs = [(row, known[place]) for row in judged if (place := place_of(row)) in known]
    beside = [(row, totals[row["indicator"]]) for row in judged if row["indicator"] in totals]
    seen = [*_worse(pairs, shapes), *_below(beside, shapes, board["threshold"])]
    found = [
        Concern(one.site, one.reason, one.indicator, change(one.beside, one.figure, shapes[one.indicator]))
        for one in beyond_chance(seen, len(pairs) + len(beside))
    ]
    return [*found, *_silent(sites, totals)]


Pairs = Sequence[tuple[Row, Row]]


def _worse(pairs: Pairs, shapes: Mapping[str, IndicatorShape]) -> Iterator[Sighting]:
    for row, earlier in pairs:
        of = shapes[row["indicator"]]
        if _suspect(row, row["value"] - earlier["value"], of):
            yield Sighting(row["site"], row["indicator"], Reason.WORSE, wave_of(row), wave_of(earlier), of.better)


def _below(pairs: Pairs, shapes: Mapping[str, IndicatorShape], k: int) -> Iterator[Sighting]:
    for row, total in pairs:
        of = shapes[row["indicator"]]
        # The others are as far from their total on the other side as the site's people weigh in it.
        far = (row["value"] - total["value"]) * total["n"] / max(total["n"] - row["n"], 1)
        beside = others(row, total, of, k) if _suspect(row, far, of) else None
        if beside is not None:
            yield Sighting(row["site"], row["indicator"], Reason.BELOW, wave_of(row), beside, of.better)


def _suspect(row: Row, by: float, of: IndicatorShape) -> bool:
    """Whether a difference is to the worse, and large beside the figure's own doubt; most are not, and cost no more."""
    if (by < 0) is not (of.better == "high"):
        return False
    return not hopeless(by, row["high"] - row["value"] if by < 0 else row["value"] - row["low"])


def _silent(sites: Sequence[Row], totals: Mapping[str, Row]) -> Iterator[Concern]:
    rates = [row["response_rate"] for row in totals.values() if row["response_rate"] is not None]
    bar = FEW * max(rates, default=0.0)
    seen = {row["site"]: row["response_rate"] for row in sites if row["response_rate"] is not None}
    yield from (Concern(site, Reason.SILENT, "", None) for site, rate in sorted(seen.items()) if rate < bar)
