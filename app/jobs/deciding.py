"""What a worker's yes or no means: to an offer, to "did it help?", to "may someone call you?"."""

from datetime import datetime

from app.domain.conversation import Purpose
from app.domain.referral import Actor, deadline, reopen
from app.domain.wording import Say, Voice, render
from app.jobs.context import Context
from app.store.conversations import Talk
from app.store.database import Store
from app.store.programmes import get_programme
from app.store.referrals import get_referral, refer, set_helped, set_need_state, step_referral, was_reopened

DISCLOSED = ("phone number", "language")
"""The fields a consent names and a service gets, and nothing else."""


async def decide(store: Store, context: Context, talk: Talk, *, agreed: bool, now: datetime) -> None:
    """Carry out the worker's word, in the transaction of the reply."""
    match talk.state.purpose:
        case Purpose.OFFER:
            await _offer(store, context, talk, agreed=agreed, now=now)
        case Purpose.CHECK:
            await _check(store, talk, agreed=agreed, now=now)
        case Purpose.SAFE_CALL if talk.need:
            await set_need_state(store, [talk.need], "person" if agreed else "declined", now)
        case _:
            pass


async def _offer(store: Store, context: Context, talk: Talk, *, agreed: bool, now: datetime) -> None:
    if talk.need is None or talk.service is None:
        return
    if not agreed:
        await set_need_state(store, [talk.need], "declined", now)
        return
    organiser = (await get_programme(store, talk.programme)).organiser
    fields = {name: text for name, text in talk.state.fields.items() if name != "reasons"}
    words = render(Say("offer", fields=fields), talk.state.language, Voice(context.catalogue.texts, organiser))
    reasons = [reason for reason in talk.state.fields.get("reasons", "").split("; ") if reason]
    await refer(store, need=talk.need, service=talk.service, words=words, fields=DISCLOSED, reasons=reasons, now=now)


async def _check(store: Store, talk: Talk, *, agreed: bool, now: datetime) -> None:
    if talk.referral is None:
        return
    referral = await get_referral(store, talk.programme, talk.referral)
    await set_helped(store, referral.id, helped=agreed)
    if agreed:
        await set_need_state(store, [referral.need], "closed", now)
    elif await was_reopened(store, referral.id):
        # Twice in vain: the worker is not sent round in circles by text; a person takes it up.
        await set_need_state(store, [referral.need], "person", now)
    else:
        state = reopen(referral.state, Actor.WORKER)
        await step_referral(store, referral, state, Actor.WORKER, now, deadline=deadline(referral.urgency, now))
