"""The trail of who looked at what and who changed what: each request by somebody known leaves a row before it is answered."""

import re
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import Request
from starlette.middleware.base import RequestResponseEndpoint
from starlette.responses import Response

from app.domain.errors import DomainError
from app.store.audit import write_down
from app.web.problems import problem
from app.web.wiring import wiring

log = structlog.get_logger()

UNTOLD = frozenset({"GET /metrics", "GET /v1/openapi.json"})
"""What programs ask again and again, and what tells of nobody."""

_FAULTY = 400
_SECRET = frozenset({"token", "secret"})
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_KIND = re.compile(r":\w+}")
_CODE = re.compile(r"[a-z][a-z0-9_-]{0,62}")


async def keep_trail(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Answer, and write down who asked; what cannot be written down is not handed out."""
    response = await call_next(request)
    caller = getattr(request.state, "caller", None)
    pattern = _KIND.sub("}", getattr(request.scope.get("route"), "path", ""))
    action = f"{request.method} {pattern}"
    if caller is None or action in UNTOLD:
        return response
    wired = wiring(request)
    try:
        async with wired.context.database.transaction() as store:
            touched = touched_by(request.path_params, found=response.status_code < _FAULTY)
            await write_down(store, caller, action, touched, response.status_code, wired.clock())
    except DomainError as failed:
        log.error("trail-broke", code=failed.code)
        return problem(
            503, failed.code, failed.title, "What is done here is written down first, and that failed; ask again."
        )
    return response


def touched_by(parts: Mapping[str, Any], *, found: bool) -> str:
    """The ids and codes in an address; of what was not found no code, for anything may have been typed there."""
    told = [str(part) for name, part in parts.items() if name not in _SECRET]
    return "/".join(part for part in told if _ID.fullmatch(part) or (found and _CODE.fullmatch(part)))
