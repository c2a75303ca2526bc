"""What became of texts is written down: their fates, the clocks they start, and the budgets they took from."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.domain.errors import UnavailableError
from app.domain.rounds import RoundPlan
from app.jobs.context import Context
from app.jobs.failing import after_failure
from app.store.budgets import Used, settle_budgets
from app.store.claims import Claimed
from app.store.conversations import set_timers
from app.store.database import Store
from app.store.fates import Reported
from app.store.leases import Lost, reap
from app.store.rounds import mark_sent, plans_of
from app.store.settling import Settlement, settle

log = structlog.get_logger()

_DIALOGUE_TIMERS = RoundPlan()
_MOST_TRIES_TO_SETTLE = 60


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a claimed text; `segments` is what it took of its sender's budget, `pause` how long that rests."""

    text: Claimed
    settlement: Settlement
    segments: int = 0
    pause: timedelta = timedelta(0)


async def settle_all(context: Context, told: Sequence[Told], now: datetime) -> None:
    """Write down what became of texts. What the carrier said must not be lost, so the database is waited for."""
    if not told:
        return
    try:
        await persistently(lambda: _write(context, told, now))
    except UnavailableError:
        raise
    except Exception as problem:  # noqa: BLE001 - one text's surprise must not lose what is known of the others
        log.error("batch-not-settled", kind=type(problem).__name__, texts=len(told))
        for one in told:
            await _settle_alone(context, one, now)


async def _settle_alone(context: Context, one: Told, now: datetime) -> None:
    """Write down what became of one text; without its reference, where that cannot be its own."""
    for settlement in (one.settlement, replace(one.settlement, reference=None)):
        told = replace(one, settlement=settlement)
        try:
            await persistently(lambda told=told: _write(context, [told], now))
        except UnavailableError:
            raise
        except Exception as problem:  # noqa: BLE001 - told by its id; its lease will end
            log.error(
                "text-not-settled", trace=one.text.trace.hex, message=str(one.text.id), kind=type(problem).__name__
            )
        else:
            return


async def _write(context: Context, told: Sequence[Told], now: datetime) -> None:
    async with context.database.transaction() as store:
        await settle(store, [replace(one.settlement, claimed_at=one.text.claimed_at) for one in told], now)
        await start_clocks(store, told, now)
        for one in told:
            # What this means for the person, where the carrier refused.
            if one.settlement.state == "failed" and one.settlement.cause:
                await after_failure(store, one.text.identity, one.text.invitation, one.settlement.cause, now)
        # Last, as whoever claims of a sender steps over it meanwhile.
        await _settle_budgets(store, context, told)


async def persistently(
    write: Callable[[], Awaitable[None]], pause: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Try again while the database is away or another process is in the way: nothing was written then."""
    for tried in range(1, _MOST_TRIES_TO_SETTLE):
        try:
            await write()
        except UnavailableError:
            await pause(min(0.05 * 2**tried, 5.0))
        else:
            return
    await write()


async def _settle_budgets(store: Store, context: Context, told: Sequence[Told]) -> None:
    """Take from each sender's budget what its texts needed in fact, and let rest whom the carrier asked to."""
    of_sender: dict[UUID, list[Told]] = defaultdict(list)
    for one in told:
        of_sender[one.text.channel].append(one)
    used = [
        Used(
            channel,
            charged=sum(one.text.charged for one in some),
            texts=sum(one.segments > 0 for one in some),
            segments=sum(one.segments for one in some),
            pause=max(one.pause for one in some),
        )
        for channel, some in of_sender.items()
    ]
    paces = {name: road.capabilities.segments_per_second for name, road in context.carriers.items()}
    await settle_budgets(store, used, paces)


async def start_clocks(store: Store, told: Sequence[Told], now: datetime) -> None:
    """The clocks of reminder and expiry start when the carrier took the text; when it refused, expiry alone."""
    of_state: dict[str, list[Claimed]] = defaultdict(list)
    for one in told:
        of_state[one.settlement.state].append(one.text)
    await wait_for_replies(store, of_state["accepted"] + of_state["unknown"], now)
    await wait_for_replies(store, of_state["failed"], now, reached=False)


async def wait_for_replies(
    store: Store, texts: Sequence[Claimed | Lost | Reported], now: datetime, *, reached: bool = True
) -> None:
    """Start the clocks of reminder and expiry for what these texts ask; where they reached nobody, expiry alone."""
    if not texts:
        return
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


async def reap_leases(context: Context, now: datetime) -> int:
    """Leases whose holder died become Unknown; a callback or a look-up resolves them, never a second send."""
    async with context.database.transaction() as store:
        lost = await reap(store, now)
        # They may be on their phones: who got one may answer it, and nobody waits for ever.
        await wait_for_replies(store, lost, now)
    return len(lost)
