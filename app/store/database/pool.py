"""The pool of connections to PostgreSQL, what is set on each, and what the errors of the driver mean."""

import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import psycopg
from psycopg.types.json import set_json_loads
from sqlalchemy import event, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from app.domain.errors import ContentionError, UnavailableError
from app.store.database.transaction import WORK, Store
from app.store.statements import from_json

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
_CONTENTION = frozenset({"40P01", "40001", "55P03"})
# What tells of the server and not of the statement: connections, disk and memory, shutdown, I/O, a stand-by.
_AWAY = ("08", "53", "57P", "58", "25006")


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


def _on_connect(connection: Any, _record: object) -> None:
    set_json_loads(from_json, connection.driver_connection)


def _on_checkin(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


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
