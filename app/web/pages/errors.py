"""Errors as pages, for whoever asked with a browser."""

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from app.web.pages.languages import gettext
from app.web.pages.origins import local_path, prefers_page
from app.web.pages.templating import page

_MACHINES = ("/v1", "/carriers", "/health", "/ready")
_UNAUTHENTICATED = 401
_UNAVAILABLE = 503


async def error_page(request: Request, status: int, title: str, detail: str) -> Response | None:
    """A page for an error, the sign-in form for a missing key, or None where the caller wants a problem document."""
    path = request.url.path
    if _for_machines(path) or not prefers_page(request.headers.get("accept", "")):
        return None
    if status == _UNAUTHENTICATED:
        # Only a page can be come back to; a form that was sent is not sent twice.
        back = local_path(path) if request.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?next={quote(back)}", 303)
    shown = page("error.html", status, title=gettext(title), detail=gettext(detail))
    if status == _UNAVAILABLE:
        shown.headers["Retry-After"] = "5"
    return shown


def _for_machines(path: str) -> bool:
    return any(path == start or path.startswith(f"{start}/") for start in _MACHINES)
