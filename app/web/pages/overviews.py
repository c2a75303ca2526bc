"""The overview: where the sites are, how people fare, what changed, who needs a look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.attention import Reason
from app.domain.disclosure import SPLITS
from app.domain.figures import Part
from app.jobs.acting import actions_for
from app.jobs.dashboards import figures_for, rounds_for
from app.jobs.overviews import Concern, Overview, level_of, overview
from app.jobs.takeaway.reports import MOST_SITES
from app.store.keys import FOCAL_POINT
from app.web.access import BRAND, AsNgoOrBrand
from app.web.pages import formats, maps
from app.web.pages.addresses import id_of, page_of
from app.web.pages.board import Board, view_of
from app.web.pages.figures import Grid, Measure, Reading, by_category, by_domain, by_site
from app.web.pages.languages import gettext, marked
from app.web.pages.maps import Dot, Map
from app.web.pages.moves import Moved, apart_by, moved_by
from app.web.pages.plans import plans, told_in_all
from app.web.pages.rounds import SITES_A_PAGE, has_phones
from app.web.pages.scales import SCORE, Scale, scales_of
from app.web.pages.takeaway import TakeAway, take_away
from app.web.pages.templating import page
from app.web.wiring import wiring

router = APIRouter(include_in_schema=False)

_NAMED = 8
_REASONS: Mapping[Reason, str] = {
    Reason.WORSE: marked("%(what)s: %(by)s since the last round"),
    Reason.BELOW: marked("%(what)s: %(by)s beside the other sites"),
    Reason.SILENT: marked("Few answered: less than half the round’s response rate"),
}


@dataclass(frozen=True, slots=True)
class Watched:
    """A site that needs a look, and why in words, the surest first."""

    code: str
    name: str
    place: str
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class View:
    """Everything the page says, beside the board: see `overview.html`."""

    domains: Sequence[tuple[str, Sequence[Measure]]]
    categories: Grid | None
    sites: Grid
    pages: int
    watched: Sequence[Watched]
    map: Map
    take_away: TakeAway | None


@router.get("/overview")
async def overview_page(request: Request, caller: AsNgoOrBrand) -> Response:
    """A round, the newest that was published where none is named; on the part of it that is asked for."""
    wired = wiring(request)
    asked = request.query_params
    round_id = id_of(asked.get("round", "")) or await _newest(request, caller)
    if round_id is None:
        return RedirectResponse("/rounds", 303)
    split = asked.get("split", "") if asked.get("split", "") in {one.name for one in SPLITS} else ""
    part = Part(asked.get("country", ""), asked.get("supplier", ""))
    found = await overview(
        wired.context, caller, round_id, split=split, publication=id_of(asked.get("publication", "")), part=part,
        with_sites=False,
    )  # fmt: skip
    number = page_of(asked.get("page", ""))
    looked = {one.site for one in found.concerns}
    order = _in_order(found.sites, looked)
    shown = Part(sites=tuple(order[(number - 1) * SITES_A_PAGE : number * SITES_A_PAGE]) or ("",))
    sites = await figures_for(wired.context, caller, round_id, found.board["publication"], shown)
    board = view_of(
        found.board, scales_of(found.survey), for_brand=caller.role == BRAND,
        for_focal_point=FOCAL_POINT in caller.scopes,
    )  # fmt: skip
    actions = await actions_for(wired.context, caller, round_id, brief=True, measured=True)
    within = [site["code"] for site in found.sites] if part != Part() else []
    done = plans(actions, within, country=part.country)
    return page(
        "overview.html", caller=caller, phones=has_phones(wired, caller), board=board, found=found, done=done,
        told_done=told_in_all(done),
        view=view_of_overview(found, part, split, sites), part=part, split=split, number=number,
        places=_places(found), splits=_splits(part, board),
    )  # fmt: skip


async def _newest(request: Request, caller: Any) -> UUID | None:
    rounds = await rounds_for(wiring(request).context, caller)
    started = [row for row in rounds if row["state"] != "planned"]
    return max(started, key=lambda row: row["opens_at"])["id"] if started else None


def _places(found: Overview) -> tuple[Sequence[str], Sequence[tuple[str, str]]]:
    """The countries, and the suppliers in each, that there are figures of."""
    countries = sorted({site["country"] for site in found.sites}, key=formats.country)
    return countries, sorted({(site["country"], site["supplier"]) for site in found.sites if site["supplier"]})


def _splits(part: Part, board: Board) -> Sequence[str]:
    """The filters that the lattice has at this place, once the round has closed."""
    level = level_of(part)
    return [split.name for split in SPLITS if level in split.levels] if board.round["state"] == "closed" else []


def _in_order(sites: Sequence[Mapping[str, Any]], looked: set[str]) -> list[str]:
    """Codes of sites, those that need a look first."""
    return [
        site["code"] for site in sorted(sites, key=lambda site: (site["code"] not in looked, site["country"], site["name"]))
    ]  # fmt: skip


def view_of_overview(found: Overview, part: Part, split: str, sites: Sequence[Mapping[str, Any]]) -> View:
    """What the template names.

    Args:
        found: the overview.
        part: of the round.
        split: the filter whose categories are told apart; "" for none.
        sites: the figures of those on this page.
    """
    board, reading = found.board, Reading(scales_of(found.survey), found.board["threshold"])
    level = level_of(part)
    names = {site["code"]: site for site in found.sites}
    watched = watch(found.concerns, names, reading.scales)
    looked = {one.code for one in watched}
    return View(
        by_domain(board["figures"], reading, level, found.changes),
        by_category(board["split"], reading, level) if split else None,
        by_site(sites, reading),
        -(-len(names) // SITES_A_PAGE),
        watched[:_NAMED],
        map_of(found, looked),
        _away(board, part, split, len(names)) if board["publication"] else None,
    )


def _away(board: Mapping[str, Any], part: Part, split: str, sites: int) -> TakeAway:
    asked = [("country", part.country), ("supplier", part.supplier), ("split", split)]
    report = [(name, told) for name, told in asked if told]
    round_id, publication = board["round"]["id"], board["publication"]
    apart = [split] if split else []
    if sites <= MOST_SITES:
        return take_away(round_id, publication, part, apart, report)
    without = gettext("A PDF is of at most %(most)s sites: choose a country or a supplier.")
    found = take_away(round_id, publication, part, apart)
    return replace(found, without=without % {"most": formats.count(MOST_SITES)})


def watch(
    concerns: Sequence[Concern], names: Mapping[str, Mapping[str, Any]], scales: Mapping[str, Scale]
) -> Sequence[Watched]:
    """The sites with their reasons, in the order of their surest one."""
    reasons: dict[str, list[str]] = {}
    for one in concerns:
        reasons.setdefault(one.site, []).append(said(one, scales))
    return [
        Watched(code, names[code]["name"], formats.country(names[code]["country"]), told)
        for code, told in reasons.items()
    ]


def said(concern: Concern, scales: Mapping[str, Scale]) -> str:
    """A reason in words."""
    scale = scales.get(concern.indicator, SCORE)
    by: Moved | None = None
    if concern.told is not None:
        by = (moved_by if concern.reason is Reason.WORSE else apart_by)(concern.told, scale)
    return gettext(_REASONS[concern.reason]) % {"what": formats.named(concern.indicator), "by": by.by if by else ""}


def map_of(found: Overview, looked: set[str]) -> Map:
    """The sites whose place is known."""
    return maps.drawn(
        [
            Dot(
                site["code"], f"{site['name']}, {formats.country(site['country'])}",
                maps.project(site["latitude"], site["longitude"]),
                "look" if site["code"] in looked else "fine" if site["code"] in found.shown else "hidden",
            )
            for site in found.sites
            if site["latitude"] is not None and site["longitude"] is not None
        ]
    )  # fmt: skip
