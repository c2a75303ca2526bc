"""Figures: right to a hand computation, nothing of fewer than k people, and no snapshot that tells of a newcomer."""

from typing import Any
from uuid import UUID

import pytest

from app.domain.errors import NotFoundError
from app.domain.rounds import parse_plan
from app.jobs.dashboards import dashboard, rounds_for
from app.jobs.launching import Launch, launch_round
from app.jobs.publishing import publish_due, publish_round
from app.jobs.writing import load_bundled
from app.store.keys import Caller
from app.store.programmes import save_brand
from tests.conftest import World
from tests.steps import PULSE, ask, rows, run, say, say_all, settle, value, write

TAKEN = {"by": "A tester", "reason": "a test reads no wording"}


def numbers(site: str, count: int) -> list[str]:
    """Phones of a site's workers."""
    return [f"+88017110{at:05}" if site == "gazipur" else f"+2547120{at:05}" for at in range(count)]


async def staff(world: World, **sites: int) -> None:
    await world.roster(*(f"{number},{site},en," for site, count in sites.items() for number in numbers(site, count)))


async def all_awake(world: World) -> None:
    """Noon in Nairobi, afternoon in Gazipur."""
    world.clock.forward(hours=5)


async def answer(world: World, site: str, *people: tuple[str, ...], start: int = 0) -> None:
    phones = numbers(site, start + len(people))[start:]
    await say_all(world, {number: ("1", *replies) for number, replies in zip(phones, people, strict=True)})


def ngo(world: World) -> Caller:
    return Caller(UUID(int=1), "ngo", "test", world.id)


async def figures(
    world: World, created: UUID, caller: Caller | None = None
) -> dict[tuple[str, str, Any], dict[str, Any]]:
    told = await dashboard(world.context, caller or ngo(world), created)
    return {(row["indicator"], row["level"], row["site"] or row["country"]): row for row in told["figures"]}


async def published(world: World, created: UUID) -> dict[tuple[str, str, Any], dict[str, Any]]:
    await publish_round(world.context, world.id, created, world.clock.forward(seconds=1))
    return await figures(world, created)


async def test_nothing_is_shown_of_fewer_than_ten(world: World) -> None:
    await staff(world, gazipur=10)
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2") for at in range(9)])
    cell = (await published(world, created))["safety", "site", "gazipur"]
    assert (cell["hidden"], cell["value"], cell["n"], cell["response_rate"]) == ("too-few", None, None, None)
    assert await value(world, "SELECT count(*) FROM figure WHERE value IS NOT NULL") == 0
    await answer(world, "gazipur", ("5", "1", "2"), start=9)
    cell = (await published(world, created))["safety", "site", "gazipur"]
    # 1…5 once and a half over: 0, 25, 50, 75, 100 twice each but 100, then 100.
    assert (cell["hidden"], cell["n"], cell["value"]) == ("", 10, 50.0)
    assert cell["low"] < 50 < cell["high"]
    # Everybody answered: to say so would tell of each of them.
    assert cell["response_rate"] is None


async def test_a_single_late_reply_does_not_change_a_published_figure(world: World) -> None:
    await staff(world, gazipur=12)
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2") for at in range(10)])
    before = (await published(world, created))["safety", "site", "gazipur"]
    assert before["n"] == 10
    world.clock.forward(days=1)
    await answer(world, "gazipur", ("5", "1", "2"), start=10)
    after = (await published(world, created))["safety", "site", "gazipur"]
    # The former figure is kept, with the moment it was made: the difference would be one person.
    assert after == before
    assert await value(world, "SELECT count(*) FROM publication WHERE round_id = :id", id=created) > 1


async def test_ten_newcomers_move_a_published_figure_however_slowly_they_come(world: World) -> None:
    await staff(world, gazipur=20)
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2") for at in range(10)])
    await published(world, created)
    seen = []
    for at in range(10):
        await answer(world, "gazipur", (str(4 + at % 2), "1", "2"), start=10 + at)
        seen.append((await published(world, created))["safety", "site", "gazipur"]["n"])
    assert seen == [10] * 9 + [20]


