"""Whole days in a real browser, from an empty database on: an NGO's, in English and Bengali; a service's, in English and French."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect
from pyotp.totp import TOTP

from app.catalogue.catalogue import Catalogue
from app.domain.roles import ADMIN, NGO, PROVIDER, Standing
from app.jobs.accounts import OPERATOR_STANDING, Guest, invite
from app.store.database import Database
from app.store.keys import create_key
from app.store.links import Place
from app.store.programmes import programme_by_code
from app.store.vault import Vault
from tests.conftest import AMINA, BILAL, CHAMPA, SENDER, World, make_wiring
from tests.steps import ask, client, register, say, service, settle, step, value, write
from tests.web.days import Day, opened
from tests.web.test_accessibility import AXE
from tests.web.test_accounts import GOOD, QUICK
from tests.web.test_accounts_in_browser import served
from tests.web.test_browser import CHROMIUM, browser

__all__ = ["browser"]

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: the pages are not tested in one here; install chromium"),
    pytest.mark.skipif(not AXE.exists(), reason="NO AXE: run `make peers`, which needs npm"),
]

SHEET = f"Mobile;Sex;Remark\n{AMINA};female;x\n{BILAL};male;y\n{CHAMPA};female;z\nnone;male;z\n"
WORDS = {
    "en": {"purpose": "your work", "safe": "How safe is your work, from 1 to 5?", "fed": "Had you enough to eat?",
           "done": "There is a hot meal at noon now."},
    "bn": {"purpose": "আপনার কাজ", "safe": "আপনার কাজ কতটা নিরাপদ, ১ থেকে ৫?", "fed": "আপনি কি যথেষ্ট খেয়েছেন?",
           "done": "এখন দুপুরে গরম খাবার দেওয়া হয়।"},
}  # fmt: skip


@dataclass
class Shift(Day):
    """Of somebody who works with the console or the desk: no page tells a whole number, and nothing sticks out."""

    async def look(self, name: str, *, numbers: bool = False) -> None:
        await super().look(name)
        if not await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            self.faults.append(f"{name}: something sticks out")
        assert numbers or AMINA[-10:] not in await self.page.content()

    async def press(self, text: str, within: Locator | None = None) -> None:
        """Press the first button that says so."""
        await (within or self.page).get_by_role("button", name=self.said(text), exact=True).first.click()

    async def fill(self, **fields: str) -> None:
        """Fill fields by their names in the form; `__` is a dot."""
        for name, text in fields.items():
            found = self.page.locator(f"[name='{name.replace('__', '.')}']")
            if await found.evaluate("one => one.tagName") == "SELECT":
                await found.select_option(text)
            else:
                await found.fill(text)

    async def go(self, path: str) -> None:
        """Go to a page of ours."""
        await self.page.goto(path if path.startswith("http") else self.address + path)


@pytest.fixture
async def empty(database: Database, vault: Vault, catalogue: Catalogue) -> AsyncIterator[World]:
    """A database with an operator's key and nothing else, in which the operator then makes a programme by REST."""
    async with make_wiring(database, vault, catalogue) as (wiring, clock, simulator):
        async with database.transaction() as store:
            keys = {"operator": await create_key(store, "operator", "first", clock())}
        world = World(replace(wiring, passwords=QUICK), clock, simulator, None, keys)  # type: ignore[arg-type] - made below
        async with client(world, "operator") as http:
            line = {"code": "line", "name": "The open line", "organiser": "Open Line"}
            assert (await http.post("/v1/programmes", json=line)).status_code == 201
            sender = {"carrier": "simulator", "sender": SENDER}
            assert (await http.post("/v1/programmes/line/channels", json=sender)).status_code == 201
        async with database.transaction() as store:
            world.programme = await programme_by_code(store, "line")
        yield world


@asynccontextmanager
async def begun(
    browser: Browser, world: World, who: str, language: str, scheme: Any, width: int, **how: Any
) -> AsyncIterator[Shift]:
    async with served(world.wiring) as address:
        page = await opened(browser, scheme, width, language, **how)
        day = Shift(page, address, who, language, scheme)
        try:
            yield day
        finally:
            # The browser is the module's: a page left open would hold up the days after this.
            await page.context.close()
    assert day.faults == []


