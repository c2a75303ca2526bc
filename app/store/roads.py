"""Accounts with carriers, and the routes texts take over them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.routing import Route
from app.store import tables
from app.store.database import Store, new_id
from app.store.vault import Vault

_NOWHERE = UUID(int=0)
"""A road belongs to no programme."""


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
