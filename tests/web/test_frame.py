"""What every page stands in: other people's files with their hashes, the languages, the head."""

import gzip
import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from hashlib import sha256
from itertools import combinations
from string import Formatter
from uuid import UUID

import pytest
from httpx2 import ASGITransport, AsyncClient

from app.domain.phrases import phrase
from app.domain.quality.model import Respondent
from app.domain.quality.sites import shared_phones
from app.store.keys import Caller
from app.web.app import create_app
from app.web.pages import formats
from app.web.pages.languages import LANGUAGES, Visit, _visit, gettext, ngettext, preferred, visit
from app.web.pages.templating import STATIC, page
from tests.conftest import World
from tests.tools.messages import catalog_of, extracted, missing, refusals

VENDOR = STATIC / "vendor"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
NGO = Caller(UUID(int=1), "ngo", "Asha", UUID(int=2), grade="admin")
TRANSLATED = [code for code in LANGUAGES if code != "en"]


@pytest.fixture
def visiting() -> Iterator[None]:
    before = _visit.get()
    yield
    _visit.set(before)


def test_every_file_of_others_is_the_one_that_was_taken_with_its_licence() -> None:
    told = json.loads((VENDOR / "sources.json").read_text())
    assert {row["file"]: row["sha256"] for row in told} == {
        row["file"]: sha256((VENDOR / row["file"]).read_bytes()).hexdigest() for row in told
    }
    licences = {row["text"] for row in told}
    assert {path.name for path in VENDOR.iterdir()} == {row["file"] for row in told} | licences | {"sources.json"}


def test_no_page_and_no_sheet_fetches_anything_from_elsewhere() -> None:
    ours = [*STATIC.glob("*.*"), *(STATIC.parent / "templates").rglob("*.html")]
    for path in ours:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
        assert 'src="http' not in text, path
        assert "url(http" not in text, path


def test_what_every_page_loads_weighs_less_than_sixty_kilobytes_compressed() -> None:
    loaded = [STATIC / "style.css", STATIC / "mark.svg", *VENDOR.glob("*.css"), *VENDOR.glob("*.js")]
    assert sum(len(gzip.compress(path.read_bytes(), 5)) for path in loaded) < 60_000


# -- languages ------------------------------------------------------------------------------------


def test_the_catalogs_hold_exactly_what_the_pages_say() -> None:
    said = {message.id for message in extracted() if message.id}
    for code in TRANSLATED:
        assert {message.id for message in catalog_of(code) if message.id} == said, "run `make messages`"


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_names_what_the_text_names(code: str) -> None:
    catalog = catalog_of(code)
    for message in catalog:
        if message.id:
            assert not list(message.check(catalog)), message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translated_refusal_names_the_same_values(code: str) -> None:
    asked = {message for _, message in refusals() if "{" in message and '{"' not in message}
    for message in catalog_of(code):
        if message.id in asked:
            assert places(str(message.string)) == places(str(message.id)), message.id


def test_what_goes_wrong_at_an_identity_provider_is_said_in_the_language_of_the_page() -> None:
    assert "The provider refused the sign-in." in {said for name, said in refusals() if name.endswith("openid.py")}


def places(template: str) -> set[tuple[object, ...]]:
    return {part[1:] for part in Formatter().parse(template) if part[1] is not None}


def test_a_refusal_is_said_in_the_language_at_hand(visiting: None) -> None:
    _visit.set(Visit("fr"))
    refused = phrase("{code!r} does not fit: {misfit}", code="hours", misfit="must be a number")
    assert gettext(refused) == "'hours' ne convient pas : doit être un nombre"
    assert str(refused) == "'hours' does not fit: must be a number", "programs read English"
    assert gettext("") == ""


def test_a_number_that_says_how_it_is_written_is_written_so_in_every_language(visiting: None) -> None:
    _visit.set(Visit("fr"))
    assert gettext(phrase("takes {low:g} to {high:g}", low=1.0, high=60.0)).endswith("1 to 60")


