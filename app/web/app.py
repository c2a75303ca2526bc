"""The web application, put together."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.middleware.base import RequestResponseEndpoint
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response

from app.domain.errors import UnavailableError
from app.web.access import AsAnyone
from app.web.bodies import BodyLimit
from app.web.pages import coding as coding_pages
from app.web.pages import errors, rounds, sessions, simulator
from app.web.pages import operating as operating_pages
from app.web.pages.languages import Languages
from app.web.problems import add_problems
from app.web.rest import (
    acting,
    administration,
    asking,
    coding,
    comparing,
    exporting,
    figuring,
    helping,
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
    watching,
    webhooks,
)
from app.web.wiring import Wiring, wiring

OPEN = frozenset(
    {
        "/health",
        "/ready",
        "/sign-in",
        "/sign-out",
        "/static",
        "/carriers/{name}/inbound",
        "/carriers/{name}/inbound/{secret}",
        "/carriers/{name}/status",
        "/carriers/{name}/status/{message}",
        "/carriers/{name}/status/{message}/{secret}",
    }
)
"""The addresses that take no key: health, verified webhooks, and the sign-in form with what it is drawn with."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    # Under `no-referrer` a browser posts our own forms with `Origin: null`, and the guard would refuse them.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(wired: Wiring) -> FastAPI:
    """The application over its wiring; no global state, so tests make as many as they like."""
    app = FastAPI(
        title="Shiftline",
        summary="Surveys by SMS, well-being figures that protect whoever answered, and needs brought to local services.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.wiring = wired
    add_problems(app, errors.error_page)
    # Within the headers, which are the outer: what it refuses has them too, and its error reaches the handlers.
    app.add_middleware(BodyLimit, usual=wired.max_body_bytes, roster=wired.max_roster_bytes)
    app.middleware("http")(_headers)
    app.add_middleware(Languages)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(webhooks.SideDoor, wired=wired, headers=HEADERS)
    for module in (
        administration,
        operating,
        metrics,
        watching,
        mailing,
        roads,
        people,
        asking,
        figuring,
        coding,
        comparing,
        exporting,
        respondents,
        helping,
        acting,
        loop,
        registry,
        hsds,
        phones,
        webhooks,
        sessions,
        rounds,
        coding_pages,
        operating_pages,
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