async def test_everybody_saying_the_same_is_not_shown(world: World) -> None:
    await staff(world, gazipur=10)
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2") for at in range(10)])
    told = await published(world, created)
    assert told["food", "site", "gazipur"]["hidden"] == "uniform"
    assert told["food", "site", "gazipur"]["value"] is None
    assert told["safety", "site", "gazipur"]["hidden"] == ""


FOLLOWED = {
    **PULSE,
    "questions": [
        *PULSE["questions"],
        {
            "code": "often", "kind": "scale", "min": 1, "max": 5, "text": {"en": "How often?"},
            "ask_if": {"question": "touched", "is": ["yes"]},
        },
    ],
    "indicators": [*PULSE["indicators"], {"code": "often", "domain": "respect", "of": ["often"], "scoring": "mean"}],
}  # fmt: skip
"""With a question that only those are asked who were threatened."""


async def test_a_figure_of_a_question_asked_of_some_appears_with_nobody_s_answer(world: World) -> None:
    """Its hidden cells stand at every site from the start: one that came with the first answer would tell of a threat."""
    await world.roster(
        *(f"{number},{site},en,female" for site in ("gazipur", "nairobi") for number in numbers(site, 2))
    )
    await world.roster(f"{numbers('gazipur', 3)[2]},gazipur,en,male")
    await write(world, FOLLOWED)
    await all_awake(world)
    created = await ask(world)
    everywhere = (
        "SELECT level, site_id, split, category, hidden FROM figure WHERE indicator = 'often' AND publication_id = :id"
    )
    publish = publish_round(world.context, world.id, created, world.clock())
    before = sorted(await rows(world, everywhere, id=await publish), key=str)
    assert len([row for row in before if row[0] == "site"]) == 2
    await answer(world, "gazipur", ("3", "1", "1", "5"))
    after = sorted(
        await rows(world, everywhere, id=await publish_round(world.context, world.id, created, world.clock())), key=str
    )
    assert after == before
    await closed(world)
    last = await publish_round(world.context, world.id, created, world.clock())
    split = {row[3] for row in await rows(world, everywhere, id=last) if row[2] == "gender"}
    assert split == {"female", "male"}, "though only a woman was asked it"


async def test_why_a_cell_is_hidden_may_change_without_a_new_moment(world: World) -> None:
    await staff(world, gazipur=11)
    await write(world)
    created = await ask(world)
    seen = []
    for start, end in ((0, 9), (9, 10)):
        await answer(world, "gazipur", *[("3", "1", "2")] * (end - start), start=start)
        cell = (await published(world, created))["food", "site", "gazipur"]
        seen.append((cell["hidden"], cell["as_of"]))
        world.clock.forward(hours=2)
    (first, since), (second, then) = seen
    assert (first, second, then) == ("too-few", "uniform", since), "to whoever reads no reason nothing has happened"


async def test_a_small_site_counts_in_no_total_until_it_can_be_told_of(world: World) -> None:
    await staff(world, gazipur=12, nairobi=3)
    await write(world)
    await all_awake(world)
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2") for at in range(12)])
    await answer(world, "nairobi", *[("1", "1", "2")] * 3)
    for _ in range(2):
        told = await published(world, created)
        assert told["safety", "site", "nairobi"]["hidden"] == "too-few"
        assert told["safety", "country", "KE"]["hidden"] == "too-few"
        assert told["safety", "round", ""]["value"] == told["safety", "site", "gazipur"]["value"] is not None
        world.clock.forward(days=30)
        await settle(world)  # the round closes; three are too few to count anywhere


async def closed(world: World) -> None:
    world.clock.forward(days=30)
    await settle(world)


