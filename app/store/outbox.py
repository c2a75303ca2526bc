"""The outbox: a text is claimed in one committed transaction, handed over in none, settled in another."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from app.domain.pacing import Candidate, Sender, in_turn, shares
from app.domain.wording import Say
from app.store import tables
from app.store.budgets import Budget, any_due, charge, lock_budgets
from app.store.database import Store, new_ids, to_json

REPLY = 0
"""Priority of an answer to a worker's own text."""
NOTICE = 4
"""Priority of word about a referral."""
BULK = 9
"""Priority of a round's own texts: they wait behind replies, and for a decent hour."""

_PRIORITIES = (REPLY, NOTICE, BULK)

SLOWEST = timedelta(minutes=15)
"""How long a hand-over may take: whoever is not answered by then holds a text whose fate is unknown."""

LEASE = SLOWEST + timedelta(minutes=5)
"""How long a claim holds: the slowest hand-over, and time to write down what came of it."""

_RESTS = timedelta(minutes=10)
"""After this long, a text whose round rests is looked at again; who lets the round go on wakes it at once."""

_A_CLAIM = timedelta(milliseconds=50)
"""After this long, a sender that another process is just claiming of is free again."""


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
        await store.wake_workers()
    return ids


@dataclass(frozen=True, slots=True)
class Claimed:
    """A text this process holds the lease of; `charged` is what its sender's bucket paid for it, in segments.

    `left_no` is None until it is about to be handed over (`hand_on`): whoever dies before has sent nothing of it.
    """

    id: UUID
    programme: UUID
    organiser: str
    identity: UUID
    channel: UUID
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
    charged: float
    left_no: int | None
    trace: UUID
    claimed_at: datetime
    rests_on_holidays: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """The texts claimed, the urgent first; where there are none, `again_at` is when another look may find some."""

    texts: tuple[Claimed, ...] = ()
    again_at: datetime | None = None


async def claim_due(
    store: Store,
    now: datetime,
    limit: int,
    paces: Mapping[str, float] | None = None,
    at_once: Mapping[str, int] | None = None,
) -> Claim:
    """Claim texts that are due; they are `sending` until settled or reaped.

    Replies come first. Among equals, programmes take turns, and so do the senders of each, and none takes more than
    its bucket pays for. A sender belongs to one claim at a time, so two processes never wait for each other.

    Args:
        store: the open transaction.
        now: the moment.
        limit: how many at most.
        paces: carrier → segments a second; texts over others are left to whoever has them. None: all there are.
        at_once: carrier → how many are handed over as soon as they are claimed; the others wait for `hand_on`. All of
            them, where it is not said.
    """
    budgets = await lock_budgets(store, paces, _PRIORITIES, now)
    able = [budget for budget in budgets if budget.bucket.texts]
    chosen = await _choose(store, able, now, limit)
    means = {budget.channel: budget.bucket.mean for budget in able}
    taken = await _take(store, list(chosen), _first_of_each(chosen, at_once or {}), means, now)
    if not taken:
        return Claim(again_at=await _again_at(store, budgets, paces, now, cancelled=bool(chosen)))
    count = Counter(item.channel for item in taken)
    await charge(store, [(budget, count[budget.channel]) for budget in able if count[budget.channel]])
    return Claim(tuple(taken))


async def _again_at(
    store: Store, budgets: Sequence[Budget], paces: Mapping[str, float] | None, now: datetime, *, cancelled: bool
) -> datetime | None:
    if cancelled:
        return now
    waiting = [budget.bucket.ready_at for budget in budgets if not budget.bucket.texts]
    if waiting:
        return min(waiting)
    held_by_another = not budgets and await any_due(store, paces, _PRIORITIES, now)
    return now + _A_CLAIM if held_by_another else None


def _first_of_each(chosen: Mapping[UUID, tuple[int, str]], at_once: Mapping[str, int]) -> list[UUID]:
    """Of the chosen, those that are handed over at once: the first of each carrier, the urgent before others."""
    seen: Counter[str] = Counter()
    first: list[UUID] = []
    for key, (_, carrier) in sorted(chosen.items(), key=lambda item: (item[1][0], item[0])):
        seen[carrier] += 1
        if carrier not in at_once or seen[carrier] <= at_once[carrier]:
            first.append(key)
    return first


