"""Replies: kept by `keeping`, handled here in order per person, stepped through the pure engine."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from app.domain.conversation import (
    Ask,
    Chosen,
    Close,
    Consent,
    ConsentAct,
    Decide,
    Effect,
    Flag,
    Later,
    Pause,
    Purpose,
    Record,
    Script,
    Send,
    Stage,
    SwitchLanguage,
    Unclear,
    WrongPerson,
    advance,
    expire,
    unprompted,
)
from app.domain.errors import UnavailableError
from app.domain.hours import resume_moment
from app.domain.understanding import guess_language
from app.domain.wording import FALLBACK_LANGUAGE, Say, Voice, render
from app.jobs.answering import hear_services
from app.jobs.context import Context
from app.jobs.deciding import ask_later, decide
from app.jobs.endings import close_talks
from app.jobs.order import is_early, may_have_read, was_overtaken
from app.jobs.tallying import READ
from app.jobs.wishing import Asker, ask_to_keep, choose, grant
from app.store.answers import Answered, Unread, keep_unclear, mark_started, save_answers
from app.store.conversations import Person, Talk, pause_talks, people_of, save_talks, whereabouts
from app.store.database import Store
from app.store.erasure import learn_again
from app.store.inbox import Waiting, claim_replies, mark_failed, mark_handled
from app.store.needs import Raised, raise_needs
from app.store.outbox import REPLY, Outgoing, cancel_conversations, cancel_queued, enqueue, neutral_since
from app.store.programmes import get_programme
from app.store.requests import pause_referrals, set_apart
from app.store.rounds import rounds_of
from app.store.surveys import load_surveys
from app.store.vault import ensure_identities
from app.store.workers import disown, set_stopped, switch_language, withdrawn_at, write_consent

log = structlog.get_logger()

_WITHDRAWN = ConsentAct.WITHDRAWN.value
_NEUTRAL_EVERY = timedelta(days=1)
DRAIN_AT_ONCE = 200
"""How many people's replies one pass handles."""

_COMMAND = 40  # a command is a word or two
_BREATH = 10  # replies understood without a pause


@dataclass(slots=True)
class _Batch:
    """What a batch of replies writes, gathered to be written in bulk."""

    texts: list[Outgoing] = field(default_factory=list["Outgoing"])
    saved: dict[UUID, Talk] = field(default_factory=dict["UUID", "Talk"])
    closed: dict[UUID, Talk] = field(default_factory=dict["UUID", "Talk"])
    answers: list[Answered] = field(default_factory=list["Answered"])
    unclear: list[Unread] = field(default_factory=list["Unread"])
    started: list[UUID] = field(default_factory=list["UUID"])
    needs: list[Raised] = field(default_factory=list["Raised"])
    consents: list[tuple[UUID, UUID, ConsentAct]] = field(default_factory=list["tuple[UUID, UUID, ConsentAct]"])
    words: dict[UUID, str] = field(default_factory=dict["UUID", "str"])
    written: dict[UUID, datetime] = field(default_factory=dict["UUID", "datetime"])
    stopped: list[UUID] = field(default_factory=list["UUID"])
    restored: list[UUID] = field(default_factory=list["UUID"])
    languages: list[tuple[UUID, str]] = field(default_factory=list["tuple[UUID, str]"])
    moved_on: list[UUID] = field(default_factory=list["UUID"])
    disowned: list[UUID] = field(default_factory=list["UUID"])
    pauses: dict[UUID, int] = field(default_factory=dict["UUID", "int"])
    decisions: list[tuple[Talk, bool]] = field(default_factory=list["tuple[Talk, bool]"])
    too_early: list[Talk] = field(default_factory=list["Talk"])
    asked: list[tuple[Asker, Ask | Chosen, Purpose]] = field(
        default_factory=list["tuple[Asker, Ask | Chosen, Purpose]"]
    )
    leavers: list[Asker] = field(default_factory=list["Asker"])
    keeping: list[tuple[Asker, set[UUID]]] = field(default_factory=list["tuple[Asker, set[UUID]]"])
    handled: list[tuple[UUID, UUID, UUID | None]] = field(default_factory=list["tuple[UUID, UUID, UUID | None]"])


