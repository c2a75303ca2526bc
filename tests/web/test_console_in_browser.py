"""A day of an NGO on its console, in a real browser: people, a round, its monitor, the needs desk, the registry; no fault of WCAG."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from app.store.keys import create_key
from tests.conftest import World
from tests.steps import ask, register, say, service, settle, write
from tests.web.test_accessibility import AXE, faults
from tests.web.test_browser import CHROMIUM, address, browser

__all__ = ["address", "browser"]

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: the pages are not tested in one here; install chromium"),
    pytest.mark.skipif(not AXE.exists(), reason="NO AXE: run `make peers`, which needs npm"),
]

RAHIMA, SELIM = "+8801711000001", "+8801711000002"
SHEET = f"Mobile;Sex;Remark\n{RAHIMA};female;x\n{SELIM};male;y\nnone;male;z\n"


async def well(page: Page) -> None:
    """The page at hand has no fault, and shows no whole number."""
    assert (page.url, await faults(page)) == (page.url, [])
    assert RAHIMA[-10:] not in await page.content()


@pytest.mark.parametrize(
    ("scheme", "width"), [pytest.param("light", 1440, id="wide"), pytest.param("dark", 390, id="a phone in the dark")]
)
async def test_an_ngo_takes_a_roster_in_launches_a_round_watches_it_and_tends_to_a_need(
    world: World, address: str, browser: Browser, scheme: Any, width: int
) -> None:
    await write(world)
    await register(world, service("Food bank", "food"))
    async with world.context.database.transaction() as store:
        focal = await create_key(store, "ngo", "Rina", world.clock(), programme=world.id, scopes=["focal-point"])
    # axe is put into the page from outside, which the pages' own policy would rightly refuse.
    context = await browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = await context.new_page()
    page.set_default_timeout(30_000)
    await page.goto(f"{address}/sign-in?next=/people")
    await page.get_by_label("Your key").fill(focal)
    await page.get_by_role("button", name="Sign in").click()

    await page.get_by_label("CSV or XLSX").set_input_files(
        files=[{"name": "roster.csv", "mimeType": "text/csv", "buffer": SHEET.encode()}]
    )
    await well(page)
    await page.get_by_role("button", name="Look at it").click()
    await page.get_by_label("Without a column of sites").select_option("gazipur")
    await page.get_by_label("Without a column of languages").select_option("en")
    await page.get_by_role("button", name="Read it so").click()
    await expect(page.get_by_role("heading", name="What does not fit")).to_be_visible()
    await well(page)
    await page.get_by_role("button", name="Take it in").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("The roster is in")
    await well(page)

    await page.goto(f"{address}/rounds/new")
    await page.get_by_label("Name of the round").fill("Spring")
    await page.get_by_label("First texts spread over").fill("0")
    await well(page)
    await page.get_by_role("button", name="Look at what it would mean").click()
    await expect(page.get_by_role("heading", name="What a launch would mean")).to_be_visible()
    await well(page)
    await page.get_by_role("button", name="Launch").click()
    await expect(page.get_by_role("status")).to_have_text("Launched.")
    await settle(world)
    await say(world, RAHIMA, "1", "4", "2", "2", "1")
    # The page looks again by itself.
    await expect(page.get_by_role("listitem").filter(has_text="Complete")).to_contain_text("1", timeout=30_000)
    await well(page)
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_role("status")).to_have_text("The round rests.")

    await page.goto(f"{address}/needs")
    await well(page)
    await page.get_by_role("link", name="Food").click()
    await page.get_by_label("A note for your colleagues").fill("Spoke to the bank.")
    await page.get_by_role("button", name="Keep the note").click()
    await expect(page.get_by_text("Spoke to the bank.")).to_be_visible()
    await well(page)
    for path in ("/cases", "/registry", "/reports", "/people/sites/gazipur", "/focal-points"):
        await page.goto(address + path)
        await well(page)
    await page.goto(f"{address}/registry")
    await page.get_by_role("row").get_by_role("link", name="Food bank").click()
    await well(page)
    await context.close()


async def test_a_refused_form_has_no_fault_and_its_alert_leads_to_the_field_by_keyboard(
    world: World, address: str, browser: Browser
) -> None:
    context = await browser.new_context(
        bypass_csp=True, extra_http_headers={"Authorization": f"Bearer {world.keys['ngo']}"}
    )
    page = await context.new_page()
    page.set_default_timeout(30_000)
    await page.goto(f"{address}/people/sites/new")
    await page.get_by_label("Country").fill("Bengal")
    await page.locator("main form").evaluate("form => { form.noValidate = true }")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("is written as two letters")
    await well(page)
    await page.get_by_role("alert").get_by_role("link", name="Country").press("Enter")
    await expect(page.get_by_label("Country")).to_be_focused()
    await expect(page.get_by_label("Country")).to_have_value("Bengal")
    await context.close()


async def test_a_need_on_paper_is_its_history_without_the_buttons(world: World, address: str, browser: Browser) -> None:
    await register(world, service("Food bank", "food"))
    await world.roster(f"{RAHIMA},gazipur,en,female")
    await write(world)
    await ask(world)
    await say(world, RAHIMA, "1", "4", "2", "2", "1")
    context = await browser.new_context(extra_http_headers={"Authorization": f"Bearer {world.keys['ngo']}"})
    page = await context.new_page()
    page.set_default_timeout(30_000)
    await page.goto(f"{address}/needs")
    await page.get_by_role("link", name="Food").click()
    await expect(page.get_by_role("button", name="Keep the note")).to_be_visible()
    await page.emulate_media(media="print")
    await expect(page.get_by_role("heading", name="How it went")).to_be_visible()
    for button in ("Keep the note", "End the request"):
        await expect(page.get_by_role("button", name=button)).to_be_hidden()
    await context.close()
