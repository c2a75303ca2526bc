"""Who may do what: every route names its roles, and a test walks the routes to find one that does not."""

from collections.abc import Awaitable, Callable
from hmac import compare_digest
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request

from app.domain.errors import ForbiddenError, UnauthenticatedError, UnfinishedAccountError
from app.domain.roles import ADMIN, BRAND, FOCAL_POINT, NGO, OPERATOR, PROVIDER, READER, RESPONDENTS, Door, refusal
from app.store.keys import Caller, caller_of_key
from app.store.sessions import caller_of_session
from app.web.bodies import read_form
from app.web.wiring import wiring

COOKIE = "shiftline_session"
TOKEN_HEADER = "x-form-token"  # noqa: S105 - a header's name
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PREFLIGHTED = frozenset({"application/json", "application/yaml"})
"""What another site's page cannot send before its browser asked us, and we never allow it."""

Guard = Callable[[Request], Awaitable[Caller]]


def guard(*roles: str, scope: str = "", grade: str = "", unfinished: bool = False) -> Guard:
    """A dependency that lets these roles in.

    Args:
        roles: any of these.
        scope: those alone who carry it.
        grade: of an NGO's people, this one or a higher; else a reader for reading, an editor for changes.
        unfinished: also an account that has yet to set up its second factor.
    """
    door = Door(roles, scope, grade)

    async def check(request: Request) -> Caller:
        caller = await _caller(request)
        request.state.caller = caller  # for the trail, which tells of what is refused too
        if refused := refusal(caller.standing, door, changes=request.method not in _SAFE):
            raise ForbiddenError(refused)
        if caller.unfinished and not unfinished:
            raise UnfinishedAccountError("Set up the codes of an app first: this role needs them beside the password.")
        return caller

    check.roles = roles  # type: ignore[attr-defined]
    return check


async def _caller(request: Request) -> Caller:
    wired = wiring(request)
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    token = request.cookies.get(COOKIE, "")
    if scheme.casefold() != "bearer" and not token:
        raise UnauthenticatedError("Send your key as `Authorization: Bearer …`, or sign in.")
    async with wired.context.database.transaction() as store:
        if scheme.casefold() == "bearer":
            return await caller_of_key(store, secret.strip())
        caller = await caller_of_session(store, token, wired.clock())
    if request.method not in _SAFE:
        # A cookie travels by itself, so a change asked with one must come from our own pages.
        refuse_foreign(request)
        await _refuse_forged(request, caller)
    return caller


async def caller_if_any(request: Request) -> Caller | None:
    """Who is signed in, for a page that is open to everybody; None for nobody."""
    wired = wiring(request)
    try:
        async with wired.context.database.transaction() as store:
            return await caller_of_session(store, request.cookies.get(COOKIE, ""), wired.clock())
    except UnauthenticatedError:
        return None


def refuse_foreign(request: Request) -> None:
    """Refuse a change asked from another site's page; our own pages always send their origin.

    Raises:
        ForbiddenError: the origin is missing or not ours.
    """
    if urlsplit(request.headers.get("origin", "")).netloc != request.headers.get("host"):
        raise ForbiddenError("This change was asked from another site.")


async def _refuse_forged(request: Request, caller: Caller) -> None:
    """Refuse a form without the token of its session: the origin is the browser's word, the token is ours."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if request.method != "POST" or kind in _PREFLIGHTED:
        return
    given = request.headers.get(TOKEN_HEADER) or (await read_form(request)).get("form_token", "")
    if not compare_digest(given.encode(), caller.form_token.encode()):
        raise ForbiddenError("This form is not of your session; open the page again.")


AsOperator = Annotated[Caller, Depends(guard(OPERATOR))]
AsNgo = Annotated[Caller, Depends(guard(NGO))]
AsAdmin = Annotated[Caller, Depends(guard(NGO, grade=ADMIN))]
AsAdminOrOperator = Annotated[Caller, Depends(guard(OPERATOR, NGO, grade=ADMIN))]
AsFocalPoint = Annotated[Caller, Depends(guard(NGO, scope=FOCAL_POINT))]
AsAnalyst = Annotated[Caller, Depends(guard(NGO, scope=RESPONDENTS))]
AsNgoOrBrand = Annotated[Caller, Depends(guard(NGO, BRAND))]
ToTakeAway = Annotated[Caller, Depends(guard(NGO, BRAND, grade=READER))]
AsNgoOrProvider = Annotated[Caller, Depends(guard(NGO, PROVIDER))]
AsProvider = Annotated[Caller, Depends(guard(PROVIDER))]
AsAnyone = Annotated[Caller, Depends(guard(OPERATOR, NGO, BRAND, PROVIDER))]
AsMyself = Annotated[Caller, Depends(guard(OPERATOR, NGO, BRAND, PROVIDER, grade=READER, unfinished=True))]


def roles_of(dependant: Any) -> set[str] | None:
    """The roles a route lets in, from its dependencies; None where no guard stands."""
    found: set[str] | None = None
    for dependency in dependant.dependencies:
        roles = getattr(dependency.call, "roles", None)
        if roles is not None:
            found = set(roles) if found is None else found & set(roles)
    return found
