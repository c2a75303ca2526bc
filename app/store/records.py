"""The registry's records, as HSDS names them: kept with where they came from and what changed, and found by what names them."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from app.domain.registry.history import history_of
from app.domain.registry.records import Key, Record
from app.domain.registry.shape import Shape
from app.store import tables
from app.store.database import Store

_AT_ONCE = 5000
_DEEPEST = 8
_HISTORY = "history"
OURS = frozenset({_HISTORY, "console", "desk"})
"""The sources of what was written here; no import speaks for them."""


@dataclass(slots=True)
class Kept:
    """What an import did: how many records it added, changed and found as they were; the keys of the first two."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    touched: set[Key] = field(default_factory=set[Key])


async def known_keys(store: Store, programme: UUID, keys: Collection[Key]) -> frozenset[Key]:
    """Which of these there are."""
    found = set[Key]()
    for some in _chunks(keys):
        rows = await store.rows(
            "SELECT kind, id FROM registry_record JOIN jsonb_to_recordset(CAST(:keys AS jsonb)) AS named(kind text, id uuid)"
            " USING (kind, id) WHERE programme_id = :programme",
            programme=programme,
            keys=_keys(some),
        )
        found |= {(row.kind, str(row.id)) for row in rows}
    return frozenset(found)


async def keep_records(
    store: Store, shape: Shape, programme: UUID, source: str, records: Iterable[Record], now: datetime
) -> Kept:
    """Keep records: new ones, and those that differ from what is kept, with the history of what changed.

    Kept again they change nothing. What another source said of the same thing is put right by the later one.
    """
    kept = Kept()
    place = 0
    for some in _chunks(records):
        known = await _known(store, programme, [record.key for record in some])
        fresh, told, agreed = list[Record](), list[Record](), list[Key]()
        for record in some:
            before = known.get(record.key)
            if before is None:
                kept.added += 1
            elif dict(record.data) == before.data and not before.gone:
                kept.unchanged += 1
                if before.source in OURS and source not in OURS:
                    agreed.append(record.key)
                continue
            else:
                kept.changed += 1
                told += history_of(shape, before.data, record, source, now)
            kept.touched.add(record.key)
            fresh.append(record)
        await _write(store, shape, programme, source, fresh, place, now)
        await _write(store, shape, programme, _HISTORY, told, place, now)
        await _own(store, programme, source, agreed)
        place += len(some)
    return kept


