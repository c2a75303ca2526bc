"""Who has access, by REST: let in, moved, shown the door; and what the trail keeps of who was not let in."""

import re
from uuid import UUID, uuid4

import pytest

from app.domain.roles import ADMIN, NGO, READER, Standing
from tests.conftest import World
from tests.steps import client, register, rows, service, value
from tests.web.test_accounts import GOOD, OTHER, House, brand, house, sign_in

__all__ = ["house"]


@pytest.fixture
async def rahima(house: House) -> UUID:
    """An NGO's reader."""
    path = await house.invitation("rahima@example.org", Standing(NGO, READER))
    async with house.browser() as http:
        await http.post(path, data={"name": "Rahima", "password": GOOD})
    return await value(house.world, "SELECT id FROM account")


async def test_somebody_is_invited_and_the_link_is_told_once(house: House) -> None:
    async with client(house.world) as http:
        made = await http.post(
            "/v1/accounts/invitations",
            json={"email": "Ana@example.org", "name": "Ana", "role": "ngo", "grade": "editor"},
        )
        assert made.status_code == 201, made.text
        (waiting,) = (await http.get("/v1/accounts/invitations")).json()
        assert (waiting["email"], waiting["grade"]) == ("ana@example.org", "editor")
        assert made.json()["link"].rsplit("/", 1)[1] not in str(waiting)
        assert (await http.delete(f"/v1/accounts/invitations/{waiting['id']}")).status_code == 204
        assert (await http.get("/v1/accounts/invitations")).json() == []
    async with house.browser() as guest:
        assert (await guest.get("/invitations/" + made.json()["link"].rsplit("/", 1)[1])).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param({"role": "ngo"}, 422, id="an NGO's person without a grade"),
        pytest.param({"role": "brand"}, 422, id="a brand's person without a brand"),
        pytest.param({"role": "brand", "brand": "nobody"}, 404, id="an unknown brand"),
        pytest.param({"role": "provider", "organization": str(uuid4())}, 404, id="an unknown organization"),
        pytest.param({"role": "operator"}, 422, id="an operator"),
        pytest.param({"role": "ngo", "grade": "reader", "scopes": ["focal-point"]}, 403, id="a scope not one's own"),
        pytest.param({"role": "king"}, 422, id="no role"),
    ],
)
async def test_what_nobody_may_give_is_refused(house: House, asked: dict[str, object], status: int) -> None:
    async with client(house.world) as http:
        answer = await http.post("/v1/accounts/invitations", json={"email": "a@example.org", "name": "A", **asked})
    assert answer.status_code == status, answer.text
    assert await value(house.world, "SELECT count(*) FROM account_link") == 0


async def test_somebody_gets_another_role_and_signs_in_anew(house: House, rahima: UUID) -> None:
    acme = await brand(house.world)
    async with client(house.world) as http:
        assert (
            await http.put(f"/v1/accounts/{rahima}/role", json={"role": "ngo", "grade": "admin"})
        ).status_code == 204
        (person,) = (await http.get("/v1/accounts")).json()
        assert (person["grade"], person["sessions"]) == ("admin", 0)
        assert (
            await http.put(f"/v1/accounts/{rahima}/role", json={"role": "brand", "brand": "acme"})
        ).status_code == 204
        assert (
            await http.put(f"/v1/accounts/{uuid4()}/role", json={"role": "ngo", "grade": "admin"})
        ).status_code == 404
    assert await rows(
        house.world, "SELECT role, brand_id FROM api_key WHERE account_id IS NOT NULL AND revoked_at IS NULL"
    ) == [("brand", acme)]


async def test_who_carries_a_scope_is_moved_by_who_may_give_it(house: House) -> None:
    path = await house.invitation("rahima@example.org", Standing(NGO, READER, frozenset({"focal-point"})))
    async with house.browser() as http:
        await http.post(path, data={"name": "Rahima", "password": GOOD})
    rahima = await value(house.world, "SELECT id FROM account")
    async with client(house.world) as http:
        moved = await http.put(f"/v1/accounts/{rahima}/role", json={"role": "ngo", "grade": "reader"})
    assert moved.status_code == 403
    assert await value(
        house.world, "SELECT scopes FROM api_key WHERE account_id = :id AND revoked_at IS NULL", id=rahima
    ) == ["focal-point"]