async def _choose(store: Store, able: Sequence[Budget], now: datetime, limit: int) -> dict[UUID, tuple[int, str]]:
    """The texts whose turn it is, with the priority and carrier of each."""
    senders = [Sender(place, budget.programme, budget.bucket.texts) for place, budget in enumerate(able)]
    rows = await store.rows(
        "SELECT text.id, place, urgency, carrier FROM unnest(CAST(:channels AS uuid[]), CAST(:firsts AS smallint[]),"
        " CAST(:shares AS int[])) WITH ORDINALITY AS asked(channel, first, share, place)"
        " JOIN unnest(CAST(:priorities AS smallint[])) AS urgency ON urgency >= first"
        " CROSS JOIN LATERAL (SELECT id, due_at, carrier FROM outbox WHERE channel_id = asked.channel AND state = 'queued'"
        " AND priority = urgency AND due_at <= :now"
        # A worker's texts leave in order: a later one waits while an earlier is under way.
        " AND NOT EXISTS (SELECT FROM outbox AS earlier WHERE earlier.identity_id = outbox.identity_id"
        " AND earlier.id < outbox.id AND earlier.state IN ('queued', 'sending')"
        " AND (earlier.state = 'sending' OR earlier.priority <= outbox.priority))"
        " ORDER BY due_at, id LIMIT asked.share) AS text ORDER BY place, due_at, text.id",
        channels=[budget.channel for budget in able], firsts=[budget.urgency for budget in able],
        shares=shares(senders, limit), priorities=list(_PRIORITIES), now=now,
    )  # fmt: skip
    waiting = [Candidate(row.id, row.place - 1, senders[row.place - 1].programme, row.urgency) for row in rows]
    chosen = in_turn(waiting, {sender.sender: sender.texts for sender in senders}, limit)
    known = {row.id: (row.urgency, row.carrier) for row in rows}
    return {item.text: known[item.text] for item in chosen}


STILL_ASKED = (
    "EXISTS (SELECT FROM conversation WHERE conversation.id = conversation_id AND open"
    " AND coalesce(say->>'question', '') IN ('', conversation.state->>'question'))"
)
"""Of a row of `outbox`: its conversation is open, and the question it asks, if it asks one, was not overtaken."""

# What nobody may be sent any more, of `outbox` joined with `identity` and `worker`: whoever opted out is texted nothing
# but the goodbye, and whoever said that it is not safe nothing but answers to what they write; a question or a reminder
# is for an open conversation that still stands there; and a further try is
# for a text that did not arrive after all.
_UNWANTED = (
    "(priority >= :notice AND (stopped OR consent IS NOT DISTINCT FROM 'withdrawn' OR apart IS TRUE)"
    " OR conversation_id IS NOT NULL AND (priority = :bulk OR coalesce(say->>'question', '') <> '')"
    f" AND NOT {STILL_ASKED}"
    " OR EXISTS (SELECT FROM outbox AS first WHERE first.id = outbox.retry_of AND first.state = 'delivered'))"
)


async def unwanted(store: Store, texts: Sequence[UUID]) -> set[UUID]:
    """Which of these claimed texts nobody may be sent any more; see `claim_due`."""
    rows = await store.rows(
        "SELECT outbox.id FROM outbox JOIN identity ON identity.id = identity_id"
        f" LEFT JOIN worker ON worker.id = identity.worker_id WHERE outbox.id = ANY(:texts) AND {_UNWANTED}",
        texts=list(texts), notice=NOTICE, bulk=BULK,
    )  # fmt: skip
    return {row.id for row in rows}


# What a round's own text, of `outbox`, heeds of its round: whether it rests now, and whether it does on holidays.
_OF_ROUND = (
    "LATERAL (SELECT paused_at IS NOT NULL AS resting, plan @> '{\"rest_on_holidays\": true}' AS rests_on_holidays"
    " FROM invitation JOIN round ON round.id = round_id"
    " WHERE priority = :bulk AND invitation.id = invitation_id) AS of_round"
)
_OF_SERVICE = "(SELECT {} FROM provider_contact WHERE provider_contact.identity_id = outbox.identity_id LIMIT 1)"


