"""What the app says of a message, in a webhook or in its list, and why it failed."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.carriers.exchange import Answer, UnreadableError
from app.carriers.policy import policy
from app.carriers.protocol import Delivery, StatusReport
from app.carriers.reading import as_object, moment, needed, objects, optional
from app.domain.errors import InvalidError

_REASON = re.compile(r"RESULT_[A-Z_]{1,60}")
_NO_SIMS = "Can't send message: No SIMs found"
_NO_DEVICES = "No devices registered"

EVENTS: Mapping[str, Delivery] = {
    "sms:sent": Delivery.SENT,
    "sms:delivered": Delivery.DELIVERED,
    "sms:failed": Delivery.FAILED,
}
"""Webhooks on a message of ours (https://docs.sms-gate.app/features/webhooks)."""

STATES: Mapping[str, Delivery] = {
    "Pending": Delivery.QUEUED,
    "Processed": Delivery.QUEUED,
    "Sent": Delivery.SENT,
    "Delivered": Delivery.DELIVERED,
    "Failed": Delivery.FAILED,
}
"""A message's states (https://docs.sms-gate.app/features/status-tracking)."""


def report(message: str, delivery: Delivery, reason: str) -> StatusReport:
    """A report on a message of ours, with the cause of its failure."""
    if delivery is not Delivery.FAILED:
        return StatusReport(message, message, delivery)
    code = _known(reason)
    return StatusReport(message, message, delivery, policy("android").cause_of(code), code)


def listed(item: Mapping[str, Any]) -> StatusReport:
    """A report from the gateway's list, which also tells the number and the time."""
    delivery = STATES.get(needed(item, "state"))
    if delivery is None:
        raise InvalidError("state is not one of a message.")
    recipient = next(iter(objects(item, "recipients")), {})
    phone = optional(recipient, "phoneNumber")
    return replace(
        report(needed(item, "id"), delivery, optional(recipient, "error")),
        to=phone if phone.startswith("+") else "",  # after a while the server keeps a hash alone
        created=moment(optional(as_object(item.get("states") or {}), "Pending")),
    )


def refusal(answer: Answer) -> str:
    """The code for what the gateway says in an answer that is not 2xx, where it is sure that nothing was taken."""
    try:
        payload = answer.json()
    except UnreadableError:
        return ""
    match answer.status, payload:
        case 503, {"error": "QueueLimitExceeded" as code}:
            return code
        case 400, {"message": str(said)} if said.startswith(_NO_DEVICES):
            return "no-devices"
        case _:
            return ""


def _known(reason: str) -> str:
    """The code in what the app writes freely; the rest may name a number and is not kept."""
    found = _REASON.search(reason)
    code = found[0] if found else "no-sims" if reason.startswith(_NO_SIMS) else ""
    return code if code in policy("android").rules else ""
