"""Errors as pages, for whoever asked with a browser."""

from fastapi import Request
from fastapi.responses import Response


async def error_page(request: Request, status: int, title: str, detail: str) -> Response | None:
    """A page for an error, or None where the caller wants a problem document."""
    del request, status, title, detail
    return None
