"""What became of texts after they were handed over: by the carrier's word, by a look-up, or by a person's decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.errors import ConflictError, NotFoundError
from app.store.database import Store, new_ids
from app.store.outbox import STILL_ASKED
from app.store.statements import to_json

UNDECIDED = timedelta(hours=24)
"""After this long nobody but a person will learn what became of a text."""

_LISTED = 1000


# -- reports --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reported:
    """A message a report is about; `again` where it is a further try of another, or has one."""

    id: UUID
    programme: UUID
    identity: UUID
    invitation: UUID | None
    conversation: UUID | None
    before: str
    reference: str | None
    again: bool
    attempts: int
    trace: UUID


async def find_reported(
    store: Store, carrier: str, references: Sequence[str], messages: Sequence[UUID]
) -> list[Reported]:
    """The messages reports are about, by our id where the carrier gives it back, else by its reference; locked."""
    rows = await store.rows(
        "SELECT id, programme_id, identity_id, invitation_id, conversation_id, state, reference, retry_of IS NOT NULL"
        " OR EXISTS (SELECT FROM outbox AS later WHERE later.retry_of = outbox.id) AS again, attempts,"
        " coalesce(trace_id, id) FROM outbox WHERE carrier = :carrier AND (id = ANY(:messages)"
        " OR reference = ANY(:references)) ORDER BY id FOR NO KEY UPDATE",
        carrier=carrier, messages=list(messages), references=[item for item in references if item],
    )  # fmt: skip
    return [Reported(*row) for row in rows]


async def known_references(store: Store, carrier: str, references: Sequence[str]) -> set[str]:
    """Which of a carrier's references belong to a text of ours."""
    rows = await store.rows(
        "SELECT reference FROM outbox WHERE carrier = :carrier AND reference = ANY(:references)",
        carrier=carrier,
        references=list(references),
    )
    return {row.reference for row in rows}


@dataclass(frozen=True, slots=True)
class Fate:
    """The state a report tells of a message; `dead` is one that failed for a reason a person can mend."""

    message: UUID
    state: str
    reference: str
    cause: str | None
    code: str
    dead: bool = False


