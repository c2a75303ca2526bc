"""A day at the pages: a browser of one language, in which every page that is looked at must be well."""

from dataclasses import dataclass, field
from typing import Any, Literal

from playwright.async_api import Browser, Page

from app.web.pages.languages import Visit, _visit, gettext
from tests.web.pictures import take_pictures
from tests.web.test_accessibility import faults


@dataclass
class Day:
    """Whose day it is, and where; its `faults` are told at its end."""

    page: Page
    address: str
    who: str
    language: str
    scheme: Literal["light", "dark"]
    faults: list[str] = field(default_factory=list[str])

    def said(self, text: str, **named: str) -> str:
        """A text of the pages in this language."""
        token = _visit.set(Visit(self.language))
        try:
            return gettext(text) % named if named else gettext(text)
        finally:
            _visit.reset(token)

    async def look(self, name: str) -> None:
        """The page at hand is in this language; its faults are told at the day's end, and it is kept as pictures."""
        self.faults += [f"{name}: {fault}" for fault in await faults(self.page)]
        assert await self.page.locator("html").get_attribute("lang") == self.language
        await take_pictures(self.page, f"{self.who}-{name}-{self.language}-{self.scheme}")

    async def press(self, text: str) -> None:
        """Press the one button that says so."""
        await self.page.get_by_role("button", name=self.said(text), exact=True).click()


async def opened(browser: Browser, scheme: Any, width: int, language: str, **how: Any) -> Page:
    """A page of a window of its own; axe is put into it from outside, which the pages' own policy would rightly refuse."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale=language, bypass_csp=True, **how
    )
    page = await context.new_page()
    page.set_default_timeout(30_000)
    return page
