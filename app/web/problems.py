"""Errors as RFC 9457 problems: one table from the domain's vocabulary to HTTP."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import (
    ConflictError,
    DomainError,
    Fault,
    ForbiddenError,
    ForgedWebhookError,
    InvalidError,
    NotFoundError,
    NotInstalledError,
    UnauthenticatedError,
    UnavailableError,
)

log = structlog.get_logger()

STATUS: Mapping[type[DomainError], int] = {
    NotFoundError: 404,
    ForbiddenError: 403,
    UnauthenticatedError: 401,
    InvalidError: 422,
    ConflictError: 409,
    ForgedWebhookError: 403,
    NotInstalledError: 501,
    UnavailableError: 503,
}
"""Error → status; a subclass has its nearest listed ancestor's."""


def status_of(error: type[DomainError]) -> int:
    """The status of an error, by its nearest listed ancestor; KeyError for one that was forgotten."""
    return next(STATUS[kind] for kind in error.__mro__ if kind in STATUS)


def problem(status: int, code: str, title: str, detail: str = "", faults: Sequence[Fault] = ()) -> JSONResponse:
    """An RFC 9457 answer; `errors` name the place of each fault."""
    body: dict[str, Any] = {"type": f"/problems/{code}", "title": title, "status": status, "detail": detail}
    if faults:
        body["errors"] = [{"place": item.place, "message": item.message} for item in faults]
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {"Retry-After": "5"} if status == 503 else {}  # noqa: PLR2004
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def add_problems(app: FastAPI, page: Callable[[Request, int, str, str], Awaitable[Response | None]]) -> None:
    """Answer every error as a problem; a browser that asked for a page gets the page `page` makes."""

    async def domain(request: Request, error: Exception) -> Response:
        if not isinstance(error, DomainError):
            raise TypeError(type(error).__name__)
        status = status_of(type(error))
        shown = await page(request, status, error.title, error.message)
        return shown or problem(status, error.code, error.title, error.message, error.faults)

    async def validation(_request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise TypeError(type(error).__name__)
        # Place and message only: pydantic would repeat the input, which may be a number or a reply.
        faults = [Fault(".".join(str(part) for part in item["loc"]), item["msg"]) for item in error.errors()]
        return problem(
            422, "invalid", "The input is not valid", "The request does not have the form asked for.", faults
        )

    async def http(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise TypeError(type(error).__name__)
        code = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}.get(error.status_code, "http")
        shown = await page(request, error.status_code, str(error.detail), "")
        return shown or problem(error.status_code, code, str(error.detail))

    app.add_exception_handler(DomainError, domain)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, http)
    app.add_middleware(LastResort)


class LastResort:
    """Answers what nobody foresaw, and lets no trace of it reach the server's log.

    A driver's message may quote what a worker wrote, so the kind of an error is logged and never the error.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - see above
            log.error("unexpected", kind=type(error).__name__)
            if scope["type"] == "http" and not begun:
                told = problem(
                    500, "unexpected", "Something broke on our side", "It was noted; nothing was stored by half."
                )
                await told(scope, receive, send)
