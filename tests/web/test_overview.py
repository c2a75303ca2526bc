"""The overview, a site, sites side by side, and a round as it fills up."""

import re
from collections.abc import AsyncIterator, Mapping
from html import unescape
from typing import Any
from uuid import UUID

import httpx2
import pytest

from app.domain.attention import Reason
from app.domain.change import Change
from app.domain.errors import InvalidError, NotFoundError
from app.domain.figures import Part
from app.domain.statistics import Interval
from app.jobs.overviews import Concern, level_of
from app.jobs.publishing import publish_round
from app.web.app import create_app
from app.web.pages import maps, overviews
from app.web.pages.addresses import id_of, page_of
from app.web.pages.live import events
from app.web.pages.overviews import watch
from app.web.pages.scales import SCORE
from app.web.pages.takeaway import take_away
from tests.conftest import World
from tests.steps import ask, say_all, settle, write

ROUND, PUBLICATION = UUID(int=7), UUID(int=8)


# -- pure -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "level"),
    [(Part(), "round"), (Part("BD"), "country"), (Part("BD", "Alpha"), "supplier")],
)
def test_a_part_is_told_of_by_the_total_that_the_lattice_has(part: Part, level: str) -> None:
    assert level_of(part) == level


def test_a_supplier_is_told_of_within_a_country_alone() -> None:
    with pytest.raises(InvalidError):
        level_of(Part("", "Alpha"))


def test_what_is_taken_away_is_of_what_is_on_the_screen() -> None:
    found = take_away(ROUND, PUBLICATION, Part("BD", "A & B", ("s-1", "s-2")), ["gender"])
    asked = f"publication={PUBLICATION}&split=&split=gender&country=BD&supplier=A+%26+B&site=s-1&site=s-2"
    assert found.call == f"GET /v1/rounds/{ROUND}?{asked}"
    assert dict(found.files)["CSV"] == f"/v1/rounds/{ROUND}/export?{asked}&format=csv"
    assert "PDF" not in dict(found.files)  # no report has just this
    assert f"publication={PUBLICATION}" in found.again


def test_a_site_is_named_once_with_all_its_reasons_in_words() -> None:
    change = Change(-12.34, Interval(-20, -4), "worse", None, "")
    concerns = [
        Concern("s", Reason.BELOW, "pay", change), Concern("s", Reason.WORSE, "voice", change),
        Concern("s", Reason.SILENT, "", None),
    ]  # fmt: skip
    (site,) = watch(concerns, {"s": {"name": "Gazipur", "country": "BD"}}, {"pay": SCORE, "voice": SCORE})
    assert (site.name, site.place) == ("Gazipur", "Bangladesh")
    assert site.reasons == [
        "Pay: −12.3 beside the other sites",
        "Voice: −12.3 since the last round",
        "Few answered: less than half the round’s response rate",
    ]


def test_an_address_that_holds_no_id_leads_nowhere() -> None:
    with pytest.raises(NotFoundError):
        id_of("7")
    assert id_of("") is None


@pytest.mark.parametrize(("text", "number"), [("3", 3), ("0", 1), ("", 1), ("x", 1), ("99999", 1), ("²", 1)])
def test_a_page_of_a_list_is_a_number_or_the_first(text: str, number: int) -> None:
    assert page_of(text) == number


@pytest.mark.parametrize(
    ("longitude", "x"),
    [
        pytest.param(0, 500, id="Greenwich"),
        pytest.param(180, 1000, id="the eastern end"),
        pytest.param(-180, 0, id="west"),
    ],
)
def test_a_place_on_the_equator_stands_in_proportion_to_its_longitude(longitude: float, x: float) -> None:
    assert maps.project(0, longitude)[0] == pytest.approx(x)


def test_the_pole_is_as_far_from_the_equator_as_equal_earth_puts_it() -> None:
    # 1.31736 radii beside half a width of 2.70663 (Šavrič, Patterson & Jenny, 2019).
    assert maps.project(-90, 0)[1] - maps.project(0, 0)[1] == pytest.approx(500 * 1.3173628 / 2.7066300, rel=1e-6)


def test_a_map_holds_all_its_sites_and_stays_on_the_world() -> None:
    places = [maps.project(23.9, 90.4), maps.project(-1.3, 36.8)]
    frame = maps.around(places)
    assert all(frame.x <= x <= frame.x + frame.width and frame.y <= y <= frame.y + frame.height for x, y in places)
    alone = maps.around([maps.project(-46.4, 168.4)])
    assert alone.x + alone.width <= maps.WIDTH
    assert maps.around([]).width == maps.WIDTH