async def invited(world: World, email: str, standing: Standing, **belongs: Any) -> str:
    guest = Guest(email, "Rahima Khatun", Place(standing, programme=world.id, **belongs))
    return await invite(world.context, OPERATOR_STANDING, guest, world.clock(), mail=False)


# -- the NGO --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [
        pytest.param("en", "light", 1440, id="in English, wide"),
        pytest.param("bn", "dark", 390, id="in Bengali, on a phone in the dark"),
    ],
)
async def test_an_ngo_signs_in_writes_a_survey_asks_it_helps_somebody_and_says_what_was_done(
    empty: World, browser: Browser, language: str, scheme: Any, width: int
) -> None:
    async with begun(browser, empty, "ngo", language, scheme, width) as day:
        await _sign_in(day, empty)
        await _survey(day)
        await _roster(day)
        await _services(day)
        await _round(day)
        await _answers(day, empty)
        await _code(day)
        await _help(day, empty)
        await _said_and_did(day, empty)
        await day.press("Sign out")
        await expect(day.page.get_by_label(day.said("E-mail"))).to_be_visible()


async def _sign_in(day: Shift, world: World) -> None:
    page = day.page
    await day.go(await invited(world, "rahima@example.org", Standing(NGO, ADMIN)))
    await day.look("01-invitation")
    await day.fill(password=GOOD)
    await day.press("Make my account")
    await day.look("02-codes-of-an-app")
    app = TOTP(await page.locator("main p > code").inner_text())
    await day.fill(code=app.at(world.clock()))
    await day.press("Use these codes")
    await expect(page.locator("ol code")).to_have_count(10)
    await page.get_by_role("link", name=day.said("I have written them down")).click()
    await day.press("Sign out")
    await expect(page.get_by_label(day.said("E-mail"))).to_be_visible()
    world.clock.forward(minutes=1)
    await day.look("03-sign-in")
    await day.fill(email="rahima@example.org", password=GOOD, code=app.at(world.clock()))
    await page.get_by_role("main").get_by_role("button", name=day.said("Sign in"), exact=True).click()
    # On a phone the pages stand behind a button.
    await expect(page.get_by_role("banner").locator("a", has_text=day.said("Audit trail"))).to_be_attached()
    await day.look("04-rounds-of-a-new-programme")


async def _survey(day: Shift) -> None:
    page, words = day.page, WORDS[day.language]
    await day.go("/surveys")
    await day.look("05-surveys")
    await day.fill(title="Meals", code="meals", language=day.language)
    await day.press("Begin")
    await day.fill(**{f"purpose__{day.language}": words["purpose"]})
    for at, (code, kind) in enumerate([("safe", "scale"), ("fed", "yes-no")]):
        if await page.locator(f"[name='questions.{at}.code']").count() == 0:
            await day.press("Add a question")
        await day.fill(**{f"questions__{at}__code": code, f"questions__{at}__kind": kind,
                          f"questions__{at}__text__{day.language}": words[code]})  # fmt: skip
        if kind == "scale":
            await day.fill(questions__0__min="1", questions__0__max="5")
    await day.press("Add an indicator")
    await day.fill(indicators__0__code="safety", indicators__0__domain="safety", indicators__0__of="safe",
                   indicators__0__scoring="mean")  # fmt: skip
    await day.press("Add a need")
    await day.fill(needs__0__category="food", needs__0__urgency="urgent", needs__0__sensitivity="standard")
    # The rule is put together, and not typed.
    need = page.locator("#needs fieldset.option")
    await need.locator("summary").click()
    await need.locator("[name='guide.needs.0.question']").select_option("fed")
    await need.locator("[name='guide.needs.0.value']").fill("no")
    await day.press("Add to the rule")
    await expect(page.locator("[name='needs.0.when']")).to_have_value("${fed} = 'no'")
    await day.fill(partial_after="safe", **{
        f"reviews__{day.language}__status": "reviewed", f"reviews__{day.language}__by": "Rahima",
        f"reviews__{day.language}__on": "2026-11-01",
    })  # fmt: skip
    await expect(page.locator("#state")).to_contain_text(day.said("No fault was found."))
    await day.look("06-editor")
    await page.get_by_placeholder(day.said("Type a text")).fill("1")
    await day.press("Send", page.locator("#phone"))
    await expect(page.locator(".thread li").last).to_contain_text(words["safe"])
    await day.press("Publish")
    await expect(page).to_have_url(f"{day.address}/surveys/meals/changes?done=published&to=1")
    await day.look("07-what-changed")


