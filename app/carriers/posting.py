"""Posting an event to somebody else's webhook, signed as standardwebhooks.com says.

The address was given by a person and is not trusted: what it names must be a public address of the network, the
connection goes to that very address and no other, no redirect is followed, and little of the answer is read.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import httpx2
from standardwebhooks import Webhook

from app.carriers.public import Gate, PrivateAddressError, Resolve
from app.domain.errors import InvalidError

_CONNECT_SECONDS = 5.0
_LONGEST_SECONDS = 15.0
_AT_ONCE = 20
_GONE = 410


@dataclass(frozen=True, slots=True)
class Post:
    """An event on its way: the same `id` each time it is tried, so that whoever gets it twice can tell."""

    id: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of a post: the status of the answer, or the kind of fault where none came."""

    status: int | None = None
    fault: str = ""

    @property
    def taken(self) -> bool:
        """Whether the other side has it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110

    @property
    def gone(self) -> bool:
        """Whether the other side wants no more."""
        return self.status == _GONE


class Poster:
    """Posts over httpx2; never a second try, which is its caller's affair.

    Args:
        private: whether plain HTTP and addresses of private networks are fine, as in a test or behind a gateway.
        resolve: a host's addresses; the system's resolver where none is given.
    """

    def __init__(self, *, private: bool = False, resolve: Resolve | None = None) -> None:
        self._gate = Gate(private=private, resolve=resolve)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @cached_property
    def _http(self) -> httpx2.AsyncClient:
        # Made when it is needed: to read whom it trusts takes forty milliseconds.
        return httpx2.AsyncClient(
            timeout=httpx2.Timeout(_LONGEST_SECONDS, connect=_CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=_AT_ONCE, max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )

    def host_of(self, url: str) -> str:
        """The host an address names; InvalidError where nothing may be posted there."""
        return self._gate.host_of(url)

    async def post(self, post: Post, now: datetime) -> Posted:
        """Try once; never raises for what the other side does."""
        async with self._turns:
            try:
                # The client bounds each phase, not their sum.
                async with asyncio.timeout(_LONGEST_SECONDS):
                    return await self._posted(post, now)
            except PrivateAddressError:
                return Posted(fault="private-address")
            except InvalidError:
                return Posted(fault="address")
            except (TimeoutError, httpx2.TimeoutException):
                return Posted(fault="timeout")
            except (OSError, UnicodeError, httpx2.HTTPError):
                return Posted(fault="unreachable")
            except Exception as problem:  # noqa: BLE001 - whatever broke, it is tried again; the kind alone is safe to keep
                return Posted(fault=type(problem).__name__)

    async def _posted(self, post: Post, now: datetime) -> Posted:
        headers = {"content-type": "application/json", **signed(post, now)}
        request = await self._gate.request(self._http, "POST", post.url, headers, post.body.encode())
        answer = await self._http.send(request, stream=True)
        await answer.aclose()  # what it says is of no interest, however long it is
        return Posted(answer.status_code)

    async def aclose(self) -> None:
        """Close the connections."""
        if "_http" in vars(self):
            await self._http.aclose()


def signed(post: Post, now: datetime) -> dict[str, str]:
    """The headers by which the other side knows that it is from us, and of now."""
    return {
        "webhook-id": post.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(post.secret).sign(post.id, now, post.body),
    }
