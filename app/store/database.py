"""One unit of work is one transaction; nothing else in the program opens one."""

import itertools
import json
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, event, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app.domain.errors import ContentionError, UnavailableError
from app.domain.identifiers import uuid7

_DIALECT = postgresql.dialect()
_POOL = 10
_WAIT_SECONDS = 10
_STATEMENT_SECONDS = 60
_CONTENTION = frozenset({"40P01", "40001", "55P03"})


# RFC 9562, 6.2, method 1: a counter before the random bits, so that what one process makes within a millisecond
# sorts as it was made; texts and replies are sent and read in the order of their ids.
_made = itertools.count(int.from_bytes(os.urandom(3), "big"))


def new_id(now: datetime) -> UUID:
    """A UUIDv7: sorted by time and then by order, made here so that bulk writes need no RETURNING."""
    counted = next(_made) & 0xFFFFFFFF
    tail = counted << 42 | int.from_bytes(os.urandom(6), "big") >> 6
    return uuid7(int(now.timestamp() * 1000), tail.to_bytes(10, "big"))


def new_ids(now: datetime, count: int) -> list[UUID]:
    """As many ids, in order."""
    return [new_id(now) for _ in range(count)]


class Store:
    """An open transaction, with the few ways the store's functions speak to PostgreSQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def rows(self, sql: str, **values: Any) -> Sequence[Row[Any]]:
        """Every row of a query."""
        return (await self.connection.execute(text(sql), _plain(values))).all()

    async def records(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """Every row of a query, as column → value."""
        found = (await self.connection.execute(text(sql), _plain(values))).mappings()
        return [{str(name): value for name, value in row.items()} for row in found]

    async def row(self, sql: str, **values: Any) -> Row[Any] | None:
        """The first row, or None."""
        return (await self.connection.execute(text(sql), _plain(values))).first()

    async def value(self, sql: str, **values: Any) -> Any:
        """The first column of the first row, or None."""
        return (await self.connection.execute(text(sql), _plain(values))).scalar()

    async def run(self, sql: str, **values: Any) -> int:
        """Carry out a statement; how many rows it touched."""
        return (await self.connection.execute(text(sql), _plain(values))).rowcount

    async def insert(self, table: Table, rows: Sequence[Mapping[str, Any]], on_conflict: str = "") -> int:
        """Write rows in one statement, whatever their number; all must have the same columns.

        Args:
            table: where to.
            rows: column → value; instants, UUIDs, bytes and JSON are carried over.
            on_conflict: what follows ON CONFLICT, such as `DO NOTHING`.

        Returns:
            How many rows were written.
        """
        if not rows:
            return 0
        columns = list(rows[0])
        typed = ", ".join(f'"{name}" {table.c[name].type.compile(_DIALECT)}' for name in columns)
        listed = ", ".join(f'"{name}"' for name in columns)
        sql = (
            f'INSERT INTO "{table.name}" ({listed}) SELECT {listed} '
            f"FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given({typed})"
            + (f" ON CONFLICT {on_conflict}" if on_conflict else "")
        )
        return (await self.connection.execute(text(sql), {"rows": to_json([dict(row) for row in rows])})).rowcount


def to_json(value: Any) -> str:
    """JSON as PostgreSQL casts it back: bytes in hex form, instants in ISO 8601."""
    return json.dumps(value, default=_jsonable, ensure_ascii=False)


def _jsonable(value: Any) -> Any:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, datetime) or hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return str(value)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: to_json(value) if isinstance(value, dict) else value for name, value in values.items()}


class Database:
    """The pool of connections to PostgreSQL."""

    def __init__(self, url: str, *, pool: int = _POOL) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool,
            max_overflow=0,
            pool_timeout=_WAIT_SECONDS,
            pool_pre_ping=True,
            hide_parameters=True,  # an error must not repeat what a worker wrote
            connect_args={"connect_timeout": _WAIT_SECONDS},
        )
        event.listen(self.engine.sync_engine, "connect", _prepare)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Store]:
        """A unit of work: committed at the end, rolled back on any error.

        Raises:
            UnavailableError: when PostgreSQL is away.
        """
        try:
            async with self.engine.begin() as connection:
                yield Store(connection)
        except PoolTimeoutError as problem:
            raise UnavailableError("Every connection to the database is busy; try again in a moment.") from problem
        except DBAPIError as problem:
            if getattr(problem.orig, "sqlstate", None) in _CONTENTION:
                raise ContentionError("Two processes stood in each other's way.") from problem
            if problem.connection_invalidated or type(problem.orig).__name__ == "OperationalError":
                raise UnavailableError("The database is away; try again in a moment.") from problem
            raise

    async def version(self) -> str:
        """The server's version; UnavailableError where none answers."""
        async with self.transaction() as store:
            return str(await store.value("SHOW server_version"))

    async def aclose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _prepare(connection: Any, _record: Any) -> None:
    """JIT costs more than it gives on short claims (231 ms against 3 ms); a statement must not hang for ever."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET jit = off; SET statement_timeout = '{_STATEMENT_SECONDS}s'; SET TIME ZONE 'UTC'")
    connection.commit()
