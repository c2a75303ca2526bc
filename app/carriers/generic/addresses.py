"""What may stand in a definition's addresses, headers and names.

An operator chooses the address, so a private network and this host are allowed: a gateway often stands there. What
is refused is what no gateway is: other schemes than HTTP, and the link-local addresses where clouds keep their keys.
A name is not resolved here; who may define carriers may make this host ask whatever its network reaches.
"""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

_START = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?P<port>:[0-9]{1,5})?(?=[/?]|$)"
)
_NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+(?:; ?charset=[A-Za-z0-9-]+)?")
_CODE = re.compile(r"(?=[A-Za-z0-9_.-]{1,40}\Z)(?!\+?[0-9.-]{7,}\Z).*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,128}")
# 127.1, 0x7f000001 and 2130706433 are addresses too, which only the resolver would recognise.
_ODD_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}", re.IGNORECASE)


def is_name(text: str) -> bool:
    """Whether it can be a carrier's name."""
    return _NAME.fullmatch(text) is not None


def is_header(text: str) -> bool:
    """Whether it can be a header's name (RFC 9110, 5.6.2)."""
    return _HEADER.fullmatch(text) is not None


def is_printable(text: str) -> bool:
    """Whether it is printable ASCII."""
    return text.isascii() and text.isprintable()


def is_media_type(text: str) -> bool:
    """Whether it is a media type, with a charset or without."""
    return _MEDIA_TYPE.fullmatch(text) is not None


def is_code(text: str) -> bool:
    """Whether it can be a vendor's code, and is no phone number: codes are logged and shown."""
    return _CODE.fullmatch(text) is not None


def is_country(text: str) -> bool:
    """Whether it looks like an ISO 3166-1 alpha-2 code."""
    return _COUNTRY.fullmatch(text) is not None


def is_webhook_secret(text: str) -> bool:
    """Whether it is long enough to be no guess, and needs no escaping in an address."""
    return _SECRET.fullmatch(text) is not None


def faults_of(lead: str, *, whole: bool) -> Iterator[tuple[str, str]]:
    """(severity, what is wrong) with an address, by the text before its first placeholder; `whole` if there is none."""
    start = _START.match(lead)
    if start is None or (start.end() == len(lead) and not whole):
        yield "error", "must begin with http(s)://host/, without a name or password, and no placeholder before the path"
        return
    if "#" in lead or not is_printable(lead) or " " in lead:
        yield "error", "holds a fragment, a blank, or more than printable ASCII"
    if start["scheme"].lower() not in {"http", "https"}:
        yield "error", "must be http:// or https://"
    host = start["host"].strip("[]")
    address = _address(host)
    if address is None and _ODD_NUMBER.fullmatch(host):
        yield "error", "writes its address in a way that hides where it leads; write four numbers"
    if address is not None and _leads_nowhere(address):
        yield "error", "is a link-local, multicast or reserved address, where no gateway stands"
    private = address is not None and (address.is_private or address.is_loopback)
    if start["scheme"].lower() == "http" and not private:
        yield "warning", "is not encrypted: the key, the numbers and the texts can be read on their way"


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _leads_nowhere(address: IPv4Address | IPv6Address) -> bool:
    return address.is_link_local or address.is_multicast or address.is_unspecified
