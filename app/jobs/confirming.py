"""A service's phone proves itself: nothing of a referral goes to a number that nobody confirmed to be the service's."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.domain.coded_answers import MOST_TRIES, TRIES_COUNT
from app.domain.errors import ConflictError, Fault, InvalidError
from app.domain.wording import Say
from app.jobs.context import Context
from app.jobs.notifying import tell_waiting
from app.jobs.routing import channel_to, choice_of
from app.store.confirming import NamedPhone, confirm, get_phone, take_unasked, unconfirmed
from app.store.contacts import code_of, count_try, tries_since
from app.store.database import Store
from app.store.outbox import NOTICE, Outgoing, enqueue

log = structlog.get_logger()

_ASK = "desk_confirm"
_ASK_EVERY = timedelta(days=1)
_AT_ONCE = 100


async def ask_phones(context: Context, now: datetime) -> int:
    """Send phones that were named to be told of requests a code to send back; how many."""
    async with context.database.transaction() as store:
        named = await take_unasked(store, list(context.carriers), _ASK, now - _ASK_EVERY, now, _AT_ONCE)
        # Who is told of two services by one phone is asked once.
        phones = {phone.code_id: phone for phone in named}.values()
        texts = [text for phone in phones if (text := await _question(store, context, phone, now)) is not None]
        await enqueue(store, texts, now)
    return len(texts)


async def _question(store: Store, context: Context, phone: NamedPhone, now: datetime) -> Outgoing | None:
    choice = await choice_of(store, context, phone.programme)
    channel = await channel_to(store, context, choice, phone.identity, phone.country, now)
    if channel is None:
        log.warning("phone-not-asked", contact=str(phone.contact), reason="no channel reaches it")
        return None
    say = Say(_ASK, fields={"code_id": str(phone.code_id)})
    return Outgoing(phone.programme, phone.identity, channel.id, channel.carrier, say, phone.language, NOTICE)


async def confirm_by_text(store: Store, context: Context, identity: UUID, code: str, now: datetime) -> bool:
    """Whether a code that came from a phone is the one it was sent to confirm it; it is told of what waits."""
    proven = [phone for phone in await unconfirmed(store, identity) if code_of(context.vault, phone.code_id) == code]
    await _confirm(store, context, proven, now)
    return bool(proven)


async def confirm_by_hand(
    context: Context, programme: UUID, organization: UUID, contact: UUID, code: str, now: datetime
) -> None:
    """Whoever was told the code by the phone's holder, or holds it, types it.

    Raises:
        NotFoundError: the organization has no such contact with a phone.
        ConflictError: there were too many wrong codes within a day.
        InvalidError: it is not the code.
    """
    async with context.database.transaction() as store:
        phone = await get_phone(store, programme, organization, contact)
        if await tries_since(store, phone.identity, now - TRIES_COUNT) >= MOST_TRIES:
            raise ConflictError("There were too many wrong codes; try again tomorrow.")
        right = code_of(context.vault, phone.code_id) == code
        if right:
            await _confirm(store, context, [phone], now)
        else:
            await count_try(store, programme, phone.identity, now)
    # Raised when the try is kept: else guessing would cost nothing.
    if not right:
        raise InvalidError("That is not the code.", [Fault("code", "the four digits that were texted to the phone")])


async def _confirm(store: Store, context: Context, phones: Sequence[NamedPhone], now: datetime) -> None:
    await confirm(store, phones, now)
    for phone in {phone.code_id: phone for phone in phones}.values():
        log.info("phone-confirmed", contact=str(phone.contact))
        await tell_waiting(store, context, phone.programme, phone.organization, phone.identity, now)
