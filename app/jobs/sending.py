"""Sending the outbox: claim and commit, then hand over with no transaction open, then settle."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from app.carriers.protocol import (
    Accepted,
    Carrier,
    Cause,
    Delivery,
    OutboundText,
    Outcome,
    Rejected,
    Retry,
    StatusReport,
    Unknown,
)
from app.domain.conversation import ConsentAct, expire
from app.domain.dispositions import Disposition
from app.domain.errors import ContentionError
from app.domain.hours import Window, next_allowed
from app.domain.rounds import RoundPlan
from app.domain.segments import segments
from app.domain.survey import Survey
from app.domain.wording import Voice, render
from app.jobs.context import Context
from app.jobs.endings import close_talks
from app.store.conversations import people_of, set_timers
from app.store.database import Store
from app.store.outbox import (
    NOTICE,
    Claimed,
    Fate,
    Lost,
    Reported,
    Settlement,
    cancel_queued,
    claim_due,
    find_reported,
    lost_claims,
    mark_reported,
    reap,
    settle,
)
from app.store.rounds import close_invitations, mark_delivered, mark_sent, mark_undelivered, plans_of
from app.store.surveys import load_surveys
from app.store.vault import open_numbers
from app.store.workers import set_stopped, write_consent

log = structlog.get_logger()

_MOST_ATTEMPTS = 8
_ANY_HOUR = Window(time(0), time(23, 59, 59))
_DIALOGUE_TIMERS = RoundPlan()
_RANK = {"queued": 0, "sending": 0, "unknown": 0, "accepted": 1, "failed": 2, "delivered": 3, "cancelled": 3}
_STATE = {
    Delivery.QUEUED: "accepted",
    Delivery.SENT: "accepted",
    Delivery.DELIVERED: "delivered",
    Delivery.UNDELIVERED: "failed",
    Delivery.FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What a pass over the outbox did."""

    accepted: int = 0
    postponed: int = 0
    rejected: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """How many texts were claimed."""
        return self.accepted + self.postponed + self.rejected + self.unknown


async def send_outbox(context: Context, now: datetime, limit: int = 200) -> Sent:
    """Hand over what is due. A text outside decent hours goes back to the queue until the next allowed moment."""
    async with context.database.transaction() as store:
        claimed = await claim_due(store, now, limit)
        if not claimed:
            return Sent()
        numbers = await open_numbers(store, context.vault, list({item.identity for item in claimed}))
        surveys = await load_surveys(store, {item.survey for item in claimed if item.survey})
    # No transaction is open here: a slow carrier must not hold a connection.
    settlements, ready = _by_hour(context, claimed, now)
    texts = {item.id: _text(context, item, surveys) for item in ready}
    outcomes = await _hand_over(context, ready, texts, numbers)
    settlements += [
        _settlement(item, outcomes[item.id], _segments(context, item, texts[item.id]), now) for item in ready
    ]
    for last in (False, False, True):
        try:
            async with context.database.transaction() as store:
                await settle(store, settlements, now)
                await _start_clocks(store, claimed, settlements, now)
                await _consequences(store, claimed, settlements, now)
            break
        except ContentionError:
            # What the carrier said must not be lost to another process's lock; nothing was written, so again.
            if last:
                raise
    return _summary(settlements)


def _summary(settlements: Sequence[Settlement]) -> Sent:
    states = [item.state for item in settlements]
    return Sent(states.count("accepted"), states.count("queued"), states.count("failed"), states.count("unknown"))


def _by_hour(context: Context, claimed: Sequence[Claimed], now: datetime) -> tuple[list[Settlement], list[Claimed]]:
    """Split what may leave now from what must wait: the hour is checked when sending, not only when planning.

    An answer to a worker's own text leaves at once; it was the worker who chose the hour.
    """
    waiting: list[Settlement] = []
    ready: list[Claimed] = []
    for item in claimed:
        if item.priority >= NOTICE and item.zone:
            quiet = context.catalogue.quiet_hours(item.country)
            allowed = next_allowed(now, ZoneInfo(item.zone), quiet, _ANY_HOUR)
            if allowed > now:
                waiting.append(Settlement(item.id, "queued", cause=Cause.QUIET_HOURS.value, due_at=allowed))
                continue
        ready.append(item)
    return waiting, ready


