"""The registry through the interface: imported in every form, read as HSDS, taken away again."""

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx2
import pytest

from app.carriers.fetching import Fetcher
from app.catalogue.hsds import load_taxonomy
from app.domain.registry.shape import ALWAYS
from app.jobs.registry.freshness import remind_to_verify
from app.store.contacts import NewContact, set_contacts
from app.store.keys import create_key
from app.store.offerings import Whereabouts, offerings
from app.store.programmes import save_programme
from app.web.app import create_app
from tests.conftest import World
from tests.hsds import SHAPE, meant, whole
from tests.steps import client, rows, run, value


def id_of(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


PAY = {"id": id_of("term"), "code": "wages", "name": "Wages", "description": "Pay", "taxonomy_detail": {
    "id": id_of("taxonomy"), "name": "Needs", "description": "Of workers"}}  # fmt: skip
CENTRE: dict[str, Any] = {
    "id": id_of("centre"), "name": "Rights Centre", "description": "Advice for workers",
    "services": [
        {
            "id": id_of("pay help"), "name": "Pay help", "status": "active", "description": "Late or missing pay",
            "phones": [{"id": id_of("phone"), "number": "+8801711000009"}],
            "languages": [{"id": id_of("bn"), "code": "bn"}],
            "attributes": [{"id": id_of("is pay"), "taxonomy_term": PAY}],
            "service_at_locations": [{"id": id_of("there"), "location": {
                "id": id_of("office"), "location_type": "physical", "latitude": 23.99, "longitude": 90.42,
                "addresses": [{"id": id_of("address"), "address_1": "1 Road", "city": "Gazipur", "state_province": "Dhaka",
                               "postal_code": "1700", "country": "BD", "address_type": "physical"}]}}],
        },
        {"id": id_of("clinic"), "name": "Clinic", "status": "active"},
    ],
}  # fmt: skip


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(world) as opened:
        yield opened


async def post(http: httpx2.AsyncClient, document: object, **query: Any) -> dict[str, Any]:
    answer = await http.post("/v1/registry", json=document, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def contents(http: httpx2.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = await http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["contents"]


# -- in ------------------------------------------------------------------------------------------


async def test_an_import_again_changes_nothing(world: World, http: httpx2.AsyncClient) -> None:
    first = await post(http, [CENTRE])
    assert (first["organizations"], first["services"], first["locations"], first["errors"]) == (1, 2, 1, [])
    assert first["records"]["added"] == await value(world, "SELECT count(*) FROM registry_record")
    before = await rows(world, "SELECT kind, id, data, modified_at FROM registry_record ORDER BY 1, 2")
    world.clock.forward(days=1)
    again = await post(http, [CENTRE])
    assert again["records"] == {"added": 0, "changed": 0, "unchanged": first["records"]["added"], "gone": 0}
    assert await rows(world, "SELECT kind, id, data, modified_at FROM registry_record ORDER BY 1, 2") == before


async def test_what_changed_is_kept_with_its_history_and_found_by_when(world: World, http: httpx2.AsyncClient) -> None:
    await post(http, [CENTRE], source="hdx")
    since = world.clock.forward(days=1)
    phone = {"id": id_of("phone"), "number": "+8801711000008", "service_id": id_of("pay help")}
    report = await post(http, {"phones": [phone]}, source="hdx")
    assert (report["records"]["changed"], report["errors"]) == (1, [])
    (changed,) = await contents(http, "/hsds/services", modified_after=since.isoformat(), full=True)
    assert changed["name"] == "Pay help"
    assert changed["phones"][0]["number"] == "+8801711000008"
    (told,) = changed["phones"][0]["metadata"]
    assert (told["field_name"], told["previous_value"], told["updated_by"]) == ("number", "+8801711000009", "hdx")


async def test_what_a_complete_source_holds_no_more_is_gone_and_not_deleted(
    world: World, http: httpx2.AsyncClient
) -> None:
    await post(http, [CENTRE], source="hdx")
    await post(http, [{"id": id_of("other"), "name": "Another's", "description": "x"}], source="elsewhere")
    world.clock.forward(days=30)
    fewer = {**CENTRE, "services": CENTRE["services"][:1]}
    report = await post(http, [fewer], source="hdx", complete=True)
    assert report["records"]["gone"] == 1
    states = {item["name"]: item["status"] for item in await contents(http, "/hsds/services")}
    assert states == {"Pay help": "active", "Clinic": "defunct"}
    assert len(await contents(http, "/hsds/organizations")) == 2, "another source's things are not its to end"
    back = await post(http, [CENTRE], source="hdx", complete=True)
    assert (back["records"]["gone"], back["records"]["changed"]) == (0, 1)
    assert {item["status"] for item in await contents(http, "/hsds/services")} == {"active"}


async def test_what_another_source_stands_on_does_not_go_with_the_source_that_told_of_it_first(
    world: World, http: httpx2.AsyncClient
) -> None:
    await post(http, [CENTRE], source="one")
    await post(http, [_copied("two")], source="two")  # the term and its taxonomy are told by both
    without = {**CENTRE, "services": CENTRE["services"][1:]}
    report = await post(http, [without], source="one", complete=True)
    assert report["records"]["gone"] == 7, "the service, its phone, language, attribute, place, location and address"
    assert await _offered(world) == {UUID(id_of("pay help of two"))}
    (term,) = await contents(http, "/hsds/taxonomy_terms", taxonomy_id=id_of("taxonomy"))
    assert term["taxonomy_detail"]["name"] == "Needs"


async def test_a_service_that_moved_is_no_longer_at_its_old_place(world: World, http: httpx2.AsyncClient) -> None:
    await post(http, [CENTRE], source="hdx")
    (there,) = CENTRE["services"][0]["service_at_locations"]
    moved = {**there, "location": {"id": id_of("new office"), "location_type": "physical"}}
    await post(http, {"service_at_locations": [{**moved, "service_id": id_of("pay help")}]}, source="hdx")
    found = await rows(world, "SELECT location_id FROM service_at_location")
    assert [str(place) for (place,) in found] == [id_of("new office")]


async def test_a_changed_office_changes_every_service_there(world: World, http: httpx2.AsyncClient) -> None:
    await post(http, [CENTRE])
    since = world.clock.forward(days=1)
    await post(
        http, {"locations": [{"id": id_of("office"), "location_type": "physical", "latitude": 24.5, "longitude": 90.1}]}
    )
    changed = await contents(http, "/hsds/services", modified_after=since.isoformat())
    assert [item["name"] for item in changed] == ["Pay help"]
    assert await value(world, "SELECT latitude FROM location") == 24.5


async def test_faults_are_told_with_their_rows_and_the_rest_stands(http: httpx2.AsyncClient) -> None:
    broken = {"id": "7", "name": "x", "status": "active"}
    nowhere = {"id": id_of("n"), "name": "Nobody's", "status": "active", "organization_id": id_of("nobody")}
    report = await post(http, {"organizations": [CENTRE], "services": [broken, nowhere]})
    places = {(item["place"], item["severity"]) for item in report["errors"]}
    assert ("services[0].id", "error") in places
    assert ("services[1].organization_id", "warning") in places
    assert any(place.startswith("service Nobody's") for place, _ in places), "nobody answers for it"
    assert len(await contents(http, "/hsds/services")) == 2


async def test_a_zip_of_tables_comes_in_as_it_goes_out(world: World, http: httpx2.AsyncClient) -> None:
    await post(http, [CENTRE])
    packed = (await http.get("/v1/registry/export", params={"format": "csv"})).content
    with zipfile.ZipFile(io.BytesIO(packed)) as tables:
        package = json.loads(tables.read("datapackage.json"))
        named = {item["path"] for item in package["resources"]}
        assert named == set(tables.namelist()) - {"datapackage.json"}
        (office,) = csv.DictReader(io.StringIO(tables.read("locations.csv").decode()))
        assert office["latitude"] == "23.99"
    answer = await http.post("/v1/registry", content=packed, headers={"content-type": "application/zip"})
    assert answer.json()["records"]["changed"] == answer.json()["records"]["added"] == 0


@pytest.mark.parametrize(
    "body", [b"PK\x03\x04 broken", b"[1, 2", b'{"a": 1}\n{"b"', b"\xff\xfe", b"", b'"\\u0000"', b"[" * 100_000]
)
async def test_a_body_that_is_none_of_the_forms_is_refused(world: World, http: httpx2.AsyncClient, body: bytes) -> None:
    answer = await http.post("/v1/registry", content=body)
    assert answer.status_code == 422, answer.text
    assert await value(world, "SELECT count(*) FROM registry_record") == 0


async def test_lines_of_json_are_taken(http: httpx2.AsyncClient) -> None:
    lines = "\n".join(json.dumps({"id": id_of(name), "name": name, "description": name}) for name in "ab")
    answer = await http.post("/v1/registry", content=lines.encode())
    assert answer.json()["organizations"] == 2


# -- a plain spreadsheet --------------------------------------------------------------------------

SHEET = "Organisation,Service,Category,Phone,City,Colour\nCentre,Pay help,wages,+8801711000009,Gazipur,red\n,Lost,,,,\n"


async def test_a_sheet_is_first_looked_at_and_then_imported_by_its_columns(http: httpx2.AsyncClient) -> None:
    looked = (await http.post("/v1/registry/sheet/columns", content=SHEET.encode())).json()
    assert looked["columns"]["organization"] == "Organisation"
    assert (looked["unused"], looked["missing"], looked["rows"]) == (["Colour"], [], 2)
    columns = {**looked["columns"], "description": "Colour"}
    query = {"source": "sheet", "columns": json.dumps(columns)}
    kept = (await http.post("/v1/registry/sheet", content=SHEET.encode(), params=query)).json()
    assert kept["services"] == 1
    assert kept["errors"][0]["place"] == "row 3, Organisation"
    (service,) = await contents(http, "/hsds/services", full=True)
    assert service["description"] == "red"
    assert [item["document"]["name"] if "document" in item else item["name"] for item in await contents(
        http, "/v1/services", taxonomy_term="wages")] == ["Pay help"]  # fmt: skip


async def test_a_sheet_that_counts_places_comes_out_with_the_moment_that_the_standard_asks_for(
    world: World, http: httpx2.AsyncClient
) -> None:
    sheet = "Organisation,Service,Capacity\nCentre,Pay help,7\n"
    await http.post("/v1/registry/sheet", content=sheet.encode(), params={"source": "sheet"})
    came = world.clock()
    world.clock.forward(days=1)
    (service,) = await contents(http, "/hsds/services", full=True)
    (places,) = service["capacities"]
    assert (places["available"], datetime.fromisoformat(places["updated"])) == (7, came)
    exported = (await http.get("/v1/registry/export")).json()
    await post(http, exported, source="sheet")
    assert (await post(http, exported, source="sheet"))["records"]["changed"] == 0


async def test_columns_that_do_not_fit_are_told(http: httpx2.AsyncClient) -> None:
    for columns, place in (
        ({"organization": "Nobody", "service": "Service"}, "columns.organization"),
        ({"organization": "Organisation"}, "columns.service"),
        ({"organization": "Organisation", "service": "Service", "colour": "Colour"}, "columns.colour"),
    ):
        query = {"source": "sheet", "columns": json.dumps(columns)}
        refused = await http.post("/v1/registry/sheet", content=SHEET.encode(), params=query)
        assert refused.status_code == 422
        assert [item["place"] for item in refused.json()["errors"]] == [place]
    refused = await http.post(
        "/v1/registry/sheet", content=SHEET.encode(), params={"source": "sheet", "columns": "[1]"}
    )
    assert refused.status_code == 422


# -- another registry -----------------------------------------------------------------------------


@pytest.fixture
async def beta(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    """Another programme, which reads ours over HSDS's interface as a stranger's."""
    async with world.context.database.transaction() as store:
        made = await save_programme(store, "beta", "Beta", "Beta Line", 10, world.clock())
        world.keys["beta"] = await create_key(store, "ngo", "beta", world.clock(), programme=made.id)
    there = httpx2.ASGITransport(app=create_app(world.wiring), raise_app_exceptions=False)

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["93.184.216.34"]

    world.wiring = replace(world.wiring, fetcher=Fetcher(resolve=resolve, transport=there))
    async with client(world, "beta") as opened:
        yield opened
    await world.wiring.fetcher.aclose()


async def test_another_registry_is_read_over_its_interface_and_later_only_what_changed(
    world: World, http: httpx2.AsyncClient, beta: httpx2.AsyncClient
) -> None:
    await post(http, [CENTRE])
    asked = {"url": "https://registry.example/hsds", "source": "alpha", "bearer": world.keys["ngo"]}
    first = (await beta.post("/v1/registry/url", json=asked)).json()
    assert (first["services"], first["errors"]) == (2, [])
    assert {item["name"] for item in await contents(beta, "/hsds/services")} == {"Pay help", "Clinic"}
    for number, services in (("+8801711000007", 2), ("+8801711000008", 1)):
        world.clock.forward(days=3)
        await post(http, {"phones": [{"id": id_of("phone"), "number": number, "service_id": id_of("pay help")}]})
        again = (await beta.post("/v1/registry/url", json=asked)).json()
        # From a day before anything last changed here: at first both came then, later the clinic did not.
        assert again["services"] == services
    (changed,) = await contents(beta, "/hsds/services", search="Pay", full=True)
    assert changed["phones"][0]["number"] == "+8801711000008"
    whole = (await beta.post("/v1/registry/url", json={**asked, "complete": True})).json()
    assert (whole["services"], whole["records"]["changed"], whole["records"]["gone"]) == (2, 0, 0)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        pytest.param("http://registry.example/hsds", 422, id="not sealed"),
        pytest.param("https://127.0.0.1/hsds", 422, id="a private network"),
        pytest.param("https://registry.example/v1", 503, id="no HSDS, and not ours to read"),
        pytest.param("https://registry.example/nothing", 404, id="nothing there"),
        pytest.param("https://user@registry.example/hsds", 422, id="a name in it"),
    ],
)
async def test_an_address_that_cannot_be_read_is_told_and_nothing_is_kept(
    world: World, beta: httpx2.AsyncClient, url: str, status: int
) -> None:
    answer = await beta.post("/v1/registry/url", json={"url": url, "source": "x"})
    assert answer.status_code == status, answer.text
    assert await value(world, "SELECT count(*) FROM registry_record") == 0


# -- out, as HSDS ---------------------------------------------------------------------------------


async def test_the_interface_says_what_it_is(http: httpx2.AsyncClient) -> None:
    said = (await http.get("/hsds")).json()
    assert said["version"] == "3.1"
    assert said["openapi_url"].endswith("/v1/openapi.json")


async def test_everything_comes_out_as_it_went_in(http: httpx2.AsyncClient) -> None:
    document = whole(SHAPE["organization"])
    report = await post(http, document)
    assert report["records"]["added"] > 100
    got = (await http.get(f"/hsds/organizations/{document['id']}", params={"full_service": True})).json()
    assert meant(got) == meant(document)
    (exported,) = (await http.get("/v1/registry/export")).json()["organizations"]
    assert meant(exported) == meant(document)
    (service,) = document["services"]
    got = (await http.get(f"/hsds/services/{service['id']}")).json()
    assert meant({name: item for name, item in got.items() if name != "organization"}) == meant(service)
    (place,) = service["service_at_locations"]
    got = (await http.get(f"/hsds/service_at_locations/{place['id']}")).json()
    assert meant(got["location"]) == meant(place["location"])
    assert got["service"]["name"] == service["name"]


async def test_lists_page_and_narrow_as_the_standard_says(http: httpx2.AsyncClient) -> None:
    await post(http, [CENTRE])
    page = (await http.get("/hsds/services", params={"per_page": 1, "page": 2})).json()
    del page["contents"][0]["last_modified"]
    assert page == {
        "total_items": 2, "total_pages": 2, "page_number": 2, "size": 1, "first_page": False, "last_page": True, "empty": False,
        "contents": [{"id": id_of("pay help"), "organization_id": id_of("centre"), "name": "Pay help",
                      "description": "Late or missing pay", "status": "active", "organization": {
                          "id": id_of("centre"), "name": "Rights Centre", "description": "Advice for workers"}}],
    }  # fmt: skip
    beyond = (await http.get("/hsds/services", params={"page": 9})).json()
    assert (beyond["total_items"], beyond["empty"], beyond["last_page"]) == (2, True, True)


@pytest.mark.parametrize(
    ("path", "query", "found"),
    [
        pytest.param("services", {"search": "missing"}, ["Pay help"], id="words"),
        pytest.param("services", {"search": "%"}, [], id="a sign that is no word"),
        pytest.param("services", {"taxonomy_term_id": id_of("term")}, ["Pay help"], id="a term"),
        pytest.param("services", {"taxonomy_id": id_of("taxonomy")}, ["Pay help"], id="a taxonomy"),
        pytest.param("services", {"taxonomy_term_id": id_of("x")}, [], id="another term"),
        pytest.param("services", {"taxonomy_id": load_taxonomy().taxonomy.id}, ["Pay help"], id="our own taxonomy"),
        pytest.param("services", {"organization_id": id_of("x")}, [], id="another's"),
        pytest.param("organizations", {"search": "rights"}, ["Rights Centre"], id="an organization"),
        pytest.param("organizations", {"taxonomy_term_id": id_of("term")}, ["Rights Centre"], id="one that has a term"),
        pytest.param("organizations", {"taxonomy_term_id": id_of("x")}, [], id="none that has it"),
        pytest.param("taxonomy_terms", {"taxonomy_id": id_of("taxonomy")}, ["Wages"], id="terms of a taxonomy"),
    ],
)  # fmt: skip
async def test_filters(http: httpx2.AsyncClient, path: str, query: dict[str, str], found: list[str]) -> None:
    await post(http, [CENTRE])
    assert [item["name"] for item in await contents(http, f"/hsds/{path}", **query)] == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param({}, 1, id="all"),
        pytest.param({"postcode": "1700"}, 1, id="its postcode"),
        pytest.param({"postcode": "1701"}, 0, id="another"),
        pytest.param({"postcode": "1700", "proximity": 50}, 1, id="near it"),
        pytest.param({"search": "pay"}, 1, id="words"),
        pytest.param({"organization_id": id_of("x")}, 0, id="another's"),
        pytest.param({"taxonomy_term_id": id_of("term")}, 1, id="a term"),
        pytest.param({"modified_after": "2030-01-01T00:00:00Z"}, 0, id="later"),
    ],
)
async def test_places_of_services(http: httpx2.AsyncClient, query: dict[str, Any], found: int) -> None:
    await post(http, [CENTRE])
    got = await contents(http, "/hsds/service_at_locations", **query)
    assert len(got) == found
    if got:
        assert got[0]["service"]["name"] == "Pay help"
        assert "addresses" not in got[0]["location"]


