"""The web application, put together."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.middleware.base import RequestResponseEndpoint
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.domain.errors import UnavailableError, UnfinishedAccountError
from app.web.access import AsAnyone
from app.web.bodies import BodyLimit
from app.web.pages import acting as acting_pages
from app.web.pages import coding as coding_pages
from app.web.pages import contacts as contacts_pages
from app.web.pages import desk as desk_pages
from app.web.pages import errors, launching, live, monitoring, overviews, rounds, sessions, simulator, sites, standing
from app.web.pages import focal_points as focal_points_pages
from app.web.pages import loop as loop_pages
from app.web.pages import operating as operating_pages
from app.web.pages import people as people_pages
from app.web.pages import places as places_pages
from app.web.pages import registry as registry_pages
from app.web.pages import reports as reports_pages
from app.web.pages import tending as tending_pages
from app.web.pages.accounts import links, mine, trail
from app.web.pages.accounts import people as access_pages
from app.web.pages.languages import Languages
from app.web.pages.surveys import editing, listing
from app.web.problems import add_problems
from app.web.rest import (
    accounts,
    acting,
    administration,
    asking,
    auditing,
    casework,
    coding,
    comparing,
    desks,
    exporting,
    figuring,
    helping,
    hooks,
    hsds,
    loop,
    mailing,
    metrics,
    operating,
    people,
    phones,
    registry,
    respondents,
    roads,
    steering,
    watching,
    webhooks,
    xlsforms,
)
from app.web.trail import keep_trail
from app.web.wiring import Wiring, wiring

OPEN = frozenset(
    {
        "/health",
        "/ready",
        "/sign-in",
        "/sign-out",
        "/sign-in/openid",
        "/sign-in/openid/back",
        "/forgotten",
        "/invitations/{token}",
        "/reset/{token}",
        "/static",
        "/carriers/{name}/inbound",
        "/carriers/{name}/inbound/{secret}",
        "/carriers/{name}/status",
        "/carriers/{name}/status/{message}",
        "/carriers/{name}/status/{message}/{secret}",
    }
)
"""The addresses that take no key: health, verified webhooks, the sign-in form with what it is drawn with, and what the
links open that make an account or mend one."""

HEADERS: Mapping[str, str] = {
    # No script or style but from our own files: none within a page is ever run.
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " frame-ancestors 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    # Under `no-referrer` a browser posts our own forms with `Origin: null`, and the guard would refuse them.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_HTTPS_ALWAYS = "max-age=31536000"


class _Application(FastAPI):
    """FastAPI, with the side door of the webhooks before all it does."""

    def __init__(self, wired: Wiring, **given: Any) -> None:
        super().__init__(**given)
        self._door = webhooks.SideDoor(super().__call__, wired, HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self._door(scope, receive, send)


def create_app(wired: Wiring) -> FastAPI:
    """The application over its wiring; no global state, so tests make as many as they like."""
    app = _Application(
        wired,
        title="Shiftline",
        summary="Surveys by SMS, well-being figures that protect whoever answered, and needs brought to local services.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.wiring = wired
    app.state.watchers = set()
    add_problems(app, errors.error_page)
    app.add_exception_handler(UnfinishedAccountError, mine.unfinished)
    # Within the headers, which are the outer: what it refuses has them too, and its error reaches the handlers.
    app.add_middleware(BodyLimit, usual=wired.max_body_bytes, roster=wired.max_roster_bytes)
    # Around what answers errors: what was refused leaves its row too.
    app.middleware("http")(keep_trail)
    app.middleware("http")(_headers)
    app.add_middleware(Languages)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    for module in (
        administration,
        auditing,
        accounts,
        operating,
        metrics,
        watching,
        mailing,
        roads,
        people,
        xlsforms,
        asking,
        steering,
        figuring,
        coding,
        comparing,
        exporting,
        respondents,
        helping,
        casework,
        desks,
        hooks,
        acting,
        loop,
        registry,
        hsds,
        phones,
        webhooks,
        sessions,
        links,
        mine,
        access_pages,
        trail,
        rounds,
        overviews,
        sites,
        standing,
        live,
        loop_pages,
        listing,
        editing,
        acting_pages,
        coding_pages,
        desk_pages,
        operating_pages,
        tending_pages,
        launching,
        monitoring,
        people_pages,
        places_pages,
        registry_pages,
        contacts_pages,
        focal_points_pages,
        reports_pages,
        simulator,
    ):
        app.include_router(module.router)
    app.mount("/static", sessions.static_files(), name="static")
    app.add_api_route("/health", _health, methods=["GET"], tags=["health"])
    app.add_api_route("/ready", _ready, methods=["GET"], tags=["health"])
    app.add_api_route("/v1/openapi.json", _openapi, methods=["GET"], tags=["health"])
    return app


async def _headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    if wiring(request).secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", _HTTPS_ALWAYS)
    for name, value in HEADERS.items():
        if not (name == "Cache-Control" and request.url.path.startswith("/static/")):
            response.headers.setdefault(name, value)
    return response


async def _health() -> JSONResponse:
    """Whether this process lives. With the database away it does: webhooks are spooled, and a restart would help nobody."""
    return JSONResponse({"status": "ok"})


async def _ready(request: Request) -> JSONResponse:
    """Whether this process can serve everything: it reaches its database, and the tables are this program's."""
    wired = wiring(request)
    if not wired.prepared:
        return JSONResponse({"status": "database away"}, 503)
    try:
        await wired.context.database.version()
    except (UnavailableError, OSError, TimeoutError):
        return JSONResponse({"status": "database away"}, 503)
    return JSONResponse({"status": "ok"})


async def _openapi(request: Request, _caller: AsAnyone) -> dict[str, Any]:
    """This interface's OpenAPI document."""
    app: FastAPI = request.app
    return app.openapi()
