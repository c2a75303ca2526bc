"""What a worker asks of the line by text, carried out: how requests stand, their end, services near, a call, quiet."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.conversation import Purpose, Send, begin, listed
from app.domain.matching import NeedToMatch, is_stale, match
from app.domain.referral import OPEN, Actor, Cause, ReferralState
from app.domain.survey import Sensitivity, Urgency
from app.domain.understanding import Wish
from app.domain.wording import FALLBACK_LANGUAGE, Say
from app.jobs.context import Context
from app.jobs.naming import names_in, told_names
from app.jobs.stepping import take_step
from app.store.conversations import Talk, start_talks
from app.store.database import Store, new_id
from app.store.focal_points import tell_again
from app.store.needs import Raised, raise_needs, set_need_state
from app.store.offerings import Offering, Whereabouts, offerings
from app.store.outbox import REPLY, Outgoing, enqueue
from app.store.phones import phones_of
from app.store.programmes import get_programme
from app.store.referrals import get_referral
from app.store.requests import (
    Request,
    Site,
    case_of,
    is_apart,
    let_go,
    open_requests,
    paused_referrals,
    resume_referrals,
    set_apart,
    site_of,
)

_TOPICS, _SERVICES = 6, 3
"""So many kinds of services, and services of a kind, are told in a text."""

_CALL = "call"
_MENU = (Wish.SERVICES, Wish.STATUS, Wish.CALL, Wish.END_REQUEST)


@dataclass(frozen=True, slots=True)
class Asker:
    """The worker who asks, and the road their text came on; `talk` is a survey that waits meanwhile."""

    programme: UUID
    worker: UUID
    identity: UUID
    language: str
    site: UUID | None
    channel: UUID
    carrier: str
    reply: UUID
    trace: UUID
    talk: UUID | None = None
    silent: bool = False
    """They opted out: what they ask is done, and nothing is texted."""


async def grant(store: Store, context: Context, asker: Asker, wish: Wish, now: datetime) -> None:
    """Carry out a wish, in the transaction of the reply that told it. One text answers it, whatever the hour."""
    match wish:
        case Wish.MENU:
            await _show_menu(store, context, asker, now)
        case Wish.STATUS:
            await _say(store, asker, await _status(store, context, asker), now)
        case Wish.SERVICES:
            await _show_topics(store, context, asker, now)
        case Wish.CALL:
            await _ask_for_call(store, asker, now)
        case Wish.END_REQUEST:
            await let_go(store, asker.worker, now)
            await _show_requests(store, context, asker, now)
        case Wish.NO_CONTACT:
            await _keep_apart(store, asker, now)
        case Wish.CONTACT:
            await set_apart(store, [asker.worker], apart=False)
            await _say(store, asker, Say("started"), now)


async def choose(store: Store, context: Context, asker: Asker, purpose: Purpose, code: str, now: datetime) -> None:
    """Carry out what was picked from a list; `code` is empty for none of it."""
    if not code:
        await _say(store, asker, Say("neutral"), now)
    elif purpose is Purpose.MENU:
        await grant(store, context, asker, Wish(code), now)
    elif purpose is Purpose.TOPICS:
        await _tell_services(store, context, asker, code, now)
    else:
        await _end_request(store, context, asker, UUID(code), now)


# -- the menu -------------------------------------------------------------------------------------


async def _show_menu(store: Store, context: Context, asker: Asker, now: datetime) -> None:
    apart = await is_apart(store, asker.worker)
    last = Wish.CONTACT if apart else Wish.NO_CONTACT
    contact = context.catalogue.text("menu_again" if apart else "menu_pause", asker.language)
    codes = [wish.value for wish in (*_MENU, last)]
    # Picked by number alone: the words are told in the text itself.
    fields = listed([(code, str(number)) for number, code in enumerate(codes, 1)])
    fields |= {"contact": contact, "choices": ", ".join(map(str, range(1, len(codes) + 1)))}
    await _start(store, asker, Purpose.MENU, fields, now)


async def _show_topics(store: Store, context: Context, asker: Asker, now: datetime) -> None:
    near = await _verified_near(store, context, asker, await site_of(store, asker.worker), _standard(context), now)
    names = dict[str, str]()
    for offering, _ in near:
        for code in offering.service.categories:
            if code in context.catalogue.categories and len(names) < _TOPICS:
                names.setdefault(code, _called(context, code, asker.language))
    if not names:
        await _say(store, asker, Say("services_none"), now)
        return
    await _start(store, asker, Purpose.TOPICS, listed(list(names.items())), now)


async def _tell_services(store: Store, context: Context, asker: Asker, category: str, now: datetime) -> None:
    wanted = context.catalogue.with_parents(category)
    site = await site_of(store, asker.worker)
    near = await _verified_near(store, context, asker, site, wanted, now)
    asked = NeedToMatch(
        id="", category=category, urgency=Urgency.NORMAL, country=site.country, latitude=site.latitude,
        longitude=site.longitude, language=asker.language, parents=wanted[1:],
    )  # fmt: skip
    phones = {item.service.id: phone for item, phone in near}
    best = match(asked, [item.candidate for item, _ in near], now)[:_SERVICES]
    names = await told_names(store, context, asker.programme, [UUID(item.service.id) for item in best], asker.language)
    told = [f"{names[UUID(item.service.id)]} {phones[item.service.id]}" for item in best]
    say = Say("services_near", fields={"choices": "; ".join(told)}) if told else Say("services_none")
    await _say(store, asker, say, now)


def _standard(context: Context) -> list[str]:
    return [code for code, item in context.catalogue.categories.items() if item.sensitivity is Sensitivity.STANDARD]


async def _verified_near(
    store: Store, context: Context, asker: Asker, site: Site, categories: Sequence[str], now: datetime
) -> list[tuple[Offering, str]]:
    """The services near that somebody looked at within the year and whose name tells nothing grave, with a telephone."""
    found = await offerings(
        store, asker.programme, categories, Whereabouts(site.country, site.latitude, site.longitude)
    )
    fresh = [item for item in found if not is_stale(item.service.assured_on, now.date())]
    keys = [UUID(item.service.id) for item in fresh]
    names = await names_in(store, context, asker.programme, keys, asker.language)
    # Whoever calls the number is told the name that was left out.
    phones = await phones_of(store, asker.programme, [key for key in keys if not names[key].grave])
    return [(item, phones[key]) for item in fresh if (key := UUID(item.service.id)) in phones]


# -- requests -------------------------------------------------------------------------------------


async def _status(store: Store, context: Context, asker: Asker) -> Say:
    """How the worker's requests stand, in neutral words; of what is sensitive nothing is told but that a call may come."""
    requests = await open_requests(store, asker.worker)
    told = [item for item in requests if item.sensitivity is Sensitivity.STANDARD]
    if told:
        organiser = (await get_programme(store, asker.programme)).organiser
        names = await _names(store, context, asker, told)
        lines = [
            f"{_called(context, item.category, asker.language)}:"
            f" {_standing(context, item, asker.language, names[item.need], organiser)}"
            for item in told
        ]
        return Say("status", fields={"choices": "; ".join(lines)})
    # Whoever said that it is not safe was promised no call, and another may hold the phone.
    if any(item.state == "person" for item in requests) and not await is_apart(store, asker.worker):
        return Say("safe_call_yes")
    return Say("neutral") if requests else Say("status_none")


