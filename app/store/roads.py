"""Accounts with carriers, and the routes texts take over them."""

import json
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from app.domain.routing import Route
from app.store import tables
from app.store.database import Store, new_id
from app.store.vault import Vault

_NOWHERE = UUID(int=0)
"""A road belongs to no programme."""
_VERSION = struct.Struct(">H")  # of the key that sealed what follows


@dataclass(frozen=True, slots=True)
class Road:
    """An account as it is kept; `secrets` is None where no key opens them, and `revision` rises with every change."""

    id: UUID
    name: str
    kind: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, Any] | None = field(repr=False)
    revision: int
    changed_at: datetime
    retired_at: datetime | None


async def save_road(
    store: Store,
    vault: Vault,
    name: str,
    kind: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep an account under its name, or put new settings in the place of the old."""
    # Two who change it at once come one behind the other.
    await store.run("SELECT pg_advisory_xact_lock(hashtextextended(:name, 5))", name=name)
    known = await store.value("SELECT id FROM road WHERE name = :name FOR UPDATE", name=name)
    key = known or new_id(now)
    sealed = vault.seal("road", key, _NOWHERE, json.dumps(dict(secrets)))
    row = {
        "id": key, "name": name, "kind": kind, "settings": dict(settings), "secrets_cipher": sealed.cipher,
        "key_version": sealed.key_version, "revision": await _next(store), "changed_at": now, "retired_at": None,
    }  # fmt: skip
    await store.insert(
        tables.roads,
        [row],
        "(id) DO UPDATE SET kind = excluded.kind, settings = excluded.settings, secrets_cipher = excluded.secrets_cipher,"
        " key_version = excluded.key_version, revision = excluded.revision, changed_at = excluded.changed_at,"
        " retired_at = NULL",
    )


async def retire_road(store: Store, name: str, now: datetime) -> int:
    """No text leaves by this road any more, and none comes in; how many roads that were."""
    return await store.run(
        "UPDATE road SET retired_at = :now, changed_at = :now, revision = nextval('turn_seq') WHERE name = :name"
        " AND retired_at IS NULL",
        name=name,
        now=now,
    )


async def load_roads(store: Store, vault: Vault) -> list[Road]:
    """Every account, also the retired."""
    rows = await store.rows("SELECT * FROM road ORDER BY name")
    return [
        Road(
            row.id, row.name, row.kind, row.settings, _opened(vault, row), row.revision, row.changed_at, row.retired_at
        )
        for row in rows
    ]


def _opened(vault: Vault, row: Any) -> Mapping[str, Any] | None:
    opened = vault.open_if_it_fits("road", row.id, bytes(row.secrets_cipher), row.key_version)
    return None if opened is None else json.loads(opened)


async def road_named(store: Store, vault: Vault, name: str) -> Road | None:
    """The account of this name."""
    return next((road for road in await load_roads(store, vault) if road.name == name), None)


async def last_change(store: Store) -> int:
    """The newest revision of all accounts: what tells a process whether to look again."""
    return await store.value("SELECT coalesce(max(revision), 0) FROM road")


async def _next(store: Store) -> int:
    return await store.value("SELECT nextval('turn_seq')")


def remember_roads(path: Path, vault: Vault, roads: Sequence[Road]) -> None:
    """Keep the accounts on this host's disk, sealed: a web that starts while PostgreSQL is away still verifies webhooks."""
    rows = [
        {"id": str(road.id), "name": road.name, "kind": road.kind, "settings": dict(road.settings),
         "secrets": dict(road.secrets), "revision": road.revision, "changed_at": road.changed_at.isoformat()}
        for road in roads
        if road.secrets is not None and road.retired_at is None
    ]  # fmt: skip
    sealed = vault.seal("roads", _NOWHERE, _NOWHERE, json.dumps(rows))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{uuid4()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(_VERSION.pack(sealed.key_version) + sealed.cipher)
        fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)


def recall_roads(path: Path, vault: Vault) -> list[Road] | None:
    """The accounts this host's disk remembers; None where there is no such file, or no key opens it."""
    try:
        kept = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(kept) < _VERSION.size:
        return None
    (version,) = _VERSION.unpack_from(kept)
    opened = vault.open_if_it_fits("roads", _NOWHERE, kept[_VERSION.size :], version)
    if opened is None:
        return None
    return [
        Road(
            UUID(row["id"]), row["name"], row["kind"], row["settings"], row["secrets"], row["revision"],
            datetime.fromisoformat(row["changed_at"]), None,
        )
        for row in json.loads(opened)
    ]  # fmt: skip


async def save_routes(store: Store, programme: UUID, routes: Sequence[Route]) -> None:
    """These routes in the place of all the programme had."""
    await store.run("DELETE FROM route WHERE programme_id = :programme", programme=programme)
    await store.insert(
        tables.routes,
        [
            {
                "programme_id": programme, "country": route.country, "prefix": route.prefix,
                "position": route.position, "channel_id": route.channel,
            }
            for route in routes
        ],
    )  # fmt: skip


async def load_routes(store: Store, programmes: Sequence[UUID]) -> dict[UUID, list[Route]]:
    """Programme → its routes."""
    rows = await store.rows(
        "SELECT programme_id, country, prefix, position, channel_id FROM route WHERE programme_id = ANY(:programmes)"
        " ORDER BY country, prefix, position",
        programmes=list(programmes),
    )
    found: dict[UUID, list[Route]] = {}
    for row in rows:
        found.setdefault(row.programme_id, []).append(Route(row.country, row.prefix, row.position, row.channel_id))
    return found
