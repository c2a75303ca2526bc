"""Services are told: by webhook, by letter, and where there is only a phone by a text with a code to answer with.

None of these says what a worker needs, or anything of them: only that something waits, or waits no more.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

import structlog

from app.domain.coded_answers import LASTS, TRIES_COUNT
from app.domain.referral import DEADLINES, OPEN, Actor, ReferralState
from app.domain.wording import Say
from app.jobs.context import Context
from app.jobs.routing import Choice, channel_to, choice_of
from app.store.contacts import (
    Contact,
    close_codes,
    code_of,
    codes_of,
    contacts_of,
    forget_codes,
    keep_code,
    owner_of,
)
from app.store.database import Store, new_id
from app.store.hooks import announce
from app.store.idempotency import forget_answers
from app.store.letters import Letter, enqueue_letter
from app.store.notices import Notice, take_deadlines, take_steps, waiting_notices
from app.store.outbox import NOTICE, Outgoing, enqueue

log = structlog.get_logger()

REQUESTED, CHANGED, DUE = "referral.requested", "referral.changed", "referral.due"
EVENTS = (REQUESTED, CHANGED, DUE)
"""What a service's webhook may be told of."""

TELL_AT_ONCE = 100
"""How many steps one transaction tells of."""

_NEAR = MappingProxyType({urgency: span / 4 for urgency, span in DEADLINES.items()})
"""A service is reminded when a quarter of its time is left."""


async def tell_services(context: Context, now: datetime) -> int:
    """Tell services of the steps they were not told of, and of deadlines that come near; of how many."""
    async with context.database.transaction() as store:
        notices = [*await take_steps(store, TELL_AT_ONCE), *await take_deadlines(store, _NEAR, now, TELL_AT_ONCE)]
        choices: dict[UUID, Choice] = {}
        for notice in notices:
            if notice.programme not in choices:
                choices[notice.programme] = await choice_of(store, context, notice.programme)
            await _tell(store, context, notice, choices[notice.programme], now)
        if notices:  # only then are there new ones
            await forget_codes(store, now - LASTS - TRIES_COUNT)
        await forget_answers(store, now)
    return len(notices)


async def _tell(store: Store, context: Context, notice: Notice, choice: Choice, now: datetime) -> None:
    await announce(
        store, _event(notice), _data(notice), now, owner=owner_of(notice.programme, notice.organization)
    )  # fmt: skip
    if notice.standing is not ReferralState.REQUESTED:
        await close_codes(store, notice.referral, now)
    # Their own step is no news to them, nor is one that was overtaken since.
    if notice.actor is Actor.PROVIDER or notice.state is not notice.standing:
        return
    for contact in await contacts_of(store, context.vault, notice.programme, notice.organization, notice.service):
        if contact.email:
            await enqueue_letter(store, context.vault, _letter(context, notice, contact), now)
        elif contact.confirmed:
            await _text(store, context, notice, contact, choice, now)
        else:
            log.warning("service-not-told", referral=str(notice.referral), reason="nobody confirmed its phone")


def _event(notice: Notice) -> str:
    if notice.actor is None:
        return DUE
    return REQUESTED if notice.state is ReferralState.REQUESTED else CHANGED


def _data(notice: Notice) -> Mapping[str, object]:
    return {
        "referral": notice.referral, "service": notice.service, "state": notice.state.value,
        "actor": notice.actor.value if notice.actor else None, "urgency": notice.urgency.value,
        "deadline_at": notice.deadline_at,
    }  # fmt: skip


def _letter(context: Context, notice: Notice, contact: Contact) -> Letter:
    def told(key: str) -> str:
        return context.catalogue.text(key, contact.language)

    body = told("desk_letter").format(link=context.address("/desk"))
    return Letter(contact.email, told("desk_subject"), f"{body}\n", "desk", notice.programme)


async def _text(
    store: Store, context: Context, notice: Notice, contact: Contact, choice: Choice, now: datetime
) -> None:
    if contact.phone is None:
        return
    channel = await channel_to(store, context, choice, contact.phone, contact.country, now)
    if channel is None:
        log.warning("service-not-told", referral=str(notice.referral), reason="no channel reaches its phone")
        return
    if notice.state is ReferralState.REQUESTED:
        key = await _new_code(store, context, notice, contact.phone, now)
        say = Say("desk_due" if notice.actor is None else "desk_request", fields={"code_id": str(key)})
    elif notice.state not in OPEN:
        say = Say("desk_over")
    else:
        return  # how it stands is for the desk; a text is for what they must know
    text = Outgoing(notice.programme, contact.phone, channel.id, channel.carrier, say, contact.language, NOTICE)
    await enqueue(store, [text], now)


async def tell_waiting(
    store: Store, context: Context, programme: UUID, organization: UUID, phone: UUID, now: datetime
) -> None:
    """Tell a phone that was just confirmed of the requests that wait for its organization."""
    choice = await choice_of(store, context, programme)
    for notice in await waiting_notices(store, programme, organization, TELL_AT_ONCE):
        mine = [
            contact
            for contact in await contacts_of(store, context.vault, programme, organization, notice.service)
            if contact.phone == phone and contact.confirmed and not contact.email
        ]
        for contact in mine[:1]:
            await _text(store, context, notice, contact, choice, now)


async def _new_code(store: Store, context: Context, notice: Notice, phone: UUID, now: datetime) -> UUID:
    """A code that no other request on this phone has."""
    taken = {code_of(context.vault, item.id) for item in await codes_of(store, phone, now) if item.open}
    key = new_id(now)
    while code_of(context.vault, key) in taken:
        key = new_id(now)
    await keep_code(store, key, notice.programme, notice.referral, phone, now, now + LASTS)
    return key