def _called(context: Context, code: str, language: str) -> str:
    category = context.catalogue.categories.get(code) or context.catalogue.categories["other"]
    return category.names.get(language) or category.names[FALLBACK_LANGUAGE]


async def _names(store: Store, context: Context, asker: Asker, requests: Sequence[Request]) -> dict[UUID, str]:
    """Request → the service it stands with, as a text may call it; empty where it stands with none."""
    services = {item.service for item in requests if item.service is not None}
    names = await told_names(store, context, asker.programme, services, asker.language)
    return {item.need: names[item.service] if item.service is not None else "" for item in requests}


def _standing(context: Context, request: Request, language: str, service: str, organiser: str) -> str:
    if request.state == "person":
        key = "status_person"
    elif request.referral_state is not None and request.state == "referred":
        key = f"status_{request.referral_state.replace('-', '_')}"
    else:
        key = "status_asked" if request.state == "asked" else "status_looking"
    return context.catalogue.text(key, language).format(service=service, organiser=organiser)


async def _show_requests(store: Store, context: Context, asker: Asker, now: datetime) -> None:
    requests = [
        item for item in await open_requests(store, asker.worker) if item.sensitivity is Sensitivity.STANDARD
    ]  # fmt: skip
    if not requests:
        await _say(store, asker, Say("status_none"), now)
        return
    names = await _names(store, context, asker, requests)
    choices = [(str(item.need), _named(context, item, names[item.need], asker.language)) for item in requests]
    await _start(store, asker, Purpose.CANCEL, listed(choices), now)


