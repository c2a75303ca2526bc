"""One object of a document, read field by field; what is wrong is noted with its place and never raised."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from app.domain.errors import Fault


@dataclass(frozen=True, slots=True)
class Row:
    """A JSON object, where it stands, and the list that gathers the document's faults."""

    data: Mapping[str, object]
    place: str
    faults: list[Fault]

    def fail(self, key: str, message: str) -> None:
        """Notes an error: the row is left out."""
        self.faults.append(Fault(self._at(key), message))

    def warn(self, key: str, message: str) -> None:
        """Notes a warning: the row stands without this field."""
        self.faults.append(Fault(self._at(key), message, "warning"))

    def text(self, key: str) -> str:
        """The trimmed text of a field; empty when it is missing or not a text."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, str):
            self.warn(key, "should be a text")
        return value.strip() if isinstance(value, str) else ""

    def required(self, key: str) -> str | None:
        """The text of a field that the row cannot do without; None, with an error, when there is none."""
        value = self.text(key)
        if not value:
            self.fail(key, "is required")
            return None
        return value

    def identifier(self, key: str = "id") -> str | None:
        """The UUID of a field in its usual form; None, with an error, when it is missing or another thing."""
        value = self.required(key)
        if value is None:
            return None
        try:
            return str(UUID(value))
        except ValueError:
            self.fail(key, "is not a UUID")
            return None

    def number(self, key: str) -> float | None:
        """A finite number, also when written as a text; None, with a warning if something else stands there."""
        value = self.data.get(key)
        if value is None or value == "":
            return None
        number = _number(value)
        if number is None:
            self.warn(key, "should be a number")
        return number

    def row(self, key: str) -> "Row | None":
        """The object in a field, or None."""
        value = self.data.get(key)
        if value is None:
            return None
        found = as_row(value, self._at(key), self.faults)
        if found is None:
            self.warn(key, "should be an object")
        return found

    def rows(self, key: str) -> "list[Row]":
        """The objects of a field that holds a list; what is no object is left out, with an error."""
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.warn(key, "should be a list")
            return []
        return as_rows(cast("list[object]", value), self._at(key), self.faults)

    def _at(self, key: str) -> str:
        return f"{self.place}.{key}"


def as_row(value: object, place: str, faults: list[Fault]) -> Row | None:
    """A row of a JSON object, None of anything else."""
    return Row(cast("Mapping[str, object]", value), place, faults) if isinstance(value, Mapping) else None


def as_rows(values: Sequence[object], place: str, faults: list[Fault]) -> list[Row]:
    """A row for each object of a list, its place counted from 0."""
    found: list[Row] = []
    for index, value in enumerate(values):
        at = f"{place}[{index}]"
        row = as_row(value, at, faults)
        if row is None:
            faults.append(Fault(at, "should be an object"))
        else:
            found.append(row)
    return found


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
