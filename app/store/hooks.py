"""Whom events are posted to, and each event on its way there.

The queue is the outbox's little sister: claimed and committed before the post. Unlike a text, an event may arrive twice:
it has the same id each time, by which its receiver can tell.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.errors import ConflictError, NotFoundError
from app.store import tables
from app.store.database import Store, new_id, new_ids
from app.store.statements import to_json
from app.store.vault import Vault

CLAIMED = timedelta(minutes=2)
"""How long a claimed delivery is its claimer's; no post takes nearly so long."""

_NOWHERE = UUID(int=0)  # a hook belongs to no programme
_LISTED = 1000
_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Hook:
    """An address events are posted to, with what signs them; `kinds` are the events it wants, none for all."""

    id: UUID
    url: str = field(repr=False)
    secret: str = field(repr=False)
    kinds: frozenset[str] = frozenset()

    def wants(self, kind: str) -> bool:
        """Whether events of this kind go there."""
        return not self.kinds or kind in self.kinds


async def save_hook(
    store: Store, vault: Vault, url: str, host: str, secret: str, kinds: Sequence[str], now: datetime,
    owner: UUID | None = None,
) -> UUID:  # fmt: skip
    """Keep an address with its secret, both sealed; `owner` is None for the operator's own."""
    key = new_id(now)
    sealed = vault.seal("hook", key, _NOWHERE, json.dumps({"url": url, "secret": secret}))
    row = {
        "id": key, "owner_id": owner, "host": host, "kinds": sorted(kinds), "sealed": sealed.cipher,
        "key_version": sealed.key_version, "created_at": now, "retired_at": None,
    }  # fmt: skip
    await store.insert(tables.hooks, [row])
    return key


async def list_hooks(store: Store, owner: UUID | None = None) -> list[dict[str, Any]]:
    """An owner's addresses by their hosts; never the addresses themselves, nor the secrets."""
    return await store.records(
        "SELECT id, host, kinds, created_at, retired_at FROM hook WHERE owner_id IS NOT DISTINCT FROM CAST(:owner AS uuid)"
        " ORDER BY created_at LIMIT :most",
        owner=owner, most=_LISTED,
    )  # fmt: skip


async def open_hooks(store: Store, vault: Vault) -> list[Hook]:
    """The operator's own addresses, opened; what no key opens is left out."""
    rows = await store.rows(
        "SELECT id, sealed, key_version, kinds FROM hook WHERE retired_at IS NULL AND owner_id IS NULL"
        " ORDER BY created_at"
    )
    found = [(row, _opened(vault, row.id, row.sealed, row.key_version)) for row in rows]
    return [Hook(row.id, opened["url"], opened["secret"], frozenset(row.kinds)) for row, opened in found if opened]


def _opened(vault: Vault, key: UUID, sealed: Any, version: int) -> Mapping[str, str] | None:
    opened = vault.open_if_it_fits("hook", key, bytes(sealed), version)
    return None if opened is None else json.loads(opened)


async def drop_hook(store: Store, hook: UUID, now: datetime, owner: UUID | None = None) -> None:
    """Retire an owner's webhook; NotFoundError where there is none such."""
    if not await store.value(
        "SELECT count(*) FROM hook WHERE id = :hook AND retired_at IS NULL"
        " AND owner_id IS NOT DISTINCT FROM CAST(:owner AS uuid)",
        hook=hook, owner=owner,
    ):  # fmt: skip
        raise NotFoundError("There is no such webhook.")
    await retire_hook(store, hook, now)


async def retire_hook(store: Store, hook: UUID, now: datetime) -> None:
    """Post nothing there any more, what waits included."""
    await store.run("UPDATE hook SET retired_at = :now WHERE id = :hook AND retired_at IS NULL", hook=hook, now=now)
    await store.run(
        "UPDATE delivery SET state = 'failed', fault = 'retired', settled_at = :now WHERE hook_id = :hook"
        " AND state = 'waiting'",
        hook=hook, now=now,
    )  # fmt: skip


async def announce(
    store: Store, kind: str, data: Mapping[str, Any], now: datetime, *, owner: UUID | None = None,
    only: UUID | None = None,
) -> int:  # fmt: skip
    """Queue an event for every address of an owner that wants its kind, in the transaction that caused it; how many.

    Args:
        store: the open transaction.
        kind: what happened, such as `alert.begun`.
        data: of the event; it leaves the house, so it holds no number and no text.
        now: the moment.
        owner: whose addresses; None for the operator's.
        only: one address alone, whatever it wants.
    """
    hooks = await store.rows(
        "SELECT id FROM hook WHERE retired_at IS NULL AND owner_id IS NOT DISTINCT FROM CAST(:owner AS uuid)"
        " AND CASE WHEN CAST(:only AS uuid) IS NULL THEN kinds = '[]' OR kinds @> to_jsonb(CAST(:kind AS text))"
        " ELSE id = :only END ORDER BY id",
        owner=owner, only=only, kind=kind,
    )  # fmt: skip
    body = envelope(kind, data, now)
    rows = [
        {
            "id": key, "hook_id": hook.id, "kind": kind, "body": body, "state": "waiting", "attempts": 0,
            "due_at": now, "created_at": now,
        }
        for key, hook in zip(new_ids(now, len(hooks)), hooks, strict=True)
    ]  # fmt: skip
    return await store.insert(tables.deliveries, rows)