async def test_our_own_needs_are_a_taxonomy_before_anything_is_imported(http: httpx2.AsyncClient) -> None:
    (taxonomy,) = await contents(http, "/hsds/taxonomies")
    terms = await contents(http, "/hsds/taxonomy_terms", taxonomy_id=taxonomy["id"], per_page=500)
    assert {"wages", "harassment", "childcare"} <= {term["code"] for term in terms}
    for term in terms:
        assert set(term) <= {*SHAPE["taxonomy_term"].fields, "names"}
        assert all(term[item.name] for item in SHAPE["taxonomy_term"].own if item.required == ALWAYS)
        assert not term.get("term_uri") or urlsplit(term["term_uri"]).scheme == "https"
    assert all(term["taxonomy_detail"]["id"] == taxonomy["id"] for term in terms)
    top = await contents(http, "/hsds/taxonomy_terms", top_only=True, per_page=500)
    assert len(top) < len(terms)
    safety = next(term for term in terms if term["code"] == "safety")
    below = await contents(http, "/hsds/taxonomy_terms", parent_id=safety["id"])
    assert [term["code"] for term in below] == ["water", "harassment"]
    assert (await http.get(f"/hsds/taxonomy_terms/{safety['id']}")).json()["names"]["en"] == "workplace"
    page = (await http.get("/hsds/taxonomy_terms", params={"per_page": 5, "page": 2})).json()
    assert (page["total_items"], page["size"]) == (len(terms), 5)