async def drain_inbox(context: Context, now: datetime, limit: int = DRAIN_AT_ONCE) -> int:
    """Handle waiting replies, one per person; how many were handled. One bad reply never holds up the rest."""
    handled: Sequence[Waiting] = ()
    try:
        async with context.database.transaction() as store:
            waiting = await claim_replies(store, context.vault, limit)
            if waiting:
                with context.tally.timing("read"):
                    handled = await _handle(store, context, waiting, now)
        _tell(context, handled)
        return len(waiting)
    except UnavailableError:
        raise  # the database's fault, no reply's
    except Exception as problem:
        if limit == 1:
            raise
        # Some reply of the batch cannot be handled: find it by taking them one at a time.
        log.error("batch-broke", kind=type(problem).__name__)
        return await _one_by_one(context, now, limit)


async def _one_by_one(context: Context, now: datetime, limit: int) -> int:
    async with context.database.transaction() as store:
        waiting = await claim_replies(store, context.vault, limit)
    done = 0
    for reply in waiting:
        try:
            async with context.database.transaction() as store:
                again = [item for item in await claim_replies(store, context.vault, limit) if item.id == reply.id]
                handled = await _handle(store, context, again, now)
            _tell(context, handled)
            done += len(again)
        except UnavailableError:
            raise
        except Exception as problem:  # noqa: BLE001 - set aside for a person, by id alone
            log.error("reply-broke", trace=reply.trace.hex, reply=str(reply.id), kind=type(problem).__name__)
            async with context.database.transaction() as store:
                await mark_failed(store, reply.id, now)
    return done


def _tell(context: Context, handled: Sequence[Waiting]) -> None:
    for reply in handled:
        context.tally.count(READ, reply.carrier)
        log.info("reply-read", trace=reply.trace.hex, reply=str(reply.id), carrier=reply.carrier)


async def _handle(store: Store, context: Context, waiting: Sequence[Waiting], now: datetime) -> Sequence[Waiting]:
    """Step each of these a turn; which were."""
    from_services = [reply for reply in waiting if reply.of_service]
    of_services = await hear_services(store, context, from_services, now) if from_services else set[UUID]()
    answers = [reply for reply in waiting if reply.id in of_services]
    others = [reply for reply in waiting if reply.id not in of_services]
    return [*answers, *await _handle_workers(store, context, others, now)]


async def _handle_workers(
    store: Store, context: Context, waiting: Sequence[Waiting], now: datetime
) -> Sequence[Waiting]:
    people = await _people(store, context, waiting, now)
    waiting = _one_each(waiting, people)
    surveys = await load_surveys(
        store, {person.talk.survey for person in people.values() if person.talk and person.talk.survey}
    )
    apart = [person.identity for person in people.values() if person.talk is None or not person.talk.asked]
    lately = await neutral_since(store, apart, now - _NEUTRAL_EVERY)
    opted_out = [person.worker for person in people.values() if person.worker and person.consent == _WITHDRAWN]
    withdrawn = await withdrawn_at(store, opted_out)
    organisers = {key: (await get_programme(store, key)).organiser for key in _introduced(people.values())}
    batch = _Batch()
    for place, reply in enumerate(waiting):
        if place % _BREATH == 0:
            # The batch beside this one gives PostgreSQL its next statement meanwhile.
            await asyncio.sleep(0)
        person = people[reply.id]
        if person.talk is not None and may_have_read(person.talk, reply):
            survey = surveys.get(person.talk.survey) if person.talk.survey else None
            voice = Voice(context.catalogue.texts, organisers.get(reply.programme, ""), survey)
            _step(batch, person, person.talk, reply, Script(context.catalogue.lexicons, survey), voice, now)
        else:
            script = Script(context.catalogue.lexicons)
            # Also while a first text waits for a decent hour: a yes to what nobody has read is no consent.
            overtaken = was_overtaken(reply, withdrawn.get(person.worker) if person.worker else None)
            _unprompted(batch, person, reply, script, now, quiet=person.identity in lately, overtaken=overtaken)
    await _write(store, context, batch, now)
    return waiting