async def _roster(day: Shift) -> None:
    page = day.page
    await day.go("/people")
    await page.get_by_role("link", name=day.said("Add a site")).click()
    await day.fill(code="gazipur", name="Gazipur Garments", supplier="Alpha", country="BD", place="Gazipur",
                   zone="Asia/Dhaka", latitude="23.99", longitude="90.42", headcount="1200")  # fmt: skip
    await day.look("08-a-site")
    await day.press("Save")
    await expect(page.get_by_text("Gazipur Garments").first).to_be_visible()
    await page.locator("#file").set_input_files(
        files=[{"name": "roster.csv", "mimeType": "text/csv", "buffer": SHEET.encode()}]
    )
    await day.press("Look at it")
    await page.locator("[name='all:site']").select_option("gazipur")
    await page.locator("[name='all:language']").select_option(day.language)
    await day.press("Read it so")
    await expect(page.get_by_role("heading", name=day.said("What does not fit"))).to_be_visible()
    await day.look("09-roster")
    await day.press("Take it in")
    await expect(page.get_by_role("heading", level=1)).to_have_text(day.said("The roster is in"))
    await day.go("/people")
    await day.look("10-people")


async def _round(day: Shift) -> None:
    page = day.page
    await day.go("/rounds/new")
    await day.fill(name="Spring", spread_minutes="0")
    await page.get_by_label(day.said("Text nobody on public holidays of their country")).check()
    await day.press("Look at what it would mean")
    await expect(page.get_by_role("heading", name=day.said("What a launch would mean"))).to_be_visible()
    await day.look("11-preview")
    await day.press("Launch")
    await expect(page.get_by_role("status")).to_have_text(day.said("Launched."))


async def _answers(day: Shift, world: World) -> None:
    await settle(world)
    await say(world, AMINA, "1", "4", "2")
    await say(world, BILAL, "1", "mango", "mango", "1")
    await say(world, CHAMPA, "1", "5", "1")
    await expect(day.page.locator("a[href$='/unclear']")).to_be_visible(timeout=30_000)  # it looks again by itself
    await day.look("12-monitor")


async def _code(day: Shift) -> None:
    page = day.page
    await page.locator("a[href$='/unclear']").click()
    await expect(page.get_by_role("heading", level=2)).to_contain_text("mango")
    await day.look("13-unclear-replies")
    await page.get_by_label(day.said("The number it means")).fill("3")
    await day.press("Save")
    await expect(page.get_by_role("status")).to_have_text(day.said("Coded. Thank you."))


async def _services(day: Shift) -> None:
    page = day.page
    await day.go("/registry")
    bank = service("Food bank", "food")
    await page.locator("input[type=file]").set_input_files(
        files=[{"name": "services.json", "mimeType": "application/json", "buffer": json.dumps([bank]).encode()}]
    )
    await day.fill(source="partner")
    await page.locator("form[action='/registry/import'] button").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(day.said("Imported"))
    await day.go("/registry")
    await page.locator("main table a").get_by_text("Food bank", exact=True).click()
    await day.look("14-a-service")
    await page.get_by_role("link", name=day.said("Who is told of requests")).click()
    await day.fill(email="kamala@bank.example")
    await day.press("Tell them")
    await expect(page.get_by_role("status")).to_have_text(day.said("Saved."))
    await day.look("15-who-is-told")


async def _help(day: Shift, world: World) -> None:
    page = day.page
    world.clock.forward(minutes=20)
    await settle(world)
    assert "Food bank" in world.texts(AMINA)[-1]
    await say(world, AMINA, "1")
    await day.go("/needs")
    await day.look("16-needs")
    await page.locator("main table a").first.click()
    await day.look("17-a-need-with-its-referral")
    await step(world, "accepted")
    await step(world, "completed")
    await say(world, AMINA, "1")
    await page.reload()
    assert await value(world, "SELECT state FROM need") == "closed"
    await day.look("18-a-need-that-was-met")