async def test_a_reader_may_take_all_as_lines(http: httpx2.AsyncClient) -> None:
    await post(http, [CENTRE])
    lines = (await http.get("/hsds/services", params={"format": "ndjson"})).text.splitlines()
    assert sorted(json.loads(line)["name"] for line in lines) == ["Clinic", "Pay help"]


async def test_who_verifies_a_service_is_kept_also_when_the_import_comes_again(
    world: World, http: httpx2.AsyncClient
) -> None:
    checked = {**CENTRE["services"][1], "assured_date": "2025-01-01"}
    await post(http, [{**CENTRE, "services": [CENTRE["services"][0], checked]}])
    assert [item["name"] for item in (await http.get("/v1/services/stale")).json()] == ["Pay help", "Clinic"]
    async with world.context.database.transaction() as store:
        world.keys["provider"] = await create_key(
            store, "provider", "test", world.clock(), programme=world.id, organization=UUID(id_of("centre"))
        )
    async with client(world, "provider") as provider:
        told = await provider.post(f"/v1/services/{id_of('clinic')}/verify")
        assert told.json()["verified_on"] == "2026-11-02"
        assert (await provider.post(f"/v1/services/{id_of('nothing')}/verify")).status_code == 404
        assert (await provider.get("/v1/services/stale")).status_code == 403
    await post(http, [{**CENTRE, "services": [{**checked, "description": "new"}]}])
    assert [item["name"] for item in (await http.get("/v1/services/stale")).json()] == ["Pay help"]


