"""Accounts by HTTP: invitations, signing in, the second factor, sessions, and nobody being told who exists."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from pyotp.totp import TOTP

from app.domain.roles import ADMIN, EDITOR, NGO, OPERATOR, READER, Standing
from app.jobs.accounts import OPERATOR_STANDING, Guest, invite
from app.jobs.passwords import Passwords
from app.store.links import Place
from app.store.programmes import save_brand, save_programme
from app.web.app import create_app
from tests.conftest import World
from tests.steps import rows, run, value

ORIGIN = {"origin": "http://testserver", "accept": "text/html"}
GOOD = "harbour kettle violet nine"
OTHER = "seven quiet bicycles rest"
QUICK = Passwords(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class House:
    """The world with quick passwords, and browsers that come to it."""

    world: World
    app: FastAPI

    def browser(self) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=ORIGIN)

    async def invitation(self, email: str, standing: Standing, **belongs: UUID) -> str:
        programme = None if standing.role == OPERATOR else self.world.id
        place = Place(standing, **({"programme": programme} | belongs))
        return await invite(
            self.world.context, OPERATOR_STANDING, Guest(email, "Rahima Khatun", place), self.world.clock(), mail=False
        )


@pytest.fixture
async def house(world: World) -> House:
    world.wiring = replace(world.wiring, passwords=QUICK)
    return House(world, create_app(world.wiring))


async def post(http: httpx2.AsyncClient, path: str, **form: str) -> httpx2.Response:
    """A form as a page of ours sends it: with the token that stands in the page."""
    page = await http.get("/account")
    token = re.search(r'name="form_token" value="(\w+)"', page.text)
    return await http.post(path, data={"form_token": token[1] if token else "", **form})


async def sign_in(http: httpx2.AsyncClient, email: str, password: str, code: str = "") -> httpx2.Response:
    return await http.post("/sign-in", data={"email": email, "password": password, "code": code})


async def set_up_codes(house: House, http: httpx2.AsyncClient, **form: str) -> tuple[TOTP, list[str]]:
    """The app's clock, and the recovery codes."""
    page = (await http.get("/account/second-factor")).text
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    secret = re.search(r"<p><code>(\w+)</code>", page)
    assert sealed
    assert secret
    app = TOTP(secret[1])
    shown = await post(http, "/account/second-factor", sealed=sealed[1], code=app.at(house.world.clock()), **form)
    return app, re.findall(r"<li><code>([^<]+)</code>", shown.text)


async def test_an_invited_ngo_sets_a_password_and_codes_signs_out_and_in_again(house: House) -> None:
    path = await house.invitation("Rahima@Example.org", Standing(NGO, ADMIN))
    async with house.browser() as http:
        assert "rahima@example.org" in (await http.get(path)).text
        made = await http.post(path, data={"name": "Rahima Khatun", "password": GOOD})
        assert (made.status_code, made.headers["location"]) == (303, "/")
        # Nothing but the missing step is open.
        assert (await http.get("/")).headers["location"] == "/account/second-factor"
        assert (await http.get("/v1/sites", headers={"accept": "application/json"})).status_code == 403
        app, codes = await set_up_codes(house, http)
        assert len(codes) == 10
        assert (await http.get("/")).status_code == 200
        await post(http, "/sign-out")
        assert (await http.get("/")).status_code == 303
        house.world.clock.forward(minutes=1)
        assert (await sign_in(http, "rahima@example.org", GOOD)).status_code == 401, "the code is needed"
        assert (await sign_in(http, "rahima@example.org", GOOD, app.at(house.world.clock()))).status_code == 303
        assert (await http.get("/")).status_code == 200


