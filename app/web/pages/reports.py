"""The page on which somebody asks to be written to when a report is there."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.errors import ConflictError, ForbiddenError, InvalidError
from app.domain.rhythm import Rhythm
from app.jobs.subscribing import ask_for_report, end_report, my_reports
from app.store.keys import Caller
from app.web.access import ToTakeAway
from app.web.bodies import read_form
from app.web.pages.languages import gettext, marked, visit
from app.web.pages.rounds import has_phones
from app.web.pages.templating import page
from app.web.wiring import wiring

router = APIRouter(prefix="/reports", include_in_schema=False)

RHYTHMS: Mapping[str, str] = {
    "weekly": marked("every Monday"),
    "monthly": marked("on the first of every month"),
    "round": marked("after each round has closed"),
}


@router.get("")
async def reports(request: Request, caller: ToTakeAway) -> Response:
    """What the caller asked for, and the form for more."""
    return await _reports(request, caller)


async def _reports(request: Request, caller: Caller, fault: str = "", status: int = 200) -> Response:
    wired = wiring(request)
    wishes, sites = await my_reports(wired.context, caller)
    return page(
        "reports.html", status, caller=caller, phones=has_phones(wired, caller), wishes=wishes, sites=sites, fault=fault,
        rhythms={code: gettext(told) for code, told in RHYTHMS.items()}, site=request.query_params.get("site", ""),
        mail=wired.mailer is not None,
    )  # fmt: skip


@router.post("")
async def ask(request: Request, caller: ToTakeAway) -> Response:
    """Ask for one."""
    wired, form = wiring(request), await read_form(request)
    try:
        rhythm = Rhythm(form.get("rhythm", ""))
    except ValueError:
        raise InvalidError("Choose how often.") from None
    try:
        await ask_for_report(wired.context, caller, form.get("site", ""), rhythm, visit().language, wired.clock())
    except (ConflictError, ForbiddenError) as refused:
        return await _reports(request, caller, refused.message, 409)
    return RedirectResponse("/reports", 303)


@router.post("/{wish:uuid}/end")
async def end(request: Request, wish: UUID, caller: ToTakeAway) -> Response:
    """End one."""
    await end_report(wiring(request).context, caller, wish)
    return RedirectResponse("/reports", 303)