async def test_a_provider_verifies_its_own_services_alone(world: World, http: httpx2.AsyncClient) -> None:
    other = {"id": id_of("other"), "name": "Another's", "description": "x"}
    await post(http, [CENTRE, other])
    async with world.context.database.transaction() as store:
        world.keys["stranger"] = await create_key(
            store, "provider", "test", world.clock(), programme=world.id, organization=UUID(id_of("other"))
        )
    async with client(world, "stranger") as stranger:
        assert (await stranger.post(f"/v1/services/{id_of('clinic')}/verify")).status_code == 404


async def test_what_is_not_there_is_not_found_and_a_bad_filter_is_told(http: httpx2.AsyncClient) -> None:
    for kind in ("services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms"):
        assert (await http.get(f"/hsds/{kind}/{id_of('nothing')}")).status_code == 404
    for query in (
        {"page": 0},
        {"per_page": 501},
        {"modified_after": "noon"},
        {"organization_id": "7"},
        {"format": "xml"},
    ):
        assert (await http.get("/hsds/services", params=query)).status_code == 422


async def test_one_programmes_registry_is_not_anothers(world: World, http: httpx2.AsyncClient) -> None:
    await post(http, [CENTRE])
    async with world.context.database.transaction() as store:
        beta = await save_programme(store, "beta", "Beta", "Beta Line", 10, world.clock())
        world.keys["beta"] = await create_key(store, "ngo", "beta", world.clock(), programme=beta.id)
    async with client(world, "beta") as outsider:
        assert await contents(outsider, "/hsds/services") == []
        assert (await outsider.get(f"/hsds/services/{id_of('pay help')}")).status_code == 404
        taken = (await outsider.get("/v1/registry/export")).json()
        assert taken["organizations"] == []
        assert [item["id"] for item in taken["taxonomies"]] == [load_taxonomy().taxonomy.id], "our own alone"
        await post(outsider, [{**CENTRE, "name": "Same id, another registry"}])
    (kept,) = await contents(http, "/hsds/organizations")
    assert kept["name"] == "Rights Centre"


