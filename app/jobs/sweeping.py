"""Timers: the one reminder, and the end of waiting."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from app.domain.conversation import Conversation, Effect, Purpose, Send, expire, remind, resume
from app.jobs.context import Context, never
from app.jobs.endings import close_talks, lapsed
from app.jobs.lanes import in_lanes
from app.jobs.wishing import keep_or_end
from app.store.conversations import due_expiries
from app.store.database import Store
from app.store.surveys import load_surveys
from app.store.sweeps import Timer, hold_silences, lapse, say_again, stands_due

SWEEP_AT_ONCE = 2000
"""How many timers one transaction takes."""

_LANES = 2
_MOST_BATCHES = 50  # a pass ends some time, and the other jobs have their turn


async def send_reminders(
    context: Context, now: datetime, limit: int = SWEEP_AT_ONCE, stopping: Callable[[], bool] = never
) -> int:
    """Remind whoever is due, once; how many."""
    return await _all_of(context, lambda store: _speak(store, "remind_at", remind, now, limit), limit, stopping)


async def resume_talks(
    context: Context, now: datetime, limit: int = SWEEP_AT_ONCE, stopping: Callable[[], bool] = never
) -> int:
    """Ask again whoever named a time that has come; how many. The hour is checked once more when the text leaves."""
    return await _all_of(context, lambda store: _speak(store, "resume_at", resume, now, limit), limit, stopping)


async def expire_talks(
    context: Context, now: datetime, limit: int = SWEEP_AT_ONCE, stopping: Callable[[], bool] = never
) -> int:
    """End the conversations nobody answered in time; how many."""

    async def some(store: Store) -> int:
        silent = await _lapse(store, now, limit)
        due = await due_expiries(store, now, limit - silent) if silent < limit else []
        if due:
            await close_talks(store, [talk.moved(expire(talk.state)[0]) for talk in due], now)
            for talk in due:
                if talk.state.purpose is Purpose.KEEP:
                    await keep_or_end(store, context, talk.worker, now, agreed=False)
        return silent + len(due)

    return await _all_of(context, some, limit, stopping)


async def _speak(
    store: Store,
    timer: Timer,
    step: Callable[[Conversation], tuple[Conversation, Sequence[Effect]]],
    now: datetime,
    limit: int,
) -> int:
    stepped = [(stand, *step(stand.state)) for stand in await stands_due(store, timer, now, limit)]
    spoken = [
        (stand, state, effect.say)
        for stand, state, effects in stepped
        for effect in effects
        if isinstance(effect, Send)
    ]
    return await say_again(store, timer, spoken, now, limit)


async def _lapse(store: Store, now: datetime, limit: int) -> int:
    silences = await hold_silences(store, now, limit)
    surveys = await load_surveys(store, {silence.survey for silence in silences})
    return await lapse(store, [lapsed(silence, surveys[silence.survey]) for silence in silences], now)


async def _all_of(
    context: Context, some: Callable[[Store], Awaitable[int]], limit: int, stopping: Callable[[], bool]
) -> int:
    """Batch by batch, each a transaction, until one is not full; where the first is full, two at a time."""

    async def batch() -> int:
        async with context.database.transaction() as store:
            return await some(store)

    return await in_lanes(batch, limit, lanes=_LANES, most=_MOST_BATCHES, stopping=stopping)
