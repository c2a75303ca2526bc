"""What came of claimed texts, as the process that handed them over tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.store.database import Store
from app.store.statements import to_json


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
    if not outcomes:
        return
    rows = [
        {
            "id": item.id, "state": item.state, "reference": item.reference, "cause": item.cause, "code": item.code,
            "segments": item.segments, "due_at": item.due_at, "unspent": item.unspent, "dead": item.dead,
            "claimed_at": item.claimed_at,
        }
        for item in outcomes
    ]  # fmt: skip
    written = await store.run(
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
    if written == len(rows):
        return
    await store.run(
        "UPDATE outbox SET reference = coalesce(outbox.reference, given.reference),"
        " segments = coalesce(outbox.segments, given.segments)"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(id uuid, state text, reference text, segments smallint)"
        " WHERE outbox.id = given.id AND given.state = 'accepted' AND outbox.segments IS NULL",
        rows=to_json(rows),
    )