# -- duplicates and freshness ---------------------------------------------------------------------


async def test_a_service_that_two_sources_have_is_proposed_and_merged_by_a_persons_word(
    world: World, http: httpx2.AsyncClient
) -> None:
    await post(http, [CENTRE], source="one")
    copy = _copied("two")
    await post(http, [copy], source="two")
    answer = await http.get("/v1/registry/duplicates")
    assert answer.status_code == 200, answer.text
    pairs = answer.json()["pairs"]
    assert sorted(pair["services"][0]["name"] for pair in pairs) == ["Clinic", "Pay help"]
    pair = next(pair for pair in pairs if pair["services"][0]["name"] == "Pay help")
    assert "the same telephone" in pair["reasons"]
    assert {item["source"] for item in pair["services"]} == {"one", "two"}
    assert len(await _offered(world)) == 2

    decided = {"services": [item["id"] for item in pair["services"]], "keep": id_of("pay help")}
    assert (await http.post("/v1/registry/duplicates", json=decided)).status_code == 200
    assert await _offered(world) == {UUID(id_of("pay help"))}
    await post(http, [{**copy, "services": [{**copy["services"][0], "description": "changed"}]}], source="two")
    assert await _offered(world) == {UUID(id_of("pay help"))}, "an import undoes nothing that was decided"
    left = (await http.get("/v1/registry/duplicates")).json()["pairs"]
    assert [item["services"][0]["name"] for item in left] == ["Clinic"]

    assert (await http.post("/v1/registry/duplicates", json={**decided, "keep": None})).status_code == 200
    assert len(await _offered(world)) == 2, "the later word counts"
    wrong = await http.post("/v1/registry/duplicates", json={**decided, "keep": id_of("clinic")})
    assert wrong.status_code == 422