async def _said_and_did(day: Shift, world: World) -> None:
    page = day.page
    # What was done is told once nobody's answer can be coloured by it.
    await day.go(f"/rounds/{await value(world, 'SELECT id FROM round')}/monitor")
    await page.get_by_text(day.said("Stop the round …")).click()
    await day.press("Stop it now")
    await expect(page.get_by_role("status")).to_be_visible()
    await day.go("/actions")
    await page.get_by_role("main").get_by_role("link", name="Spring").click()
    await day.fill(about="question:fed", said="Some go hungry", owner="Rahima", due_on="2026-12-01", state="done", **{
        f"text:{day.language}": WORDS[day.language]["done"], f"by:{day.language}": "Rahima",
    })  # fmt: skip
    await day.look("19-an-action")
    await day.press("Save")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Some go hungry")
    await day.look("20-before-people-are-told")
    await day.press("Tell people now")
    await expect(page.get_by_role("status")).to_have_text(day.said("People are being told."))
    await settle(world)
    assert any(WORDS[day.language]["done"] in text for text in world.texts(CHAMPA))
    await day.go("/actions")
    await day.look("21-said-and-done")


# -- the service ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "scheme"),
    [pytest.param("en", "light", id="in English"), pytest.param("fr", "dark", id="in French, in the dark")],
)
async def test_a_service_takes_up_its_invitation_accepts_in_two_clicks_on_a_phone_and_completes(
    empty: World, browser: Browser, language: str, scheme: Any
) -> None:
    await _somebody_hungry(empty)
    found = await value(empty, "SELECT id FROM organization")
    phone = {"is_mobile": True, "has_touch": True}
    async with begun(browser, empty, "provider", language, scheme, 390, **phone) as day:
        page = day.page
        await day.go(await invited(empty, "kamala@bank.example", Standing(PROVIDER), organization=found))
        await day.look("1-invitation")
        await day.fill(password=GOOD)
        await day.press("Make my account")
        await expect(page).to_have_url(f"{day.address}/desk")
        await day.look("2-desk")
        # The first click accepts, the second tells whom to call.
        await day.press("Accept")
        await expect(page.get_by_role("status")).to_be_visible()
        await page.get_by_role("link", name=day.said("How to reach them")).click()
        await expect(page.get_by_role("link", name=AMINA)).to_have_attribute("href", f"tel:{AMINA}")
        await day.look("3-whom-to-call", numbers=True)
        assert await value(empty, "SELECT state FROM referral") == "accepted"
        await day.press("Done")
        await expect(page.get_by_text(day.said("Nothing waits for you. A request appears here when a worker agrees that one of your services may be told."))).to_be_visible()  # fmt: skip
        await day.look("4-nothing-waits")
        assert await value(empty, "SELECT state FROM referral") == "completed"
        await day.go("/desk")
        await page.get_by_role("link", name=day.said("Opening hours")).click()
        await day.look("5-opening-hours")
        await day.go("/account")
        await day.look("6-account")


async def _somebody_hungry(world: World) -> None:
    """The NGO's people did their part: Amina said yes to the food bank."""
    async with world.context.database.transaction() as store:
        world.keys["ngo"] = await create_key(store, "ngo", "lead", world.clock(), programme=world.id)
    place = {"code": "gazipur", "name": "Gazipur Garments", "country": "BD", "zone": "Asia/Dhaka", "supplier": "Alpha",
             "latitude": 23.99, "longitude": 90.42, "headcount": 1200, "place": "Gazipur"}  # fmt: skip
    async with client(world) as http:
        assert (await http.put("/v1/sites", json=[place])).status_code < 400
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    await ask(world)
    await say(world, AMINA, "1", "4", "2")
    await register(world, service("Food bank", "food"))
    await say(world, AMINA, "2")
    await settle(world)
    await say(world, AMINA, "1")
