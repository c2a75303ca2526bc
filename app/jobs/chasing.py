"""What must not wait: a request no service answers goes on to the next, and a sensitive case is told of until somebody has it."""

from datetime import datetime

import structlog

from app.domain.referral import Actor, Cause, ReferralState
from app.domain.wording import Say
from app.jobs.context import Context
from app.jobs.routing import channels_for
from app.jobs.stepping import take_step
from app.store.database import Store
from app.store.focal_points import Reached, WaitingCase, cases_to_tell, reach_focal_points
from app.store.hooks import announce
from app.store.letters import Letter, enqueue_letter
from app.store.outbox import REPLY, Outgoing, enqueue
from app.store.referrals import get_referral, unanswered_referrals

log = structlog.get_logger()

UNHEARD = "case.unheard"
"""The operator's webhooks are told: a programme has a pressing case, and nobody who is to be told of it."""

_AT_ONCE = 100
_SUBJECT = "Something urgent waits on your desk"


async def escalate(context: Context, now: datetime) -> int:
    """End requests whose deadline passed, or whose service closed; how many.

    The worker is told that another service is looked for. The next pass offers it, for consent names the service; after
    the third in vain a person of the programme has the need.
    """
    async with context.database.transaction() as store:
        due = await unanswered_referrals(store, now, _AT_ONCE)
        for key, programme, closed in due:
            referral = await get_referral(store, programme, key)
            cause = Cause.GONE if closed else Cause.NO_ANSWER
            await take_step(store, context, referral, ReferralState.CANCELLED, Actor.CLOCK, now, cause)
    return len(due)


async def alert_focal_points(context: Context, now: datetime) -> int:
    """Tell focal points of pressing sensitive cases, by letter and by text, until one acknowledges; how many cases.

    Neither says more than that something waits: who reads over a shoulder learns nothing.
    """
    async with context.database.transaction() as store:
        cases = await cases_to_tell(store, now, _AT_ONCE)
        for programme in {case.programme for case in cases}:
            people = await reach_focal_points(store, context.vault, programme)
            mine = [case for case in cases if case.programme == programme]
            if people:
                await _tell(store, context, mine, people, now)
            else:
                await announce(store, UNHEARD, {"programme": str(programme), "cases": len(mine)}, now)
    for case in cases:
        log.info("case-told", need=str(case.need), again=case.alerted_at is not None)
    return len(cases)


async def _tell(store: Store, context: Context, cases: list[WaitingCase], people: list[Reached], now: datetime) -> None:
    programme = cases[0].programme
    body = f"Something urgent waits on your desk. Please sign in and take it up:\n{context.address('/cases')}\n"
    for person in people:
        if person.email:
            letter = Letter(person.email, _SUBJECT, body, "case", programme)
            await enqueue_letter(store, context.vault, letter, now)
    phones = {person.identity: person for person in people if person.identity is not None}
    channels = await channels_for(store, context, [(programme, identity) for identity in phones], now)
    texts = [
        Outgoing(programme, identity, channel.id, channel.carrier, Say("case_waits"), phones[identity].language, REPLY)
        for identity, channel in channels.items()
        if identity in phones
    ]
    await enqueue(store, texts, now)
