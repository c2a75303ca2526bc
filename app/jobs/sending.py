"""Sending the outbox: claim and commit, then hand over with no transaction open, then settle."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from app.carriers.protocol import Accepted, Carrier, Cause, OutboundText, Outcome, Rejected, Retry, Unknown
from app.domain.hours import Window, next_allowed
from app.domain.segments import segments
from app.domain.survey import Survey
from app.domain.wording import Voice, render
from app.jobs.context import Context, never
from app.jobs.handing import hand
from app.jobs.retrying import Chance, dice, mendable, next_try, pause_after
from app.jobs.roads import Roads
from app.jobs.routing import reroute
from app.jobs.settling import Told, persistently, settle_all
from app.jobs.tallying import ERRORS, SEGMENTS, TEXTS
from app.store.claims import SLOWEST, Claimed, claim_due, unwanted
from app.store.contacts import spell_out
from app.store.leases import hand_on
from app.store.outbox import NOTICE
from app.store.settling import Settlement
from app.store.surveys import load_surveys
from app.store.vault import open_numbers

log = structlog.get_logger()

SEND_AT_ONCE = 100
"""How many texts one pass claims."""

_ANY_HOUR = Window(time(0), time(23, 59, 59))
_GIVEN_BACK = "given-back"
_NO_ERRORS = frozenset({_GIVEN_BACK, Cause.QUIET_HOURS.value})
"""Why a text waits that nobody was told of."""
_DOWN = frozenset({"connect-failed", "http-401", "http-403", "20003"})
"""What says that a whole road is down: it cannot be reached, or refuses the account."""
_SLICE = 40
"""How many texts are handed over between two looks at who opted out; a fast road takes a second's worth."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a pass over the outbox did; `again_at` is when the next may find something, where this one found nothing."""

    accepted: int = 0
    postponed: int = 0
    rejected: int = 0
    unknown: int = 0
    again_at: datetime | None = None

    @property
    def total(self) -> int:
        """How many texts were claimed."""
        return self.accepted + self.postponed + self.rejected + self.unknown


@dataclass(frozen=True, slots=True)
class _Pass:
    """What one pass over the outbox works with."""

    context: Context
    now: datetime
    numbers: Mapping[UUID, str]
    surveys: Mapping[UUID, Survey]
    stopping: Callable[[], bool]
    chance: Chance


async def send_outbox(
    context: Context,
    now: datetime,
    limit: int = SEND_AT_ONCE,
    *,
    only: Collection[str] | None = None,
    stopping: Callable[[], bool] = never,
    chance: Chance = dice,
) -> Sent:
    """Hand over what is due. A text outside decent hours goes back to the queue until the next allowed moment.

    Args:
        context: the carriers and the rest.
        now: the moment.
        limit: how many texts at most.
        only: the carriers to send over; None for all that are set up here.
        stopping: once true, what was not handed over yet goes back to the queue.
        chance: spreads further tries.
    """
    await reroute(context, now)
    roads = {name: road for name, road in context.carriers.items() if only is None or name in only}
    paces = {name: road.capabilities.segments_per_second for name, road in roads.items()}
    async with context.database.transaction() as store:
        claim = await claim_due(store, now, limit, paces, {name: _slice_of(road) for name, road in roads.items()})
        if not claim.texts:
            return Sent(again_at=claim.again_at)
        numbers = await open_numbers(store, context.vault, list({item.identity for item in claim.texts}))
        surveys = await load_surveys(store, {item.survey for item in claim.texts if item.survey})
    # No transaction is open here: a slow carrier must not hold a connection.
    work = _Pass(context, now, numbers, surveys, stopping, chance)
    waiting, ready = _by_hour(context, claim.texts, now)
    await settle_all(context, waiting, now)
    of_road: dict[str, list[Claimed]] = defaultdict(list)
    for item in ready:
        of_road[item.carrier].append(item)
    with context.tally.timing("send"):
        told = await asyncio.gather(*(_hand_over(work, roads[name], items) for name, items in of_road.items()))
    everything = [*waiting, *(one for some in told for one in some)]
    _tell(context, everything)
    return _summary(everything)


def _tell(context: Context, told: Sequence[Told]) -> None:
    """Count what became of a pass's texts, and log each."""
    for one in told:
        text, fate = one.text, one.settlement
        context.tally.count(TEXTS, text.carrier, _outcome(fate))
        context.tally.count(SEGMENTS, text.carrier, by=one.segments)
        if fate.cause and fate.cause not in _NO_ERRORS:
            context.tally.count(ERRORS, text.carrier, fate.cause)
        log.info(
            "text-handed-over", trace=text.trace.hex, message=str(text.id), carrier=text.carrier, outcome=_outcome(fate),
            cause=fate.cause,
        )  # fmt: skip


def _outcome(fate: Settlement) -> str:
    if fate.state == "queued":
        return "postponed" if fate.unspent else "retry"
    return fate.state


def _summary(told: Sequence[Told]) -> Sent:
    states = [one.settlement.state for one in told]
    return Sent(states.count("accepted"), states.count("queued"), states.count("failed"), states.count("unknown"))


def _by_hour(context: Context, claimed: Sequence[Claimed], now: datetime) -> tuple[list[Told], list[Claimed]]:
    """Split what may leave now from what must wait: the hour is checked when sending, not only when planning.

    An answer to a worker's own text leaves at once; it was the worker who chose the hour.
    """
    waiting: list[Told] = []
    ready: list[Claimed] = []
    for item in claimed:
        if item.priority >= NOTICE and item.zone:
            quiet = context.catalogue.quiet_hours(item.country, rest_on_holidays=item.rests_on_holidays)
            allowed = next_allowed(now, ZoneInfo(item.zone), quiet, _ANY_HOUR)
            if allowed > now:
                cause = Cause.QUIET_HOURS.value
                waiting.append(Told(item, Settlement(item.id, "queued", cause=cause, due_at=allowed, unspent=True)))
                continue
        ready.append(item)
    return waiting, ready


