"""Accounts in a real browser: invited, a password, codes of an app, out and in again; a provider's word; an ended session."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, Page, expect
from pyotp.totp import TOTP

from app.carriers.openid import OpenId, OpenIdSettings
from app.domain.roles import ADMIN, NGO, Standing
from app.web.app import create_app
from app.web.wiring import Wiring
from tests.conftest import World
from tests.peers.test_openid import provider  # noqa: F401 - a fixture
from tests.web.test_accessibility import AXE, faults
from tests.web.test_accounts import GOOD, QUICK, House, brand
from tests.web.test_browser import CHROMIUM, browser, browsing  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: the pages are not tested in one here; install chromium"),
]


@asynccontextmanager
async def served(wiring: Wiring, issuer: str = "") -> AsyncIterator[str]:
    """The address of a service with quick passwords, which knows it, and the provider at `issuer` where one is given."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        back = f"{address}/sign-in/openid/back"
        openid = OpenId(OpenIdSettings(issuer, "shiftline", "secret", back, "House of Ana")) if issuer else None
        context = replace(wiring.context, public_url=address)
        app = create_app(replace(wiring, passwords=QUICK, context=context, openid=openid))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve([listening]))
        yield address
        server.should_exit = True
        await serving


async def sign_in(page: Page, code: str) -> None:
    await page.get_by_label("E-mail").fill("rahima@example.org")
    await page.get_by_label("Password").fill(GOOD)
    await page.get_by_label("Code").fill(code)
    await page.get_by_role("button", name="Sign in").click()


