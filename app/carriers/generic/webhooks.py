"""An aggregator's webhooks: is it the aggregator, and what does it say? Pure; anything odd is Forged or Invalid.

A secret in the address and a signature without a time have no age: a replayed webhook is good for ever. What makes a
replay harmless is the store, where a reference is unique for ever and a delivery only climbs in rank.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from app.carriers.addresses import opaque, same
from app.carriers.generic.addresses import is_code
from app.carriers.generic.definition import Digest, Inbound, PartPlaces, Reports, Signature, TextForm, Verification
from app.carriers.generic.places import Heard, Place
from app.carriers.generic.templates import as_is
from app.carriers.protocol import InboundText, Part, Request, StatusReport
from app.carriers.reading import cleaned, moment, readable
from app.domain.errors import ForgedWebhookError, InvalidError
from app.domain.numbers import normalise

_LONGEST_REFERENCE = 200
_LONGEST_TEXT = 20_000
_MOST_PARTS = 255
_SHORTEST_NUMBER = 7
_MILLISECONDS = 100_000_000_000


# -- whose it is ----------------------------------------------------------------------------------


def verify(verification: Verification, request: Request, secrets: Mapping[str, str], url: str, now: datetime) -> None:
    """Raise ForgedWebhookError unless the caller's address and the signature are what the definition asks for.

    `url` is the address as configured. The secret in it is `SecretAddress`'s affair.
    """
    if verification.peers and not _known(verification, request.peer):
        raise ForgedWebhookError("The webhook comes from an address that is not the carrier's.")
    if verification.signature is not None:
        _verify_signature(verification.signature, request, secrets[verification.signature.secret], url, now)


def _known(verification: Verification, peer: str) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped in network for network in verification.peers)


def _verify_signature(signature: Signature, request: Request, secret: str, url: str, now: datetime) -> None:
    timestamp = request.headers.get(signature.timestamp, "") if signature.timestamp else ""
    signed = {"body": request.body.decode("latin-1"), "query": request.query, "url": url, "timestamp": timestamp}
    try:
        content = signature.over.fill(signed, as_is).encode("latin-1")
    except UnicodeError:
        raise ForgedWebhookError("The webhook's signature is missing or wrong.") from None
    digest = hmac.new(secret.encode(), content, signature.algorithm).digest()
    expected = digest.hex() if signature.encoding == "hex" else base64.b64encode(digest).decode()
    given = request.headers.get(signature.header, "").strip()
    given = given.lower() if signature.encoding == "hex" else given
    wanted = (signature.prefix.lower() if signature.encoding == "hex" else signature.prefix) + expected
    if not same(wanted, given):
        raise ForgedWebhookError("The webhook's signature is missing or wrong.")
    if signature.timestamp and not _lately(timestamp, now, signature):
        raise ForgedWebhookError("The webhook is stale.")


def _lately(written: str, now: datetime, signature: Signature) -> bool:
    signed_at = _moment(written)
    return signed_at is not None and abs(now - signed_at) <= signature.tolerance


def _moment(written: str) -> datetime | None:
    """Seconds or milliseconds since 1970, or ISO 8601 with a zone."""
    try:
        if written.isascii() and written.isdigit():
            count = int(written)
            return datetime.fromtimestamp(count / 1000 if count > _MILLISECONDS else count, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment(written)


# -- replies --------------------------------------------------------------------------------------


def inbound(places: Inbound, request: Request, key: str) -> list[InboundText]:
    """The replies in a verified webhook; none where it tells of something else. `key` is that of digests.

    Raises:
        InvalidError: it cannot be read, or a place is empty that must not be.
    """
    heard = _heard(request, places.charset)
    items = heard.items(places.each)
    told = [item for item in items if heard.passes(places.only, item)]
    return readable(told, lambda item: _reply(places, heard, item, key))


def _reply(places: Inbound, heard: Heard, item: Any, key: str) -> InboundText:
    text = heard.find(places.text, item)
    if text is None or len(text) > _LONGEST_TEXT:
        raise InvalidError("The reply has no text, or too long a one.")
    reply = InboundText(
        reference="",
        sender=_number(_needed(heard, places.sender, item, "sender"), places.country),
        to=_number(_needed(heard, places.to, item, "receiver"), places.country),
        text=_read(text, _form(places, heard, item)),
        part=_part(places.part, heard, item) if places.part else None,
    )
    return replace(reply, reference=_reference(places, heard, item, reply, key))


def _heard(request: Request, charset: str | Place) -> Heard:
    heard = Heard(request.headers, request.body, request.query)
    if isinstance(charset, str):
        return replace(heard, charset=charset)
    # Names of fields and of character sets are ASCII, which Latin-1 reads in any of them that a form can be in.
    named = replace(heard, charset="latin-1").find(charset) or "utf-8"
    return replace(heard, charset=named if _is_charset(named) else "utf-8")


def _is_charset(name: str) -> bool:
    try:
        b"".decode(name)
    except (LookupError, ValueError):
        return False
    return True


def _needed(heard: Heard, place: Place, item: Any, what: str) -> str:
    value = (heard.find(place, item) or "").strip()
    if not value or len(value) > _LONGEST_REFERENCE:
        raise InvalidError(f"The webhook names no {what}.")
    return value


def _form(places: Inbound, heard: Heard, item: Any) -> TextForm:
    if places.coding is None:
        return TextForm.PLAIN
    return places.forms.get(heard.find(places.coding, item) or "", TextForm.PLAIN)


def _read(text: str, form: TextForm) -> str:
    try:
        match form:
            case TextForm.PLAIN:
                return text
            case TextForm.UTF16_HEX:
                return cleaned(bytes.fromhex(text).decode("utf-16-be"))
            case TextForm.BASE64:
                return cleaned(base64.b64decode(text, validate=True).decode())
    except (ValueError, binascii.Error):
        raise InvalidError("The reply's text is not written as its coding says.") from None


def _number(written: str, country: str) -> str:
    """The one form of a number; a short code or a name stays as it came."""
    digits = "".join(filter(str.isdigit, written))
    if len(digits) < _SHORTEST_NUMBER or any(character.isalpha() for character in written):
        return written
    given = written if country or written.startswith("+") else f"+{digits.removeprefix('00')}"
    try:
        return normalise(given, country or "ZZ")
    except InvalidError:
        return given


def _reference(places: Inbound, heard: Heard, item: Any, reply: InboundText, key: str) -> str:
    if isinstance(places.reference, Digest):
        time = _needed(heard, places.reference.time, item, "time")
        # Keyed, for a plain digest of a number and a "1" is guessed in no time.
        return f"digest-{opaque(key, reply.sender, reply.to, time, _place_of(reply.part), reply.text)}"
    reference = _needed(heard, places.reference, item, "reference")
    # Some give all pieces of a text one reference, and ours must be the piece's own.
    return f"{reference}{_place_of(reply.part)}"


def _place_of(part: Part | None) -> str:
    return f"/{part.number}" if part else ""


def _part(places: PartPlaces, heard: Heard, item: Any) -> Part | None:
    """Which piece it is; None where it is whole, or says nothing that can be meant."""
    key = (heard.find(places.key, item) or "").strip()
    number, count = (_small(heard.find(place, item)) for place in (places.number, places.count))
    if not key or len(key) > _LONGEST_REFERENCE or count < 2 or not 1 <= number <= count:  # noqa: PLR2004 - one is whole
        return None
    return Part(key, number, count)


def _small(written: str | None) -> int:
    if written is None or not written.isascii() or not written.isdigit() or len(written) > len(str(_MOST_PARTS)):
        return 0
    return min(int(written), _MOST_PARTS)


# -- reports --------------------------------------------------------------------------------------


def reports(places: Reports, request: Request, message: str) -> list[StatusReport]:
    """The reports in a verified webhook; `message` is our id from its address, or empty.

    Raises:
        InvalidError: it cannot be read, or none of its states is one the definition names.
    """
    heard = _heard(request, places.charset)
    items = [item for item in heard.items(places.each) if heard.passes(places.only, item)]
    read = [_report(places, heard, item, message) for item in items]
    known = [report for report in read if report is not None]
    if items and not known:
        raise InvalidError("The webhook names no state that the carrier's definition knows, or no text of ours.")
    return known


def _report(places: Reports, heard: Heard, item: Any, message: str) -> StatusReport | None:
    state = places.states.get((heard.find(places.state, item) or "").strip())
    reference = (heard.find(places.reference, item) or "").strip() if places.reference else ""
    ours = message or ((heard.find(places.message, item) or "").strip() if places.message else "")
    if state is None or not (reference or ours) or max(len(reference), len(ours)) > _LONGEST_REFERENCE:
        return None
    delivery, cause = state
    code = (heard.find(places.code, item) or "").strip() if places.code and cause else ""
    return StatusReport(reference, ours, delivery, cause, code if is_code(code) else "")
