"""How the store speaks to PostgreSQL: names for values, rows by name, and rows by the hundred."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import anyio
import psycopg
import pytest
from psycopg import errors

from app.domain.errors import ContentionError, UnavailableError
from app.domain.wording import Say
from app.store.database import Database, meant
from app.store.line import Line
from app.store.outbox import BULK, Outgoing, enqueue
from app.store.programmes import list_channels
from app.store.statements import to_json
from app.store.vault import ensure_identities
from tests.conftest import AMINA, MONDAY, World
from tests.steps import rows


@pytest.mark.parametrize(
    ("sql", "values", "expected"),
    [
        pytest.param("SELECT 7 % 4", {}, 3, id="a per cent sign alone"),
        pytest.param("SELECT :n % 4", {"n": 7}, 3, id="a per cent sign beside a value"),
        pytest.param(
            "SELECT CAST(:n AS text) || ' 10:30'::text", {"n": 7}, "7 10:30", id="casts and times are no names"
        ),
        pytest.param("SELECT :n + :n", {"n": 2}, 4, id="a value named twice"),
    ],
)
async def test_values_stand_where_their_names_do(
    database: Database, sql: str, values: dict[str, Any], expected: object
) -> None:
    async with database.transaction() as store:
        assert await store.value(sql, **values) == expected


@pytest.mark.parametrize(
    "kept", [{"squares": 123_456_789_012_345_678_901}, [2**63 - 1, 2**64], {"share": 0.1234567890123456}]
)
async def test_numbers_come_back_exactly_however_long(database: Database, kept: object) -> None:
    async with database.transaction() as store:
        assert await store.value("SELECT CAST(:kept AS jsonb)", kept=to_json(kept)) == kept


@pytest.mark.parametrize("squares", [1, 2**70])
def test_a_moment_is_written_alike_whatever_stands_beside_it(squares: int) -> None:
    assert '"2026-11-02T04:00:00+00:00"' in to_json({"at": MONDAY, "squares": squares})


async def test_columns_without_a_name_of_their_own_do_no_harm(database: Database) -> None:
    async with database.transaction() as store:
        (row,) = await store.rows("SELECT 1, 2, 3 AS class, 4 AS n")
        assert (tuple(row), row.n) == ((1, 2, 3, 4), 4)
        assert await store.records("SELECT 3 AS class") == [{"class": 3}]
        assert await store.row("SELECT 1 WHERE false") is None
        assert await store.value("SELECT 1 WHERE false") is None


@pytest.mark.parametrize("number", [pytest.param(3, id="few"), pytest.param(200, id="many, which are copied")])
async def test_rows_are_written_as_they_are_whatever_their_number(world: World, number: int) -> None:
    said = Say("offer", fields={"service": 'tab\t, "quoted", back\\slash, line\nbreak, \\N, বাংলা'})
    async with world.context.database.transaction() as store:
        (channel,) = await list_channels(store, world.id)
        people = await ensure_identities(store, world.context.vault, world.id, [AMINA], world.clock())
        text = Outgoing(world.id, people[AMINA], channel.id, channel.carrier, said, "bn", BULK)
        ids = await enqueue(store, [text] * number, world.clock())
    kept = await rows(world, "SELECT id, say, conversation_id, due_at, state FROM outbox ORDER BY id")
    assert [key for key, *_ in kept] == ids
    assert {
        (Say.from_json(say).fields["service"], conversation, due, state) for _, say, conversation, due, state in kept
    } == {(said.fields["service"], None, world.clock(), "queued")}


@pytest.fixture
async def narrow(database_url: str) -> AsyncIterator[Database]:
    """A pool of one connection: whoever does not give it back keeps everybody waiting."""
    database = Database(database_url, pool=1)
    yield database
    await database.aclose()


async def _backend(database: Database) -> int:
    async with database.transaction() as store:
        return await store.value("SELECT pg_backend_pid()")


async def _cut_off(database: Database, backend: int) -> None:
    async with database.transaction() as store:
        # Waits, at most so many milliseconds, until it is gone.
        assert await store.value("SELECT pg_terminate_backend(:backend, 10000)", backend=backend)


async def test_what_fails_is_taken_back_and_its_connection_serves_the_next(narrow: Database) -> None:
    async def fail() -> None:
        async with narrow.transaction() as store:
            await store.run("CREATE TABLE half_done (n int)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with narrow.transaction() as store:
        assert await store.value("SELECT to_regclass('half_done')") is None


@pytest.mark.parametrize(
    "wakes", [pytest.param(False, id="in silence"), pytest.param(True, id="with word to the workers")]
)
async def test_what_fails_when_it_is_committed_is_no_success(narrow: Database, *, wakes: bool) -> None:
    async with narrow.transaction() as store:
        await store.run("CREATE TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")

    async def write_twice() -> None:
        async with narrow.transaction() as store:
            await store.run("INSERT INTO late VALUES (1), (1)")
            if wakes:
                store.wake_workers()

    with pytest.raises(errors.UniqueViolation):
        await write_twice()
    async with narrow.transaction() as store:
        assert await store.value("SELECT count(*) FROM late") == 0


async def test_a_failure_that_is_passed_over_is_no_success_either(narrow: Database) -> None:
    async def write() -> None:
        async with narrow.transaction() as store:
            with suppress(errors.DivisionByZero):
                await store.run("SELECT 1 / 0")

    with pytest.raises(errors.InFailedSqlTransaction):
        await write()
    assert await _backend(narrow)


@pytest.fixture
async def counters(narrow: Database) -> Database:
    """With a table of numbers, all different, to write into."""
    async with narrow.transaction() as store:
        await store.run("CREATE TABLE counter (n int PRIMARY KEY)")
    return narrow


_COUNT = "INSERT INTO counter VALUES (:n)"


async def _counted(database: Database) -> list[int]:
    async with database.transaction() as store:
        return [row.n for row in await store.rows("SELECT n FROM counter ORDER BY n")]


async def test_what_is_told_is_carried_out_before_what_comes_after_it(counters: Database) -> None:
    async with counters.transaction() as store:
        await store.tell(_COUNT, n=1)
        await store.tell(_COUNT, n=2)
        assert await store.value("SELECT count(*) FROM counter") == 2
        assert await store.run("UPDATE counter SET n = n + 10") == 2
        await store.tell("UPDATE counter SET n = 50 WHERE n % 10 = 1")
        for n in range(100, 140):
            await store.tell(_COUNT, n=n)
    assert await _counted(counters) == [12, 50, *range(100, 140)]


async def test_what_is_told_alone_is_committed(counters: Database) -> None:
    async with counters.transaction() as store:
        await store.tell(_COUNT, n=1)
    assert await _counted(counters) == [1]


async def test_what_is_told_is_committed_in_one_round_trip(counters: Database, tmp_path: Path) -> None:
    lent = await counters.engine.raw_connection()
    driver = cast("psycopg.AsyncConnection[Any]", lent.driver_connection)
    lent.close()
    spoken = tmp_path / "spoken"
    with spoken.open("w") as file:
        driver.pgconn.trace(file.fileno())
        async with counters.transaction() as store:
            await store.value("SELECT 1")
            await store.tell(_COUNT, n=1)
            store.wake_workers()
        driver.pgconn.untrace()
    assert spoken.read_text().count("\tSync") == 1


@pytest.mark.parametrize("number", [2, 100])
async def test_rows_that_are_copied_come_after_what_was_told(world: World, number: int) -> None:
    async with world.context.database.transaction() as store:
        (channel,) = await list_channels(store, world.id)
        people = await ensure_identities(store, world.context.vault, world.id, [AMINA], world.clock())
        await store.tell("DELETE FROM outbox")
        text = Outgoing(world.id, people[AMINA], channel.id, channel.carrier, Say("neutral"), "bn", BULK)
        await enqueue(store, [text] * number, world.clock())
        await store.tell("UPDATE outbox SET attempts = 7")
    assert await rows(world, "SELECT count(*), min(attempts) FROM outbox") == [(number, 7)]


@pytest.mark.parametrize("waits", [pytest.param(True, id="at the next that is waited for"), False])
@pytest.mark.parametrize("wakes", [False, True])
async def test_what_is_wrong_with_what_was_told_takes_all_back(
    counters: Database, caplog: pytest.LogCaptureFixture, *, waits: bool, wakes: bool
) -> None:
    async def twice() -> None:
        async with counters.transaction() as store:
            for n in (1, 2, 1, 3):
                await store.tell(_COUNT, n=n)
            if wakes:
                store.wake_workers()
            if waits:
                with pytest.raises(errors.UniqueViolation):
                    await store.value("SELECT 1")
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError if waits else errors.UniqueViolation):
        await twice()
    assert await _counted(counters) == []
    assert caplog.text == ""


@pytest.mark.parametrize("wrong", [pytest.param("\0", id="by the driver"), pytest.param("x", id="by the server")])
async def test_what_was_told_and_refused_is_no_success_where_it_is_passed_over(counters: Database, wrong: str) -> None:
    async def write() -> None:
        async with counters.transaction() as store:
            for n in (1, wrong, 2):
                await store.tell("INSERT INTO counter VALUES (CAST(:n AS int))", n=n)
            with suppress(errors.DataError):
                await store.value("SELECT 1")

    with pytest.raises(errors.InFailedSqlTransaction):
        await write()
    assert await _counted(counters) == []


async def test_the_server_notices_a_host_that_is_cut_off_amid_what_was_told(narrow: Database) -> None:
    # It is at work then and not idle in a transaction: no time-out would end it, nor its locks.
    async with narrow.transaction() as store:
        told = await store.rows("SELECT name FROM pg_settings WHERE name LIKE 'tcp\\_%' AND source = 'client'")
    assert len(told) == 4


async def test_what_is_cut_short_amid_what_was_told_takes_all_back(
    counters: Database, caplog: pytest.LogCaptureFixture
) -> None:
    begun = asyncio.Event()

    async def slow() -> None:
        async with counters.transaction() as store:
            await store.tell(_COUNT, n=1)
            await store.tell("SELECT pg_sleep(60)")
            await store.tell(_COUNT, n=1)
            begun.set()

    task = asyncio.create_task(slow())
    await begun.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    task.cancel()
    with anyio.fail_after(20), pytest.raises(asyncio.CancelledError):
        await task
    assert await _counted(counters) == []
    assert caplog.text == ""


async def test_what_is_cut_short_gives_its_connection_back(narrow: Database) -> None:
    sleeps = asyncio.Event()

    async def sleep() -> None:
        async with narrow.transaction() as store:
            await store.run("CREATE TABLE half_done (n int)")
            sleeps.set()
            await store.run("SELECT pg_sleep(60)")

    task = asyncio.create_task(sleep())
    await sleeps.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10), narrow.transaction() as store:
        assert await store.value("SELECT to_regclass('half_done')") is None


async def test_who_is_cut_short_while_taking_back_costs_nobody_elses_connection(database_url: str) -> None:
    two = Database(database_url, pool=2)
    backend = None
    # Told to stop at each step, as what streams to a browser is that went away.
    with anyio.CancelScope() as scope:
        async with two.transaction() as store:
            await store.run("SELECT 1")
            backend = await _backend(two)
            scope.cancel()
            await store.run("SELECT pg_sleep(60)")
    async with asyncio.timeout(10), two.transaction() as one, two.transaction() as another:
        assert backend in [await store.value("SELECT pg_backend_pid()") for store in (one, another)]
    await two.aclose()


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        pytest.param(errors.ConnectionTimeout(), UnavailableError, id="a server that never answers"),
        pytest.param(errors.AdminShutdown(), UnavailableError, id="a server that goes"),
        pytest.param(errors.DeadlockDetected(), ContentionError, id="two that wait for each other"),
        pytest.param(errors.QueryCanceled(), errors.QueryCanceled, id="a statement that takes too long"),
        pytest.param(errors.UniqueViolation(), errors.UniqueViolation, id="a statement that is wrong"),
    ],
)
def test_what_is_of_the_server_is_told_from_what_is_of_the_statement(
    problem: psycopg.Error, kind: type[Exception]
) -> None:
    assert type(meant(problem)) is kind


async def test_a_connection_that_was_cut_off_while_it_rested_is_made_anew(
    narrow: Database, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.database.pool._FRESH_SECONDS", 0.0)
    backend = await _backend(narrow)
    await _cut_off(database, backend)
    assert await _backend(narrow) != backend


async def test_once_a_line_saw_that_the_server_is_away_no_connection_is_taken_for_alive(
    narrow: Database, database: Database
) -> None:
    line, ours = (
        Line(narrow),
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
    )
    await line.commit("SELECT 1")
    backend = await _backend(narrow)
    async with database.transaction() as store:
        await store.rows(ours + " AND datname = current_database() AND usename IS NOT NULL")
    with pytest.raises(UnavailableError):
        await line.commit("SELECT 1")
    assert await _backend(narrow) != backend
    await line.aclose()


async def test_a_connection_that_is_cut_off_at_work_says_so_and_the_next_has_another(
    narrow: Database, database: Database
) -> None:
    backend = await _backend(narrow)

    async def work_on() -> None:
        async with narrow.transaction() as store:
            await _cut_off(database, backend)
            await store.run("SELECT 1")

    with pytest.raises(UnavailableError):
        await work_on()
    assert await _backend(narrow) != backend
