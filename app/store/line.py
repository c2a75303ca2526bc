"""A connection of one's own on which a statement is a transaction: one round trip from nothing to the disk.

For what is committed a hundred times a second. A transaction of the pool takes five round trips (is it alive, begin, the
statement, word to the workers, commit), and SQLAlchemy for each of them ten times what the driver takes.
"""

import asyncio
from typing import Any

import psycopg

from app.store.database import Database

_CONNECT_SECONDS = 10


class Line:
    """Connects when it is first used, and anew after any error. One statement at a time; others wait."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._free = asyncio.Lock()

    async def commit(self, sql: str, *values: Any) -> None:
        """Carry out and commit one statement.

        Raises:
            UnavailableError: PostgreSQL is away; whether the statement was committed is not known.
        """
        async with self._free:
            try:
                if self._connection is None:
                    self._connection = await self._connected()
                await self._connection.execute(sql.encode(), values)
            except psycopg.Error as problem:
                await self._drop()
                raise self._database.told(problem) from problem
            except BaseException:
                await self._drop()  # cut off in the middle: nobody knows what it still waits for
                raise

    async def _connected(self) -> "psycopg.AsyncConnection[Any]":
        engine = self._database.engine
        _, given = engine.dialect.create_connect_args(engine.url)
        arguments: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS, **given}
        return await psycopg.AsyncConnection.connect(
            **arguments,
            autocommit=True,
            # What is prepared on one connection is not there on the next that a pooler gives.
            prepare_threshold=None if self._database.pooled else 1,
        )

    async def _drop(self) -> None:
        if self._connection is not None:
            dropped, self._connection = self._connection, None
            await dropped.close()

    async def aclose(self) -> None:
        """Hang up."""
        async with self._free:
            await self._drop()
