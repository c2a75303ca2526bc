"""The pages in a real browser: signing in, a round's dashboard, the phones, signing out; with no word on the console."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from app.jobs.publishing import publish_round
from app.web.app import create_app
from tests.conftest import World
from tests.steps import ask, say_all, write
from tests.web.conftest import CHROMIUM, browser

__all__ = ["CHROMIUM", "browser"]

# Chromium's advice to developers, and not a fault: a key has no user name.
_ADVICE = "[DOM]"

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: the pages are not tested in one here; install chromium"),
]


@pytest.fixture
async def address(world: World) -> AsyncIterator[str]:
    """Where the world is served."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(world.wiring), log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


@asynccontextmanager
async def browsing(browser: Browser, *expected: str) -> AsyncIterator[Page]:
    """A page that must leave the console empty, but for what is expected."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if not message.text.startswith(_ADVICE) and not any(word in message.text for word in expected):
            said.append(message.text)

    page = await browser.new_page(viewport={"width": 1200, "height": 900})
    page.set_default_timeout(15_000)
    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    await page.close()
    assert said == []


async def a_round_with_answers(world: World) -> str:
    await write(world)
    workers = [f"+88017110000{number:02d}" for number in range(1, 13)]
    await world.roster(*(f"{number},gazipur,en,female" for number in workers))
    asked = await ask(world)
    await say_all(
        world,
        {number: ("1", str(index % 5 + 1), "yes" if index % 3 else "no", "no") for index, number in enumerate(workers)},
    )
    await publish_round(world.context, world.id, asked, world.clock())
    return f"/rounds/{asked}"


async def sign_in(page: Page, key: str) -> None:
    await page.get_by_label("Your key").fill(key)
    await page.get_by_role("button", name="Sign in").click()


async def test_an_ngo_signs_in_reads_a_round_and_signs_out(world: World, address: str, browser: Browser) -> None:
    path = await a_round_with_answers(world)
    async with browsing(browser) as page:
        await page.goto(address + path)
        await expect(page).to_have_title("Sign in · Shiftline")
        await sign_in(page, world.keys["ngo"])
        await expect(page).to_have_url(address + path)  # where they wanted to go
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Round")
        await expect(page.get_by_role("rowheader", name="RR2")).to_be_visible()
        await expect(page.get_by_role("row", name="safety").first).to_contain_text("10")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"
        await page.get_by_role("button", name="Sign out").click()
        await expect(page).to_have_url(address + "/sign-in")
        await page.goto(address + path)
        await expect(page).to_have_title("Sign in · Shiftline")


async def test_a_wrong_key_is_told_and_opens_nothing(address: str, browser: Browser) -> None:
    async with browsing(browser, "401") as page:
        await page.goto(address + "/sign-in")
        await sign_in(page, "sl_ngo_wrong")
        await expect(page.get_by_role("alert")).to_contain_text("unknown or was revoked")
        await page.goto(address + "/")
        await expect(page).to_have_title("Sign in · Shiftline")


async def test_a_text_is_typed_on_a_simulated_phone(world: World, address: str, browser: Browser) -> None:
    await a_round_with_answers(world)
    async with browsing(browser) as page:
        await page.goto(address + "/simulator")
        await sign_in(page, world.keys["ngo"])
        await page.get_by_label("Number").fill("+880 1711 000001")
        await page.get_by_role("button", name="Open the phone").click()
        await page.get_by_label("Type a text").fill("<b>STOP</b>")
        await page.get_by_role("button", name="Send").click()
        thread = page.get_by_role("region", name="The thread").get_by_role("listitem")
        await expect(thread.filter(has_text="<b>STOP</b>")).to_have_count(1)  # as it was typed, not as markup
        await expect(thread.last).not_to_contain_text("<b>")
        assert "8801711" not in page.url, "a number never stands in an address"
