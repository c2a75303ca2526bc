"""Takes the README's pictures from a demo that runs: `make screenshots ADDRESS=http://127.0.0.1:8000 KEY=sl_ngo_…`.

The address and the key are those `make demo` prints at its end. Needs Chromium.
"""

import asyncio
import shutil
import sys
from pathlib import Path

from playwright.async_api import async_playwright

IMAGES = Path(__file__).parents[2] / "docs" / "images"
_SIZE = {"width": 1280, "height": 1000}


async def take(address: str, key: str) -> None:
    """The overview, and one site of it."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    async with async_playwright() as playing:
        browser = await playing.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = await browser.new_context(
            viewport=_SIZE, locale="en", color_scheme="light", extra_http_headers={"Authorization": f"Bearer {key}"}
        )
        page = await context.new_page()
        await page.goto(f"{address}/overview")
        await page.screenshot(path=IMAGES / "overview.png")
        await page.locator(".watched a, .grid a").first.click()
        await page.wait_for_load_state("networkidle")
        await page.screenshot(path=IMAGES / "site.png")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(take(*sys.argv[1:3]))
