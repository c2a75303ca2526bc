"""Replies: kept by `keeping`, handled here in order per person."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.domain.conversation import (
    ConsentAct,
    Script,
    Stage,
)
from app.domain.errors import UnavailableError
from app.domain.wording import Voice
from app.jobs.answering import hear_services
from app.jobs.context import Context
from app.jobs.effects import carry_out
from app.jobs.gathering import Batch, gather, gather_unprompted
from app.jobs.order import may_have_read, was_overtaken
from app.jobs.tallying import READ
from app.store.conversations import Person, people_of
from app.store.database import Store
from app.store.inbox import Waiting, claim_replies, mark_failed
from app.store.outbox import neutral_since
from app.store.programmes import get_programme
from app.store.surveys import load_surveys
from app.store.vault import ensure_identities
from app.store.workers import withdrawn_at

log = structlog.get_logger()

_WITHDRAWN = ConsentAct.WITHDRAWN.value
_NEUTRAL_EVERY = timedelta(days=1)
DRAIN_AT_ONCE = 200
"""How many people's replies one pass handles."""

_BREATH = 10  # replies understood without a pause


async def drain_inbox(context: Context, now: datetime) -> int:
    """Handle waiting replies, one per person; how many were handled. One bad reply never holds up the rest."""
    handled: Sequence[Waiting] = ()
    try:
        async with context.database.transaction() as store:
            waiting = await claim_replies(store, context.vault, DRAIN_AT_ONCE)
            if waiting:
                with context.tally.timing("read"):
                    handled = await _handle(store, context, waiting, now)
        _tell(context, handled)
        return len(waiting)
    except UnavailableError:
        raise  # the database's fault, no reply's
    except Exception as problem:  # noqa: BLE001 - the reply that cannot be handled is found one by one
        log.error("batch-broke", kind=type(problem).__name__)
        return await _one_by_one(context, now)


async def _one_by_one(context: Context, now: datetime) -> int:
    async with context.database.transaction() as store:
        waiting = await claim_replies(store, context.vault, DRAIN_AT_ONCE)
    done = 0
    for reply in waiting:
        try:
            async with context.database.transaction() as store:
                again = [
                    item for item in await claim_replies(store, context.vault, DRAIN_AT_ONCE) if item.id == reply.id
                ]
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
    batch = Batch()
    for place, reply in enumerate(waiting):
        if place % _BREATH == 0:
            # The batch beside this one gives PostgreSQL its next statement meanwhile.
            await asyncio.sleep(0)
        person = people[reply.id]
        if person.talk is not None and may_have_read(person.talk, reply):
            survey = surveys.get(person.talk.survey) if person.talk.survey else None
            voice = Voice(context.catalogue.texts, organisers.get(reply.programme, ""), survey)
            gather(batch, person, person.talk, reply, Script(context.catalogue.lexicons, survey), voice, now)
        else:
            script = Script(context.catalogue.lexicons)
            # Also while a first text waits for a decent hour: a yes to what nobody has read is no consent.
            overtaken = was_overtaken(reply, withdrawn.get(person.worker) if person.worker else None)
            gather_unprompted(batch, person, reply, script, now, quiet=person.identity in lately, overtaken=overtaken)
    await carry_out(store, context, batch, now)
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