async def test_filters_are_told_once_the_round_has_closed_and_stay(world: World) -> None:
    women = [f"{number},gazipur,en,female" for number in numbers("gazipur", 26)[:14]]
    men = [f"{number},gazipur,en,male" for number in numbers("gazipur", 26)[14:]]
    await world.roster(*women, *men)
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2") for at in range(26)])
    await published(world, created)
    assert (await dashboard(world.context, ngo(world), created, splits=["gender"]))["figures"] == []
    await closed(world)
    await published(world, created)
    told = await dashboard(world.context, ngo(world), created, splits=["gender"], indicator="safety")
    site = {row["category"]: row for row in told["figures"] if row["level"] == "site"}
    assert {name: (row["n"], row["hidden"]) for name, row in site.items()} == {"female": (15, ""), "male": (10, "")}
    # 1…5 from the first on: fourteen women at 46.43, twelve men at 50.
    assert (site["female"]["value"], site["male"]["value"]) == (46.4, 50.0)
    await run(world, "DELETE FROM score WHERE gender = 'male' AND indicator = 'safety'")
    await published(world, created)
    again = await dashboard(world.context, ngo(world), created, splits=["gender"], indicator="safety")
    assert again["figures"] == told["figures"]


async def test_an_erasure_or_a_correction_alone_changes_nothing_that_is_published(world: World) -> None:
    await staff(world, gazipur=12)
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2") for at in range(12)])
    before = await published(world, created)
    await run(world, "DELETE FROM score WHERE ctid IN (SELECT ctid FROM score WHERE indicator = 'safety' LIMIT 3)")
    await run(world, "UPDATE score SET value = 100 WHERE indicator = 'safety' AND value = 0")
    world.clock.forward(hours=3)
    assert await published(world, created) == before
    # Nine are left, and the figure is neither taken back nor is it said why it might be.
    assert before["safety", "site", "gazipur"]["n"] == 10


async def test_counts_shares_and_moments_are_published_coarsely(world: World) -> None:
    await staff(world, gazipur=13)
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2") for at in range(12)])
    world.clock.forward(minutes=17)
    cell = (await published(world, created))["safety", "site", "gazipur"]
    assert (cell["n"], cell["value"], cell["response_rate"]) == (10, 43.8, 0.92)
    assert (cell["as_of"].minute, cell["as_of"].second) == (0, 0)


async def test_a_site_that_moves_to_another_supplier_stays_where_it_was_within_a_round(world: World) -> None:
    await staff(world, gazipur=12)
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2") for at in range(12)])
    await published(world, created)
    await run(world, "UPDATE site SET supplier = 'Gamma' WHERE code = 'gazipur'")
    await published(world, created)
    assert await rows(world, "SELECT DISTINCT supplier FROM figure WHERE level = 'supplier' AND hidden = ''") == [
        ("Alpha",)
    ]


async def test_who_5_and_its_neighbours_are_scored_by_their_own_rules(world: World) -> None:
    await staff(world, gazipur=10)
    await load_bundled(world.context, world.id, world.clock())

    async def bundled(survey: str) -> UUID:
        launch = Launch(survey, survey, parse_plan({"spread_minutes": 0}), accept_drafts=TAKEN)
        created = await launch_round(world.context, world.id, launch, world.clock())
        await settle(world)
        return created

    created = await bundled("who-5")
    await answer(world, "gazipur", *[(str(at % 6),) * 5 for at in range(10)])
    raw = [5 * (at % 6) * 4 for at in range(10)]
    cell = (await published(world, created))["who-5", "site", "gazipur"]
    assert (cell["n"], cell["value"]) == (10, pytest.approx(sum(raw) / 10))
    await quiet(world)

    created = await bundled("phq-4")
    await answer(world, "gazipur", *[("1", "2", "0", "3") if at < 5 else ("0", "0", "1", "0") for at in range(10)])
    cell = (await published(world, created))["phq-4", "site", "gazipur"]
    assert (cell["n"], cell["value"]) == (10, pytest.approx((5 * 6 + 5 * 1) / 10))
    await quiet(world)

    created = await bundled("life")
    # satisfaction, the ladder now, the ladder in five years: thriving from 7 and 8 on.
    people = [("6", "7", "8")] * 3 + [("6", "7", "7")] * 3 + [("2", "4", "4")] * 2 + [("9", "10", "10")] * 2
    await answer(world, "gazipur", *people)
    told = await published(world, created)
    cell = told["cantril", "site", "gazipur"]
    assert (cell["n"], cell["value"], cell["shape"]) == (10, pytest.approx(0.5), "share")
    # Wilson at 5 of 10: 0.2366 to 0.7634, published to the per cent.
    assert (cell["low"], cell["high"]) == (0.24, 0.76)
    assert told["life-satisfaction", "site", "gazipur"]["value"] == pytest.approx((6 * 6 + 2 * 2 + 9 * 2) / 10)


