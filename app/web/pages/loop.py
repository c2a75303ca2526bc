"""From a need to "it helped": how many came how far and in what time, and where no service is, on the map."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.domain.loop import ALL_KINDS, Step, whole_days
from app.jobs.gaps import gaps_for
from app.jobs.loop import loop_for
from app.jobs.quarters import Quarter, Ways, quarter_of_figures, reached
from app.store.keys import Caller, programme_of
from app.store.programmes import list_sites
from app.web.access import AsNgoOrBrand
from app.web.pages import formats, maps
from app.web.pages.addresses import id_of
from app.web.pages.languages import gettext, marked, ngettext, visit
from app.web.pages.maps import Dot, Map
from app.web.pages.rounds import has_phones
from app.web.pages.templating import page
from app.web.wiring import Wiring, wiring

router = APIRouter(include_in_schema=False)

Name = Callable[[str], str]

STEPS: Mapping[Step, str] = {
    Step.RAISED: marked("Need raised"),
    Step.OFFERED: marked("Service offered"),
    Step.CONSENTED: marked("Worker said yes"),
    Step.ACCEPTED: marked("Service accepted"),
    Step.COMPLETED: marked("Service finished"),
    Step.HELPED: marked("“It helped”"),
}
COVERAGE: Mapping[str, str] = {
    "none": marked("No service"),
    "full": marked("No place left"),
    "stale": marked("Nobody looked for a year"),
    "far": marked("Far away"),
    "served": marked("Served"),
}
FORMATS = (("XLSX", "xlsx"), ("CSV", "csv"), ("Parquet", "parquet"), ("JSON", "json"))
_ROWS = 100
_TONES: Mapping[str, str] = {"none": "look", "full": "some", "stale": "some", "far": "some", "served": "fine"}


@dataclass(frozen=True, slots=True)
class Cell:
    """How many people reached a step, their share of those with the need (0–1), and the time for half of all; "" unknown."""

    people: str
    share: float | None
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """A kind, a place or a provider, and each step; None where nothing may be told. `href` leads to a place's own page."""

    name: str
    cells: Sequence[Cell | None]
    href: str = ""


@router.get("/loop")
async def loop_page(request: Request, caller: AsNgoOrBrand) -> Response:
    """How far the needs of a quarter came, everywhere or at one place."""
    wired, asked = wiring(request), request.query_params
    told = await loop_for(wired.context, caller, wired.clock(), id_of(asked.get("publication", "")))
    place = {"country": asked.get("country", ""), "site": asked.get("site", "")}
    shown = quarter_of_figures(told["figures"], asked.get("quarter", ""), **place)
    names = await _names(wired, caller)
    pinned = {"publication": told["publication"], "quarter": shown.begins, **place}
    query = [(name, said) for name, said in pinned.items() if said]
    files = [(name, f"/v1/programme/loop/export?{urlencode([*query, ('format', code)])}") for name, code in FORMATS]
    if shown.kinds:
        files.insert(0, ("PDF", f"/v1/programme/loop/report?{urlencode([*query, ('language', visit().language)])}"))
    return page(
        "loop.html", caller=caller, phones=has_phones(wired, caller), told=told, shown=shown,
        place=place, place_name=names.get(place["site"]) or formats.country(place["country"]),
        countries=sorted(shown.countries, key=formats.country), steps=[gettext(STEPS[step]) for step in Step],
        kinds=_lines(shown.kinds, _kind), places=_places(shown, names),
        providers=_lines(shown.providers, lambda name: name or gettext("all others")),
        desk=_desk(told), for_brand=caller.brand is not None, files=files,
        call=f"GET /v1/programme/loop?{urlencode(query)}", again=f"/loop?{urlencode(query)}",
    )  # fmt: skip


async def _names(wired: Wiring, caller: Caller) -> Mapping[str, str]:
    async with wired.context.database.transaction() as store:
        return {site["code"]: site["name"] for site in await list_sites(store, programme_of(caller), caller.brand)}


def _kind(category: str) -> str:
    return gettext("All kinds") if category == ALL_KINDS else formats.named(category)


