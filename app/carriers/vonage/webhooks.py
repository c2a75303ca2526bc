"""Vonage's webhooks: is it Vonage, lately, and what does it say? (https://developer.vonage.com/messaging/sms)

They come by GET or POST, as a query, a form or JSON, as the account is set; the signature is over the fields, so it
is the same in each. The fields' signing is described at
https://developer.nexmo.com/concepts/guides/signing-messages.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from app.carriers.addresses import e164, opaque, same
from app.carriers.policy import policy
from app.carriers.protocol import Delivery, InboundText, Part, Request, StatusReport
from app.carriers.reading import form, json_object, needed, optional
from app.domain.errors import ForgedWebhookError, InvalidError

_JSON = "application/json"
_SECONDS = re.compile(r"[0-9]{1,11}")
_COUNT = re.compile(r"[0-9]{1,3}")
_MOST_PARTS = 255
# Vonage repeats a reply that was not acknowledged for 24 hours, and the time it signs is when it "started to push":
# a shorter memory would lose what was said while we were away. A replay is harmless: references are unique for ever.
_OLDEST = timedelta(hours=25)
_AHEAD = timedelta(minutes=5)

DELIVERIES: Mapping[str, Delivery] = {
    "accepted": Delivery.SENT,
    "buffered": Delivery.SENT,
    "unknown": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "expired": Delivery.UNDELIVERED,
    "failed": Delivery.UNDELIVERED,
    "rejected": Delivery.FAILED,
}
"""Vonage's words for how far a message came (https://developer.vonage.com/messaging/sms/guides/delivery-receipts)."""


class SignatureMethod(StrEnum):
    """How an account signs; `md5hash` is a bare hash and Vonage's default, the others are HMACs."""

    MD5_HASH = "md5hash"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"


def verify_signature(request: Request, secret: str, method: SignatureMethod, now: datetime) -> None:
    """Raises ForgedWebhookError unless Vonage signed these fields within the day."""
    try:
        given = fields(request)
        claimed, written = needed(given, "sig"), needed(given, "timestamp")
    except InvalidError:
        raise ForgedWebhookError("The webhook's signature is missing.") from None
    if not same(signature(given, secret, method).lower(), claimed.lower()):
        raise ForgedWebhookError("The webhook's signature is wrong.")
    if not _SECONDS.fullmatch(written):
        raise ForgedWebhookError("The webhook's time cannot be read.")
    # Seconds are compared, for a wild number is no date.
    age = timedelta(seconds=now.timestamp() - int(written))
    if not -_AHEAD <= age <= _OLDEST:
        raise ForgedWebhookError("The webhook is stale.")


def signature(given: Mapping[str, str], secret: str, method: SignatureMethod) -> str:
    """What Vonage would sign these fields with: `&name=value` in the order of names, `&` and `=` in values as `_`."""
    plain = str.maketrans("&=", "__")
    pairs = sorted((name, value) for name, value in given.items() if name != "sig")
    signed = "".join(f"&{name}={value.translate(plain)}" for name, value in pairs).encode(errors="replace")
    if method is SignatureMethod.MD5_HASH:
        return hashlib.md5(signed + secret.encode(), usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), signed, method.value).hexdigest()


def fields(request: Request) -> Mapping[str, str]:
    """The fields of a webhook, wherever they stand."""
    if request.method == "GET":
        return form(request.query)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        return form(request.body)
    # As they were spelt, for they are signed: they are cleaned where they are read.
    return {name: _text(value) for name, value in json_object(request.body).items() if value is not None}


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidError("The webhook holds something other than texts.")
    return str(value)


def inbound(request: Request, secret: str) -> InboundText:
    """The reply in a verified webhook, or the piece of one; what is no text (binary) is an empty reply."""
    given = fields(request)
    sender, to = e164(needed(given, "msisdn")), e164(needed(given, "to"))
    return InboundText(
        reference=needed(given, "messageId"),
        sender=sender,
        to=to,
        text=optional(given, "text"),
        part=_part(given, secret, sender, to),
    )


def _part(given: Mapping[str, str], secret: str, sender: str, to: str) -> Part | None:
    """Where a piece belongs. Vonage joins nothing, and its `concat-ref` is unique to a sender only, and for a while."""
    if optional(given, "concat").lower() != "true":
        return None
    reference = needed(given, "concat-ref")
    number, count = _counted(given, "concat-part"), _counted(given, "concat-total")
    if not 1 <= number <= count <= _MOST_PARTS:
        raise InvalidError("concat-part is none of concat-total.")
    return Part(opaque(secret, "part", sender, to, reference), number, count)


def _counted(given: Mapping[str, str], name: str) -> int:
    written = needed(given, name)
    if not _COUNT.fullmatch(written):
        raise InvalidError(f"{name} is no number.")
    return int(written)


def status(request: Request) -> StatusReport:
    """The receipt in a verified webhook; `client-ref` is our id. A long text has one for each of its parts."""
    given = fields(request)
    delivery = DELIVERIES.get(needed(given, "status"))
    if delivery is None:
        raise InvalidError("status is not a state of an outbound message.")
    reference, message = needed(given, "messageId"), optional(given, "client-ref")
    if delivery not in {Delivery.UNDELIVERED, Delivery.FAILED}:
        return StatusReport(reference, message, delivery)
    # The receipts' codes are others than those of sending.
    code = f"dlr-{optional(given, 'err-code').strip()}"
    code = code if code in policy("vonage").rules else ""
    return StatusReport(reference, message, delivery, policy("vonage").cause_of(code), code)
