"""What is taken away is what the dashboard shows, in files that other people's programs open."""

import csv
import io
import json
from datetime import datetime
from typing import Any
from uuid import UUID

import duckdb
import openpyxl
import pytest

from app.domain.sheets import harmless
from app.jobs.publishing import publish_round
from app.jobs.takeaway import files
from app.store.keys import create_key
from app.store.programmes import save_brand
from tests.conftest import AMINA, World
from tests.steps import ask, client, run, score_site, write

SITES = (("gazipur", "=cmd|' /C calc'!A0"), ("savar", "সাভার গার্মেন্টস"), ("tongi", "Tongi"))


async def published(world: World) -> UUID:
    """A round of three sites: two with 40 people each, and one with so few that it is hidden."""
    await world.roster(f"{AMINA},gazipur,en,")
    await write(world)
    created = await ask(world)
    for (code, name), people in zip(SITES, (40, 40, 3), strict=True):
        await run(
            world,
            "INSERT INTO site (id, programme_id, code, name, country, zone) VALUES (gen_random_uuid(), :programme, :code,"
            " :name, 'BD', 'Asia/Dhaka') ON CONFLICT (programme_id, code) DO UPDATE SET name = excluded.name",
            programme=world.id, code=code, name=name,
        )  # fmt: skip
        await score_site(world, created, code, people, 60)
    await publish_round(world.context, world.id, created, world.clock.forward(seconds=1))
    return created


async def fetched(world: World, address: str, key: str = "ngo", **asked: Any) -> bytes:
    async with client(world, key) as http:
        answer = await http.get(address, params=asked or None)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment")
    return answer.content


async def board(world: World, created: UUID, key: str = "ngo") -> list[dict[str, Any]]:
    async with client(world, key) as http:
        return (await http.get(f"/v1/rounds/{created}")).json()["figures"]


async def brand_key(world: World, *sites: str) -> str:
    async with world.context.database.transaction() as store:
        brand = await save_brand(store, world.id, "acme", "Acme", sites, world.clock())
        world.keys["brand"] = await create_key(store, "brand", "b", world.clock(), programme=world.id, brand=brand)
    return "brand"


def shown(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("indicator", "level", "site", "n", "value", "low", "high", "hidden")
    return [tuple(row[name] for name in names) for row in rows]


@pytest.mark.parametrize("key", ["ngo", "brand"])
async def test_a_csv_holds_what_the_same_keys_dashboard_shows(world: World, key: str) -> None:
    created = await published(world)
    await brand_key(world, "gazipur", "tongi")
    content = await fetched(world, f"/v1/rounds/{created}/export", key, format="csv")
    assert content.startswith(b"\xef\xbb\xbf"), "or Excel garbles Bengali"
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    told = await board(world, created, key)
    assert [(row["level"], row["site"], row["n"], row["value"], row["hidden"]) for row in rows] == [
        (row["level"], row["site"] or "", _text(row["n"]), _text(row["value"]), row["hidden"]) for row in told
    ]
    hidden = next(row for row in rows if row["site"] == "tongi")
    assert hidden["hidden"]
    assert not hidden["n"] + hidden["value"] + hidden["low"] + hidden["response_rate"]
    assert ("savar" in {row["site"] for row in rows}) == (key == "ngo")
    assert key == "ngo" or hidden["hidden"] == "protected"


def _text(number: float | None) -> str:
    return "" if number is None else str(number)


async def test_a_site_named_like_a_formula_is_a_text_in_every_spreadsheet(world: World) -> None:
    created = await published(world)
    content = (await fetched(world, f"/v1/rounds/{created}/export")).decode("utf-8-sig")
    names = {row["site"]: row["site_name"] for row in csv.DictReader(io.StringIO(content))}
    assert names["gazipur"] == "'=cmd|' /C calc'!A0"
    assert names["savar"] == "সাভার গার্মেন্টস"
    book = openpyxl.load_workbook(io.BytesIO(await fetched(world, f"/v1/rounds/{created}/export", format="xlsx")))
    cells = [cell for row in book["figures"].iter_rows() for cell in row if cell.value == SITES[0][1]]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}


