"""What Infobip says of a message, in an answer, a webhook or its logs: a status in a group, and an operator's reason."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.carriers.addresses import e164
from app.carriers.exchange import Answer, UnreadableError
from app.carriers.policy import policy
from app.carriers.protocol import Accepted, Delivery, Outcome, StatusReport
from app.carriers.reading import as_object, moment, needed, optional
from app.domain.errors import InvalidError

_PENDING, _UNDELIVERABLE, _DELIVERED, _EXPIRED, _REJECTED = 1, 2, 3, 4, 5
_GROUPS = {
    _PENDING: Delivery.SENT,
    _UNDELIVERABLE: Delivery.UNDELIVERED,
    _DELIVERED: Delivery.DELIVERED,
    _EXPIRED: Delivery.UNDELIVERED,
    _REJECTED: Delivery.FAILED,
}
# "Delivered" to the operator, not yet to the phone.
_AT_OPERATOR = "DELIVERED_TO_OPERATOR"
_DUPLICATE = "REJECTED_DUPLICATE_MESSAGE_ID"


def outcome(answer: Any) -> Outcome:
    """What a 200 says of the one message: it may be refused there too."""
    match answer:
        case {"messages": [{"messageId": str(reference), "status": {"groupId": int(group), "name": str(name)}}]}:
            pass
        case _:
            raise UnreadableError
    if group in {_PENDING, _DELIVERED} and reference:
        return Accepted(reference)
    if group in {_UNDELIVERABLE, _EXPIRED, _REJECTED}:
        known = _known(name) or f"group-{group}"
        return policy("infobip").told(known, "unreadable")
    raise UnreadableError


def report(item: Mapping[str, Any]) -> StatusReport | None:
    """A report, or None where it speaks of a copy that was refused because we had sent that text before."""
    status = as_object(item.get("status"))
    name, group = needed(status, "name"), status.get("groupId")
    delivery = _GROUPS.get(group) if isinstance(group, int) else None
    if delivery is None:
        raise InvalidError("status.groupId is not one of an outbound message.")
    reference = needed(item, "messageId")
    if name == _DUPLICATE:
        return None
    if name == _AT_OPERATOR:
        delivery = Delivery.SENT
    if delivery in {Delivery.SENT, Delivery.DELIVERED}:
        return StatusReport(reference, reference, delivery)
    code = _reason(item) or _known(name) or f"group-{group}"
    return StatusReport(reference, reference, delivery, policy("infobip").cause_of(code), code)


def logged(item: Mapping[str, Any]) -> StatusReport | None:
    """A report from the logs, which also tell the number and the time."""
    known = report(item)
    if known is None:
        return None
    return replace(known, to=e164(optional(item, "destination")), created=moment(optional(item, "sentAt")))


def error_code(answer: Answer) -> str:
    """The code in an answer that is not 2xx, in either form Infobip writes it, where the table lists it."""
    try:
        payload = answer.json()
    except UnreadableError:
        return ""
    match payload:
        case {"errorCode": str(code)} | {"requestError": {"serviceException": {"messageId": str(code)}}}:
            return _known(code)
        case _:
            return ""


def _reason(item: Mapping[str, Any]) -> str:
    """The operator's reason, which says more than the status, where the table lists it."""
    return _known(optional(as_object(item.get("error") or {}), "name"))


def _known(name: str) -> str:
    return name if name in policy("infobip").rules else ""
