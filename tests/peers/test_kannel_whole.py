"""A worker's STOP and our goodbye, from phone to phone: Debian's Kannel, our web server, PostgreSQL and the engine."""

import asyncio
import dataclasses
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from app.carriers.kannel import KannelCarrier, KannelSettings, sms_service
from app.jobs.context import Context
from app.jobs.listening import drain_inbox
from app.jobs.sending import send_outbox
from app.store.programmes import save_channel
from app.web.app import create_app
from tests.conftest import AMINA, World
from tests.peers.kannel import Kannel, Phones, skip_without_kannel
from tests.steps import value

pytestmark = pytest.mark.peer

SHORT_CODE = "12345"
ROAD = "kannel"


@asynccontextmanager
async def served(world: World, listening: socket.socket, carrier: KannelCarrier) -> AsyncIterator[World]:
    """The world with a road by Kannel and a number of the programme's on it, on the web."""
    old = world.context
    context = Context(old.database, old.vault, {**old.carriers, ROAD: carrier}, old.catalogue)
    world.wiring = dataclasses.replace(world.wiring, context=context)
    async with context.database.transaction() as store:
        await save_channel(store, world.id, ROAD, SHORT_CODE, world.clock())
    server = uvicorn.Server(uvicorn.Config(create_app(world.wiring), log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve([listening]))
    yield world
    server.should_exit = True
    await serving
    await carrier.aclose()


async def until(world: World, sql: str, expected: object) -> None:
    """Waits for what the database will hold."""
    async with asyncio.timeout(20):
        while await value(world, sql) != expected:  # noqa: ASYNC110 - a database rings no bell here
            await asyncio.sleep(0.05)


async def test_stop_comes_in_the_goodbye_lands_and_its_report_is_heard(world: World, tmp_path: Path) -> None:
    skip_without_kannel()
    await world.roster(f"{AMINA},gazipur,bn,female")
    with socket.socket() as listening, Kannel(tmp_path) as gateway:
        listening.bind(("127.0.0.1", 0))
        settings = KannelSettings(
            gateway.sendsms_url, gateway.username, gateway.password,
            public_url=f"http://127.0.0.1:{listening.getsockname()[1]}", secret="a-secret-of-the-tests-own",
        )  # fmt: skip
        async with served(world, listening, KannelCarrier(settings)):
            await asyncio.to_thread(gateway.start, sms_service(settings))
            with Phones(gateway.smsc_port) as phones:
                phones.type_text(AMINA, SHORT_CODE, "বন্ধ")
                await until(world, "SELECT count(*) FROM inbox", 1)
                await drain_inbox(world.context, world.clock())
                await send_outbox(world.context, world.clock())
                [goodbye] = await asyncio.to_thread(phones.wait_for, 1)
                await until(world, "SELECT state FROM outbox", "delivered")
    assert (goodbye.to, goodbye.sender) == (AMINA, SHORT_CODE)
    assert "আর" in goodbye.text
    assert await value(world, "SELECT stopped FROM identity") is True
