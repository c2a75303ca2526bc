"""A table to take away: named columns of one kind each, and what stands beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

AGAIN = "the same again"
"""Under which name `about` tells the address that gives a sheet again."""

Value = str | int | float | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what its cells are, and what it means, in a sentence for whoever opens the file."""

    name: str
    kind: Literal["text", "count", "number", "moment"]
    means: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it is taken away.

    Attributes:
        name: a short one, for files and tabs.
        columns: in order.
        rows: a cell for each column; None where there is nothing, or nothing that may be told.
        about: what the table as a whole is of, in order: name → words.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    about: Mapping[str, str]


def cells(columns: Sequence[Column], row: Mapping[str, Any]) -> tuple[Value, ...]:
    """A row of a sheet from what is known by the columns' names; a text is never None."""
    return tuple(_cell(column, row.get(column.name)) for column in columns)


def _cell(column: Column, value: Any) -> Value:
    if column.kind == "text":
        return "" if value is None else str(value)
    return value


_COMMANDS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula, whoever named the site; marked by an apostrophe where it might.

    The first characters are those of OWASP's page on CSV injection, with their full-width forms.
    """
    return f"'{text}" if text.lstrip(" ").startswith(_COMMANDS) else text
