"""Twilio's webhooks: is it Twilio, and what does it say?

Twilio signs the address and the form, and no time: a replayed webhook has a good signature for ever. What makes a
replay harmless is the store, where a carrier's reference is unique and a delivery only climbs in rank.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, urlsplit

from app.carriers.policy import policy
from app.carriers.protocol import Delivery, InboundText, Request, StatusReport
from app.carriers.reading import cleaned
from app.domain.errors import ForgedWebhookError, InvalidError

SIGNATURE = "x-twilio-signature"
_FORM = "application/x-www-form-urlencoded"
_PORTS = {"https": 443, "http": 80}

DELIVERIES: Mapping[str, Delivery] = {
    "accepted": Delivery.QUEUED,
    "scheduled": Delivery.QUEUED,
    "queued": Delivery.QUEUED,
    "sending": Delivery.QUEUED,
    "sent": Delivery.SENT,
    "partially_delivered": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.DELIVERED,
    "undelivered": Delivery.UNDELIVERED,
    "failed": Delivery.FAILED,
    "canceled": Delivery.FAILED,
}
"""Twilio's words for how far an outbound message came."""


def verify_signature(request: Request, public_url: str, auth_token: str) -> None:
    """Raises ForgedWebhookError unless Twilio signed this form for this address.

    HMAC-SHA1 over the public address, raw path and query, and the sorted form (twilio.com/docs/usage/security). The
    address is the configured one, for behind a proxy the request's own host and scheme are wrong.
    """
    claimed = request.headers.get(SIGNATURE, "")
    pairs = form(request)
    url = public_url.rstrip("/") + request.path + (f"?{request.query}" if request.query else "")
    signed = "".join(name + value for name, value in sorted(set(pairs)))
    # All spellings are compared, so that time tells nothing.
    matches = [hmac.compare_digest(_sign(auth_token, one + signed), claimed.encode()) for one in _spellings(url)]
    if not any(matches):
        raise ForgedWebhookError("The webhook's signature is missing or wrong.")


def form(request: Request) -> Sequence[tuple[str, str]]:
    """The form in the body; ForgedWebhookError where there is none, for Twilio always sends one."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise ForgedWebhookError("The webhook holds no form.")
    return _parsed(request.body)


@lru_cache(maxsize=1)  # a webhook is verified and then read: the same body twice
def _parsed(body: bytes) -> Sequence[tuple[str, str]]:
    try:
        return tuple(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=200))
    except ValueError:
        raise ForgedWebhookError("The webhook's form cannot be read.") from None


def _sign(auth_token: str, signed: str) -> bytes:
    return base64.b64encode(hmac.digest(auth_token.encode(), signed.encode(), "sha1"))


@lru_cache(maxsize=16)  # replies come to one address; reports to one each
def _spellings(url: str) -> list[str]:
    """The address with and without its port: which one Twilio signs differs between its own services."""
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme, 443)
    return list(dict.fromkeys([url, _with_port(url, parts, ""), _with_port(url, parts, f":{port}")]))


def _with_port(url: str, parts: SplitResult, port: str) -> str:
    # Cut out of the text rather than put together again: the path must stay as it came, byte for byte.
    return url.replace(f"//{parts.netloc}", f"//{_host(parts)}{port}", 1)


def _host(parts: SplitResult) -> str:
    return parts.netloc.removesuffix(f":{parts.port}") if parts.port else parts.netloc


def inbound(request: Request) -> InboundText:
    """The reply in a verified webhook; an empty text is one (a picture came alone)."""
    fields = dict(form(request))
    return InboundText(
        reference=_needed(fields, "MessageSid"),
        sender=_needed(fields, "From"),
        to=_needed(fields, "To"),
        text=fields.get("Body", ""),
    )


def status(request: Request, message: str) -> StatusReport:
    """The report in a verified webhook on `message`, our id from its address."""
    fields = dict(form(request))
    delivery = DELIVERIES.get(_needed(fields, "MessageStatus"))
    if delivery is None:
        raise InvalidError("MessageStatus is not a state of an outbound message.")
    return report(_needed(fields, "MessageSid"), message, delivery, cleaned(fields.get("ErrorCode", "")))


def report(reference: str, message: str, delivery: Delivery, code: str) -> StatusReport:
    """A report with its cause; a text that got through has none, whatever code came along."""
    lost = delivery in {Delivery.UNDELIVERED, Delivery.FAILED}
    code = code if lost and code != "0" else ""
    return StatusReport(reference, message, delivery, policy("twilio").cause_of(code) if lost else None, code)


def _needed(fields: Mapping[str, str], name: str) -> str:
    value = cleaned(fields.get(name, "")).strip()
    if not value:
        raise InvalidError(f"{name} is missing from the webhook.")
    return value
