"""All of a registry, to be taken away."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.catalogue.hsds import load_shape, load_taxonomy
from app.domain.registry.compose import Composition, columns, package
from app.domain.registry.records import Record
from app.jobs.context import Context
from app.store.records import all_keys, load_records

_TOP = {
    "organization": "organizations", "taxonomy": "taxonomies", "taxonomy_term": "taxonomy_terms",
}  # fmt: skip


async def export_nested(context: Context, programme: UUID, now: datetime) -> dict[str, Any]:
    """Lists of nested objects: organizations with their services, and whatever no organization holds."""
    async with context.database.transaction() as store:
        records = _with_needs(await load_records(store, programme, await all_keys(store, programme)))
    composed = Composition(load_shape(), records, now)
    document: dict[str, list[Any]] = {"organizations": []}
    held = set[str]()
    for record in records:
        if record.kind in _TOP:
            document.setdefault(_TOP[record.kind], []).append(composed.full(record.key))
            held.add(record.id)
    for record in records:
        owner = str(record.data.get("organization_id"))
        if record.kind in {"service", "location"} and owner not in held:
            document.setdefault(f"{record.kind}s", []).append(composed.full(record.key))
    return document


async def export_tables(context: Context, programme: UUID) -> dict[str, str]:
    """HSDS's tabular data package: file name → content, `datapackage.json` among them."""
    async with context.database.transaction() as store:
        records = _with_needs(await load_records(store, programme, await all_keys(store, programme)))
    shape = load_shape()
    of_kind: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        of_kind[record.kind].append(record)
    files = {shape[name].file: _table(columns(shape[name], rows), rows) for name, rows in of_kind.items()}
    return {**files, "datapackage.json": json.dumps(package(shape, of_kind), indent=1)}


def _with_needs(records: Sequence[Record]) -> list[Record]:
    """The taxonomy of needs goes along, so that its codes mean something elsewhere; once, where it was imported too."""
    known = {record.key for record in records}
    return [*records, *(record for record in load_taxonomy().records if record.key not in known)]


def _table(names: Sequence[str], rows: Sequence[Record]) -> str:
    written = io.StringIO()
    table = csv.DictWriter(written, names, extrasaction="ignore", lineterminator="\r\n")
    table.writeheader()
    table.writerows(record.data for record in rows)
    return written.getvalue()
