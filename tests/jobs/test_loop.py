"""The loop's figures: right to a hand computation, nothing of fewer than ten, nothing of the high tier, gaps by their kind."""

from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID, uuid4

from app.domain.survey import Sensitivity
from app.jobs.gaps import gaps_for
from app.jobs.loop import loop_for, publish_loop, publish_loops_due
from app.store.keys import Caller
from app.store.offerings import Whereabouts, offerings, offerings_of_each
from app.store.programmes import save_brand
from tests.conftest import World
from tests.steps import register, rows, run, service, value

QUARTER = date(2026, 10, 1)


def ngo(world: World) -> Caller:
    return Caller(UUID(int=1), "ngo", "test", world.id)


async def brand(world: World, *sites: str) -> Caller:
    async with world.context.database.transaction() as store:
        key = await save_brand(store, world.id, f"b{uuid4().hex[:6]}", "Acme", list(sites), world.clock())
    return Caller(UUID(int=2), "brand", "test", world.id, brand=key)


async def staff(world: World, site: str, count: int) -> None:
    start = "+88017110" if site == "gazipur" else "+2547120"
    await world.roster(*(f"{start}{at:05},{site},en," for at in range(count)))


async def need(
    world: World, site: str, category: str, count: int, *, sensitivity: str = "standard", state: str = "new"
) -> list[UUID]:
    """So many more workers of a site have a need, behind the program's back; its id of each."""
    return [
        row[0]
        for row in await rows(
            world,
            "INSERT INTO need (id, programme_id, worker_id, site_id, category, urgency, sensitivity, source, state,"
            " deadline_at, created_at, updated_at) SELECT gen_random_uuid(), worker.programme_id, worker.id, site_id,"
            " :category, 'normal', :sensitivity, 'words', :state, :now, :now, :now FROM worker JOIN enrolment"
            " ON worker_id = worker.id JOIN site ON site.id = site_id WHERE site.code = :site AND NOT EXISTS"
            " (SELECT FROM need WHERE need.worker_id = worker.id AND category = :category) ORDER BY worker.id LIMIT :count"
            " RETURNING id",
            category=category, sensitivity=sensitivity, state=state, site=site, count=count, now=world.clock(),
        )
    ]  # fmt: skip


async def refer(world: World, needs: list[UUID], *states: str, helped: bool | None = None) -> None:
    """These needs were taken to the one service there is, and came so far, an hour a step."""
    for at in needs:
        values = {"need": at, "consent": uuid4(), "referral": uuid4(), "now": world.clock()}
        await run(
            world,
            "INSERT INTO referral_consent (id, programme_id, need_id, worker_id, service_id, words, fields, given_at)"
            " SELECT CAST(:consent AS uuid), need.programme_id, need.id, worker_id, service.id, 'yes', '{phone}', :now"
            " FROM need, service WHERE need.id = :need",
            **{name: values[name] for name in ("need", "consent", "now")},
        )
        await run(
            world,
            "INSERT INTO referral (id, programme_id, need_id, sensitivity, service_id, consent_id, state, urgency, helped,"
            " reasons, deadline_at, created_at, updated_at) SELECT CAST(:referral AS uuid), need.programme_id, need.id,"
            " sensitivity, service.id, :consent, :state, 'normal', :helped, '{}', :now, :now, :now FROM need, service"
            " WHERE need.id = :need",
            **values, state=states[-1] if states else "requested", helped=helped,
        )  # fmt: skip
        for step, state in enumerate(states, 1):
            await run(
                world,
                "INSERT INTO referral_event (id, programme_id, referral_id, state, actor, at)"
                " SELECT gen_random_uuid(), programme_id, id, :state, 'provider', :at FROM referral WHERE id = :referral",
                state=state, referral=values["referral"], at=world.clock() + timedelta(hours=step),
            )  # fmt: skip


async def published(world: World, caller: Caller | None = None) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    await publish_loop(world.context, world.id, world.clock.forward(minutes=1))
    told = await loop_for(world.context, caller or ngo(world), world.clock())
    return {(row["level"], row["site"] or row["country"], row["category"], row["step"]): row for row in told["figures"]}


async def test_needs_are_counted_by_their_widest_kind_and_by_place(world: World) -> None:
    await staff(world, "gazipur", 40)
    await need(world, "gazipur", "wages", 11)
    await need(world, "gazipur", "deductions", 15)
    told = await published(world)
    # Eleven of the fifteen have both: they are people, not needs. Rounded to five.
    assert {at: row["people"] for at, row in told.items()} == {
        (level, place, kind, "raised"): 15
        for level, place in (("site", "gazipur"), ("country", "BD"), ("programme", ""))
        for kind in ("wages", "")
    }


