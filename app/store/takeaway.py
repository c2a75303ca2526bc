"""Exports made in the background: asked for, claimed, made, taken, and forgotten after a week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.domain.errors import ConflictError, NotFoundError
from app.domain.phrases import phrase
from app.store.database import Store, new_id
from app.store.statements import to_json

KEPT = timedelta(days=7)
"""How long an export can be fetched."""
MOST_AT_ONCE = 3
"""How many exports a key may wait for."""
MOST_ATTEMPTS = 3
_CLAIMED = timedelta(minutes=10)
_LISTED = 100


@dataclass(frozen=True, slots=True)
class Claimed:
    """An export that is this process's to make; `attempts` counts this one and is its proof."""

    id: UUID
    key: UUID
    asked: Mapping[str, Any]
    attempts: int


async def ask_export(store: Store, programme: UUID, key: UUID, asked: Mapping[str, Any], now: datetime) -> UUID:
    """Queue an export; the one that stands where the same key asked for the same within the week.

    Raises:
        ConflictError: the key waits for as many as it may.
    """
    fingerprint = sha256(to_json(dict(sorted(asked.items()))).encode()).digest()
    # One key's requests in turn: two at once would each find room for the last.
    await store.run("SELECT FROM api_key WHERE id = :key FOR NO KEY UPDATE", key=key)
    standing = await store.value(
        "SELECT id FROM export WHERE key_id = :key AND fingerprint = :fingerprint AND state <> 'failed'",
        key=key, fingerprint=fingerprint,
    )  # fmt: skip
    if standing is not None:
        return standing
    waiting = await store.value("SELECT count(*) FROM export WHERE key_id = :key AND state = 'waiting'", key=key)
    if waiting >= MOST_AT_ONCE:
        raise ConflictError(
            phrase("This key waits for {waiting} exports already; ask again when one of them is made.", waiting=waiting)
        )
    created = new_id(now)
    await store.run(
        "INSERT INTO export (id, programme_id, key_id, asked, fingerprint, state, due_at, created_at)"
        " VALUES (:id, :programme, :key, CAST(:asked AS jsonb), :fingerprint, 'waiting', :now, :now)",
        id=created, programme=programme, key=key, asked=to_json(dict(asked)), fingerprint=fingerprint, now=now,
    )  # fmt: skip
    return created


_SHOWN = (
    "SELECT id, asked, state, done, fault, octet_length(content) AS size, created_at, settled_at,"
    " CASE WHEN settled_at IS NOT NULL THEN created_at + CAST(:kept AS interval) END AS kept_until FROM export"
)


async def get_export(store: Store, key: UUID, export: UUID) -> dict[str, Any]:
    """A key's export and how far it is; NotFoundError where it has none such, or has no more."""
    found = await store.records(f"{_SHOWN} WHERE id = :id AND key_id = :key", id=export, key=key, kept=KEPT)
    if not found:
        raise NotFoundError("There is no such export of this key; exports are kept for a week.")
    return found[0]


async def list_exports(store: Store, key: UUID) -> list[dict[str, Any]]:
    """A key's exports, the newest first."""
    return await store.records(
        f"{_SHOWN} WHERE key_id = :key ORDER BY id DESC LIMIT :most", key=key, kept=KEPT, most=_LISTED
    )


async def export_content(store: Store, key: UUID, export: UUID) -> bytes:
    """A key's export as a file.

    Raises:
        NotFoundError: it has none such.
        ConflictError: it is not made yet.
    """
    row = await store.row("SELECT content FROM export WHERE id = :id AND key_id = :key", id=export, key=key)
    if row is None:
        raise NotFoundError("There is no such export of this key; exports are kept for a week.")
    if row.content is None:
        raise ConflictError("This export is not made yet, or failed; its address without `/file` tells.")
    return bytes(row.content)


async def claim_export(store: Store, now: datetime) -> Claimed | None:
    """The export that waited longest, claimed; another process takes it up where this one dies over it."""
    row = await store.row(
        "UPDATE export SET due_at = :until, attempts = attempts + 1, done = 0 WHERE id = ANY(ARRAY(SELECT id FROM export"
        " WHERE state = 'waiting' AND due_at <= :now ORDER BY created_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED))"
        " RETURNING id, key_id, asked, attempts",
        now=now, until=now + _CLAIMED,
    )  # fmt: skip
    return None if row is None else Claimed(*row)


async def tell_progress(store: Store, claimed: Claimed, done: float) -> bool:
    """Note the share that is done; False where the export is another process's by now."""
    return bool(
        await store.run(
            "UPDATE export SET done = :done WHERE id = :id AND attempts = :attempts AND state = 'waiting'",
            done=done, id=claimed.id, attempts=claimed.attempts,
        )
    )  # fmt: skip


async def keep_export(store: Store, claimed: Claimed, content: bytes, now: datetime) -> bool:
    """Keep what was made; False where the export is another process's by now."""
    return bool(
        await store.run(
            "UPDATE export SET state = 'ready', done = 1, content = :content, settled_at = :now"
            " WHERE id = :id AND attempts = :attempts AND state = 'waiting'",
            content=content, now=now, id=claimed.id, attempts=claimed.attempts,
        )
    )  # fmt: skip


async def fail_export(store: Store, claimed: Claimed, fault: str, now: datetime) -> None:
    """Give an export up, with what to tell whoever asked."""
    await store.run(
        "UPDATE export SET state = 'failed', fault = :fault, settled_at = :now"
        " WHERE id = :id AND attempts = :attempts AND state = 'waiting'",
        fault=fault, now=now, id=claimed.id, attempts=claimed.attempts,
    )  # fmt: skip


async def give_back_export(store: Store, claimed: Claimed, again_at: datetime, *, counted: bool) -> None:
    """Leave an export to whoever comes next, not before `again_at`; an attempt that was only interrupted does not count."""
    await store.run(
        "UPDATE export SET due_at = :again, done = 0, attempts = attempts - CAST(:less AS smallint)"
        " WHERE id = :id AND attempts = :attempts AND state = 'waiting'",
        again=again_at, less=0 if counted else 1, id=claimed.id, attempts=claimed.attempts,
    )  # fmt: skip


async def forget_exports(store: Store, now: datetime) -> int:
    """Forget what was asked for a week ago; how many."""
    return await store.run("DELETE FROM export WHERE created_at < :before", before=now - KEPT)