async def test_a_code_and_a_recovery_code_are_good_once(house: House) -> None:
    path = await house.invitation("rahima@example.org", Standing(NGO, ADMIN))
    async with house.browser() as http:
        await http.post(path, data={"name": "Rahima", "password": GOOD})
        app, codes = await set_up_codes(house, http)
        used = app.at(house.world.clock())
        assert (await sign_in(http, "rahima@example.org", GOOD, used)).status_code == 401, "it made the app known"
        house.world.clock.forward(minutes=1)
        now = app.at(house.world.clock())
        assert (await sign_in(http, "rahima@example.org", GOOD, f"{now[:3]} {now[3:]}")).status_code == 303
        assert (await sign_in(http, "rahima@example.org", GOOD, now)).status_code == 401
        for expected in (303, 401):
            answer = await sign_in(http, "rahima@example.org", GOOD, codes[0].upper())
            assert answer.status_code == expected
        assert (await sign_in(http, "rahima@example.org", OTHER, codes[1])).status_code == 401
        assert (await sign_in(http, "rahima@example.org", GOOD, codes[1])).status_code == 303, (
            "a wrong password used none"
        )


async def test_an_invitation_is_good_once_and_for_a_week(house: House) -> None:
    late = await house.invitation("late@example.org", Standing(OPERATOR))
    path = await house.invitation("rahima@example.org", Standing(NGO, READER))
    async with house.browser() as http:
        assert (await http.post(path, data={"name": "R", "password": GOOD})).status_code == 303
        assert (await http.post(path, data={"name": "R", "password": GOOD})).status_code == 404
        house.world.clock.forward(days=7)
        assert (await http.get(late)).status_code == 404
        assert (await http.get("/invitations/unknown")).status_code == 404
    assert await value(house.world, "SELECT count(*) FROM account") == 1


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("short words", id="short"),
        pytest.param("rahimakhatun12", id="their name"),
        pytest.param("1q2w3e4r5t6y", id="common"),
    ],
)
async def test_a_password_that_will_not_do_makes_no_account(house: House, password: str) -> None:
    path = await house.invitation("rahima@example.org", Standing(NGO, ADMIN))
    async with house.browser() as http:
        answer = await http.post(path, data={"name": "Rahima Khatun", "password": password})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert password not in answer.text
    assert await value(house.world, "SELECT count(*) FROM account") == 0


async def test_whoever_is_invited_again_joins_with_the_account_they_have(house: House) -> None:
    world = house.world
    async with world.context.database.transaction() as store:
        beta = await save_programme(store, "beta", "Beta", "Beta Line", 10, world.clock())
    first = await house.invitation("rahima@example.org", Standing("brand"), brand=await brand(world))
    async with house.browser() as http, house.browser() as thief:
        await http.post(first, data={"name": "Rahima", "password": GOOD})
        second = await house.invitation("rahima@example.org", Standing(NGO, READER), programme=beta.id)
        assert "has an account" in (await thief.get(second)).text
        assert (await thief.post(second, data={"name": "X", "password": OTHER})).status_code == 422
        assert (await thief.post(f"{second}/join")).status_code == 303, "to the sign-in form"
        joined = await post(http, f"{second}/join")
        assert (joined.status_code, joined.headers["location"]) == (303, "/")
        # An NGO's people need codes; the place of the brand goes on without.
        assert (await http.get("/")).headers["location"] == "/account/second-factor"
        page = (await http.get("/account")).text
        back = re.search(r"/account/places/[\w-]+", page)
        assert back
        assert (await post(http, back[0])).status_code == 303
        assert (await http.get("/rounds")).status_code == 200
    assert await value(world, "SELECT count(*) FROM account") == 1


async def brand(world: World) -> UUID:
    async with world.context.database.transaction() as store:
        return await save_brand(store, world.id, "acme", "Acme", ["gazipur"], world.clock())


# -- nobody is told -------------------------------------------------------------------------------


@pytest.fixture
async def brands_account(house: House) -> House:
    path = await house.invitation("ana@example.org", Standing("brand"), brand=await brand(house.world))
    async with house.browser() as http:
        await http.post(path, data={"name": "Ana", "password": GOOD})
    return house


