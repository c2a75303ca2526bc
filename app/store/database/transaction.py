"""An open transaction: how the store's functions speak to PostgreSQL."""

from collections import namedtuple
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import psycopg
from psycopg import pq
from psycopg.rows import AsyncRowFactory, RowMaker, dict_row
from sqlalchemy import Table

from app.store.statements import copier, driver_form, insertion, plain, to_json

_WORTH_COPYING = 50  # rows; COPY takes a second round trip and half the time for each row
_MOST_TOLD = 16
WORK = "shiftline_work"
"""What working processes listen to."""
_WAKE = f"SELECT pg_notify('{WORK}', '')".encode()


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
