"""Addresses that a person gave and nobody trusts: they must lead to the public network, and to what was looked up alone."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

import httpx2

from app.domain.errors import InvalidError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits


class PrivateAddressError(Exception):
    """The address is not one of the public network."""


class Gate:
    """Lets through what leads to the public network.

    Args:
        private: whether plain HTTP and addresses of private networks are fine, as in a test or behind a gateway.
        resolve: a host's addresses; the system's resolver where none is given.
    """

    def __init__(self, *, private: bool = False, resolve: Resolve | None = None) -> None:
        self._private = private
        self._resolve = resolve or _resolved

    def host_of(self, url: str) -> str:
        """The host an address names; InvalidError where nothing may be sent there."""
        try:
            parsed = httpx2.URL(url)
        except (httpx2.InvalidURL, TypeError, ValueError):
            raise InvalidError("This is no address.") from None
        schemes = {"https", "http"} if self._private else {"https"}
        if parsed.scheme not in schemes or not parsed.host or parsed.userinfo or parsed.fragment:
            raise InvalidError("The address begins with https:// and holds no user name and no #.")
        literal = _literal(parsed.host)
        if literal is not None and not self._may_reach(literal):
            raise InvalidError("The address must be one of the public network.")
        return parsed.host

    async def request(
        self, http: httpx2.AsyncClient, method: str, url: str, headers: dict[str, str], content: bytes = b""
    ) -> httpx2.Request:
        """A request to the address that the name was looked up as: one that answers otherwise later leads nowhere else.

        Raises:
            InvalidError: nothing may be sent there.
            PrivateAddressError: the name leads into a private network.
            OSError: the name leads nowhere.
        """
        host, parsed = self.host_of(url), httpx2.URL(url)
        reached = await self._address(host, parsed.port or (443 if parsed.scheme == "https" else 80))
        return http.build_request(
            method,
            parsed.copy_with(host=reached),
            headers={"host": parsed.netloc.decode(), **headers},
            content=content,
            extensions={"sni_hostname": host},
        )

    async def _address(self, host: str, port: int) -> str:
        found = await self._resolve(host, port)
        if not found:
            raise OSError
        if not all(self._may_reach(ipaddress.ip_address(address)) for address in found):
            raise PrivateAddressError
        return found[0]

    def _may_reach(self, address: Address) -> bool:
        return self._private or is_public(address)


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