async def test_every_failure_reads_the_same(brands_account: House) -> None:
    house = brands_account
    told = set[tuple[int, str]]()
    async with house.browser() as http:
        for email, password in [("ana@example.org", OTHER), ("nobody@example.org", OTHER), ("", ""), ("x\x00y", "z")]:
            answer = await sign_in(http, email, password)
            told.add((answer.status_code, answer.text))
        await run(house.world, "UPDATE account SET locked_at = now()")
        answer = await sign_in(http, "ana@example.org", GOOD)
        told.add((answer.status_code, answer.text))
        await run(house.world, "UPDATE account SET locked_at = NULL")
        for _ in range(6):
            answer = await sign_in(http, "ana@example.org", OTHER)
        answer = await sign_in(http, "ana@example.org", GOOD)  # right, and refused unread
        told.add((answer.status_code, answer.text))
    assert len(told) == 1
    assert not house.world.clock.forward(minutes=15) or await value(house.world, "SELECT count(*) FROM session") == 1


async def test_the_work_is_the_same_for_who_exists_and_who_does_not(
    brands_account: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes time: comparisons of passwords, and statements to the database."""
    house = brands_account
    done: list[str] = []

    class Watched(Passwords):
        async def fits(self, kept: str | None, password: str) -> bool:
            done.append("compared")
            return await super().fits(kept, password)

    from app.store.database import Store

    carried_out = Store._carry_out

    async def noted(self: Store, sql: str, *values: Any) -> Any:
        done.append(sql)
        return await carried_out(self, sql, *values)

    monkeypatch.setattr(Store, "_carry_out", noted)
    app = create_app(replace(house.world.wiring, passwords=Watched(time_cost=1, memory_cost=8, parallelism=1)))
    ways = []
    async with House(house.world, app).browser() as http:
        for email in ("ana@example.org", "nobody@example.org"):
            for _ in range(7):
                done.clear()
                await sign_in(http, email, OTHER)
                ways.append((email, tuple(done)))
    known, unknown = ([way for email, way in ways if email.startswith(name)] for name in ("ana", "nobody"))
    assert known == unknown
    assert sum("compared" in way for way in known) == 5, "what is refused unread costs no comparison"


async def test_after_five_failures_even_the_right_password_waits_and_then_does(brands_account: House) -> None:
    house = brands_account
    async with house.browser() as http:
        for _ in range(5):
            await sign_in(http, "ana@example.org", OTHER)
        assert (await sign_in(http, "ana@example.org", GOOD)).status_code == 401
        house.world.clock.forward(seconds=10)
        assert (await sign_in(http, "ana@example.org", GOOD)).status_code == 303
        assert await value(house.world, "SELECT max(failures) FROM sign_in_try") == 5, "the address's own failures stay"


async def test_a_forgotten_password_is_answered_alike_and_sends_a_letter_to_an_account_alone(
    brands_account: House,
) -> None:
    house = brands_account
    app = create_app(replace(house.world.wiring, mailer=object()))  # type: ignore[arg-type]
    async with House(house.world, app).browser() as http:
        answers = [
            (await http.post("/forgotten", data={"email": email})).text
            for email in ("ana@example.org", "no@example.org")
        ]
    assert answers[0] == answers[1]
    assert await rows(house.world, "SELECT purpose FROM letter") == [("reset",)]


# -- sessions -------------------------------------------------------------------------------------


async def test_a_session_ends_after_an_idle_hour_and_after_twelve_hours_in_any_case(brands_account: House) -> None:
    house = brands_account
    async with house.browser() as http:
        await sign_in(http, "ana@example.org", GOOD)
        for _ in range(13):
            house.world.clock.forward(minutes=55)
            assert (await http.get("/rounds")).status_code == 200
        house.world.clock.forward(minutes=55)
        assert (await http.get("/")).status_code == 303, "twelve hours"
        await sign_in(http, "ana@example.org", GOOD)
        house.world.clock.forward(hours=1)
        assert (await http.get("/")).status_code == 303, "an idle hour"


async def test_the_token_of_a_session_is_new_at_each_sign_in(brands_account: House) -> None:
    async with brands_account.browser() as http:
        await sign_in(http, "ana@example.org", GOOD)
        first = http.cookies["shiftline_session"]
        await sign_in(http, "ana@example.org", GOOD)
        assert http.cookies["shiftline_session"] != first


async def test_a_person_ends_another_session_of_theirs_and_nobody_elses(brands_account: House) -> None:
    house = brands_account
    async with house.browser() as here, house.browser() as phone, house.browser() as other:
        await sign_in(here, "ana@example.org", GOOD)
        await phone.post("/sign-in", data={"email": "ana@example.org", "password": GOOD}, headers={
            "user-agent": "Mozilla/5.0 (Android 14; Mobile) Gecko/121.0 Firefox/121.0"
        })  # fmt: skip
        page = (await here.get("/account")).text
        assert "Firefox, Android" in page
        (session,) = await rows(house.world, "SELECT id FROM session WHERE browser LIKE 'Firefox%'")
        await other.post("/sign-in", data={"key": house.world.keys["ngo"]})
        assert (await post(other, f"/account/sessions/{session[0]}/end")).status_code == 404
        assert (await post(here, f"/account/sessions/{session[0]}/end")).status_code == 303
        assert (await phone.get("/")).status_code == 303
        assert (await here.get("/rounds")).status_code == 200


async def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(brands_account: House) -> None:
    house = brands_account
    async with house.browser() as here, house.browser() as other:
        for http in (here, other):
            await sign_in(http, "ana@example.org", GOOD)
        assert (await post(here, "/account/password", old=OTHER, password=OTHER)).status_code == 422
        assert (await post(here, "/account/password", old=GOOD, password=OTHER)).status_code == 303
        assert ((await here.get("/rounds")).status_code, (await other.get("/rounds")).status_code) == (200, 303)
        assert (await sign_in(other, "ana@example.org", GOOD)).status_code == 401
        assert (await sign_in(other, "ana@example.org", OTHER)).status_code == 303


async def test_a_hash_of_other_costs_is_made_anew_when_its_owner_signs_in(brands_account: House) -> None:
    house = brands_account
    passwords = Passwords(time_cost=2, memory_cost=16, parallelism=1)
    app = create_app(replace(house.world.wiring, passwords=passwords))
    async with House(house.world, app).browser() as http:
        for password, costs in ((OTHER, "m=8,t=1"), (GOOD, "m=16,t=2")):
            await sign_in(http, "ana@example.org", password)
            assert costs in await value(house.world, "SELECT password FROM account")
        assert (await sign_in(http, "ana@example.org", GOOD)).status_code == 303


@pytest.mark.parametrize("token", ["", "0" * 64, "another's"])
async def test_a_form_without_the_token_of_its_session_changes_nothing(brands_account: House, token: str) -> None:
    house = brands_account
    async with house.browser() as http, house.browser() as other:
        await sign_in(http, "ana@example.org", GOOD)
        await sign_in(other, "ana@example.org", GOOD)
        if token == "another's":
            token = re.findall(r'name="form_token" value="(\w+)"', (await other.get("/account")).text)[0]
        answer = await http.post("/account/password", data={"old": GOOD, "password": OTHER, "form_token": token})
        assert answer.status_code == 403
        assert (await sign_in(other, "ana@example.org", GOOD)).status_code == 303


# -- an administrator's people --------------------------------------------------------------------


@pytest.fixture
async def admin(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    path = await house.invitation("admin@example.org", Standing(NGO, ADMIN))
    async with house.browser() as http:
        await http.post(path, data={"name": "Admin", "password": GOOD})
        await set_up_codes(house, http)
        yield http


async def test_an_administrator_invites_signs_out_and_takes_access_away(
    house: House, admin: httpx2.AsyncClient
) -> None:
    shown = await post(admin, "/accounts/invite", name="Edi", email="edi@example.org", role="ngo", grade="editor")
    link = re.search(r"/invitations/[\w-]+", shown.text)
    assert link
    assert shown.status_code == 201
    async with house.browser() as http:
        await http.post(link[0], data={"name": "Edi", "password": GOOD})
        await set_up_codes(house, http)
        assert (await http.get("/accounts")).status_code == 403, "an editor gives no access"
        assert (await http.get("/v1/keys")).status_code == 403
        account = await value(house.world, "SELECT id FROM account WHERE email = 'edi@example.org'")
        assert (await post(admin, f"/accounts/{account}/sessions/end")).status_code == 303
        assert (await http.get("/")).status_code == 303
        await post(admin, f"/accounts/{account}/remove")
        assert (await sign_in(http, "edi@example.org", GOOD)).status_code == 401
        assert "edi@example.org" not in (await admin.get("/accounts")).text
    assert (await post(admin, "/accounts/invite", name="X", email="no", role="ngo", grade="editor")).status_code == 422
    for more in ({"role": "operator"}, {"role": "ngo", "grade": "editor", "focal-point": "1"}):
        answer = await post(admin, "/accounts/invite", name="X", email="x@example.org", **more)
        assert answer.status_code == 422, more


async def test_a_reset_takes_the_lost_phone_away_and_ends_every_session(
    house: House, admin: httpx2.AsyncClient
) -> None:
    path = await house.invitation("edi@example.org", Standing(NGO, EDITOR))
    async with house.browser() as http:
        await http.post(path, data={"name": "Edi", "password": GOOD})
        await set_up_codes(house, http)
        account = await value(house.world, "SELECT id FROM account WHERE email = 'edi@example.org'")
        shown = (await post(admin, f"/accounts/{account}/reset", **{"second-factor": "1"})).text
        link = re.search(r"/reset/[\w-]+", shown)
        assert link
        assert (await http.get("/")).status_code == 200, "until it is used"
        assert (await http.post(link[0], data={"password": OTHER})).status_code == 303
        assert (await http.get("/")).status_code == 303
        assert (await http.post(link[0], data={"password": GOOD})).status_code == 404
        assert (await sign_in(http, "edi@example.org", OTHER)).status_code == 303
        assert (await http.get("/")).headers["location"] == "/account/second-factor"


async def test_no_reset_reaches_further_than_who_gives_it(house: House, admin: httpx2.AsyncClient) -> None:
    world = house.world
    async with world.context.database.transaction() as store:
        beta = await save_programme(store, "beta", "Beta", "Beta Line", 10, world.clock())
    cases = {
        "stranger@example.org": ([(Standing(NGO, EDITOR), beta.id)], 404),
        "both@example.org": ([(Standing(NGO, EDITOR), world.id), (Standing(NGO, EDITOR), beta.id)], 403),
        "focal@example.org": ([(Standing(NGO, EDITOR, frozenset({"focal-point"})), world.id)], 403),
        "plain@example.org": ([(Standing(NGO, EDITOR), world.id)], 200),
    }
    for email, (places, expected) in cases.items():
        async with house.browser() as http:
            for standing, programme in places:
                path = await house.invitation(email, standing, programme=programme)
                if (await http.post(path, data={"name": "P", "password": GOOD})).status_code != 303:
                    await post(http, f"{path}/join")
        account = await value(world, "SELECT id FROM account WHERE email = :email", email=email)
        assert (await post(admin, f"/accounts/{account}/reset")).status_code == expected, email


async def test_an_operator_locks_an_account_everywhere_and_lets_it_in_again(brands_account: House) -> None:
    house = brands_account
    account = await value(house.world, "SELECT id FROM account")
    async with house.browser() as operator, house.browser() as http:
        await operator.post("/sign-in", data={"key": house.world.keys["operator"]})
        await sign_in(http, "ana@example.org", GOOD)
        assert (await post(operator, f"/accounts/{account}/lock")).status_code == 303
        assert (await http.get("/")).status_code == 303
        assert (await sign_in(http, "ana@example.org", GOOD)).status_code == 401
        assert (await post(operator, f"/accounts/{account}/lock", again="1")).status_code == 303
        assert (await sign_in(http, "ana@example.org", GOOD)).status_code == 303


# -- headers --------------------------------------------------------------------------------------


async def test_https_is_for_always_where_it_is_served_and_nothing_is_kept_by_a_browser(house: House) -> None:
    async with house.browser() as http:
        assert "strict-transport-security" not in (await http.get("/sign-in")).headers
    served = create_app(replace(house.world.wiring, secure_cookies=True))
    async with House(house.world, served).browser() as http:
        answer = await http.get("/sign-in")
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        assert answer.headers["cache-control"] == "no-store"
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'self'" in policy
        assert (
            "secure"
            in (await http.post("/sign-in", data={"key": house.world.keys["ngo"]})).headers["set-cookie"].casefold()
        )
