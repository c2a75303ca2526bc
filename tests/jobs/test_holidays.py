"""A round that rests on public holidays asks and reminds nobody on them; who writes is answered all the same."""

from datetime import UTC, datetime

import pytest

from app.domain.errors import InvalidError
from app.domain.rounds import parse_plan
from app.jobs.launching import Launch
from app.jobs.previewing import Preview, preview_round
from tests.conftest import AMINA, World
from tests.steps import ask, say, settle, write

TEN_IN_DHAKA = datetime(2026, 12, 15, 4, tzinfo=UTC)
"""The day before Victory Day."""


@pytest.fixture
async def before_victory_day(world: World) -> World:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    world.clock.now = TEN_IN_DHAKA
    return world


async def preview(world: World, **plan: object) -> Preview:
    return await preview_round(world.context, world.id, Launch("pulse", "R", parse_plan(plan)), world.clock())


async def test_a_preview_names_the_holidays_and_moves_first_texts_past_them(before_victory_day: World) -> None:
    world = before_victory_day
    world.clock.forward(hours=12)
    plain, resting = await preview(world), await preview(world, rest_on_holidays=True)
    assert [(one.country, str(one.day), one.name) for one in plain.holidays] == [("BD", "2026-12-16", "Victory Day")]
    assert str(plain.first_text_at) == "2026-12-16 03:00:00+00:00"
    assert str(resting.first_text_at) == "2026-12-17 03:00:00+00:00"


async def test_who_is_to_be_asked_on_a_holiday_is_asked_the_day_after(before_victory_day: World) -> None:
    world = before_victory_day
    world.clock.forward(hours=24)
    await ask(world, rest_on_holidays=True)
    world.clock.forward(hours=4)
    await settle(world)
    assert world.texts(AMINA) == []
    world.clock.forward(hours=20)
    await settle(world)
    assert len(world.texts(AMINA)) == 1


async def test_a_reminder_waits_for_the_day_after_a_holiday(before_victory_day: World) -> None:
    world = before_victory_day
    await ask(world, rest_on_holidays=True)
    assert len(world.texts(AMINA)) == 1
    world.clock.forward(hours=25)
    await settle(world)
    assert len(world.texts(AMINA)) == 1, "noon of Victory Day"
    world.clock.forward(hours=24)
    await settle(world)
    assert len(world.texts(AMINA)) == 2


async def test_a_round_that_does_not_rest_reminds_on_a_holiday_too(before_victory_day: World) -> None:
    world = before_victory_day
    await ask(world)
    world.clock.forward(hours=25)
    await settle(world)
    assert len(world.texts(AMINA)) == 2


async def test_whoever_writes_on_a_holiday_is_answered_at_once(before_victory_day: World) -> None:
    world = before_victory_day
    await ask(world, rest_on_holidays=True)
    world.clock.forward(hours=24)
    assert len(await say(world, AMINA, "1")) == 2, "noon of Victory Day"


def test_whether_a_round_rests_is_yes_or_no() -> None:
    assert parse_plan({"rest_on_holidays": True}).rest_on_holidays
    assert not parse_plan({}).rest_on_holidays
    with pytest.raises(InvalidError) as refused:
        parse_plan({"rest_on_holidays": "sometimes"})
    assert [fault.place for fault in refused.value.faults] == ["rest_on_holidays"]
