"""The front page of each role, and a round's dashboard."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.jobs.dashboards import board_page, filling_of, sized_rounds_for
from app.jobs.snapshots import survey_of
from app.store.keys import FOCAL_POINT, Caller, programme_of
from app.store.programmes import get_programme
from app.web.access import BRAND, NGO, OPERATOR, PROVIDER, AsAnyone, AsNgoOrBrand
from app.web.pages.addresses import id_of, page_of
from app.web.pages.board import ROUND_STATES, view_of
from app.web.pages.operating import operator_page
from app.web.pages.scales import scales_of
from app.web.pages.takeaway import take_away
from app.web.pages.templating import page
from app.web.wiring import Wiring, wiring

router = APIRouter(include_in_schema=False)

SITES_A_PAGE = 50


@router.get("/")
async def front(request: Request, caller: AsAnyone) -> Response:
    """What the key is for: an NGO's rounds, a brand's overview of the newest, a service's desk, the operator's page."""
    wired = wiring(request)
    if caller.role == OPERATOR:
        return await operator_page(request, caller)
    if caller.role == PROVIDER:
        return RedirectResponse("/desk", 303)
    if caller.role == BRAND:
        return RedirectResponse("/overview", 303)
    return await _rounds(wired, caller)


@router.get("/rounds")
async def rounds_page(request: Request, caller: AsNgoOrBrand) -> Response:
    """The rounds the caller may look at."""
    return await _rounds(wiring(request), caller)


async def _rounds(wired: Wiring, caller: Caller) -> Response:
    rounds = await sized_rounds_for(wired.context, caller)
    async with wired.context.database.transaction() as store:
        programme = await get_programme(store, programme_of(caller))
    return page(
        "rounds.html", caller=caller, phones=has_phones(wired, caller), programme=programme.name, rounds=rounds,
        states=ROUND_STATES, for_brand=caller.role == BRAND,
    )  # fmt: skip


# An address that holds no id is not found, rather than malformed: whoever mistyped it wants a page.
@router.get("/rounds/{round_id:uuid}")
async def round_page(request: Request, round_id: UUID, caller: AsNgoOrBrand) -> Response:
    """A round's dashboard."""
    wired = wiring(request)
    publication = id_of(request.query_params.get("publication", ""))
    number = page_of(request.query_params.get("page", ""))
    found = await board_page(
        wired.context, caller, round_id, publication, first=(number - 1) * SITES_A_PAGE, count=SITES_A_PAGE
    )
    shown = found.board
    board = view_of(
        shown,
        scales_of(await survey_of(wired.context, caller, round_id)),
        for_brand=caller.role == BRAND,
        for_focal_point=FOCAL_POINT in caller.scopes,
        split=found.apart,
        places=found.places,
    )
    apart = list(dict.fromkeys(row["split"] for row in found.apart))
    away = take_away(round_id, shown["publication"], splits=apart, report=()) if shown["publication"] else None
    return page(
        "board.html", caller=caller, phones=has_phones(wired, caller), board=board, away=away, number=number,
        pages=-(-found.sites // SITES_A_PAGE), filling=filling_of(shown, found.places), domains=board.domains,
    )  # fmt: skip


def has_phones(wired: Wiring, caller: Caller) -> bool:
    """Whether the head of the page leads to the simulator."""
    return caller.role == NGO and wired.simulator is not None
