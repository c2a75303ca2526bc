"""A round's published snapshot as its reader may know it: which places it tells of, and the figures of a part of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError
from app.domain.figures import WHOLE, Part
from app.domain.survey import Survey
from app.jobs.brands import Sight, sight_of
from app.jobs.context import Context
from app.store.database import Store
from app.store.figures import places_told, publication_of, published_figures
from app.store.keys import Caller, programme_of
from app.store.programmes import sites_with_brand
from app.store.rounds import Round, brand_sees_round, get_round
from app.store.surveys import load_survey

PROTECTED = "protected"
"""All that a brand is told of why a figure is hidden: the reason is itself an answer ("uniform")."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A round, what it asked, and one of its publications as it is kept, None before the first; for this reader.

    `sights` keeps, by filter, what a brand may read of it: to find out takes longer than to read a figure.
    """

    caller: Caller
    round: Round
    survey: Survey
    publication: Mapping[str, Any] | None
    sights: dict[str, Sight] = field(default_factory=dict[str, Sight])

    @property
    def id(self) -> UUID | None:
        """The publication's."""
        return self.publication["id"] if self.publication else None


@dataclass(frozen=True, slots=True)
class Place:
    """What a snapshot tells of one place: how many figures, and why some of them are hidden; `site` is a site's code."""

    level: str
    country: str
    supplier: str
    sector: str
    site: str | None
    figures: int
    hidden: Sequence[str]

    @property
    def shown(self) -> int:
        """How many of the figures are not hidden."""
        return self.figures - len(self.hidden)


async def open_round(store: Store, caller: Caller, round_id: UUID) -> Round:
    """A round; NotFoundError where there is none such for this caller."""
    asked = await get_round(store, programme_of(caller), round_id)
    if caller.brand is not None and not await brand_sees_round(store, caller.brand, round_id):
        raise NotFoundError("There is no such round for this brand.")
    return asked


async def survey_of(context: Context, caller: Caller, round_id: UUID) -> Survey:
    """What a round of the caller's programme asked; NotFoundError where it has none such."""
    async with context.database.transaction() as store:
        asked = await get_round(store, programme_of(caller), round_id)
        return await load_survey(store, asked.survey)


async def open_snapshot(
    store: Store, caller: Caller, round_id: UUID, publication: UUID | None = None, until: datetime | None = None
) -> Snapshot:
    """A round's snapshot, the newest (until a moment) where none is named.

    Raises:
        NotFoundError: no such round, or no such publication of it, for this caller.
    """
    asked = await open_round(store, caller, round_id)
    survey = await load_survey(store, asked.survey)
    return Snapshot(caller, asked, survey, await publication_of(store, asked.programme, round_id, publication, until))


async def figures_in(
    store: Store,
    snapshot: Snapshot,
    part: Part = WHOLE,
    *,
    split: str = "",
    indicator: str | None = None,
    brief: bool = True,
) -> list[dict[str, Any]]:
    """A part of the figures that the reader may know.

    Args:
        store: an open transaction.
        snapshot: what is read.
        part: of it.
        split: the filter whose categories are told apart; "" for everybody.
        indicator: the one indicator to be told of; all where it is None.
        brief: without spreads.
    """
    if snapshot.id is None:
        return []
    rows = await published_figures(store, snapshot.id, split, indicator, part, brief=brief)
    sight = await _sight(store, snapshot, split, totals=bool(part.totals) or not part.sites)
    domains = {of.code: of.domain for of in snapshot.survey.indicators}
    return [_figure(row, domains, sight) for row in rows if sight is None or sight.holds(row)]


async def places_in(store: Store, snapshot: Snapshot) -> Sequence[Place]:
    """Every place that the reader may know, in the order of the figures."""
    if snapshot.id is None:
        return []
    rows = await places_told(store, snapshot.id)
    sight = await _sight(store, snapshot)
    return [place for row in rows if (place := _place(row, sight)).figures]


def _place(row: Mapping[str, Any], sight: Sight | None) -> Place:
    told = [
        hidden
        for indicator, hidden in zip(row["indicators"], row["hidden"], strict=True)
        if sight is None or sight.reads(row, indicator)
    ]
    hidden = [PROTECTED if sight else why for why in told if why]
    return Place(row["level"], row["country"], row["supplier"], row["sector"], row["site"], len(told), hidden)


def _figure(row: Mapping[str, Any], domains: Mapping[str, str], sight: Sight | None) -> dict[str, Any]:
    return {
        "indicator": row["indicator"], "domain": domains.get(row["indicator"], ""), "shape": row["shape"],
        "level": row["level"], "country": row["country"], "supplier": row["supplier"], "sector": row["sector"],
        "site": row["site"], "site_name": row["site_name"], "split": row["split"], "category": row["category"],
        "n": row["n"], "value": row["value"], "low": row["low"], "high": row["high"],
        "response_rate": row["response_rate"], "as_of": datetime.fromisoformat(row["figured_at"]), "spread": row["spread"],
        "hidden": PROTECTED if sight and row["hidden"] else row["hidden"],
    }  # fmt: skip


async def _sight(store: Store, snapshot: Snapshot, split: str = "", *, totals: bool = True) -> Sight | None:
    """What the reader may read, None where that is everything; it hangs on all the sites told of, hidden ones too.

    Without `totals` it is of sites alone.
    """
    brand, at = snapshot.caller.brand, snapshot.id
    if brand is None or at is None:
        return None
    if split not in snapshot.sights:
        sites = await sites_with_brand(store, snapshot.round.programme, brand)
        own = {site.code for site in sites if site.own}
        if not totals:
            return Sight(own, {}, {})
        whole = await _sight(store, snapshot) if split else None
        places = await places_told(store, at, split)
        sectors = {site.code: site.sector for site in sites}
        snapshot.sights[split] = sight_of(places, sectors, own, whole.told if whole else None)
    return snapshot.sights[split]
