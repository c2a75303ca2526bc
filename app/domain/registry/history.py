"""What changed in a record, in HSDS's own form: a row of `metadata` for each field."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from app.domain.registry.records import Record
from app.domain.registry.shape import Shape


def history_of(
    shape: Shape, before: Mapping[str, object], record: Record, source: str, now: datetime
) -> Iterator[Record]:
    """The rows of `metadata` that tell of a change, from what stood before to a record; none for metadata itself.

    Args:
        shape: HSDS's.
        before: the fields as they were.
        record: as it is now.
        source: who says so.
        now: when.
    """
    if record.kind == "metadata":
        return
    names = [item.name for item in shape[record.kind].own]
    names += [name for name in dict.fromkeys([*before, *record.data]) if name not in shape[record.kind].fields]
    for name in names:
        was, is_ = before.get(name), record.data.get(name)
        if was == is_:
            continue
        id_ = str(uuid5(NAMESPACE_URL, f"{source}/{record.kind}/{record.id}/{name}/{now.isoformat()}"))
        yield Record("metadata", id_, {
            "id": id_, "resource_id": record.id, "resource_type": record.kind,
            "last_action_date": now.date().isoformat(), "last_action_type": "update", "field_name": name,
            "previous_value": _told(was), "replacement_value": _told(is_), "updated_by": source,
        })  # fmt: skip


def _told(value: object) -> str:
    return "" if value is None else str(value)