async def _take(
    store: Store, chosen: Sequence[UUID], first: Sequence[UUID], means: Mapping[UUID, float], now: datetime
) -> list[Claimed]:
    """Mark what was chosen as `sending`, and `first` as leaving; what is unwanted by now is taken back, what rests waits."""
    if not chosen:
        return []
    rows = await store.rows(
        # What another transaction is just taking back is stepped over.
        "WITH held AS (SELECT outbox.id, organiser, channel.sender,"
        # A service's phone has a night, too.
        f" coalesce(site.country, {_OF_SERVICE.format('country')}, '') AS country,"
        f" coalesce(site.zone, {_OF_SERVICE.format('zone')}, '') AS zone,"
        f" {_UNWANTED} AS unwanted, coalesce(resting, false) AS resting,"
        " coalesce(rests_on_holidays, false) AS rests_on_holidays"
        " FROM outbox JOIN programme ON programme.id = outbox.programme_id JOIN channel ON channel.id = channel_id"
        " JOIN identity ON identity.id = identity_id LEFT JOIN worker ON worker.id = identity.worker_id"
        " LEFT JOIN enrolment ON enrolment.worker_id = identity.worker_id AND active"
        f" LEFT JOIN site ON site.id = enrolment.site_id LEFT JOIN {_OF_ROUND} ON true"
        " WHERE outbox.id = ANY(:chosen) AND state = 'queued' FOR NO KEY UPDATE OF outbox SKIP LOCKED)"
        " UPDATE outbox SET state = CASE WHEN unwanted THEN 'cancelled' WHEN resting THEN 'queued' ELSE 'sending' END,"
        " due_at = CASE WHEN resting THEN CAST(:again AS timestamptz) ELSE due_at END,"
        " settled_at = CASE WHEN unwanted THEN CAST(:now AS timestamptz) END,"
        " attempts = attempts + CASE WHEN unwanted OR resting THEN 0 ELSE 1 END,"
        " claimed_at = CASE WHEN NOT (unwanted OR resting) THEN CAST(:now AS timestamptz) END,"
        " lease_until = CASE WHEN NOT (unwanted OR resting) THEN CAST(:until AS timestamptz) END,"
        " left_no = CASE WHEN NOT (unwanted OR resting) AND outbox.id = ANY(:first) THEN nextval('turn_seq') END"
        " FROM held WHERE outbox.id = held.id RETURNING outbox.id, programme_id, organiser, identity_id, channel_id,"
        " sender, carrier, say, language, priority, attempts, country, zone, conversation_id, invitation_id, survey_id,"
        " state, outbox.left_no, coalesce(trace_id, outbox.id) AS trace, rests_on_holidays",
        chosen=list(chosen), first=list(first), notice=NOTICE, bulk=BULK, now=now, until=now + LEASE, again=now + _RESTS,
    )  # fmt: skip
    await _end_unasked(store, [row.conversation_id for row in rows if row.state == "cancelled"], now)
    claimed = [
        Claimed(
            row.id, row.programme_id, row.organiser, row.identity_id, row.channel_id, row.sender, row.carrier,
            Say.from_json(row.say), row.language, row.priority, row.attempts, row.country, row.zone,
            row.conversation_id, row.invitation_id, row.survey_id, means[row.channel_id], row.left_no, row.trace, now,
            row.rests_on_holidays,
        )
        for row in rows
        if row.state == "sending"
    ]  # fmt: skip
    return sorted(claimed, key=lambda item: (item.priority, item.id))


