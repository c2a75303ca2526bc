"""A browser for the tests of pages: started once a module, for a start takes as long as most of the tests."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
expect.set_options(timeout=30_000)  # what is waited for comes at once, but for a busy machine


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playing:
        running = await playing.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield running
        await running.close()


@pytest.fixture
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """A browser in which nothing is open, and of which nothing stays."""
    yield chromium
    for context in list(chromium.contexts):
        await context.close()
