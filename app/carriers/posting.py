"""Posting an event to somebody else's webhook, signed as standardwebhooks.com says.

The address was given by a person and is not trusted: what it names must be a public address of the network, the
connection goes to that very address and no other, no redirect is followed, and little of the answer is read.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx2
from standardwebhooks import Webhook

from app.domain.errors import InvalidError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_CONNECT_SECONDS = 5.0
_LONGEST_SECONDS = 15.0
_AT_ONCE = 20
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
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


class PrivateAddressError(Exception):
    """The address is not one of the public network."""


class Poster:
    """Posts over httpx2; never a second try, which is its caller's affair.

    Args:
        private: whether plain HTTP and addresses of private networks are fine, as in a test or behind a gateway.
        resolve: a host's addresses; the system's resolver where none is given.
    """

    def __init__(self, *, private: bool = False, resolve: Resolve | None = None) -> None:
        self._private = private
        self._resolve = resolve or _resolved
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(_LONGEST_SECONDS, connect=_CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=_AT_ONCE, max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )

    def host_of(self, url: str) -> str:
        """The host an address names; InvalidError where nothing may be posted there."""
        try:
            parsed = httpx2.URL(url)
        except (httpx2.InvalidURL, TypeError, ValueError):
            raise InvalidError("This is no address.") from None
        schemes = {"https", "http"} if self._private else {"https"}
        if parsed.scheme not in schemes or not parsed.host or parsed.userinfo or parsed.fragment:
            raise InvalidError("A webhook's address begins with https:// and holds no user name and no #.")
        literal = _literal(parsed.host)
        if literal is not None and not self._may_reach(literal):
            raise InvalidError("A webhook's address must be one of the public network.")
        return parsed.host

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
        host = self.host_of(post.url)
        url = httpx2.URL(post.url)
        reached = await self._address(host, url.port or (443 if url.scheme == "https" else 80))
        request = self._http.build_request(
            "POST",
            # Looked up once and connected to: a name that answers otherwise a moment later leads nowhere else.
            url.copy_with(host=reached),
            headers={"host": url.netloc.decode(), "content-type": "application/json", **signed(post, now)},
            content=post.body.encode(),
            extensions={"sni_hostname": host},
        )
        answer = await self._http.send(request, stream=True)
        await answer.aclose()  # what it says is of no interest, however long it is
        return Posted(answer.status_code)

    async def _address(self, host: str, port: int) -> str:
        found = await self._resolve(host, port)
        if not found:
            raise OSError
        if not all(self._may_reach(ipaddress.ip_address(address)) for address in found):
            raise PrivateAddressError
        return found[0]

    def _may_reach(self, address: Address) -> bool:
        return self._private or is_public(address)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def signed(post: Post, now: datetime) -> dict[str, str]:
    """The headers by which the other side knows that it is from us, and of now."""
    return {
        "webhook-id": post.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(post.secret).sign(post.id, now, post.body),
    }


def is_public(address: Address) -> bool:
    """Whether an address is of the public network, also where one of IPv4 is wrapped in one of IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if wrapped is None and address in _TRANSLATED:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(wrapped)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


async def _resolved(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
