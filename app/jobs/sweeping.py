"""Timers: the one reminder, and the end of waiting."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from app.domain.conversation import Conversation, Effect, Purpose, Send, expire, remind, resume
from app.jobs.asking import outgoing
from app.jobs.context import Context, never
from app.jobs.endings import close_talks
from app.jobs.wishing import keep_or_end
from app.store.conversations import Talk, due_expiries, due_reminders, due_resumes, save_talks
from app.store.database import Store
from app.store.outbox import BULK, enqueue

SWEEP_AT_ONCE = 2000
"""How many timers one transaction takes."""

_MOST_BATCHES = 50  # a pass ends some time, and the other jobs have their turn


async def send_reminders(
    context: Context, now: datetime, limit: int = SWEEP_AT_ONCE, stopping: Callable[[], bool] = never
) -> int:
    """Remind whoever is due, once; how many."""

    async def some(store: Store) -> int:
        due = await due_reminders(store, now, limit)
        await _speak(store, [(talk, *remind(talk.state)) for talk in due], now)
        return len(due)

    return await _all_of(context, some, limit, stopping)


async def resume_talks(
    context: Context, now: datetime, limit: int = SWEEP_AT_ONCE, stopping: Callable[[], bool] = never
) -> int:
    """Ask again whoever named a time that has come; how many. The hour is checked once more when the text leaves."""

    async def some(store: Store) -> int:
        due = await due_resumes(store, now, limit)
        await _speak(store, [(talk, *resume(talk.state)) for talk in due], now)
        return len(due)

    return await _all_of(context, some, limit, stopping)


async def expire_talks(
    context: Context, now: datetime, limit: int = SWEEP_AT_ONCE, stopping: Callable[[], bool] = never
) -> int:
    """End the conversations nobody answered in time; how many."""

    async def some(store: Store) -> int:
        due = await due_expiries(store, now, limit)
        if due:
            await close_talks(store, [talk.moved(expire(talk.state)[0]) for talk in due], now)
            for talk in due:
                if talk.state.purpose is Purpose.KEEP:
                    await keep_or_end(store, context, talk.worker, now, agreed=False)
        return len(due)

    return await _all_of(context, some, limit, stopping)


async def _speak(store: Store, stepped: Sequence[tuple[Talk, Conversation, Sequence[Effect]]], now: datetime) -> None:
    if not stepped:
        return
    texts = [
        outgoing(talk, effect.say, BULK)
        for talk, _, effects in stepped
        for effect in effects
        if isinstance(effect, Send)
    ]
    await enqueue(store, texts, now)
    # Most stand as they stood: their clock alone was set, by whoever took them.
    await save_talks(store, [talk.moved(state) for talk, state, _ in stepped if state != talk.state], timers=False)


async def _all_of(
    context: Context, some: Callable[[Store], Awaitable[int]], limit: int, stopping: Callable[[], bool]
) -> int:
    """Batch by batch, each a transaction, until one is not full."""
    done = 0
    for _ in range(_MOST_BATCHES):
        async with context.database.transaction() as store:
            swept = await some(store)
        done += swept
        if swept < limit or stopping():
            break
    return done
