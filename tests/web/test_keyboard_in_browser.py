"""Whoever has a keyboard alone: codes a reply, answers a request on a phone, sees where they are on every page, is held nowhere."""

from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.conftest import AMINA, World
from tests.steps import ask, say, settle, value, write
from tests.web.test_browser import address, browser, pytestmark
from tests.web.test_desks import bank

__all__ = ["address", "bank", "browser", "pytestmark"]  # the fixtures and the mark are theirs

_MOST_STOPS = 250
_STOP = """() => {
  const here = document.activeElement;
  if (here === document.body) return null;
  const seen = window.stops ??= [];
  const before = seen.at(-1);
  const style = getComputedStyle(here), box = here.getBoundingClientRect();
  const top = Math.max(box.top, 0), foot = Math.min(box.bottom, innerHeight);
  const over = foot - top < 8 ? null : document.elementFromPoint(box.x + box.width / 2, (top + foot) / 2);
  const told = {
    name: (here.innerText || here.name || here.tagName).slice(0, 60),
    marked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    covered: !(over && (here.contains(over) || over.contains(here))),
    back: !!before && !!(before.compareDocumentPosition(here) & Node.DOCUMENT_POSITION_PRECEDING),
    again: seen.includes(here),
  };
  seen.push(here);
  return told;
}"""


async def open_page(browser: Browser, world: World, key: str, **shape: Any) -> Page:
    context = await browser.new_context(
        reduced_motion="reduce", extra_http_headers={"Authorization": f"Bearer {world.keys[key]}"}, **shape
    )
    page = await context.new_page()
    page.set_default_timeout(15_000)
    return page


async def tab_to(page: Page, wanted: Locator) -> None:
    for _ in range(_MOST_STOPS):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("one => one === document.activeElement"):
            return
    await expect(wanted).to_be_focused()


async def stumbles(page: Page) -> list[str]:
    """What is amiss on the way through the page by the tabulator: no mark, hidden, backwards, or no way out."""
    found: list[str] = []
    for _ in range(_MOST_STOPS):
        await page.keyboard.press("Tab")
        stop = await page.evaluate(_STOP)
        # Past the last stop a browser goes to its own bar, and in a test from the top again.
        if stop is None or stop["again"]:
            return found
        found += [
            f"{stop['name']}: {fault}" for fault in ("marked", "covered", "back") if stop[fault] is (fault != "marked")
        ]
    return [*found, "no way out"]


@pytest.fixture
async def doubtful(world: World) -> str:
    """A round in which one reply was not understood."""
    await write(world)
    await world.roster(f"{AMINA},gazipur,en,female")
    asked = await ask(world)
    await say(world, AMINA, "1", "mango", "mango")
    await settle(world)
    return f"/rounds/{asked}"


async def test_an_unclear_reply_is_coded_by_keyboard(
    world: World, doubtful: str, address: str, browser: Browser
) -> None:
    page = await open_page(browser, world, "ngo")
    await page.goto(f"{address}{doubtful}/unclear")
    await expect(page.get_by_role("heading", name="mango")).to_be_visible()
    codes = page.get_by_role("group", name="It means").get_by_role("button")
    wanted = codes.nth(1) if await codes.count() else page.get_by_role("textbox").first
    await tab_to(page, wanted)
    if not await codes.count():
        await page.keyboard.type("4")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Coded. Thank you.")
    await expect(page.get_by_text("No unclear reply waits in this round.")).to_be_visible()


@pytest.mark.parametrize(
    ("button", "state"), [pytest.param("Accept", "accepted", id="yes"), pytest.param("Decline", "rejected", id="no")]
)
async def test_a_service_answers_by_keyboard_on_a_phone(
    bank: World, address: str, browser: Browser, button: str, state: str
) -> None:
    page = await open_page(browser, bank, "provider", viewport={"width": 390, "height": 844})
    await page.goto(f"{address}/desk")
    assert await stumbles(page) == []
    await page.goto(f"{address}/desk")
    await tab_to(page, page.get_by_role("button", name=button, exact=True))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_be_visible()
    assert await value(bank, "SELECT state FROM referral") == state


async def test_the_enter_key_beneath_a_preview_launches_nothing(world: World, address: str, browser: Browser) -> None:
    await write(world)
    await world.roster(f"{AMINA},gazipur,en,female")
    page = await open_page(browser, world, "ngo")
    await page.goto(f"{address}/rounds/new")
    await page.get_by_label("Name of the round").fill("Spring")
    for _ in range(2):
        await page.get_by_label("Name of the round").press("Enter")
        await expect(page.get_by_role("heading", name="What a launch would mean")).to_be_visible()
    assert await value(world, "SELECT count(*) FROM round") == 0
    await tab_to(page, page.get_by_role("button", name="Launch"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Launched.")


@pytest.mark.parametrize("width", [pytest.param(1440, id="wide"), pytest.param(390, id="a phone")])
async def test_the_focus_is_seen_goes_forward_and_is_held_nowhere(
    world: World, doubtful: str, address: str, browser: Browser, width: int
) -> None:
    page = await open_page(browser, world, "ngo", viewport={"width": width, "height": 900})
    found: dict[str, list[str]] = {}
    paths = (
        f"{doubtful}/unclear", f"{doubtful}/monitor", doubtful, "/rounds/new", "/needs", "/people", "/registry", "/surveys",
        "/surveys/pulse", "/audit", "/accounts", "/reports", "/actions", "/loop",
    )  # fmt: skip
    for one in paths:
        await page.goto(address + one)
        found[one] = await stumbles(page)
    assert {one: told for one, told in found.items() if told} == {}
