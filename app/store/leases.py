"""The lease of a claimed text: what its holder marks before it hands over, and what becomes of it where the holder died."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.store.claims import Claimed
from app.store.database import Store

_UNTOUCHED = timedelta(minutes=1)
"""After so long, what was claimed and not handed over is anybody's again. Nobody is texted twice for that: `hand_on` leaves
alone what is not its claim's any more, so whoever was slow and not dead finds it gone."""


async def hand_on(store: Store, texts: Sequence[Claimed]) -> set[UUID]:
    """Mark these as leaving, before they are handed over; those that still are this claim's.

    Called again where the answer to its COMMIT was lost, it gives the same: a claim has one holder, who handed over none yet.
    """
    rows = await store.rows(
        "UPDATE outbox SET left_no = nextval('turn_seq') FROM unnest(CAST(:ids AS uuid[]), CAST(:moments AS timestamptz[]))"
        " AS given(id, claimed_at) WHERE outbox.id = given.id AND outbox.claimed_at = given.claimed_at"
        " AND state = 'sending' RETURNING outbox.id",
        ids=[text.id for text in texts],
        moments=[text.claimed_at for text in texts],
    )
    return {row.id for row in rows}


@dataclass(frozen=True, slots=True)
class Lost:
    """A text whose holder died with it."""

    id: UUID
    conversation: UUID | None
    invitation: UUID | None


_ABANDONED = (
    "SELECT id FROM outbox WHERE state = 'sending' AND {}"
    " ORDER BY lease_until LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED"
)


async def reap(store: Store, now: datetime, limit: int = 1000) -> list[Lost]:
    """Claims whose holder died: a text that may have left becomes Unknown, never queued again blindly.

    What was never handed over goes back to the queue, and sooner.
    """
    released = await store.run(
        "UPDATE outbox SET state = 'queued', attempts = attempts - 1, claimed_at = NULL, lease_until = NULL"
        f" WHERE id = ANY(ARRAY({_ABANDONED.format('left_no IS NULL AND claimed_at < :before')}))",
        before=now - _UNTOUCHED, limit=limit,
    )  # fmt: skip
    if released:
        store.wake_workers()
    rows = await store.rows(
        "UPDATE outbox SET state = 'unknown', cause = 'timeout', lease_until = NULL, sent_at = claimed_at,"
        f" settled_at = :now WHERE id = ANY(ARRAY({_ABANDONED.format('left_no IS NOT NULL AND lease_until < :now')}))"
        " RETURNING id, conversation_id, invitation_id",
        now=now, limit=limit,
    )  # fmt: skip
    return sorted((Lost(*row) for row in rows), key=lambda lost: lost.id)