# -- a round that fills up ------------------------------------------------------------------------


def filling(complete: int) -> dict[str, Any]:
    funnel = {"invited": 40, "sent": 40, "started": 20, "complete": complete, "partial": 0}
    found = {"round": {"id": ROUND}, "funnel": funnel, "published_at": None, "shown": 0, "hidden": 0, "threshold": 10}
    return {"filling": found, "domains": []}


async def test_a_stream_tells_the_panel_at_once_and_again_only_when_it_changed() -> None:
    answers = [filling(5), filling(5), filling(9)]
    waited = []

    async def look() -> dict[str, Any]:
        return answers.pop(0)

    async def wait() -> None:
        waited.append(1)

    told = [event async for event in events(look, wait, looks=3)]
    assert [event.startswith("data: ") for event in told] == [True, False, True]
    assert "5 done" in told[0]
    assert "9 done" in told[2]
    assert all(event.endswith("\n\n") for event in told)
    assert len(waited) == 2


# -- whole pages ----------------------------------------------------------------------------------


@pytest.fixture
async def asked(world: World) -> UUID:
    await write(world)
    numbers = [f"+88017110000{number:02d}" for number in range(1, 25)]
    await world.roster(*(f"{number},gazipur,en,female" for number in numbers))
    created = await ask(world)
    await say_all(
        world,
        {number: ("1", str(index % 5 + 1), "yes" if index % 3 else "no", "no") for index, number in enumerate(numbers)},
    )
    await publish_round(world.context, world.id, created, world.clock())
    world.clock.forward(days=30)
    await settle(world)
    await publish_round(world.context, world.id, created, world.clock())
    return created


@pytest.fixture
async def browser(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=create_app(world.wiring))
    headers: Mapping[str, str] = {"Authorization": f"Bearer {world.keys['ngo']}", "Accept": "text/html"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=headers) as client:
        yield client


async def test_of_more_sites_than_a_report_holds_the_overview_says_how_to_have_one(
    asked: UUID, browser: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"/v1/rounds/{asked}/report?" in (await browser.get(f"/overview?round={asked}")).text
    monkeypatch.setattr(overviews, "MOST_SITES", 0)
    told = await browser.get(f"/overview?round={asked}")
    assert f"/v1/rounds/{asked}/report?" not in told.text
    assert "choose a country" in told.text


async def test_every_page_of_a_round_opens_and_tells_what_was_published(
    world: World, asked: UUID, browser: httpx2.AsyncClient
) -> None:
    site = await browser.get(f"/sites/gazipur?round={asked}")
    assert "How safe is your work?" in site.text
    assert 'class="stack"' in site.text
    overview = await browser.get(f"/overview?round={asked}")
    assert 'class="map"' in overview.text
    assert "Gazipur Garments" in overview.text
    for path in ("answered", "representativeness", "quality", ""):
        answer = await browser.get(f"/rounds/{asked}/{path}".rstrip("/"))
        assert answer.status_code == 200, answer.text
    compared = await browser.get(f"/compare?round={asked}&site=gazipur&site=nowhere")
    assert "There is no such site:" in compared.text
    assert (await browser.get("/overview?round=7")).status_code == 404
    assert (await browser.get("/sites/elsewhere")).status_code == 404
    apart = (await browser.get(f"/overview?round={asked}&split=gender")).text.partition('class="away"')[2]
    call = unescape(re.findall("GET ([^<]+)<", apart)[0])
    rows = (await browser.get(call, headers={"Accept": "application/json"})).json()["figures"]
    assert {row["split"] for row in rows} == {"", "gender"}, "the categories, and everybody, as on the page"
    sheet = unescape(re.findall('href="([^"]+format=json)"', apart)[0])
    assert [(row["split"], row["category"], row["value"]) for row in (await browser.get(sheet)).json()["rows"]] == [
        (row["split"], row["category"], row["value"]) for row in rows
    ]
    # What the page offers is what it shows: a file of this part of this publication.
    whole = (await browser.get(f"/v1/rounds/{asked}/export?format=json")).json()["rows"]
    part = (await browser.get(f"/v1/rounds/{asked}/export?format=json&site=gazipur")).json()["rows"]
    assert 0 < len(part) < len(whole)
