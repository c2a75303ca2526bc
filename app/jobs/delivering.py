"""Events on their way to others' webhooks: posted with no transaction open, tried again for three days, then given up."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from app.carriers.posting import Post, Posted, Poster
from app.jobs.context import Context
from app.jobs.retrying import Chance, dice
from app.jobs.tallying import POSTS
from app.store.hooks import Delivery, Told, claim_deliveries, retire_hook, settle_deliveries

log = structlog.get_logger()

DELIVER_AT_ONCE = 20
"""How many deliveries one pass claims."""

# What standardwebhooks.com recommends: soon at first, for whoever just restarts, then for whoever mends by day.
_WAITS = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
_JITTER = 0.25


async def deliver_due(
    context: Context, poster: Poster, now: datetime, limit: int = DELIVER_AT_ONCE, chance: Chance = dice
) -> int:
    """Post the events that are due; how many."""
    async with context.database.transaction() as store:
        due = await claim_deliveries(store, context.vault, now, limit)
    # No transaction is open here: a slow receiver must not hold a connection.
    answers = await asyncio.gather(*(poster.post(post_of(item), now) for item in due))
    told = [_told(item, answer, now, chance) for item, answer in zip(due, answers, strict=True)]
    async with context.database.transaction() as store:
        await settle_deliveries(store, told, now)
        for hook in {item.hook for item, answer in zip(due, answers, strict=True) if answer.gone}:
            await retire_hook(store, hook, now)
    _tell(context, due, told)
    return len(due)


def post_of(item: Delivery) -> Post:
    """A delivery as it is posted; its id is the same at each try."""
    return Post(f"msg_{item.id.hex}", item.url, item.secret, item.body)


def _told(item: Delivery, answer: Posted, now: datetime, chance: Chance) -> Told:
    if answer.taken:
        return Told(item.id, "delivered", answer.status, "")
    if answer.gone or item.attempts > len(_WAITS):
        return Told(item.id, "failed", answer.status, answer.fault)
    wait = _WAITS[item.attempts - 1] * (1 + _JITTER * chance())
    return Told(item.id, "waiting", answer.status, answer.fault, now + wait)


def _tell(context: Context, due: Sequence[Delivery], told: Sequence[Told]) -> None:
    for item, one in zip(due, told, strict=True):
        context.tally.count(POSTS, one.state)
        log.info(
            "event-posted", delivery=str(item.id), kind=item.kind, outcome=one.state, status=one.status,
            fault=one.fault or None, attempt=item.attempts,
        )  # fmt: skip
