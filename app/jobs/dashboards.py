"""What a dashboard shows of a round: published figures and counts, as much as the reader may know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.design import Published, cluster
from app.domain.errors import ForbiddenError, NotFoundError
from app.domain.figures import BASE, coarse
from app.domain.indicators import IndicatorShape, shape
from app.domain.statistics import Interval
from app.jobs.brands import figures_for_brand
from app.jobs.context import Context
from app.store.database import Store
from app.store.figures import comparable_figures, funnel_now, publication_of, published_figures
from app.store.keys import FOCAL_POINT, Caller
from app.store.programmes import get_programme, list_sites
from app.store.referrals import needs_by_state, referrals_by_state
from app.store.rounds import brand_sees_round, get_round, list_rounds
from app.store.surveys import load_surveys


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a round's figures that is asked for: those of a country, a supplier, some sites; all where nothing is said."""

    country: str = ""
    supplier: str = ""
    sites: tuple[str, ...] = ()

    @property
    def level(self) -> str:
        """The total that stands for it, or `site`."""
        return "site" if self.sites else "supplier" if self.supplier else "country" if self.country else "round"

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether a figure is of this part; a total is where it is of nothing else."""
        return (
            self.country in {"", row["country"]}
            and self.supplier in {"", row["supplier"]}
            and (not self.sites or row["site"] in self.sites)
        )


WHOLE = Part()


async def rounds_for(context: Context, caller: Caller) -> list[dict[str, Any]]:
    """The rounds a caller may look at: all of the programme's; for a brand those asked at its sites."""
    programme = _programme(caller)
    async with context.database.transaction() as store:
        rows = await list_rounds(store, programme)
        if caller.brand is None:
            return rows
        kept = [dict(row) for row in rows if await brand_sees_round(store, caller.brand, row["id"])]
    return [{**row, "invited": coarse(row["invited"])} for row in kept]


def _programme(caller: Caller) -> UUID:
    if caller.programme is None:
        raise ForbiddenError("This key belongs to no programme.")
    return caller.programme


async def dashboard(
    context: Context,
    caller: Caller,
    round_id: UUID,
    split: str = "",
    indicator: str | None = None,
    publication: UUID | None = None,
    part: Part = WHOLE,
    *,
    brief: bool = False,
) -> dict[str, Any]:
    """A round: what it is, its funnel, its figures and what became of the needs.

    A brand gets the cells of its own sites and the totals, is told only that a cell is protected and not why, and reads
    counts of people rounded to five; needs of the high tier are not in its answer at all.

    Args:
        context: the store.
        caller: who asks.
        round_id: the round.
        split: the filter whose categories are told apart; "" for everybody.
        indicator: the one indicator to be told of; all where it is None.
        publication: the snapshot to be read; the newest where it is None.
        part: of the figures.
        brief: without what clustering does and without spreads, which take most of the time of a large round.

    Raises:
        NotFoundError: no such round, or no such publication of it, for this caller.
    """
    programme = _programme(caller)
    brand = caller.brand
    async with context.database.transaction() as store:
        asked = await get_round(store, programme, round_id)
        if brand is not None and not await brand_sees_round(store, brand, round_id):
            raise NotFoundError("There is no such round for this brand.")
        survey = (await load_surveys(store, {asked.survey}))[asked.survey]
        owner = await get_programme(store, programme)
        told = await publication_of(store, programme, round_id, publication)
        every = await published_figures(store, told["id"], split, indicator, part.sites, brief=brief) if told else []
        # Which totals a brand reads hangs on whose sites everybody's figures are of.
        whole = (
            await published_figures(store, told["id"], "", indicator, brief=True) if told and brand and split else every
        )
        figures = await _readable(store, caller, every, whole)
        needs = await _needs(store, caller, programme, round_id) if brand is None else _needs_told(told)
    domains = {of.code: of.domain for of in survey.indicators}
    shapes = {of.code: shape(of) for of in survey.indicators}
    rows = [_figure(row, domains, plain=brand is None) for row in figures if part == WHOLE or part.holds(row)]
    return {
        "round": {
            "id": asked.id, "name": asked.name, "state": asked.state, "survey": survey.code, "title": survey.title,
            "opens_at": asked.opens_at, "closes_at": asked.closes_at, "partial_after": survey.partial_after,
        },
        "programme": owner.name,
        "threshold": owner.threshold,
        "publication": told["id"] if told else None,
        "published_at": told["at"].replace(minute=0, second=0, microsecond=0) if told else None,
        "split": split,
        "funnel": _funnel(told, brand),
        "rates": _rates(told, brand),
        "figures": rows if brief else _with_design(rows, shapes),
        **needs,
    }  # fmt: skip


