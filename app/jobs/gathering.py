"""What replies lead to, stepped through the pure engine and gathered in memory: nothing is read or written here."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

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
from app.domain.understanding import guess_language
from app.domain.wording import FALLBACK_LANGUAGE, Say, Voice, render
from app.jobs.order import is_early
from app.jobs.wishing import Asker
from app.store.answers import Answered, Unread
from app.store.conversations import Person, Talk
from app.store.inbox import Waiting
from app.store.needs import Raised
from app.store.outbox import REPLY, Outgoing

_WITHDRAWN = ConsentAct.WITHDRAWN.value
_COMMAND = 40  # a command is a word or two


@dataclass(slots=True)
class Batch:
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


def gather(
    batch: Batch, person: Person, talk: Talk, reply: Waiting, script: Script, voice: Voice, now: datetime
) -> None:
    """Step the conversation with this reply; what follows from it goes into the batch."""
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
        _add(batch, person, moved, reply, effect, now)


def gather_unprompted(
    batch: Batch, person: Person, reply: Waiting, script: Script, now: datetime, *, quiet: bool, overtaken: bool
) -> None:
    """Take a reply that no question waits for; what follows from it goes into the batch.

    `quiet` where the phone got a neutral answer lately, `overtaken` where a later text withdrew.
    """
    opted_out = person.consent == _WITHDRAWN
    batch.handled.append((reply.id, person.identity, None))
    effects = unprompted(reply.text, person.language, script, opted_out=opted_out, quiet=quiet)
    if overtaken and Consent(ConsentAct.RESTORED) in effects:
        effects = []
    if not person.language:
        guessed = guess_language(reply.text, FALLBACK_LANGUAGE, script.words, tuple(script.lexicons))
        person = person._replace(language=guessed)
    for effect in effects:
        _add(batch, person, None, reply, effect, now)


def _add(batch: Batch, person: Person, talk: Talk | None, reply: Waiting, effect: Effect, now: datetime) -> None:  # noqa: C901, PLR0912 - a case for each effect
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