async def _end_unasked(store: Store, conversations: Sequence[UUID | None], now: datetime) -> None:
    """Who was never asked, because the text was taken back, is waited for no longer."""
    if any(conversations):
        await store.run(
            "UPDATE conversation SET expires_at = :now WHERE id = ANY(:ids) AND open AND asked_at IS NULL",
            ids=[key for key in conversations if key],
            now=now,
        )


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a claimed text.

    `due_at` is set for one that goes back to the queue, `unspent` where that was no try; `dead` is one that failed
    for a reason a person can mend. `claimed_at` is that of the claim: should the text have been claimed anew meanwhile,
    this outcome is of the past and changes nothing.
    """

    id: UUID
    state: str
    reference: str | None = None
    cause: str | None = None
    code: str | None = None
    segments: int | None = None
    due_at: datetime | None = None
    unspent: bool = False
    dead: bool = False
    claimed_at: datetime | None = None


async def settle(store: Store, outcomes: Sequence[Settlement], now: datetime) -> None:
    """Write what became of a batch; a report that came first is not overwritten, but what it could not tell is added.

    A text that was reaped meanwhile is settled too: its holder was slow and not dead, and knows.
    """
    rows = [
        {
            "id": item.id, "state": item.state, "reference": item.reference, "cause": item.cause, "code": item.code,
            "segments": item.segments, "due_at": item.due_at, "unspent": item.unspent, "dead": item.dead,
            "claimed_at": item.claimed_at,
        }
        for item in outcomes
    ]  # fmt: skip
    await store.run(
        "UPDATE outbox SET state = given.state, reference = coalesce(outbox.reference, given.reference),"
        " cause = given.cause, code = given.code, segments = coalesce(given.segments, outbox.segments),"
        " due_at = coalesce(given.due_at, outbox.due_at), lease_until = NULL,"
        # What goes back to the queue was on no phone.
        " left_no = CASE WHEN given.state <> 'queued' THEN outbox.left_no END,"
        # Waiting for a decent hour is no failed try, and what was handed to nobody is none.
        " attempts = outbox.attempts - CASE WHEN given.unspent THEN 1 ELSE 0 END,"
        " sent_at = CASE WHEN given.state IN ('accepted', 'unknown') THEN :now END,"
        " settled_at = CASE WHEN given.state <> 'queued' THEN CAST(:now AS timestamptz) END,"
        " dead_at = CASE WHEN given.dead THEN CAST(:now AS timestamptz) END"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(id uuid, state text, reference text, cause text,"
        " code text, segments smallint, due_at timestamptz, unspent boolean, dead boolean, claimed_at timestamptz)"
        " WHERE outbox.id = given.id AND outbox.state IN ('sending', 'unknown')"
        " AND (given.claimed_at IS NULL OR given.claimed_at = outbox.claimed_at)",
        rows=to_json(rows), now=now,
    )  # fmt: skip
    await store.run(
        "UPDATE outbox SET reference = coalesce(outbox.reference, given.reference),"
        " segments = coalesce(outbox.segments, given.segments)"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(id uuid, state text, reference text, segments smallint)"
        " WHERE outbox.id = given.id AND given.state = 'accepted' AND outbox.segments IS NULL",
        rows=to_json(rows),
    )


async def cancel_queued(store: Store, identities: Sequence[UUID], now: datetime, *, keep: Sequence[UUID] = ()) -> int:
    """Take back what waits for these phones: the worker opted out, or the round ended."""
    return await store.run(
        "UPDATE outbox SET state = 'cancelled', settled_at = :now WHERE state = 'queued'"
        " AND identity_id = ANY(:identities) AND NOT id = ANY(:keep)",
        identities=list(identities), keep=list(keep), now=now,
    )  # fmt: skip


# Not by the index of what waits: that may hold a million, though plans were made when it held none.
OVERTAKEN = "outbox.state || '' = 'queued' AND (priority = :bulk OR say->>'question' <> '')"
"""Of a row of `outbox` whose conversation ended or moved on: it still waits, and is a reminder or asks something."""


async def cancel_conversations(store: Store, conversations: Sequence[UUID], now: datetime) -> int:
    """Take back what still waits of conversations that ended or moved on: reminders, and questions that were overtaken."""
    return await store.run(
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
        await store.wake_workers()


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
        carriers=list(carriers), priorities=list(_PRIORITIES), now=now, limit=limit,
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
