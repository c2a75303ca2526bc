"""The operator's page in a browser and without JavaScript: what it shows, what its buttons do, and that it fits a phone."""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from app.carriers.protocol import Cause, Rejected, Unknown
from app.domain.alerts import Reading
from app.store.tallies import Sum
from app.web.pages.operating import lasted, roads_of, waiting_of
from tests.conftest import AMINA, World
from tests.steps import client, rows
from tests.web.test_browser import CHROMIUM, address, browser, browsing, sign_in  # noqa: F401 - fixtures
from tests.web.test_operating import Office


async def test_a_quiet_service_says_so_on_its_operators_page(world: World) -> None:
    await world.wiring.watch.beat(world.clock())
    async with client(world, "operator") as http:
        shown = (await http.get("/", headers={"accept": "text/html"})).text
    for words in ("No alert stands.", "Nothing waits to be sent.", "web and work", "alive"):
        assert words in shown


async def test_the_page_shows_what_stands_and_no_number(world: World) -> None:
    office = Office(world)
    await office.text(Rejected(Cause.ROUTE, "21408"))
    await office.text(Unknown(Cause.TIMEOUT, "no-answer"))
    world.context.tally.put_back(office.context.tally.take())
    world.clock.forward(hours=25)
    await world.wiring.watch.beat(world.clock())
    await world.wiring.watch.judge(world.clock())
    async with client(world, "operator") as http:
        shown = (await http.get("/", headers={"accept": "text/html"})).text
    for words in (
        "Texts were given up for a reason you can mend",
        "Texts of unknown fate: 1",
        "21408",
        "route 1, timeout 1",
    ):
        assert words in shown
    assert AMINA[1:] not in shown


@pytest.mark.parametrize(
    ("language", "said"),
    [
        pytest.param("fr", ("SMS au sort inconnu : 1", "il y a 2\u00a0min"), id="French"),
        pytest.param("bn", ("অজানা পরিণতির এসএমএস: ১", "ক্যারিয়ার"), id="Bengali, with its digits"),
    ],
)
async def test_the_page_speaks_its_readers_language(world: World, language: str, said: tuple[str, ...]) -> None:
    office = Office(world)
    await office.text(Unknown(Cause.TIMEOUT, "no-answer"))
    world.clock.forward(hours=25)
    await world.wiring.watch.beat(world.clock())
    await world.wiring.watch.judge(world.clock())
    world.clock.forward(minutes=2)
    async with client(world, "operator") as http:
        shown = (await http.get("/", params={"lang": language}, headers={"accept": "text/html"})).text
    for words in said:
        assert words in shown
    main = re.sub("<[^>]*>", " ", shown.partition("<main")[2])
    for english in ("Texts", "unknown", "Carrier", "since", "Sender", "process", "Oldest"):
        assert english not in main, english


async def test_nobody_but_an_operator_presses_its_buttons(world: World) -> None:
    office = Office(world)
    text = await office.text(Rejected(Cause.ROUTE, "21408"))
    async with client(world, "ngo") as http:
        assert (await http.post(f"/operator/texts/{text}/again")).status_code == 403
    async with client(world, "operator") as http:
        for word in ("done", "done"):
            answer = await http.post(f"/operator/texts/{text}/again")
            assert (answer.status_code, answer.headers["location"]) == (303, f"/?done={word}")
        answer = await http.post(f"/operator/unknown/{text}/sent")
        assert answer.headers["location"] == "/?done=late"
    assert len(await rows(world, "SELECT id FROM outbox")) == 2


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "–"),
        (40, "40 s"),
        (119, "119 s"),
        (120, "2 min"),
        (3600, "1 h"),
        (5400, "90 min"),
        (7300, "2 h"),
        (172800, "2 d"),
    ],
)
def test_a_duration_is_said_as_a_person_would(seconds: float, said: str) -> None:
    assert lasted(seconds).replace("\u00a0", " ") == said


def test_rows_are_shown_only_where_something_waits_and_roads_also_where_nothing_happened() -> None:
    labels = {"carrier": "twilio", "priority": "reply"}
    readings = [
        one
        for priority in ("reply", "notice", "round")
        for one in (
            Reading("queue_texts", 3.0 if priority == "reply" else 0.0, {**labels, "priority": priority, "due": "now"}),
            Reading("queue_texts", 0.0, {**labels, "priority": priority, "due": "later"}),
            Reading("queue_oldest_seconds", 61.0, {**labels, "priority": priority}),
        )
    ]
    (waiting,) = waiting_of(readings)
    assert (waiting.carrier, waiting.priority, waiting.due) == ("twilio", "Answers to workers", 3)
    resting = [Reading("road_resting", 2, {"carrier": "kannel"})]
    sums = {("texts", "twilio", "failed"): Sum(9, 4), ("errors", "twilio", "busy"): Sum(9, 4)}
    shown = {road.carrier: road for road in roads_of(resting, sums, ["generic"])}
    assert (shown["kannel"].resting, shown["twilio"].failed, shown["twilio"].causes) == (2, 4, "busy 4")
    assert shown["generic"].taken == 0


@pytest.mark.peer
@pytest.mark.skipif(
    CHROMIUM is None, reason="NO BROWSER: the operator's page is not tested in one here; install chromium"
)
async def test_an_operator_decides_on_a_phone_in_the_dark_without_javascript(
    world: World,
    browser: Browser,  # noqa: F811
    address: str,  # noqa: F811
) -> None:
    office = Office(world)
    await office.text(Unknown(Cause.TIMEOUT, "no-answer"))
    await office.text(Rejected(Cause.ROUTE, "21408"))
    world.clock.forward(hours=25)
    await world.wiring.watch.beat(world.clock())
    await world.wiring.watch.judge(world.clock())
    context = await browser.new_context(
        java_script_enabled=False, color_scheme="dark", viewport={"width": 360, "height": 740}
    )
    page = await context.new_page()
    page.set_default_timeout(15_000)
    await page.goto(address)
    await sign_in(page, world.keys["operator"])
    await expect(page.get_by_role("heading", name="Operation")).to_be_visible()
    if folder := os.environ.get("SHIFTLINE_SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / "operator-phone-dark.png", full_page=True)
    await page.get_by_role("button", name="Text 1: send again").first.click()
    await expect(page.get_by_role("status")).to_contain_text("Done.")
    assert await rows(world, "SELECT count(*) FROM outbox WHERE decision = 'again'") == [(1,)]
    await context.close()
    if folder:
        async with browsing(browser) as wide:
            await wide.goto(address)
            await sign_in(wide, world.keys["operator"])
            await wide.screenshot(path=Path(folder) / "operator-wide.png", full_page=True)
