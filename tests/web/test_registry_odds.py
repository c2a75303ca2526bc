"""What an import must not do, whatever is sent: break, end what is only broken at its source, or speak for people here."""

import copy
import json
from typing import Any
from uuid import UUID

import httpx2
import pytest

from app.jobs.registry.editing import Edit, edit_service
from tests.conftest import World
from tests.steps import rows, service
from tests.web.test_registry import CENTRE, contents, http, id_of, post

__all__ = ["http"]


async def standing(world: World) -> dict[str, str]:
    return dict(await rows(world, "SELECT name, status FROM service"))  # type: ignore[arg-type]


async def test_texts_and_numbers_that_no_table_can_keep_are_left_out_and_told(http: httpx2.AsyncClient) -> None:
    odd = service("Pay\0 clinic", "wages")
    odd["services"][0] |= {"description": "half\ud800", "fees_description": "Free", "own\0": 2**70}
    report = (await http.post("/v1/registry", content=json.dumps([odd]))).json()
    assert report["services"] == 1
    assert [fault["place"] for fault in report["errors"] if "no table" in fault["message"]] == [
        "[0].name", "[0].services[0].name", "[0].services[0].alternate_name", "[0].services[0].description",
        "[0].services[0].own",
    ]  # fmt: skip
    (kept,) = await contents(http, "/hsds/services")
    assert (kept["name"], kept["description"]) == ("Pay clinic", "half")


async def test_lines_may_hold_signs_that_end_lines_elsewhere(http: httpx2.AsyncClient) -> None:
    made = [service(f"Clinic{sign}of two lines", "wages") for sign in ("\u2028", "\x85")]
    lines = [
        json.dumps({**one["services"][0], "organization": {"id": one["id"], "name": one["name"]}}, ensure_ascii=False)
        for one in made
    ]
    answer = await http.post("/v1/registry", content="\n".join(lines).encode())
    assert answer.json()["services"] == 2, answer.text


async def test_what_names_an_owner_that_is_not_here_stands_until_the_owner_comes(http: httpx2.AsyncClient) -> None:
    office = {"id": id_of("hall"), "location_type": "physical", "name": "Hall", "organization_id": CENTRE["id"]}
    phone = {"id": id_of("desk phone"), "number": "+8801711000007", "service_id": id_of("clinic")}
    report = await post(http, {"locations": [office], "phones": [phone]})
    assert [(fault["place"], fault["severity"]) for fault in report["errors"]] == [
        ("locations[0].organization_id", "warning"),
        ("phones[0].service_id", "warning"),
    ]
    await post(http, [CENTRE])
    (centre,) = await contents(http, "/hsds/organizations", full=True, full_service=True)
    assert [place["name"] for place in centre["locations"]] == ["Hall"]
    clinic = next(item for item in centre["services"] if item["name"] == "Clinic")
    assert [item["number"] for item in clinic["phones"]] == ["+8801711000007"]


async def test_a_service_that_is_broken_at_its_source_is_not_gone(world: World, http: httpx2.AsyncClient) -> None:
    await post(http, [CENTRE], source="hdx")
    before = await rows(world, "SELECT kind, id, data, gone_at FROM registry_record ORDER BY 1, 2")
    broken = copy.deepcopy(CENTRE)
    broken["services"][0]["status"] = "opened"
    report = await post(http, [broken], source="hdx", complete=True)
    assert report["records"]["gone"] == 0
    assert any("is none of" in fault["message"] for fault in report["errors"])
    assert await standing(world) == {"Pay help": "active", "Clinic": "active"}
    after = await rows(world, "SELECT kind, id, data, gone_at FROM registry_record ORDER BY 1, 2")
    assert after == before, "neither it nor anything within it"


@pytest.mark.parametrize("nothing", [[], {}, {"organizations": []}, [{**CENTRE, "services": []}]])
async def test_a_source_that_suddenly_holds_no_service_ends_none(
    world: World, http: httpx2.AsyncClient, nothing: Any
) -> None:
    await post(http, [CENTRE], source="hdx")
    answer = await http.post("/v1/registry", json=nothing, params={"source": "hdx", "complete": True})
    assert answer.status_code == 422
    assert await standing(world) == {"Pay help": "active", "Clinic": "active"}


@pytest.mark.parametrize("source", ["desk", "console", "history"])
async def test_no_upload_speaks_for_what_was_written_here(world: World, http: httpx2.AsyncClient, source: str) -> None:
    answer = await http.post("/v1/registry", json=[CENTRE], params={"source": source, "complete": True})
    assert answer.status_code == 422
    assert await standing(world) == {}


async def test_what_a_person_put_right_and_its_source_says_too_goes_when_it_is_gone_there(
    world: World, http: httpx2.AsyncClient
) -> None:
    await post(http, [CENTRE], source="hdx")
    edit = Edit("active", "The clinic", "", (), ())
    await edit_service(world.context, world.id, UUID(id_of("clinic")), edit, world.clock())
    agreed = copy.deepcopy(CENTRE)
    agreed["services"][1]["alternate_name"] = "The clinic"
    assert (await post(http, [agreed], source="hdx"))["records"]["changed"] == 0
    report = await post(http, [{**CENTRE, "services": CENTRE["services"][:1]}], source="hdx", complete=True)
    assert report["records"]["gone"] == 1
    assert await standing(world) == {"Pay help": "active", "Clinic": "defunct"}


async def test_a_moment_without_a_zone_is_one_of_utc_and_may_be_the_first_there_is(http: httpx2.AsyncClient) -> None:
    await post(http, [CENTRE])
    assert len(await contents(http, "/hsds/services", modified_after="0001-01-01T00:00:00")) == 2
    assert await contents(http, "/hsds/services", modified_after="9999-12-31T23:59:59") == []
