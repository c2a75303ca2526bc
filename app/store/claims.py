"""Claiming: texts become a process's own in one committed transaction, before anybody is handed one.

Three statements: the senders whose turn it may be, what waits at each, and the claim of what is chosen of it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from app.domain.pacing import Candidate, Sender, in_turn, shares
from app.domain.wording import Say
from app.store.budgets import CHARGED, Budget, give_way, lock_budgets, waiting_budgets
from app.store.database import Store
from app.store.outbox import BULK, NOTICE, PRIORITIES, STILL_ASKED
from app.store.statements import from_json, to_json

SLOWEST = timedelta(minutes=15)
"""How long a hand-over may take: whoever is not answered by then holds a text whose fate is unknown."""

LEASE = SLOWEST + timedelta(minutes=5)
"""How long a claim holds: the slowest hand-over, and time to write down what came of it."""

_RESTS = timedelta(minutes=10)
"""After this long, a text whose round rests is looked at again; who lets the round go on wakes it at once."""

_A_CLAIM = timedelta(milliseconds=50)
"""After this long, a sender that another process is just claiming of is free again."""


class Claimed(NamedTuple):
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
    budgets = await lock_budgets(store, paces, PRIORITIES, now)
    able = [budget for budget in budgets if budget.texts]
    chosen = await _choose(store, able, now, limit)
    if len(chosen) < limit:
        await give_way(store, able, {able[item.sender].channel for item in chosen})
    if taken := await _take(store, able, chosen, _first_of_each(able, chosen, at_once or {}), now):
        return Claim(tuple(taken))
    return Claim(again_at=await _again_at(store, able, paces, now, cancelled=bool(chosen)))


async def _again_at(
    store: Store, able: Sequence[Budget], paces: Mapping[str, float] | None, now: datetime, *, cancelled: bool
) -> datetime | None:
    if cancelled:
        return now
    # Who could pay and has nothing to say waits for another text of the same phone, whose end wakes everybody.
    known = {budget.channel for budget in able}
    others = [item for item in await waiting_budgets(store, paces, PRIORITIES, now) if item.channel not in known]
    # Whoever could pay is held by another process.
    return min((now + _A_CLAIM if item.texts else item.bucket.ready_at for item in others), default=None)


def _first_of_each(able: Sequence[Budget], chosen: Sequence[Candidate], at_once: Mapping[str, int]) -> list[UUID]:
    """Of the chosen, those that are handed over at once: the first of each carrier, the urgent before others."""
    seen: Counter[str] = Counter()
    first: list[UUID] = []
    for item in chosen:
        carrier = able[item.sender].carrier
        seen[carrier] += 1
        if carrier not in at_once or seen[carrier] <= at_once[carrier]:
            first.append(item.text)
    return first


async def _choose(store: Store, able: Sequence[Budget], now: datetime, limit: int) -> list[Candidate]:
    """The texts whose turn it is, in their turn; the sender of each is its place among the able."""
    senders = [Sender(place, budget.programme, budget.texts) for place, budget in enumerate(able)]
    asked = [
        {"place": place, "channel": budget.channel, "first": budget.urgency, "share": share}
        for place, (budget, share) in enumerate(zip(able, shares(senders, limit), strict=True))
    ]
    rows = await store.rows(
        "SELECT text.id, place, urgency FROM jsonb_to_recordset(CAST(:asked AS jsonb))"
        " AS asked(place int, channel uuid, first smallint, share int)"
        # Said and not given, so that a plan made once is no worse than one made anew each time.
        f" JOIN unnest(CAST('{{{', '.join(map(str, PRIORITIES))}}}' AS smallint[])) AS urgency ON urgency >= first"
        " CROSS JOIN LATERAL (SELECT id, due_at FROM outbox WHERE channel_id = asked.channel AND state = 'queued'"
        " AND priority = urgency AND due_at <= :now"
        # A worker's texts leave in order: a later one waits while an earlier is under way. Each phone is looked up by
        # itself: joined, a plan that knows of few texts that leave would walk over all of them for each that waits.
        " AND NOT EXISTS (SELECT 1 FROM outbox AS leaving WHERE leaving.identity_id = outbox.identity_id"
        " AND leaving.state = 'sending' AND leaving.id < outbox.id UNION ALL"
        " SELECT 1 FROM outbox AS earlier WHERE earlier.identity_id = outbox.identity_id"
        " AND earlier.state = 'queued' AND earlier.id < outbox.id AND earlier.priority <= outbox.priority)"
        " ORDER BY due_at, id LIMIT asked.share) AS text ORDER BY place, due_at, text.id",
        asked=to_json(asked), now=now,
    )  # fmt: skip
    # Numbers stand for programmes: an id takes its time to be told from another.
    numbers: dict[UUID, int] = {}
    programmes = [numbers.setdefault(budget.programme, place) for place, budget in enumerate(able)]
    waiting = [Candidate(row.id, row.place, programmes[row.place], row.urgency) for row in rows]
    return in_turn(waiting, {sender.sender: sender.texts for sender in senders}, limit)


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
    store: Store, able: Sequence[Budget], chosen: Sequence[Candidate], first: Sequence[UUID], now: datetime
) -> list[Claimed]:
    """Mark what was chosen as `sending`, and `first` as leaving, and charge for it, the urgent first.

    What is unwanted by now is taken back, and what rests waits.
    """
    if not chosen:
        return []
    filled = [
        {
            "sender_at": place,
            "channel_id": budget.channel,
            "tokens": budget.bucket.tokens,
            "at": budget.bucket.filled_at,
        }
        for place, budget in enumerate(able)
    ]
    rows = await store.rows(
        "WITH filled AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(CAST(:filled AS jsonb))"
        " AS given(sender_at int, channel_id uuid, tokens float8, at timestamptz)),"
        # What another transaction is just taking back is stepped over. Marked where it stands: the lock keeps it there.
        " held AS (SELECT outbox.ctid AS stands, sender_at, organiser,"
        # A service's phone has a night, too.
        f" coalesce(site.country, {_OF_SERVICE.format('country')}, '') AS country,"
        f" coalesce(site.zone, {_OF_SERVICE.format('zone')}, '') AS zone,"
        f" {_UNWANTED} AS unwanted, coalesce(resting, false) AS resting,"
        " coalesce(rests_on_holidays, false) AS rests_on_holidays"
        " FROM outbox JOIN filled USING (channel_id) JOIN programme ON programme.id = outbox.programme_id"
        " JOIN identity ON identity.id = identity_id LEFT JOIN worker ON worker.id = identity.worker_id"
        " LEFT JOIN enrolment ON enrolment.worker_id = identity.worker_id AND active"
        f" LEFT JOIN site ON site.id = enrolment.site_id LEFT JOIN {_OF_ROUND} ON true"
        " WHERE outbox.id = ANY(:chosen) AND state = 'queued' FOR NO KEY UPDATE OF outbox SKIP LOCKED),"
        " taken AS (UPDATE outbox SET"
        " state = CASE WHEN unwanted THEN 'cancelled' WHEN resting THEN 'queued' ELSE 'sending' END,"
        " due_at = CASE WHEN resting THEN CAST(:again AS timestamptz) ELSE due_at END,"
        " settled_at = CASE WHEN unwanted THEN CAST(:now AS timestamptz) END,"
        " attempts = attempts + CASE WHEN unwanted OR resting THEN 0 ELSE 1 END,"
        " claimed_at = CASE WHEN NOT (unwanted OR resting) THEN CAST(:now AS timestamptz) END,"
        " lease_until = CASE WHEN NOT (unwanted OR resting) THEN CAST(:until AS timestamptz) END,"
        " left_no = CASE WHEN NOT (unwanted OR resting) AND outbox.id = ANY(:first) THEN nextval('turn_seq') END"
        " FROM held WHERE outbox.ctid = stands RETURNING outbox.id, sender_at, state, organiser, identity_id, carrier,"
        " say::text AS say, language, priority, attempts, country, zone, conversation_id, invitation_id, survey_id, left_no,"
        " coalesce(trace_id, outbox.id) AS trace, rests_on_holidays),"
        f" {CHARGED} SELECT * FROM taken ORDER BY priority, id",
        filled=to_json(filled), chosen=[item.text for item in chosen], first=list(first), notice=NOTICE, bulk=BULK,
        now=now, until=now + LEASE, again=now + _RESTS,
    )  # fmt: skip
    await _end_unasked(store, [row.conversation_id for row in rows if row.state == "cancelled"], now)
    return [_claimed(row, able[row.sender_at], now) for row in rows if row.state == "sending"]


def _claimed(row: Any, budget: Budget, now: datetime) -> Claimed:
    return Claimed(
        row.id, budget.programme, row.organiser, row.identity_id, budget.channel, budget.sender, row.carrier,
        _said(row.say), row.language, row.priority, row.attempts, row.country, row.zone, row.conversation_id,
        row.invitation_id, row.survey_id, budget.bucket.mean, row.left_no, row.trace, now, row.rests_on_holidays,
    )  # fmt: skip


@lru_cache(maxsize=1024)  # a question is the same to a thousand people
def _said(text: str) -> Say:
    return Say.from_json(from_json(text))


async def _end_unasked(store: Store, conversations: Sequence[UUID | None], now: datetime) -> None:
    """Who was never asked, because the text was taken back, is waited for no longer.

    Whose conversation another holds is being asked or heard just now; and it may wait for a sender that this claim holds.
    """
    if any(conversations):
        await store.run(
            "UPDATE conversation SET expires_at = :now WHERE id IN (SELECT id FROM conversation WHERE id = ANY(:ids)"
            " AND open AND asked_at IS NULL FOR NO KEY UPDATE SKIP LOCKED)",
            ids=[key for key in conversations if key],
            now=now,
        )
