"""People on the pages: a roster is looked at and taken in, sites and head-counts are kept, somebody is erased."""

import html
import io
import re
from typing import Any
from uuid import uuid4

import httpx2
import openpyxl
import pytest

from app.store.keys import create_key
from tests.conftest import AMINA, BILAL, World
from tests.steps import client, rows, value
from tests.web.forms import words, wrong_fields

SHEET = """Mobile number;Sex;Remark
01711000001;female;a
01711000002;male;b
12;female;c
"""


def workbook(*lines: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)  # type: ignore[union-attr] - a new workbook has a sheet
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


async def look(http: httpx2.AsyncClient, content: bytes, name: str = "roster.csv") -> httpx2.Response:
    return await http.post("/people/roster/look", files={"file": (name, content)})


def form_of(answer: httpx2.Response) -> dict[str, str]:
    """What the browser would send back, with what is chosen."""
    sealed = re.search(r'name="sealed" value="([^"]+)"', answer.text)
    assert sealed, answer.text
    chosen = re.findall(r'<select name="([^"]+)">(.*?)</select>', answer.text, re.DOTALL)
    values = {name: re.search(r'value="([^"]*)" selected', options) for name, options in chosen}
    return {"sealed": sealed[1]} | {name: html.unescape(found[1]) for name, found in values.items() if found}


async def test_a_roster_is_looked_at_put_right_and_taken_in_and_no_number_is_shown(world: World) -> None:
    async with client(world) as http:
        looked = await look(http, SHEET.encode())
        assert looked.status_code == 422, "the site and the language have no column"
        form = form_of(looked)
        assert form["column:phone"] == "Mobile number"
        assert form["column:gender"] == "Sex"
        mended = {**form, "all:site": "gazipur", "all:language": "en"}
        again = await http.post("/people/roster", data={**mended, "step": "look"})
        assert again.status_code == 200
        assert "New 2 Changed 0 Unchanged 0 Left out 1" in words(again)
        assert "+880…01" in again.text
        assert "row 4, phone" in again.text
        assert await value(world, "SELECT count(*) FROM identity") == 0, "nothing is written by a look"
        taken = await http.post("/people/roster", data={**mended, "step": "import"})
        assert "New 2" in words(taken)
        counted = await http.get("/people")
        assert "Enrolled 2" in words(counted)
        for answer in (looked, again, taken, counted):
            assert "1711000001" not in answer.text
    assert await rows(world, "SELECT gender, language FROM enrolment ORDER BY gender") == [
        ("female", "en"),
        ("male", "en"),
    ]


async def test_a_workbook_is_read_as_a_table_is_and_numbers_stay_whole(world: World) -> None:
    content = workbook(
        ("phone", "site", "language"),
        (8801711000001, "gazipur", "en"),
        (None, None, None),
        ("+8801711000002", "x", "en"),
    )
    async with client(world) as http:
        looked = await look(http, content, "roster.xlsx")
        assert "New 1" in words(looked)
        assert "row 4, site" in looked.text, "an empty row is counted"
        assert (await look(http, b"PK\x03\x04 broken")).status_code == 422
        assert (await look(http, b"\xff\xfe")).status_code == 422
        assert (await look(http, b"")).status_code == 422


async def test_a_sealed_roster_is_its_uploaders_for_an_hour(world: World) -> None:
    async with world.context.database.transaction() as store:
        world.keys["other"] = await create_key(store, "ngo", "o", world.clock(), programme=world.id)
    async with client(world) as http:
        form = form_of(await look(http, f"phone,site,language\n{AMINA},gazipur,en\n".encode()))
    async with client(world, "other") as http:
        refused = await http.post("/people/roster", data={**form, "step": "import"})
        assert (refused.status_code, "hour" in refused.text) == (422, True)
    world.clock.forward(minutes=61)
    async with client(world) as http:
        assert (await http.post("/people/roster", data={**form, "step": "import"})).status_code == 422
        for sealed in ("", "1.x", "9.AAAA", form["sealed"][:-8] + "AAAAAAA="):
            assert (await http.post("/people/roster", data={**form, "sealed": sealed})).status_code == 422
    assert await value(world, "SELECT count(*) FROM worker") == 0


