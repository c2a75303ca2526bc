"""The registry on pages: searched, imported, put right, found true, where services are missing, likely duplicates."""

import json
import re
from typing import Any

import httpx2
import pytest

from tests.conftest import AMINA, World
from tests.steps import ask, client, rows, say, service, settle, value, write
from tests.web.forms import words as words_of
from tests.web.forms import wrong_fields

SHEET = "Organization,Service,Category,Country\nLegal house,Advice,legal,BD\n,Nobody's,legal,BD\n"


async def bring(http: httpx2.AsyncClient, content: bytes, source: str) -> httpx2.Response:
    return await http.post("/registry/import", data={"source": source}, files={"file": ("file", content)})


def words(answer: httpx2.Response) -> str:
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


@pytest.fixture
async def bank(world: World) -> World:
    async with client(world) as http:
        document = {"organizations": [service("Food <bank>", "food", capacity=3)]}
        done = await bring(http, json.dumps(document).encode(), "first")
        assert "Services 1" in words(done)
    return world


async def test_services_come_in_from_a_file_and_every_fault_is_told(bank: World) -> None:
    async with client(bank) as http:
        done = words(await bring(http, SHEET.encode(), "sheet"))
        assert "Services 1" in done
        assert "row 3" in done
        broken = await bring(http, b"{broken", "x")
        assert (broken.status_code, wrong_fields(broken)) == (422, ["file"])
        assert 'value="x"' in broken.text
        misfit = await bring(http, b"name\nfoo\n", "x")
        assert "has no column; name one" in words_of(misfit), "which columns are missing is told"
        for name in ("console", "Two words", ""):
            assert wrong_fields(await bring(http, SHEET.encode(), name)) == ["source"]
        found = await http.get("/registry", params={"search": "food"})
        assert "Food &lt;bank&gt;" in found.text
        assert "1 service" in words(found)
        assert "Advice" in words(await http.get("/registry", params={"category": "legal"}))
        assert "No service here yet" in words(await http.get("/registry", params={"search": "none"}))


async def test_a_service_is_put_right_and_what_was_not_touched_stays(bank: World) -> None:
    key = await value(bank, "SELECT id FROM service")
    address = f"/registry/services/{key}"
    form: dict[str, Any] = {
        "status": "temporarily closed", "sms_name": "The bank", "languages": "bn, en", "capacity": "5", "zone": "Asia/Dhaka",
        "category:food": "1", "category:housing": "1", "opens-MO": "09:00", "closes-MO": "17:00",
    }  # fmt: skip
    async with client(bank) as http:
        for changed, place in (
            ({"status": "x"}, "status"), ({"sms_name": ""}, "sms_name"), ({"languages": "klingon"}, "languages"),
            ({"capacity": "-1"}, "capacity"), ({"category:none": "1"}, "categories"), ({"closes-MO": ""}, "closes-MO"),
            ({"zone": "Mars"}, "zone"),
        ):  # fmt: skip
            refused = await http.post(address, data={**form, **changed})
            assert refused.status_code == 422
            assert f'id="wrong-{place}"' in refused.text, "the words stand by the field"
            assert f'<a href="#{place}">' in refused.text, "and the top leads there"
        every = {**form, "sms_name": "", "capacity": "x", "closes-MO": "", "opens-TU": "late", "zone": "Mars"}
        refused = await http.post(address, data=every)
        assert wrong_fields(refused) == ["sms_name", "capacity", "closes-MO", "opens-TU", "closes-TU"]
        assert 'value="x"' in refused.text, "what was typed is still there"
        assert (await http.post(address, data=form)).status_code == 303
        shown = (await http.get(address)).text
        assert 'value="The bank"' in shown
        assert (await http.post(f"{address}/verify")).status_code == 303
        assert (await http.get("/registry/services/00000000-0000-0000-0000-000000000001")).status_code == 404
        # Once more with less: what was ticked off goes, what stands is kept.
        less = {name: told for name, told in form.items() if name != "category:food"} | {"languages": "bn"}
        assert (await http.post(address, data=less)).status_code == 303
    (kept,) = await rows(
        bank, "SELECT status, sms_name, categories, languages, capacity, name, verified_on FROM service"
    )
    assert kept[:6] == ("temporarily closed", "The bank", ["housing"], ["bn"], 5, "Food <bank>")
    assert kept[6] == bank.clock().date()
    assert await value(bank, "SELECT schedules->0->>'opens_at' FROM service") == "09:00:00"


async def test_gaps_are_told_where_needs_found_no_service(bank: World) -> None:
    await bank.roster(f"{AMINA},gazipur,en,female")
    await write(bank)
    await ask(bank)
    await say(bank, AMINA, "1", "4", "2", "2")
    await settle(bank)
    async with client(bank) as http:
        assert "Nobody looked for a year" in words(await http.get("/loop/gaps"))
    async with bank.context.database.transaction() as store:
        await store.run("UPDATE service SET status = 'inactive'")
    async with client(bank) as http:
        told = (await http.get("/loop/gaps")).text
        assert re.search(r"Food</th><td[^>]*>Bangladesh.*?No service", told, re.DOTALL)


async def test_two_likely_the_same_are_decided_by_a_person(bank: World) -> None:
    async with client(bank) as http:
        document = {"organizations": [service("Food <bank>", "food")]}
        await bring(http, json.dumps(document).encode(), "second")
        shown = await http.get("/registry")
        assert "Likely the same service twice" in shown.text
        one, other = re.findall(r'name="(?:one|other)" value="([^"]+)"', shown.text)
        decided = await http.post("/registry/duplicates", data={"one": one, "other": other, "keep": one})
        assert decided.headers["location"] == "/registry?done=decided"
        assert "Likely the same" not in (await http.get("/registry")).text
        assert (await http.post("/registry/duplicates", data={"one": "", "other": ""})).status_code == 422
