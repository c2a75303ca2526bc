"""Every page in a real browser, held to WCAG 2.2 AA by axe: wide and narrow, light and dark, in two scripts, by keyboard."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.conftest import World
from tests.web.test_browser import CHROMIUM, a_round_with_answers, address, browser

__all__ = ["address", "browser"]

AXE = Path(__file__).parents[1] / "peers" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: the pages are not tested in one here; install chromium"),
    pytest.mark.skipif(not AXE.exists(), reason="NO AXE: run `make peers`, which needs npm"),
]


async def faults(page: Page) -> list[str]:
    """What axe finds, and whatever sticks out of the screen."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = await page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(told => ({violations: told.violations.map("
        "one => one.id + ': ' + one.nodes.map(node => node.html.slice(0, 200)).join(' | '))}))",
        RULES,
    )
    wide: int = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found["violations"], *([f"sticks out by {wide} pixels"] if wide > 0 else [])]


def pages_of(path: str) -> list[str]:
    created = path.rsplit("/", 1)[-1]
    return [
        f"/overview?round={created}", f"/overview?round={created}&country=BD", f"/sites/gazipur?round={created}",
        f"/compare?round={created}&site=gazipur", f"/compare?round={created}", "/rounds", path, f"{path}/quality",
        f"{path}/answered", f"{path}/representativeness", f"{path}/unclear", f"{path}/said", "/actions",
        "/loop", "/loop/gaps", "/simulator", "/nothing-here",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "width", "language"),
    [
        pytest.param("light", 1440, "en", id="wide and light"),
        pytest.param("dark", 390, "bn", id="a phone in the dark, in Bengali"),
        pytest.param("light", 390, "fr", id="a phone, in French"),
        pytest.param("dark", 1440, "es", id="wide and dark, in Spanish"),
    ],
)
async def test_no_page_has_a_fault(
    world: World, address: str, browser: Browser, scheme: Any, width: int, language: str
) -> None:
    path = await a_round_with_answers(world)
    # axe is put into the page from outside, which the pages' own policy would rightly refuse.
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale=language, bypass_csp=True
    )
    page = await context.new_page()
    page.set_default_timeout(30_000)
    await page.goto(f"{address}/sign-in?by=key")
    assert await faults(page) == []
    await context.set_extra_http_headers({"Authorization": f"Bearer {world.keys['ngo']}"})
    for one in pages_of(path):
        await page.goto(address + one)
        assert (one, await faults(page)) == (one, [])
    await context.close()


async def test_a_page_that_runs_from_right_to_left_does_not_stick_out(
    world: World, address: str, browser: Browser
) -> None:
    path = await a_round_with_answers(world)
    context = await browser.new_context(
        viewport={"width": 390, "height": 900}, extra_http_headers={"Authorization": f"Bearer {world.keys['ngo']}"}
    )
    page = await context.new_page()
    for one in pages_of(path):
        await page.goto(address + one)
        await page.evaluate("document.documentElement.dir = 'rtl'")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), one
    await context.close()


async def test_whoever_has_a_keyboard_alone_gets_past_the_head_and_to_a_site(
    world: World, address: str, browser: Browser
) -> None:
    path = await a_round_with_answers(world)
    context = await browser.new_context(extra_http_headers={"Authorization": f"Bearer {world.keys['ngo']}"})
    page = await context.new_page()
    await page.goto(f"{address}/overview?round={path.rsplit('/', 1)[-1]}")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    site = page.get_by_role("link", name="Gazipur Garments").first
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await site.evaluate("link => link === document.activeElement"):
            break
    await expect(site).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Gazipur Garments")
    await context.close()


async def test_on_a_phone_many_pages_stand_behind_a_button_that_needs_no_script(
    world: World, address: str, browser: Browser
) -> None:
    context = await browser.new_context(
        viewport={"width": 390, "height": 900}, java_script_enabled=False,
        extra_http_headers={"Authorization": f"Bearer {world.keys['ngo']}"},
    )  # fmt: skip
    page = await context.new_page()
    await page.goto(f"{address}/needs")
    link = page.get_by_role("banner").get_by_role("link", name="Rounds", exact=True)
    await expect(link).to_be_hidden()
    head = await page.get_by_role("banner").bounding_box()
    assert head is not None
    assert head["height"] < 150, "the page itself begins in sight"
    await page.get_by_role("button", name="Pages").press("Enter")
    await expect(link).to_be_visible()
    await link.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Rounds")
    await context.close()