async def _own(store: Store, programme: UUID, source: str, keys: Collection[Key]) -> None:
    """What people wrote here and a source says too is that source's again: it may go where it is gone there."""
    if keys:
        await store.run(
            "UPDATE registry_record SET source = :source FROM jsonb_to_recordset(CAST(:keys AS jsonb))"
            " AS named(kind text, id uuid) WHERE programme_id = :programme AND registry_record.kind = named.kind"
            " AND registry_record.id = named.id",
            programme=programme, source=source, keys=_keys(keys),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Before:
    data: dict[str, object]
    gone: bool
    source: str


async def _known(store: Store, programme: UUID, keys: Collection[Key]) -> dict[Key, _Before]:
    rows = await store.rows(
        "SELECT kind, id, data, gone_at, source FROM registry_record"
        " JOIN jsonb_to_recordset(CAST(:keys AS jsonb)) AS named(kind text, id uuid) USING (kind, id)"
        " WHERE programme_id = :programme FOR UPDATE OF registry_record",
        programme=programme,
        keys=_keys(keys),
    )
    return {(row.kind, str(row.id)): _Before(row.data, row.gone_at is not None, row.source) for row in rows}


async def _write(
    store: Store, shape: Shape, programme: UUID, source: str, records: Sequence[Record], place: int, now: datetime
) -> None:
    rows = [
        {
            "programme_id": programme, "kind": record.kind, "id": record.id, "data": dict(record.data),
            "source": source, "place": place + at, "modified_at": now, "gone_at": None,
        }
        for at, record in enumerate(records)
    ]  # fmt: skip
    await store.insert(
        tables.registry_records,
        rows,
        "(programme_id, kind, id) DO UPDATE SET data = excluded.data, source = excluded.source,"
        " place = excluded.place, modified_at = excluded.modified_at, gone_at = NULL",
    )
    await store.run(
        "DELETE FROM registry_link USING jsonb_to_recordset(CAST(:keys AS jsonb)) AS named(kind text, id uuid)"
        " WHERE programme_id = :programme AND registry_link.kind = named.kind AND registry_link.id = named.id",
        programme=programme,
        keys=_keys([record.key for record in records]),
    )
    await store.insert(
        tables.registry_links,
        [
            {
                "programme_id": programme, "kind": record.kind, "id": record.id, "field": name,
                "target_kind": kind, "target": target,
            }
            for record in records
            for name, kind, target in shape[record.kind].links(record.data)
        ],
    )  # fmt: skip


async def mark_gone(store: Store, programme: UUID, source: str, present: Collection[Key], now: datetime) -> set[Key]:
    """Say of everything that this source held and holds no more that it is gone, since now; which that is.

    What another source's things stand on, a term or whoever answers for a service, stays for them.
    """
    rows = await store.rows(
        f"{_STOOD_ON} UPDATE registry_record SET gone_at = :now, modified_at = :now WHERE programme_id = :programme"
        " AND source = :source AND gone_at IS NULL AND NOT EXISTS (SELECT FROM"
        " jsonb_to_recordset(CAST(:keys AS jsonb)) AS named(kind text, id uuid)"
        " WHERE named.kind = registry_record.kind AND named.id = registry_record.id)"
        " AND (kind, id) NOT IN (SELECT kind, id FROM stood_on) RETURNING kind, id",
        programme=programme, source=source, keys=_keys(present), now=now, history=_HISTORY, shared=list(_SHARED),
    )  # fmt: skip
    return {(row.kind, str(row.id)) for row in rows}


_SHARED = ("organization", "location", "taxonomy", "taxonomy_term")
"""The kinds that things of several sources may stand on."""
_STOOD_ON = (
    "WITH RECURSIVE stood_on AS (SELECT target_kind AS kind, target AS id FROM registry_link AS link"
    " JOIN registry_record AS record USING (programme_id, kind, id) WHERE programme_id = :programme"
    " AND source NOT IN (:source, :history) AND gone_at IS NULL AND target_kind = ANY(:shared)"
    " UNION SELECT target_kind, target FROM stood_on JOIN registry_link AS link ON link.programme_id = :programme"
    " AND link.kind = stood_on.kind AND link.id = stood_on.id WHERE target_kind = ANY(:shared))"
)


async def let_go(store: Store, programme: UUID, keys: Collection[Key], now: datetime) -> None:
    """Say of these that they are gone, since now."""
    await store.run(
        "UPDATE registry_record SET gone_at = :now, modified_at = :now WHERE programme_id = :programme"
        " AND gone_at IS NULL AND (kind, id) IN (SELECT named.kind, named.id FROM"
        " jsonb_to_recordset(CAST(:keys AS jsonb)) AS named(kind text, id uuid))",
        programme=programme, keys=_keys(keys), now=now,
    )  # fmt: skip


async def parts_of(store: Store, programme: UUID, service: UUID, kind: str) -> list[Record]:
    """What stands of a kind at a service or at its places, in the order it came."""
    rows = await store.rows(
        "SELECT DISTINCT record.kind, record.id, data, place FROM registry_record AS record"
        " JOIN registry_link AS link USING (programme_id, kind, id) WHERE programme_id = :programme AND kind = :kind"
        " AND gone_at IS NULL AND (target_kind = 'service' AND target = :service OR target_kind = 'service_at_location'"
        " AND target IN (SELECT id FROM registry_link WHERE programme_id = :programme AND kind = 'service_at_location'"
        " AND target_kind = 'service' AND target = :service)) ORDER BY place, record.id",
        programme=programme, service=service, kind=kind,
    )  # fmt: skip
    return [Record(row.kind, str(row.id), row.data) for row in rows]


async def roots_of(store: Store, shape: Shape, programme: UUID, touched: Collection[Key]) -> set[Key]:
    """The organizations and services that tell of any of these: they are to be composed anew."""
    found, edge = set(touched), set(touched)
    for _ in range(_DEEPEST):
        up = {key for key in edge if key[0] != "service"}
        links = [*await _named_by(store, programme, up), *await _naming(store, programme, up)]
        edge = {link.target for link in links if link.owner in up and link.owner[0] in _parts(shape, link.target[0])}
        edge |= {link.owner for link in links if link.target in up and link.field in _objects(shape, link.owner[0])}
        edge -= found
        found |= edge
        if not edge:
            break
    return {key for key in found if key[0] in {"organization", "service"}}


async def load_around(store: Store, shape: Shape, programme: UUID, roots: Collection[Key]) -> list[Record]:
    """These records and all that stands within them, in the order of their import; what is gone is not among them.

    A root that is gone is: with the status `defunct`, where it is a service.
    """
    found, edge = set(roots), set(roots)
    for _ in range(_DEEPEST):
        named = await _named_by(store, programme, edge)
        naming = await _naming(store, programme, edge)
        edge = {link.target for link in named if link.field in _objects(shape, link.owner[0])}
        # Who runs a service belongs to it; the other services it runs do not.
        edge |= {
            link.owner for link in naming
            if link.owner[0] in _parts(shape, link.target[0]) and link.owner[0] != "service"
        }  # fmt: skip
        edge -= found
        found |= edge
        if not edge:
            break
    return await _load(store, programme, found, set(roots))


def _objects(shape: Shape, kind: str) -> set[str]:
    """The fields by which a kind names what it holds as an object."""
    return {item.key for item in shape[kind].objects}


def _parts(shape: Shape, kind: str) -> set[str]:
    """The kinds that stand in a kind's lists."""
    return {item.holds for item in shape[kind].parts} if kind in shape.kinds else set()


async def _load(store: Store, programme: UUID, keys: Collection[Key], roots: set[Key]) -> list[Record]:
    loaded = list[tuple[int, Record]]()
    for some in _chunks(keys):
        rows = await store.rows(
            "SELECT kind, id, data, place, gone_at, modified_at FROM registry_record"
            " JOIN jsonb_to_recordset(CAST(:keys AS jsonb)) AS named(kind text, id uuid) USING (kind, id)"
            " WHERE programme_id = :programme",
            programme=programme,
            keys=_keys(some),
        )
        for row in rows:
            key = (row.kind, str(row.id))
            if row.gone_at is None or key in roots:
                gone = {"status": "defunct"} if row.gone_at is not None and row.kind == "service" else {}
                # HSDS requires when places were counted; a source that does not say it said so when it came.
                counted = {"updated": row.modified_at.isoformat()} if row.kind == "service_capacity" else {}
                loaded.append((row.place, Record(row.kind, key[1], {**counted, **row.data, **gone})))
    return [record for _, record in sorted(loaded, key=lambda pair: (pair[0], pair[1].id))]


@dataclass(frozen=True, slots=True)
class _Link:
    owner: Key
    field: str
    target: Key


async def _named_by(store: Store, programme: UUID, keys: Collection[Key]) -> list[_Link]:
    """What these name."""
    return await _linked(store, programme, keys, "registry_link.kind = named.kind AND registry_link.id = named.id")


async def _naming(store: Store, programme: UUID, keys: Collection[Key]) -> list[_Link]:
    """What names these."""
    return await _linked(store, programme, keys, "target_kind = named.kind AND target = named.id")


async def _linked(store: Store, programme: UUID, keys: Collection[Key], where: str) -> list[_Link]:
    found = list[_Link]()
    for some in _chunks(keys):
        rows = await store.rows(
            "SELECT registry_link.kind, registry_link.id, field, target_kind, target"
            " FROM jsonb_to_recordset(CAST(:keys AS jsonb)) AS named(kind text, id uuid)"
            f" JOIN registry_link ON programme_id = :programme AND {where}",
            programme=programme,
            keys=_keys(some),
        )
        found += [
            _Link((row.kind, str(row.id)), row.field, (row.target_kind, str(row.target))) for row in rows
        ]  # fmt: skip
    return found


async def list_records(
    store: Store, programme: UUID, kind: str, *, where: str = "true", limit: int, offset: int, **values: Any
) -> tuple[int, list[Key]]:
    """A page of the keys of one kind by their import's order, and how many there are; `where` is this room's own SQL."""
    found = f"FROM registry_record AS record WHERE programme_id = :programme AND kind = :kind AND gone_at IS NULL AND {where}"
    total = await store.value(f"SELECT count(*) {found}", programme=programme, kind=kind, **values)
    rows = await store.rows(
        f"SELECT id {found} ORDER BY place, id LIMIT :limit OFFSET :offset",
        programme=programme, kind=kind, limit=limit, offset=offset, **values,
    )  # fmt: skip
    return total, [(kind, str(row.id)) for row in rows]


async def last_changed(store: Store, programme: UUID, source: str) -> datetime | None:
    """When anything of a source last changed here; None where nothing came from it yet."""
    return await store.value(
        "SELECT max(modified_at) FROM registry_record WHERE programme_id = :programme AND source = :source",
        programme=programme,
        source=source,
    )


async def all_keys(store: Store, programme: UUID) -> list[Key]:
    """Everything that is not gone."""
    rows = await store.rows(
        "SELECT kind, id FROM registry_record WHERE programme_id = :programme AND gone_at IS NULL ORDER BY place, id",
        programme=programme,
    )
    return [(row.kind, str(row.id)) for row in rows]


async def load_records(store: Store, programme: UUID, keys: Collection[Key]) -> list[Record]:
    """These records alone."""
    return await _load(store, programme, keys, set())


def _keys(keys: Collection[Key]) -> str:
    return json.dumps([{"kind": kind, "id": id_} for kind, id_ in keys])


def _chunks(items: Iterable[Any]) -> Iterable[list[Any]]:
    left = iter(items)
    while some := list(islice(left, _AT_ONCE)):
        yield some
