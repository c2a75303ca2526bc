"""Conversations: loaded a batch at a time, stepped through the pure engine, saved a batch at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from app.domain.conversation import Conversation
from app.store import tables
from app.store.database import Store
from app.store.statements import to_json


class Talk(NamedTuple):
    """A conversation with where it belongs; `left_no` is the turn in which its open question left."""

    id: UUID
    programme: UUID
    worker: UUID
    identity: UUID
    channel: UUID
    carrier: str
    state: Conversation
    invitation: UUID | None = None
    survey: UUID | None = None
    need: UUID | None = None
    referral: UUID | None = None
    service: UUID | None = None
    asked: bool = False
    left_no: int | None = None
    left_at: datetime | None = None

    def moved(self, state: Conversation) -> "Talk":
        """The same talk in another state."""
        return self._replace(state=state)


class Person(NamedTuple):
    """Who an identity is: None fields for an unknown sender."""

    identity: UUID
    programme: UUID
    worker: UUID | None
    consent: str
    language: str
    site: UUID | None
    talk: Talk | None


async def start_talks(store: Store, talks: Sequence[Talk], now: datetime) -> None:
    """Keep new conversations; the database refuses a second open one of the same worker."""
    rows = [
        {
            "id": talk.id, "programme_id": talk.programme, "worker_id": talk.worker, "invitation_id": talk.invitation,
            "need_id": talk.need, "referral_id": talk.referral, "service_id": talk.service, "survey_id": talk.survey,
            "channel_id": talk.channel, "state": talk.state.to_json(), "open": talk.state.open, "created_at": now,
        }
        for talk in talks
    ]  # fmt: skip
    await store.insert(tables.conversations, rows)


_NEXT_LEAVES = timedelta(days=3)
"""How long whoever answered is waited for, should what answers them not leave; once it does, its own clock runs."""


async def save_talks(store: Store, talks: Sequence[Talk], *, answered: datetime | None = None) -> None:
    """Save the new states; a closed conversation loses its timers.

    `answered` is when a reply was answered: it ends every wait, be it for a named time or in vain. Without it the clocks
    run on.
    """
    if not talks:
        return
    rows = [{"id": talk.id.hex, "state": talk.state.to_json(), "open": talk.state.open} for talk in talks]
    await store.tell(
        "UPDATE conversation SET state = given.state, open = given.open,"
        " resume_at = CASE WHEN given.open AND CAST(:answered AS timestamptz) IS NULL THEN resume_at END,"
        " remind_at = CASE WHEN given.open AND CAST(:answered AS timestamptz) IS NULL THEN remind_at END,"
        " expires_at = CASE WHEN given.open THEN greatest(expires_at, CAST(:next AS timestamptz)) END"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(id uuid, state jsonb, open boolean)"
        " WHERE conversation.id = given.id",
        rows=to_json(rows),
        answered=answered,
        next=answered and answered + _NEXT_LEAVES,
    )


_A_LIST_WAITS = timedelta(hours=2)  # what the line can do is no reason to keep a survey waiting for long

_TALK = (
    "conversation.id, conversation.programme_id, conversation.worker_id, identity.id AS identity, channel_id, carrier,"
    " conversation.state, invitation_id, survey_id, need_id, referral_id, service_id, asked_at IS NOT NULL AS asked"
)
_ANY_NUMBER = (
    " FROM conversation JOIN identity ON identity.worker_id = conversation.worker_id"
    " JOIN channel ON channel.id = conversation.channel_id"
)
_FROM = _ANY_NUMBER.replace("conversation.worker_id", "conversation.worker_id AND main", 1)
_LEFT = (
    " LEFT JOIN LATERAL (SELECT min(outbox.left_no) AS left_no,"
    " min(claimed_at) FILTER (WHERE outbox.left_no > 0) AS left_at FROM outbox"
    " WHERE outbox.conversation_id = conversation.id"
    " AND say->>'question' = conversation.state->>'question' AND outbox.state NOT IN ('cancelled', 'failed')) AS question ON true"
)


UNHEARD = (
    " AND NOT EXISTS (SELECT FROM identity AS own JOIN inbox ON inbox.programme_id = own.programme_id"
    " AND sender_index = own.blind_index AND inbox.state = 'new' WHERE own.worker_id = conversation.worker_id)"
)
"""Of a row of `conversation`: whoever has answered is neither reminded nor given up, however long the answer waits."""


def _talk(row: tuple[object, ...]) -> Talk:
    fields = list(row)
    fields[6] = Conversation.from_json(fields[6])  # type: ignore[arg-type]
    return Talk(*fields)  # type: ignore[arg-type]


async def people_of(store: Store, identities: Sequence[UUID]) -> dict[UUID, Person]:
    """Who these phones belong to, with the open conversation of each; identity → person."""
    rows = await store.rows(
        f"WITH talk AS MATERIALIZED (SELECT {_TALK}, left_no, left_at{_ANY_NUMBER}{_LEFT} WHERE open AND identity.id = ANY(:ids)"
        " FOR NO KEY UPDATE OF conversation) SELECT identity.id AS identity, identity.programme_id, identity.worker_id,"
        " CASE WHEN stopped THEN 'withdrawn' ELSE coalesce(consent, 'unasked') END AS consent,"
        " coalesce(language, '') AS language, site_id, talk.id AS talk, channel_id, carrier, state, invitation_id,"
        " survey_id, need_id, referral_id, service_id, asked, left_no, left_at"
        " FROM identity LEFT JOIN worker ON worker.id = identity.worker_id"
        " LEFT JOIN enrolment ON enrolment.worker_id = identity.worker_id AND active"
        " LEFT JOIN talk ON talk.identity = identity.id WHERE identity.id = ANY(:ids)",
        ids=list(identities),
    )
    return {row.identity: _person(row) for row in rows}


def _person(row: Any) -> Person:
    talk = row.talk and Talk(
        row.talk, row.programme_id, row.worker_id, row.identity, row.channel_id, row.carrier,
        Conversation.from_json(row.state), row.invitation_id, row.survey_id, row.need_id, row.referral_id, row.service_id,
        row.asked, row.left_no, row.left_at,
    )  # fmt: skip
    return Person(row.identity, row.programme_id, row.worker_id, row.consent, row.language, row.site_id, talk)


async def due_expiries(store: Store, now: datetime, limit: int) -> list[Talk]:
    """Conversations nobody answered in time, or whose first text was taken back before it left."""
    rows = await store.rows(
        f"SELECT {_TALK}{_FROM} WHERE open AND expires_at <= :now{UNHEARD}"
        " ORDER BY expires_at LIMIT :limit"
        " FOR NO KEY UPDATE OF conversation SKIP LOCKED",
        now=now,
        limit=limit,
    )
    return [_talk(tuple(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a worker is, and how long the round may still ask."""

    zone: str
    country: str
    closes_at: datetime | None


