"""The draw of a round in PostgreSQL is the domain's own, and its invitations leave at the domain's moments."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.hours import next_allowed, spread
from app.domain.rounds import RoundPlan, parse_plan
from app.domain.sampling import SampleKind, SamplePlan, draw
from app.jobs.launching import Launch, launch_round
from app.store.drawing import count_eligible, draw_groups
from tests.conftest import World
from tests.steps import rows, settle, write

PLANS = [
    pytest.param(SamplePlan(SampleKind.ALL), id="all"),
    pytest.param(SamplePlan(SampleKind.SHARE, share=0.07), id="seven per cent, which binary makes more"),
    pytest.param(SamplePlan(SampleKind.PER_STRATUM, n=3), id="three of each site and gender"),
]


@pytest.fixture
async def crowded(world: World) -> World:
    """A hundred workers at two sites, in two zones and countries, of two genders."""
    await world.roster(
        *(
            f"{'+25471234' if at % 3 else '+88017112233'}{at:0{4 if at % 3 else 2}},"
            f"{'nairobi' if at % 3 else 'gazipur'},en,{'female' if at % 2 else 'male'}"
            for at in range(100)
        )
    )
    await write(world)
    return world


@pytest.mark.parametrize("sample", PLANS)
async def test_postgresql_draws_whom_the_domain_draws_in_its_order_at_its_moments(
    crowded: World, sample: SamplePlan
) -> None:
    # From ten in the morning in Gazipur, seven in Nairobi, to the next day: some wait for the window, some overnight.
    plan = RoundPlan(spread=timedelta(hours=20), sample=sample)
    await launch_round(crowded.context, crowded.id, Launch("pulse", "R", plan, seed=11), crowded.clock())
    strata = [
        (str(worker), f"{site}|{gender}")
        for worker, site, gender in await rows(
            crowded,
            "SELECT worker.id, site.code, gender FROM worker JOIN enrolment ON worker_id = worker.id"
            " JOIN site ON site.id = site_id",
        )
    ]
    drawn = draw(strata, sample, 11)
    await settle(crowded)
    invited = {
        str(worker): told
        for worker, *told in await rows(
            crowded,
            "SELECT worker_id, planned_at, invitation.country, zone FROM invitation JOIN site ON site.id = site_id"
            " ORDER BY invitation.id",
        )
    }
    assert list(invited) == drawn, "the ids are in the order of the draw, as if made one after the other"
    for place, (planned, country, zone) in enumerate(invited.values()):
        quiet = crowded.context.catalogue.quiet_hours(country)
        moment = crowded.clock() + spread(place, len(drawn), plan.spread)
        assert abs(planned - next_allowed(moment, ZoneInfo(zone), quiet, plan.window)) <= timedelta(microseconds=1)


async def test_groups_tell_how_many_are_asked_where_and_when(crowded: World) -> None:
    async with crowded.context.database.transaction() as store:
        groups = await draw_groups(store, crowded.id, parse_plan({}), 3, ["en"])
        assert await draw_groups(store, crowded.id, parse_plan({}), 3, ["bn"]) == []
        assert await count_eligible(store, crowded.id, parse_plan({"sites": ["gazipur"]}), ["en", "bn"]) == 34
    assert {(group.country, group.zone, group.count) for group in groups} == {
        ("BD", "Asia/Dhaka", 34),
        ("KE", "Africa/Nairobi", 66),
    }
    assert min(group.first for group in groups) == 0
    assert max(group.last for group in groups) == 99