def _named(context: Context, request: Request, service: str, language: str) -> str:
    name = _called(context, request.category, language)
    return f"{name} ({service})" if service else name


async def _end_request(store: Store, context: Context, asker: Asker, need: UUID, now: datetime) -> None:
    """End what the worker no longer wants; what a service was asked for is cancelled in the worker's name."""
    mine = {item.need: item for item in await open_requests(store, asker.worker)}
    request = mine.get(need)
    if request is None:  # somebody settled it meanwhile
        await _say(store, asker, Say("status_none"), now)
        return
    referral = await get_referral(store, asker.programme, request.referral) if request.referral is not None else None
    if referral is not None and referral.state in OPEN:
        await take_step(store, context, referral, ReferralState.CANCELLED, Actor.WORKER, now, Cause.WITHDRAWN)
    await set_need_state(store, [need], "closed", now)
    await _say(store, asker, Say("cancelled"), now)


# -- calls and quiet ------------------------------------------------------------------------------


async def _ask_for_call(store: Store, asker: Asker, now: datetime) -> None:
    """The worker wants to be called: when is it safe? For a case a person has already, that is its new time."""
    await set_apart(store, [asker.worker], apart=False)
    case = await case_of(store, asker.worker)
    if case is not None:
        await tell_again(store, case)
    else:
        raised = Raised(
            asker.programme, asker.identity, asker.worker, asker.site, _CALL, Urgency.URGENT, Sensitivity.HIGH, "words",
            reply=asker.reply,
        )  # fmt: skip
        await raise_needs(store, [raised], now)
        case = await case_of(store, asker.worker)
        await set_need_state(store, [case] if case else [], "asked", now)
    await _start(store, asker, Purpose.SAFE_CALL, {}, now, need=case)


async def _keep_apart(store: Store, asker: Asker, now: datetime) -> None:
    """Neither text nor call until the worker says so; what is sensitive is a person's, who knows that it is not safe."""
    await set_apart(store, [asker.worker], apart=True)
    await let_go(store, asker.worker, now)
    await _say(store, asker, Say("neutral"), now)


async def ask_to_keep(store: Store, context: Context, asker: Asker, services: Collection[UUID], now: datetime) -> None:
    """Who stops all texts while services have their request is asked, in the goodbye, whether it shall go on.

    Until they say so nobody contacts them, and silence ends it.
    """
    names = await told_names(store, context, asker.programme, services, asker.language)
    await _start(store, asker, Purpose.KEEP, {"service": ", ".join(sorted({*names.values()}))}, now)


async def keep_or_end(store: Store, context: Context, worker: UUID, now: datetime, *, agreed: bool) -> None:
    """What was paused goes on by the worker's word, or ends."""
    if agreed:
        await resume_referrals(store, worker)
        return
    for key, programme in await paused_referrals(store, worker):
        referral = await get_referral(store, programme, key)
        await take_step(store, context, referral, ReferralState.CANCELLED, Actor.WORKER, now, Cause.STOPPED)


# -- texts ----------------------------------------------------------------------------------------


async def _start(
    store: Store, asker: Asker, purpose: Purpose, fields: dict[str, str], now: datetime, *, need: UUID | None = None
) -> None:
    """Begin a conversation; while a survey is open there can be no second, and the survey goes first."""
    if asker.talk is not None:
        await _say(store, asker, Say("neutral"), now)
        return
    state, effects = begin(purpose, asker.language, fields)
    talk = Talk(
        new_id(now), asker.programme, asker.worker, asker.identity, asker.channel, asker.carrier, state, need=need
    )
    await start_talks(store, [talk], now)
    for effect in effects:
        if isinstance(effect, Send):
            await _say(store, asker, effect.say, now, talk.id)


async def _say(store: Store, asker: Asker, say: Say, now: datetime, talk: UUID | None = None) -> None:
    if asker.silent:
        return
    text = Outgoing(
        asker.programme, asker.identity, asker.channel, asker.carrier, say, asker.language, REPLY, talk,
        trace=asker.trace,
    )  # fmt: skip
    await enqueue(store, [text], now)
