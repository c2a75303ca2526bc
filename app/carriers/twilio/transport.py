"""The road to Twilio's API: explicit time-outs, one try, and errors that carry no number and no text."""

from logging import getLogger
from typing import Any, cast

from twilio.http import AsyncHttpClient
from twilio.http.response import Response

from app.carriers.exchange import Answer, Exchange, RefusedError, UnreadableError


class HttpxClient(AsyncHttpClient):
    """The official client's requests over our exchange: message creation has no idempotency key, so nothing is retried.

    The parent's log lines, which hold addresses and parameters, are not written; a refusal is raised before the
    client can build its own exception, which would quote the phone number and lose the Retry-After header.
    """

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(getLogger(__name__), is_async=True)
        self._exchange = exchange

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
        answer = await self._exchange.ask(method.upper(), uri, params=params, form=data, headers=headers, auth=auth)
        payload = _json_object(answer)
        if not answer.taken:
            raise RefusedError(answer.status, _code(payload or {}), answer.wait)
        if payload is None:
            raise UnreadableError
        return Response(answer.status, answer.body.decode(errors="replace"))


def _json_object(answer: Answer) -> dict[str, Any] | None:
    try:
        payload = answer.json()
    except UnreadableError:
        return None
    return cast("dict[str, Any]", payload) if isinstance(payload, dict) else None


def _code(payload: dict[str, Any]) -> str:
    code = payload.get("code")
    return str(code) if isinstance(code, int) and not isinstance(code, bool) else ""
