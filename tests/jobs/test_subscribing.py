"""Reports by letter: at their rhythm, once, to the account's own address, with a link and no figure."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from app.carriers.mail import Mailer, MailSettings
from app.domain.errors import ConflictError, ForbiddenError, NotFoundError
from app.domain.rhythm import Rhythm
from app.domain.roles import BRAND, NGO, READER, Standing
from app.jobs.mailing import send_letters
from app.jobs.publishing import publish_due
from app.jobs.steering import stop_round
from app.jobs.subscribing import MOST_WISHES, ask_for_report, end_report, my_reports, tell_of_reports
from app.store.accounts import create_account, join, leave
from app.store.keys import Caller
from app.store.links import Place
from app.store.programmes import save_brand
from tests.carriers.mail_server import mail_server
from tests.conftest import AMINA, World
from tests.steps import ask, client, run, say, settle, value, write

RINA, BRANDO = "rina@ngo.example", "brando@brand.example"


async def account(world: World, email: str, standing: Standing, brand: UUID | None = None) -> Caller:
    async with world.context.database.transaction() as store:
        key = await create_account(store, email, email, None, world.clock())
        await join(store, key, email, Place(standing, world.id, brand, None), world.clock())
        found = await store.value("SELECT id FROM api_key WHERE account_id = :account", account=key)
    return Caller(found, standing.role, email, world.id, brand, None, frozenset(), standing.grade, key)


@pytest.fixture
async def rina(world: World) -> Caller:
    return await account(world, RINA, Standing(NGO, READER))


async def letters(world: World) -> list[tuple[str, str, str]]:
    """What a mail server is handed: to whom, subject, body."""
    async with mail_server() as post:
        mailer = Mailer(MailSettings.parse(f"smtp://127.0.0.1:{post.port}", "line@ngo.example"))
        await send_letters(world.context, mailer, world.clock())
    return [(letter["To"], letter["Subject"], letter.get_content()) for letter in post.letters]


async def test_a_weekly_report_is_told_of_on_mondays_once_with_a_link_and_no_figure(world: World, rina: Caller) -> None:
    context = replace(world.context, public_url="https://line.example")
    await ask_for_report(context, rina, "gazipur", Rhythm.WEEKLY, "en", world.clock())
    assert await tell_of_reports(context, world.clock()) == 0
    monday = world.clock.forward(days=7)
    assert await tell_of_reports(context, monday) == 1
    assert await tell_of_reports(context, monday) == 0
    ((to, subject, body),) = await letters(world)
    assert (to, subject) == (RINA, "A report is there")
    assert "https://line.example/sites/gazipur" in body.splitlines()
    assert "https://line.example/reports" in body
    assert not any(sign.isdigit() for sign in body)
    assert await tell_of_reports(context, world.clock.forward(days=28)) == 1, "four weeks away are one letter"


async def test_after_a_round_has_closed_and_was_published_whoever_asked_is_told_once(
    world: World, rina: Caller
) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    asked = await ask(world)
    await say(world, AMINA, "1", "4", "1", "2")
    async with world.context.database.transaction() as store:
        here = await save_brand(store, world.id, "acme", "Acme", ["gazipur"], world.clock())
        there = await save_brand(store, world.id, "other", "Other", ["nairobi"], world.clock())
    buyer = await account(world, BRANDO, Standing(BRAND), here)
    stranger = await account(world, "else@brand.example", Standing(BRAND), there)
    for caller, language in ((rina, "fr"), (buyer, "en"), (stranger, "en")):
        await ask_for_report(world.context, caller, "", Rhythm.ROUND, language, world.clock())
    await ask_for_report(world.context, rina, "nairobi", Rhythm.ROUND, "en", world.clock())
    world.clock.forward(hours=1)
    await stop_round(world.context, world.id, asked, world.clock())
    assert await tell_of_reports(world.context, world.clock()) == 0, "not before the last publication"
    await publish_due(world.context, world.clock())
    assert await tell_of_reports(world.context, world.clock()) == 2
    assert await tell_of_reports(world.context, world.clock()) == 0
    told = await letters(world)
    assert {(to, subject) for to, subject, _ in told} == {(RINA, "Un rapport est prêt"), (BRANDO, "A report is there")}
    assert all(f"/overview?round={asked}" in body for _, _, body in told)


async def test_whoever_lost_their_access_is_written_to_no_more(world: World, rina: Caller) -> None:
    await ask_for_report(world.context, rina, "", Rhythm.MONTHLY, "en", world.clock())
    await run(world, "UPDATE account SET locked_at = :now", now=world.clock())
    later = world.clock() + timedelta(days=40)
    assert await tell_of_reports(world.context, later) == 0
    await run(world, "UPDATE account SET locked_at = NULL")
    assert rina.account is not None
    async with world.context.database.transaction() as store:
        await leave(store, rina.account, world.id, world.clock())
    assert await tell_of_reports(world.context, later) == 0


async def test_a_report_is_of_ones_own_sites_and_is_ended_by_whoever_asked(world: World, rina: Caller) -> None:
    async with world.context.database.transaction() as store:
        brand = await save_brand(store, world.id, "acme", "Acme", ["gazipur"], world.clock())
    buyer = await account(world, BRANDO, Standing(BRAND), brand)
    with pytest.raises(NotFoundError):
        await ask_for_report(world.context, buyer, "nairobi", Rhythm.WEEKLY, "en", world.clock())
    with pytest.raises(ForbiddenError):
        await ask_for_report(world.context, replace(rina, account=None), "", Rhythm.WEEKLY, "en", world.clock())
    for _ in range(2):
        await ask_for_report(world.context, rina, "", Rhythm.WEEKLY, "en", world.clock())
    ((wish,), sites) = await my_reports(world.context, rina)
    assert [site["code"] for site in sites] == ["gazipur", "nairobi"]
    with pytest.raises(NotFoundError):
        await end_report(world.context, buyer, wish["id"])
    await end_report(world.context, rina, wish["id"])
    assert await value(world, "SELECT count(*) FROM report_wish") == 0


async def test_nobody_is_showered_with_letters(world: World, rina: Caller) -> None:
    await ask_for_report(world.context, rina, "", Rhythm.WEEKLY, "en", world.clock())
    await run(
        world,
        "INSERT INTO report_wish (id, programme_id, key_id, rhythm, due_at, created_at) SELECT gen_random_uuid(),"
        " programme_id, key_id, rhythm, due_at, created_at FROM report_wish, generate_series(2, :most)",
        most=MOST_WISHES,
    )
    with pytest.raises(ConflictError):
        await ask_for_report(world.context, rina, "gazipur", Rhythm.WEEKLY, "en", world.clock())


async def test_the_page_tells_a_key_that_it_has_no_address(world: World) -> None:
    async with client(world) as http:
        assert "A key has no address" in (await http.get("/reports")).text
        assert (await http.post("/reports", data={"rhythm": "weekly"})).status_code == 409
        assert (await http.post("/reports", data={"rhythm": "hourly"})).status_code == 422
    await settle(world)
