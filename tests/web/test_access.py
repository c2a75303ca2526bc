"""Who may do what: every route is walked, and nobody reads what is another's."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.store.keys import caller_of_key, create_key, revoke_key
from app.store.programmes import save_brand, save_channel, save_programme, save_sites
from app.web.access import BRAND, NGO, OPERATOR, PROVIDER, roles_of
from app.web.app import OPEN, create_app
from tests.conftest import AMINA, OTHER_SENDER, SITES, World
from tests.steps import ask, register, rows, run, say, service, settle, value, write

ROLES = (OPERATOR, NGO, BRAND, PROVIDER)


def routes(app: FastAPI) -> list[tuple[str, str, Any]]:
    """Every (method, path, dependant); a mount has no dependant."""
    found: list[tuple[str, str, Any]] = []
    for context in iter_route_contexts(app.routes):
        route: Any = context.route if hasattr(context, "route") else context
        original = getattr(context, "original_route", route)
        methods = getattr(context, "methods", None) or getattr(original, "methods", None) or {"*"}
        path = getattr(context, "path", None) or original.path
        dependant = getattr(original, "dependant", None)
        found += [(method, path, dependant) for method in sorted(methods - {"HEAD"})]
    return found


def address(path: str) -> str:
    """The path with something in every place."""
    return re.sub(r"{(\w+)(:\w+)?}", lambda place: "x" if place[1] in {"code", "name"} else str(uuid4()), path)


@dataclass
class Doors:
    """The programme with a key of every role, and its neighbour beta with its own."""

    world: World
    app: FastAPI
    brand: UUID
    organization: UUID

    def knock(self, key: str | None) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)


@pytest.fixture
async def doors(world: World) -> Doors:
    await register(world, service("Food bank", "food"))
    now = world.clock()
    async with world.context.database.transaction() as store:
        organization = await store.value("SELECT id FROM organization")
        brand = await save_brand(store, world.id, "acme", "Acme", ["gazipur"], now)
        world.keys["brand"] = await create_key(store, "brand", "b", now, programme=world.id, brand=brand)
        world.keys["provider"] = await create_key(
            store, "provider", "p", now, programme=world.id, organization=organization
        )
        beta = await save_programme(store, "beta", "Beta", "Beta Line", 10, now)
        await save_channel(store, beta.id, "simulator", OTHER_SENDER, now)
        await save_sites(store, beta.id, SITES, now)
        world.keys["beta"] = await create_key(store, "ngo", "beta", now, programme=beta.id)
        world.keys["focal"] = await create_key(store, "ngo", "f", now, programme=world.id, scopes=["focal-point"])
    return Doors(world, create_app(world.wiring), brand, organization)


async def test_every_route_is_guarded_or_known_to_be_open(world: World) -> None:
    walked = routes(create_app(world.wiring))
    assert len(walked) > 40, "the walk must see them all"
    for method, path, dependant in walked:
        guarded = dependant is not None and roles_of(dependant)
        assert bool(guarded) != (path in OPEN), f"{method} {path}"
        assert not guarded or guarded <= set(ROLES)


async def test_a_route_without_a_guard_is_found(world: World) -> None:
    app = create_app(world.wiring)
    app.add_api_route("/v1/leak", lambda: None)
    assert [
        path for _, path, dependant in routes(app) if dependant and roles_of(dependant) is None and path not in OPEN
    ] == ["/v1/leak"]


async def test_every_guarded_route_refuses_who_has_no_key_or_a_wrong_one(doors: Doors) -> None:
    async with doors.world.context.database.transaction() as store:
        revoked = await create_key(store, "operator", "old", doors.world.clock())
        await revoke_key(store, (await caller_of_key(store, revoked)).key, None, doors.world.clock())
    for given in (None, "", "sl_ngo_wrong", revoked):
        async with doors.knock(given) as http:
            for method, path, _ in (found for found in routes(doors.app) if found[1] not in OPEN):
                answer = await http.request(method, address(path))
                assert answer.status_code == 401, f"{method} {path} with {given and given[:6]!r}"
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("role", ROLES)
async def test_every_guarded_route_refuses_every_role_it_does_not_name(doors: Doors, role: str) -> None:
    refused = 0
    async with doors.knock(doors.world.keys[role]) as http:
        for method, path, dependant in routes(doors.app):
            allowed = roles_of(dependant) if dependant else None
            if allowed is None:
                continue
            answer = await http.request(method, address(path))
            if role in allowed:
                assert answer.status_code != 401, f"{method} {path}"
                assert answer.status_code < 500, f"{method} {path}: {answer.text}"
            else:
                refused += 1
                assert answer.status_code == 403, f"{method} {path}"
    assert refused > 3


async def test_the_pages_send_a_stranger_to_the_sign_in_form(doors: Doors) -> None:
    async with doors.knock(None) as http:
        answer = await http.get("/", headers={"accept": "text/html"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/")


@pytest.mark.parametrize("scheme", ["Basic", "bearer ", "Token", ""])
async def test_a_key_in_another_scheme_is_no_key(doors: Doors, scheme: str) -> None:
    async with doors.knock(None) as http:
        good = scheme.strip().casefold() == "bearer"
        answer = await http.get("/v1/sites", headers={"Authorization": f"{scheme} {doors.world.keys['ngo']}"})
        assert answer.status_code == (200 if good else 401)


async def test_a_revoked_key_stops_at_once(doors: Doors) -> None:
    async with doors.knock(doors.world.keys["ngo"]) as http:
        listed = (await http.get("/v1/keys")).json()
        (brand,) = [key["id"] for key in listed if key["role"] == "brand"]
        async with doors.knock(doors.world.keys["brand"]) as other:
            assert (await other.get("/v1/rounds")).status_code == 200
            assert (await http.delete(f"/v1/keys/{brand}")).status_code == 204
            assert (await other.get("/v1/rounds")).status_code == 401


# -- tenancy --------------------------------------------------------------------------------------


@pytest.fixture
async def busy(doors: Doors) -> Doors:
    """Alpha has a round, a referral and a sensitive need."""
    world = doors.world
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    await ask(world)
    await say(world, AMINA, "1", "4", "2", "1")
    await settle(world)
    await say(world, AMINA, "2")
    await settle(world)
    await say(world, AMINA, "1")
    assert await value(world, "SELECT count(*) FROM referral") == 1
    return doors


async def test_another_programme_finds_nothing_of_ours(busy: Doors) -> None:
    world = busy.world
    created, referral, needed, offered, key = [
        await value(world, sql)
        for sql in (
            "SELECT id FROM round", "SELECT id FROM referral", "SELECT id FROM need WHERE sensitivity = 'standard'",
            "SELECT id FROM service", "SELECT id FROM api_key WHERE programme_id IS NOT NULL ORDER BY id LIMIT 1",
        )
    ]  # fmt: skip
    addresses: list[tuple[str, str, Any]] = [
        ("GET", f"/v1/rounds/{created}", None),
        ("POST", f"/v1/rounds/{created}/publish", None),
        ("GET", f"/v1/rounds/{created}/unclear", None),
        ("GET", "/v1/surveys/pulse", None),
        ("POST", "/v1/surveys/pulse/publish", None),
        ("GET", f"/v1/services/{offered}", None),
        ("GET", f"/v1/referrals/{referral}", None),
        ("POST", f"/v1/referrals/{referral}/state", {"state": "cancelled"}),
        ("POST", f"/v1/needs/{needed}/close", None),
        ("DELETE", f"/v1/keys/{key}", None),
        ("POST", "/v1/rounds", {"survey": "pulse", "name": "x"}),
        ("POST", "/v1/rounds/preview", {"survey": "pulse", "name": "x"}),
        ("POST", "/v1/keys", {"role": "brand", "label": "x", "brand": "acme"}),
        ("POST", "/v1/keys", {"role": "provider", "label": "x", "organization": str(busy.organization)}),
        ("PUT", "/v1/brands/acme", {"name": "Acme", "sites": ["nowhere"]}),
    ]
    async with busy.knock(world.keys["beta"]) as http:
        for method, path, body in addresses:
            answer = await http.request(method, path, json=body)
            assert answer.status_code == 404, f"{method} {path}: {answer.status_code}"
        for path in ("/v1/rounds", "/v1/surveys", "/v1/referrals", "/v1/needs", "/v1/brands", "/v1/workers"):
            assert (await http.get(path)).json() == [], path
        assert (await http.get("/v1/services")).json()["total_items"] == 0
        assert [listed["label"] for listed in (await http.get("/v1/keys")).json()] == ["beta"]
    assert await value(world, "SELECT state FROM referral") == "requested"
    assert await rows(world, "SELECT revoked_at FROM api_key WHERE id = :key", key=key) == [(None,)]


async def test_a_provider_finds_no_referral_of_another_organization(busy: Doors) -> None:
    world = busy.world
    await register(world, service("Clinic", "health"))
    other = await value(world, "SELECT organization_id FROM service WHERE name = 'Clinic'")
    async with world.context.database.transaction() as store:
        key = await create_key(store, "provider", "c", world.clock(), programme=world.id, organization=other)
    referral = await value(world, "SELECT id FROM referral")
    async with busy.knock(key) as http:
        assert (await http.get("/v1/referrals")).json() == []
        for method, path, body in (
            ("GET", f"/v1/referrals/{referral}", None),
            ("GET", f"/v1/referrals/{referral}/contact", None),
            ("POST", f"/v1/referrals/{referral}/state", {"state": "accepted"}),
        ):
            assert (await http.request(method, path, json=body)).status_code == 404, path
    async with busy.knock(world.keys["provider"]) as http:
        path = f"/v1/referrals/{referral}"
        assert [found["id"] for found in (await http.get("/v1/referrals")).json()] == [str(referral)]
        assert (await http.get(f"{path}/contact")).status_code == 409, "not before it accepts"
        assert (await http.post(f"{path}/state", json={"state": "accepted"})).status_code == 200
        assert (await http.get(f"{path}/contact")).json() == {"number": AMINA, "language": "en"}


async def test_a_brand_finds_no_round_of_another_brands_site(busy: Doors) -> None:
    world = busy.world
    async with world.context.database.transaction() as store:
        brand = await save_brand(store, world.id, "zeta", "Zeta", ["nairobi"], world.clock())
        key = await create_key(store, "brand", "z", world.clock(), programme=world.id, brand=brand)
    created = await value(world, "SELECT id FROM round")
    async with busy.knock(key) as http:
        assert (await http.get("/v1/rounds")).json() == []
        assert (await http.get(f"/v1/rounds/{created}")).status_code == 404
        assert [site["code"] for site in (await http.get("/v1/sites")).json()] == ["nairobi"]
    async with busy.knock(world.keys["brand"]) as http:
        assert (await http.get(f"/v1/rounds/{created}")).status_code == 200
        assert [site["code"] for site in (await http.get("/v1/sites")).json()] == ["gazipur"]


async def test_a_sensitive_need_is_seen_with_a_focal_points_key_alone(busy: Doors) -> None:
    world = busy.world
    needed = await value(world, "SELECT id FROM need WHERE sensitivity = 'high'")
    async with busy.knock(world.keys["ngo"]) as http:
        assert "harassment" not in (await http.get("/v1/needs")).text
        assert (await http.get("/v1/needs/sensitive")).status_code == 403
        assert (await http.post(f"/v1/needs/{needed}/close")).status_code == 404
    async with busy.knock(world.keys["focal"]) as http:
        # Amina wants no call: her word closes the case, and the desk shows what is open.
        assert "harassment" not in (await http.get("/v1/needs/sensitive")).text
        await run(world, "UPDATE need SET state = 'person' WHERE id = :id", id=needed)
        assert "harassment" in (await http.get("/v1/needs/sensitive")).text
        assert (await http.post(f"/v1/needs/{needed}/close")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"role": "operator", "label": "x"}, id="an operator's key"),
        pytest.param({"role": "ngo", "label": "x", "programme": "beta"}, id="a key of another programme"),
    ],
)
async def test_an_ngo_cannot_make_itself_more(doors: Doors, body: dict[str, str]) -> None:
    before = await value(doors.world, "SELECT count(*) FROM api_key")
    async with doors.knock(doors.world.keys["ngo"]) as http:
        assert (await http.post("/v1/keys", json=body)).status_code == 403
    assert await value(doors.world, "SELECT count(*) FROM api_key") == before


async def test_a_cookie_changes_nothing_from_another_site(doors: Doors) -> None:
    async with doors.knock(None) as http:
        signed_in = await http.post(
            "/sign-in",
            data={"key": doors.world.keys["ngo"]},
            headers={"origin": "http://testserver"},
        )
        assert signed_in.status_code == 303
        assert (await http.get("/v1/sites")).status_code == 200
        body = {"role": "ngo", "label": "evil"}
        for origin in (None, "https://evil.example", "null"):
            headers = {"origin": origin} if origin else {}
            assert (await http.post("/v1/keys", json=body, headers=headers)).status_code == 403
        assert (await http.post("/v1/keys", json=body, headers={"origin": "http://testserver"})).status_code == 201
