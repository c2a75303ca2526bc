"""What every carrier must say and do; the rest of the program speaks only this."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.domain.segments import SplitPolicy


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a carrier can do. `two_way`: workers can answer; `looks_up`: `reconcile` finds past messages."""

    two_way: bool
    looks_up: bool
    split: SplitPolicy
    max_batch: int = 100
    segments_per_second: float = 10.0


@dataclass(frozen=True, slots=True)
class OutboundText:
    """One text to hand over. `message` is our id as text; `to` and `sender` are E.164 or a short code."""

    message: str
    to: str = field(repr=False)
    sender: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier took it, under this reference."""

    reference: str


class Cause(StrEnum):
    """Why a text was not taken, in classes a person or a rule can act on."""

    OPTED_OUT = "opted-out"
    BAD_NUMBER = "bad-number"
    ROUTE = "route"
    BUSY = "busy"
    NEXT_DAY = "next-day"
    QUIET_HOURS = "quiet-hours"
    FILTERED = "filtered"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"
    TIMEOUT = "timeout"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Rejected:
    """The carrier will never take it."""

    cause: Cause
    code: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """It was surely not taken; try again after this long.

    `attempts`, where given, is how often the text may be handed over in all, the first time counted.
    """

    after: timedelta
    cause: Cause
    code: str = ""
    attempts: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been taken. It is reconciled, never blindly sent again."""

    cause: Cause
    code: str = ""


Outcome = Accepted | Rejected | Retry | Unknown


@dataclass(frozen=True, slots=True)
class Request:
    """A webhook as it came: nothing parsed, nothing re-encoded. Header names are lower case.

    `peer` is the address the connection came from, empty where it is not known. The path may hold a secret.
    """

    method: str
    path: str = field(repr=False)
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Where a piece of a long text belongs: `number` of `count`, from one; `key` is the same in all its pieces."""

    key: str
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class InboundText:
    """A reply: `reference` is the carrier's own id for it, unique for ever, the same in a webhook and in a look-up.

    `part` is given where the carrier hands on the pieces of a long text one by one; `created`, by a look-up, is when
    the carrier got the reply.
    """

    reference: str
    sender: str = field(repr=False)
    to: str
    text: str = field(repr=False)
    part: Part | None = None
    created: datetime | None = None


class Delivery(StrEnum):
    """How far a message came, in rank order; callbacks arrive unordered and repeat."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Word of a message we sent: `message` is our id where the carrier gives it back, else empty.

    A look-up also tells `to` and `created`, by which a message whose POST was never answered is found again.
    """

    reference: str
    message: str
    delivery: Delivery
    cause: Cause | None = None
    code: str = ""
    to: str = field(default="", repr=False)
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a carrier still knows: how far our messages came, and the replies it took for us.

    Most of it is known here already; the store's unique references tell what is new.
    """

    reports: Sequence[StatusReport] = ()
    replies: Sequence[InboundText] = ()


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What to answer a webhook."""

    body: bytes
    media_type: str


class CutShortError(Exception):
    """A batch was given up: what became of the texts that were begun, and who was told of none of the others."""

    def __init__(self, outcomes: Mapping[str, Outcome], untouched: Collection[str]) -> None:
        super().__init__()
        self.outcomes = outcomes
        self.untouched = frozenset(untouched)


class Carrier(Protocol):
    """A road to phones. `name` is that of the road: two accounts with one vendor are two roads."""

    name: str
    capabilities: Capabilities

    async def send(self, batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        """Hand over a batch; an outcome for each, by our message id. Never raises for one message's fate.

        Raises:
            CutShortError: it was cancelled half-way.
        """
        ...

    def verify(self, request: Request, now: datetime) -> None:
        """Raise ForgedWebhookError unless the carrier sent this webhook, lately."""
        ...

    def parse_inbound(self, request: Request) -> Sequence[InboundText]:
        """The replies in a verified webhook; InvalidError when the body holds none."""
        ...

    def parse_status(self, request: Request, message: str) -> Sequence[StatusReport]:
        """The reports in a verified webhook; `message` is our id from the callback's address, or empty."""
        ...

    def acknowledge(self) -> Acknowledgement:
        """The answer that makes the carrier content and sends nothing to the phone."""
        ...

    async def reconcile(self, since: datetime) -> Lookup:
        """What the carrier knows of messages and replies since then.

        `Lookup()` where it cannot look up, which `capabilities.looks_up` tells beforehand; only `reports` where it
        lists no replies. UnavailableError where it could not be asked, or could give a part only: an answer is whole.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...