def _text(context: Context, item: Claimed, surveys: Mapping[UUID, Survey]) -> str:
    survey = surveys.get(item.survey) if item.survey else None
    return render(item.say, item.language, Voice(context.catalogue.texts, item.organiser, survey))


def _segments(context: Context, item: Claimed, text: str) -> int | None:
    carrier = context.carriers.get(item.carrier)
    return segments(text, carrier.capabilities.split).count if carrier else None


async def _hand_over(
    context: Context, ready: Sequence[Claimed], texts: Mapping[UUID, str], numbers: Mapping[UUID, str]
) -> dict[UUID, Outcome]:
    batches: dict[str, list[Claimed]] = defaultdict(list)
    for item in ready:
        batches[item.carrier].append(item)
    outcomes: dict[UUID, Outcome] = {}
    for name, batch in batches.items():
        carrier = context.carriers.get(name)
        given: Mapping[str, Outcome] = {}
        if carrier is not None:
            outbound = [
                OutboundText(str(item.id), numbers[item.identity], item.sender, texts[item.id])
                for item in batch
                if item.identity in numbers
            ]
            given = await _safely(carrier, outbound)
        for item in batch:
            # A carrier that is not set up here took nothing; one that gave no word may have.
            missing = Retry(timedelta(minutes=5), Cause.ROUTE) if carrier is None else Unknown(Cause.OTHER)
            outcome = given.get(str(item.id), missing)
            # A number that no key opens was handed to nobody.
            outcomes[item.id] = outcome if item.identity in numbers else Rejected(Cause.UNREADABLE, "vault")
    return outcomes


async def _safely(carrier: Carrier, outbound: Sequence[OutboundText]) -> Mapping[str, Outcome]:
    try:
        return await carrier.send(outbound)
    except Exception as problem:  # noqa: BLE001 - whatever broke, the texts may have left: they are Unknown
        log.error("carrier-broke", carrier=carrier.name, kind=type(problem).__name__, texts=len(outbound))
        return {}


def _settlement(item: Claimed, outcome: Outcome, count: int | None, now: datetime) -> Settlement:
    match outcome:
        case Accepted(reference):
            return Settlement(item.id, "accepted", reference=reference, segments=count)
        case Rejected(cause, code):
            return Settlement(item.id, "failed", cause=cause.value, code=code)
        case Unknown(cause, code):
            return Settlement(item.id, "unknown", cause=cause.value, code=code, segments=count)
        case Retry(after, cause, code):
            if item.attempts >= _MOST_ATTEMPTS:
                return Settlement(item.id, "failed", cause=cause.value, code=code)
            return Settlement(item.id, "queued", cause=cause.value, code=code, due_at=now + after)


async def _start_clocks(
    store: Store, claimed: Sequence[Claimed], settlements: Sequence[Settlement], now: datetime
) -> None:
    """The clocks of reminder and expiry start when the carrier took the text; when it refused, expiry alone."""
    states = {item.id: item.state for item in settlements}
    await _wait_for_replies(store, [item for item in claimed if states[item.id] in {"accepted", "unknown"}], now)
    await _wait_for_replies(store, [item for item in claimed if states[item.id] == "failed"], now, reached=False)