async def quiet(world: World) -> None:
    """Close what a sensitive answer opened, so that the next round may begin."""
    async with world.context.database.transaction() as store:
        await store.run("UPDATE need SET state = 'closed'")
        await store.run("UPDATE conversation SET open = false, remind_at = NULL, expires_at = NULL")


async def test_an_interval_is_students_to_a_hand_computation(world: World) -> None:
    await staff(world, gazipur=10)
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2") for at in range(10)])
    cell = (await published(world, created))["safety", "site", "gazipur"]
    # 0, 25, 50, 75, 100 twice: s = 37.268, t(9) = 2.2622, so 50 ± 2.2622 × 37.268 / √10 = 50 ± 26.66.
    assert (cell["low"], cell["high"]) == (23.3, 76.7)


async def test_the_response_rate_counts_those_who_did_not_answer(world: World) -> None:
    await staff(world, gazipur=20)
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2") for at in range(10)])
    await say(world, numbers("gazipur", 11)[10], "2")
    cell = (await published(world, created))["safety", "site", "gazipur"]
    assert cell["response_rate"] == pytest.approx(0.5)
    told = await dashboard(world.context, ngo(world), created)
    assert told["rates"]["rr2"] == pytest.approx(0.5)
    assert {name: told["funnel"][name] for name in ("invited", "sent", "delivered", "started", "complete", "refused")} == {
        "invited": 20, "sent": 20, "delivered": 20, "started": 11, "complete": 10, "refused": 1,
    }  # fmt: skip


# -- brands ---------------------------------------------------------------------------------------


async def test_a_brand_reads_its_own_sites_and_is_told_protected_and_nothing_more(world: World) -> None:
    await staff(world, gazipur=12, nairobi=11)
    await write(world, {**PULSE, "survey": "pulse"})
    await all_awake(world)
    async with world.context.database.transaction() as store:
        brand = await save_brand(store, world.id, "acme", "Acme", ["gazipur"], world.clock())
        other = await save_brand(store, world.id, "zeta", "Zeta", [], world.clock())
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2") for at in range(12)])
    await answer(world, "nairobi", *[(str(1 + at % 5), "2", "1") for at in range(3)])
    await publish_round(world.context, world.id, created, world.clock())
    acme = Caller(UUID(int=2), "brand", "acme", world.id, brand=brand)
    told = await dashboard(world.context, acme, created)
    assert {row["site"] for row in told["figures"] if row["level"] == "site"} == {"gazipur"}
    assert {row["hidden"] for row in told["figures"]} <= {"", "protected"}
    assert any(row["hidden"] == "protected" for row in told["figures"])
    assert all(count % 5 == 0 for count in told["funnel"].values())
    assert told["needs"] == [{"category": "all", "state": "all", "count": None}]
    assert "harassment" not in repr(told)
    assert told["helped"] is None
    assert len(await rounds_for(world.context, acme)) == 1
    zeta = Caller(UUID(int=3), "brand", "zeta", world.id, brand=other)
    assert await rounds_for(world.context, zeta) == []
    with pytest.raises(NotFoundError):
        await dashboard(world.context, zeta, created)


