"""How far needs came and where no service is, on pages; what was done, beside the figures; where a key's front page is."""

import re
from collections.abc import AsyncIterator
from datetime import date
from html import unescape
from typing import Any

import httpx2
import pytest

from app.jobs.loop import publish_loop
from app.jobs.telling import tell
from app.store.keys import create_key
from app.web.pages import maps
from app.web.pages.loop import gap_map, span
from app.web.pages.plans import plans, told_in_all
from tests.conftest import World
from tests.jobs.test_loop import brand, need, refer, staff
from tests.jobs.test_telling import action, plan_action
from tests.steps import ask, client, register, service, settle, write


@pytest.fixture
async def reader(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    """A brand that buys in Gazipur."""
    who = await brand(world, "gazipur")
    async with world.context.database.transaction() as store:
        world.keys["brand"] = await create_key(store, "brand", "b", world.clock(), programme=world.id, brand=who.brand)
    async with client(world, "brand") as http:
        yield http


# -- pure -----------------------------------------------------------------------------------------


def gap(country: str, site: str | None, coverage: str) -> dict[str, Any]:
    return {"country": country, "site": site, "category": "food", "people": 10, "coverage": coverage}


SITES = [
    {"code": "a", "country": "BD", "latitude": 20.0, "longitude": 90.0},
    {"code": "b", "country": "BD", "latitude": 24.0, "longitude": 90.0},
    {"code": "c", "country": "KE", "latitude": None, "longitude": None},
]


def test_a_place_is_drawn_once_as_the_worst_covered_of_its_needs() -> None:
    rows = [gap("BD", "a", "none"), gap("BD", "a", "served"), gap("BD", None, "none"), gap("BD", "b", "served")]
    drawn = gap_map(rows, SITES)
    assert [(dot.state, dot.at) for dot in drawn.dots] == [
        ("fine", maps.project(24, 90)),
        ("look", maps.project(20, 90)),
    ]
    assert drawn.dots[1].label == "a: Food (No service), Food (Served)"


def test_a_country_is_drawn_amid_its_sites_where_none_of_them_is_told_of_and_nowhere_without_a_place() -> None:
    (dot,) = gap_map([gap("BD", None, "far"), gap("KE", None, "none"), gap("KE", "c", "none")], SITES).dots
    assert dot.state == "some"
    assert maps.project(20, 90)[1] > dot.at[1] > maps.project(24, 90)[1]


@pytest.mark.parametrize(("hours", "told"), [(1, "1 hour"), (47, "47 hours"), (48, "2 days"), (240, "10 days")])
def test_a_time_is_told_in_hours_and_from_two_days_on_in_days(hours: float, told: str) -> None:
    assert span(hours) == told


def written(**changes: Any) -> dict[str, Any]:
    return {
        "said": "Unsafe", "indicator": "safety", "question": "", "texts": {"bn": "x", "en": "Guards."}, "state": "done",
        "owner": "Rina", "due_on": date(2026, 12, 1), "sites": [], "share_told": [], **changes,
    }  # fmt: skip


def share(level: str, told: float, country: str = "", site: str | None = None) -> dict[str, Any]:
    return {"level": level, "country": country, "site": site, "share": told}


def test_an_action_is_told_in_the_pages_language_with_the_share_of_the_place_looked_at() -> None:
    shares = [share("round", 0.8), share("country", 0.7, "BD"), share("site", 0.5, "BD", "a")]
    row = written(share_told=shares)
    assert [plan.share for plan in (*plans([row]), *plans([row], country="BD"), *plans([row], ["a"], site="a"))] == [
        0.8, 0.7, 0.5,
    ]  # fmt: skip
    assert plans([row])[0].text == "Guards."
    assert plans([row], site="b")[0].share is None, "another place's share is not this one's"
    assert plans([written(sites=["b"])], ["a"]) == []


def test_of_several_actions_the_widest_is_the_least_that_were_told() -> None:
    assert told_in_all([]) == "nothing was written yet"
    assert told_in_all(plans([written()])) == "not yet"
    one, two = written(share_told=[share("round", 0.8)]), written(share_told=[share("round", 0.6)])
    assert told_in_all(plans([one, written()])) == "80%"
    assert told_in_all(plans([one, two])) == "at least 80%"


# -- whole pages ----------------------------------------------------------------------------------


async def test_a_brand_reads_how_far_needs_came_at_its_sites_and_nothing_of_others(
    world: World, reader: httpx2.AsyncClient
) -> None:
    await register(world, service("Food bank", "food"))
    await staff(world, "gazipur", 60)
    await staff(world, "nairobi", 40)
    needs = await need(world, "gazipur", "food", 30)
    await need(world, "nairobi", "wages", 12)
    await need(world, "gazipur", "childcare", 9)
    await refer(world, needs[:25], "accepted", "completed")
    assert "Nothing may be told here yet" in (await reader.get("/loop")).text
    await publish_loop(world.context, world.id, world.clock.forward(minutes=1))
    here = await reader.get("/loop?country=BD")
    assert ">~25</b>" in here.text.replace("<b>~25", ">~25")
    assert "83%" in here.text  # twenty-five of thirty
    assert "Gazipur Garments" in here.text
    assert "site=gazipur" in here.text
    assert "childcare" not in here.text.casefold()
    assert "Kenya" not in (await reader.get("/loop")).text
    assert "Your own desk" not in here.text
    at_site = await reader.get("/loop?site=gazipur")
    assert 'Needs met: <span dir="auto">Gazipur Garments' in at_site.text
    # The file is of what is on the screen.
    told = (await reader.get("/v1/programme/loop?country=BD&site=gazipur")).json()["figures"]
    assert {row["site"] for row in told} == {"gazipur"}
    sheet = (await reader.get("/v1/programme/loop/export?format=json&country=BD")).json()["rows"]
    assert {row["country"] for row in sheet} == {"BD"}
    async with client(world) as http:
        assert "Your own desk, exactly" in (await http.get("/loop")).text


def body(page: httpx2.Response) -> str:
    return page.text.partition("<main")[2]


async def test_an_address_shows_the_needs_of_a_publication_again(world: World, reader: httpx2.AsyncClient) -> None:
    await staff(world, "gazipur", 90)
    await need(world, "gazipur", "food", 30)
    first = await publish_loop(world.context, world.id, world.clock.forward(minutes=1))
    before = await reader.get("/loop")
    (again,) = re.findall(f'href="(/loop\\?publication={first}[^"]*)"', before.text)
    (call,) = re.findall("GET (/v1/programme/loop[^<]+)<", before.text)
    told = (await reader.get(unescape(call))).json()
    await need(world, "gazipur", "food", 40)
    await publish_loop(world.context, world.id, world.clock.forward(days=1))
    assert body(await reader.get(unescape(again))) == body(before)
    assert body(await reader.get("/loop")) != body(before)
    assert (await reader.get(unescape(call))).json() == told
    sheet = (await reader.get(unescape(call).replace("loop?", "loop/export?format=json&"))).json()
    assert [row["people"] for row in sheet["rows"]] == [row["people"] for row in told["figures"]]
    assert str(first) in str(sheet["about"])
    assert (await reader.get(f"/loop?publication={world.id}")).status_code == 404
    async with client(world) as http:
        assert "Your own desk" not in (await http.get(unescape(again))).text, "it is of today"


async def test_gaps_are_on_a_map_and_in_a_list(world: World, reader: httpx2.AsyncClient) -> None:
    assert "no need to be told of" in (await reader.get("/loop/gaps")).text
    await staff(world, "gazipur", 40)
    await need(world, "gazipur", "food", 12)
    await publish_loop(world.context, world.id, world.clock.forward(hours=1))
    told = await reader.get("/loop/gaps")
    assert '<circle class="look"' in told.text
    assert "Gazipur Garments" in told.text
    assert "No service" in told.text


async def test_a_brand_begins_at_the_newest_overview_and_where_nothing_was_asked_at_the_list_of_rounds(
    world: World, reader: httpx2.AsyncClient
) -> None:
    first = await reader.get("/", follow_redirects=True)
    assert first.url.path == "/rounds"
    await staff(world, "gazipur", 12)
    await write(world)
    await ask(world)
    world.clock.forward(days=1)
    newest = await ask(world)
    again = await reader.get("/", follow_redirects=True)
    assert again.url.path == "/overview"
    assert str(newest) in again.text
    async with client(world) as http:
        assert (await http.get("/", follow_redirects=True)).url.path == "/", "an NGO begins at its rounds"


async def test_the_overview_and_the_site_tell_what_was_done_and_the_share_told(
    world: World, reader: httpx2.AsyncClient
) -> None:
    world.clock.forward(hours=5)
    await staff(world, "gazipur", 24)
    await write(world)
    created = await ask(world)
    world.clock.forward(days=30)
    await settle(world)
    key = await plan_action(world.context, world.id, action(created, sites=("gazipur",)), world.clock())
    for path in (f"/overview?round={created}", f"/sites/gazipur?round={created}"):
        assert "not yet" in (await reader.get(path)).text
    await tell(world.context, world.id, key, None, world.clock())
    await settle(world)
    # One phone that was off: where everybody was told, the share would tell of each.
    async with world.context.database.transaction() as store:
        await store.run(
            "DELETE FROM telling WHERE worker_id IN (SELECT worker_id FROM telling ORDER BY worker_id LIMIT 4)"
        )
    await publish_loop(world.context, world.id, world.clock.forward(days=8))
    site = await reader.get(f"/sites/gazipur?round={created}")
    assert "Workers told here" in site.text
    assert "The cutting tables have guards now." in site.text
    assert "83%" in site.text
