"""The outbox, and what waits in it. A text is claimed in one committed transaction (`claims`), handed over in none, settled
in another (`settling`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.domain.wording import Say
from app.store import tables
from app.store.database import Store, new_ids

REPLY = 0
"""Priority of an answer to a worker's own text."""
NOTICE = 4
"""Priority of word about a referral."""
BULK = 9
"""Priority of a round's own texts: they wait behind replies, and for a decent hour."""

PRIORITIES = (REPLY, NOTICE, BULK)
"""All there are, the urgent first."""


class Outgoing(NamedTuple):
    """A text to keep in the outbox; `trace` names the way of the reply it answers, None where it begins one."""

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
    trace: UUID | None = None


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
            "trace_id": text.trace,
        }
        for key, text in zip(ids, texts, strict=True)
    ]  # fmt: skip
    if await store.insert(tables.outbox, rows):
        store.wake_workers()
    return ids


async def cancel_queued(store: Store, identities: Sequence[UUID], now: datetime) -> int:
    """Take back what waits for these phones: the worker opted out, or the round ended."""
    return await store.run(
        "UPDATE outbox SET state = 'cancelled', settled_at = :now WHERE state = 'queued'"
        " AND identity_id = ANY(:identities)",
        identities=list(identities),
        now=now,
    )


STILL_ASKED = (
    "EXISTS (SELECT FROM conversation WHERE conversation.id = conversation_id AND open"
    " AND coalesce(say->>'question', '') IN ('', conversation.state->>'question'))"
)
"""Of a row of `outbox`: its conversation is open, and the question it asks, if it asks one, was not overtaken."""

# Not by the index of what waits: that may hold a million, though plans were made when it held none.
OVERTAKEN = "outbox.state || '' = 'queued' AND (priority = :bulk OR say->>'question' <> '')"
"""Of a row of `outbox` whose conversation ended or moved on: it still waits, and is a reminder or asks something."""


async def cancel_conversations(store: Store, conversations: Sequence[UUID], now: datetime) -> None:
    """Take back what still waits of conversations that ended or moved on: reminders, and questions that were overtaken."""
    if not conversations:
        return
    await store.tell(
        "UPDATE outbox SET state = 'cancelled', settled_at = :now"
        f" WHERE {OVERTAKEN} AND conversation_id = ANY(:conversations)",
        conversations=list(conversations), bulk=BULK, now=now,
    )  # fmt: skip


async def wake_round(store: Store, round_id: UUID, now: datetime) -> None:
    """The texts of a round that rested are due now."""
    woken = await store.run(
        "UPDATE outbox SET due_at = :now FROM invitation WHERE invitation.id = invitation_id AND round_id = :round"
        " AND outbox.state = 'queued' AND priority = :bulk AND due_at > :now",
        round=round_id, now=now, bulk=BULK,
    )  # fmt: skip
    if woken:
        store.wake_workers()


async def neutral_since(store: Store, identities: Sequence[UUID], since: datetime) -> set[UUID]:
    """Which phones got a neutral answer after `since`: another would play ping-pong with an automatic reply."""
    if not identities:
        return set()
    rows = await store.rows(
        "SELECT DISTINCT identity_id FROM outbox WHERE identity_id = ANY(:identities) AND created_at > :since"
        " AND say->>'key' IN ('neutral', 'unknown')",
        identities=list(identities),
        since=since,
    )
    return {row.identity_id for row in rows}


async def said_since(store: Store, identity: UUID, key: str, since: datetime) -> bool:
    """Whether a phone was sent a certain text of the service's after `since`."""
    return await store.value(
        "SELECT EXISTS (SELECT FROM outbox WHERE identity_id = :identity AND created_at > :since AND say->>'key' = :key)",
        identity=identity, since=since, key=key,
    )  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class Queued:
    """A text that waits."""

    id: UUID
    programme: UUID
    identity: UUID
    invitation: UUID | None


async def waiting_for(store: Store, carriers: Sequence[str], now: datetime, limit: int) -> list[Queued]:
    """Texts that wait for these carriers, due or refused by them, locked; what another process holds is left out."""
    rows = await store.rows(
        # Sender by sender, so that nobody walks over what waits for others.
        "SELECT text.* FROM channel CROSS JOIN unnest(CAST(:priorities AS smallint[])) AS urgency"
        " CROSS JOIN LATERAL (SELECT id, programme_id, identity_id, invitation_id FROM outbox WHERE state = 'queued'"
        " AND priority = urgency AND channel_id = channel.id"
        " AND (due_at <= :now OR code = 'connect-failed' OR cause = 'route')"
        " ORDER BY due_at, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED) AS text"
        " WHERE channel.carrier = ANY(:carriers) ORDER BY urgency LIMIT :limit",
        carriers=list(carriers), priorities=list(PRIORITIES), now=now, limit=limit,
    )  # fmt: skip
    return [Queued(*row) for row in rows]


async def give_up(store: Store, texts: Sequence[UUID], cause: str, now: datetime) -> None:
    """No road leads where these waiting texts are to go: a person can mend that, and have them sent again."""
    await store.run(
        "UPDATE outbox SET state = 'failed', cause = :cause, settled_at = :now, dead_at = :now"
        " WHERE id = ANY(:texts) AND state = 'queued'",
        texts=list(texts), cause=cause, now=now,
    )  # fmt: skip


async def move_queued(store: Store, moves: Sequence[tuple[UUID, UUID, str]], now: datetime) -> None:
    """Give waiting texts, and the conversations they belong to, another channel at once.

    Moves are (text, channel, carrier).
    """
    await store.run(
        "WITH moved AS (UPDATE outbox SET channel_id = given.channel, carrier = given.carrier,"
        " due_at = least(due_at, :now), cause = NULL, code = NULL"
        " FROM unnest(CAST(:texts AS uuid[]), CAST(:channels AS uuid[]), CAST(:carriers AS text[]))"
        " AS given(text, channel, carrier) WHERE outbox.id = given.text AND state = 'queued'"
        " RETURNING conversation_id, given.channel)"
        " UPDATE conversation SET channel_id = moved.channel FROM moved WHERE conversation.id = moved.conversation_id",
        texts=[move[0] for move in moves],
        channels=[move[1] for move in moves],
        carriers=[move[2] for move in moves],
        now=now,
    )
