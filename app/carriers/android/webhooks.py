"""The app's webhooks: is it the phone, just now, and what does it say? (https://docs.sms-gate.app/features/webhooks)"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.carriers.addresses import e164, opaque, same
from app.carriers.android import statuses
from app.carriers.protocol import Delivery, InboundText, Request, StatusReport
from app.carriers.reading import as_object, json_object, needed, optional
from app.domain.errors import ForgedWebhookError, InvalidError

_SECONDS = re.compile(r"[0-9]{1,11}")
# The phone signs each attempt anew, by its own clock.
_FRESH = timedelta(minutes=5)


def verify_signature(request: Request, signing_key: str, now: datetime) -> None:
    """Raises ForgedWebhookError unless the app signed this body within five minutes: hex of HMAC-SHA256(body + time)."""
    written = request.headers.get("x-timestamp", "").strip()
    claimed = request.headers.get("x-signature", "").strip().lower()
    signed = request.body + written.encode(errors="replace")
    expected = hmac.new(signing_key.encode(), signed, hashlib.sha256).hexdigest()
    if not same(expected, claimed):
        raise ForgedWebhookError("The webhook's signature is missing or wrong.")
    if not _SECONDS.fullmatch(written):
        raise ForgedWebhookError("The webhook's time cannot be read.")
    # Seconds are compared, for a wild number is no date.
    if abs(timedelta(seconds=now.timestamp() - int(written))) > _FRESH:
        raise ForgedWebhookError("The webhook is stale, or the phone's clock is wrong.")


def inbound(request: Request, signing_key: str, number: str) -> InboundText:
    """The reply in a verified webhook, whole: the phone joins long texts.

    `number` is the SIM's, for the app cannot always tell it.
    """
    event, payload = _event(request)
    if event != "sms:received":
        raise InvalidError("The webhook is no reply; register sms:received alone for this address.")
    sender, text = e164(_sender(payload)), optional(payload, "message")
    # `messageId` is a short hash that may repeat, and the event's id another for every webhook that is registered:
    # the reply itself says best which it is.
    which = (sender, needed(payload, "receivedAt"), needed(payload, "messageId"), text)
    return InboundText(opaque(signing_key, "reply", *which), sender, number, text)


def status(request: Request) -> StatusReport:
    """The report in a verified webhook; it names our id itself."""
    event, payload = _event(request)
    delivery = statuses.EVENTS.get(event)
    if delivery is None:
        raise InvalidError(
            "The webhook is no report; register sms:sent, sms:delivered and sms:failed for this address."
        )
    reason = optional(payload, "reason") if delivery is Delivery.FAILED else ""
    return statuses.report(needed(payload, "messageId"), delivery, reason)


def _event(request: Request) -> tuple[str, Mapping[str, Any]]:
    body = json_object(request.body)
    return needed(body, "event"), as_object(body.get("payload"))


def _sender(payload: Mapping[str, Any]) -> str:
    """Who wrote: `sender` since February 2026, `phoneNumber` before."""
    return optional(payload, "sender").strip() or needed(payload, "phoneNumber")
