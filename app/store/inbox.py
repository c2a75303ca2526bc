"""The inbox: replies as they came, each kept once, handled in order per person."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.store import tables
from app.store.database import WORK, Store, new_ids
from app.store.line import Line
from app.store.programmes import Channel
from app.store.statements import insertion, to_json
from app.store.vault import Vault

_MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Arrived:
    """A reply to keep; `sender` is the number in the one form numbers are kept in.

    `at` is when it came, where that was not just now, and `waited` that it was kept only later: it lay in a spool, or
    its missing pieces were hoped for. `trace` names its way.
    """

    channel: Channel
    reference: str
    sender: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime | None = None
    trace: UUID | None = None
    waited: bool = False


async def channels_of(store: Store, addressed: Collection[tuple[str, str]]) -> dict[tuple[str, str], Channel]:
    """The channels that replies were sent to, by (carrier, sender); those that are none of ours are left out."""
    rows = await store.rows(
        "SELECT channel.* FROM channel JOIN unnest(CAST(:carriers AS text[]), CAST(:senders AS text[]))"
        " AS given(carrier, sender) ON channel.carrier = given.carrier AND channel.sender = given.sender",
        carriers=[carrier for carrier, _ in addressed],
        senders=[sender for _, sender in addressed],
    )
    return {
        (row.carrier, row.sender): Channel(row.id, row.programme_id, row.carrier, row.sender, row.two_way)
        for row in rows
    }


async def keep_replies(store: Store, vault: Vault, replies: Sequence[Arrived], now: datetime) -> int:
    """Keep replies, in order; how many were new. One whose reference was kept before changes nothing."""
    keys = new_ids(now, len(replies))
    rows = [_row(vault, key, reply, reply.at or now) for key, reply in zip(keys, replies, strict=True)]
    kept = await store.insert(tables.inbox, rows, "(carrier, reference) DO NOTHING")
    if kept:
        store.wake_workers()
    return kept


_COLUMNS = (
    "id", "programme_id", "channel_id", "carrier", "reference", "sender_cipher", "key_version", "sender_index", "text",
    "state", "attempts", "received_at", "trace_id", "waited",
)  # fmt: skip
_KEEP = (
    f"WITH kept AS ({insertion(tables.inbox, _COLUMNS, '(carrier, reference) DO NOTHING')} RETURNING 1)"
    f" SELECT pg_notify('{WORK}', '') FROM kept LIMIT 1"
)


async def keep_at_once(line: Line, vault: Vault, replies: Sequence[Arrived], now: datetime) -> None:
    """Keep replies as `keep_replies` does, in a transaction of their own: one round trip."""
    keys = new_ids(now, len(replies))
    rows = [_row(vault, key, reply, reply.at or now) for key, reply in zip(keys, replies, strict=True)]
    await line.commit(_KEEP, to_json(rows))


def storable(text: str) -> str:
    """A text as PostgreSQL can keep it: without NUL, which no phone means, and half characters as question marks."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _row(vault: Vault, key: UUID, reply: Arrived, at: datetime) -> dict[str, object]:
    channel = reply.channel
    sealed = vault.seal("inbox", key, channel.programme, reply.sender)
    return {
        "id": key, "programme_id": channel.programme, "channel_id": channel.id, "carrier": channel.carrier,
        "reference": reply.reference, "sender_cipher": sealed.cipher, "key_version": sealed.key_version,
        "sender_index": sealed.blind_index, "text": storable(reply.text), "state": "new", "attempts": 0,
        "received_at": at, "trace_id": reply.trace, "waited": reply.waited,
    }  # fmt: skip


class Waiting(NamedTuple):
    """A reply to handle; `arrived_no` is its turn among replies and texts, `trace` names its way.

    `received_at` is when it came: what `waited` in a host's spool has a turn behind much that was written later.

    `identity` is whose it is; of a number that nobody knows yet it is None, and `sender` is that number. `of_service`
    is of a phone that is a service's, whoever else's it may be.
    """

    id: UUID
    programme: UUID
    channel: UUID
    carrier: str
    text: str
    arrived_no: int
    trace: UUID
    received_at: datetime
    waited: bool
    identity: UUID | None = None
    sender: str = ""
    of_service: bool = False

    def __repr__(self) -> str:
        """Without what was written, and by whom."""
        return f"Waiting({self.id})"


