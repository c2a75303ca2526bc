"""Who called: the address at the other end, or the one that a proxy we trust vouches for."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

from app.carriers.protocol import Request
from app.domain.errors import InvalidError

_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Callers:
    """Who may call, and which proxies may say for whom they call."""

    allowed: tuple[_Network, ...]
    proxies: tuple[_Network, ...]

    @classmethod
    def parse(cls, allowed: Sequence[str], proxies: Sequence[str]) -> Self:
        """From addresses and networks as people write them; InvalidError for what is neither."""
        try:
            return cls(tuple(map(_network, allowed)), tuple(map(_network, proxies)))
        except ValueError:
            raise InvalidError(
                "Kannel's peers and proxies are IP addresses or networks, such as 10.0.0.0/24."
            ) from None

    def admit(self, request: Request) -> bool:
        """Whether the caller is on the list; an address nobody can read is not."""
        caller = self._caller(request)
        return caller is not None and _within(caller, self.allowed)

    def _caller(self, request: Request) -> _Address | None:
        """The right-most address that is no proxy of ours; what stands left of it anybody may have written."""
        here = _address(request.peer)
        hops = request.headers.get("x-forwarded-for")
        for hop in reversed(hops.split(",") if hops else ()):
            if here is None or not _within(here, self.proxies):
                return here
            here = _address(hop)
        return here


def _network(text: str) -> _Network:
    return ip_network(text.strip(), strict=False)


def _within(address: _Address, networks: Sequence[_Network]) -> bool:
    return any(address in network for network in networks)


def _address(text: str) -> _Address | None:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]  # [::1]:8080
    elif text.count(":") == 1:
        text = text.partition(":")[0]  # 10.0.0.7:8080
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket for both families shows an IPv4 caller as ::ffff:10.0.0.7.
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
