"""One turn of the engine, and the same again until the simulator's phones are quiet."""

from dataclasses import dataclass
from datetime import datetime

from app.carriers.simulator import Simulator
from app.jobs.asking import begin_due, close_due_rounds, open_due_rounds
from app.jobs.context import Context
from app.jobs.helping import route_needs
from app.jobs.listening import drain_inbox
from app.jobs.publishing import publish_due
from app.jobs.sending import reap_leases, send_outbox, take_reports
from app.jobs.sweeping import expire_talks, send_reminders

_MOST_TURNS = 50


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn of the engine did, in rows."""

    begun: int = 0
    sent: int = 0
    handled: int = 0
    reminded: int = 0
    expired: int = 0
    routed: int = 0
    published: int = 0

    @property
    def busy(self) -> bool:
        """Whether another turn would find work right away."""
        return bool(self.begun or self.sent or self.handled or self.routed)


async def turn(context: Context, now: datetime) -> Turn:
    """One pass of every job. Replies first; a round's own texts last."""
    handled = await drain_inbox(context, now)
    await reap_leases(context, now)
    await open_due_rounds(context, now)
    reminded = await send_reminders(context, now)
    expired = await expire_talks(context, now)
    begun = await begin_due(context, now)
    routed = await route_needs(context, now)
    sent = await send_outbox(context, now)
    await close_due_rounds(context, now)
    published = await publish_due(context, now)
    return Turn(
        begun, sent.accepted + sent.rejected + sent.unknown, handled, reminded, expired,
        routed.offered + routed.calls_asked + routed.checks, published,
    )  # fmt: skip


async def hear_phones(context: Context, simulator: Simulator, now: datetime) -> int:
    """Hand the simulator's delivery reports on, as a webhook would."""
    return await take_reports(context, simulator.name, simulator.take_reports(), now)


async def settle_simulator(context: Context, simulator: Simulator, now: datetime) -> None:
    """Turn the engine until the phones are quiet; bounded."""
    for _ in range(_MOST_TURNS):
        done = await turn(context, now)
        await hear_phones(context, simulator, now)
        if not done.busy:
            return
