"""A step of a referral that its sender may ask for again, not knowing whether it was taken."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.referral import Actor, ReferralState, allowed_next
from app.jobs.context import Context
from app.jobs.stepping import take_step
from app.store.idempotency import keep_answer, recall
from app.store.keys import Caller
from app.store.referrals import get_referral


async def step_once(
    context: Context, caller: Caller, programme: UUID, referral: UUID, to: ReferralState, actor: Actor, now: datetime,
    name: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Take a step; asked again under the same name, the same answer and no further step.

    Args:
        context: whose database.
        caller: who asks.
        programme: theirs.
        referral: which.
        to: the state to set.
        actor: what the caller is to the referral.
        now: the moment.
        name: the `Idempotency-Key`; empty where none was given.

    Raises:
        NotFoundError: no such referral for this caller.
        TransitionError: the life cycle does not know the step, or not from this actor.
        ConflictError: the name was given to another request.
    """
    async with context.database.transaction() as store:
        if name:
            asked = {"referral": str(referral), "state": to.value}
            if (before := await recall(store, caller.key, name, asked, now)) is not None:
                return before
        found = await get_referral(store, programme, referral, caller.organization)
        await take_step(store, context, found, to, actor, now)
        state = (await get_referral(store, programme, referral, caller.organization)).state
        answer = {
            "id": str(referral),
            "state": state.value,
            "next": [step.value for step in allowed_next(state, actor)],
        }
        if name:
            await keep_answer(store, caller.key, name, answer)
        return answer