def _introduced(people: Iterable[Person]) -> set[UUID]:
    """The programmes of those who answer an introduction: the ledger keeps what it says, and who says it."""
    return {person.programme for person in people if person.talk and person.talk.state.stage is Stage.CONSENT}


async def _people(store: Store, context: Context, waiting: Sequence[Waiting], now: datetime) -> dict[UUID, Person]:
    """Who wrote each reply; an unknown number becomes an identity without a worker."""
    strangers = [reply for reply in waiting if reply.identity is None]
    made = dict[tuple[UUID, str], UUID]()
    for programme in {reply.programme for reply in strangers}:
        numbers = [reply.sender for reply in strangers if reply.programme == programme]
        found = await ensure_identities(store, context.vault, programme, numbers, now)
        made |= {(programme, number): identity for number, identity in found.items()}
    identities = {reply.id: reply.identity or made[reply.programme, reply.sender] for reply in waiting}
    people = await people_of(store, list(identities.values()))
    return {reply: people[identity] for reply, identity in identities.items()}


def _one_each(waiting: Sequence[Waiting], people: Mapping[UUID, Person]) -> list[Waiting]:
    """The first reply of each conversation: what came from another number of the same person waits for the next pass."""
    first: dict[UUID, Waiting] = {}
    for reply in waiting:
        talk = people[reply.id].talk
        first.setdefault(talk.id if talk else reply.id, reply)
    return list(first.values())


def _step(
    batch: _Batch, person: Person, talk: Talk, reply: Waiting, script: Script, voice: Voice, now: datetime
) -> None:
    state, effects = advance(talk.state, reply.text, script, early=is_early(talk, reply))
    batch.handled.append((reply.id, person.identity, talk.id))
    if not effects and state == talk.state:
        return  # a machine wrote: nothing changes, and nobody has started to answer
    moved = talk.moved(state)
    (batch.saved if state.open else batch.closed)[talk.id] = moved
    if talk.state.stage is Stage.CONSENT and talk.state.purpose is Purpose.SURVEY:
        if talk.invitation:
            batch.started.append(talk.invitation)
        if person.worker:
            # The ledger says to which words the worker answered.
            batch.words[person.worker] = render(Say("intro"), talk.state.language, voice)
    if any(isinstance(effect, Send) and effect.say.key != "help" for effect in effects):
        batch.moved_on.append(talk.id)
    for effect in effects:
        _gather(batch, person, moved, reply, effect, now)


def _unprompted(
    batch: _Batch, person: Person, reply: Waiting, script: Script, now: datetime, *, quiet: bool, overtaken: bool
) -> None:
    opted_out = person.consent == _WITHDRAWN
    batch.handled.append((reply.id, person.identity, None))
    effects = unprompted(reply.text, person.language, script, opted_out=opted_out, quiet=quiet)
    if overtaken and Consent(ConsentAct.RESTORED) in effects:
        effects = []
    if not person.language:
        guessed = guess_language(reply.text, FALLBACK_LANGUAGE, script.words, tuple(script.lexicons))
        person = person._replace(language=guessed)
    for effect in effects:
        _gather(batch, person, None, reply, effect, now)


