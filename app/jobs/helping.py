"""From a need to a service and back: route needs, carry a service's answer to the worker, ask whether it helped."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.domain.conversation import Purpose, Send, begin
from app.domain.errors import ConflictError, ForbiddenError, UnavailableError
from app.domain.matching import Match, NeedToMatch, match
from app.domain.numbers import mask
from app.domain.referral import CHECK_AGAIN, WITH_SERVICE, Actor, ReferralState
from app.domain.survey import Sensitivity
from app.domain.wording import FALLBACK_LANGUAGE
from app.jobs.context import Context
from app.jobs.naming import told_name
from app.jobs.routing import channels_for
from app.jobs.stepping import take_step
from app.store.checks import close_unasked, count_check, referrals_to_check, set_check
from app.store.conversations import Person, Talk, free_people, start_talks
from app.store.database import Store, new_id
from app.store.needs import Need, get_case, hand_to_person, needs_to_route, set_need_state, unwant
from app.store.offerings import Whereabouts, offerings
from app.store.outbox import NOTICE, REPLY, Outgoing, enqueue
from app.store.programmes import Channel
from app.store.referrals import Referral, get_referral, open_referral_of, tried_services
from app.store.vault import open_numbers

log = structlog.get_logger()

_AT_ONCE = 100
_JUST_NOW = timedelta(minutes=15)
_NO_ROAD = timedelta(days=1)
"""Whom no text reaches is not asked for so long whether it helped."""


@dataclass(frozen=True, slots=True)
class Routed:
    """What a pass over the new needs did."""

    offered: int = 0
    calls_asked: int = 0
    unmatched: int = 0
    checks: int = 0

    @property
    def asked(self) -> int:
        """How many people are asked something now."""
        return self.offered + self.calls_asked + self.checks


async def route_needs(context: Context, now: datetime) -> Routed:
    """Offer each new need to the best service, one conversation a worker; a sensitive one only asks for a safe call."""
    offered = calls = unmatched = 0
    async with context.database.transaction() as store:
        await hand_to_person(store, now)
        await close_unasked(store, now)
        needs = await needs_to_route(store, list(context.carriers), now, _AT_ONCE)
        people = await free_people(store, [need.worker for need in needs])
        channels = await _channels(store, context, people.values(), now)
        for need in needs:
            # Popped: a worker with two needs is asked about the second once the first is settled.
            person = people.pop(need.worker, None)
            channel = channels.get(person.identity) if person is not None else None
            if person is None:
                continue
            if channel is None:
                await _without_road(store, need, now)
            elif need.wanted is not None:
                await _offer_wanted(store, context, need, person, channel, now)
                offered += 1
            elif need.sensitivity is Sensitivity.HIGH:
                await _ask_for_call(store, need, person, channel, now)
                calls += 1
            elif await _offer_best(store, context, need, person, channel, now):
                offered += 1
            else:
                unmatched += 1
        checks = await _ask_checks(store, context, now)
    return Routed(offered, calls, unmatched, checks)


async def _channels(store: Store, context: Context, people: Iterable[Person], now: datetime) -> Mapping[UUID, Channel]:
    return await channels_for(store, context, [(person.programme, person.identity) for person in people], now)


async def _without_road(store: Store, need: Need, now: datetime) -> None:
    """No text reaches the worker now: it is looked at again later, else it would stand before others at each pass.

    What is sensitive does not wait for a road: a person may know another way.
    """
    if need.wanted is not None:
        await unwant(store, need.id)
    else:
        await set_need_state(store, [need.id], "person" if need.sensitivity is Sensitivity.HIGH else "unmatched", now)
    log.warning("need-without-a-road", need=str(need.id))


async def _ask_for_call(store: Store, need: Need, person: Person, channel: Channel, now: datetime) -> None:
    """No topic, no name, no address: phones are shared. At once where the worker wrote just now, whatever the hour."""
    priority = REPLY if now - need.created_at <= _JUST_NOW else NOTICE
    await _start(store, Purpose.SAFE_CALL, person, channel, now, {}, need=need.id, priority=priority)
    await set_need_state(store, [need.id], "asked", now)


async def _offer_best(
    store: Store, context: Context, need: Need, person: Person, channel: Channel, now: datetime
) -> bool:
    tried = await tried_services(store, need.id)
    best = [
        item for item in await matches(store, context, need, person.language, now) if UUID(item.service.id) not in tried
    ]
    if not best:
        await set_need_state(store, [need.id], "unmatched", now)
        return False
    service = UUID(best[0].service.id)
    name = await told_name(store, context, need.programme, service, person.language or FALLBACK_LANGUAGE)
    fields = {"service": name, "reasons": "; ".join(best[0].reasons)}
    await _start(store, Purpose.OFFER, person, channel, now, fields, need=need.id, service=service)
    await set_need_state(store, [need.id], "asked", now)
    return True


async def _offer_wanted(
    store: Store, context: Context, need: Need, person: Person, channel: Channel, now: datetime
) -> None:
    """Offer the service a referral may be transferred to; until the worker agrees it stays where it is."""
    if need.wanted is None:
        return
    name = await told_name(store, context, need.programme, need.wanted, person.language or FALLBACK_LANGUAGE)
    fields = {"service": name, "reasons": "Transferred"}
    with_ = await open_referral_of(store, need.id)
    await _start(
        store, Purpose.OFFER, person, channel, now, fields, need=need.id, service=need.wanted, referral=with_
    )  # fmt: skip
    await unwant(store, need.id)
    if with_ is None:  # the first one gave it up meanwhile
        await set_need_state(store, [need.id], "asked", now)


async def matches(store: Store, context: Context, need: Need, language: str, now: datetime) -> list[Match]:
    """The services that could take a need, the best first, each with its reasons."""
    wanted = context.catalogue.with_parents(need.category)
    near = Whereabouts(need.country, need.latitude, need.longitude)
    found = await offerings(store, need.programme, wanted, near)
    asked = NeedToMatch(
        id=str(need.id), category=need.category, urgency=need.urgency, country=need.country,
        latitude=need.latitude, longitude=need.longitude, language=language, parents=wanted[1:],
    )  # fmt: skip
    return match(asked, [item.candidate for item in found], now)


async def _start(
    store: Store,
    purpose: Purpose,
    person: Person,
    channel: Channel,
    now: datetime,
    fields: dict[str, str],
    *,
    need: UUID | None = None,
    service: UUID | None = None,
    referral: UUID | None = None,
    priority: int = NOTICE,
) -> None:
    if person.worker is None:
        return
    state, effects = begin(purpose, person.language or FALLBACK_LANGUAGE, fields)
    talk = Talk(
        new_id(now), person.programme, person.worker, person.identity, channel.id, channel.carrier, state,
        need=need, service=service, referral=referral,
    )  # fmt: skip
    await start_talks(store, [talk], now)
    says = [effect.say for effect in effects if isinstance(effect, Send)]
    texts = [
        Outgoing(
            person.programme, person.identity, channel.id, channel.carrier, say, state.language, priority,
            conversation=talk.id,
        )
        for say in says
    ]  # fmt: skip
    await enqueue(store, texts, now)


async def _ask_checks(store: Store, context: Context, now: datetime) -> int:
    """Ask "did it help?" once a service says it is done."""
    due = await referrals_to_check(store, list(context.carriers), now, _AT_ONCE)
    people = await free_people(store, [item.worker for item in due])
    asked = 0
    channels = await _channels(store, context, people.values(), now)
    for item in due:
        person = people.pop(item.worker, None)
        channel = channels.get(person.identity) if person is not None else None
        if person is None:
            continue
        if channel is None:
            await set_check(store, item.referral, now + _NO_ROAD)
        else:
            language = person.language or FALLBACK_LANGUAGE
            name = await told_name(store, context, item.programme, item.service, language)
            fields = {"service": name, "later": context.catalogue.text("check_not_yet", language)}
            await _start(store, Purpose.CHECK, person, channel, now, fields, referral=item.referral)
            # Silence is followed up once.
            await count_check(store, item.referral, now + CHECK_AGAIN if item.checks == 0 else None)
            asked += 1
    return asked


# -- the service's side ---------------------------------------------------------------------------


async def answer_referral(
    context: Context,
    programme: UUID,
    referral_id: UUID,
    to: ReferralState,
    actor: Actor,
    now: datetime,
    organization: UUID | None = None,
) -> Referral:
    """A step of a referral; the worker is told in neutral words.

    Raises:
        NotFoundError: no such referral for this caller.
        TransitionError: the life cycle does not know the step, or not from this actor.
    """
    async with context.database.transaction() as store:
        referral = await get_referral(store, programme, referral_id, organization)
        await take_step(store, context, referral, to, actor, now)
        return await get_referral(store, programme, referral_id, organization)


@dataclass(frozen=True, slots=True)
class Contact:
    """What the worker agreed that the service may know."""

    number: str
    masked: str
    language: str


async def disclose_contact(context: Context, programme: UUID, referral_id: UUID, organization: UUID) -> Contact:
    """The consented fields, for the service that accepted; for nobody else and at no other time.

    Raises:
        ConflictError: the referral was not accepted, or is over.
    """
    async with context.database.transaction() as store:
        referral = await get_referral(store, programme, referral_id, organization)
        if referral.organization != organization:
            raise ForbiddenError("This referral is another organization's.")
        if referral.state not in WITH_SERVICE:
            raise ConflictError("The contact is shown from the moment the service accepts until the referral ends.")
        if referral.waits:
            raise ConflictError(
                "The worker asked not to be contacted now; the contact is shown again when they say so."
            )
        if referral.identity is None:
            raise ConflictError("The worker's number is known no more; there is nobody to contact.")
        number = (await open_numbers(store, context.vault, [referral.identity])).get(referral.identity)
    if number is None:
        raise UnavailableError("The vault has no key for this number any more; tell the operator.")
    log.info("contact-disclosed", referral=str(referral.id), organization=str(organization))
    return Contact(number, mask(number), referral.language)


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case on the focal point's desk; the number is empty until a call may be made."""

    number: str
    said: tuple[str, ...]


async def open_case(context: Context, programme: UUID, need: UUID) -> OpenCase:
    """A case with what was written, for a trained focal point; the look is logged, number and texts are not."""
    async with context.database.transaction() as store:
        case = await get_case(store, programme, need)
        numbers = await open_numbers(store, context.vault, [case.identity]) if case.identity else {}
    log.info("case-opened", need=str(need))
    return OpenCase(next(iter(numbers.values()), ""), case.said)
