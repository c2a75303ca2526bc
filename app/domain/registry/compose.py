"""Records brought together again: HSDS's nested objects, its short forms for lists, and how its tables look."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import cast

from app.domain.registry.records import Key, Record
from app.domain.registry.schedules import zone_of
from app.domain.registry.shape import ALWAYS, NUMBER, TEXT, Field, Kind, Shape

Document = dict[str, object]


class Composition:
    """Records, and the ways between them.

    Args:
        shape: HSDS's.
        records: all that shall be found in what is composed; what they name and is not here is left out of it.
        now: what an offset from UTC is told of, where a schedule names a zone.
    """

    def __init__(self, shape: Shape, records: Iterable[Record], now: datetime) -> None:
        self._shape = shape
        self._now = now
        self._records = {record.key: record for record in records}
        self._parts: dict[Key, list[Record]] = defaultdict(list)
        for record in self._records.values():
            for _, kind, id_ in shape[record.kind].links(record.data):
                self._parts[kind, id_].append(record)

    def full(self, key: Key, *, within: str = "") -> Document:
        """A record with everything within it, as the API gives it by id.

        Args:
            key: of a record that is here.
            within: the kind in which it stands, and which is not told in it again.
        """
        record = self._records[key]
        kind = self._shape[record.kind]
        document = self._own(kind, record)
        for item in kind.objects:
            inner = self._records.get((item.holds, str(record.data.get(item.key))))
            if inner is not None and item.holds != within:
                document[item.name] = self.full(inner.key, within=kind.name)
        for item in kind.parts:
            parts = [part for part in self._parts[key] if part.kind == item.holds and self._points(part, key)]
            if parts and item.holds != within:
                document[item.name] = [self.full(part.key, within=kind.name) for part in parts]
        return document

    def _points(self, part: Record, owner: Key) -> bool:
        pointer, named = self._shape[part.kind].pointer_to(owner[0])
        return part.data.get(pointer) == owner[1] and (not named or part.data.get(named) == owner[0])

    def _own(self, kind: Kind, record: Record) -> Document:
        document: Document = {"id": record.id}
        for item in kind.own:
            if item.name in record.data:
                document.update(self._value(item, record.data[item.name]))
            elif item.required == ALWAYS and item.type == TEXT and not item.values:
                document[item.name] = ""  # required, and not known
        document.update({name: value for name, value in record.data.items() if name not in kind.fields})
        return document

    def _value(self, item: Field, value: object) -> Document:
        if item.type != NUMBER or not isinstance(value, str):
            return {item.name: value}
        zone = zone_of(value)
        ahead = self._now.astimezone(zone).utcoffset() if zone is not None else None
        if ahead is None:
            return {}
        hours = ahead / timedelta(hours=1)
        return {item.name: int(hours) if hours.is_integer() else hours, f"{item.name}_name": value}


def columns(kind: Kind, rows: Iterable[Record]) -> list[str]:
    """The columns of a kind's file: its own fields, and whatever plain fields a profile adds."""
    extra = dict.fromkeys(
        name for record in rows for name, value in record.data.items()
        if name not in kind.fields and isinstance(value, str | int | float)
    )  # fmt: skip
    return [*(item.name for item in kind.own), *extra]


def package(shape: Shape, present: Mapping[str, object]) -> Document:
    """The description of HSDS's tabular data package, naming the files of the kinds that are present."""
    resources = [_resource(kind, present) for kind in shape.kinds.values() if kind.name in present]
    return {"name": "human_services_data", "profile": "tabular-data-package", "resources": resources}


def _resource(kind: Kind, present: Mapping[str, object]) -> Document:
    """A file's entry in the data package, after Frictionless Data's table schema."""
    fields: list[Document] = []
    keys: list[Document] = []
    for item in kind.own:
        told: Document = {"name": item.name, "type": "number" if item.type == NUMBER else "string"}
        if item.format in {"email", "uri", "uuid"}:
            told["format"] = item.format
        if item.required == ALWAYS:
            told["constraints"] = {"required": True}
        fields.append(told)
        for _, target, _ in kind.links({item.name: "x"}):
            if target in present:
                keys.append({"fields": item.name, "reference": {"resource": f"{target}s", "fields": "id"}})
    schema: Document = {"fields": fields, "primaryKey": "id"}
    if keys:
        schema["foreignKeys"] = keys
    return {
        "name": f"{kind.name}s", "path": kind.file, "format": "csv", "mediatype": "text/csv",
        "profile": "tabular-data-resource", "schema": schema,
    }  # fmt: skip


def brief(document: Mapping[str, object]) -> Document:
    """A full document in the form of a list's items: what it points to, and no lists."""
    return {
        name: brief(cast("Mapping[str, object]", value)) if isinstance(value, Mapping) else value
        for name, value in document.items()
        if not isinstance(value, list)
    }