async def test_a_brand_s_number_of_needs_waits_for_k_people_more(world: World) -> None:
    await staff(world, gazipur=30)
    await write(world)
    async with world.context.database.transaction() as store:
        brand = await save_brand(store, world.id, "acme", "Acme", ["gazipur"], world.clock())
    acme = Caller(UUID(int=2), "brand", "acme", world.id, brand=brand)
    created = await ask(world)
    seen = []
    # Hungry people, and among the first some who were threatened too, which is not in the number.
    for start, end in ((0, 9), (9, 12), (12, 21), (21, 22)):
        await answer(world, "gazipur", *[("3", "2", "1" if at < 3 else "2") for at in range(start, end)], start=start)
        before_published = (await dashboard(world.context, acme, created))["needs"][0]["count"]
        await publish_round(world.context, world.id, created, world.clock())
        seen.append((before_published, (await dashboard(world.context, acme, created))["needs"][0]["count"]))
    assert seen == [(None, None), (None, 10), (10, 10), (10, 20)]
    assert await value(world, "SELECT funnel ->> 'needs' FROM publication ORDER BY at DESC, id DESC LIMIT 1") == "22"
    assert "needs" not in (await dashboard(world.context, ngo(world), created))["funnel"]


async def test_an_ngo_reads_needs_by_category_but_not_those_for_a_focal_point(world: World) -> None:
    await staff(world, gazipur=2)
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", ("4", "2", "1"))
    told = await dashboard(world.context, ngo(world), created)
    assert {row["category"] for row in told["needs"]} == {"food"}
    focal = Caller(UUID(int=1), "ngo", "test", world.id, scopes=frozenset({"focal-point"}))
    told = await dashboard(world.context, focal, created)
    assert {row["category"] for row in told["needs"]} == {"food", "harassment"}


async def test_an_open_round_is_published_once_a_day(world: World) -> None:
    await staff(world, gazipur=1)
    await write(world)
    await ask(world)
    made = []
    for _ in range(6):
        world.clock.forward(hours=12)
        made.append(await publish_due(world.context, world.clock()))
    assert made == [0, 1, 0, 1, 0, 1]


async def test_two_publishers_at_once_make_two_snapshots_that_agree(world: World) -> None:
    import asyncio

    await staff(world, gazipur=10)
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2") for at in range(10)])
    await asyncio.gather(*(publish_round(world.context, world.id, created, world.clock()) for _ in range(3)))
    shown = await rows(world, "SELECT DISTINCT n, value FROM figure WHERE indicator = 'safety' AND level = 'site'")
    assert shown == [(10, 50.0)]


async def test_how_answers_are_spread_is_told_once_of_the_figure_s_own_people(world: World) -> None:
    await staff(world, gazipur=30)
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", *[("5", "yes", "no")] * 12, *[("1", "no", "no")] * 10)
    open_yet = await published(world, created)
    assert open_yet["safety", "site", "gazipur"]["n"] == 20
    assert {row["spread"] for row in open_yet.values()} == {None}
    # Four more wait, for they are too few; how they answered is in no spread either.
    await answer(world, "gazipur", *[("3", "yes", "no")] * 4, start=22)
    await closed(world)
    told = await published(world, created)
    # That nobody said 25, 50 or 75 would be told of everybody.
    spread = {"0 25 50 75": 0.45, "100": 0.55}
    assert told["safety", "site", "gazipur"]["spread"] == spread
    assert told["safety", "round", ""]["spread"] is None
    assert (await published(world, created))["safety", "site", "gazipur"]["spread"] == spread


async def test_a_hidden_figure_has_no_spread(world: World) -> None:
    await staff(world, gazipur=9)
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", *[("5", "yes", "no")] * 5, *[("1", "no", "no")] * 4)
    assert {row["spread"] for row in (await published(world, created)).values()} == {None}