async def _wait_for_replies(
    store: Store, texts: Sequence[Claimed | Lost], now: datetime, *, reached: bool = True
) -> None:
    invitations = [item.invitation for item in texts if item.invitation]
    plans = await plans_of(store, invitations)
    # Conversations before invitations, as whoever reads the replies does: two orders would be a deadlock.
    await set_timers(
        store,
        [
            # Only a survey reminds; an offer or a question about a call is asked once.
            (
                item.conversation,
                now + plan.remind_after if item.invitation and reached else None,
                now + plan.expire_after,
            )
            for item in texts
            if item.conversation
            for plan in (plans.get(item.invitation, _DIALOGUE_TIMERS) if item.invitation else _DIALOGUE_TIMERS,)
        ],
        now,
        asked=reached,
    )
    if reached:
        await mark_sent(store, invitations, now)


async def _consequences(
    store: Store, claimed: Sequence[Claimed], settlements: Sequence[Settlement], now: datetime
) -> None:
    """What a refusal by the carrier means for the person."""
    items = {item.id: item for item in claimed}
    for settlement in settlements:
        item = items[settlement.id]
        if settlement.state == "failed" and settlement.cause:
            await _after_failure(store, item.identity, item.invitation, settlement.cause, now)


async def _after_failure(store: Store, identity: UUID, invitation: UUID | None, cause: str, now: datetime) -> None:
    person = (await people_of(store, [identity]))[identity]
    if cause == Cause.OPTED_OUT.value and person.worker and person.consent != "withdrawn":
        await write_consent(store, [(person.programme, person.worker, ConsentAct.WITHDRAWN)], "carrier", {}, now)
        await set_stopped(store, [identity], stopped=True)
        await cancel_queued(store, [identity], now)
    if invitation is not None:
        await mark_undelivered(store, invitation, now)
        if cause == Cause.BAD_NUMBER.value:
            await close_invitations(store, [(invitation, Disposition.NOT_ELIGIBLE.value)], now)
    ends = cause in {Cause.OPTED_OUT.value, Cause.BAD_NUMBER.value}
    if ends and person.talk is not None:
        state, _ = expire(person.talk.state)
        await close_talks(store, [person.talk.moved(state)], now)


# -- reports --------------------------------------------------------------------------------------


async def take_reports(context: Context, carrier: str, reports: Sequence[StatusReport], now: datetime) -> int:
    """Word of messages: unordered and repeated, so a state only ever moves up. How many were of messages we know."""
    if not reports:
        return 0
    messages = [key for report in reports if (key := _uuid(report.message)) is not None]
    references = [report.reference for report in reports]
    async with context.database.transaction() as store:
        known = await find_reported(store, carrier, references, messages)
        told = [(item, _best(item, reports)) for item in known]
        moved = [(item, report) for item, report in told if _moves_up(item.before, _STATE[report.delivery])]
        await mark_reported(store, [_fate(item, report) for item, report in moved], now)
        delivered = [item.invitation for item, report in moved if report.delivery is Delivery.DELIVERED]
        await mark_delivered(store, [invitation for invitation in delivered if invitation], now)
        for item, report in moved:
            if _STATE[report.delivery] == "failed":
                cause = report.cause.value if report.cause else ""
                await _after_failure(store, item.identity, item.invitation, cause, now)
    return len(known)


def _best(item: Reported, reports: Sequence[StatusReport]) -> StatusReport:
    """The report that tells most of a message, where a batch holds several of it."""
    own = [report for report in reports if report.message == str(item.id) or report.reference == item.reference]
    return max(own, key=lambda report: _RANK[_STATE[report.delivery]])


def _moves_up(before: str, after: str) -> bool:
    return before == "unknown" or _RANK[after] > _RANK[before]


def _fate(item: Reported, report: StatusReport) -> Fate:
    cause = report.cause.value if report.cause else None
    return Fate(item.id, _STATE[report.delivery], report.reference, cause, report.code)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def reap_leases(context: Context, now: datetime) -> int:
    """Leases whose holder died become Unknown; a callback or a look-up resolves them, never a second send."""
    async with context.database.transaction() as store:
        # They may be on their phones: who got one may answer it, and nobody waits for ever.
        await _wait_for_replies(store, await lost_claims(store, now), now)
        return await reap(store, now)
