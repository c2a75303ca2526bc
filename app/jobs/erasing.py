"""Erasing a worker on their wish: their requests end, and what they told is forgotten."""

from datetime import datetime
from uuid import UUID

import structlog

from app.domain.errors import NotFoundError
from app.domain.numbers import normalise
from app.domain.referral import Actor, Cause, ReferralState
from app.jobs.context import Context
from app.jobs.stepping import take_step
from app.store.erasure import forget, open_referrals_of, worker_of
from app.store.referrals import get_referral

log = structlog.get_logger()


async def erase_worker(context: Context, programme: UUID, number: str, now: datetime) -> None:
    """Forget the worker of a number in a programme, all or nothing. What is published stays as it is.

    Services that have a request of theirs see it cancelled, and no contact any more. No text is sent.

    Args:
        context: whose database and vault.
        programme: which.
        number: as it was typed, with its country's code.
        now: the moment.

    Raises:
        InvalidError: it is no number.
        NotFoundError: it is no worker's of this programme.
    """
    wanted = normalise(number, "")
    async with context.database.transaction() as store:
        worker = await worker_of(store, context.vault, programme, wanted)
        if worker is None:
            raise NotFoundError("This is the number of no worker in the programme.")
        for key in await open_referrals_of(store, worker):
            referral = await get_referral(store, programme, key)
            await take_step(store, context, referral, ReferralState.CANCELLED, Actor.REQUESTER, now, Cause.ERASED)
        await forget(store, programme, worker, now)
    log.info("worker-erased", worker=str(worker))
