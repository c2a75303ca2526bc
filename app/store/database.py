"""One unit of work is one transaction; nothing else in the program opens one."""

import itertools
import logging
import os
import time
from collections import namedtuple
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, cast
from uuid import UUID

import psycopg
from psycopg import pq
from psycopg.rows import AsyncRowFactory, RowMaker, dict_row
from psycopg.types.json import set_json_loads
from sqlalchemy import Table, event, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from app.domain.errors import ContentionError, UnavailableError
from app.domain.identifiers import uuid7
from app.store.statements import copier, driver_form, from_json, insertion, plain, to_json

# What it warns of may quote a row; what matters is raised.
logging.getLogger("psycopg").setLevel(logging.CRITICAL)

_POOL = 10
_WAIT_SECONDS = 10
_STATEMENT_SECONDS = 60
_FRESH_SECONDS = 1.0
"""A connection that was used within so long is taken for alive; one that rested longer is asked first."""
# A host that is cut off is noticed within half a minute, also by whoever only waits.
_REACH: dict[str, Any] = {
    "connect_timeout": _WAIT_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# And the server notices a client that is: amid what was told it waits for more, which ends by no time-out of its own.
_REACHED_FROM = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_WORTH_COPYING = 50  # rows; COPY takes a second round trip and half the time for each row
_CONTENTION = frozenset({"40P01", "40001", "55P03"})
# What tells of the server and not of the statement: connections, disk and memory, shutdown, I/O, a stand-by.
_AWAY = ("08", "53", "57P", "58", "25006")
WORK = "shiftline_work"
"""What working processes listen to."""


# JIT costs more than it gives on short claims (231 ms against 3 ms); a statement must not hang for ever. Both are said
# when connecting, or in each transaction, and never set on a session: behind a pooler that is another's a moment later.
# A host that is cut off within a transaction holds its locks for a minute and not for ever. Rows are looked for by their
# keys, in memory or on disks that do not turn: by the usual cost of a page, two hundred workers were found by reading all.
_SETTINGS = {
    "jit": "off",
    "random_page_cost": "1.1",
    "statement_timeout": f"{_STATEMENT_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{_STATEMENT_SECONDS}s",
    "TimeZone": "UTC",
}
_OPTIONS = " ".join(f"-c {name}={value}" for name, value in (_SETTINGS | _REACHED_FROM).items())
_SET_LOCAL = "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in _SETTINGS.items())
_WAKE = f"SELECT pg_notify('{WORK}', '')".encode()
_MOST_TOLD = 16


# RFC 9562, 6.2, method 1: a counter before the random bits, so that what one process makes within a millisecond
# sorts as it was made; texts and replies are sent and read in the order of their ids.
_made = itertools.count(int.from_bytes(os.urandom(3), "big"))


def new_id(now: datetime) -> UUID:
    """A UUIDv7: sorted by time and then by order, made here so that bulk writes need no RETURNING."""
    return new_ids(now, 1)[0]


def new_ids(now: datetime, count: int) -> list[UUID]:
    """As many ids, in order."""
    unix_ms, random = int(now.timestamp() * 1000), os.urandom(6 * count)
    return [
        uuid7(
            unix_ms,
            ((next(_made) & 0xFFFFFFFF) << 42 | int.from_bytes(random[at : at + 6], "big") >> 6).to_bytes(10, "big"),
        )
        for at in range(0, 6 * count, 6)
    ]


def _on_connect(connection: Any, _record: object) -> None:
    set_json_loads(from_json, connection.driver_connection)


def _on_checkin(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


class Store:
    """An open transaction, with the few ways the store's functions speak to PostgreSQL.

    Statements go straight to psycopg, in SQLAlchemy's form (`:name`): what runs hundreds of times a second would
    spend most of its time between the two.
    """

    def __init__(self, driver: "psycopg.AsyncConnection[Any]") -> None:
        self._driver = driver
        # One for all statements: what each answers is read before the next is carried out, or by nobody.
        self._cursor = driver.cursor()
        self._told: list[tuple[bytes, Mapping[str, Any] | Sequence[Any]]] = []
        self._torn = False
        self._wakes = False

    async def rows(self, sql: str, **values: Any) -> Sequence[Any]:
        """Every row of a query, as named tuples."""
        return await (await self._carry_out(sql, values)).fetchall()

    async def records(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """Every row of a query, as column → value."""
        return await (await self._carry_out(sql, values, dict_row)).fetchall()

    async def row(self, sql: str, **values: Any) -> Any | None:
        """The first row, or None."""
        return await (await self._carry_out(sql, values)).fetchone()

    async def value(self, sql: str, **values: Any) -> Any:
        """The first column of the first row, or None."""
        row = await self.row(sql, **values)
        return row[0] if row is not None else None

    async def run(self, sql: str, **values: Any) -> int:
        """Carry out a statement; how many rows it touched."""
        return (await self._carry_out(sql, values)).rowcount

    async def tell(self, sql: str, **values: Any) -> None:
        """Carry out a statement whose answer nobody needs: it travels with the next that is waited for.

        At the latest with the commit; what is wrong with it comes to light there.
        """
        await self._tell(driver_form(sql), plain(values))

    async def _tell(self, sql: bytes, values: Mapping[str, Any] | Sequence[Any]) -> None:
        self._told.append((sql, values))
        if len(self._told) >= _MOST_TOLD:
            await self._flush()

    async def _flush(self) -> None:
        """What was told is carried out now."""
        async with self._driver.pipeline():
            await self._send()

    async def _send(self) -> None:
        """Within a pipeline: what was told goes out."""
        told, self._told = self._told, []
        try:
            for sql, values in told:
                await self._cursor.execute(sql, values)
        except BaseException:
            self._torn = True  # where the driver refused it PostgreSQL knows of nothing, and the rest was never sent
            raise

    async def _carry_out(
        self, sql: str, values: Mapping[str, Any], factory: AsyncRowFactory[Any] | None = None
    ) -> psycopg.AsyncCursor[Any]:
        factory = factory or _named
        if self._cursor.row_factory is not factory:  # setting it reads the answer before once more
            self._cursor.row_factory = factory
        if values:
            return await self._execute(driver_form(sql), plain(values))
        # Without values psycopg reads no placeholders, and takes a per cent sign for itself.
        return await self._execute(sql.encode())

    async def _execute(
        self, sql: bytes, values: Mapping[str, Any] | Sequence[Any] | None = None
    ) -> psycopg.AsyncCursor[Any]:
        if not self._told:
            return await self._cursor.execute(sql, values)
        async with self._driver.pipeline():
            await self._send()
            return await self._cursor.execute(sql, values)

    def wake_workers(self) -> None:
        """Tell every listening worker, once this transaction is committed, that there is work."""
        self._wakes = True

    async def commit(self) -> None:
        """Commit; what was told, and word to the workers, travels with it.

        Raises:
            psycopg.errors.InFailedSqlTransaction: a statement failed and nobody minded. PostgreSQL would take all back,
                and say nothing.
        """
        if self._torn or self._driver.pgconn.transaction_status == pq.TransactionStatus.INERROR:
            raise psycopg.errors.InFailedSqlTransaction
        if self._wakes:
            self._told.append((_WAKE, ()))
        if not self._told:
            await self._driver.commit()
            return
        # The driver's own would wait for its answer, and the end of the pipeline for another.
        self._told.append((b"COMMIT", ()))
        await self._flush()

    async def straight(self, sql: str, *values: Any) -> int:
        """Carry out a statement with psycopg's own placeholders; how many rows it touched."""
        return (await self._execute(sql.encode(), values)).rowcount

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
        if len(rows) >= _WORTH_COPYING and not on_conflict:
            return await self._copy(table, rows)
        written = to_json([dict(row) for row in rows])
        if on_conflict:
            return await self.straight(insertion(table, tuple(rows[0]), on_conflict), written)
        await self._tell(insertion(table, tuple(rows[0]), "").encode(), (written,))
        return len(rows)

    async def _copy(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
        if self._told:  # a pipeline holds no COPY
            await self._flush()
        columns = tuple(rows[0])
        written = [(name, copier(table, name)) for name in columns]
        listed = ", ".join(f'"{name}"' for name in columns)
        async with self._cursor.copy(f'COPY "{table.name}" ({listed}) FROM STDIN'.encode()) as copy:
            await copy.write("".join("\t".join([write(row[name]) for name, write in written]) + "\n" for row in rows))
        return self._cursor.rowcount


def _named(cursor: psycopg.AsyncCursor[Any]) -> RowMaker[Any]:
    answer = cursor.pgresult
    if answer is None or answer.status != pq.ExecStatus.TUPLES_OK:
        return tuple
    # What the driver would describe of each column takes longer than a row.
    return _row(tuple([answer.fname(place) for place in range(answer.nfields)]))


@lru_cache(maxsize=1024)
def _row(names: tuple[bytes | None, ...]) -> RowMaker[Any]:
    kind = namedtuple("Row", [(name or b"").decode() for name in names], rename=True)  # noqa: PYI024 # pyright: ignore[reportUntypedNamedTuple] - the query's names
    return partial(tuple.__new__, kind)  # as `_make` does, without its own look at each row's length


def meant(problem: DBAPIError | psycopg.Error) -> Exception:
    """What an error of the driver means: UnavailableError, ContentionError, or the error itself, which is ours."""
    told = problem.orig if isinstance(problem, DBAPIError) else problem
    state = getattr(told, "sqlstate", None) or ""
    if state in _CONTENTION:
        return ContentionError("Two processes stood in each other's way.")
    # An error without a code is the driver's own: no server was reached, or none answered in time.
    lost = isinstance(problem, DBAPIError) and problem.connection_invalidated
    if lost or state.startswith(_AWAY) or (isinstance(told, psycopg.OperationalError) and not state):
        return UnavailableError("The database is away; try again in a moment.")
    return problem


class Database:
    """The pool of connections to PostgreSQL.

    Args:
        url: the address.
        pool: how many connections at most.
        pooled: the address is that of a pooler which gives each transaction another connection (PgBouncer in
            transaction mode): nothing may be set, prepared or listened for on a connection then.
    """

    def __init__(self, url: str, *, pool: int = _POOL, pooled: bool = False) -> None:
        self.pooled = pooled
        self._away_at = 0.0
        self._address = make_url(url)
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool,
            max_overflow=0,
            pool_timeout=_WAIT_SECONDS,
            pool_reset_on_return=None,  # whoever takes a connection ends what it began
            pool_use_lifo=True,  # the one used last has its statements prepared
            hide_parameters=True,  # an error must not repeat what a worker wrote
            connect_args=self._arguments(),
        )
        event.listen(self.engine.sync_engine, "connect", _on_connect)
        event.listen(self.engine.sync_engine, "checkin", _on_checkin)
        event.listen(self.engine.sync_engine, "checkout", self._on_checkout)

    def _arguments(self) -> dict[str, Any]:
        if self.pooled:
            return _REACH | {"prepare_threshold": None}
        options = self._address.query.get("options", "")
        return _REACH | {"options": f"{options} {_OPTIONS}".strip()}

    def _on_checkout(self, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        """Ask a connection that rested whether it is alive, and each that was there when the server was seen to be away.

        Where it is not, none that was made before it is; one that is closed, as who is cut short closes his, says
        nothing of the others.
        """
        if connection.driver_connection.closed:
            raise DisconnectionError
        since = record.info.get("rests_since")
        try:
            if since is not None and (time.monotonic() - since > _FRESH_SECONDS or since <= self._away_at):
                self.engine.dialect.do_ping(connection)
        except psycopg.Error as problem:
            raise InvalidatePoolError from problem

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Store]:
        """A unit of work: committed at the end, rolled back on any error.

        Raises:
            UnavailableError: when PostgreSQL is away.
        """
        try:
            async with self._lent() as driver:
                if self.pooled:
                    await driver.execute(_SET_LOCAL.encode())
                store = Store(driver)
                yield store
                await store.commit()
        except PoolTimeoutError as problem:
            raise UnavailableError("Every connection to the database is busy; try again in a moment.") from problem
        except (DBAPIError, psycopg.Error) as problem:
            raise self.told(problem) from problem

    def told(self, problem: DBAPIError | psycopg.Error) -> Exception:
        """What an error means, as `meant` says; where it is that the server is away, no connection is taken for alive."""
        said = meant(problem)
        if isinstance(said, UnavailableError):
            self._away_at = time.monotonic()
        return said

    @asynccontextmanager
    async def _lent(self) -> "AsyncGenerator[psycopg.AsyncConnection[Any]]":
        """A connection of the pool as the driver knows it, rolled back where what is done with it fails.

        SQLAlchemy's own takes as long over beginning and ending as PostgreSQL over a statement.
        """
        pooled = await self.engine.raw_connection()
        driver = cast("psycopg.AsyncConnection[Any]", pooled.driver_connection)
        try:
            yield driver
        except BaseException:
            try:
                await driver.rollback()
            except psycopg.Error:
                await driver.close()
            except BaseException:
                await driver.close()  # cut off in the middle: nobody knows what it still waits for
                raise
            raise
        finally:
            pooled.close()

    async def listen(self, ring: Callable[[], None]) -> None:
        """Call `ring` whenever another process wrote work for this one, on a connection of its own; never returns.

        Raises:
            UnavailableError: PostgreSQL is away, or a pooler stands before it; polling goes on.
        """
        if self.pooled:
            raise UnavailableError("A pooler of transactions hands on no notifications.")
        # `connect` takes what SQLAlchemy would give it, under psycopg's own names.
        _, arguments = self.engine.dialect.create_connect_args(self._address)
        try:
            async with await psycopg.AsyncConnection.connect(**{**arguments, **_REACH}, autocommit=True) as connection:
                await connection.execute(f"LISTEN {WORK}")
                ring()  # for what was written while nobody listened
                async for _ in connection.notifies():
                    ring()
        except psycopg.Error as problem:
            raise UnavailableError("The database is away; it will be asked now and then.") from problem

    async def version(self) -> str:
        """The server's version; UnavailableError where none answers."""
        async with self.transaction() as store:
            return str(await store.value("SHOW server_version"))

    async def aclose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
