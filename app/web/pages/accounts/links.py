"""What links open: an invitation, and a new password. Whoever holds one needs no session."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.background import BackgroundTask

from app.domain.errors import ConflictError, InvalidError
from app.domain.passwords import SHORTEST
from app.jobs.accounts import forgot, invitation, take_reset, take_up, take_up_as
from app.web.access import AsMyself, caller_if_any, refuse_foreign
from app.web.bodies import read_form
from app.web.pages.browsers import address_of, browser_of
from app.web.pages.languages import gettext
from app.web.pages.sessions import signed_in
from app.web.pages.templating import page
from app.web.wiring import wiring

router = APIRouter(include_in_schema=False)


@router.get("/invitations/{token}")
async def invited(request: Request, token: str) -> Response:
    """The form that makes an account, or the way in for who has one."""
    return await _invited(request, token)


async def _invited(request: Request, token: str, status: int = 200, *, name: str = "", fault: str = "") -> Response:
    wired = wiring(request)
    link, known = await invitation(wired.context, token, wired.clock())
    return page(
        "accounts/invited.html", status, caller=await caller_if_any(request), token=token, email=link.email,
        name=name or link.name, known=known,
        fault=gettext(fault) if fault else "", shortest=SHORTEST, provider=wired.openid.name if wired.openid else "",
    )  # fmt: skip


@router.post("/invitations/{token}")
async def make_account(request: Request, token: str) -> Response:
    """A new account, signed in; what will not do is said beside the form."""
    refuse_foreign(request)
    wired = wiring(request)
    form = await read_form(request)
    name, password = form.get("name", ""), form.get("password", "")
    try:
        session = await take_up(
            wired.context, wired.passwords, token, name, password, wired.clock(), browser_of(request)
        )
    except (InvalidError, ConflictError) as problem:
        return await _invited(request, token, 422, name=name, fault=problem.message)
    return await signed_in(request, "/", session)


@router.post("/invitations/{token}/join")
async def join(request: Request, token: str, caller: AsMyself) -> Response:
    """One more place for who is signed in."""
    wired = wiring(request)
    session = await take_up_as(wired.context, caller, token, wired.clock(), browser_of(request))
    return await signed_in(request, "/", session)


@router.get("/forgotten")
async def forgotten(request: Request) -> Response:
    """The form that asks for a link by e-mail."""
    return page("accounts/forgotten.html", mail=wiring(request).mailer is not None, sent=False)


@router.post("/forgotten")
async def send_link(request: Request) -> Response:
    """The same answer for everybody, before anything is looked up: neither words nor time tell who has an account."""
    refuse_foreign(request)
    wired = wiring(request)
    mail = wired.mailer is not None
    email = (await read_form(request)).get("email", "")
    answer = page("accounts/forgotten.html", mail=mail, sent=mail)
    if mail:
        answer.background = BackgroundTask(forgot, wired.context, email, address_of(request), wired.clock())
    return answer


@router.get("/reset/{token}")
async def new_password(token: str) -> Response:
    """The form for a new password; whether the link is good is told when it is used."""
    return page("accounts/new_password.html", token=token, fault="", shortest=SHORTEST)


@router.post("/reset/{token}")
async def set_new_password(request: Request, token: str) -> Response:
    """A new password, and the way to sign in with it."""
    refuse_foreign(request)
    wired = wiring(request)
    password = (await read_form(request)).get("password", "")
    try:
        await take_reset(wired.context, wired.passwords, token, password, wired.clock())
    except InvalidError as problem:
        fault = gettext(problem.message)
        return page("accounts/new_password.html", 422, token=token, fault=fault, shortest=SHORTEST)
    return RedirectResponse("/sign-in", 303)