def _copied(source: str) -> dict[str, Any]:
    """The centre as another source has it: the same under other ids."""
    copied = json.dumps(CENTRE)
    for name in ("centre", "pay help", "phone", "there", "office", "address", "is pay", "bn", "clinic"):
        copied = copied.replace(id_of(name), id_of(f"{name} of {source}"))
    return json.loads(copied)


async def _merge(http: httpx2.AsyncClient, lost: str, kept: str) -> int:
    """The status of the answer to that the one is the other."""
    pair = {"services": [id_of(lost), id_of(kept)], "keep": id_of(kept)}
    return (await http.post("/v1/registry/duplicates", json=pair)).status_code


async def test_a_twin_is_offered_while_the_one_that_was_kept_is_defunct(world: World, http: httpx2.AsyncClient) -> None:
    await post(http, [CENTRE], source="one")
    copy = _copied("two")
    await post(http, [copy], source="two")
    mine, theirs = UUID(id_of("pay help")), UUID(id_of("pay help of two"))
    assert await _merge(http, "pay help of two", "pay help") == 200
    assert await _offered(world) == {mine}
    without = {**CENTRE, "services": CENTRE["services"][1:]}
    await post(http, [without], source="one", complete=True)
    assert await _offered(world) == {theirs}, "gone at the source that was kept, and alive at the other"
    await post(http, [{**copy, "description": "changed"}], source="two")
    assert await _offered(world) == {theirs}
    await post(http, [CENTRE], source="one", complete=True)
    assert await _offered(world) == {mine}, "what was decided stands again"
    await post(
        http, [{**CENTRE["services"][0], "status": "temporarily closed", "organization_id": CENTRE["id"]}], source="one"
    )
    assert await _offered(world) == set(), "who is only closed for a while is closed under both ids"


