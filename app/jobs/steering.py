"""A round in somebody's hands: let it rest, go on, end it before its time."""

from datetime import datetime
from uuid import UUID

import structlog

from app.domain.errors import ConflictError
from app.jobs.asking import close_round
from app.jobs.context import Context
from app.store.outbox import wake_round
from app.store.steering import end_round, lock_round, set_paused

log = structlog.get_logger()


async def pause_round(context: Context, programme: UUID, round_id: UUID, now: datetime) -> None:
    """Let a round rest: nobody is asked anew, no reminder leaves; whoever answers is heard and answered.

    Its end stands, and so do the clocks of those who were asked: silence is no less silence.

    Raises:
        NotFoundError: the programme has no such round.
        ConflictError: it is over.
    """
    async with context.database.transaction() as store:
        asked = await lock_round(store, programme, round_id)
        if asked.state == "closed":
            raise ConflictError("The round is over; there is nothing to pause.")
        if asked.paused_at is None:
            await set_paused(store, round_id, now)
    log.info("round-paused", round=str(round_id))


async def resume_round(context: Context, programme: UUID, round_id: UUID, now: datetime) -> None:
    """Let a round that rests go on: what waited leaves now, at the pace and hours of any text.

    Raises:
        NotFoundError: the programme has no such round.
        ConflictError: it is over.
    """
    async with context.database.transaction() as store:
        asked = await lock_round(store, programme, round_id)
        if asked.state == "closed":
            raise ConflictError("The round is over; a new one can be launched.")
        if asked.paused_at is not None:
            await set_paused(store, round_id, None)
            await wake_round(store, round_id, now)
    log.info("round-resumed", round=str(round_id))


async def stop_round(context: Context, programme: UUID, round_id: UUID, now: datetime) -> None:
    """End a round now, for good: whoever is half-way keeps what was answered, what was not sent is taken back.

    Raises:
        NotFoundError: the programme has no such round.
        ConflictError: it is over already.
    """
    async with context.database.transaction() as store:
        asked = await lock_round(store, programme, round_id)
        if asked.state == "closed":
            raise ConflictError("The round is over already.")
        if asked.state == "open":
            await close_round(store, asked, now)
        await end_round(store, round_id, now)
    log.info("round-stopped", round=str(round_id))
