"""What Kannel's webhooks say."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_to_bytes

from app.carriers.kannel.characters import read
from app.carriers.policy import policy
from app.carriers.protocol import Delivery, InboundText, Part, Request, StatusReport
from app.carriers.reading import needed
from app.domain.errors import InvalidError
from app.domain.numbers import normalise

DELIVERIES: Mapping[str, Delivery] = {
    "1": Delivery.DELIVERED,
    "2": Delivery.UNDELIVERED,
    "4": Delivery.SENT,  # waiting at the SMSC
    "8": Delivery.SENT,
    "16": Delivery.FAILED,  # the SMSC refused it
    "34": Delivery.UNDELIVERED,  # expired
    "66": Delivery.UNDELIVERED,  # the SMSC lost track of it
}
"""Kannel's types of report (%d) in our words."""

_HEADERS = (("from", "x-kannel-from"), ("to", "x-kannel-to"), ("udh", "x-kannel-udh"))
_REFUSED = re.compile(r"NACK/(?:0x([0-9a-fA-F]{8})/|([A-Za-z]{1,20}))")
_NETWORK_ERROR = re.compile(r"dlr_err=([^&]{1,9})&")
_DIGITS = re.compile(r"\d{8,15}")
_PARTS_IN_EIGHT_BITS, _PARTS_IN_SIXTEEN_BITS = 0x00, 0x08


# -- replies --------------------------------------------------------------------------------------


def inbound(request: Request) -> InboundText:
    """The reply in a verified webhook; an empty text is one.

    The numbers come in headers; in the query too, from a Kannel set up by another guide than ours.
    """
    fields = _query(request) | {name: request.headers[header] for name, header in _HEADERS if header in request.headers}
    return InboundText(
        reference=needed(fields, "id"),
        sender=_number(needed(fields, "from")),
        to=_number(needed(fields, "to")),
        text=read(request.body, fields.get("charset", ""), fields.get("coding", "")),
        part=_part(fields.get("udh", "")),
    )


def _number(number: str) -> str:
    """With + and country code where it surely has one: many SMSCs leave out the plus. A short code stays as it is."""
    digits = number.removeprefix("00")
    if not _DIGITS.fullmatch(digits):
        return number
    try:
        return normalise(f"+{digits}", "ZZ")
    except InvalidError:
        return number


def _part(header: str) -> Part | None:
    """The piece that a user data header tells of (3GPP TS 23.040, 9.2.3.24), or None.

    Kannel joins pieces itself; it hands on single ones where one of them never came.
    """
    elements = _unquoted(header)[1:]
    while len(elements) >= 2:  # noqa: PLR2004 - what it is, and how long
        kind, length = elements[0], elements[1]
        value, elements = elements[2 : 2 + length], elements[2 + length :]
        wide = kind == _PARTS_IN_SIXTEEN_BITS
        if kind in {_PARTS_IN_EIGHT_BITS, _PARTS_IN_SIXTEEN_BITS} and len(value) == 3 + wide:
            count, number = value[-2], value[-1]
            return Part(value[:-2].hex(), number, count) if 1 <= number <= count and count > 1 else None
    return None


# -- reports --------------------------------------------------------------------------------------


def status(request: Request, message: str) -> StatusReport:
    """The report in a verified webhook on `message`, our id from its address, which is our reference too."""
    fields = _query(request)
    kind = fields.get("type", "")
    delivery = DELIVERIES.get(kind)
    if delivery is None or not message:
        raise InvalidError("This is no report of Kannel's on a message.")
    if delivery not in {Delivery.UNDELIVERED, Delivery.FAILED}:
        return StatusReport(message, message, delivery)
    code = _code(fields, kind)
    return StatusReport(message, message, delivery, policy("kannel").cause_of(code), code)


def _code(fields: Mapping[str, str], kind: str) -> str:
    """Why it failed, in the words of the table; what an SMSC wrote is never kept as it is."""
    return _network_error(fields.get("meta", "")) or _refusal(fields.get("answer", "")) or f"type-{kind}"


def _network_error(meta: str) -> str:
    """A receipt's error, which Kannel packs as SMPP's network_error_code: a byte for the kind, two for the number.

    Kannel takes every number for one of GSM, also those that an SMSC made up; so the table draws no conclusion from
    them that would end a worker's part.
    """
    found = _NETWORK_ERROR.search(meta)
    packed = _unquoted(found[1]) if found else b""
    if len(packed) != 3:  # noqa: PLR2004 - SMPP 5.0, 4.8.4.42
        return ""
    number = int(packed) if packed.isdigit() else int.from_bytes(packed[1:])
    return f"gsm-{number}" if number else ""


def _refusal(answer: str) -> str:
    """An SMPP status in hex; else the first word of what bearerbox itself says."""
    found = _REFUSED.match(answer)
    if found is None:
        return ""
    if found[1]:
        return f"smpp-{found[1].lower()}"
    code = f"nack-{found[2].lower()}"
    return code if code in policy("kannel").rules else ""


def _unquoted(quoted: str) -> bytes:
    return unquote_to_bytes(quoted.replace("+", " "))  # Kannel writes 0x20 so


def _query(request: Request) -> dict[str, str]:
    try:
        return dict(parse_qsl(request.query, keep_blank_values=True, errors="replace", max_num_fields=50))
    except ValueError:
        raise InvalidError("The webhook's address holds too many fields.") from None
