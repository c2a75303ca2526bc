"""Signing in and out, with an e-mail, a key or an identity provider, and what the pages are drawn with."""

import json
from datetime import datetime, timedelta
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from app.carriers.openid import Asked, Claims
from app.domain.errors import DomainError, NotFoundError, UnauthenticatedError
from app.jobs.signing_in import Given, link_by, sign_in, sign_in_by
from app.store.accounts import any_account
from app.store.keys import caller_of_key
from app.store.sessions import caller_of_session, close_session, open_session
from app.web.access import COOKIE, refuse_foreign
from app.web.bodies import read_form
from app.web.pages.browsers import address_of, browser_of
from app.web.pages.languages import gettext, marked
from app.web.pages.origins import local_path
from app.web.pages.templating import STATIC, page
from app.web.wiring import Wiring, wiring

router = APIRouter(include_in_schema=False)

_AWAY = "shiftline_away"
"""What was asked of the identity provider, sealed, until the browser comes back."""
_AWAY_PATH = "/sign-in/openid"
_AWAY_FOR = timedelta(minutes=10)
_NOWHERE = UUID(int=0)


def static_files() -> StaticFiles:
    """The stylesheet, the mark and the one script."""
    return StaticFiles(directory=STATIC)


@router.get("/sign-in")
async def sign_in_form(request: Request) -> Response:
    """The form: for an e-mail, or for a key where nobody has an account yet or it is asked for."""
    by_key = request.query_params.get("with") == "key"
    return await _form(request, local_path(request.query_params.get("next", "/")), by_key=by_key)


async def _form(request: Request, onward: str, status: int = 200, *, by_key: bool, refused: str = "") -> Response:
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        accounts = await any_account(store)
    return page(
        "sign_in.html", status, next=onward, query=quote(onward), by_key=by_key or not accounts, refused=refused,
        provider=wired.openid.name if wired.openid else "",
    )  # fmt: skip


@router.post("/sign-in")
async def sign_in_here(request: Request) -> Response:
    """A session for a person or a key's holder; for whatever is wrong the form again, which repeats nothing."""
    refuse_foreign(request)
    wired = wiring(request)
    form = await read_form(request)
    onward, browser, now = local_path(form.get("next", "/")), browser_of(request), wired.clock()
    try:
        if "key" in form:
            token = await _by_key(wired, form["key"].strip(), now, browser)
        else:
            given = Given(
                form.get("email", ""), form.get("password", ""), form.get("code", ""), address_of(request), browser
            )
            token = await sign_in(wired.context, wired.passwords, given, now)
    except UnauthenticatedError:
        told = _KEY_REFUSED if "key" in form else _REFUSED
        return await _form(request, onward, 401, by_key="key" in form, refused=gettext(told))
    return await signed_in(request, onward, token)


# In the same words whatever is wrong, so that nobody learns who has an account.
_REFUSED = marked(
    "This did not work: e-mail, password or code do not fit, or there were too many tries. After some, each takes a wait."
)
_KEY_REFUSED = marked(
    "This key is unknown or was revoked. Check that it was copied whole, or ask whoever gave it to you for a new one."
)


async def _by_key(wired: Wiring, key: str, now: datetime, browser: str) -> str:
    async with wired.context.database.transaction() as store:
        return await open_session(store, (await caller_of_key(store, key)).key, now, browser)


async def signed_in(request: Request, onward: str, token: str) -> Response:
    """On to a page of ours, with the cookie of a new session; the trail tells who came in."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        request.state.caller = await caller_of_session(store, token, wired.clock())
    answer = RedirectResponse(onward, 303)
    # A link in a letter is to open its page for who is signed in: so Lax, and every form has its token beside it.
    answer.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=wired.secure_cookies)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """The end of the session, here and in the store."""
    refuse_foreign(request)
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await close_session(store, request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=wired.secure_cookies)
    return answer


# -- an identity provider -------------------------------------------------------------------------


@router.get("/sign-in/openid")
async def go_to_provider(request: Request) -> Response:
    """On to the identity provider; what must be known when the browser comes back goes along with it, sealed."""
    wired = wiring(request)
    if wired.openid is None:
        raise NotFoundError("No identity provider is set up here.")
    address, asked = await wired.openid.begin()
    until = (wired.clock() + _AWAY_FOR).isoformat()
    kept = {"asked": asked.written(), "next": local_path(request.query_params.get("next", "/")), "until": until}
    sealed = wired.context.vault.seal("away", _NOWHERE, _NOWHERE, json.dumps(kept))
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        _AWAY, f"{sealed.key_version}.{sealed.cipher.hex()}", max_age=int(_AWAY_FOR.total_seconds()), path=_AWAY_PATH,
        httponly=True, samesite="lax", secure=wired.secure_cookies,
    )  # fmt: skip
    return answer


@router.get("/sign-in/openid/back")
async def back_from_provider(request: Request) -> Response:
    """A session for whom the provider names; for who is signed in already, the link between the two."""
    wired = wiring(request)
    now = wired.clock()
    try:
        kept = _kept(wired, request.cookies.get(_AWAY, ""), now)
        if wired.openid is None or kept is None:
            raise UnauthenticatedError("This sign-in was not begun here, or took too long; begin it again.")
        claims = await wired.openid.complete(Asked(**json.loads(kept["asked"])), request.query_params, now)
        answer = await _named(request, claims, kept["next"])
    except DomainError as problem:
        answer = await _form(request, "/", 401, by_key=False, refused=gettext(problem.message))
    answer.delete_cookie(_AWAY, path=_AWAY_PATH, httponly=True, samesite="lax", secure=wired.secure_cookies)
    return answer


async def _named(request: Request, claims: Claims, onward: str) -> Response:
    wired = wiring(request)
    now = wired.clock()
    if onward == LINKING:
        # Only who began it on the page of their account, and is signed in still.
        async with wired.context.database.transaction() as store:
            caller = await caller_of_session(store, request.cookies.get(COOKIE, ""), now)
        await link_by(wired.context, caller, claims)
        return RedirectResponse("/account?done=linked", 303)
    return await signed_in(request, onward, await sign_in_by(wired.context, claims, now, browser_of(request)))


LINKING = "/account/link"
"""Where nobody is sent: it says that an account is to be linked."""


def _kept(wired: Wiring, cookie: str, now: datetime) -> dict[str, str] | None:
    version, _, cipher = cookie.partition(".")
    try:
        opened = wired.context.vault.open_if_it_fits("away", _NOWHERE, bytes.fromhex(cipher), int(version))
    except ValueError:
        return None
    kept = json.loads(opened) if opened is not None else None
    return kept if kept and datetime.fromisoformat(kept["until"]) > now else None
