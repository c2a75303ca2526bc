"""What a verified webhook brought, as a value; and as the one line of text the spool keeps."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from app.carriers.protocol import Cause, Delivery, InboundText, Part, StatusReport


@dataclass(frozen=True, slots=True)
class Parcel:
    """Replies or reports of one webhook of a carrier, and when it came; `trace` names its way in every log.

    `waited` is of what comes out of a spool, behind much that was written later.
    """

    carrier: str
    at: datetime
    replies: tuple[InboundText, ...] = field(default=(), repr=False)
    reports: tuple[StatusReport, ...] = field(default=(), repr=False)
    trace: UUID = field(default_factory=uuid4, compare=False)
    waited: bool = field(default=False, compare=False)


def pack(parcel: Parcel) -> str:
    """A parcel as text; plain ASCII, so that whatever a phone sent can be sealed."""
    document = {
        "carrier": parcel.carrier,
        "at": parcel.at.isoformat(),
        "replies": [_reply(reply) for reply in parcel.replies],
        "reports": [_report(report) for report in parcel.reports],
        "trace": parcel.trace.hex,
    }
    return json.dumps(document, separators=(",", ":"))


def unpack(text: str) -> Parcel:
    """The parcel of a text; ValueError or KeyError where it is none, TypeError where another release wrote it."""
    document: dict[str, Any] = json.loads(text)
    return Parcel(
        document["carrier"],
        datetime.fromisoformat(document["at"]),
        tuple(_read_reply(item) for item in document["replies"]),
        tuple(_read_report(item) for item in document["reports"]),
        # A release before wrote none.
        UUID(document["trace"]) if "trace" in document else uuid4(),
        waited=True,
    )


def _reply(reply: InboundText) -> dict[str, Any]:
    part = reply.part
    return {
        "reference": reply.reference,
        "sender": reply.sender,
        "to": reply.to,
        "text": reply.text,
        "part": [part.key, part.number, part.count] if part else None,
    }


def _read_reply(item: Mapping[str, Any]) -> InboundText:
    part = Part(*item["part"]) if item["part"] else None
    return InboundText(item["reference"], item["sender"], item["to"], item["text"], part)


def _report(report: StatusReport) -> dict[str, Any]:
    return {
        "reference": report.reference,
        "message": report.message,
        "delivery": report.delivery.value,
        "cause": report.cause.value if report.cause else None,
        "code": report.code,
    }


def _read_report(item: Mapping[str, Any]) -> StatusReport:
    cause = Cause(item["cause"]) if item["cause"] else None
    return StatusReport(item["reference"], item["message"], Delivery(item["delivery"]), cause, item["code"])