async def whereabouts(store: Store, talks: Sequence[UUID]) -> dict[UUID, Whereabouts]:
    """Conversation → where its worker is."""
    rows = await store.rows(
        "SELECT conversation.id, coalesce(site.zone, 'UTC') AS zone, coalesce(site.country, '') AS country, closes_at"
        " FROM conversation LEFT JOIN enrolment ON enrolment.worker_id = conversation.worker_id AND active"
        " LEFT JOIN site ON site.id = enrolment.site_id LEFT JOIN invitation ON invitation.id = invitation_id"
        " LEFT JOIN round ON round.id = invitation.round_id WHERE conversation.id = ANY(:ids)",
        ids=list(talks),
    )
    return {row.id: Whereabouts(row.zone, row.country, row.closes_at) for row in rows}


async def pause_talks(store: Store, moments: Mapping[UUID, datetime]) -> None:
    """Wait until then; nobody is reminded or given up before, for the worker named the time."""
    await store.run(
        "UPDATE conversation SET resume_at = given.at, remind_at = NULL, expires_at = NULL"
        " FROM unnest(CAST(:ids AS uuid[]), CAST(:moments AS timestamptz[])) AS given(id, at)"
        " WHERE conversation.id = given.id AND open",
        ids=list(moments),
        moments=list(moments.values()),
    )


async def talk_of_invitation(store: Store, invitation: UUID) -> Talk | None:
    """The conversation of an invitation, open or closed, locked; None where its worker lost the number."""
    row = await store.row(
        f"SELECT {_TALK}{_FROM} WHERE invitation_id = :invitation FOR NO KEY UPDATE OF conversation",
        invitation=invitation,
    )
    return _talk(tuple(row)) if row is not None else None


async def talks_of_round(store: Store, round_id: UUID) -> list[Talk]:
    """The open conversations of a round, locked."""
    rows = await store.rows(
        f"SELECT {_TALK}{_FROM} WHERE open AND invitation_id IN (SELECT id FROM invitation WHERE round_id = :round)"
        " FOR NO KEY UPDATE OF conversation",
        round=round_id,
    )
    return [_talk(tuple(row)) for row in rows]


async def set_timers(
    store: Store, entries: Sequence[tuple[UUID, datetime | None, datetime]], now: datetime, *, asked: bool
) -> None:
    """Start the clocks of open conversations; entries are (conversation, remind at or None, expire at).

    Whoever asked for another time has no clock running until then.

    The one reminder is spent once: an invitation that was reminded gets no second.
    """
    await store.tell(
        "UPDATE conversation SET asked_at = CASE WHEN :asked THEN coalesce(asked_at, :now) ELSE asked_at END,"
        " expires_at = CASE WHEN state->>'purpose' IN ('menu', 'topics', 'cancel') THEN :brief ELSE given.expires_at END,"
        " remind_at = CASE WHEN EXISTS (SELECT FROM invitation"
        " WHERE invitation.id = invitation_id AND reminded) THEN NULL ELSE given.remind_at END"
        " FROM unnest(CAST(:ids AS uuid[]), CAST(:reminds AS timestamptz[]), CAST(:expires AS timestamptz[]))"
        " AS given(id, remind_at, expires_at) WHERE conversation.id = given.id AND open AND resume_at IS NULL",
        ids=[entry[0] for entry in entries],
        reminds=[entry[1] for entry in entries],
        expires=[entry[2] for entry in entries],
        now=now,
        asked=asked,
        brief=now + _A_LIST_WAITS,
    )


async def free_people(store: Store, workers: Sequence[UUID]) -> dict[UUID, Person]:
    """Of these workers, those with no open conversation and no opt-out; worker → person. Their rows are locked."""
    if not workers:
        return {}
    rows = await store.rows(
        "SELECT identity.id, worker.programme_id, worker.id AS worker, consent, coalesce(language, '') AS language, site_id"
        " FROM worker"
        " JOIN identity ON identity.worker_id = worker.id AND main"
        " LEFT JOIN enrolment ON enrolment.worker_id = worker.id AND active WHERE worker.id = ANY(:workers)"
        " AND consent <> 'withdrawn' AND NOT apart"
        " AND NOT EXISTS (SELECT FROM conversation WHERE conversation.worker_id = worker.id"
        " AND open) FOR NO KEY UPDATE OF worker SKIP LOCKED",
        workers=list(workers),
    )
    return {row.worker: Person(*tuple(row), talk=None) for row in rows}
