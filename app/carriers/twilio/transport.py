"""The road to Twilio's API: explicit time-outs, one try, and errors that carry no number and no text."""

import json
import re
from datetime import timedelta
from logging import getLogger
from typing import Any, cast

import httpx2
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

_SECONDS = re.compile(r"[0-9]{1,6}")


class RefusedError(Exception):
    """Twilio answered, and not with 2xx.

    Raised before the official client can build its own exception, which would quote the phone number and lose
    the Retry-After header.
    """

    def __init__(self, status: int, code: str, wait: timedelta | None) -> None:
        super().__init__(f"Twilio answered {status} ({code or 'no code'})")
        self.status = status
        self.code = code
        self.wait = wait


class UnreadableError(Exception):
    """Twilio answered 2xx with something that is not a JSON object."""


class HttpxClient(AsyncHttpClient):
    """The official client's requests over httpx2.

    No retries: message creation has no idempotency key, so a second POST is a second text. No redirects and no look
    at the environment: what the entry point configured is what happens. The parent's log lines, which hold addresses
    and parameters, are not written.
    """

    def __init__(self, *, connect: float, read: float, connections: int, proxy: str | None = None) -> None:
        super().__init__(getLogger(__name__), is_async=True, timeout=read)
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(read, connect=connect),
            limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
            follow_redirects=False,
            trust_env=False,
            proxy=proxy,
        )

    async def request(
        self,
        method: str,
        uri: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the same
        allow_redirects: bool = False,
    ) -> Response:
        """One request, one answer.

        Raises:
            RefusedError: the answer is not 2xx.
            UnreadableError: it is, and holds no JSON object.
            httpx2.HTTPError: no answer.
        """
        del timeout, allow_redirects
        answer = await self._http.request(
            method.upper(), uri, params=params or None, data=data or None, headers=headers, auth=auth
        )
        payload = _json_object(answer)
        if not answer.is_success:
            raise RefusedError(answer.status_code, _code(payload or {}), _wait(answer))
        if payload is None:
            raise UnreadableError
        return Response(answer.status_code, answer.text, dict(answer.headers))

    async def aclose(self) -> None:
        """Closes the pool."""
        await self._http.aclose()


def _json_object(answer: httpx2.Response) -> dict[str, Any] | None:
    try:
        payload: object = json.loads(answer.content)
    except ValueError:
        return None
    return cast("dict[str, Any]", payload) if isinstance(payload, dict) else None


def _code(payload: dict[str, Any]) -> str:
    code = payload.get("code")
    return str(code) if isinstance(code, int) and not isinstance(code, bool) else ""


def _wait(answer: httpx2.Response) -> timedelta | None:
    # The header's other form, a date, would need a clock; the table's own delay stands in for it.
    seconds = answer.headers.get("retry-after", "").strip()
    return timedelta(seconds=int(seconds)) if _SECONDS.fullmatch(seconds) else None
