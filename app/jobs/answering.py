"""What services write back by text: a code and 1 or 2. It is read here, and never as a worker's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.domain.coded_answers import MOST_TRIES, TRIES_COUNT, CodedAnswer, read_answer
from app.domain.conversation import Consent, ConsentAct, Flag, Script, Send, WrongPerson, unprompted
from app.domain.errors import NotFoundError, TransitionError
from app.domain.referral import Actor, ReferralState
from app.domain.wording import Say
from app.jobs.confirming import confirm_by_text
from app.jobs.context import Context
from app.jobs.stepping import take_step
from app.store.confirming import ask_again
from app.store.contacts import (
    IssuedCode,
    ProviderPhone,
    close_codes,
    code_of,
    codes_of,
    count_try,
    provider_phones,
    tries_since,
)
from app.store.database import Store
from app.store.inbox import Waiting, mark_handled
from app.store.outbox import REPLY, Outgoing, cancel_queued, enqueue, said_since
from app.store.referrals import get_referral
from app.store.workers import set_stopped

log = structlog.get_logger()

_HELP_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text from a service's phone."""

    reply: Waiting
    phone: ProviderPhone
    now: datetime


async def hear_services(store: Store, context: Context, waiting: Sequence[Waiting], now: datetime) -> set[UUID]:
    """Handle the texts that are services' answers; which they were. Whatever else they write is read as anybody's.

    A cry for help is heard from any phone, and a phone that a worker shares is a worker's but for a code.
    """
    phones = await provider_phones(store, [reply.identity for reply in waiting if reply.identity])
    handled: list[Waiting] = []
    for reply in waiting:
        phone = phones.get(reply.identity) if reply.identity else None
        if phone is None:
            continue
        text = _Text(reply, phone, now)
        answer = read_answer(reply.text)
        read = await (_remark(store, context, text) if answer is None else _answer(store, context, text, answer))
        if read:
            handled.append(reply)
    if handled:  # else every batch of workers' replies would pay for it
        await mark_handled(store, [(reply.id, reply.identity, None) for reply in handled if reply.identity], now)
    return {reply.id for reply in handled}


async def _say(store: Store, text: _Text, key: str) -> None:
    reply = text.reply
    said = Outgoing(
        reply.programme, text.phone.identity, reply.channel, reply.carrier, Say(key), text.phone.language, REPLY,
        trace=reply.trace,
    )  # fmt: skip
    await enqueue(store, [said], text.now)


# -- a code ---------------------------------------------------------------------------------------


async def _answer(store: Store, context: Context, text: _Text, answer: CodedAnswer) -> bool:
    phone, now = text.phone, text.now
    if phone.shared and answer.accepts is None:
        return False  # four digits in a worker's text are no code
    tries = await tries_since(store, phone.identity, now - TRIES_COUNT)
    if tries >= MOST_TRIES:
        return not phone.shared  # whoever guesses is not told anything, right or wrong
    issued = await _issued(store, context, text, answer.code)
    asks = issued is not None and issued.open
    # A code that names no request that waits may be the one that proves whose phone it is.
    if (
        not asks
        and answer.accepts is not False
        and await confirm_by_text(store, context, phone.identity, answer.code, now)
    ):
        await _say(store, text, "desk_confirmed")
        return True
    if issued is None:
        await count_try(store, text.reply.programme, phone.identity, now)
        if not phone.shared:
            await _say(store, text, "desk_locked" if tries + 1 == MOST_TRIES else "desk_wrong")
        log.info("code-unknown", phone=str(phone.identity), tries=tries + 1)
        return not phone.shared
    if not issued.open:
        await _say(store, text, "desk_answered")
    elif answer.accepts is None:
        await _say(store, text, "desk_help")
    else:
        await _say(store, text, await _step(store, context, text, issued, accepts=answer.accepts))
    return True


async def _issued(store: Store, context: Context, text: _Text, code: str) -> IssuedCode | None:
    """Which code it is, one that is open before one that is not."""
    found = [
        item for item in await codes_of(store, text.phone.identity, text.now) if code_of(context.vault, item.id) == code
    ]
    return next((item for item in found if item.open), found[0] if found else None)


async def _step(store: Store, context: Context, text: _Text, issued: IssuedCode, *, accepts: bool) -> str:
    to = ReferralState.ACCEPTED if accepts else ReferralState.REJECTED
    try:
        referral = await get_referral(store, text.reply.programme, issued.referral)
        await take_step(store, context, referral, to, Actor.PROVIDER, text.now)
        said = "desk_accepted" if accepts else "desk_declined"
    except (TransitionError, NotFoundError):
        said = "desk_answered"  # it was answered, or ended, since the text left
    await close_codes(store, issued.referral, text.now)
    return said


# -- anything else --------------------------------------------------------------------------------


async def _remark(store: Store, context: Context, text: _Text) -> bool:
    if text.phone.shared:
        return False
    script = Script(context.catalogue.lexicons)
    effects = unprompted(text.reply.text, "", script, opted_out=text.phone.stopped, quiet=True)
    if any(isinstance(effect, Flag) for effect in effects):
        return False
    ends = any(isinstance(effect, WrongPerson) or effect == Consent(ConsentAct.WITHDRAWN) for effect in effects)
    if ends:
        await set_stopped(store, [text.phone.identity], stopped=True)
        await cancel_queued(store, [text.phone.identity], text.now)
    begins = Consent(ConsentAct.RESTORED) in effects
    if begins:
        await set_stopped(store, [text.phone.identity], stopped=False)
        await ask_again(store, text.phone.identity)
    if ends or begins:
        for effect in effects:
            if isinstance(effect, Send):
                await _say(store, text, effect.say.key)
    elif not text.phone.stopped and not await said_since(
        store, text.phone.identity, "desk_help", text.now - _HELP_EVERY
    ):
        await _say(store, text, "desk_help")  # once a day: a machine may answer there
    return True
