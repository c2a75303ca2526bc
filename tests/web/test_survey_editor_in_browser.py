"""The editor in a real browser: saved and counted as one types, a phone beside it, and no fault that axe finds."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.conftest import World
from tests.steps import PULSE, write
from tests.web.test_accessibility import AXE, faults
from tests.web.test_browser import CHROMIUM, address, browser

__all__ = ["address", "browser"]

SHOWN = ["/surveys", "/surveys/pulse?open=0", "/surveys/pulse/changes?to=1", "/surveys/pulse/phone"]

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: the pages are not tested in one here; install chromium"),
]


async def editor(browser: Browser, world: World, address: str, **how: Any) -> Page:
    context = await browser.new_context(extra_http_headers={"Authorization": f"Bearer {world.keys['ngo']}"}, **how)
    page = await context.new_page()
    page.set_default_timeout(20_000)
    await page.goto(f"{address}/surveys/pulse")
    return page


async def test_what_is_typed_is_saved_and_counted_and_asked_on_the_phone(
    world: World, address: str, browser: Browser
) -> None:
    await write(world)
    page = await editor(browser, world, address)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    wording = page.locator("#w-0-text-en")
    await expect(page.locator("#c-w-0-text-en")).to_contain_text("1 segment ")
    await wording.fill("How safe is your work? " * 10)
    await expect(page.locator("#c-w-0-text-en")).to_contain_text("2 segments")
    await expect(page.locator("#state")).to_contain_text("Saved by")
    await page.locator("input[name='questions.0.ask_if']").fill("${nothing} = 1")
    await expect(page.locator("#f-0")).to_contain_text("'nothing' is not a question asked before")
    await page.locator("input[name='questions.0.ask_if']").fill("")
    await expect(page.locator("#state")).to_contain_text("No fault was found")
    await expect(wording).to_have_value("How safe is your work? " * 10)  # what is typed is never drawn anew
    await page.get_by_placeholder("Type a text").fill("yes")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".thread li").last).to_contain_text("How safe is your work? How safe")
    await page.reload()
    await expect(wording).to_have_value(("How safe is your work? " * 10).strip())
    assert said == []
    await page.context.close()


async def test_two_open_editors_are_told_of_one_another(world: World, address: str, browser: Browser) -> None:
    await write(world)
    one, two = await editor(browser, world, address), await editor(browser, world, address)
    await one.locator("input[name=title]").fill("One")
    await expect(one.locator("#state")).to_contain_text("Saved by")
    await two.locator("input[name=title]").fill("Two")
    await expect(two.get_by_role("alert")).to_contain_text("yours is not saved")
    await two.get_by_role("button", name="See both").click()
    await expect(two.get_by_role("heading", level=1)).to_have_text("Two people edit this survey")
    await two.get_by_role("button", name="Save mine over theirs").click()
    await expect(two.locator("input[name=title]")).to_have_value("Two")
    await one.context.close()
    await two.context.close()


@pytest.mark.skipif(not AXE.exists(), reason="NO AXE: run `make peers`, which needs npm")
@pytest.mark.parametrize(
    ("scheme", "width", "language"),
    [
        pytest.param("light", 1440, "en", id="wide and light"),
        pytest.param("dark", 390, "bn", id="a phone in the dark, in Bengali"),
    ],
)
async def test_no_page_of_the_editor_has_a_fault(
    world: World, address: str, browser: Browser, scheme: Any, width: int, language: str
) -> None:
    await write(world, {**PULSE, "languages": ["en", "bn"], **BENGALI})
    page = await editor(
        browser,
        world,
        address,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        locale=language,
        bypass_csp=True,
    )
    for one in SHOWN:
        await page.goto(address + one, wait_until="networkidle")
        assert (one, await faults(page)) == (one, [])
    await page.context.close()


BENGALI: dict[str, Any] = {
    "purpose": {"en": "your work", "bn": "আপনার কাজ"},
    "questions": [
        {**asked, "text": {**asked["text"], "bn": text}}
        for asked, text in zip(
            PULSE["questions"], ["আপনার কাজ কতটা নিরাপদ?", "যথেষ্ট খেয়েছেন?", "কেউ ভয় দেখিয়েছে?"], strict=True
        )
    ],
}
