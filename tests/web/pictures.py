"""Pictures of pages, wide and narrow: kept in `screenshots/`, which is a build's and no part of the repository."""

from pathlib import Path

from playwright.async_api import Page

FOLDER = Path(__file__).parents[2] / "screenshots"
_SIZES = {"wide": 1440, "phone": 390}


async def take_pictures(page: Page, name: str) -> None:
    """The page as it stands, wide and narrow; it is left as it was."""
    size = page.viewport_size
    for shape, width in _SIZES.items():
        await page.set_viewport_size({"width": width, "height": 900})
        await page.screenshot(path=FOLDER / f"{name}-{shape}.png", full_page=True, animations="disabled")
    if size:
        await page.set_viewport_size(size)
