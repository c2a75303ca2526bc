"""A day of a brand's compliance officer, from an empty database on, in a real browser and in two languages; and a round that fills up."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from app.catalogue.catalogue import Catalogue
from app.domain.roles import Standing
from app.jobs.accounts import OPERATOR_STANDING, Guest, invite
from app.store.database import Database
from app.store.links import Place
from app.store.programmes import brand_by_code
from app.store.vault import Vault
from app.web.pages import live
from tests.conftest import World
from tests.steps import value
from tests.web.days import Day, opened
from tests.web.pictures import take_pictures
from tests.web.season import OWN, Season, season
from tests.web.test_accessibility import AXE, faults
from tests.web.test_accounts import GOOD
from tests.web.test_accounts_in_browser import served
from tests.web.test_browser import CHROMIUM, browser

__all__ = ["browser"]

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: the pages are not tested in one here; install chromium"),
    pytest.mark.skipif(not AXE.exists(), reason="NO AXE: run `make peers`, which needs npm"),
]

STARTS = {"PDF": b"%PDF-", "XLSX": b"PK\x03\x04", "CSV": b"\xef\xbb\xbf", "Parquet": b"PAR1"}


@pytest.fixture
async def made(database: Database, vault: Vault, catalogue: Catalogue) -> AsyncIterator[Season]:
    async with season(database, vault, catalogue) as stands:
        yield stands


async def invited(world: World, email: str) -> str:
    """The path of a brand's invitation."""
    async with world.context.database.transaction() as store:
        brand = await brand_by_code(store, world.id, "north")
    guest = Guest(email, "Ines Martin", Place(Standing("brand"), programme=world.id, brand=brand))
    return await invite(world.context, OPERATOR_STANDING, guest, world.clock(), mail=False)


@dataclass
class BrandsDay(Day):
    """Of a brand's officer: no page tells of a site of others."""

    async def look(self, name: str) -> None:
        await super().look(name)
        seen = await self.page.get_by_role("main").inner_text()
        assert "Lahore" not in seen
        assert "Hanoi" not in seen

    async def follow(self, text: str) -> None:
        """Follow the link in the head of the page."""
        await self.page.get_by_role("banner").get_by_role("link", name=self.said(text), exact=True).click()

    async def choose(self, name: str, option: str) -> None:
        """Choose in a filter and have it shown."""
        await self.page.locator(f".filters [name={name}]").select_option(option)
        await self.press("Show")

    async def take(self, *kinds: str) -> dict[str, bytes]:
        """Take the page's files away; each is what it is called."""
        found: dict[str, bytes] = {}
        for kind in kinds:
            async with self.page.expect_download() as coming:
                await self.page.locator(".away").get_by_role("link", name=kind, exact=True).click()
            path = await (await coming.value).path()
            found[kind] = path.read_bytes()
            assert found[kind].startswith(STARTS[kind]), kind
        return found


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [
        pytest.param("en", "light", 1440, id="in English, wide"),
        pytest.param("fr", "dark", 390, id="in French, on a phone in the dark"),
    ],
)
async def test_a_brands_officer_joins_finds_the_site_that_needs_a_look_and_takes_the_figures_away(
    made: Season, browser: Browser, language: str, scheme: Any, width: int
) -> None:
    async with served(made.world.wiring) as address:
        day = BrandsDay(await opened(browser, scheme, width, language), address, "brand", language, scheme)
        await _join(day, await invited(made.world, "ines@example.org"))
        await _overview(day)
        await _site(day)
        await _compare(day)
        await _done_and_met(day)
        await _letters(day, made)
        await day.press("Sign out")
        await day.page.goto(f"{address}/overview")
        await expect(day.page.get_by_role("button", name=day.said("Sign in"), exact=True)).to_be_visible()
        await day.page.context.close()
    assert day.faults == []


async def _join(day: BrandsDay, path: str) -> None:
    await day.page.goto(day.address + path if path.startswith("/") else path)
    await day.look("0-invitation")
    await day.page.get_by_label(day.said("Password")).fill(GOOD)
    await day.press("Make my account")
    # The first page is the overview of the newest round.
    await expect(day.page.get_by_role("heading", level=1)).to_contain_text("Winter")


async def _overview(day: BrandsDay) -> None:
    page = day.page
    named = page.locator(".watched > li").filter(has_text="Gazipur Garments")
    await expect(named).to_have_count(1)
    await expect(page.locator(".map circle")).to_have_count(len(OWN))
    await expect(page.locator(".facts").first).to_contain_text("88")  # per cent of workers were told what was done
    await expect(page.locator(".plans")).to_contain_text("Rina")
    await day.look("1-overview")
    await day.choose("country", "BD")
    await day.choose("supplier", "Alpha")
    await expect(page.locator(".map circle")).to_have_count(2)
    await day.choose("split", "gender")
    await day.look("2-overview-of-a-supplier-by-gender")
    files = await day.take("PDF", "XLSX", "Parquet")
    assert all(files.values())
    # An address that shows the same again; and the call that gives the same as data.
    shown = await page.locator(".measures").inner_text()
    call = (await page.locator(".away code").inner_text()).removeprefix("GET ")
    await page.get_by_role("link", name=day.said("An address that shows them again"), exact=True).click()
    assert await page.locator(".measures").inner_text() == shown
    told = await (await page.request.get(day.address + call, headers={"Accept": "application/json"})).json()
    assert {row["supplier"] for row in told["figures"] if row["level"] == "supplier"} == {"Alpha"}


