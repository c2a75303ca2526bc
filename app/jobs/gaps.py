"""The gap map: which needs, where, would find no service as the registry stands now."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.catalogue.catalogue import Catalogue
from app.domain.gaps import Coverage, Gap, gap
from app.domain.loop import ALL_KINDS, Step
from app.domain.matching import NeedToMatch
from app.domain.survey import Sensitivity, Urgency
from app.jobs.context import Context
from app.jobs.loop import counted, loop_for
from app.store.database import Store
from app.store.keys import Caller, programme_of
from app.store.loop import Kind, ways
from app.store.offerings import Offering, Whereabouts, offerings_of_each
from app.store.programmes import list_sites

_LOOK_BACK = timedelta(days=180)
_MOST = 300
"""How many areas and kinds are looked at, those with most people first."""


@dataclass(frozen=True, slots=True)
class _Area:
    """A country, or a site's surroundings, and how many people there have a need of a kind."""

    country: str
    site: str
    category: str
    people: int
    latitude: float | None = None
    longitude: float | None = None


async def gaps_for(context: Context, caller: Caller, now: datetime) -> list[dict[str, Any]]:
    """Where needs find no service: the worst covered first, and of these where most people are.

    The programme reads its own needs of the last half year, code by code, exactly; a brand the kinds and places whose
    count is published and that it may read.
    """
    programme, catalogue = programme_of(caller), context.catalogue
    async with context.database.transaction() as store:
        sites = await list_sites(store, programme)
        exact = [] if caller.brand else await _exact(store, catalogue, programme, sites, now)
    areas = _published((await loop_for(context, caller, now))["figures"], sites) if caller.brand else exact
    # The programme asks for a need as matching does; a brand for a kind with all that stands below it.
    below = _below if caller.brand else Catalogue.with_parents
    looked = sorted(areas, key=lambda area: -area.people)[:_MOST]
    wanted = [below(catalogue, area.category) for area in looked]
    sought = [
        (codes, Whereabouts(area.country, area.latitude, area.longitude))
        for area, codes in zip(looked, wanted, strict=True)
    ]
    async with context.database.transaction() as store:
        offered = await offerings_of_each(store, programme, sought)
    found = [(area, _gap(area, codes, some, now)) for area, codes, some in zip(looked, wanted, offered, strict=True)]
    order = list(Coverage)
    return [_shown(area, told) for area, told in sorted(found, key=lambda pair: order.index(pair[1].coverage))]


async def _exact(
    store: Store, catalogue: Catalogue, programme: UUID, sites: Sequence[Mapping[str, Any]], now: datetime
) -> list[_Area]:
    codes = [Kind(code, code) for code in catalogue.categories]
    people = Counter[tuple[str, str, str]]()
    for item in await ways(store, programme, codes, now - _LOOK_BACK, now):
        place = dict(item.way.place)
        people[place["country"], place["site"], item.way.category] += 1
        people[place["country"], "", item.way.category] += 1
    known = {str(site["id"]): site for site in sites}
    return [_area(country, known.get(site), category, n) for (country, site, category), n in people.items()]


def _published(figures: Sequence[Mapping[str, Any]], sites: Sequence[Mapping[str, Any]]) -> list[_Area]:
    """Of what is published of the newest quarter, the needs by kind and place."""
    newest = max((row["quarter"] for row in figures), default=None)
    known = {site["code"]: site for site in sites}
    return [
        _area(row["country"], known.get(row["site"] or ""), row["category"], row["people"])
        for row in figures
        if row["quarter"] == newest
        and row["step"] == Step.RAISED
        and row["level"] in {"country", "site"}
        and row["category"] != ALL_KINDS
    ]


def _area(country: str, site: Mapping[str, Any] | None, category: str, people: int) -> _Area:
    if site is None:
        return _Area(country, "", category, people)
    return _Area(country, site["code"], category, people, site["latitude"], site["longitude"])


def _gap(area: _Area, wanted: Sequence[str], offered: Sequence[Offering], now: datetime) -> Gap:
    need = NeedToMatch(
        id="", category=area.category, urgency=Urgency.NORMAL, country=area.country, latitude=area.latitude,
        longitude=area.longitude, parents=tuple(wanted),
    )  # fmt: skip
    return gap(need, [item.candidate for item in offered], now)


def _below(catalogue: Catalogue, kind: str) -> tuple[str, ...]:
    grave = {code for code, known in catalogue.categories.items() if known.sensitivity is Sensitivity.HIGH}
    return tuple(one.code for one in counted(catalogue) if one.counted_as == kind and one.code not in grave)


def _shown(area: _Area, told: Gap) -> dict[str, Any]:
    return {
        "country": area.country, "site": area.site or None, "category": area.category, "people": area.people,
        "coverage": told.coverage, "services": told.services, "nearest_km": told.nearest_km,
    }  # fmt: skip
