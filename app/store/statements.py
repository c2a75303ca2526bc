"""Statements and values as the driver takes them, in fewer steps than it would make of each itself."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

_DIALECT = postgresql.dialect()


_NAMED = re.compile(r"(?<![:\w]):(\w+)(?!:)")


@lru_cache(maxsize=1024)
def driver_form(sql: str) -> bytes:
    """A statement with `:name` for its values, as psycopg writes it."""
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%")).encode()


@lru_cache(maxsize=256)
def insertion(table: Table, columns: tuple[str, ...], on_conflict: str) -> str:
    """The statement that writes rows given as one JSON array, in psycopg's form."""
    typed = ", ".join(f'"{name}" {table.c[name].type.compile(_DIALECT)}' for name in columns)
    listed = ", ".join(f'"{name}"' for name in columns)
    return (
        f'INSERT INTO "{table.name}" ({listed}) SELECT {listed} '
        f"FROM jsonb_to_recordset(CAST(%s AS jsonb)) AS given({typed})"
        + (f" ON CONFLICT {on_conflict}" if on_conflict else "")
    )


def to_json(value: Any) -> str:
    """JSON as PostgreSQL casts it back: bytes in hex form, instants in ISO 8601, whole numbers of any length."""
    try:
        return orjson.dumps(value, _jsonable, _STRICTLY).decode()
    except TypeError:  # a number longer than 64 bits, as sums of squares are; what is no JSON at all, this refuses too
        return json.dumps(value, default=_jsonable, ensure_ascii=False, allow_nan=False)


def from_json(kept: str | bytes) -> Any:
    """What `to_json` wrote; a whole number longer than 64 bits comes back exactly, which orjson would round."""
    raw = kept if isinstance(kept, bytes) else kept.encode()
    return orjson.loads(raw) if _LONG.search(raw) is None else json.loads(raw)


_LONG = re.compile(rb"[0-9]{19}")
_STRICTLY = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_NON_STR_KEYS


def _jsonable(value: Any) -> Any:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return list(cast("Collection[Any]", value))
    return str(value)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the driver carries them over soonest: documents and lists of ids written out."""
    return {name: _as_given(value) for name, value in values.items()}


def _as_given(value: Any) -> Any:
    if isinstance(value, dict):
        return to_json(cast("dict[str, Any]", value))
    if isinstance(value, list) and isinstance(next(filter(None, cast("list[Any]", value)), None), UUID):
        # Lists of ids are in every statement of a batch; the driver takes five times as long over each.
        return f"{{{','.join([item.hex if item else 'NULL' for item in cast('list[UUID | None]', value)])}}}"
    return cast("Any", value)


# -- COPY -----------------------------------------------------------------------------------------

_MARKS = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_MARKED = re.compile(r"[\\\t\n\r]")


def _copied(value: Any) -> str:
    """A value as COPY reads it in its text format; the driver takes four times as long over a row."""
    if value is None:
        return "\\N"
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, str):
        return _MARKED.sub(_mark, value)
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return _written(value)


def _document(value: Any) -> str:
    return "\\N" if value is None else _MARKED.sub(_mark, to_json(value))


def _mark(found: re.Match[str]) -> str:
    return _MARKS[found[0]]


@lru_cache(maxsize=256, typed=True)
def _written(value: Any) -> str:
    """A number or a moment, which most rows of a batch share."""
    return str(value)


def copier(table: Table, column: str) -> Callable[[Any], str]:
    """What writes values of a column for COPY."""
    return _document if isinstance(table.c[column].type, JSONB) else _copied
