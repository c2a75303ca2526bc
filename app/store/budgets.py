"""How many segments each sender may hand over now: one bucket a sender, shared by every process.

A claim takes what its texts are expected to need; once they are written, the difference is settled.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from app.domain.pacing import AT_ONCE, DUST, LEAST_AT_ONCE, Bucket
from app.store.database import Store

_USUAL_RATE = 1000.0
"""Segments a second where nobody said."""

_LEARNS = 0.2
"""How much the newest batch weighs in what a text of a sender is taken for."""

_MOST_SENDERS = 25
"""A claim is of so many senders: those with answers to give, then those that waited longest; others are left to others.

Of a hundred texts each then gives four. A claim of twice as many senders takes a third longer, and holds them all meanwhile.
"""

_MOST_SEEN = 1000
"""Of so many senders it is looked up when they pay again; more are not waited for, but looked for each second."""

_MAKING = 7317  # an advisory lock's number, of no meaning


class Budget(NamedTuple):
    """A sender with texts that are due, the priority of the most urgent, and its bucket as it is now.

    `texts` is how many the bucket pays for.
    """

    channel: UUID
    programme: UUID
    carrier: str
    sender: str
    bucket: Bucket
    urgency: int
    texts: int


_RATE = "coalesce(segments_per_second, pace, :usual)"
_OF_SENDERS = (
    " sender_budget.channel_id, channel.programme_id, channel.carrier, sender, tokens, filled_at, mean, served_no,"
    f" {_RATE} AS rate FROM sender_budget JOIN channel ON channel.id = channel_id"
    " LEFT JOIN unnest(CAST(:carriers AS text[]), CAST(:paces AS float8[])) AS given(carrier, pace)"
    " ON given.carrier = channel.carrier"
)
# As `Bucket.texts` says. Whose bucket is empty has no place in a claim: so many of them would keep all others from theirs.
_PAYS = (
    f" AND tokens + {_RATE} * greatest(0, CAST(extract(epoch FROM CAST(:now AS timestamptz) - filled_at) AS float8))"
    f" >= least(mean, greatest({LEAST_AT_ONCE}, {_RATE} * {AT_ONCE.total_seconds()})) - {DUST}"
)


def _senders(pays: str, lock: str) -> str:
    """The query for senders with texts that are due of whom `pays` holds, which `lock` follows where they are chosen.

    Those who have more urgent things to say than a round's texts are found by leaping through the index from sender to
    sender; of the others so many are looked at, the longest unserved first, as are wanted. What nobody asked for, and
    what is not due yet, is never walked over.
    """
    return (
        "WITH RECURSIVE ahead(priority, channel_id) AS ((SELECT priority, channel_id FROM outbox WHERE state = 'queued'"
        " AND priority < :last ORDER BY priority, channel_id LIMIT 1) UNION ALL SELECT further.* FROM ahead"
        " CROSS JOIN LATERAL (SELECT priority, channel_id FROM outbox WHERE state = 'queued' AND priority < :last"
        " AND (priority, channel_id) > (ahead.priority, ahead.channel_id) ORDER BY priority, channel_id LIMIT 1) AS further),"
        " urgent AS MATERIALIZED (SELECT channel_id, min(priority) AS urgency FROM ahead WHERE EXISTS (SELECT FROM outbox"
        " WHERE state = 'queued' AND outbox.priority = ahead.priority AND outbox.channel_id = ahead.channel_id"
        " AND due_at <= :now) GROUP BY channel_id),"
        f" first AS MATERIALIZED (SELECT urgency,{_OF_SENDERS} JOIN urgent USING (channel_id)"
        f" WHERE (:anyone OR given.carrier IS NOT NULL){pays} ORDER BY urgency, served_no, channel_id LIMIT :most {lock}),"
        f" others AS MATERIALIZED (SELECT CAST(:last AS smallint) AS urgency,{_OF_SENDERS}"
        # In their order before anybody looks for texts of theirs, so that the look ends with enough of them.
        " JOIN (SELECT channel_id, served_no AS turn FROM sender_budget ORDER BY turn, channel_id OFFSET 0) AS line"
        " USING (channel_id) CROSS JOIN LATERAL (SELECT FROM outbox WHERE state = 'queued' AND priority = :last"
        " AND outbox.channel_id = line.channel_id AND due_at <= :now LIMIT 1) AS waiting"
        f" WHERE (:anyone OR given.carrier IS NOT NULL){pays} AND NOT EXISTS (SELECT FROM urgent"
        " WHERE urgent.channel_id = line.channel_id) ORDER BY turn, line.channel_id"
        f" LIMIT :most - (SELECT count(*) FROM first) {lock})"
        " SELECT *, (SELECT count(*) FROM channel) > (SELECT count(*) FROM sender_budget) AS without"
        " FROM (SELECT * FROM first UNION ALL SELECT * FROM others) AS chosen ORDER BY urgency, served_no, channel_id"
    )


_LOCKED = _senders(_PAYS, "FOR NO KEY UPDATE OF sender_budget SKIP LOCKED")
_SEEN = _senders("", "")


async def lock_budgets(
    store: Store, paces: Mapping[str, float] | None, priorities: Sequence[int], now: datetime
) -> list[Budget]:
    """The senders with texts that are due and paid for, this transaction's alone until it ends; the longest unserved first.

    Args:
        store: the open transaction.
        paces: carrier → segments a second; the others' senders are left alone. None: every sender.
        priorities: of the texts.
        now: the moment.
    """
    rows = await store.rows(_LOCKED, **_asked(paces, priorities, now))
    if (not rows or rows[0].without) and await _make_budgets(store, now):
        rows = await store.rows(_LOCKED, **_asked(paces, priorities, now))
    return [_budget(row, now) for row in rows]


async def _make_budgets(store: Store, now: datetime) -> int:
    """Buckets for senders that have none yet; how many."""
    return await store.run(
        "INSERT INTO sender_budget (channel_id, tokens, filled_at) SELECT id, :tokens, CAST(:now AS timestamptz)"
        " FROM channel WHERE NOT EXISTS (SELECT FROM sender_budget WHERE channel_id = channel.id)"
        # Nobody waits for another who is just making the bucket of a new sender.
        " AND pg_try_advisory_xact_lock(:making) ON CONFLICT DO NOTHING",
        # As if nothing had left for a while: its bucket is full.
        tokens=LEAST_AT_ONCE, now=now - AT_ONCE, making=_MAKING,
    )  # fmt: skip


async def waiting_budgets(
    store: Store, paces: Mapping[str, float] | None, priorities: Sequence[int], now: datetime
) -> list[Budget]:
    """The senders with texts that are due as they are just now, whoever holds them and whatever they pay for."""
    rows = await store.rows(_SEEN, **_asked(paces, priorities, now) | {"most": _MOST_SEEN})
    return [_budget(row, now) for row in rows]


async def give_way(store: Store, locked: Sequence[Budget], spoken: Collection[UUID]) -> None:
    """Of a claim full of senders, those who had nothing to say are served last next time.

    Whose texts all wait for earlier ones of the same phones would be the first again, and nobody else's turn would come.
    """
    silent = [budget.channel for budget in locked if budget.channel not in spoken]
    if silent and len(locked) == _MOST_SENDERS:
        await store.tell(
            "UPDATE sender_budget SET served_no = nextval('turn_seq') WHERE channel_id = ANY(:silent)", silent=silent
        )


def _asked(paces: Mapping[str, float] | None, priorities: Sequence[int], now: datetime) -> dict[str, Any]:
    given = paces or {}
    return {
        "carriers": list(given), "paces": list(given.values()), "anyone": paces is None, "usual": _USUAL_RATE,
        "last": max(priorities), "most": _MOST_SENDERS, "now": now,
    }  # fmt: skip


def _budget(row: Any, now: datetime) -> Budget:
    bucket = Bucket(row.tokens, row.filled_at, row.rate, row.mean).filled(now)
    return Budget(row.channel_id, row.programme_id, row.carrier, row.sender, bucket, row.urgency, bucket.texts)


CHARGED = (
    "charged AS (UPDATE sender_budget SET tokens = filled.tokens - sender_budget.mean * texts, filled_at = filled.at,"
    " served_no = nextval('turn_seq') FROM filled JOIN (SELECT sender_at, count(*) AS texts FROM taken"
    " WHERE state = 'sending' GROUP BY sender_at) AS used USING (sender_at)"
    " WHERE sender_budget.channel_id = filled.channel_id)"
)
"""Beside `taken`, the claimed texts: takes what those are expected to need from locked buckets, as `filled` has them.

