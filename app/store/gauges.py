"""What waits, and for how long: each look is an index's, whatever the tables hold.

A count ends at a bound: past it, how much more waits matters to nobody, and a look must not cost what waits.
"""

from datetime import datetime, timedelta
from typing import Any

from app.domain.alerts import Reading
from app.store.database import Store
from app.store.fates import UNDECIDED
from app.store.outbox import BULK, NOTICE, REPLY

MOST_COUNTED = 100_000
"""Of any one sender's texts of one priority, and of anything else that is counted here."""

_SET_ASIDE, _GIVEN_UP = timedelta(days=7), timedelta(days=1)
"""For how long replies nobody could handle, and events nobody took, are told of."""

_PRIORITIES = {REPLY: "reply", NOTICE: "notice", BULK: "round"}

_TIMERS = {"reminder": "remind_at", "expiry": "expires_at", "resume": "resume_at"}
"""Of conversations. An invitation is no such timer: it may rightly wait for another conversation to end."""


async def measure(store: Store, now: datetime) -> list[Reading]:
    """Everything the database can tell of what waits."""
    return [
        *await _queue(store, now),
        *await _inbox(store, now),
        *await _fates(store, now),
        *await _timers(store, now),
        *await _deliveries(store, now),
        *await _letters(store, now),
    ]


async def _queue(store: Store, now: datetime) -> list[Reading]:
    rows = await store.rows(
        "SELECT carrier, priority, sum(texts) AS texts, sum(due) AS due, min(oldest) AS oldest FROM channel"
        " CROSS JOIN unnest(CAST(:priorities AS smallint[])) AS priority CROSS JOIN LATERAL"
        " (SELECT count(*) AS texts, count(*) FILTER (WHERE due_at <= :now) AS due, min(due_at) AS oldest FROM"
        " (SELECT due_at FROM outbox WHERE channel_id = channel.id AND state = 'queued'"
        " AND outbox.priority = priority.priority ORDER BY due_at LIMIT :most) AS found) AS counted"
        " GROUP BY carrier, priority ORDER BY carrier, priority",
        priorities=list(_PRIORITIES), now=now, most=MOST_COUNTED,
    )  # fmt: skip
    found: list[Reading] = []
    for row in rows:
        labels = {"carrier": row.carrier, "priority": _PRIORITIES[row.priority]}
        found += [
            Reading("queue_texts", float(row.due), {**labels, "due": "now"}),
            Reading("queue_texts", float(row.texts - row.due), {**labels, "due": "later"}),
            Reading("queue_oldest_seconds", _age(row.oldest, now), labels),
        ]
    return found


async def _inbox(store: Store, now: datetime) -> list[Reading]:
    row = await store.row(
        "SELECT (SELECT count(*) FROM (SELECT FROM inbox WHERE state = 'new' LIMIT :most) AS found) AS waiting,"
        " (SELECT min(received_at) FROM inbox WHERE state = 'new') AS oldest,"
        " (SELECT count(*) FROM (SELECT FROM inbox WHERE state = 'failed' AND (handled_at IS NULL OR handled_at > :since)"
        " LIMIT :most) AS found) AS failed",
        most=MOST_COUNTED,
        since=now - _SET_ASIDE,
    )
    assert row is not None  # noqa: S101 - an aggregate has a row
    return [
        Reading("inbox_replies", float(row.waiting)),
        Reading("inbox_oldest_seconds", _age(row.oldest, now)),
        Reading("inbox_set_aside", float(row.failed)),
    ]


async def _fates(store: Store, now: datetime) -> list[Reading]:
    leases = await store.row(
        "SELECT count(*) FILTER (WHERE lease_until >= :now) AS held, count(*) FILTER (WHERE lease_until < :now)"
        " AS expired FROM (SELECT lease_until FROM outbox WHERE state = 'sending' LIMIT :most) AS found",
        now=now, most=MOST_COUNTED,
    )  # fmt: skip
    unknown = await store.rows(
        "SELECT carrier, sent_at <= :undecided AS decide, count(*) AS texts FROM (SELECT carrier, sent_at FROM outbox"
        " WHERE state = 'unknown' LIMIT :most) AS found GROUP BY 1, 2 ORDER BY 1, 2",
        undecided=now - UNDECIDED, most=MOST_COUNTED,
    )  # fmt: skip
    dead = await store.rows(
        "SELECT carrier, count(*) AS texts FROM (SELECT carrier FROM outbox WHERE dead_at IS NOT NULL LIMIT :most)"
        " AS found GROUP BY 1 ORDER BY 1",
        most=MOST_COUNTED,
    )
    assert leases is not None  # noqa: S101 - an aggregate has a row
    return [
        Reading("leases", float(leases.held), {"state": "held"}),
        Reading("leases", float(leases.expired), {"state": "expired"}),
        *(
            Reading(
                "unknown_texts", float(row.texts), {"carrier": row.carrier, "decide": "yes" if row.decide else "no"}
            )
            for row in unknown
        ),
        *(Reading("dead_letters", float(row.texts), {"carrier": row.carrier}) for row in dead),
    ]


async def _timers(store: Store, now: datetime) -> list[Reading]:
    found: list[Reading] = []
    for name, column in _TIMERS.items():
        row = await store.row(
            f"SELECT count(*) AS late, min({column}) AS oldest FROM (SELECT {column} FROM conversation"
            f" WHERE open AND {column} <= :now ORDER BY {column} LIMIT :most) AS found",
            now=now, most=MOST_COUNTED,
        )  # fmt: skip
        assert row is not None  # noqa: S101 - an aggregate has a row
        found += [
            Reading("timers_late", float(row.late), {"timer": name}),
            Reading("timer_late_seconds", _age(row.oldest, now), {"timer": name}),
        ]
    return found


async def _deliveries(store: Store, now: datetime) -> list[Reading]:
    row = await store.row(
        "SELECT (SELECT count(*) FROM (SELECT FROM delivery WHERE state = 'waiting' LIMIT :most) AS found) AS waiting,"
        " (SELECT count(*) FROM (SELECT FROM delivery JOIN hook ON hook.id = hook_id WHERE state = 'failed'"
        " AND settled_at > :since AND retired_at IS NULL LIMIT :most) AS found) AS failed",
        most=MOST_COUNTED,
        since=now - _GIVEN_UP,
    )
    assert row is not None  # noqa: S101 - an aggregate has a row
    return [
        Reading("deliveries_waiting", float(row.waiting)),
        Reading("deliveries_failed", float(row.failed)),
    ]


async def _letters(store: Store, now: datetime) -> list[Reading]:
    row = await store.row(
        "SELECT (SELECT count(*) FROM (SELECT FROM letter WHERE state = 'waiting' LIMIT :most) AS found) AS waiting,"
        " (SELECT count(*) FROM (SELECT FROM letter WHERE state = 'failed' AND settled_at > :since LIMIT :most) AS found)"
        " AS failed",
        most=MOST_COUNTED, since=now - _GIVEN_UP,
    )  # fmt: skip
    assert row is not None  # noqa: S101 - an aggregate has a row
    return [Reading("letters_waiting", float(row.waiting)), Reading("letters_failed", float(row.failed))]


def _age(since: Any, now: datetime) -> float:
    """Seconds since then; none where nothing waits, or not yet."""
    return max(0.0, (now - since) / timedelta(seconds=1)) if since is not None else 0.0
