"""Reading JSON from an address that a person gave: of the public network, of a bounded size, within a bounded time."""

import asyncio
import json
from typing import Any

import httpx2

from app.carriers.public import Gate, PrivateAddressError, Resolve
from app.domain.errors import InvalidError, NotFoundError, UnavailableError

_CONNECT_SECONDS = 5.0
_LONGEST_SECONDS = 60.0
_MOST_BYTES = 50_000_000
_NOT_FOUND = 404
_OK = 200


class Fetcher:
    """Gets JSON over httpx2; no redirect is followed, nothing is tried twice.

    Args:
        private: whether plain HTTP and private networks are fine, as in a test.
        resolve: a host's addresses; the system's resolver where none is given.
        transport: another way to carry requests, in a test.
    """

    def __init__(
        self,
        *,
        private: bool = False,
        resolve: Resolve | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._gate = Gate(private=private, resolve=resolve)
        self._transport = transport
        self._http: httpx2.AsyncClient | None = None

    async def json(self, url: str, bearer: str = "") -> Any:
        """The value an address holds.

        Raises:
            InvalidError: nothing may be fetched there, or what is there is no JSON of a bearable size.
            NotFoundError: there is nothing.
            UnavailableError: the other side did not answer, or not with 200.
        """
        headers = {"accept": "application/json", **({"authorization": f"Bearer {bearer}"} if bearer else {})}
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                http = self._client()
                request = await self._gate.request(http, "GET", url, headers)
                return await self._read(await http.send(request, stream=True))
        except PrivateAddressError:
            raise InvalidError("The address leads into a private network.") from None
        except (TimeoutError, OSError, UnicodeError, httpx2.HTTPError) as problem:
            raise UnavailableError(f"The other registry could not be read ({type(problem).__name__}).") from None

    def _client(self) -> httpx2.AsyncClient:
        # Made when it is first needed, which in most processes is never.
        if self._http is None:
            self._http = httpx2.AsyncClient(
                timeout=httpx2.Timeout(_LONGEST_SECONDS, connect=_CONNECT_SECONDS),
                follow_redirects=False,
                trust_env=False,
                transport=self._transport,
            )
        return self._http

    async def _read(self, answer: httpx2.Response) -> Any:
        try:
            if answer.status_code == _NOT_FOUND:
                raise NotFoundError("The other registry has nothing at this address.")
            if answer.status_code != _OK:
                raise UnavailableError(f"The other registry answered {answer.status_code}.")
            raw = bytearray()
            async for piece in answer.aiter_bytes():
                raw += piece
                if len(raw) > _MOST_BYTES:
                    raise InvalidError(f"The other registry's answer holds more than {_MOST_BYTES:,} bytes.")
        finally:
            await answer.aclose()
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            raise InvalidError("The other registry's answer is no JSON.") from None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()