async def test_nine_are_nowhere_and_their_place_is_not_even_named(world: World) -> None:
    await staff(world, "gazipur", 40)
    await need(world, "gazipur", "food", 9)
    assert await published(world) == {}
    assert await value(world, "SELECT count(*) FROM loop_figure") == 0


async def test_a_need_of_the_high_tier_is_in_no_figure_whatever_its_code(world: World) -> None:
    await staff(world, "gazipur", 60)
    await need(world, "gazipur", "harassment", 20, sensitivity="high")
    await need(world, "gazipur", "food", 20, sensitivity="high")
    await need(world, "gazipur", "counselling", 20, state="new")
    told = await published(world)
    # The milder sort of counselling counts as health, which tells nothing.
    assert {kind for _, _, kind, _ in told} == {"health", ""}
    exact = await loop_for(world.context, ngo(world), world.clock())
    assert {row["category"] for row in exact["desk"]} == {"", "counselling"}
    grave = {code for code, of in world.context.catalogue.categories.items() if of.sensitivity is Sensitivity.HIGH}
    assert not grave & {row[0] for row in await rows(world, "SELECT DISTINCT category FROM loop_figure")}
    gaps = await gaps_for(world.context, await brand(world, "gazipur"), world.clock())
    assert {row["category"] for row in gaps} == {"health"}


async def test_the_way_is_counted_step_by_step_and_timed_once_the_quarter_is_settled(world: World) -> None:
    await register(world, service("Food bank", "food"))
    await staff(world, "gazipur", 60)
    needs = await need(world, "gazipur", "food", 30)
    world.clock.forward(hours=3)
    await refer(world, needs[:25], "accepted", "completed")
    await refer(world, needs[25:28], "rejected")
    await run(world, "UPDATE referral SET helped = true WHERE need_id = ANY(:ids)", ids=needs[:12])
    await run(
        world,
        "UPDATE need SET state = 'closed', updated_at = :at WHERE id = ANY(:ids)",
        at=world.clock() + timedelta(days=5), ids=needs[:12],
    )  # fmt: skip
    steps = ["raised", "offered", "consented", "accepted", "completed", "helped"]
    told = await published(world)
    assert [told["site", "gazipur", "food", step]["people"] for step in steps] == [30, 30, 30, 25, 25, 10]
    assert {row["median_hours"] for row in told.values()} == {None}, "told once, at the end"
    world.clock.now = datetime(2027, 4, 1, 1, tzinfo=world.clock.now.tzinfo)
    told = await published(world)
    medians = {step: told["site", "gazipur", "food", step]["median_hours"] for step in steps}
    # Three hours to a yes, one more to each step; it helped twelve of thirty, which is no half.
    assert medians == {
        "raised": None, "offered": 3, "consented": 3, "accepted": 4, "completed": 5, "helped": None,
    }  # fmt: skip
    assert all(row["settled"] for row in told.values())
    assert {step: row["people"] for (level, _, _, step), row in told.items() if level == "provider"} == {
        "consented": 30, "accepted": 25, "completed": 25, "helped": 10,
    }  # fmt: skip
    assert {row["provider"] for (level, *_), row in told.items() if level == "provider"} == {"Food bank house"}
    exact = await loop_for(world.context, ngo(world), world.clock())
    (desk,) = [row for row in exact["desk"] if row["by"] == "provider"]
    assert (desk["of"], [step["people"] for step in desk["steps"]]) == ("Food bank house", [28, 28, 28, 25, 25, 12])


async def test_a_settled_quarter_stands_whatever_comes(world: World) -> None:
    await staff(world, "gazipur", 60)
    await need(world, "gazipur", "food", 12)
    world.clock.now = datetime(2027, 4, 2, tzinfo=world.clock.now.tzinfo)
    before = await published(world)
    await run(world, "UPDATE need SET created_at = created_at")
    await run(world, "DELETE FROM need")
    world.clock.forward(days=1)
    assert await published(world) == before


async def test_what_is_shown_changes_by_ten_and_keeps_its_moment_until_then(world: World) -> None:
    await staff(world, "gazipur", 60)
    seen = list[tuple[int, datetime]]()
    for count in (10, 4, 5, 1):
        await need(world, "gazipur", "food", count)
        row = (await published(world))["site", "gazipur", "food", "raised"]
        seen.append((row["people"], row["as_of"]))
        world.clock.forward(days=1)
    assert [people for people, _ in seen] == [10, 10, 10, 20]
    assert seen[0] == seen[1] == seen[2]
    assert seen[3][1] > seen[0][1]