def _gather(batch: _Batch, person: Person, talk: Talk | None, reply: Waiting, effect: Effect, now: datetime) -> None:  # noqa: C901, PLR0912 - a case for each effect
    match effect:
        case Send(say):
            batch.texts.append(_answer(person, talk, reply, say))
        case Record(question, understanding) if talk and talk.invitation:
            batch.answers.append(Answered(talk.invitation, question, understanding, reply.id, now))
        case Unclear(question) if talk and talk.invitation:
            batch.unclear.append(Unread(talk.programme, talk.invitation, question, talk.state.language, reply.id, now))
        case Flag():
            batch.needs.append(_raised(person, talk, reply, effect))
        case Consent(act):
            if person.worker:
                batch.consents.append((person.programme, person.worker, act))
                batch.written[person.worker] = reply.received_at
                if act in {ConsentAct.WITHDRAWN, ConsentAct.RESTORED}:
                    batch.words[person.worker] = reply.text.strip()[:_COMMAND]
            if act is ConsentAct.WITHDRAWN:
                batch.stopped.append(person.identity)
                if person.worker and person.consent != _WITHDRAWN:
                    batch.leavers.append(_asker(person, None, reply))
                if talk is None and person.talk is not None:
                    batch.closed[person.talk.id] = person.talk.moved(expire(person.talk.state)[0])
            if act is ConsentAct.RESTORED:
                batch.restored.append(person.identity)
        case SwitchLanguage(language):
            if person.worker:
                batch.languages.append((person.worker, language))
        case WrongPerson():
            batch.disowned.append(person.identity)
            if person.worker:
                batch.consents.append((person.programme, person.worker, ConsentAct.WRONG_PERSON))
                batch.written[person.worker] = reply.received_at
                batch.words[person.worker] = reply.text.strip()[:_COMMAND]
            if talk is None and person.talk is not None:
                batch.closed[person.talk.id] = person.talk.moved(expire(person.talk.state)[0])
        case Pause(when) if talk:
            batch.pauses[talk.id] = when
        case Decide(agreed) if talk:
            batch.decisions.append((talk, agreed))
        case Later() if talk:
            batch.too_early.append(talk)
        case Ask() | Chosen() if person.worker:
            batch.asked.append((_asker(person, talk, reply), effect, talk.state.purpose if talk else Purpose.MENU))
        case Close() | Record() | Unclear() | Decide() | Pause() | Later() | Ask() | Chosen():
            pass


def _asker(person: Person, talk: Talk | None, reply: Waiting) -> Asker:
    if person.worker is None:
        raise RuntimeError("a stranger asks nothing of the line")
    language = talk.state.language if talk else person.language or FALLBACK_LANGUAGE
    return Asker(
        person.programme, person.worker, person.identity, language, person.site, reply.channel, reply.carrier,
        reply.id, reply.trace, talk.id if talk and talk.state.open else None,
        person.consent == _WITHDRAWN,
    )  # fmt: skip


def _answer(person: Person, talk: Talk | None, reply: Waiting, say: Say) -> Outgoing:
    language = talk.state.language if talk else person.language or FALLBACK_LANGUAGE
    if person.worker is None and say.key == "neutral":
        say = Say("unknown")
    return Outgoing(
        person.programme, person.identity, reply.channel, reply.carrier, say, language, REPLY,
        talk.id if talk and talk.state.open else None, talk.invitation if talk else None, talk.survey if talk else None,
        reply.trace,
    )  # fmt: skip


def _raised(person: Person, talk: Talk | None, reply: Waiting, flag: Flag) -> Raised:
    return Raised(
        person.programme, person.identity, person.worker, person.site, flag.category, flag.urgency, flag.sensitivity,
        "answer" if flag.question else "words", flag.question, invitation=talk.invitation if talk else None,
        reply=reply.id, reachable=person.consent != _WITHDRAWN,
    )  # fmt: skip


async def _write(store: Store, context: Context, batch: _Batch, now: datetime) -> None:
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


async def _decide(store: Store, context: Context, batch: _Batch, now: datetime) -> list[Outgoing]:
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


async def _grant(store: Store, context: Context, batch: _Batch, now: datetime) -> None:
    """What was asked of the line, now that what was open before is saved."""
    for asker, effect, purpose in batch.asked:
        if isinstance(effect, Ask):
            await grant(store, context, asker, effect.wish, now)
        else:
            await choose(store, context, asker, purpose, effect.code, now)
    for asker, services in batch.keeping:
        await ask_to_keep(store, context, asker, services, now)


async def _leave_alone(store: Store, batch: _Batch, now: datetime) -> None:
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
