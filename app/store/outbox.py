"""The outbox: a text is claimed in one committed transaction, handed over in none, settled in another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.wording import Say
from app.store import tables
from app.store.database import Store, new_ids, to_json

REPLY = 0
"""Priority of an answer to a worker's own text."""
NOTICE = 4
"""Priority of word about a referral."""
BULK = 9
"""Priority of a round's own texts: they wait behind replies, and for a decent hour."""

LEASE = timedelta(minutes=20)
"""How long a claim holds; longer than the slowest carrier needs for a whole batch."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A text to keep in the outbox."""

    programme: UUID
    identity: UUID
    channel: UUID
    carrier: str
    say: Say
    language: str
    priority: int
    conversation: UUID | None = None
    invitation: UUID | None = None
    survey: UUID | None = None


async def enqueue(store: Store, texts: Sequence[Outgoing], now: datetime) -> list[UUID]:
    """Keep texts for sending, in order; the transaction that wrote their cause writes them."""
    ids = new_ids(now, len(texts))
    rows = [
        {
            "id": key, "programme_id": text.programme, "identity_id": text.identity, "channel_id": text.channel,
            "conversation_id": text.conversation, "invitation_id": text.invitation, "survey_id": text.survey,
            "carrier": text.carrier, "say": text.say.to_json(), "language": text.language, "priority": text.priority,
            # jsonb_to_recordset gives null where a default would stand, so these are said.
            "state": "queued", "attempts": 0, "due_at": now, "created_at": now,
        }
        for key, text in zip(ids, texts, strict=True)
    ]  # fmt: skip
    await store.insert(tables.outbox, rows)
    return ids


@dataclass(frozen=True, slots=True)
class Claimed:
    """A text this process holds the lease of."""

    id: UUID
    programme: UUID
    organiser: str
    identity: UUID
    sender: str
    carrier: str
    say: Say
    language: str
    priority: int
    attempts: int
    country: str
    zone: str
    conversation: UUID | None
    invitation: UUID | None
    survey: UUID | None