async def test_an_intruder_with_every_snapshot_learns_of_no_fewer_than_ten(world: World) -> None:
    await staff(world, "gazipur", 80)
    await staff(world, "nairobi", 80)
    for gazipur, nairobi in ((12, 3), (3, 4), (8, 9), (1, 1), (14, 2)):
        await need(world, "gazipur", "food", gazipur)
        await need(world, "nairobi", "food", nairobi)
        await publish_loop(world.context, world.id, world.clock.forward(days=1))
    at = "SELECT publication_id, coalesce(site_id::text, country), people FROM loop_figure WHERE category = 'food'"
    shown: dict[str, dict[UUID, int]] = {}
    for publication, place, people in await rows(world, at):
        shown.setdefault(place, {})[publication] = people
    for told in shown.values():
        assert all(one == other or abs(one - other) >= 10 for one, other in combinations(told.values(), 2))
    # Gazipur 12, then 11 more, then 15 more; Nairobi 16 at once. They are rounded, but not to hide anything.
    assert sorted({people for told in shown.values() for people in told.values()}) == [10, 15, 25, 40, 55]


async def test_a_brand_reads_its_own_sites_and_no_total_that_lays_another_bare(world: World) -> None:
    await staff(world, "gazipur", 40)
    await staff(world, "nairobi", 40)
    await need(world, "gazipur", "food", 12)
    await need(world, "nairobi", "food", 12)
    told = await published(world, await brand(world, "gazipur"))
    assert {(level, place) for level, place, _, _ in told} == {("site", "gazipur"), ("country", "BD")}
    assert "desk" not in await loop_for(world.context, await brand(world, "gazipur"), world.clock())
    both = await published(world, await brand(world, "gazipur", "nairobi"))
    assert ("programme", "", "food", "raised") in both


async def test_every_programme_is_published_once_a_day(world: World) -> None:
    assert await publish_loops_due(world.context, world.clock()) == 1
    assert await publish_loops_due(world.context, world.clock.forward(hours=23)) == 0
    assert await publish_loops_due(world.context, world.clock.forward(hours=2)) == 1


async def test_the_gap_map_tells_what_a_need_would_find_the_worst_first(world: World) -> None:
    await register(
        world, service("Kitchen", "food"), service("Lawyers", "legal", capacity=0),
        service("Clinic", "health", city="Chattogram"),
    )  # fmt: skip
    await run(world, "UPDATE service SET verified_on = :day", day=world.clock().date())
    await staff(world, "gazipur", 40)
    for code, count in (("food", 5), ("contract", 3), ("health", 2), ("childcare", 1)):
        await need(world, "gazipur", code, count)
    told = await gaps_for(world.context, ngo(world), world.clock())
    site = {row["category"]: (row["coverage"], row["people"]) for row in told if row["site"] == "gazipur"}
    assert site == {"childcare": ("none", 1), "contract": ("full", 3), "health": ("far", 2), "food": ("served", 5)}
    assert [row["coverage"] for row in told[:2]] == ["none", "none"]
    assert {row["coverage"] for row in told if row["category"] == "health" and row["site"] is None} == {"served"}
    await run(world, "UPDATE service SET verified_on = '2025-01-01'")
    assert [row["coverage"] for row in await gaps_for(world.context, ngo(world), world.clock())].count("stale") == 4


async def test_many_places_find_in_one_question_what_each_finds_by_itself(world: World) -> None:
    far = {**service("Far kitchen", "food", city="Chattogram"), "name": "Far house"}
    await register(world, service("Food bank", "food"), far, service("Clinic", "health", capacity=0))
    asked = [
        (kinds, where)
        for kinds in (["food"], ["health"], ["food", "health"], ["legal"])
        for where in (
            Whereabouts("BD", 23.99, 90.42),
            Whereabouts("BD", 22.36, 91.78),
            Whereabouts("BD"),
            Whereabouts("KE"),
        )
    ]
    async with world.context.database.transaction() as store:
        for limit in (1, 60):
            each = await offerings_of_each(store, world.id, asked, limit)
            one = [await offerings(store, world.id, kinds, where, limit) for kinds, where in asked]
            assert [sorted(item.service.name for item in some) for some in each] == [
                sorted(item.service.name for item in some) for some in one
            ]
        assert [item.service.name for item in each[0]] != []
        assert await offerings_of_each(store, world.id, []) == []


async def test_a_brand_reads_of_gaps_only_where_the_need_is_published(world: World) -> None:
    await staff(world, "gazipur", 40)
    await need(world, "gazipur", "deductions", 12)
    await need(world, "gazipur", "food", 9)
    await publish_loop(world.context, world.id, world.clock.forward(hours=1))
    told = await gaps_for(world.context, await brand(world, "gazipur"), world.clock())
    assert [(row["category"], row["people"], row["coverage"]) for row in told] == [("wages", 10, "none")] * 2
    assert await gaps_for(world.context, await brand(world, "nairobi"), world.clock()) == []
