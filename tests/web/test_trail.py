"""The trail: whatever is looked at or changed leaves a row, which holds no number and no text and never changes."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from psycopg.errors import IntegrityError

from app.domain.errors import UnavailableError
from app.jobs.trail import let_trail_go
from app.store.audit import forget_trail
from app.store.keys import caller_of_key, create_key
from app.store.programmes import save_programme
from app.web.app import create_app
from app.web.pages.accounts.deeds import ROUTES, ending
from tests.conftest import AMINA, World
from tests.steps import ask, rows, run, value, write


def knock(world: World, key: str, **wired: Any) -> httpx2.AsyncClient:
    app = create_app(replace(world.wiring, **wired))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {world.keys.get(key, key)}"}
    return httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)


async def told(world: World) -> list[tuple[str, str | None, int]]:
    found = await rows(world, "SELECT action, object, outcome FROM audit ORDER BY id")
    return [tuple(row) for row in found]


async def test_every_look_and_every_change_leaves_a_row_of_who_what_which_and_how_it_ended(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    asked = await ask(world)
    async with knock(world, "ngo") as http:
        await http.get(f"/rounds/{asked}", headers={"accept": "text/html"})
        await http.get(f"/v1/rounds/{asked}")
        await http.get("/v1/surveys/pulse")
        await http.post("/v1/keys", json={"role": "ngo", "label": "colleague"})
        await http.get("/v1/needs/sensitive")
        await http.get("/v1/surveys/8801711000001")
        await http.get("/v1/openapi.json")
        await http.get("/health")
    assert await told(world) == [
        ("GET /rounds/{round_id}", str(asked), 200),
        ("GET /v1/rounds/{round_id}", str(asked), 200),
        ("GET /v1/surveys/{code}", "pulse", 200),
        ("POST /v1/keys", None, 201),
        ("GET /v1/needs/sensitive", None, 403),
        ("GET /v1/surveys/{code}", None, 404),
    ]
    async with world.context.database.transaction() as store:
        ngo = await caller_of_key(store, world.keys["ngo"])
    assert await rows(world, "SELECT DISTINCT key_id, programme_id FROM audit") == [(ngo.key, world.id)]


async def test_no_number_and_no_text_stands_in_the_trail(world: World) -> None:
    secret = "+8801711000001"
    async with knock(world, "ngo") as http:
        for path in (
            f"/v1/surveys/{secret}",
            f"/v1/rounds/{secret}",
            f"/v1/sites?note={secret}",
            f"/v1/brands/{secret}",
        ):
            await http.get(path)
        await http.put(f"/v1/brands/{secret}", json={"name": secret, "sites": [secret]})
        await http.post("/v1/keys", json={"role": "ngo", "label": f"I was hit {secret}"})
    kept = str(await rows(world, "SELECT audit::text FROM audit"))
    assert kept.count("/v1/") >= 5
    assert "1711000001" not in kept
    assert "hit" not in kept


async def test_what_cannot_be_written_down_is_not_handed_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_given: Any) -> None:
        raise UnavailableError("away")

    monkeypatch.setattr("app.web.trail.write_down", away)
    async with knock(world, "ngo") as http:
        answer = await http.get("/v1/sites")
        assert answer.status_code == 503
        assert "gazipur" not in answer.text


@pytest.mark.parametrize("statement", ["UPDATE audit SET outcome = 200", "DELETE FROM audit", "TRUNCATE audit"])
async def test_nobody_alters_the_trail(world: World, statement: str) -> None:
    async with knock(world, "ngo") as http:
        await http.get("/v1/sites")
    with pytest.raises(IntegrityError):
        await run(world, statement)
    assert len(await told(world)) == 1


async def _forget_all(world: World, border: datetime) -> None:
    async with world.context.database.transaction() as store:
        await forget_trail(store, border)
        await store.run("DELETE FROM audit")


async def test_rows_leave_by_age_alone(world: World) -> None:
    async with knock(world, "ngo") as http:
        await http.get("/v1/sites")
        border = world.clock.forward(days=30)
        await http.get("/v1/brands")
    async with world.context.database.transaction() as store:
        assert await forget_trail(store, border - timedelta(days=31)) == 0
    context = replace(world.context, audit_months=1)
    assert await let_trail_go(context, border + timedelta(days=31))
    assert not await let_trail_go(context, border + timedelta(days=31))
    assert await told(world) == [("GET /v1/brands", None, 200)]
    with pytest.raises(IntegrityError):
        await _forget_all(world, border)


async def test_an_administrator_reads_the_programmes_trail_and_an_operator_everybodys(world: World) -> None:
    async with world.context.database.transaction() as store:
        beta = await save_programme(store, "beta", "Beta", "Beta Line", 10, world.clock())
        world.keys["beta"] = await create_key(store, "ngo", "b", world.clock(), programme=beta.id)
        world.keys["reader"] = await create_key(store, "ngo", "r", world.clock(), programme=world.id, grade="reader")
    for key in ("ngo", "beta", "operator", "reader"):
        async with knock(world, key) as http:
            await http.get("/v1/rounds")
    async with knock(world, "reader") as http:
        assert (await http.get("/v1/audit")).status_code == 403
    async with knock(world, "ngo") as http:
        seen = (await http.get("/v1/audit")).json()
        assert {row["programme"] for row in seen} == {"alpha"}
        assert {row["by"] for row in seen} == {"test", "r"}
    async with knock(world, "operator") as http:
        seen = (await http.get("/v1/audit")).json()
        assert {row["programme"] for row in seen} == {"alpha", "beta", ""}


async def test_the_trail_is_filtered_by_who_what_when_and_how_it_ended(world: World) -> None:
    async with knock(world, "ngo") as http:
        begun = world.clock()
        await http.get("/v1/sites")
        await http.get("/v1/surveys/none")
        later = world.clock.forward(hours=1)
        await http.get("/v1/brands")

        async def actions(**chosen: Any) -> list[str]:
            return [row["action"] for row in (await http.get("/v1/audit", params=chosen)).json()]

        assert await actions(until=later.isoformat()) == ["GET /v1/surveys/{code}", "GET /v1/sites"]
        assert (await actions(since=later.isoformat()))[-1] == "GET /v1/brands"
        assert await actions(failed=True) == ["GET /v1/surveys/{code}"]
        assert await actions(action="/v1/sites") == ["GET /v1/sites"]
        assert await actions(who="00000000-0000-0000-0000-000000000000") == []
        key = await value(world, "SELECT key_id FROM audit LIMIT 1")
        page = (await http.get("/v1/audit", params={"who": str(key), "limit": 1})).json()
        assert len(page) == 1
        assert page[0]["id"] > (await http.get("/v1/audit", params={"before": page[0]["id"]})).json()[0]["id"]
        shown = await http.get(f"/audit?since={begun.date()}&action=sites", headers={"accept": "text/html"})
        assert re.findall(r"([^<>]+)<br><code[^>]*>(GET [^<]+)</code>", shown.text) == [
            ("Look at people and sites", "GET /v1/sites")
        ]
        assert (await http.get("/audit?since=no&who=no&before=no", headers={"accept": "text/html"})).status_code == 200
    assert later - begun == timedelta(hours=1)


async def test_what_the_trail_says_in_words_is_said_of_routes_there_are(world: World) -> None:
    from tests.web.test_access import routes

    known = {f"{method} {path}" for method, path, _ in routes(create_app(world.wiring))}
    assert set(ROUTES) - {re.sub(r":\w+}", "}", one) for one in known} == set()


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        pytest.param(303, "done", id="and led on"),
        pytest.param(422, "refused", id="a form with faults"),
        pytest.param(503, "failed", id="not for the asker to mend"),
    ],
)
def test_an_outcome_is_told_in_a_word(outcome: int, told: str) -> None:
    assert ending(outcome) == told


async def test_a_reader_changes_nothing_on_any_route(world: World) -> None:
    """And an editor reaches all but who has access."""
    from tests.web.test_access import address, routes

    async with world.context.database.transaction() as store:
        for grade in ("reader", "editor"):
            world.keys[grade] = await create_key(store, "ngo", grade, world.clock(), programme=world.id, grade=grade)
    app = create_app(world.wiring)
    walked = [(method, path) for method, path, dependant in routes(app) if dependant is not None and method != "GET"]
    mine = re.compile(
        r"/account(/|$)|/invitations/|/v1/exports|/reports|/rounds/\{round_id\}/respondents|/sign-|/forgotten|/reset"
    )
    async with knock(world, "reader") as reader:
        for method, path in walked:
            if mine.search(path) is None and not path.startswith("/carriers"):
                answer = await reader.request(method, address(path))
                assert answer.status_code in {401, 403}, f"{method} {path}: {answer.status_code}"
    async with knock(world, "editor") as editor:
        for path in ("/v1/keys", "/accounts", "/audit", "/v1/audit"):
            assert (await editor.get(path)).status_code == 403
        assert (await editor.get("/v1/sites")).status_code == 200