def test_evidence_is_told_in_the_language_at_hand_with_its_numbers(visiting: None) -> None:
    people = [
        Respondent(at, "other" if at < 60 else "site", (), (), NOON, (NOON,), shared=60 <= at < 80) for at in range(90)
    ]
    (flag,) = shared_phones(people)
    assert flag.evidence.startswith("20 of 30 answered on a phone the roster names twice; as at")
    _visit.set(Visit("fr"))
    assert gettext(flag.evidence).startswith("20 sur 30 ont répondu depuis un téléphone")
    assert gettext(flag.evidence).endswith(f" {formats.mean(round(flag.expected, 1))}.")
    assert "," in gettext(flag.evidence).rpartition(" ")[2], "as French writes a number"


def test_a_refusal_survives_being_copied_and_quoted() -> None:
    refused = deepcopy(phrase("{code!r} is not a question", code="a"))
    assert (refused, refused.template, refused.values) == (
        "'a' is not a question",
        "{code!r} is not a question",
        {"code": "a"},
    )
    assert json.dumps([refused]) == "[\"'a' is not a question\"]"


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_is_translated(code: str) -> None:
    assert missing(catalog_of(code)) == []


def test_no_catalog_says_a_sentence_in_the_language_of_another() -> None:
    told = {
        code: {item.id: item.string for item in catalog_of(code) if len(str(item.id).split()) > 4}
        for code in TRANSLATED
    }
    for one, other in combinations(TRANSLATED, 2):
        assert [text for text, said in told[one].items() if said == told[other].get(text)] == []


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        pytest.param("fr-FR,fr;q=0.9,en;q=0.8", "fr", id="the first"),
        pytest.param("de, es;q=0.7, en;q=0.3", "es", id="the weightiest of ours"),
        pytest.param("en;q=0.2, bn", "bn", id="in any order"),
        pytest.param("fr;q=0, de", "en", id="a refused one"),
        pytest.param("fr;q=much", "en", id="malformed"),
        pytest.param("", "en", id="none"),
    ],
)
def test_the_browser_s_wish_chooses_the_language(accept: str, language: str) -> None:
    assert preferred(accept) == language


@pytest.mark.usefixtures("visiting")
def test_a_text_nobody_translated_stays_as_it_is() -> None:
    _visit.set(Visit("fr"))
    assert gettext("a text of tomorrow") == "a text of tomorrow"
    assert ngettext("one", "many", 2) == "many"


@pytest.mark.usefixtures("visiting")
def test_a_change_of_language_keeps_the_rest_of_the_address() -> None:
    _visit.set(Visit("en", "/compare", "site=a&site=b&lang=fr"))
    assert visit().with_query(lang="bn") == "/compare?site=a&site=b&lang=bn", "all the sites that are compared stay"
    _visit.set(Visit("fr", "/rounds/1", "split=gender&lang=fr"))
    text = page("error.html", 404, title="x", detail="").body.decode()
    assert '<html lang="fr" dir="ltr">' in text
    assert 'href="/rounds/1?split=gender&amp;lang=bn"' in text


async def test_a_language_asked_for_is_kept(world: World) -> None:
    transport = ASGITransport(create_app(world.wiring))
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        first = await client.get("/sign-in?lang=bn", headers={"Accept": "text/html"})
        assert '<html lang="bn"' in first.text
        assert '<html lang="bn"' in (await client.get("/sign-in", headers={"Accept-Language": "fr"})).text
        assert '<html lang="es"' in (await client.get("/sign-in?lang=es")).text
        assert "set-cookie" not in (await client.get("/sign-in?lang=xx")).headers


async def test_pages_travel_compressed(world: World) -> None:
    transport = ASGITransport(create_app(world.wiring))
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/static/vendor/pico.classless.min.css", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"


# -- the head -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("visiting")
def test_the_page_at_hand_is_marked_in_the_head() -> None:
    _visit.set(Visit("en", "/rounds/1"))
    text = page("error.html", 404, caller=NGO, phones=True, title="x", detail="").body.decode()
    assert '<a href="/rounds" aria-current="page">' in text
    assert '<a href="/simulator">' in text