async def claim_due(store: Store, now: datetime, limit: int) -> list[Claimed]:
    """Claim texts that are due: replies first, then by due time; they are `sending` until settled or reaped."""
    # Whoever opted out is texted nothing but the goodbye, however a text came to be queued.
    await store.run(
        "UPDATE outbox SET state = 'cancelled', settled_at = :now FROM identity LEFT JOIN worker"
        " ON worker.id = identity.worker_id WHERE identity.id = outbox.identity_id AND outbox.state = 'queued'"
        " AND due_at <= :now AND priority >= :notice AND (stopped OR consent = 'withdrawn')",
        now=now,
        notice=NOTICE,
    )
    # A worker's texts leave in order: a later one waits while an earlier is under way.
    rows = await store.rows(
        "WITH due AS (SELECT id FROM outbox WHERE state = 'queued' AND due_at <= :now AND NOT EXISTS"
        " (SELECT FROM outbox AS earlier WHERE earlier.identity_id = outbox.identity_id AND earlier.id < outbox.id"
        " AND earlier.state IN ('queued', 'sending') AND earlier.priority <= outbox.priority)"
        " ORDER BY priority, due_at, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)"
        " UPDATE outbox SET state = 'sending', attempts = attempts + 1, lease_until = :until,"
        " left_no = nextval('turn_seq')"
        " WHERE id = ANY(ARRAY(SELECT id FROM due)) RETURNING id",
        now=now, until=now + LEASE, limit=limit,
    )  # fmt: skip
    if not rows:
        return []
    details = await store.rows(
        "SELECT outbox.id, outbox.programme_id, organiser, identity_id, channel.sender, outbox.carrier, say,"
        " outbox.language, priority, attempts, coalesce(site.country, '') AS country, coalesce(site.zone, '') AS zone,"
        " conversation_id, invitation_id, survey_id FROM outbox JOIN programme ON programme.id = outbox.programme_id"
        " JOIN channel ON channel.id = channel_id JOIN identity ON identity.id = identity_id"
        " LEFT JOIN enrolment ON enrolment.worker_id = identity.worker_id AND active"
        " LEFT JOIN site ON site.id = enrolment.site_id WHERE outbox.id = ANY(:ids) ORDER BY priority, outbox.id",
        ids=[row.id for row in rows],
    )
    return [
        Claimed(
            row.id, row.programme_id, row.organiser, row.identity_id, row.sender, row.carrier, Say.from_json(row.say),
            row.language, row.priority, row.attempts, row.country, row.zone, row.conversation_id, row.invitation_id,
            row.survey_id,
        )
        for row in details
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a claimed text; `due_at` is set for one that goes back to the queue."""

    id: UUID
    state: str
    reference: str | None = None
    cause: str | None = None
    code: str | None = None
    segments: int | None = None
    due_at: datetime | None = None


async def settle(store: Store, outcomes: Sequence[Settlement], now: datetime) -> None:
    """Write what became of a batch; a report that came first is not overwritten, but what it could not tell is added.

    A text that was reaped meanwhile is settled too: its holder was slow and not dead, and knows.
    """
    rows = [
        {
            "id": item.id, "state": item.state, "reference": item.reference, "cause": item.cause, "code": item.code,
            "segments": item.segments, "due_at": item.due_at,
        }
        for item in outcomes
    ]  # fmt: skip
    await store.run(
        "UPDATE outbox SET state = given.state, reference = coalesce(outbox.reference, given.reference),"
        " cause = given.cause, code = given.code, segments = coalesce(given.segments, outbox.segments),"
        " due_at = coalesce(given.due_at, outbox.due_at), lease_until = NULL,"
        # What goes back to the queue was on no phone.
        " left_no = CASE WHEN given.state <> 'queued' THEN outbox.left_no END,"
        # Waiting for a decent hour is no failed try.
        " attempts = outbox.attempts - CASE WHEN given.cause = 'quiet-hours' THEN 1 ELSE 0 END,"
        " sent_at = CASE WHEN given.state IN ('accepted', 'unknown') THEN :now END,"
        " settled_at = CASE WHEN given.state <> 'queued' THEN CAST(:now AS timestamptz) END"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(id uuid, state text, reference text, cause text,"
        " code text, segments smallint, due_at timestamptz)"
        " WHERE outbox.id = given.id AND outbox.state IN ('sending', 'unknown')",
        rows=to_json(rows), now=now,
    )  # fmt: skip
    await store.run(
        "UPDATE outbox SET reference = coalesce(outbox.reference, given.reference),"
        " segments = coalesce(outbox.segments, given.segments)"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(id uuid, state text, reference text, segments smallint)"
        " WHERE outbox.id = given.id AND given.state = 'accepted' AND outbox.segments IS NULL",
        rows=to_json(rows),
    )


@dataclass(frozen=True, slots=True)
class Lost:
    """A text whose holder died with it."""

    id: UUID
    conversation: UUID | None
    invitation: UUID | None


async def lost_claims(store: Store, now: datetime) -> list[Lost]:
    """The claims that `reap` would end now, locked."""
    rows = await store.rows(
        "SELECT id, conversation_id, invitation_id FROM outbox WHERE state = 'sending' AND lease_until < :now"
        " ORDER BY id FOR NO KEY UPDATE",
        now=now,
    )
    return [Lost(*row) for row in rows]


async def reap(store: Store, now: datetime) -> int:
    """Claims whose holder died: the text may have left, so it becomes Unknown, never queued again blindly."""
    return await store.run(
        "UPDATE outbox SET state = 'unknown', cause = 'timeout', lease_until = NULL, sent_at = :now, settled_at = :now"
        " WHERE state = 'sending' AND lease_until < :now",
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Reported:
    """A message whose fate changed by a carrier's report."""

    id: UUID
    programme: UUID
    identity: UUID
    invitation: UUID | None
    conversation: UUID | None
    before: str
    reference: str | None


async def find_reported(
    store: Store, carrier: str, references: Sequence[str], messages: Sequence[UUID]
) -> list[Reported]:
    """The messages reports are about, by our id where the carrier gives it back, else by its reference; locked."""
    rows = await store.rows(
        "SELECT id, programme_id, identity_id, invitation_id, conversation_id, state, reference FROM outbox WHERE"
        " carrier = :carrier AND (id = ANY(:messages) OR reference = ANY(:references)) ORDER BY id FOR NO KEY UPDATE",
        carrier=carrier, messages=list(messages), references=[item for item in references if item],
    )  # fmt: skip
    return [Reported(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Fate:
    """The state a report tells of a message."""

    message: UUID
    state: str
    reference: str
    cause: str | None
    code: str


async def mark_reported(store: Store, fates: Sequence[Fate], now: datetime) -> None:
    """Set the states reports tell; they also end a lease or an Unknown."""
    rows = [
        {"id": fate.message, "state": fate.state, "reference": fate.reference, "cause": fate.cause, "code": fate.code}
        for fate in fates
    ]
    await store.run(
        "UPDATE outbox SET state = given.state, reference = coalesce(outbox.reference, nullif(given.reference, '')),"
        " cause = given.cause, code = nullif(given.code, ''), lease_until = NULL,"
        " sent_at = coalesce(sent_at, :now), settled_at = :now"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(id uuid, state text, reference text, cause text,"
        " code text) WHERE outbox.id = given.id",
        rows=to_json(rows), now=now,
    )  # fmt: skip


async def cancel_queued(store: Store, identities: Sequence[UUID], now: datetime, *, keep: Sequence[UUID] = ()) -> int:
    """Take back what waits for these phones: the worker opted out, or the round ended."""
    return await store.run(
        "UPDATE outbox SET state = 'cancelled', settled_at = :now WHERE state = 'queued'"
        " AND identity_id = ANY(:identities) AND NOT id = ANY(:keep)",
        identities=list(identities), keep=list(keep), now=now,
    )  # fmt: skip


async def cancel_conversations(store: Store, conversations: Sequence[UUID], now: datetime) -> int:
    """Take back what still waits of conversations that ended or moved on: reminders, and questions that were overtaken."""
    return await store.run(
        "UPDATE outbox SET state = 'cancelled', settled_at = :now WHERE state = 'queued'"
        " AND (priority = :bulk OR say->>'question' <> '')"
        " AND conversation_id = ANY(:conversations)",
        conversations=list(conversations), bulk=BULK, now=now,
    )  # fmt: skip


async def neutral_since(store: Store, identities: Sequence[UUID], since: datetime) -> set[UUID]:
    """Which phones got a neutral answer after `since`: another would play ping-pong with an automatic reply."""
    rows = await store.rows(
        "SELECT DISTINCT identity_id FROM outbox WHERE identity_id = ANY(:identities) AND created_at > :since"
        " AND say->>'key' IN ('neutral', 'unknown')",
        identities=list(identities),
        since=since,
    )
    return {row.identity_id for row in rows}


async def unknown_messages(store: Store, programme: UUID | None) -> list[dict[str, Any]]:
    """Texts nobody knows the fate of, for an operator; never the text or the number."""
    return await store.records(
        "SELECT id, programme_id, carrier, cause, code, sent_at, attempts FROM outbox WHERE state = 'unknown'"
        " AND (CAST(:programme AS uuid) IS NULL OR programme_id = :programme) ORDER BY id LIMIT 1000",
        programme=programme,
    )


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a message said, for whoever plays the phones."""

    message: UUID
    say: Say
    language: str
    survey: UUID | None
    invitation: UUID | None


async def spoken(store: Store, messages: Sequence[UUID]) -> list[Spoken]:
    """What these messages said."""
    rows = await store.rows(
        "SELECT id, say, language, survey_id, invitation_id FROM outbox WHERE id = ANY(:messages) ORDER BY id",
        messages=list(messages),
    )
    return [Spoken(row.id, Say.from_json(row.say), row.language, row.survey_id, row.invitation_id) for row in rows]


async def outbox_counts(store: Store, programme: UUID) -> dict[str, int]:
    """How many of the programme's texts stand in which state, and their segments."""
    rows = await store.rows(
        "SELECT state, count(*) AS texts FROM outbox WHERE programme_id = :programme GROUP BY state",
        programme=programme,
    )
    return {row.state: row.texts for row in rows}
