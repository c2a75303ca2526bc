"""What a worker's yes or no means: to an offer, to "did it help?", to "may someone call you?"."""

from datetime import datetime
from uuid import UUID

from app.domain.conversation import Purpose
from app.domain.errors import ConflictError
from app.domain.referral import MOST_CHECKS, NOT_YET, OPEN, Actor, Cause, ReferralState
from app.domain.wording import Say, Voice, render
from app.jobs.context import Context
from app.jobs.stepping import look_on, take_step
from app.jobs.wishing import keep_or_end
from app.store.checks import checks_of, set_check, set_helped, was_reopened
from app.store.conversations import Talk
from app.store.database import Store
from app.store.focal_points import hand_case
from app.store.needs import set_need_state
from app.store.programmes import get_programme
from app.store.referrals import get_referral, refer
from app.store.requests import case_of

DISCLOSED = ("phone number", "language")
"""The fields a consent names and a service gets, and nothing else."""


async def decide(store: Store, context: Context, talk: Talk, *, agreed: bool, now: datetime) -> Say | None:
    """Carry out the worker's word, in the transaction of the reply; what to tell them instead of what was foreseen."""
    match talk.state.purpose:
        case Purpose.OFFER:
            return await _offer(store, context, talk, agreed=agreed, now=now)
        case Purpose.CHECK:
            await _check(store, context, talk, agreed=agreed, now=now)
        case Purpose.SAFE_CALL if talk.need:
            await _call(store, talk.need, talk.worker, agreed=agreed, now=now)
        case Purpose.KEEP:
            await keep_or_end(store, context, talk.worker, now, agreed=agreed)
        case _:
            pass
    return None


async def _offer(store: Store, context: Context, talk: Talk, *, agreed: bool, now: datetime) -> Say | None:
    if talk.need is None or talk.service is None:
        return None
    if not agreed:
        # A no to a transfer leaves the request where it is.
        if talk.referral is None:
            await set_need_state(store, [talk.need], "declined", now)
        return None
    organiser = (await get_programme(store, talk.programme)).organiser
    fields = {name: text for name, text in talk.state.fields.items() if name != "reasons"}
    words = render(Say("offer", fields=fields), talk.state.language, Voice(context.catalogue.texts, organiser))
    reasons = [reason for reason in talk.state.fields.get("reasons", "").split("; ") if reason]
    before = await get_referral(store, talk.programme, talk.referral) if talk.referral is not None else None
    if before is not None and before.state not in OPEN:
        return Say("neutral")  # the service finished, or gave it up, while the worker made up their mind about another
    made = await refer(
        store, need=talk.need, service=talk.service, words=words, fields=DISCLOSED, reasons=reasons, now=now
    )
    if made is not None:
        if before is not None:
            await take_step(store, context, before, ReferralState.CANCELLED, Actor.WORKER, now, Cause.TRANSFERRED)
        return None
    if before is not None:
        return Say("neutral")  # the other one has no place: it stays where it is
    # Another worker took the last place, or the service closed, while this one made up their mind; or it was settled.
    looking = await set_need_state(store, [talk.need], "new", now)
    return Say("provider_declined" if looking else "neutral")


async def _call(store: Store, need: UUID, worker: UUID, *, agreed: bool, now: datetime) -> None:
    """A yes is not lost over a case that was closed meanwhile: the one that followed it, or itself, is a person's."""
    if await set_need_state(store, [need], "person" if agreed else "declined", now) or not agreed:
        return
    await hand_case(store, await case_of(store, worker) or need, now)


async def _check(store: Store, context: Context, talk: Talk, *, agreed: bool, now: datetime) -> None:
    if talk.referral is None:
        return
    referral = await get_referral(store, talk.programme, talk.referral)
    if referral.state is not ReferralState.COMPLETED:
        return  # the service, or the NGO, took it up again meanwhile
    await set_helped(store, referral.id, helped=agreed)
    await set_check(store, referral.id, None)
    if agreed:
        await set_need_state(store, [referral.need], "closed", now)
    elif await was_reopened(store, referral.id):
        # Twice in vain: the worker is not sent round in circles by text; a person takes it up.
        await set_need_state(store, [referral.need], "person", now)
    else:
        try:
            await take_step(store, context, referral, ReferralState.REQUESTED, Actor.WORKER, now, Cause.NOT_HELPED)
        except ConflictError:  # it has no place for them by now
            await look_on(store, referral.need, now)


async def ask_later(store: Store, talk: Talk, now: datetime) -> None:
    """Too early to say whether it helped: asked again in a week, but not for ever."""
    if talk.referral is not None and await checks_of(store, talk.referral) < MOST_CHECKS:
        await set_check(store, talk.referral, now + NOT_YET)