def _places(shown: Quarter, names: Mapping[str, str]) -> Sequence[Line]:
    return _lines(
        shown.places, formats.country if shown.below == "country" else lambda code: names.get(code, code),
        lambda code: f"/loop?{urlencode({'quarter': shown.begins, shown.below: code})}",
    )  # fmt: skip


def _lines(ways: Ways, name: Name, href: Name | None = None) -> list[Line]:
    return [Line(name(code), _cells(steps), href(code) if href else "") for code, steps in ways.items()]


def _desk(told: Mapping[str, Any]) -> list[Line]:
    """The programme's own desk, by kind; nothing for a brand."""
    rows = [row for row in told.get("desk", ()) if row["by"] in {"", "category"}]
    return [
        Line(
            formats.named(row["of"]) if row["by"] else gettext("All kinds"),
            _cells({at["step"]: at for at in row["steps"]}),
        )
        for row in rows
    ]


def _cells(steps: Mapping[str, Mapping[str, Any]]) -> list[Cell | None]:
    return [
        one and Cell(formats.count(one.people), one.share, "" if one.hours is None else span(one.hours))
        for one in reached(steps)
    ]


def span(hours: float) -> str:
    """`5 hours`, `3 days`."""
    days = whole_days(hours)
    if days is None:
        return ngettext("%(num)s hour", "%(num)s hours", round(hours)) % {"num": formats.count(round(hours))}
    return ngettext("%(num)s day", "%(num)s days", days) % {"num": formats.count(days)}


# -- where no service is --------------------------------------------------------------------------


@router.get("/loop/gaps")
async def gaps_page(request: Request, caller: AsNgoOrBrand) -> Response:
    """Which needs, where, would find no service now: on the map, and as a list, the worst first."""
    wired = wiring(request)
    found = await gaps_for(wired.context, caller, wired.clock())
    async with wired.context.database.transaction() as store:
        sites = await list_sites(store, programme_of(caller), caller.brand)
    missing = [row for row in found if row["coverage"] != "served"]
    return page(
        "gaps.html", caller=caller, phones=has_phones(wired, caller), gaps=missing[:_ROWS], more=len(missing[_ROWS:]),
        served=len(found) - len(missing), looked=len(found), map=gap_map(found, sites),
        coverage={code: gettext(told) for code, told in COVERAGE.items()}, names={site["code"]: site["name"] for site in sites},
        for_brand=caller.brand is not None,
        files=[(name, f"/v1/loop/gaps/export?format={code}") for name, code in FORMATS], call="GET /v1/loop/gaps",
    )  # fmt: skip


def gap_map(found: Sequence[Mapping[str, Any]], sites: Sequence[Mapping[str, Any]]) -> Map:
    """A dot for each place with needs, as its worst covered one is; a country's lies amid the sites there."""
    at = {
        site["code"]: maps.project(site["latitude"], site["longitude"])
        for site in sites
        if site["latitude"] is not None
    }
    within: dict[str, list[tuple[float, float]]] = {}
    for site in sites:
        if site["code"] in at:
            within.setdefault(site["country"], []).append(at[site["code"]])
    amid = {
        country: (sum(x for x, _ in some) / len(some), sum(y for _, y in some) / len(some))
        for country, some in within.items()
    }
    told: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in found:
        told.setdefault((row["country"], row["site"] or ""), []).append(row)
    # Where a site is told of by itself, its country needs no dot beside.
    alone = {country for country, site in told if site in at}
    return maps.drawn(
        [
            Dot("", _said(rows), at.get(site) or amid[country], _TONES[rows[0]["coverage"]])
            for (country, site), rows in told.items()
            if site in at or (country in amid and country not in alone)
        ]
    )


def _said(rows: Sequence[Mapping[str, Any]]) -> str:
    """A place and what is missing there; rows come the worst first."""
    place = rows[0]["site"] or formats.country(rows[0]["country"])
    kinds = [f"{formats.named(row['category'])} ({gettext(COVERAGE[row['coverage']])})" for row in rows]
    return f"{place}: {', '.join(kinds)}"
