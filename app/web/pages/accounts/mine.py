"""A person's own account: password, second factor, recovery codes, sessions, and the places they belong to."""

from io import BytesIO
from uuid import UUID

import segno
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from app.domain.errors import ForbiddenError, InvalidError
from app.domain.passwords import SHORTEST
from app.domain.roles import SECOND_FACTOR
from app.jobs.accounts import change_password
from app.jobs.signing_in import is_me, offer_codes, renew_recovery, switch, take_codes
from app.store.accounts import codes_left, get_account, places_of
from app.store.keys import Caller
from app.store.sessions import end_session, end_sessions, sessions_of
from app.web.access import AsMyself
from app.web.bodies import read_form
from app.web.pages.browsers import browser_of
from app.web.pages.languages import gettext
from app.web.pages.origins import prefers_page
from app.web.pages.rounds import has_phones
from app.web.pages.sessions import LINKING, signed_in
from app.web.pages.templating import page
from app.web.problems import problem
from app.web.wiring import wiring

router = APIRouter(prefix="/account", include_in_schema=False)


async def unfinished(request: Request, error: Exception) -> Response:
    """The way to the step that is missing, for whoever asked for a page; a problem for a program."""
    page_wanted = prefers_page(request.headers.get("accept", "")) and not request.url.path.startswith("/v1/")
    if request.method == "GET" and page_wanted:
        return RedirectResponse("/account/second-factor", 303)
    if not isinstance(error, ForbiddenError):
        raise TypeError(type(error).__name__)
    return problem(403, error.code, error.title, error.message)


@router.get("")
async def mine(request: Request, caller: AsMyself) -> Response:
    """The page."""
    return await _mine(request, caller)


async def _mine(request: Request, caller: Caller, status: int = 200, fault: str = "") -> Response:
    wired = wiring(request)
    now = wired.clock()
    async with wired.context.database.transaction() as store:
        sessions = await sessions_of(store, caller, now)
        account = await get_account(store, wired.context.vault, caller.account) if caller.account else None
        places = await places_of(store, account.id) if account else []
        left = await codes_left(store, account.id) if account else 0
    return page(
        "accounts/mine.html", status, caller=caller, phones=has_phones(wired, caller), account=account, sessions=sessions,
        places=places, left=left, fault=gettext(fault) if fault else "", done=request.query_params.get("done", ""),
        shortest=SHORTEST, provider=wired.openid.name if wired.openid else "", linking=LINKING,
    )  # fmt: skip


def _account(caller: Caller) -> UUID:
    if caller.account is None:
        raise ForbiddenError("A key has no account; sign in with an e-mail.")
    return caller.account


@router.post("/password")
async def password(request: Request, caller: AsMyself) -> Response:
    """Another password, for who knows the old one; every other session ends."""
    wired = wiring(request)
    form = await read_form(request)
    account = _account(caller)
    try:
        await is_me(wired.context, wired.passwords, caller, form.get("old", ""), wired.clock())
        await change_password(wired.context, wired.passwords, account, form.get("password", ""))
    except (ForbiddenError, InvalidError) as refused:
        return await _mine(request, caller, 422, refused.message)
    async with wired.context.database.transaction() as store:
        await end_sessions(store, account, keep=caller.session)
    return RedirectResponse("/account?done=password", 303)


@router.get("/second-factor")
async def second_factor(request: Request, caller: AsMyself) -> Response:
    """A secret for an app, as a picture and in letters."""
    return await _offered(request, caller)


async def _offered(request: Request, caller: Caller, status: int = 200, fault: str = "") -> Response:
    offer = await offer_codes(wiring(request).context, _account(caller))
    return page(
        "accounts/second_factor.html", status, caller=caller, offer=offer, picture=_picture(offer.address),
        needed=caller.role in SECOND_FACTOR, anew=not caller.unfinished, fault=gettext(fault) if fault else "",
    )  # fmt: skip


def _picture(address: str) -> Markup:
    """The address as a QR code, drawn within the page: nothing else ever has it."""
    drawn = BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", scale=5, border=3, xmldecl=False, svgns=False, light="#fff", omitsize=False,
        svgclass="code", lineclass=None, title=gettext("The secret, as a picture for the app"),
    )  # fmt: skip
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn by us, of an address in base 32


@router.post("/second-factor")
async def take_second_factor(request: Request, caller: AsMyself) -> Response:
    """The secret becomes the account's once a code of it is typed; the recovery codes, shown this once."""
    wired = wiring(request)
    form = await read_form(request)
    account = _account(caller)
    try:
        if not caller.unfinished:
            # Whoever finds a browser open is not to put their own app in place of its owner's.
            await is_me(wired.context, wired.passwords, caller, form.get("password", ""), wired.clock())
        sealed, code = form.get("sealed", ""), form.get("code", "")
        codes = await take_codes(wired.context, account, sealed, code, wired.clock())
    except (ForbiddenError, InvalidError) as refused:
        return await _offered(request, caller, 422, refused.message)
    return page("accounts/codes.html", caller=caller, codes=codes)


@router.post("/recovery")
async def recovery(request: Request, caller: AsMyself) -> Response:
    """New recovery codes, shown this once."""
    wired = wiring(request)
    try:
        password = (await read_form(request)).get("password", "")
        await is_me(wired.context, wired.passwords, caller, password, wired.clock())
    except ForbiddenError as refused:
        return await _mine(request, caller, 422, refused.message)
    return page("accounts/codes.html", caller=caller, codes=await renew_recovery(wired.context, _account(caller)))


@router.post("/sessions/{session:uuid}/end")
async def end(request: Request, session: UUID, caller: AsMyself) -> Response:
    """End one of one's own sessions."""
    async with wiring(request).context.database.transaction() as store:
        await end_session(store, caller, session)
    return RedirectResponse("/account?done=ended", 303)


@router.post("/places/{key:uuid}")
async def place(request: Request, key: UUID, caller: AsMyself) -> Response:
    """Go on in another of one's places, with a session of its own."""
    wired = wiring(request)
    session = await switch(wired.context, caller, key, wired.clock(), browser_of(request))
    return await signed_in(request, "/", session)
