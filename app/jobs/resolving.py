"""What an operator does about texts nobody knows the fate of, and about those that were given up."""

from datetime import datetime
from uuid import UUID

from app.domain.errors import ConflictError
from app.jobs.context import Context
from app.store.fates import UNDECIDED, Undecided, decide_again, decide_sent, hold_text


async def it_was_sent(context: Context, message: UUID, by: UUID, now: datetime) -> None:
    """A person found an Unknown text in the carrier's log. Said twice, it changes nothing.

    Raises:
        NotFoundError: there is no such text.
        ConflictError: its fate is known, or another decision was made.
    """
    async with context.database.transaction() as store:
        text = await hold_text(store, message)
        if text.decision == "sent":
            return
        if text.state != "unknown":
            raise ConflictError("What became of this text is known.")
        await decide_sent(store, message, by, now)


async def send_again(context: Context, message: UUID, by: UUID, now: datetime) -> None:
    """A person has a text sent once more: one that was given up, or an Unknown one that no look-up found for a day.

    It is a further try, in a row of its own; asked twice, there is one.

    Raises:
        NotFoundError: there is no such text.
        ConflictError: it may still turn up, it was sent, or nobody waits for it any more.
    """
    async with context.database.transaction() as store:
        text = await hold_text(store, message)
        if text.decision == "again":
            return
        _may_go_again(text, now)
        await decide_again(store, message, by, now)


def _may_go_again(text: Undecided, now: datetime) -> None:
    if text.state == "unknown":
        if text.sent_at is not None and now - text.sent_at < UNDECIDED:
            hours = round(UNDECIDED.total_seconds() / 3600)
            raise ConflictError(f"It may still turn up: word of a text can take {hours} hours.")
    elif not text.dead:
        raise ConflictError("This text was not given up.")
