"""Pages that only a form leads to, or a state that passes: each wide and on a phone, light and dark, without a fault of WCAG."""

from datetime import UTC, datetime
from typing import Any

from playwright.async_api import Browser, Page, expect

from app.domain.referral import ReferralState
from app.domain.roles import ADMIN, NGO, Standing
from app.web.app import create_app
from tests.conftest import World
from tests.peers.test_openid import provider
from tests.web.pictures import FOLDER
from tests.web.test_accessibility import faults, pytestmark
from tests.web.test_accounts import GOOD, House
from tests.web.test_accounts_in_browser import served
from tests.web.test_browser import address, browser
from tests.web.test_desks import bank, referral, step

__all__ = ["address", "bank", "browser", "provider", "pytestmark"]  # the fixtures and the mark are theirs

ROSTER = "phone;gender\n+8801711000001;female\n+8801711000002;male\nnone;male\n"
SERVICES = "Organization,Service,Category,Country\nLegal house,Advice,legal,BD\n,Nobody's,legal,BD\n"


async def open_page(browser: Browser, key: str = "") -> Page:
    # axe is put into the page from outside, which the pages' own policy would rightly refuse.
    context = await browser.new_context(
        bypass_csp=True, extra_http_headers={"Authorization": f"Bearer {key}"} if key else {}
    )
    page = await context.new_page()
    page.set_default_timeout(30_000)
    return page


async def well(page: Page, name: str) -> None:
    """The page at hand has no fault in any of the four forms; pictures of them are kept."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for width in (1440, 390):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png", full_page=True, animations="disabled")
            assert (name, width, scheme, await faults(page)) == (name, width, scheme, [])


def upload(name: str, content: str) -> list[Any]:
    return [{"name": name, "mimeType": "text/csv", "buffer": content.encode()}]


async def test_a_request_that_is_open_before_and_after_it_is_accepted(
    bank: World, address: str, browser: Browser
) -> None:
    page = await open_page(browser, bank.keys["provider"])
    await page.goto(f"{address}/desk/referrals/{await referral(bank)}")
    await expect(page.get_by_role("button", name="Accept")).to_be_visible()
    await well(page, "request-asked")
    await step(bank, ReferralState.ACCEPTED)
    await page.reload()
    await expect(page.locator("a[href^='tel:']")).to_be_visible()
    await well(page, "request-accepted")


async def test_what_a_roster_and_an_import_of_services_are_answered_with(
    world: World, address: str, browser: Browser
) -> None:
    page = await open_page(browser, world.keys["ngo"])
    await page.goto(f"{address}/people")
    await page.get_by_label("CSV or XLSX").set_input_files(files=upload("roster.csv", ROSTER))
    await page.get_by_role("button", name="Look at it").click()
    await page.get_by_label("Without a column of sites").select_option("gazipur")
    await page.get_by_label("Without a column of languages").select_option("en")
    await page.get_by_role("button", name="Read it so").click()
    await well(page, "roster-read")
    await page.get_by_role("button", name="Take it in").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("The roster is in")
    await well(page, "roster-in")
    await page.goto(f"{address}/registry")
    form = page.locator("form[action='/registry/import']")
    await form.locator("[name=source]").fill("legal")
    await form.locator("[type=file]").set_input_files(files=upload("services.csv", SERVICES))
    await form.get_by_role("button", name="Import").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Imported")
    await well(page, "registry-imported")


async def test_signing_in_by_an_identity_provider_and_what_is_said_to_whom_nobody_invited(
    world: World,
    browser: Browser,
    provider: str,
) -> None:
    world.clock.now = datetime.now(UTC)  # noqa: TID251 - the provider has a clock of its own
    house = House(world, create_app(world.wiring))
    invited = await house.invitation("ana@example.org", Standing(NGO, ADMIN))
    async with served(world.wiring, provider) as address:
        page = await open_page(browser)
        await page.context.route("**/cdn.jsdelivr.net/**", lambda route: route.abort())
        await page.goto(address + invited)
        await page.locator("#password").fill(GOOD)
        await page.locator("main button").click()
        await page.goto(f"{address}/account")
        await well(page, "openid-account")
        await page.locator("header").get_by_role("button").last.click()
        await page.goto(f"{address}/sign-in")
        await expect(page.get_by_role("link", name="Sign in with House of Ana")).to_be_visible()
        await well(page, "openid-sign-in")
        await page.goto(f"{address}/sign-in/openid")
        await page.get_by_role("button", name="stranger", exact=True).click()
        await expect(page.get_by_role("alert")).to_contain_text("Ask for an invitation")
        await well(page, "openid-refused")
        await page.goto(f"{address}/sign-in/openid/back")
        await expect(page.get_by_role("alert")).to_contain_text("begin it again")
        await well(page, "openid-late")
