"""A round in an NGO's hands: how it fills up, how the carriers do, pause, go on and stop."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.domain.errors import ConflictError
from app.jobs.context import Context
from app.jobs.monitoring import MOST_UNCLEAR, watch_round
from app.jobs.steering import pause_round, resume_round, stop_round
from app.store.keys import Caller, programme_of
from app.store.programmes import list_sites
from app.web.access import AsNgo
from app.web.pages.board import ROUND_STATES
from app.web.pages.helping import shares
from app.web.pages.languages import gettext, marked
from app.web.pages.launching import calendar
from app.web.pages.rounds import has_phones
from app.web.pages.templating import page, text_of
from app.web.wiring import wiring

router = APIRouter(include_in_schema=False)

_FUNNEL: Mapping[str, str] = {
    "invited": marked("Invited"),
    "sent": marked("Sent"),
    "delivered": marked("Delivered"),
    "started": marked("Started"),
    "partial": marked("Partial"),
    "complete": marked("Complete"),
    "refused": marked("Refused"),
}
_HEALTH: Mapping[str, str] = {
    "fine": marked("works"),
    "troubled": marked("many texts are refused or lost"),
    "resting": marked("rests after failures; texts take another road or wait"),
    "quiet": marked("too few texts lately to say"),
}
_DONE: Mapping[str, str] = {
    "launched": marked("Launched."),
    "paused": marked("The round rests."),
    "resumed": marked("The round goes on."),
    "stopped": marked("The round is over."),
}
Steering = Callable[[Context, UUID, UUID, datetime], Awaitable[None]]


@router.get("/rounds/{round_id:uuid}/monitor")
async def monitor(request: Request, round_id: UUID, caller: AsNgo) -> Response:
    """The round as of now."""
    return await _monitor(request, caller, round_id)


@router.get("/rounds/{round_id:uuid}/monitor/now")
async def panel(request: Request, round_id: UUID, caller: AsNgo) -> Response:
    """What changes of it, for a page that asks again and again."""
    return HTMLResponse(text_of("monitor_panel.html", **await _seen(request, caller, round_id)))


async def _monitor(request: Request, caller: Caller, round_id: UUID, fault: str = "") -> Response:
    wired = wiring(request)
    seen = await _seen(request, caller, round_id)
    asked = seen["asked"]
    async with wired.context.database.transaction() as store:
        sites = await list_sites(store, programme_of(caller))
    chosen = [site for site in sites if not asked.plan.sites or site["code"] in asked.plan.sites]
    return page(
        "monitor.html", 409 if fault else 200, caller=caller, phones=has_phones(wired, caller), fault=fault,
        done=gettext(_DONE.get(request.query_params.get("done", ""), "")),
        calendar=calendar(wired.context, chosen, asked.plan, asked.opens_at), **seen,
    )  # fmt: skip


async def _seen(request: Request, caller: Caller, round_id: UUID) -> dict[str, Any]:
    wired = wiring(request)
    now = wired.clock()
    seen = await watch_round(wired.context, programme_of(caller), round_id, now)
    counts = [(gettext(name), seen.funnel[step]) for step, name in _FUNNEL.items()]
    return {
        "asked": seen.asked, "survey": seen.survey, "state": gettext(ROUND_STATES.get(seen.asked.state, seen.asked.state)),
        "way": shares(counts, seen.funnel["invited"]), "unclear": seen.unclear, "most_unclear": MOST_UNCLEAR,
        "carriers": [(carrier, health, gettext(_HEALTH[health])) for carrier, health in seen.carriers], "at": now,
    }  # fmt: skip


@router.post("/rounds/{round_id:uuid}/pause")
async def pause(request: Request, round_id: UUID, caller: AsNgo) -> Response:
    """Let it rest."""
    return await _steer(request, caller, round_id, pause_round, "paused")


@router.post("/rounds/{round_id:uuid}/resume")
async def resume(request: Request, round_id: UUID, caller: AsNgo) -> Response:
    """Let it go on."""
    return await _steer(request, caller, round_id, resume_round, "resumed")


@router.post("/rounds/{round_id:uuid}/stop")
async def stop(request: Request, round_id: UUID, caller: AsNgo) -> Response:
    """End it for good."""
    return await _steer(request, caller, round_id, stop_round, "stopped")


async def _steer(request: Request, caller: Caller, round_id: UUID, steer: Steering, done: str) -> Response:
    wired = wiring(request)
    try:
        await steer(wired.context, programme_of(caller), round_id, wired.clock())
    except ConflictError as refused:
        return await _monitor(request, caller, round_id, refused.message)
    return RedirectResponse(f"/rounds/{round_id}/monitor?done={done}", 303)