async def test_an_administrator_is_invited_sets_up_codes_signs_out_and_in_and_in_again_without_the_phone(
    world: World,
    browser: Browser,  # noqa: F811
) -> None:
    async with served(world.wiring) as address, browsing(browser, "401") as page:
        await page.goto(f"{address}/sign-in?next=/accounts")
        await page.get_by_label("Your key").fill(world.keys["operator"])
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_label("Name", exact=True).fill("Rahima Khatun")
        await page.get_by_label("E-mail").fill("rahima@example.org")
        await page.get_by_label("Role", exact=True).select_option("ngo")
        await page.get_by_label("Grade").select_option("admin")
        await page.get_by_role("button", name="Invite").click()
        link = await page.locator("#link").inner_text()
        assert link.startswith(f"{address}/invitations/")
        await page.get_by_role("banner").get_by_role("button", name="Sign out").click()

        await page.goto(link)
        await expect(page.get_by_label("Your name")).to_have_value("Rahima Khatun")
        await page.get_by_label("Password").fill(GOOD)
        await page.get_by_role("button", name="Make my account").click()
        # A code is needed before anything else opens.
        await expect(page.get_by_role("heading", level=1)).to_have_text("Codes from an app")
        await expect(page.locator("svg.code")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"
        app = TOTP(await page.locator("main p > code").inner_text())
        await page.get_by_label("The code it shows now").fill(app.at(world.clock()))
        await page.get_by_role("button", name="Use these codes").click()
        codes = await page.locator("ol code").all_inner_texts()
        assert len(codes) == 10
        await page.get_by_role("link", name="I have written them down").click()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await page.get_by_role("banner").get_by_role("button", name="Sign out").click()

        world.clock.forward(minutes=1)
        await sign_in(page, "000000")
        await expect(page.get_by_role("alert")).to_contain_text("did not work")
        await sign_in(page, app.at(world.clock()))
        await expect(page.get_by_role("link", name="Audit trail")).to_be_visible()
        await page.get_by_role("banner").get_by_role("button", name="Sign out").click()
        await sign_in(page, codes[3])
        await page.get_by_role("link", name="Rahima Khatun").click()
        await expect(page.get_by_text("9 recovery codes are left")).to_be_visible()
        await page.get_by_role("link", name="Audit trail").click()
        await expect(page.get_by_role("cell", name="POST /account/second-factor")).to_be_visible()


async def test_whom_a_provider_names_takes_up_their_invitation_by_signing_in(
    world: World,
    browser: Browser,  # noqa: F811
    provider: str,  # noqa: F811
) -> None:
    world.clock.now = datetime.now(UTC)  # noqa: TID251 - the provider has a clock of its own
    house = House(world, create_app(world.wiring))
    await house.invitation("ana@example.org", Standing("brand"), brand=await brand(world))
    await house.invitation("other@example.org", Standing(NGO, ADMIN))
    async with served(world.wiring, provider) as address, browsing(browser, "jsdelivr", "net::", "401") as page:
        await page.context.route("**/cdn.jsdelivr.net/**", lambda route: route.abort())
        await page.goto(f"{address}/")
        if await page.get_by_label("Your key").count():
            await page.get_by_role("link", name="Sign in with an e-mail").click()
        await page.goto(f"{address}/sign-in/openid?next=/account")
        await page.get_by_role("button", name="ana", exact=True).click()
        await expect(page).to_have_url(f"{address}/account")
        await expect(page.get_by_role("main")).to_contain_text("ana@example.org")
        await page.get_by_role("banner").get_by_role("button", name="Sign out").click()
        await page.get_by_role("link", name="Sign in with House of Ana").click()
        await page.get_by_role("button", name="stranger", exact=True).click()
        await expect(page.get_by_role("alert")).to_contain_text("Ask for an invitation")


async def test_a_session_that_is_ended_elsewhere_is_over(world: World, browser: Browser) -> None:  # noqa: F811
    async with (
        served(world.wiring) as address,
        browsing(browser) as page,
        browsing(browser) as other,
    ):
        for one in (other, page):
            await one.goto(f"{address}/sign-in?next=/account")
            await one.get_by_label("Your key").fill(world.keys["ngo"])
            await one.get_by_role("button", name="Sign in").click()
        # Pages made this way share no cookies.
        await expect(page.get_by_role("row")).to_have_count(3)
        await expect(page.get_by_text("this one")).to_have_count(1)
        await page.get_by_role("button", name="End it").click()
        await expect(page.get_by_role("status")).to_have_text("Done.")
        await expect(page.get_by_role("row")).to_have_count(2)
        await other.reload()
        await expect(other).to_have_title("Sign in · Shiftline")


@pytest.mark.skipif(not AXE.exists(), reason="NO AXE: run `make peers`, which needs npm")
@pytest.mark.parametrize(
    ("scheme", "width", "language"),
    [
        pytest.param("light", 390, "bn", id="a phone, in Bengali"),
        pytest.param("dark", 1440, "fr", id="wide, in French"),
    ],
)
async def test_no_page_of_accounts_has_a_fault(
    world: World,
    browser: Browser,  # noqa: F811
    scheme: Any,
    width: int,
    language: str,
) -> None:
    house = House(world, create_app(world.wiring))
    path = await house.invitation("rahima@example.org", Standing(NGO, ADMIN, frozenset({"focal-point"})))
    await house.invitation("edi@example.org", Standing(NGO, ADMIN))
    async with served(world.wiring) as address:
        context = await browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, locale=language, bypass_csp=True
        )
        page = await context.new_page()
        found: dict[str, list[str]] = {}
        for one in (path, "/forgotten", "/reset/x"):
            await page.goto(address + one)
            found[one] = await faults(page)
        await page.goto(address + path)
        await page.locator("#password").fill(GOOD)
        await page.locator("main button").click()
        found["second factor"] = await faults(page)
        app = TOTP(await page.locator("main p > code").inner_text())
        await page.locator("#code").fill(app.at(world.clock()))
        await page.locator("main button").click()
        found["codes"] = await faults(page)
        for one in ("/account", "/account/second-factor", "/accounts", "/audit"):
            await page.goto(address + one)
            found[one] = await faults(page)
        await page.locator("header button").last.click()
        found["sign in"] = await faults(page)
        await context.close()
    assert {one: told for one, told in found.items() if told} == {}