async def bare_figures(context: Context, caller: Caller, round_id: UUID) -> list[dict[str, Any]]:
    """The newest figures of a round that are shown and this caller may read, to be compared with others.

    Raises:
        NotFoundError: no such round for this caller.
    """
    programme = _programme(caller)
    async with context.database.transaction() as store:
        if caller.brand is not None and not await brand_sees_round(store, caller.brand, round_id):
            raise NotFoundError("There is no such round for this brand.")
        told = await publication_of(store, programme, round_id, None)
        if told is None:
            return []
        if caller.brand is not None:
            every = await published_figures(store, told["id"], brief=True)
            return await _readable(store, caller, every, every)
        return await comparable_figures(store, told["id"])


async def _readable(
    store: Store, caller: Caller, figures: list[dict[str, Any]], whole: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    if caller.brand is None:
        return figures
    programme = _programme(caller)
    sectors = {site["code"]: site["sector"] for site in await list_sites(store, programme)}
    own = {site["code"] for site in await list_sites(store, programme, caller.brand)}
    return figures_for_brand(figures, whole, sectors, own)


async def filling(context: Context, caller: Caller, round_id: UUID) -> dict[str, Any]:
    """How far a round that is open has filled: for the programme as of now, for a brand as of the newest publication.

    Raises:
        NotFoundError: no such round for this caller.
    """
    shown = filling_of(await dashboard(context, caller, round_id, brief=True))
    if caller.brand is None:
        async with context.database.transaction() as store:
            shown["funnel"] = await funnel_now(store, round_id)
    return shown


def filling_of(board: Mapping[str, Any]) -> dict[str, Any]:
    """The same from a dashboard: its counts, the figures of the whole, how many are shown and hidden, and since when."""
    figures: Sequence[Mapping[str, Any]] = board["figures"]
    hidden = sum(bool(row["hidden"]) for row in figures)
    return {
        "round": board["round"], "funnel": board["funnel"], "published_at": board["published_at"],
        "shown": len(figures) - hidden, "hidden": hidden, "threshold": board["threshold"],
        "figures": [row for row in figures if row["level"] == "round"],
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


def _figure(row: Mapping[str, Any], domains: Mapping[str, str], *, plain: bool) -> dict[str, Any]:
    return {
        "indicator": row["indicator"], "domain": domains.get(row["indicator"], ""), "shape": row["shape"],
        "level": row["level"], "country": row["country"], "supplier": row["supplier"], "sector": row["sector"],
        "site": row["site"], "site_name": row["site_name"], "split": row["split"], "category": row["category"],
        "n": row["n"], "value": row["value"], "low": row["low"], "high": row["high"],
        "response_rate": row["response_rate"], "as_of": datetime.fromisoformat(row["figured_at"]), "spread": row["spread"],
        # The reason is itself an answer ("uniform"): only the programme is told it.
        "hidden": row["hidden"] if plain or not row["hidden"] else "protected",
    }  # fmt: skip


def _with_design(rows: Sequence[dict[str, Any]], shapes: Mapping[str, IndicatorShape]) -> list[dict[str, Any]]:
    """Each total with what clustering by site does to it, from the sites this reader reads and no others."""
    # By table first: a board of many indicators would else be compared with itself.
    sites: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["level"] == "site" and row["low"] is not None:
            sites.setdefault(_table(row), []).append(row)
    return [
        {**row, "clustered": _clustered(row, sites.get(_table(row), ()), shapes.get(row["indicator"]))} for row in rows
    ]


def _table(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["indicator"], row["split"], row["category"]


def _clustered(
    row: Mapping[str, Any], sites: Sequence[Mapping[str, Any]], of: IndicatorShape | None
) -> dict[str, Any] | None:
    if of is None or row["level"] == "site" or row["low"] is None:
        return None
    country, supplier, sector = row["country"], row["supplier"], row["sector"]
    within = [
        _published(site)
        for site in sites
        if country in {"", site["country"]} and supplier in {"", site["supplier"]} and sector in {"", site["sector"]}
    ]
    told = cluster(_published(row), within, share=of.kind == "share", within=(of.low, of.high))
    if told is None:
        return None
    return {
        "low": round(told.interval.low, 3), "high": round(told.interval.high, 3), "deff": told.deff, "sites": told.sites,
    }  # fmt: skip


def _published(row: Mapping[str, Any]) -> Published:
    return Published(row["n"], row["value"], Interval(row["low"], row["high"]))


async def _needs(store: Store, caller: Caller, programme: UUID, round_id: UUID) -> dict[str, Any]:
    needs = await needs_by_state(store, programme, round_id, sensitive=FOCAL_POINT in caller.scopes)
    referrals = await referrals_by_state(store, programme, round_id)
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
