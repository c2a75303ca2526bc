"""Clocks that change, lie and disagree: virtual time, a few zones; `make drill ARGS=clocks` looks at many more."""

from datetime import date, timedelta

import pytest

from app.jobs.sending import send_outbox
from app.jobs.settling import reap_leases
from app.store.claims import SLOWEST
from tests.conftest import AMINA, World
from tests.drills.clocks import change_rules, changes_of, live_through
from tests.drills.two_clocks import SKEW, Disagreement
from tests.steps import Obedient, ask, value, write


@pytest.mark.parametrize(
    ("country", "zone", "recurrence", "day"),
    [
        pytest.param(
            "US", "America/New_York", "30 1 * * *", changes_of("America/New_York", 2026)[1], id="an hour twice"
        ),
        pytest.param(
            "US", "America/New_York", "30 2 * * *", changes_of("America/New_York", 2027)[0], id="an hour less"
        ),
        pytest.param("CL", "America/Santiago", "0 0 * * *", changes_of("America/Santiago", 2026)[1], id="no midnight"),
        pytest.param("AU", "Australia/Lord_Howe", "45 1 * * *", changes_of("Australia/Lord_Howe", 2026)[0], id="half"),
        pytest.param("BD", "Asia/Dhaka", "0 10 * * *", date(2028, 2, 29), id="leap day"),
    ],
)
async def test_a_daily_poll_comes_once_a_day_and_by_day_whatever_the_clocks_do(
    world: World, country: str, zone: str, recurrence: str, day: date
) -> None:
    found = await live_through(world, country, zone, recurrence, day - timedelta(days=2), 5)
    assert not found.faults(), (found.told(), found.faults())
    assert found.texts >= 3 * 3


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("Asia/Dhaka", "Asia/Karachi", id="an hour back"),
        pytest.param("Asia/Dhaka", "Asia/Tokyo", id="three hours ahead"),
        pytest.param("Asia/Tokyo", "Asia/Karachi", id="four hours back"),
    ],
)
async def test_a_zone_whose_rules_change_after_the_launch_still_has_its_night(
    world: World, before: str, after: str
) -> None:
    found = await change_rules(world, before, after)
    assert not found.faults(), found.told()


async def test_two_workers_whose_clocks_disagree_play_a_round_as_one(world: World) -> None:
    found = await Disagreement(world, people=12, count=2, seed=3).run()
    assert not found.faults(), (found.told(), found.faults())
    assert found.texts == 12 * 4
    assert found.answers == 12 * 2


async def test_a_worker_that_is_ahead_takes_no_lease_while_a_hand_over_may_last(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,")
    reaped: list[int] = []

    class Slow(Obedient):
        async def send(self, batch):
            # A quarter of an hour later by the true clock, by that of the other worker still more.
            reaped.append(await reap_leases(world.context, world.clock() + SLOWEST + SKEW))
            return await super().send(batch)

    object.__setattr__(world.context, "carriers", {"simulator": Slow()})
    await ask(world, await write(world))
    await send_outbox(world.context, world.clock() + SLOWEST)
    assert reaped == [0]
    assert await value(world, "SELECT state FROM outbox") == "accepted"
