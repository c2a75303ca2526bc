"""Bad input gets a clear problem that names the place; nothing is stored by half, and nobody's number or words come back."""

import importlib
import json
import pkgutil
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
import structlog

import app
from app.domain.errors import DomainError
from app.store.programmes import save_brand
from app.web.problems import status_of
from tests.conftest import AMINA, BILAL, World
from tests.steps import PULSE, client, rows, value, write

COUNTED = (
    "survey",
    "round",
    "schedule",
    "worker",
    "identity",
    "enrolment",
    "site",
    "brand",
    "service",
    "api_key",
    "inbox",
)
WORDS = "my foreman follows me home"


async def counts(world: World) -> dict[str, int]:
    return {table: await value(world, f'SELECT count(*) FROM "{table}"') for table in COUNTED}


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(world) as opened:
        yield opened


def is_problem(answer: httpx2.Response, status: int, *places: str) -> dict[str, Any]:
    """The body of an RFC 9457 answer whose faults stand at these places."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("/problems/")
    assert body["title"]
    told = [fault["place"] for fault in body.get("errors", ())]
    assert all(fault["message"] for fault in body.get("errors", ()))
    for place in places:
        assert any(place in one for one in told), (place, told)
    return body


# -- surveys --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "places"),
    [
        pytest.param({"languages": ["en", "xx"]}, ["languages"], id="unknown language"),
        pytest.param({"languages": ["en", "bn"]}, ["questions"], id="missing wording"),
        pytest.param({"questions": []}, ["questions"], id="no question"),
        pytest.param(
            {"questions": [{"code": "a", "kind": "guess", "text": {"en": "?"}}]}, ["questions"], id="unknown kind"
        ),
        pytest.param({"colour": "red"}, ["colour"], id="unknown name"),
        pytest.param({"title": 7}, ["title"], id="wrong type"),
        pytest.param(
            {"indicators": [{"code": "x", "domain": "y", "of": ["z"]}]}, ["indicators"], id="two faults at once"
        ),
    ],
)
async def test_a_malformed_survey_is_refused_with_every_place(
    world: World, http: httpx2.AsyncClient, change: dict[str, Any], places: list[str]
) -> None:
    before = await counts(world)
    is_problem(await http.post("/v1/surveys", json={**PULSE, **change}), 422, *places)
    assert await counts(world) == before


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        pytest.param(b"{", "json", id="half a JSON"),
        pytest.param(b"[]", "json", id="a list"),
        pytest.param(b"null", "json", id="null"),
        pytest.param(b'"x"', "json", id="a text"),
        pytest.param(b"", "json", id="nothing"),
        pytest.param(b'{"title": NaN}', "json", id="NaN"),
        pytest.param(b'{"title": Infinity}', "json", id="Infinity"),
        pytest.param(b'{"title": "a\\u0000b"}', "json", id="NUL escaped"),
        pytest.param(b'{"title": "a\x00b"}', "json", id="NUL raw"),
        pytest.param(b'{"title": "\xff"}', "json", id="not UTF-8"),
        pytest.param(b'{"title": "\\ud800"}', "json", id="half a surrogate pair"),
        pytest.param(b"[" * 100_000, "json", id="deep JSON"),
        pytest.param(b'{"title": ' + b"9" * 5000 + b"}", "json", id="a number of 5,000 digits"),
        pytest.param(b"title: [", "yaml", id="half a YAML"),
        pytest.param(b"a: &a [x, x]\nb: &b [*a, *a]\n" * 1, "yaml", id="aliases"),
        pytest.param(b'title: "a\\0b"', "yaml", id="NUL in YAML"),
        pytest.param(b'title: "\\ud800"', "yaml", id="half a surrogate pair in YAML"),
        pytest.param(b"title: .nan", "yaml", id="NaN in YAML"),
        pytest.param(b"title: !!python/object/apply:os.system [ls]", "yaml", id="a Python object in YAML"),
        pytest.param(b"title: x\ntitle: y", "yaml", id="a key twice"),
        pytest.param(b"? [a, b]\n: x", "yaml", id="a list as a key"),
        pytest.param(b"[" * 5_000, "yaml", id="deep YAML"),
        pytest.param(b"title: 2026-11-24", "yaml", id="a date"),
    ],
)
async def test_a_body_that_is_no_survey_never_breaks_anything(
    world: World, http: httpx2.AsyncClient, raw: bytes, kind: str
) -> None:
    for path in ("/v1/surveys", "/v1/registry", "/v1/surveys/check"):
        answer = await http.post(path, content=raw, headers={"content-type": f"application/{kind}"})
        assert answer.status_code in {200, 422}, f"{path}: {answer.text}"
        if path == "/v1/surveys":
            is_problem(answer, 422)
    assert await value(world, "SELECT count(*) FROM survey") == 0


async def test_a_yaml_bomb_is_defused(world: World, http: httpx2.AsyncClient) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]\n" for at in range(1, 10)
    )
    answer = await http.post("/v1/surveys", content=bomb, headers={"content-type": "application/yaml"})
    is_problem(answer, 422)


async def test_odd_texts_inside_a_good_survey_are_refused_and_not_a_crash(
    world: World, http: httpx2.AsyncClient
) -> None:
    for title in ("a\x00b", "\ud800"):
        raw = json.dumps({**PULSE, "title": title}).encode()
        is_problem(await http.post("/v1/surveys", content=raw, headers={"content-type": "application/json"}), 422)
        escaped = title.encode("unicode_escape").decode()
        yaml = json.dumps({**PULSE, "title": "TITLE"}).replace("TITLE", escaped)
        is_problem(await http.post("/v1/surveys", content=yaml, headers={"content-type": "application/yaml"}), 422)
    assert await value(world, "SELECT count(*) FROM survey") == 0


async def test_publishing_what_is_not_there_or_already_published(world: World, http: httpx2.AsyncClient) -> None:
    is_problem(await http.post("/v1/surveys/nothing/publish"), 404)
    await write(world)
    is_problem(await http.post("/v1/surveys/pulse/publish"), 409)
    for version in ("0", "-1", "99999999999999999999", "x"):
        answer = await http.get("/v1/surveys/pulse", params={"version": version})
        assert answer.status_code in {404, 422}, f"{version}: {answer.text}"


# -- rosters --------------------------------------------------------------------------------------


async def test_a_roster_with_broken_rows_names_row_and_column(world: World, http: httpx2.AsyncClient) -> None:
    roster = f"phone,site,language\n{AMINA},gazipur,en\n12,gazipur,en\n{AMINA},gazipur,en\n{BILAL},mars,klingon\n"
    answer = await http.post("/v1/workers", content=roster, headers={"content-type": "text/csv"})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["rows"], told["added"], told["bad"]) == (4, 1, 3)
    assert [fault["place"] for fault in told["errors"]] == [
        "row 3, phone", "row 4, phone", "row 5, site", "row 5, language",
    ]  # fmt: skip
    assert AMINA[1:] not in answer.text
    assert BILAL[1:] not in answer.text


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"PK\x03\x04 a spreadsheet", id="a spreadsheet"),
        pytest.param(f"{AMINA},gazipur,en\n".encode(), id="no header"),
        pytest.param("phone,site,language\n".encode("utf-16"), id="UTF-16"),
        pytest.param(f"phone,site,language\n{AMINA},gazipur,en\n".encode() + b"\xe4\n", id="latin-1"),
        pytest.param(b"\x00" * 100, id="zeros"),
    ],
)
async def test_a_file_that_is_no_roster_is_refused_whole(world: World, http: httpx2.AsyncClient, raw: bytes) -> None:
    before = await counts(world)
    answer = await http.post("/v1/workers", content=raw, headers={"content-type": "text/csv"})
    is_problem(answer, 422)
    assert AMINA[1:] not in answer.text
    assert await counts(world) == before


# -- rounds ---------------------------------------------------------------------------------------


async def test_a_round_on_a_draft_survey_is_a_conflict(world: World, http: httpx2.AsyncClient) -> None:
    await http.post("/v1/surveys", json=PULSE)
    await world.roster(f"{AMINA},gazipur,en,")
    body = is_problem(await http.post("/v1/rounds", json={"survey": "pulse", "name": "R"}), 409)
    assert body["type"] == "/problems/survey-not-published"
    await http.post("/v1/surveys/pulse/publish")
    assert (await http.post("/v1/rounds", json={"survey": "pulse", "name": "R"})).status_code == 201


@pytest.mark.parametrize(
    ("body", "place"),
    [
        pytest.param({"plan": {"colour": 1}}, "colour", id="unknown name in the plan"),
        pytest.param({"plan": {"sample": {"kind": "some"}}}, "sample", id="unknown sample"),
        pytest.param({"plan": {"sample": {"kind": "share", "share": 1e400}}}, "", id="endless share"),
        pytest.param({"plan": {"lasts_days": 1e9}}, "lasts_days", id="too long"),
        pytest.param({"plan": {"window": {"opens": "9"}}}, "window", id="half a window"),
        pytest.param({"plan": {"window": {"opens": "21:00", "closes": "23:00"}}}, "", id="at night"),
        pytest.param({"plan": {"sites": ["a\x00b"]}}, "", id="NUL in a site"),
        pytest.param({"plan": {"sites": "gazipur"}}, "sites", id="sites no list"),
        pytest.param({"seed": -1}, "seed", id="seed below nothing"),
        pytest.param({"seed": 2**70}, "seed", id="seed too large"),
        pytest.param({"version": 10**12}, "", id="version beyond everything"),
        pytest.param({"opens_at": "9999-12-31T23:59:59Z"}, "", id="at the end of time"),
        pytest.param({"opens_at": "0001-01-01T00:00:00Z"}, "", id="at the beginning of time"),
        pytest.param({"opens_at": "2026-11-24T10:00:00"}, "opens_at", id="no zone"),
        pytest.param({"name": ""}, "name", id="no name"),
        pytest.param({"name": "a\x00b"}, "", id="NUL in the name"),
        pytest.param({"extra": 1}, "extra", id="unknown name"),
        pytest.param({"accept_drafts": {"by": "x"}}, "reason", id="half an acceptance"),
    ],
)
async def test_a_malformed_round_is_refused_and_not_kept(asking: World, body: dict[str, Any], place: str) -> None:
    raw = json.dumps({"survey": "pulse", "name": "R", **body})
    async with client(asking) as http:
        for path in ("/v1/rounds", "/v1/rounds/preview"):
            answer = await http.post(path, content=raw, headers={"content-type": "application/json"})
            assert answer.status_code in {404, 422}, f"{path}: {answer.text}"
            is_problem(answer, answer.status_code, *([place] if place else []))
    assert await value(asking, "SELECT count(*) FROM round") == 0


@pytest.fixture
async def asking(world: World) -> World:
    await world.roster(f"{AMINA},gazipur,en,")
    await write(world)
    return world


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"recurrence": "often"}, id="no cron"),
        pytest.param({"recurrence": "0 10 31 2 *"}, id="never"),
        pytest.param({"recurrence": "0 10 * * mon", "zone": "Mars/Base"}, id="no zone"),
        pytest.param({"recurrence": "0 10 * * mon", "zone": "../../etc/passwd"}, id="a path as a zone"),
        pytest.param({"recurrence": "0 10 * * mon", "zone": "\x00"}, id="NUL as a zone"),
    ],
)
async def test_a_malformed_schedule_is_refused(asking: World, body: dict[str, Any]) -> None:
    async with client(asking) as http:
        is_problem(await http.post("/v1/schedules", json={"survey": "pulse", "name": "R", **body}), 422)
    assert await value(asking, "SELECT count(*) FROM schedule") == 0


# -- people ---------------------------------------------------------------------------------------

GOOD_SITE = {"code": "here", "name": "Here", "country": "BD", "zone": "Asia/Dhaka"}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"country": "Bangladesh"}, id="country"),
        pytest.param({"zone": "Dhaka"}, id="zone"),
        pytest.param({"latitude": 91}, id="beyond the pole"),
        pytest.param({"latitude": 1}, id="half a place"),
        pytest.param({"headcount": 2**40}, id="too many people"),
        pytest.param({"headcount": -1}, id="too few people"),
        pytest.param({"code": "Not A Code"}, id="code"),
        pytest.param({"name": "a\x00b"}, id="NUL"),
        pytest.param({"supplier": "a\x00b"}, id="NUL in an optional text"),
    ],
)
async def test_one_bad_site_keeps_the_whole_list_out(world: World, change: dict[str, Any]) -> None:
    before = await counts(world)
    async with client(world) as http:
        is_problem(await http.put("/v1/sites", json=[GOOD_SITE, {**GOOD_SITE, "code": "there", **change}]), 422)
        is_problem(await http.put("/v1/sites", json=[GOOD_SITE, GOOD_SITE]), 422)
    assert await counts(world) == before


async def test_a_brand_with_an_unknown_site_is_not_kept_by_half(world: World, http: httpx2.AsyncClient) -> None:
    is_problem(await http.put("/v1/brands/acme", json={"name": "Acme", "sites": ["gazipur", "mars"]}), 404)
    assert await value(world, "SELECT count(*) FROM brand") == 0
    async with world.context.database.transaction() as store:
        await save_brand(store, world.id, "acme", "Acme", ["gazipur"], world.clock())
    is_problem(await http.put("/v1/brands/acme", json={"name": "Other", "sites": ["mars"]}), 404)
    assert await rows(world, "SELECT name, count(*) FROM brand JOIN brand_site ON brand_id = id GROUP BY 1") == [
        ("Acme", 1)
    ]


@pytest.mark.parametrize("threshold", [4, 0, -1, 2**20, "ten", None])
async def test_an_operator_cannot_unprotect_a_programme(world: World, threshold: object) -> None:
    async with client(world, "operator") as http:
        body = {"code": "alpha", "name": "A", "organiser": "A", "threshold": threshold}
        is_problem(await http.post("/v1/programmes", json=body), 422, "threshold")
    assert await value(world, "SELECT threshold FROM programme") == 10


# -- registries -----------------------------------------------------------------------------------


async def test_a_registry_with_broken_rows_keeps_the_rest_and_a_service_twice_is_no_crash(
    world: World, http: httpx2.AsyncClient
) -> None:
    from tests.steps import service

    good = service("Food bank", "food", capacity=10**15)
    bad = service("Clinic", "health")
    bad["services"][0]["status"] = "asleep"
    answer = await http.post("/v1/registry", json=[good, good, bad])
    assert answer.status_code == 200, answer.text
    assert await value(world, "SELECT count(*) FROM service") == 1
    assert any("2" in fault["place"] for fault in answer.json()["errors"])
    assert (await http.get("/v1/services", params={"search": "a\x00b"})).status_code in {200, 400, 422}


# -- size -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "in pieces"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/surveys"), ("POST", "/v1/rounds"), ("PUT", "/v1/sites"),
        ("POST", "/carriers/simulator/inbound"), ("POST", "/sign-in"),
    ],
)  # fmt: skip
async def test_a_body_over_a_million_bytes_is_too_large(
    world: World, http: httpx2.AsyncClient, method: str, path: str, *, declared: bool
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 100_000

    content = b"x" * 1_100_000 if declared else pieces()
    headers = {"content-type": "application/json", "origin": "http://testserver"}
    is_problem(await http.request(method, path, content=content, headers=headers), 413)


async def test_a_roster_may_be_larger_and_has_a_limit_of_its_own(world: World) -> None:
    import dataclasses

    world.wiring = dataclasses.replace(world.wiring, max_roster_bytes=2_000_000)
    padding = b"".join(b"12,%s,en\n" % (b"x" * 200) for _ in range(7_000))
    async with client(world) as http:
        answer = await http.post("/v1/workers", content=b"phone,site,language\n" + padding)
        assert answer.status_code == 200
        is_problem(await http.post("/v1/workers", content=b"phone,site,language\n" + padding * 2), 413)


# -- addresses and errors -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404), ("PATCH", "/v1/surveys", 405), ("GET", "/v1/rounds/not-an-id", 422),
        ("GET", "/v1/rounds/00000000-0000-7000-8000-000000000000", 404), ("POST", "/carriers/pigeon/inbound", 404),
        ("POST", "/carriers/simulator/inbound", 403), ("POST", "/carriers/simulator/status/x", 403),
        ("GET", "/v1/surveys/%00", 400), ("GET", "/v1/services?page=0", 422),
    ],
)  # fmt: skip
async def test_a_wrong_address_is_a_problem_too(http: httpx2.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await http.request(method, path)
    assert answer.status_code in {status, 404} if "%00" in path else answer.status_code == status
    is_problem(answer, answer.status_code)


def errors() -> Iterator[type[DomainError]]:
    """Every error of the vocabulary, in every room."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if not module.name.startswith("app._shipped"):
            importlib.import_module(module.name)
    waiting = [DomainError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind is not DomainError:
            yield kind


def test_every_error_of_the_vocabulary_has_a_status_a_code_and_a_title() -> None:
    found = set(errors())
    assert len(found) > 12
    for kind in found:
        assert 400 <= status_of(kind) < 600, kind
        assert kind.code != DomainError.code, kind
        assert kind.title != DomainError.title, kind
        assert kind.__doc__, kind
    codes = [kind.code for kind in found]
    assert len(codes) == len(set(codes)), "one code, one error"


def test_an_error_nobody_listed_is_noticed() -> None:
    class StrayError(DomainError):
        """Listed nowhere."""

    with pytest.raises(StopIteration):
        status_of(StrayError)


# -- nothing tells --------------------------------------------------------------------------------


async def test_neither_problems_nor_logs_repeat_a_number_or_a_text(
    world: World, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.jobs import gathering, keeping

    await world.roster(f"{AMINA},gazipur,en,")
    bodies: list[str] = []
    with structlog.testing.capture_logs() as logged:
        for path, body in (
            ("/v1/simulator/texts", {"number": f"{AMINA} x", "text": WORDS}),
            ("/v1/simulator/texts", {"number": AMINA, "text": WORDS * 1000}),
            ("/v1/simulator/texts", {"number": AMINA, "text": WORDS, "to": BILAL}),
            ("/v1/simulator/phone", {"number": [AMINA]}),
        ):
            answer = await http.post(path, json=body)
            is_problem(answer, 422)
            bodies.append(answer.text)

        def broken(*_args: Any, **_kwargs: Any) -> None:
            raise ValueError(f"{AMINA} wrote {WORDS}")

        monkeypatch.setattr(gathering, "unprompted", broken)
        answer = await http.post("/v1/simulator/texts", json={"number": AMINA, "text": WORDS})
        assert answer.status_code == 200
        monkeypatch.setattr(keeping, "keep_replies", broken)
        answer = await http.post("/v1/simulator/texts", json={"number": AMINA, "text": WORDS})
        bodies.append(answer.text)
        assert answer.status_code == 500
        is_problem(answer, 500)
    assert {entry["event"] for entry in logged} >= {"reply-broke", "unexpected"}
    for held in (*bodies, repr(logged)):
        assert AMINA[1:] not in held
        assert "foreman" not in held
