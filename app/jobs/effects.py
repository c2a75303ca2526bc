"""What a batch of replies led to is carried out: consent, texts, answers, needs and states, in bulk."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.conversation import (
    Ask,
    ConsentAct,
)
from app.domain.hours import resume_moment
from app.domain.wording import Say
from app.jobs.context import Context
from app.jobs.deciding import ask_later, decide
from app.jobs.endings import close_talks
from app.jobs.gathering import Batch
from app.jobs.wishing import ask_to_keep, choose, grant
from app.store.answers import keep_unclear, mark_started, save_answers
from app.store.conversations import pause_talks, save_talks, whereabouts
from app.store.database import Store
from app.store.erasure import learn_again
from app.store.inbox import mark_handled
from app.store.needs import Raised, raise_needs
from app.store.outbox import Outgoing, cancel_conversations, cancel_queued, enqueue
from app.store.requests import pause_referrals, set_apart
from app.store.rounds import rounds_of
from app.store.workers import disown, set_stopped, switch_language, write_consent


async def carry_out(store: Store, context: Context, batch: Batch, now: datetime) -> None:
    """Write what a batch of replies led to, in bulk; conversations before invitations, and the replies last."""
    if batch.consents:
        await write_consent(store, batch.consents, "sms", batch.words, now, batch.written)
    if batch.restored:
        await set_stopped(store, batch.restored, stopped=False)
        await set_apart(store, [worker for _, worker, act in batch.consents if act is ConsentAct.RESTORED], apart=False)
    # Whoever was erased can be answered, and called, once they write of their own accord.
    back = {*batch.restored, *(need.identity for need in batch.needs if need.worker is None)}
    if back:
        await learn_again(store, context.vault, [reply for reply, identity, _ in batch.handled if identity in back])
    await _leave_alone(store, batch, now)
    # What still waits to be said before the answer to this reply was overtaken by it.
    await cancel_conversations(store, batch.moved_on, now)
    texts = await _decide(store, context, batch, now)
    await enqueue(store, texts, now)
    await mark_started(store, batch.started, now)
    if batch.answers:
        await save_answers(store, batch.answers)
    if batch.unclear:
        await keep_unclear(store, batch.unclear)
    if batch.needs:
        await raise_needs(store, await _with_rounds(store, batch.needs), now)
    for worker, language in batch.languages:
        await switch_language(store, worker, language)
    moved_on = set(batch.moved_on)
    await save_talks(store, [talk for key, talk in batch.saved.items() if key in moved_on], answered=now)
    # A word of help ends no wait for the time that a worker named.
    await save_talks(store, [talk for key, talk in batch.saved.items() if key not in moved_on])
    if batch.pauses:
        await _pause(store, context, batch.pauses, now)
    if batch.closed:
        await close_talks(store, list(batch.closed.values()), now)
    await _grant(store, context, batch, now)
    await mark_handled(store, batch.handled, now)


async def _decide(store: Store, context: Context, batch: Batch, now: datetime) -> list[Outgoing]:
    """Carry out yes and no; the texts to send, some with another word than was foreseen."""
    instead: dict[UUID, Say] = {}
    for talk, agreed in batch.decisions:
        say = await decide(store, context, talk, agreed=agreed, now=now)
        if say is not None:
            instead[talk.identity] = say
    for talk in batch.too_early:
        await ask_later(store, talk, now)
    paused = [(asker, await pause_referrals(store, asker.worker, now)) for asker in batch.leavers]
    batch.keeping = [(asker, services) for asker, services in paused if services]
    # Their goodbye asks whether what is with a service shall go on.
    asked = {asker.identity for asker, _ in batch.keeping}
    return [
        text._replace(say=instead[text.identity])
        if text.identity in instead and text.say.key == "offer_accepted"
        else text
        for text in batch.texts
        if not (text.identity in asked and text.say.key == "stopped")
    ]


async def _grant(store: Store, context: Context, batch: Batch, now: datetime) -> None:
    """What was asked of the line, now that what was open before is saved."""
    for asker, effect, purpose in batch.asked:
        if isinstance(effect, Ask):
            await grant(store, context, asker, effect.wish, now)
        else:
            await choose(store, context, asker, purpose, effect.code, now)
    for asker, services in batch.keeping:
        await ask_to_keep(store, context, asker, services, now)


async def _leave_alone(store: Store, batch: Batch, now: datetime) -> None:
    """What was still to be said to whoever opted out, or is not the worker, is taken back before the goodbye is queued."""
    if batch.disowned:
        await cancel_queued(store, batch.disowned, now)
        await disown(store, batch.disowned)
    if batch.stopped:
        await set_stopped(store, batch.stopped, stopped=True)
        await cancel_queued(store, batch.stopped, now)


async def _pause(store: Store, context: Context, wishes: Mapping[UUID, int], now: datetime) -> None:
    """Each worker is asked again at the time they named, in their own zone, outside quiet hours."""
    places = await whereabouts(store, list(wishes))
    moments = {
        talk: resume_moment(
            now, when, ZoneInfo(place.zone), context.catalogue.quiet_hours(place.country), place.closes_at
        )
        for talk, when in wishes.items()
        if (place := places.get(talk)) is not None
    }
    await pause_talks(store, moments)


async def _with_rounds(store: Store, needs: Sequence[Raised]) -> list[Raised]:
    rounds: Mapping[UUID, UUID] = await rounds_of(store, [need.invitation for need in needs if need.invitation])
    return [replace(need, round=rounds.get(need.invitation) if need.invitation else None) for need in needs]