async def test_a_site_and_its_head_counts_are_kept_and_every_fault_is_named(world: World) -> None:
    site = {
        "code": "dhaka", "name": "Dhaka <mill>", "supplier": "Alpha", "country": "bd", "zone": "Asia/Dhaka",
        "headcount": "100", "margin:gender": "female: 60\nmale: 40", "latitude": "23.8", "longitude": "90.4",
    }  # fmt: skip
    async with client(world) as http:
        for changed, place in (
            ({"zone": "Mars"}, "zone"), ({"country": "Bengal"}, "country"), ({"headcount": "x"}, "headcount"),
            ({"longitude": ""}, "longitude"), ({"margin:gender": "female 60"}, "margin-gender"),
            ({"code": "gazipur"}, "code"), ({"margin:gender": "female: 60"}, "margin-gender"),
        ):  # fmt: skip
            refused = await http.post("/people/sites/new", data={**site, **changed})
            assert refused.status_code == 422
            assert wrong_fields(refused) == [place]
            assert "Dhaka &lt;mill&gt;" in refused.text, "what was typed is still there"
        assert (await http.get("/people/sites/dhaka")).status_code == 404, "nothing is kept of a form with faults"
        every = {**site, "zone": "Mars", "name": "", "latitude": "999", "margin:gender": "female 60"}
        assert wrong_fields(await http.post("/people/sites/new", data=every)) == [
            "name",
            "zone",
            "latitude",
            "margin-gender",
        ]
        assert (await http.post("/people/sites/new", data=site)).status_code == 303
        shown = await http.get("/people/sites/dhaka")
        assert "female: 60" in shown.text
        assert "Dhaka &lt;mill&gt;" in shown.text
        wrong = await http.post("/people/sites/dhaka", data={**site, "margin:gender": "female: 60"})
        assert (wrong.status_code, "adds up to 60" in wrong.text) == (422, True)
        assert (await http.get("/people/sites/none")).status_code == 404
    assert await rows(world, "SELECT category, people FROM site_margin ORDER BY 1") == [("female", 60), ("male", 40)]


async def test_somebody_is_erased_by_an_administrator_who_is_sure(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female", f"{BILAL},gazipur,en,male")
    async with world.context.database.transaction() as store:
        world.keys["editor"] = await create_key(store, "ngo", "e", world.clock(), programme=world.id, grade="editor")
    async with client(world) as http:
        unsure = await http.post("/people/erase", data={"phone": AMINA})
        assert (unsure.status_code, AMINA in unsure.text) == (422, False)
        unknown = await http.post("/people/erase", data={"phone": "+8801711999999", "sure": "1"})
        assert (unknown.status_code, "no worker" in unknown.text) == (422, True)
        done = await http.post("/people/erase", data={"phone": AMINA, "sure": "1"})
        assert done.headers["location"] == "/people?done=erased"
        assert "Enrolled 1" in words(await http.get("/people"))
    async with client(world, "editor") as http:
        assert "Erase somebody" not in (await http.get("/people")).text
        assert (await http.post("/people/erase", data={"phone": BILAL, "sure": "1"})).status_code == 403


@pytest.mark.parametrize("cell", ["8801711000001", "+8801711000001", "01711-000001"])
async def test_a_number_in_a_wrong_column_is_not_shown_either(world: World, cell: str) -> None:
    content = f"phone,site,language,gender\n{AMINA},gazipur,en,{cell}\n".encode()
    async with client(world) as http:
        looked = await look(http, content)
        assert "711000001" not in looked.text.replace("-", "")
        assert (await http.get(f"/people/sites/{uuid4()}")).status_code == 404
