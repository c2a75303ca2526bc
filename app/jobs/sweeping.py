"""Timers: the one reminder, and the end of waiting."""

from datetime import datetime

from app.domain.conversation import Send, expire, remind, resume
from app.jobs.asking import outgoing
from app.jobs.context import Context
from app.jobs.endings import close_talks
from app.store.conversations import Talk, due_expiries, due_reminders, due_resumes, save_talks
from app.store.outbox import BULK, enqueue


async def send_reminders(context: Context, now: datetime, limit: int = 500) -> int:
    """Remind whoever is due, once; how many."""
    async with context.database.transaction() as store:
        due = await due_reminders(store, now, limit)
        if not due:
            return 0
        moved: list[Talk] = []
        for talk in due:
            state, effects = remind(talk.state)
            moved.append(talk.moved(state))
            texts = [outgoing(talk, effect.say, BULK) for effect in effects if isinstance(effect, Send)]
            await enqueue(store, texts, now)
        await save_talks(store, moved)
    return len(due)


async def resume_talks(context: Context, now: datetime, limit: int = 500) -> int:
    """Ask again whoever named a time that has come; how many. The hour is checked once more when the text leaves."""
    async with context.database.transaction() as store:
        due = await due_resumes(store, now, limit)
        if not due:
            return 0
        moved = [(talk, resume(talk.state)) for talk in due]
        texts = [
            outgoing(talk, effect.say, BULK)
            for talk, (_, effects) in moved
            for effect in effects
            if isinstance(effect, Send)
        ]
        await enqueue(store, texts, now)
        await save_talks(store, [talk.moved(state) for talk, (state, _) in moved])
    return len(due)


async def expire_talks(context: Context, now: datetime, limit: int = 500) -> int:
    """End the conversations nobody answered in time; how many."""
    async with context.database.transaction() as store:
        due = await due_expiries(store, now, limit)
        if not due:
            return 0
        await close_talks(store, [talk.moved(expire(talk.state)[0]) for talk in due], now)
    return len(due)
