"""What changed between two survey documents, place by place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

_UNTOLD = frozenset({"instruments"})
"""What comes along with a document and is not written by its authors."""


@dataclass(frozen=True, slots=True)
class Change:
    """One place: what it held before and holds now; empty where there was, or is, nothing."""

    place: str
    before: str
    after: str


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Every place that differs, in the order of the newer document, what is gone at the end.

    Parts of a list are told apart by their codes, so that a question that moved is not a new one; that it moved is told.
    """
    old, new = dict(_flat(before)), dict(_flat(after))
    return [
        Change(place, old.get(place, ""), new.get(place, ""))
        for place in [*new, *(place for place in old if place not in new)]
        if old.get(place, "") != new.get(place, "")
    ]


def _flat(value: object, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, item in cast("Mapping[str, object]", value).items():
            if place or name not in _UNTOLD:
                yield from _flat(item, f"{place}.{name}".lstrip("."))
    elif isinstance(value, list | tuple) and all(isinstance(item, Mapping) for item in cast("list[object]", value)):
        rows = cast("list[Mapping[str, object]]", value)
        names = [str(row.get("code", number)) for number, row in enumerate(rows, 1)]
        if any("code" in row for row in rows):
            yield f"{place}.order", ", ".join(names)
        for name, row in zip(names, rows, strict=True):
            yield from _flat(row, f"{place}.{name}")
    elif isinstance(value, list | tuple):
        yield place, ", ".join(map(str, cast("list[object]", value)))
    else:
        yield place, "" if value is None else str(value)