# -- handing over ---------------------------------------------------------------------------------


def _slice_of(road: Carrier) -> int:
    """How many texts a carrier is handed between two looks at who opted out."""
    return max(1, min(road.capabilities.max_batch, max(_SLICE, int(road.capabilities.segments_per_second))))


async def _hand_over(work: _Pass, road: Carrier, items: Sequence[Claimed]) -> list[Told]:
    """Hand texts to one carrier, as many at once as it takes, each batch settled before the next."""
    told: list[Told] = []
    ends = asyncio.get_running_loop().time() + SLOWEST.total_seconds()
    left = iter([item for item in items if item.left_no is None])
    batch = [item for item in items if item.left_no is not None]
    while batch := batch or list(islice(left, _slice_of(road))):
        late = asyncio.get_running_loop().time() >= ends
        if late or work.stopping():
            known = [_given_back(item) for item in batch]
        else:
            known, ready = await _ready(work, batch)
            known += await _hand_batch(work, road, ready, ends)
        await settle_all(work.context, known, work.now)
        told += known
        batch = []
    return told


def _given_back(item: Claimed) -> Told:
    """Nobody was told of this text: it is another's to send."""
    return Told(item, Settlement(item.id, "queued", cause=_GIVEN_BACK, unspent=True))


async def _ready(work: _Pass, batch: Sequence[Claimed]) -> tuple[list[Told], list[Claimed]]:
    """Mark a later batch as leaving, without those who opted out, or went on, since the claim."""
    if all(item.left_no is not None for item in batch):
        return [], list(batch)
    gone, leaving = set[UUID](), set[UUID]()

    async def mark() -> None:
        gone.clear()
        leaving.clear()
        async with work.context.database.transaction() as store:
            gone.update(await unwanted(store, [item.id for item in batch]))
            leaving.update(await hand_on(store, [item for item in batch if item.id not in gone]))

    # With the database away nothing leaves: should this process die, nobody would know that it did.
    await persistently(mark)
    cancelled = [Told(item, Settlement(item.id, "cancelled", unspent=True)) for item in batch if item.id in gone]
    return cancelled, [item for item in batch if item.id in leaving]


async def _hand_batch(work: _Pass, road: Carrier, batch: Sequence[Claimed], ends: float) -> list[Told]:
    texts = {item.id: _text(work, item) for item in batch}
    outbound = [
        OutboundText(str(item.id), work.numbers[item.identity], item.sender, text)
        for item in batch
        if item.identity in work.numbers and (text := texts[item.id]) is not None
    ]
    given, untouched = await hand(road, outbound, ends, work.stopping)
    _hear(work, road, given.values())
    return [
        _given_back(item) if str(item.id) in untouched else _told(work, road, item, texts[item.id], given)
        for item in batch
    ]


def _hear(work: _Pass, road: Carrier, outcomes: Collection[Outcome]) -> None:
    """What a batch tells of its road: it is down where it surely took nothing, for a fault of its own."""
    if isinstance(work.context.carriers, Roads):
        # A country or a sender that is refused says nothing of the road.
        refused = sum(isinstance(outcome, Retry) and outcome.code in _DOWN for outcome in outcomes)
        taken = sum(isinstance(outcome, Accepted) for outcome in outcomes)
        work.context.carriers.heard(road.name, refused=refused, taken=taken, now=work.now)


def _text(work: _Pass, item: Claimed) -> str | None:
    """The text in words; None where it cannot be written, which holds up no other."""
    survey = work.surveys.get(item.survey) if item.survey else None
    try:
        say = spell_out(work.context.vault, item.say)
        return render(say, item.language, Voice(work.context.catalogue.texts, item.organiser, survey))
    except Exception as problem:  # noqa: BLE001 - the kind alone is safe to log
        log.error("text-cannot-be-written", trace=item.trace.hex, message=str(item.id), kind=type(problem).__name__)
        return None


def _told(work: _Pass, road: Carrier, item: Claimed, text: str | None, given: Mapping[str, Outcome]) -> Told:
    if text is None or item.identity not in work.numbers:
        # What cannot be written, or has a number that no key opens, was handed to nobody.
        reason = "wording" if text is None else "vault"
        return Told(item, _settlement(item, Rejected(Cause.UNREADABLE, reason), None, work))
    count = segments(text, road.capabilities.split).count
    # A carrier that gave no word may have taken it.
    outcome = given.get(str(item.id), Unknown(Cause.OTHER))
    pause = pause_after(outcome) if isinstance(outcome, Retry) else timedelta(0)
    return Told(item, _settlement(item, outcome, count, work), count, pause)


def _settlement(item: Claimed, outcome: Outcome, count: int | None, work: _Pass) -> Settlement:
    match outcome:
        case Accepted(reference):
            return Settlement(item.id, "accepted", reference=reference, segments=count)
        case Rejected(cause, code):
            return Settlement(item.id, "failed", cause=cause.value, code=code, dead=mendable(cause.value))
        case Unknown(cause, code):
            return Settlement(item.id, "unknown", cause=cause.value, code=code, segments=count)
        case Retry(_, cause, code):
            due_at = next_try(outcome, item.attempts, work.now, work.chance)
            if due_at is None:
                return Settlement(item.id, "failed", cause=cause.value, code=code, dead=mendable(cause.value))
            return Settlement(item.id, "queued", cause=cause.value, code=code, due_at=due_at)
