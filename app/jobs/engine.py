"""One turn of the engine, and the same again until the simulator's phones are quiet."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from app.carriers.simulator import Simulator
from app.jobs.asking import BEGIN_AT_ONCE, begin_due, close_due_rounds, open_due_rounds
from app.jobs.chasing import alert_focal_points, escalate
from app.jobs.confirming import ask_phones
from app.jobs.context import Context, never
from app.jobs.helping import route_needs
from app.jobs.keeping import join_late
from app.jobs.lanes import in_lanes
from app.jobs.listening import DRAIN_AT_ONCE, drain_inbox
from app.jobs.loop import publish_loops_due
from app.jobs.notifying import tell_services
from app.jobs.publishing import publish_due
from app.jobs.registry.freshness import remind_to_verify
from app.jobs.reporting import take_reports
from app.jobs.rollups import squash_rollups
from app.jobs.routing import leave_retired
from app.jobs.sending import send_outbox
from app.jobs.settling import reap_leases
from app.jobs.subscribing import tell_of_reports
from app.jobs.sweeping import expire_talks, resume_talks, send_reminders
from app.jobs.telling import tell_due

_MOST_TURNS = 50
_LANES = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn of the engine did, in rows."""

    handled: int = 0
    routed: int = 0
    sent: int = 0

    @property
    def busy(self) -> bool:
        """Whether another turn would find work right away."""
        return bool(self.handled or self.routed or self.sent)


async def hear(context: Context, now: datetime, stopping: Callable[[], bool] = never) -> int:
    """Handle what workers wrote; how many replies."""
    # A backlog is read before anybody is given up: lanes hold different people.
    return await in_lanes(
        lambda: drain_inbox(context, now), DRAIN_AT_ONCE, lanes=_LANES, most=_MOST_TURNS, stopping=stopping
    )


async def answer(context: Context, now: datetime) -> Turn:
    """The quick jobs: handle what workers wrote, route what they need, send what is due."""
    handled = await hear(context, now)
    routed = await route_needs(context, now)
    sent = await send_outbox(context, now)
    # What went back to the queue counts too: others may wait behind it.
    return Turn(handled, routed.asked, sent.total)


async def sweep(context: Context, now: datetime, stopping: Callable[[], bool] = never) -> None:
    """The jobs of the clock: rounds, reminders, ends of waiting, dead leases, late pieces, what is told, figures."""

    async def begin_all() -> None:
        while not stopping() and await begin_due(context, now) == BEGIN_AT_ONCE:
            continue

    jobs: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: reap_leases(context, now),
        lambda: alert_focal_points(context, now),
        lambda: escalate(context, now),
        lambda: ask_phones(context, now),
        lambda: tell_services(context, now),
        lambda: remind_to_verify(context, now),
        lambda: leave_retired(context, now),
        lambda: join_late(context, now),
        lambda: open_due_rounds(context, now),
        lambda: send_reminders(context, now, stopping=stopping),
        lambda: resume_talks(context, now, stopping=stopping),
        lambda: expire_talks(context, now, stopping=stopping),
        begin_all,
        lambda: close_due_rounds(context, now),
        lambda: tell_due(context, now, stopping=stopping),
        lambda: publish_due(context, now),
        lambda: publish_loops_due(context, now),
        lambda: tell_of_reports(context, now),
        lambda: squash_rollups(context),
    )
    broke: Exception | None = None
    for job in jobs:
        try:
            await job()
        except Exception as problem:  # noqa: BLE001 - one job that breaks must not keep the others from their work
            broke = broke or problem
    if broke is not None:
        raise broke


async def turn(context: Context, now: datetime) -> Turn:
    """One pass of every job. Replies first; a round's own texts last."""
    done = await answer(context, now)
    await sweep(context, now)
    return done


async def hear_phones(context: Context, simulator: Simulator, now: datetime) -> int:
    """Hand the simulator's delivery reports on, as a webhook would."""
    return await take_reports(context, simulator.name, simulator.take_reports(), now)


async def settle_simulator(context: Context, simulator: Simulator, now: datetime) -> None:
    """Turn the engine until the phones are quiet; bounded."""
    await sweep(context, now)
    for _ in range(_MOST_TURNS):
        done = await answer(context, now)
        await hear_phones(context, simulator, now)
        if not done.busy:
            return