async def _site(day: BrandsDay) -> None:
    page = day.page
    await page.locator(".watched").get_by_role("link", name="Gazipur Garments").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Gazipur Garments")
    await expect(page.locator(".asked > li")).to_have_count(3)
    await expect(page.locator(".courses figure")).to_have_count(3)
    await expect(page.locator("#doubt + div")).not_to_contain_text(
        day.said("Signs that answers did not come about freely")
    )
    await expect(page.locator(".plans")).to_contain_text("88")  # what was done, which this round measures
    await day.look("3-site")
    sheet = (await day.take("CSV", "PDF"))["CSV"].decode("utf-8-sig")
    rows = [row for row in csv.DictReader(io.StringIO(sheet)) if row["indicator"] == "safety"]
    assert {row["site"] for row in rows} == {"gazipur"}
    assert rows[0]["n"] in await page.locator(".measures").inner_text()


async def _compare(day: BrandsDay) -> None:
    page = day.page
    await day.follow("Compare")
    for at, name in enumerate(("Savar Knitting", "Gazipur Garments"), 1):
        await page.get_by_label(day.said("Site %(number)s") % {"number": at}).select_option(name)
    await expect(page.get_by_label(day.said("Site %(number)s") % {"number": 3})).not_to_contain_text("Lahore")
    await day.press("Compare")
    await expect(page.locator(".sides thead th")).to_have_count(3)
    here = page.url
    await page.goto(f"{here}&site=lahore")  # another's: there is no such site for this brand
    await expect(page.get_by_role("alert")).to_contain_text("lahore")
    await page.goto(here)
    await expect(page.locator(".sides thead th")).to_have_count(3)
    await expect(page.locator(".sides .moved").first).to_be_visible()
    await expect(page.locator(".sides .moved.worse").first).to_be_visible()
    files = await day.take("PDF", "CSV")
    sheet = files["CSV"].decode("utf-8-sig")
    assert {row["site"] for row in csv.DictReader(io.StringIO(sheet))} == {"savar", "gazipur"}
    await day.look("5-side-by-side")


async def _done_and_met(day: BrandsDay) -> None:
    page = day.page
    await day.follow("You said, we did")
    await expect(page.get_by_role("article")).to_contain_text("Rina")
    await day.look("6-you-said-we-did")
    await day.follow("Needs met")
    await expect(page.locator(".ways").first).to_contain_text("10")
    await page.locator(".ways").get_by_role("link").first.click()
    await expect(page.locator(".ways").last).to_contain_text("Gazipur Garments")
    await day.look("7-needs-met")
    await page.get_by_role("link", name=day.said("Where services are missing")).click()
    await expect(page.locator(".map circle.look")).to_have_count(1)
    await day.look("8-where-services-are-missing")
    for kind in ("rounds", "reports"):
        await page.goto(f"{day.address}/{kind}")
        await day.look(f"9-{kind}")


async def _letters(day: BrandsDay, made: Season) -> None:
    await day.page.get_by_label(day.said("About")).select_option("gazipur")
    await day.press("Ask for it")
    await expect(day.page.get_by_role("main").get_by_role("listitem")).to_contain_text("Gazipur Garments")
    assert await value(made.world, "SELECT count(*) FROM report_wish") == 1


# -- a round that fills up ------------------------------------------------------------------------


async def test_a_round_fills_up_before_ones_eyes_and_its_figures_change_only_as_they_are_published(
    made: Season, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "EVERY_SECONDS", 0.2)
    world = made.world
    key = {"role": "brand", "label": "Officer", "brand": "north"}
    world.keys["brand"] = (await made.call("POST", "/v1/keys", json=key))["key"]
    spring = await made.ask("Spring", lambda _site, at: 3 + at % 3, people=0)
    async with served(world.wiring) as address:
        ngo, brand = [await _watching(browser, address, world.keys[who], spring) for who in ("ngo", "brand")]
        told = {who: page.locator(".live [role=status]") for who, page in (("ngo", ngo), ("brand", brand))}
        await expect(told["ngo"]).to_contain_text("0 done")
        before = await told["brand"].inner_text()
        await made.answered(OWN, lambda _site, at: 3 + at % 3, people=9)
        # The programme's own counts come as they are; a brand's, and all figures, wait for the publication.
        await expect(told["ngo"]).to_contain_text("27 done")
        await brand.reload()
        assert await told["brand"].inner_text() == before
        await made.call("POST", f"/v1/rounds/{spring}/publish")
        await expect(told["brand"]).not_to_have_text(before)
        await expect(ngo.locator(".live .measures").get_by_role("cell")).not_to_have_count(0)
        await expect(ngo.locator(".live .measures td.value")).to_have_count(0)  # of nine at a site nothing is told
        await made.answered(OWN, lambda _site, at: 3 + at % 3, people=14, first=9)
        await expect(told["ngo"]).to_contain_text("42 done")
        await expect(ngo.locator(".live .measures td.value")).to_have_count(0)  # they are there, and not published
        await made.call("POST", f"/v1/rounds/{spring}/publish")
        await expect(ngo.locator(".live .measures td.value")).not_to_have_count(0)
        shown = await ngo.locator(".live .measures").inner_text()
        # One late answer each: fewer than ten, so no figure moves, whatever is published.
        await made.answered(OWN, lambda _site, _at: 1, people=16, first=15)
        await expect(told["ngo"]).to_contain_text("45 done")
        await made.call("POST", f"/v1/rounds/{spring}/publish")
        await ngo.reload()
        assert await ngo.locator(".live .measures").inner_text() == shown
        assert await faults(ngo) == []
        await take_pictures(ngo, "ngo-a-round-fills-up")
        for page in (ngo, brand):
            await page.context.close()


async def _watching(browser: Browser, address: str, key: str, asked: UUID) -> Page:
    context = await browser.new_context(bypass_csp=True, extra_http_headers={"Authorization": f"Bearer {key}"})
    page = await context.new_page()
    page.set_default_timeout(30_000)
    await page.goto(f"{address}/rounds/{asked}")
    return page