async def test_three_twins_never_hide_each_other_in_a_ring(world: World, http: httpx2.AsyncClient) -> None:
    sources = {"one": CENTRE, "two": _copied("two"), "three": _copied("three")}
    for source, document in sources.items():
        await post(http, [document], source=source)
    assert await _merge(http, "pay help of two", "pay help") == 200
    await post(http, [{**CENTRE, "services": CENTRE["services"][1:]}], source="one", complete=True)
    assert await _merge(http, "pay help of three", "pay help of two") == 200
    assert await _merge(http, "pay help", "pay help of three") == 409
    await post(http, [CENTRE], source="one", complete=True)
    assert await _offered(world) == {UUID(id_of("pay help"))}


async def _offered(world: World) -> set[UUID]:
    async with world.context.database.transaction() as store:
        found = await offerings(store, world.id, ["wages"], Whereabouts("BD", 23.99, 90.42))
    return {UUID(item.service.id) for item in found}


async def test_an_organization_is_written_to_before_its_services_are_stale_once_a_month(
    world: World, http: httpx2.AsyncClient
) -> None:
    await post(http, [CENTRE], source="one")
    async with world.context.database.transaction() as store:
        contacts = [NewContact(email="pay@example.org")]
        await set_contacts(store, world.context.vault, world.id, UUID(id_of("centre")), contacts, world.clock())
    assert await remind_to_verify(world.context, world.clock()) == 0
    world.clock.forward(days=340)
    assert await remind_to_verify(world.context, world.clock()) == 1
    assert await remind_to_verify(world.context, world.clock()) == 0
    assert await value(world, "SELECT count(*) FROM letter WHERE purpose = 'verify'") == 1
    await run(world, "UPDATE service SET verified_on = :day", day=world.clock().date())
    world.clock.forward(days=40)
    assert await remind_to_verify(world.context, world.clock()) == 0