async def test_somebody_is_signed_out_locked_and_shown_the_door(house: House, rahima: UUID) -> None:
    async with client(house.world) as http, client(house.world, "operator") as operator, house.browser() as theirs:
        link = (await http.post(f"/v1/accounts/{rahima}/reset", json={})).json()["link"]
        await theirs.post(f"/reset/{link.rsplit('/', 1)[1]}", data={"password": OTHER})
        assert (await sign_in(theirs, "rahima@example.org", OTHER)).status_code == 303
        assert (await http.delete(f"/v1/accounts/{rahima}/sessions")).status_code == 204
        assert await value(house.world, "SELECT count(*) FROM session") == 0
        assert (await http.put(f"/v1/accounts/{rahima}/lock", json={"locked": True})).status_code == 403
        assert (await operator.put(f"/v1/accounts/{rahima}/lock", json={"locked": True})).status_code == 204
        assert (await sign_in(theirs, "rahima@example.org", OTHER)).status_code == 401
        assert (await operator.put(f"/v1/accounts/{rahima}/lock", json={"locked": False})).status_code == 204
        assert (await sign_in(theirs, "rahima@example.org", OTHER)).status_code == 303
        assert (await http.delete(f"/v1/accounts/{rahima}")).status_code == 204
        assert (await http.get("/v1/accounts")).json() == []


async def test_an_organization_s_people_are_invited_by_its_id(house: House) -> None:
    await register(house.world, service("Legal aid", "wages"))
    organization = await value(house.world, "SELECT id FROM organization")
    async with client(house.world) as http:
        asked = {"email": "desk@example.org", "name": "Desk", "role": "provider", "organization": str(organization)}
        assert (await http.post("/v1/accounts/invitations", json=asked)).status_code == 201
    assert await value(house.world, "SELECT organization_id FROM account_link") == organization


# -- who was not let in ---------------------------------------------------------------------------


async def trail_of(world: World) -> list[tuple[object, ...]]:
    return await rows(
        world, "SELECT account_id, audit.programme_id, action, object, outcome FROM audit LEFT JOIN api_key ON"
        " api_key.id = key_id WHERE outcome = 401 ORDER BY audit.id",
    )  # fmt: skip


async def test_a_try_that_failed_leaves_a_row_which_names_nobody_who_is_not_there(house: House, rahima: UUID) -> None:
    world = house.world
    async with house.browser() as http:
        await sign_in(http, "rahima@example.org", OTHER)
        await sign_in(http, "nobody@example.org", OTHER)
    assert await trail_of(world) == [
        (rahima, world.id, "POST /sign-in", None, 401),
        (None, None, "POST /sign-in", None, 401),
    ]
    assert not await value(world, "SELECT count(*) FROM audit WHERE CAST(audit AS text) ~ 'nobody|bicycles'")
    async with client(world) as ngo, client(world, "operator") as operator:
        mine = (await ngo.get("/v1/audit?failed=true")).json()
        assert [(row["by"], row["action"]) for row in mine] == [("Rahima", "POST /sign-in")]
        everybody = (await operator.get("/v1/audit?action=sign-in&failed=true")).json()
        assert [row["who"] is None for row in everybody] == [True, False]
        assert "nobody known" in (await operator.get("/audit?failed=1", headers={"accept": "text/html"})).text


async def test_who_is_made_to_wait_fills_no_trail(house: House, rahima: UUID) -> None:
    async with house.browser() as http:
        for _ in range(9):
            await sign_in(http, "rahima@example.org", OTHER)
    assert len(await trail_of(house.world)) == 5, "what waits is not looked at"


async def test_who_signs_in_leaves_no_failure(house: House) -> None:
    path = await house.invitation("ana@example.org", Standing("brand"), brand=await brand(house.world))
    async with house.browser() as http:
        await http.post(path, data={"name": "Ana", "password": GOOD})
        assert (await sign_in(http, "ana@example.org", GOOD)).status_code == 303
    assert await trail_of(house.world) == []


async def test_an_administrator_regrades_somebody_on_the_page(house: House, rahima: UUID) -> None:
    path = await house.invitation("ana@example.org", Standing(NGO, ADMIN))
    async with house.browser() as http:
        await http.post(path, data={"name": "Ana", "password": GOOD})
        ana = await value(house.world, "SELECT id FROM account WHERE email LIKE 'ana%'")
        await _with_codes(house, ana)
        page = (await http.get("/accounts")).text
        assert f'action="/accounts/{rahima}/grade"' in page
        assert f'action="/accounts/{ana}/grade"' not in page, "not one's own"
        token = re.search(r'name="form_token" value="(\w+)"', page)
        assert token
        given = {"form_token": token[1], "grade": "editor"}
        assert (await http.post(f"/accounts/{rahima}/grade", data=given)).status_code == 303
        assert (await http.post(f"/accounts/{ana}/grade", data=given)).status_code == 409
    assert await value(
        house.world, "SELECT grade FROM api_key WHERE account_id = :id AND revoked_at IS NULL", id=rahima
    ) == "editor"  # fmt: skip


async def _with_codes(house: House, account: UUID) -> None:
    from app.store.accounts import set_totp

    async with house.world.context.database.transaction() as store:
        await set_totp(store, house.world.context.vault, account, "JBSWY3DPEHPK3PXP", [])