Whose they are is served last next time.
"""


@dataclass(frozen=True, slots=True)
class Used:
    """What a batch of a sender needed, in segments: `charged` at the claim, `segments` for the `texts` handed over.

    `pause` is how long the sender hands over nothing more, because its carrier is busy.
    """

    channel: UUID
    charged: float
    texts: int
    segments: int
    pause: timedelta = timedelta(0)


async def settle_budgets(store: Store, used: Sequence[Used], paces: Mapping[str, float] | None = None) -> None:
    """Take the difference between what was charged and what was needed, and learn from it.

    After a pause a bucket pays for one text: that one tries whether the carrier still is busy.
    """
    given = paces or {}
    await store.tell(
        # Locked in one order, for two processes that settle at once.
        "WITH held AS (SELECT channel_id, coalesce(segments_per_second, pace, :usual) AS rate FROM sender_budget"
        " JOIN channel ON channel.id = channel_id LEFT JOIN unnest(CAST(:carriers AS text[]), CAST(:paces AS float8[]))"
        " AS given(carrier, pace) ON given.carrier = channel.carrier WHERE channel_id = ANY(:channels)"
        " ORDER BY channel_id FOR NO KEY UPDATE OF sender_budget)"
        " UPDATE sender_budget SET tokens = least(tokens + charged - segments, CASE WHEN pause > 0"
        " THEN mean - rate * pause ELSE 'Infinity' END),"
        " mean = CASE WHEN texts > 0 THEN greatest(1, mean + (segments::float8 / texts - mean) * :learns) ELSE mean END"
        " FROM held JOIN unnest(CAST(:channels AS uuid[]), CAST(:charged AS float8[]), CAST(:texts AS int[]),"
        " CAST(:segments AS int[]), CAST(:pauses AS float8[])) AS used(channel_id, charged, texts, segments, pause)"
        " USING (channel_id) WHERE sender_budget.channel_id = held.channel_id",
        channels=[item.channel for item in used], charged=[item.charged for item in used],
        texts=[item.texts for item in used], segments=[item.segments for item in used],
        pauses=[item.pause.total_seconds() for item in used], learns=_LEARNS, usual=_USUAL_RATE,
        carriers=list(given), paces=list(given.values()),
    )  # fmt: skip