def envelope(kind: str, data: Mapping[str, Any], now: datetime) -> str:
    """An event as it is posted: its type, when it happened, and its data."""
    return to_json({"type": kind, "timestamp": now.isoformat(), "data": dict(data)})


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that is this process's to post; `attempts` counts this one."""

    id: UUID
    hook: UUID
    kind: str
    body: str = field(repr=False)
    attempts: int
    url: str = field(repr=False)
    secret: str = field(repr=False)


async def claim_deliveries(store: Store, vault: Vault, now: datetime, limit: int) -> list[Delivery]:
    """Events that are due; another process takes them up where this one dies over them."""
    rows = await store.rows(
        "WITH mine AS (UPDATE delivery SET due_at = :until, attempts = attempts + 1 WHERE id = ANY(ARRAY(SELECT id"
        " FROM delivery WHERE state = 'waiting' AND due_at <= :now ORDER BY due_at, id LIMIT :limit"
        " FOR NO KEY UPDATE SKIP LOCKED)) RETURNING id, hook_id, kind, body, attempts)"
        " SELECT mine.*, sealed, key_version FROM mine JOIN hook ON hook.id = hook_id ORDER BY mine.id",
        now=now, until=now + CLAIMED, limit=limit,
    )  # fmt: skip
    found = [(row, _opened(vault, row.hook_id, row.sealed, row.key_version) or {}) for row in rows]
    return [
        Delivery(row.id, row.hook_id, row.kind, row.body, row.attempts, opened.get("url", ""), opened.get("secret", ""))
        for row, opened in found
    ]


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a delivery: done, given up, or (`again_at`) to be tried again."""

    id: UUID
    state: str
    status: int | None
    fault: str
    again_at: datetime | None = None


async def settle_deliveries(store: Store, told: Sequence[Told], now: datetime) -> None:
    """Write down what came of deliveries; one that was settled meanwhile stays as it is."""
    rows = [
        {"id": one.id, "state": one.state, "status": one.status, "fault": one.fault, "again": one.again_at}
        for one in told
    ]
    await store.run(
        "UPDATE delivery SET state = given.state, status = given.status, fault = nullif(given.fault, ''),"
        " due_at = coalesce(given.again, due_at),"
        " settled_at = CASE WHEN given.state <> 'waiting' THEN CAST(:now AS timestamptz) END"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(id uuid, state text, status smallint, fault text,"
        " again timestamptz) WHERE delivery.id = given.id AND delivery.state = 'waiting'",
        rows=to_json(rows), now=now,
    )  # fmt: skip


async def list_deliveries(
    store: Store, owner: UUID | None, *, state: str | None, before: UUID | None, limit: int, hook: UUID | None = None
) -> list[dict[str, Any]]:
    """An owner's deliveries, or those of one of its addresses, the newest first; of the body only the kind."""
    return await store.records(
        "SELECT delivery.id, hook_id AS hook, host, kind, state, attempts, status, fault, due_at, delivery.created_at,"
        " settled_at FROM delivery JOIN hook ON hook.id = hook_id"
        " WHERE owner_id IS NOT DISTINCT FROM CAST(:owner AS uuid)"
        " AND (CAST(:state AS text) IS NULL OR state = :state) AND (CAST(:before AS uuid) IS NULL OR delivery.id < :before)"
        " AND (CAST(:hook AS uuid) IS NULL OR hook_id = :hook) ORDER BY delivery.id DESC LIMIT :limit",
        hook=hook, owner=owner, state=state, before=before, limit=min(limit, _LISTED),
    )  # fmt: skip


async def deliver_again(store: Store, delivery: UUID, now: datetime, owner: UUID | None = None) -> None:
    """Queue a delivery once more, with the same id, as often as a new one is tried.

    Raises:
        NotFoundError: the owner has none such.
        ConflictError: its webhook was retired.
    """
    row = await store.row(
        "SELECT retired_at FROM delivery JOIN hook ON hook.id = hook_id WHERE delivery.id = :delivery"
        " AND owner_id IS NOT DISTINCT FROM CAST(:owner AS uuid) FOR NO KEY UPDATE OF delivery",
        delivery=delivery, owner=owner,
    )  # fmt: skip
    if row is None:
        raise NotFoundError("There is no such delivery.")
    if row.retired_at is not None:
        raise ConflictError("Its webhook was retired; nothing is posted there any more.")
    await store.run(
        "UPDATE delivery SET state = 'waiting', attempts = 0, due_at = :now, settled_at = NULL WHERE id = :delivery",
        delivery=delivery, now=now,
    )  # fmt: skip


async def forget_deliveries(store: Store, now: datetime) -> int:
    """Forget what was settled a month ago; how many."""
    return await store.run("DELETE FROM delivery WHERE created_at < :before AND state <> 'waiting'", before=now - _KEPT)
