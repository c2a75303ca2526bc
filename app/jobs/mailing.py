"""Letters on their way: handed over with no transaction open, tried again for three days, then given up."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from app.carriers.mail import Mail, Mailed, Mailer
from app.jobs.context import Context
from app.jobs.retrying import Chance, dice
from app.jobs.tallying import LETTERS
from app.store.letters import DueLetter, Told, claim_letters, forget_letters, settle_letters

log = structlog.get_logger()

MAIL_AT_ONCE = 20
"""How many letters one pass claims: at a minute each, well within the lease."""

_WAITS = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6),
    timedelta(hours=12), timedelta(hours=24), timedelta(hours=24),
)  # fmt: skip
_JITTER = 0.25
_STALE = timedelta(days=3)
"""How old a letter may grow: who reads of it later can do nothing about it."""


async def send_letters(context: Context, mailer: Mailer | None, now: datetime, chance: Chance = dice) -> int:
    """Hand over the letters that are due; how many. Without a server they wait, and are given up when they are stale."""
    async with context.database.transaction() as store:
        await forget_letters(store, now)
        due = await claim_letters(store, context.vault, now, MAIL_AT_ONCE)
    # No transaction is open here: a slow server must not hold a connection.
    mails = [
        Mail(item.id.hex, item.letter.recipient, item.letter.subject, item.letter.body)
        for item in due
        if item.letter is not None
    ]
    answers = iter(await mailer.send(mails, now) if mailer and mails else [Mailed("no-server")] * len(mails))
    told = [
        _told(item, next(answers) if item.letter is not None else Mailed("vault", final=True), now, chance)
        for item in due
    ]
    async with context.database.transaction() as store:
        await settle_letters(store, told, now)
    _tell(context, due, told)
    return len(due)


def _told(item: DueLetter, answer: Mailed, now: datetime, chance: Chance) -> Told:
    if answer.taken:
        return Told(item.id, "sent")
    if answer.final or item.attempts > len(_WAITS) or now - item.created_at > _STALE:
        return Told(item.id, "failed", answer.fault)
    wait = _WAITS[item.attempts - 1] * (1 + _JITTER * chance())
    return Told(item.id, "waiting", answer.fault, now + wait)


def _tell(context: Context, due: Sequence[DueLetter], told: Sequence[Told]) -> None:
    for item, one in zip(due, told, strict=True):
        context.tally.count(LETTERS, one.state)
        log.info(
            "letter-handed-over", letter=str(item.id), purpose=item.purpose, outcome=one.state, fault=one.fault or None,
            attempt=item.attempts,
        )  # fmt: skip
