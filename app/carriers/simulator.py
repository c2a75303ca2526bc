"""A carrier whose phones live in memory: for the demo, the rehearsal page and the tests. Nothing leaves the process."""

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from app.carriers.protocol import (
    Accepted,
    Acknowledgement,
    Capabilities,
    Cause,
    Delivery,
    InboundText,
    Lookup,
    OutboundText,
    Outcome,
    Request,
    StatusReport,
)
from app.domain.errors import ForgedWebhookError, InvalidError
from app.domain.segments import SplitPolicy

_MOST_REPORTS = 100_000


class Direction(StrEnum):
    """Seen from the phone."""

    RECEIVED = "received"
    TYPED = "typed"


@dataclass(frozen=True, slots=True)
class HandsetText:
    """One text on a phone's screen; `peer` is the service's number."""

    direction: Direction
    peer: str
    text: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Handset:
    """A phone as it is now: its newest texts, the oldest of them first. A dead one receives nothing."""

    number: str = field(repr=False)
    texts: tuple[HandsetText, ...] = ()
    dead: bool = False


def _nobody(number: str) -> bool:
    del number
    return False


class Simulator:
    """A `Carrier` without a network. One event loop; no two threads.

    Args:
        clock: tells when a text arrived; the entry point owns it.
        dead: numbers that are never reached.
        most_handsets: past this many, the phone that was still for longest is forgotten.
        most_texts: kept per phone.
    """

    name: str = "simulator"

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        dead: Callable[[str], bool] = _nobody,
        most_handsets: int = 20_000,
        most_texts: int = 200,
    ) -> None:
        self._clock = clock
        self._dead = dead
        self._most_handsets = most_handsets
        self._most_texts = most_texts
        self._threads: OrderedDict[str, deque[HandsetText]] = OrderedDict()
        # Bounded, for nobody is bound to take the reports; the oldest are lost first.
        self._reports: deque[StatusReport] = deque(maxlen=_MOST_REPORTS)
        self.capabilities: Capabilities = Capabilities(
            two_way=True,
            looks_up=False,
            split=SplitPolicy.GRAPHEME,
            segments_per_second=1000.0,
        )

    # -- the phones -----------------------------------------------------------------------------

    def handset(self, number: str) -> Handset:
        """The phone with this number; an empty one where it has no texts yet."""
        return Handset(number, tuple(self._threads.get(number, ())), self._dead(number))

    def numbers(self) -> tuple[str, ...]:
        """The phones with texts, the last to stir first."""
        return tuple(reversed(self._threads))

    def type_text(self, number: str, to: str, text: str, at: datetime) -> InboundText:
        """Types `text` on a phone, to the service's number `to`; the reply is the caller's to hand on."""
        self._append(number, HandsetText(Direction.TYPED, to, text, at))
        return InboundText(_reference(), number, to, text)

    def take_reports(self) -> list[StatusReport]:
        """The delivery reports since the last call, in order; each is given once."""
        taken = list(self._reports)
        self._reports.clear()
        return taken

    def _append(self, number: str, text: HandsetText) -> None:
        thread = self._threads.setdefault(number, deque(maxlen=self._most_texts))
        thread.append(text)
        self._threads.move_to_end(number)
        if len(self._threads) > self._most_handsets:
            self._threads.popitem(last=False)

    # -- the carrier ----------------------------------------------------------------------------

    async def send(self, batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        """Puts each text on its phone and queues its report; a dead number takes the text and reports its failure."""
        return {text.message: self._deliver(text) for text in batch}

    def _deliver(self, text: OutboundText) -> Accepted:
        reference = _reference()
        if self._dead(text.to):
            self._reports.append(StatusReport(reference, text.message, Delivery.FAILED, Cause.UNREACHABLE))
            return Accepted(reference)
        self._append(text.to, HandsetText(Direction.RECEIVED, text.sender, text.text, self._clock()))
        self._reports.append(StatusReport(reference, text.message, Delivery.DELIVERED))
        return Accepted(reference)

    def verify(self, request: Request, now: datetime) -> None:
        """Refuses: the simulator has no webhook, so whatever comes from outside is forged."""
        del request, now
        raise ForgedWebhookError("The simulator has no webhook.")

    def parse_inbound(self, request: Request) -> Sequence[InboundText]:
        """Refuses, see `verify`."""
        del request
        raise InvalidError("The simulator has no webhook.")

    def parse_status(self, request: Request, message: str) -> Sequence[StatusReport]:
        """Refuses, see `verify`."""
        del request, message
        raise InvalidError("The simulator has no webhook.")

    def acknowledge(self) -> Acknowledgement:
        """Nothing, to nobody."""
        return Acknowledgement(b"", "text/plain")

    async def reconcile(self, since: datetime) -> Lookup:
        """Empty: its memory ends with the process."""
        del since
        return Lookup()

    async def aclose(self) -> None:
        """Nothing to close."""


def _reference() -> str:
    # Unique past this process: the store keeps references for ever.
    return f"sim-{uuid4().hex}"