async def claim_replies(store: Store, vault: Vault, limit: int) -> list[Waiting]:
    """The oldest waiting reply of each of up to `limit` people, theirs alone until this transaction ends."""
    # From the oldest on, over what others hold: what it costs does not grow with the backlog.
    rows = await store.rows(
        # Kept apart, so that no plan tries the locks of others' replies.
        "WITH head AS MATERIALIZED (SELECT * FROM inbox WHERE state = 'new' AND NOT EXISTS (SELECT FROM inbox AS earlier"
        " WHERE earlier.programme_id = inbox.programme_id AND earlier.sender_index = inbox.sender_index"
        " AND earlier.state = 'new' AND (earlier.received_at, earlier.id) < (inbox.received_at, inbox.id))"
        " ORDER BY received_at, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)"
        " SELECT head.id, head.programme_id, channel_id, carrier, coalesce(text, '') AS text, arrived_no, received_at, waited,"
        " coalesce(trace_id, head.id) AS trace, identity.id AS identity,"
        " CASE WHEN identity.id IS NULL THEN sender_cipher END AS sender_cipher, head.key_version,"
        " EXISTS (SELECT FROM provider_contact WHERE identity_id = identity.id) AS of_service FROM head"
        # Nobody's number is opened who can be told by its index.
        " LEFT JOIN identity ON identity.programme_id = head.programme_id AND blind_index = sender_index"
        # An older reply of the same person may come out of a spool at any moment, and be another drainer's head.
        " WHERE pg_try_advisory_xact_lock(hashtextextended(encode(sender_index, 'hex'), 0)) ORDER BY received_at, head.id",
        limit=limit,
    )
    strangers = {
        row.id: vault.open_if_it_fits("inbox", row.id, bytes(row.sender_cipher), row.key_version)
        for row in rows
        if row.identity is None
    }
    # Whose sender no key opens cannot be answered: it is set aside, or it would hold up everybody for ever.
    if unread := [key for key, sender in strangers.items() if sender is None]:
        await store.run("UPDATE inbox SET state = 'failed' WHERE id = ANY(:ids)", ids=unread)
    return [
        Waiting(
            row.id, row.programme_id, row.channel_id, row.carrier, row.text, row.arrived_no, row.trace, row.received_at,
            row.waited, row.identity, strangers.get(row.id) or "", row.of_service,
        )
        for row in rows
        if row.identity is not None or strangers[row.id] is not None
    ]  # fmt: skip


async def mark_handled(store: Store, entries: Sequence[tuple[UUID, UUID, UUID | None]], now: datetime) -> None:
    """Close replies; entries are (reply, identity, conversation)."""
    await store.tell(
        "UPDATE inbox SET state = 'handled', handled_at = :now, identity_id = given.identity,"
        " conversation_id = given.conversation FROM unnest(CAST(:ids AS uuid[]), CAST(:identities AS uuid[]),"
        " CAST(:conversations AS uuid[])) AS given(id, identity, conversation) WHERE inbox.id = given.id",
        ids=[entry[0] for entry in entries],
        identities=[entry[1] for entry in entries],
        conversations=[entry[2] for entry in entries],
        now=now,
    )


async def mark_failed(store: Store, reply: UUID, now: datetime) -> str:
    """Count a failed try; after the third the reply is set aside for a person. Returns its state."""
    return await store.value(
        "UPDATE inbox SET attempts = attempts + 1, state = CASE WHEN attempts + 1 >= :most THEN 'failed' ELSE 'new' END,"
        " handled_at = CASE WHEN attempts + 1 >= :most THEN CAST(:now AS timestamptz) END WHERE id = :reply RETURNING state",
        reply=reply,
        most=_MOST_ATTEMPTS,
        now=now,
    )
