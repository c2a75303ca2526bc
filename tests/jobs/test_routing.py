"""Routes by country, another channel when a road is down, and accounts that change without a restart."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.carriers.protocol import Cause, OutboundText, Outcome, Retry, Unknown
from app.carriers.simulator import Simulator
from app.domain.errors import NoReplyRouteError
from app.domain.rounds import parse_plan
from app.domain.routing import Route
from app.jobs.context import Context
from app.jobs.engine import sweep
from app.jobs.launching import Launch, launch_round
from app.jobs.roads import Roads
from app.jobs.routing import leave_retired
from app.jobs.sending import send_outbox
from app.store.programmes import save_channel
from app.store.roads import retire_road, save_road, save_routes
from tests.conftest import AMINA, BILAL, OTHER_SENDER, WANJIRU, World
from tests.steps import ask, rows, value, write

SECOND = "+15005550008"
KANNEL = {
    "sendsms_url": "http://127.0.0.1:13013/cgi-bin/sendsms", "username": "u", "allowed_peers": ["127.0.0.1/32"],
}  # fmt: skip
SECRETS = {"password": "p-one", "secret": "a-secret-of-length-16"}


class Road(Simulator):
    """A simulator under another name that answers as it is told."""

    def __init__(self, name: str, world: World) -> None:
        super().__init__(world.clock)
        self.name = name
        self.answer: Outcome | None = None
        self.tried = 0

    async def send(self, batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        self.tried += len(batch)
        if self.answer is None:
            return await super().send(batch)
        return {text.message: self.answer for text in batch}


@pytest.fixture
async def roads(world: World) -> dict[str, Road]:
    """The programme with two more channels, on the roads `north` and `south`."""
    made = {name: Road(name, world) for name in ("north", "south")}
    async with world.context.database.transaction() as store:
        for name, sender in (("north", OTHER_SENDER), ("south", SECOND)):
            await save_channel(store, world.id, name, sender, world.clock())
    fixed = {"simulator": world.simulator, **made}
    world.wiring = replace(world.wiring, context=replace(world.context, carriers=Roads(fixed, "http://testserver")))
    world.clock.forward(hours=4)  # day in Dhaka and in Nairobi
    await write(world)
    await world.roster(f"{AMINA},gazipur,en,female", f"{BILAL},gazipur,en,male", f"{WANJIRU},nairobi,en,female")
    return made


async def route(world: World, **channels: Sequence[str]) -> None:
    """Country → the carriers its texts take, in order."""
    async with world.context.database.transaction() as store:
        found = await store.rows("SELECT id, carrier FROM channel")
        keys = {row.carrier: row.id for row in found}
        await save_routes(
            store,
            world.id,
            [
                Route(country, "", at, keys[name])
                for country, names in channels.items()
                for at, name in enumerate(names)
            ],
        )


async def test_each_country_is_asked_over_its_own_channel(world: World, roads: dict[str, Road]) -> None:
    await route(world, BD=["north"], KE=["south"])
    await ask(world)
    assert set(roads["north"].numbers()) == {AMINA, BILAL}
    assert set(roads["south"].numbers()) == {WANJIRU}
    assert world.simulator.numbers() == ()


async def test_a_launch_is_refused_while_a_country_has_no_route(world: World, roads: dict[str, Road]) -> None:
    await route(world, BD=["north"])
    with pytest.raises(NoReplyRouteError, match="KE"):
        await ask(world)
    assert await value(world, "SELECT count(*) FROM round") == 0


async def test_without_routes_the_first_channel_that_hears_replies_is_taken(
    world: World, roads: dict[str, Road]
) -> None:
    await ask(world)
    assert len(roads["north"].numbers()) == 3


async def test_texts_take_the_next_road_once_the_first_is_down(world: World, roads: dict[str, Road]) -> None:
    await route(world, BD=["north", "south"], KE=["south"])
    roads["north"].answer = Retry(timedelta(seconds=30), Cause.BUSY, "connect-failed")
    context: Context = world.context
    assert isinstance(context.carriers, Roads)
    context.carriers.heard("north", refused=5, taken=0, now=world.clock())
    await ask(world)
    await sweep(context, world.clock())
    await send_outbox(context, world.clock())
    assert roads["north"].tried == 0
    assert set(roads["south"].numbers()) == {AMINA, BILAL, WANJIRU}


async def test_what_waits_for_a_road_moves_when_it_goes_down(world: World, roads: dict[str, Road]) -> None:
    await route(world, BD=["north", "south"], KE=["north", "south"])
    roads["north"].answer = Retry(timedelta(seconds=30), Cause.BUSY, "connect-failed")
    await ask(world)
    await sweep(world.context, world.clock())
    for _ in range(12):
        await send_outbox(world.context, world.clock())
        world.clock.forward(minutes=1)
    assert set(roads["south"].numbers()) == {AMINA, BILAL, WANJIRU}
    moved = await rows(
        world, "SELECT DISTINCT channel.carrier FROM conversation JOIN channel ON channel.id = channel_id"
    )
    assert [row[0] for row in moved] == ["south"], "the talk goes on where its text went"


async def test_an_unknown_fate_is_never_given_to_another_road(world: World, roads: dict[str, Road]) -> None:
    await route(world, BD=["north", "south"], KE=["north", "south"])
    roads["north"].answer = Unknown(Cause.TIMEOUT)
    await ask(world)
    await sweep(world.context, world.clock())
    for _ in range(12):
        await send_outbox(world.context, world.clock())
        world.clock.forward(minutes=1)
    assert roads["south"].numbers() == ()
    assert roads["north"].tried == 3
    assert await value(world, "SELECT count(*) FROM outbox WHERE state = 'unknown'") == 3


# -- accounts in the database ----------------------------------------------------------------------


async def keep(world: World, secrets: Mapping[str, Any] = SECRETS, **settings: object) -> None:
    async with world.context.database.transaction() as store:
        await save_road(
            store, world.context.vault, "aggregator", "kannel", {**KANNEL, **settings}, secrets, world.clock()
        )


async def test_an_account_opens_changes_and_goes_without_a_restart(world: World) -> None:
    opened = Roads({}, "https://shiftline.example")
    await opened.refresh(world.context.database, world.context.vault)
    assert list(opened) == []
    await keep(world)
    await opened.refresh(world.context.database, world.context.vault)
    first = opened["aggregator"]
    await opened.refresh(world.context.database, world.context.vault)
    assert opened["aggregator"] is first, "what did not change stays open"
    await keep(world, {**SECRETS, "password": "p-two"})
    await opened.refresh(world.context.database, world.context.vault)
    assert opened["aggregator"] is not first
    async with world.context.database.transaction() as store:
        assert await retire_road(store, "aggregator", world.clock()) == 1
    await opened.refresh(world.context.database, world.context.vault)
    assert list(opened) == []
    await opened.aclose()


async def test_what_waits_for_a_retired_account_takes_the_next_road_or_waits_for_a_person(
    world: World, roads: dict[str, Road]
) -> None:
    await keep(world)
    context: Context = world.context
    assert isinstance(context.carriers, Roads)
    async with context.database.transaction() as store:
        await save_channel(store, world.id, "aggregator", "+15005550009", world.clock())
    await context.carriers.refresh(context.database, context.vault)
    await route(world, BD=["aggregator", "south"], KE=["aggregator"])
    await launch_round(context, world.id, Launch("pulse", "Round", parse_plan({"spread_minutes": 0})), world.clock())
    await sweep(context, world.clock())
    async with context.database.transaction() as store:
        await retire_road(store, "aggregator", world.clock())
    await context.carriers.refresh(context.database, context.vault)
    assert await leave_retired(context, world.clock()) == 3
    await send_outbox(context, world.clock())
    assert set(roads["south"].numbers()) == {AMINA, BILAL}
    left = await rows(world, "SELECT state, cause, dead_at IS NOT NULL FROM outbox WHERE carrier = 'aggregator'")
    assert [tuple(row) for row in left] == [("failed", "route", True)], "nobody else reaches Kenya"
    assert await leave_retired(context, world.clock()) == 0


async def test_secrets_lie_sealed_and_a_lost_key_closes_the_road_alone(world: World) -> None:
    await keep(world)
    kept = await rows(world, "SELECT settings::text AS settings, secrets_cipher FROM road")
    assert b"p-one" not in bytes(kept[0][1])
    assert "p-one" not in kept[0][0]
    async with world.context.database.transaction() as store:
        await store.run("UPDATE road SET secrets_cipher = 'moved'")
    opened = Roads({"simulator": world.simulator}, "https://shiftline.example")
    await opened.refresh(world.context.database, world.context.vault)
    assert list(opened) == ["simulator"]


async def test_settings_that_no_longer_fit_close_the_road_alone(world: World) -> None:
    await keep(world, allowed_peers=["nowhere"])
    opened = Roads({"simulator": world.simulator}, "https://shiftline.example")
    await opened.refresh(world.context.database, world.context.vault)
    assert list(opened) == ["simulator"]
