"""Who is told of sensitive cases, on a page: an administrator names them, and nobody reads an address or a number."""

import re

import pytest

from app.store.keys import create_key
from app.store.tables import focal_points
from tests.conftest import AMINA, World
from tests.steps import ask, client, rows, say, settle, value, write
from tests.web.forms import words, wrong_fields

RINA = {"name": "Rina <R>", "email": "rina@aid.example", "phone": "+880 1811-000009", "language": "bn"}
PHONE = "+8801811000009"


@pytest.fixture
async def staffed(world: World) -> World:
    async with world.context.database.transaction() as store:
        for name, more in (("focal", {"scopes": ["focal-point"]}), ("editor", {"grade": "editor"})):
            world.keys[name] = await create_key(store, "ngo", name, world.clock(), programme=world.id, **more)
    return world


async def test_who_is_named_is_told_of_a_case_and_shown_without_address_or_number(staffed: World) -> None:
    async with client(staffed, "focal") as http:
        assert "Nobody is told when a case comes up" in words(await http.get("/cases"))
    async with client(staffed) as http:
        assert "Nobody is told yet" in words(await http.get("/focal-points"))
        added = await http.post("/focal-points", data=RINA)
        assert (added.status_code, added.headers["location"]) == (303, "/focal-points?done=added")
        shown = await http.get("/focal-points?done=added")
        assert "Rina &lt;R&gt;" in shown.text
        assert "Bangla" in shown.text
        for secret in ("rina@", "aid.example", PHONE[1:], "1811"):
            assert secret not in shown.text
    async with client(staffed, "focal") as http:
        assert "Nobody is told when" not in words(await http.get("/cases"))
    await staffed.roster(f"{AMINA},gazipur,en,female")
    await write(staffed)
    await ask(staffed)
    await say(staffed, AMINA, "1", "4", "1", "yes, he hits me", "1")
    await settle(staffed)
    assert staffed.texts(PHONE), "the phone that was typed is texted"


async def test_one_is_removed_and_the_others_stay(staffed: World) -> None:
    async with client(staffed) as http:
        await http.post("/focal-points", data=RINA)
        await http.post("/focal-points", data={"name": "Selim", "email": "selim@aid.example", "language": "en"})
        gone = await value(staffed, "SELECT id FROM focal_point WHERE name = 'Selim'")
        assert (await http.post(f"/focal-points/{gone}/remove")).headers["location"] == "/focal-points?done=removed"
        assert (await http.post(f"/focal-points/{gone}/remove")).status_code == 404
    assert await rows(staffed, f"SELECT name FROM {focal_points.name}") == [("Rina <R>",)]


async def test_what_reaches_nobody_is_refused_at_its_field_and_the_rest_stays(staffed: World) -> None:
    async with client(staffed) as http:
        wrong = await http.post("/focal-points", data={"name": "", "email": "nonsense", "phone": "12", "language": "x"})
        assert (wrong.status_code, wrong_fields(wrong)) == (422, ["name", "email", "phone", "language"])
        nowhere = await http.post("/focal-points", data={"name": "Rina", "language": "bn"})
        assert wrong_fields(nowhere) == ["email"]
        assert 'value="Rina"' in nowhere.text
        assert re.search(r'value="bn" selected', nowhere.text)
        for number in range(20):
            await http.post("/focal-points", data={**RINA, "name": f"Person {number}"})
        full = await http.post("/focal-points", data=RINA)
        assert (full.status_code, "No more than 20" in full.text) == (422, True)
    assert await value(staffed, "SELECT count(*) FROM focal_point") == 20


async def test_only_an_administrator_names_them(staffed: World) -> None:
    async with client(staffed, "editor") as http:
        assert "An administrator of the programme names them." in words(await http.get("/focal-points"))
        assert (await http.post("/focal-points", data=RINA)).status_code == 403
    async with client(staffed, "operator") as http:
        assert (await http.get("/focal-points")).status_code == 403


async def test_by_rest_all_that_is_wrong_is_told_at_once_with_whom_it_is_of(world: World) -> None:
    async with client(world) as http:
        people = [{**RINA}, {"name": "Selim", "email": "nonsense", "phone": "12"}, {"name": "Asha", "language": "xx"}]
        refused = await http.put("/v1/focal-points", json={"people": people})
        assert refused.status_code == 422
        places = [fault["place"] for fault in refused.json()["errors"]]
        assert places == ["people.1.email", "people.1.phone", "people.2.email", "people.2.language"]
        assert "nonsense" not in refused.text, "an address is never repeated"
        assert (await http.get("/v1/focal-points")).json() == [], "nobody is named by half"
        assert (await http.put("/v1/focal-points", json={"people": people[:1]})).status_code == 200
