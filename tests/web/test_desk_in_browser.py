"""A service's desk on a phone of 390 pixels, with JavaScript switched off: two clicks to accept, and nothing sticks out."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from app.domain.referral import ReferralState
from tests.conftest import AMINA, World
from tests.steps import value
from tests.web.test_accessibility import AXE, faults
from tests.web.test_browser import address, browser, pytestmark, sign_in
from tests.web.test_desks import bank, referral, step, the_service

__all__ = ["address", "bank", "browser", "pytestmark"]  # the fixtures and the mark are theirs


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, java_script_enabled=False
    )
    page = await context.new_page()
    page.set_default_timeout(15_000)
    yield page
    await context.close()


async def fits(page: Page) -> bool:
    return await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_request_is_accepted_and_done_on_a_phone(bank: World, address: str, phone: Page) -> None:
    await phone.goto(f"{address}/sign-in?by=key&next=/desk")
    await sign_in(phone, bank.keys["provider"])
    await expect(phone).to_have_url(f"{address}/desk")
    assert await fits(phone)
    await phone.get_by_role("button", name="Accept").click()
    await expect(phone.get_by_role("status")).to_contain_text("Noted")
    assert await value(bank, "SELECT state FROM referral") == "accepted"
    await phone.get_by_role("link", name="How to reach them").click()
    await expect(phone.get_by_role("link", name=AMINA)).to_have_attribute("href", f"tel:{AMINA}")
    assert await fits(phone)
    await phone.get_by_role("button", name="Done").click()
    await expect(phone.get_by_text("Nothing waits for you")).to_be_visible()
    assert await value(bank, "SELECT state FROM referral") == "completed"


async def test_places_and_hours_are_set_on_a_phone(bank: World, address: str, phone: Page) -> None:
    await phone.goto(f"{address}/sign-in?by=key&next=/desk")
    await sign_in(phone, bank.keys["provider"])
    await phone.get_by_label("People you can take now").fill("3")
    await phone.get_by_role("button", name="Save").click()
    await expect(phone.get_by_role("status")).to_contain_text("Saved")
    await phone.get_by_role("link", name="Opening hours").click()
    assert await fits(phone)
    await phone.get_by_label("Opens, Monday").fill("09:00")
    await phone.get_by_label("Closes, Monday").fill("17:00")
    await phone.get_by_label("Time zone").fill("Asia/Dhaka")
    await phone.get_by_role("button", name="Save").click()
    await expect(phone.get_by_role("status")).to_contain_text("Saved")
    assert await value(bank, "SELECT capacity FROM service WHERE name = 'Food bank'") == 3


@pytest.mark.skipif(not AXE.exists(), reason="NO AXE: run `make peers`, which needs npm")
@pytest.mark.parametrize(
    ("scheme", "width", "language"),
    [
        pytest.param("dark", 390, "bn", id="a phone in the dark, in Bengali"),
        pytest.param("light", 1440, "fr", id="wide and light, in French"),
    ],
)
async def test_no_page_of_the_desk_has_a_fault(
    bank: World, address: str, browser: Browser, scheme: Any, width: int, language: str
) -> None:
    own, _ = await the_service(bank)
    headers = {"Authorization": f"Bearer {bank.keys['provider']}"}
    # axe is put into the page from outside, which the pages' own policy would rightly refuse.
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale=language, bypass_csp=True,
        extra_http_headers=headers,
    )  # fmt: skip
    page = await context.new_page()
    page.set_default_timeout(30_000)
    for one in ("/desk", f"/desk/services/{own}", "/desk/hooks"):
        await page.goto(address + one)
        assert (one, await faults(page)) == (one, [])
    await step(bank, ReferralState.ACCEPTED)
    await page.goto(f"{address}/desk/referrals/{await referral(bank)}")
    assert await faults(page) == []
    await context.close()