@pytest.mark.parametrize(
    ("given", "safe"),
    [("=1+1", "'=1+1"), ("+1", "'+1"), ("-x", "'-x"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("  =1", "'  =1"),
     ("＝1", "'＝1"), ("Dhaka - 2", "Dhaka - 2"), ("*", "*"), ("", "")],
)  # fmt: skip
def test_what_a_spreadsheet_would_run_is_marked(given: str, safe: str) -> None:
    assert harmless(given) == safe


async def test_a_workbook_opens_with_its_numbers_moments_and_notes(world: World) -> None:
    created = await published(world)
    content = await fetched(world, f"/v1/rounds/{created}/export", format="xlsx")
    book = openpyxl.load_workbook(io.BytesIO(content))
    head, *rows = [tuple(cell.value for cell in row) for row in book["figures"].iter_rows()]
    found = [dict(zip(head, row, strict=True)) for row in rows]
    told = await board(world, created)
    assert [(row["level"], row["n"], row["value"], row["hidden"] or "") for row in found] == [
        (row["level"], row["n"], row["value"], row["hidden"]) for row in told
    ]
    assert isinstance(found[0]["as_of"], datetime)
    about = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert about["cells hidden"] == str(sum(bool(row["hidden"]) for row in told))
    assert about["counts as a partial answer from"] == "safe"
    assert {row[0].value for row in book["Columns"].iter_rows()} == set(head)


async def test_parquet_is_read_by_another_program_with_its_types(world: World, tmp_path: Any) -> None:
    created = await published(world)
    path = tmp_path / "figures.parquet"
    path.write_bytes(await fetched(world, f"/v1/rounds/{created}/export", format="parquet"))
    with duckdb.connect() as reader:
        names = "indicator, level, nullif(site, ''), n, value, low, high, hidden"
        found = reader.execute(f"SELECT {names} FROM '{path}'").fetchall()
        types = dict(
            reader.execute(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '{path}')").fetchall()
        )
        notes = dict(reader.execute(f"SELECT key, value FROM parquet_kv_metadata('{path}')").fetchall())
    assert found == shown(await board(world, created))
    assert (types["n"], types["value"], types["as_of"]) == ("BIGINT", "DOUBLE", "TIMESTAMP WITH TIME ZONE")
    assert notes[b"the same again"].decode().startswith(f"http://testserver/v1/rounds/{created}/export?publication=")


async def test_the_link_gives_the_same_file_after_more_was_published(world: World) -> None:
    created = await published(world)
    address = f"/v1/rounds/{created}/export"
    before = json.loads(await fetched(world, address, format="json"))
    await run(
        world,
        "INSERT INTO score_rollup (programme_id, round_id, indicator, site_id, n, total, squares) SELECT :programme, :round,"
        " 'safety', id, 40, 1200, 50000 FROM site WHERE code = 'savar'",
        programme=world.id, round=created,
    )  # fmt: skip
    await publish_round(world.context, world.id, created, world.clock.forward(hours=2))
    after = json.loads(await fetched(world, address, format="json"))
    again = json.loads(await fetched(world, before["about"]["the same again"]))
    assert after["rows"] != before["rows"]
    assert again == before


async def test_another_rounds_publication_and_an_unpublished_round_are_told(world: World) -> None:
    created = await published(world)
    other = await ask(world)
    async with client(world) as http:
        publication = (await http.get(f"/v1/rounds/{created}")).json()["publication"]
        foreign = await http.get(f"/v1/rounds/{other}/export", params={"publication": publication})
        nothing = await http.get(f"/v1/rounds/{other}/export")
        unknown = await http.get(f"/v1/rounds/{created}/export", params={"format": "exe"})
    assert (foreign.status_code, nothing.status_code, unknown.status_code) == (404, 409, 422)


async def test_a_trend_is_taken_away_as_it_stood(world: World) -> None:
    created = await published(world)
    asked = {"survey": "pulse", "site": "gazipur"}
    told = json.loads(await fetched(world, "/v1/trends/export", format="json", **asked))
    async with client(world) as http:
        trends = (await http.get("/v1/trends", params=asked)).json()["indicators"]
    steps = [step for trend in trends for step in trend["rounds"]]
    assert [(row["round"], row["n"], row["value"]) for row in told["rows"]] == [
        (step["round"], step["n"], step["value"]) for step in steps
    ]
    assert told["rows"][0]["round"] == str(created)
    early = json.loads(await fetched(world, "/v1/trends/export", format="json", until="2026-01-01T00:00:00Z", **asked))
    assert early["rows"] == []
    assert json.loads(await fetched(world, told["about"]["the same again"])) == told


async def test_a_server_without_the_writer_says_which_part_it_lacks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = await published(world)
    monkeypatch.setitem(__import__("sys").modules, "arro3.core", None)
    async with client(world) as http:
        answer = await http.get(f"/v1/rounds/{created}/export", params={"format": "parquet"})
    assert (answer.status_code, answer.json()["type"]) == (501, "/problems/not-installed")
    assert "shiftline[exports]" in answer.json()["detail"]
    assert files.WRITERS.keys() >= {"csv", "json", "xlsx", "parquet"}
