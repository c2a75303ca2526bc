"""The engine as processes run it: woken by a bell, side by side, and leaving nothing half done."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import pytest

from app.carriers.protocol import Accepted, Lookup, OutboundText, Outcome
from app.domain.errors import UnavailableError
from app.jobs.context import Context
from app.store.database import Database
from app.worker import work
from tests.conftest import AMINA, BILAL, World
from tests.steps import Obedient, rows, run, text

PATIENCE = 60
"""Seconds a test waits for what must come."""

NEVER = 3600.0
"""A pause in which nothing is found without the bell."""


class Fleet:
    """Worker processes over one PostgreSQL, with one carrier between them."""

    def __init__(self, world: World, other: Database) -> None:
        self.world = world
        self.carrier = Obedient()
        self.handed = asyncio.Event()
        self.hosts = [world.context.database, other]

    @asynccontextmanager
    async def working(self, *hosts: Database, pause: float = NEVER) -> AsyncIterator[asyncio.Event]:
        """Workers on these hosts, until the block ends; its value stops them."""
        stop, base = asyncio.Event(), self.world.context
        contexts = [Context(host, base.vault, {"simulator": self.carrier}, base.catalogue) for host in hosts]
        tasks = [asyncio.create_task(work(one, self.world.clock, stop, pause=pause)) for one in contexts]
        try:
            yield stop
        finally:
            stop.set()
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*tasks)

    def sends(self, count: int) -> asyncio.Event:
        """Set when the carrier was handed so many texts."""
        done, obey = asyncio.Event(), self.carrier.send

        async def counted(batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
            told = await obey(batch)
            if len(self.carrier.handed) >= count:
                done.set()
            return told

        self.carrier.send = counted  # type: ignore[method-assign]
        return done


@pytest.fixture
async def fleet(world: World, database_url: str) -> AsyncIterator[Fleet]:
    other = Database(database_url, pool=5)
    yield Fleet(world, other)
    await other.aclose()


@asynccontextmanager
async def bell(database: Database) -> AsyncIterator[asyncio.Queue[None]]:
    """What rings, from the moment somebody listens."""
    rung: asyncio.Queue[None] = asyncio.Queue()
    listening = asyncio.create_task(database.listen(lambda: rung.put_nowait(None)))
    async with asyncio.timeout(PATIENCE):
        await rung.get()  # it listens
    yield rung
    listening.cancel()


async def test_a_reply_rings_once_in_every_process_when_it_is_committed(fleet: Fleet) -> None:
    async with bell(fleet.hosts[1]) as rung:
        async with fleet.world.context.database.transaction() as store:
            store.wake_workers()
            store.wake_workers()
            assert rung.empty()
        await text(fleet.world, AMINA, "hello")
        async with asyncio.timeout(PATIENCE):
            await rung.get()
            await rung.get()
        assert rung.empty(), "one a transaction"


async def test_a_listener_that_is_cut_off_says_so(fleet: Fleet) -> None:
    listens = asyncio.Event()
    listening = asyncio.create_task(fleet.hosts[1].listen(listens.set))
    async with asyncio.timeout(PATIENCE):
        await listens.wait()
        await run(fleet.world, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        with pytest.raises(UnavailableError):
            await listening


async def test_a_reply_kept_by_another_process_is_answered_without_waiting_for_the_next_look(fleet: Fleet) -> None:
    first, second = fleet.sends(1), fleet.sends(2)
    async with fleet.working(fleet.hosts[1]), asyncio.timeout(PATIENCE):
        await text(fleet.world, AMINA, "hello")
        await first.wait()
        # The first look is over, and no other comes by itself.
        await text(fleet.world, BILAL, "hello")
        await second.wait()
    assert [item.to for item in fleet.carrier.handed] == [AMINA, BILAL]


async def test_without_the_bell_the_jobs_look_by_themselves(fleet: Fleet, database_url: str) -> None:
    behind_a_pooler = Database(database_url, pool=5, pooled=True)
    with pytest.raises(UnavailableError):
        await behind_a_pooler.listen(lambda: None)
    done = fleet.sends(1)
    async with fleet.working(behind_a_pooler, pause=0.05):
        await text(fleet.world, AMINA, "hello")
        async with asyncio.timeout(PATIENCE):
            await done.wait()
    await behind_a_pooler.aclose()


async def test_two_processes_answer_every_reply_once(fleet: Fleet) -> None:
    numbers = [f"+88017118888{at:02}" for at in range(40)]
    done = fleet.sends(len(numbers))
    async with fleet.working(*fleet.hosts, pause=0.2):
        for number in numbers:
            await text(fleet.world, number, "hello")
        async with asyncio.timeout(PATIENCE):
            await done.wait()
    assert sorted(item.to for item in fleet.carrier.handed) == numbers
    assert await rows(fleet.world, "SELECT DISTINCT state FROM outbox") == [("accepted",)]


async def test_told_to_stop_a_worker_waits_for_no_list_of_a_carriers(fleet: Fleet) -> None:
    asked = asyncio.Event()

    async def hang(_since: datetime) -> Lookup:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    fleet.carrier.capabilities = replace(fleet.carrier.capabilities, looks_up=True)
    fleet.carrier.reconcile = hang  # type: ignore[method-assign]
    async with fleet.working(fleet.hosts[0]) as stop:
        async with asyncio.timeout(PATIENCE):
            await asked.wait()
        stop.set()


async def test_told_to_stop_a_worker_finishes_its_batch_and_gives_the_rest_back(fleet: Fleet) -> None:
    for at in range(6):
        await text(fleet.world, f"+88017118888{at:02}", "hello")
    fleet.carrier.capabilities = replace(fleet.carrier.capabilities, max_batch=2)
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def slow(batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        fleet.carrier.handed += batch
        under_way.set()
        await go_on.wait()
        return {item.message: Accepted(f"ref-{item.message}") for item in batch}

    fleet.carrier.send = slow  # type: ignore[method-assign, assignment]
    async with fleet.working(fleet.hosts[0], pause=0.05) as stop, asyncio.timeout(PATIENCE):
        await under_way.wait()
        stop.set()
        go_on.set()
    assert len(fleet.carrier.handed) == 2
    assert await rows(fleet.world, "SELECT state, attempts, count(*) FROM outbox GROUP BY 1, 2 ORDER BY 1") == [
        ("accepted", 1, 2),
        ("queued", 0, 4),
    ]


@pytest.mark.parametrize("pooled", [False, True], ids=["straight", "behind a pooler"])
async def test_every_transaction_is_bounded_in_time_and_nothing_is_set_on_the_session(
    database_url: str, *, pooled: bool
) -> None:
    database = Database(f"{database_url}&options=-c%20application_name%3Dours", pool=1, pooled=pooled)
    async with database.transaction() as store:
        shown = [await store.value(f"SHOW {name}") for name in ("jit", "statement_timeout", "TimeZone")]
        assert shown == ["off", "1min", "UTC"]
        assert await store.value("SHOW application_name") == "ours"
    async with database.engine.connect() as connection:
        sources = await connection.exec_driver_sql("SELECT source FROM pg_settings WHERE name = 'jit'")
        assert sources.scalar() == ("default" if pooled else "client")
    await database.aclose()