async def mark_reported(store: Store, fates: Sequence[Fate], now: datetime) -> None:
    """Set the states reports tell; they also end a lease or an Unknown."""
    rows = [
        {
            "id": fate.message, "state": fate.state, "reference": fate.reference, "cause": fate.cause,
            "code": fate.code, "dead": fate.dead,
        }
        for fate in fates
    ]  # fmt: skip
    await store.run(
        "UPDATE outbox SET state = given.state, reference = coalesce(outbox.reference, nullif(given.reference, '')),"
        " cause = given.cause, code = nullif(given.code, ''), lease_until = NULL,"
        # A person had it sent again already: it waits for nobody.
        " dead_at = CASE WHEN given.dead AND decision IS DISTINCT FROM 'again' THEN CAST(:now AS timestamptz) END,"
        " sent_at = coalesce(sent_at, :now), settled_at = :now"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(id uuid, state text, reference text, cause text,"
        " code text, dead boolean) WHERE outbox.id = given.id",
        rows=to_json(rows), now=now,
    )  # fmt: skip
    # What arrived after all needs no further try.
    await store.run(
        "UPDATE outbox SET state = 'cancelled', settled_at = :now WHERE retry_of = ANY(:delivered) AND state = 'queued'",
        delivered=[fate.message for fate in fates if fate.state == "delivered"],
        now=now,
    )


# -- further tries --------------------------------------------------------------------------------


async def try_again(store: Store, moments: Mapping[UUID, datetime], now: datetime) -> set[UUID]:
    """Queue a further try of texts that surely reached nobody; which of them now have one.

    Each text has one at most, however often this is asked. One that nobody waits for any more gets none.

    Args:
        store: the open transaction.
        moments: text → when to try.
        now: the moment.
    """
    if not moments:
        return set()
    await store.run(
        "INSERT INTO outbox (id, programme_id, identity_id, channel_id, conversation_id, invitation_id, survey_id,"
        " carrier, say, language, priority, due_at, created_at, retry_of, trace_id) SELECT given.id, programme_id, identity_id,"
        " channel_id, conversation_id, invitation_id, survey_id, carrier, say, language, priority, given.due_at, :now,"
        " outbox.id, coalesce(trace_id, outbox.id) FROM outbox"
        " JOIN unnest(CAST(:ids AS uuid[]), CAST(:texts AS uuid[]), CAST(:due AS timestamptz[]))"
        f" AS given(id, text, due_at) ON outbox.id = given.text WHERE (conversation_id IS NULL OR {STILL_ASKED})"
        " ON CONFLICT (retry_of) WHERE retry_of IS NOT NULL DO NOTHING",
        ids=new_ids(now, len(moments)), texts=list(moments), due=list(moments.values()), now=now,
    )  # fmt: skip
    rows = await store.rows("SELECT retry_of FROM outbox WHERE retry_of = ANY(:texts)", texts=list(moments))
    return {row.retry_of for row in rows}


# -- what the carrier still knows -----------------------------------------------------------------


async def lookups_due(
    store: Store, carriers: Sequence[str], now: datetime, every: timedelta, thoroughly: timedelta
) -> dict[str, datetime]:
    """The carriers to ask now, and since when; asking is this process's alone for a while.

    Of texts that just became Unknown a carrier is asked often. Of those of the last day, and of texts it took and did
    not tell of since, only now and then: a carrier's list of a whole day is long. And then it is always asked of the time
    since the look before, for a reply whose webhook was lost is missed by nobody.
    """
    found: dict[str, datetime] = {}
    for carrier in sorted(carriers):
        silent, fresh = await _waiting_for_word(store, carrier, now, thoroughly)
        if await _is_our_turn(store, carrier, "thorough_at", now, thoroughly):
            found[carrier] = min(silent or now, now - 2 * thoroughly)
        elif fresh is not None and await _is_our_turn(store, carrier, "looked_at", now, every):
            found[carrier] = fresh
    return found


async def _waiting_for_word(
    store: Store, carrier: str, now: datetime, thoroughly: timedelta
) -> tuple[datetime | None, datetime | None]:
    """Since when a carrier's texts wait for word: the oldest, and the oldest of those that just became Unknown."""
    row = await store.row(
        "SELECT least((SELECT min(sent_at) FROM outbox WHERE carrier = :carrier AND state = 'unknown'"
        " AND sent_at > :oldest), (SELECT min(sent_at) FROM outbox WHERE carrier = :carrier AND state = 'accepted'"
        " AND sent_at > :silent AND sent_at < :recent)) AS silent, (SELECT min(sent_at) FROM outbox"
        " WHERE carrier = :carrier AND state = 'unknown' AND sent_at > :recent) AS fresh",
        carrier=carrier, oldest=now - UNDECIDED, silent=now - 3 * thoroughly, recent=now - thoroughly,
    )  # fmt: skip
    return (row.silent, row.fresh) if row is not None else (None, None)


async def _is_our_turn(store: Store, carrier: str, column: str, now: datetime, every: timedelta) -> bool:
    asked = await store.run(
        f"INSERT INTO carrier_lookup (carrier, {column}) VALUES (:carrier, :now) ON CONFLICT (carrier)"
        f" DO UPDATE SET {column} = excluded.{column}"
        f" WHERE carrier_lookup.{column} IS NULL OR carrier_lookup.{column} <= :before",
        carrier=carrier, now=now, before=now - every,
    )  # fmt: skip
    return asked > 0


@dataclass(frozen=True, slots=True)
class Missing:
    """A text of unknown fate, as a look-up finds it: by whom it was for and when it was handed over."""

    id: UUID
    programme: UUID
    blind_index: bytes
    claimed_at: datetime


async def missing_texts(store: Store, carrier: str, since: datetime, limit: int = 10_000) -> list[Missing]:
    """The Unknown texts of a carrier that never got a reference, the oldest first."""
    rows = await store.rows(
        "SELECT outbox.id, outbox.programme_id, blind_index, coalesce(claimed_at, sent_at) AS claimed_at FROM outbox"
        " JOIN identity ON identity.id = identity_id WHERE carrier = :carrier AND state = 'unknown'"
        " AND reference IS NULL AND sent_at >= :since ORDER BY sent_at LIMIT :limit",
        carrier=carrier, since=since, limit=limit,
    )  # fmt: skip
    return [Missing(row.id, row.programme_id, bytes(row.blind_index), row.claimed_at) for row in rows]


async def mark_looked_up(store: Store, carrier: str, since: datetime, now: datetime) -> int:
    """Note that the carrier was asked about its Unknown texts; how many still are."""
    return await store.run(
        "UPDATE outbox SET lookups = least(lookups + 1, 32767), looked_at = :now WHERE carrier = :carrier"
        " AND state = 'unknown' AND sent_at >= :since",
        carrier=carrier, since=since, now=now,
    )  # fmt: skip


# -- what a person decides ------------------------------------------------------------------------

_EVIDENCE = (
    "outbox.id, programme.code AS programme, outbox.carrier, channel.sender, cause, outbox.code, attempts, priority,"
    " outbox.created_at, claimed_at, lookups, looked_at"
)
_WITH = " FROM outbox JOIN programme ON programme.id = outbox.programme_id JOIN channel ON channel.id = channel_id"


async def unknown_texts(store: Store, now: datetime, *, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Texts nobody knows the fate of, with the evidence; never the text or the number.

    `decide` is true for those that no look-up will settle any more.
    """
    return await store.records(
        f"SELECT {_EVIDENCE}, sent_at, sent_at <= :undecided AS decide{_WITH} WHERE state = 'unknown'"
        " AND (CAST(:after AS uuid) IS NULL OR outbox.id > :after) ORDER BY outbox.id LIMIT :limit",
        undecided=now - UNDECIDED, after=after, limit=min(limit, _LISTED),
    )  # fmt: skip


async def dead_letters(store: Store, *, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Texts that were given up for a reason a person can mend, with the evidence; never the text or the number."""
    return await store.records(
        f"SELECT {_EVIDENCE}, dead_at{_WITH} WHERE dead_at IS NOT NULL"
        " AND (CAST(:after AS uuid) IS NULL OR outbox.id > :after) ORDER BY outbox.id LIMIT :limit",
        after=after, limit=min(limit, _LISTED),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Undecided:
    """A text a person decides of, locked; `decision` is what was decided before, if anything was."""

    id: UUID
    state: str
    dead: bool
    sent_at: datetime | None
    decision: str | None
    conversation: UUID | None
    invitation: UUID | None


async def hold_text(store: Store, message: UUID) -> Undecided:
    """The text, this transaction's alone; NotFoundError where there is none."""
    row = await store.row(
        "SELECT id, state, dead_at IS NOT NULL AS dead, sent_at, decision, conversation_id, invitation_id FROM outbox"
        " WHERE id = :message FOR NO KEY UPDATE",
        message=message,
    )
    if row is None:
        raise NotFoundError("There is no such text.")
    return Undecided(*row)


async def decide_sent(store: Store, message: UUID, by: UUID, now: datetime) -> None:
    """Record that a person found an Unknown text was sent."""
    await store.run(
        "UPDATE outbox SET state = 'accepted', decision = 'sent', decided_by = :by, decided_at = :now"
        " WHERE id = :message AND state = 'unknown'",
        message=message, by=by, now=now,
    )  # fmt: skip


async def decide_again(store: Store, message: UUID, by: UUID, now: datetime) -> None:
    """Record that a person had a text sent again, and queue that further try.

    Raises:
        ConflictError: nobody waits for this text any more.
    """
    if not await try_again(store, {message: now}, now):
        raise ConflictError("The conversation has ended or moved on; sent now, this text would puzzle the worker.")
    await store.run(
        "UPDATE outbox SET state = 'failed', dead_at = NULL, decision = 'again', decided_by = :by, decided_at = :now"
        " WHERE id = :message",
        message=message, by=by, now=now,
    )  # fmt: skip


async def list_senders(store: Store) -> list[dict[str, Any]]:
    """The senders, each with its own pace where it has one."""
    return await store.records(
        "SELECT channel.id, programme.code AS programme, carrier, sender, segments_per_second FROM channel"
        " JOIN programme ON programme.id = programme_id ORDER BY programme.code, carrier, sender LIMIT :most",
        most=_LISTED,
    )


async def set_pace(store: Store, channel: UUID, segments_per_second: float | None) -> None:
    """Give a sender a pace of its own, or (None) its carrier's; NotFoundError where there is no such sender."""
    if not await store.run(
        "UPDATE channel SET segments_per_second = CAST(:pace AS float8) WHERE id = :channel",
        pace=segments_per_second,
        channel=channel,
    ):
        raise NotFoundError("There is no such sender.")
