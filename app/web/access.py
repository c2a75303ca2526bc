"""Who may do what: every route names its roles, and a test walks the routes to find one that does not."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request

from app.domain.errors import ForbiddenError, UnauthenticatedError
from app.store.keys import FOCAL_POINT, RESPONDENTS, Caller, caller_of_key, caller_of_session
from app.web.wiring import wiring

OPERATOR, NGO, BRAND, PROVIDER = "operator", "ngo", "brand", "provider"
COOKIE = "shiftline_session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Guard = Callable[[Request], Awaitable[Caller]]


def guard(*roles: str, scope: str = "") -> Guard:
    """A dependency that lets these roles in; with a scope, only keys that carry it."""

    async def check(request: Request) -> Caller:
        caller = await _caller(request)
        if caller.role not in roles:
            raise ForbiddenError(f"A key of the role {caller.role} may not do this; it takes: {', '.join(roles)}.")
        if scope and scope not in caller.scopes:
            raise ForbiddenError(f"This needs a key with the scope {scope!r}.")
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
    return caller


def refuse_foreign(request: Request) -> None:
    """Refuse a change asked from another site's page; our own pages always send their origin.

    Raises:
        ForbiddenError: the origin is missing or not ours.
    """
    if urlsplit(request.headers.get("origin", "")).netloc != request.headers.get("host"):
        raise ForbiddenError("This change was asked from another site.")


def programme_of(caller: Caller) -> UUID:
    """The caller's programme; ForbiddenError for an operator, who has none."""
    if caller.programme is None:
        raise ForbiddenError("An operator's key belongs to no programme; use a key of the programme.")
    return caller.programme


AsOperator = Annotated[Caller, Depends(guard(OPERATOR))]
AsNgo = Annotated[Caller, Depends(guard(NGO))]
AsFocalPoint = Annotated[Caller, Depends(guard(NGO, scope=FOCAL_POINT))]
AsAnalyst = Annotated[Caller, Depends(guard(NGO, scope=RESPONDENTS))]
AsNgoOrBrand = Annotated[Caller, Depends(guard(NGO, BRAND))]
AsNgoOrProvider = Annotated[Caller, Depends(guard(NGO, PROVIDER))]
AsProvider = Annotated[Caller, Depends(guard(PROVIDER))]
AsAnyone = Annotated[Caller, Depends(guard(OPERATOR, NGO, BRAND, PROVIDER))]


def roles_of(dependant: Any) -> set[str] | None:
    """The roles a route lets in, from its dependencies; None where no guard stands."""
    found: set[str] | None = None
    for dependency in dependant.dependencies:
        roles = getattr(dependency.call, "roles", None)
        if roles is not None:
            found = set(roles) if found is None else found & set(roles)
    return found
