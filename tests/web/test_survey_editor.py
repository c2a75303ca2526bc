"""The editor over HTTP, as a browser without JavaScript uses it: typed, checked, tried on a phone, published; by two at once."""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest
from httpx2 import AsyncClient, Response

from app.store.keys import create_key
from app.web.pages.surveys.fields import document_of, flat, gathered, tree_of, whole
from app.web.pages.surveys.moves import moved
from app.web.pages.surveys.naming import placed, worded
from app.web.pages.surveys.talking import read_said
from tests.conftest import AMINA, World
from tests.steps import PULSE, client, write
from tests.web.test_xlsforms import XLSX, workbook

HTML = {"Accept": "text/html"}


@pytest.fixture
async def http(world: World) -> AsyncIterator[AsyncClient]:
    async with client(world) as opened:
        opened.headers.update(HTML)
        yield opened


def fields(page: str, **changed: str) -> dict[str, str]:
    """What the form of an editor holds, with some of it typed anew."""
    form = page.partition('<form id="editor"')[2].partition("</form>")[0]
    found: dict[str, str] = {}
    for tag in re.finditer(
        r"<input([^>]*)>|<textarea([^>]*)>(.*?)</textarea>|<select([^>]*)>(.*?)</select>", form, re.DOTALL
    ):
        about = tag.group(1) or tag.group(2) or tag.group(4) or ""
        name = re.search(r'name="([^"]*)"', about)
        value = re.search(r'value="([^"]*)"', about if tag.group(1) else "")
        chosen = re.search(r'<option value="([^"]*)" selected', tag.group(5) or "")
        if name:
            found[name.group(1)] = unescape(
                value.group(1) if value else chosen.group(1) if chosen else tag.group(3) or ""
            )
    assert found
    return {**found, **changed}


async def opened(http: AsyncClient, code: str = "pulse", **changed: str) -> dict[str, str]:
    page = await http.get(f"/surveys/{code}")
    assert page.status_code == 200
    return fields(page.text, **changed)


async def typed(http: AsyncClient, form: dict[str, str], code: str = "pulse", do: str = "typing") -> Response:
    if do == "typing":
        return await http.post(f"/surveys/{code}/typing", data=form)
    return await http.post(f"/surveys/{code}", data={**form, "do": do})


async def test_an_editor_shows_a_survey_so_that_saving_it_unchanged_changes_nothing(
    world: World, http: AsyncClient
) -> None:
    await write(world)
    form = await opened(http)
    assert (form["questions.1.yes"], form["needs.0.when"]) == ("100", "${fed} = 'no'")
    saved = await typed(http, form)
    assert "Saved by" in saved.text
    assert "Nothing differs." in (await http.get("/surveys/pulse/changes")).text


async def test_what_is_typed_is_kept_counted_priced_and_checked(world: World, http: AsyncClient) -> None:
    await write(world)
    form = await opened(http, **{"questions.0.text.en": "é " * 90, "questions.0.code": "saf e"})
    told = (await typed(http, form)).text
    assert re.search(r'id="c-w-0-text-en"[^>]*>2 segments · BD 0.12 USD · KE [\d.]+ USD<', told)
    assert "must be a short code of small letters" in told
    assert "is not a question" in told  # what was made of it names it no more
    again = await opened(http)
    assert again["questions.0.code"] == "saf e"
    wide = await opened(http, **{"questions.0.text.en": "ক" * 140, "questions.0.code": "safe"})
    assert '"c-w-0-text-en" hx-swap-oob="true">3 segments' in (await typed(http, wide)).text


async def test_a_rule_that_cannot_be_read_stays_as_it_was_typed_and_is_told_beside_its_question(
    world: World, http: AsyncClient
) -> None:
    await write(world)
    form = await opened(http, **{"questions.1.ask_if": "${safe} = ", "needs.1.when": "${nobody} = 1"})
    told = (await typed(http, form)).text
    assert (
        '<ul class="faults plain" id="f-1" hx-swap-oob="true"><li>Asked only if: ends where a value should stand</li>'
        in told
    )
    assert "&#39;nobody&#39; is not a question asked before" in told
    assert (await opened(http))["questions.1.ask_if"] == "${safe} ="
    refused = await typed(http, form, do="publish")
    assert (refused.status_code, "Not published" in refused.text) == (422, True)


async def test_buttons_add_move_and_take_away_without_a_script(world: World, http: AsyncClient) -> None:
    await write(world)
    answer = await typed(http, await opened(http), do="add:questions")
    assert (answer.status_code, answer.headers["location"]) == (303, "/surveys/pulse?open=3#q-3")
    form = await opened(
        http, **{"questions.3.code": "why", "questions.3.kind": "single", "questions.3.text.en": "Why?"}
    )
    await typed(http, form, do="add:options:3")
    await typed(http, await opened(http), do="add:options:3")
    form = await opened(http, **{"questions.3.options.0.text.en": "heat", "questions.3.options.1.text.en": "noise"})
    assert [form[f"questions.3.options.{at}.code"] for at in (0, 1)] == ["1", "2"]
    await typed(http, form, do="up:questions:3")
    await typed(http, await opened(http), do="remove:needs:1")
    form = await opened(http, language="fr")
    assert (form["questions.2.code"], form["questions.3.code"], "needs.1.when" in form) == ("why", "touched", False)
    await typed(http, form, do="add:languages:")
    form = await opened(http)
    assert (form["languages.1"], form["questions.2.text.fr"]) == ("fr", "")
    await typed(http, form, do="remove:languages:fr")
    await typed(http, await opened(http), do="add:indicators")
    form = await opened(
        http, **{"indicators.2.code": "noise", "indicators.2.domain": "voice", "indicators.2.of": "safe"}
    )
    await typed(http, form, do="remove:options:2:1")
    await typed(http, await opened(http), do="remove:questions:2")
    told = await typed(http, await opened(http), do="publish")
    assert told.headers["location"] == "/surveys/pulse/changes?done=published&to=2"
    page = (await http.get(told.headers["location"])).text
    assert "version 2 never changes again" in page
    assert "Indicator noise · Domain" in page
    assert "Question why" not in page


async def test_a_word_changed_after_its_review_is_a_draft_until_somebody_stands_for_it_anew(
    world: World, http: AsyncClient
) -> None:
    await write(world)
    await typed(http, await opened(http, **{"questions.0.text.en": "How safe is it?"}), do="publish")
    async with client(world) as api:
        assert (await api.get("/v1/surveys/pulse")).json()["draft_wordings"] == ["en"]
    reviewed = {"reviews.en.status": "reviewed", "reviews.en.by": "Rina", "reviews.en.on": "2026-11-20"}
    await typed(http, await opened(http, **{"questions.0.text.en": "How safe is your work?", **reviewed}), do="publish")
    async with client(world) as api:
        kept = (await api.get("/v1/surveys/pulse")).json()
    assert (kept["version"], kept["draft_wordings"]) == (3, [])
    assert kept["document"]["reviews"] == {"en": {"status": "reviewed", "by": "Rina", "on": "2026-11-20"}}


async def test_two_people_are_told_and_nothing_is_written_over(world: World, http: AsyncClient) -> None:
    await write(world)
    async with world.context.database.transaction() as store:
        world.keys["selim"] = await create_key(store, "ngo", "Selim", world.clock(), programme=world.id)
    async with client(world, "selim") as other:
        other.headers.update(HTML)
        mine, theirs = await opened(http), await opened(other)
        assert "Saved by Selim" in (await typed(other, {**theirs, "title": "Selim’s pulse"})).text
        assert (
            "Saved by Selim" in (await typed(other, {**theirs, "title": "Selim’s own pulse"})).text
        )  # one page goes on
        refused = await typed(http, {**mine, "title": "My pulse"})
        assert "yours is not saved" in refused.text
        both = await typed(http, {**mine, "title": "My pulse"}, do="compare")
        assert both.status_code == 409
        assert "<del>Selim’s own pulse</del>" in both.text
        assert "<ins>My pulse</ins>" in both.text
        assert (await opened(http))["title"] == "Selim’s own pulse"
        kept = {
            name: unescape(text)
            for name, text in re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', both.text)
        }
        assert (await typed(http, kept, do="save")).status_code == 303
        assert (await opened(http))["title"] == "My pulse"
        assert "yours is not saved" in (await typed(other, theirs)).text
        await typed(http, await opened(http), do="publish")
        assert (await typed(other, theirs, do="save")).status_code == 409
        assert (await typed(http, await opened(http), do="drop")).status_code == 303


async def test_a_phone_holds_the_conversation_and_nothing_leaves(world: World, http: AsyncClient) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    await typed(http, await opened(http, **{"questions.0.text.en": "How sound is your work?"}))
    page = (await http.get("/surveys/pulse/phone")).text
    assert "asks about your work" in page
    for reply in ("yes", "4", "no"):
        said = unescape(re.search(r'name="said" value="([^"]*)"', page).group(1))  # type: ignore[union-attr]
        page = (await http.post("/surveys/pulse/phone", data={"said": said, "language": "en", "text": reply})).text
    assert "How sound is your work?" in page
    assert "understood: safe: answer 4" in page
    assert "a need would be raised: food, urgent, standard" in page
    part = await http.post("/surveys/pulse/phone", data={"said": said, "again": "1"}, headers={"HX-Request": "true"})
    assert part.text.startswith("<section")
    assert "understood" not in part.text
    async with world.context.database.transaction() as store:
        assert await store.value("SELECT count(*) FROM outbox") == 0
        assert await store.value("SELECT count(*) FROM need") == 0
    assert world.texts(AMINA) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("{", [], id="broken"),
        pytest.param("[" * 100_000, [], id="endless"),
        pytest.param('{"a": 1}', [], id="no list"),
        pytest.param('["1", 2, null, "no"]', ["1", "no"], id="other things"),
    ],
)
def test_what_a_hidden_field_was_made_to_say_breaks_nothing(text: str, said: list[str]) -> None:
    assert read_said(text) == said


async def test_a_survey_begins_by_its_code_or_out_of_a_form(world: World, http: AsyncClient) -> None:
    begun = await http.post("/surveys", data={"code": "heat", "title": "Heat", "language": "en"})
    assert (begun.status_code, begun.headers["location"]) == (303, "/surveys/heat")
    page = (await http.get("/surveys/heat")).text
    assert "faults are to be mended" in page
    assert "no question yet" in (await http.get("/surveys/heat/phone")).text
    assert (await http.post("/surveys", data={"code": "heat", "title": "x"})).status_code == 409
    assert (await http.post("/surveys", data={"code": "He at", "title": "x"})).status_code == 422
    sent = await http.post("/surveys/xlsform", files={"file": ("pay.xlsx", workbook(), XLSX)})
    assert (sent.status_code, 'href="/surveys/pay"' in sent.text) == (200, True)
    assert "survey, row 2, required" in sent.text, "what was left out is told"
    assert (await http.post("/surveys/xlsform", files={"file": ("pay.xlsx", workbook(), XLSX)})).status_code == 409
    assert (await opened(http, "pay"))["questions.1.ask_if"] == "${late} = 'yes'"
    assert (await typed(http, await opened(http, "pay"), "pay", "publish")).status_code == 303
    listed = (await http.get("/surveys")).text
    assert "being typed" in listed
    assert "not reviewed: English, Bangla" in listed
    wrong = await http.post(
        "/surveys/xlsform", files={"file": ("x.xlsx", workbook(survey=[["type"], ["geopoint"]]), XLSX)}
    )
    assert wrong.status_code == 422
    assert "survey, row 2, type" in wrong.text
    assert (await http.post("/surveys/xlsform", files={"file": ("x.xlsx", b"x", XLSX)})).status_code == 422
    assert (await http.get("/surveys/pay/xlsform")).headers["content-type"] == XLSX
    assert (await http.get("/surveys/nothing")).status_code == 404


async def test_each_fault_of_the_check_leads_to_where_it_is_mended(world: World, http: AsyncClient) -> None:
    await write(world)
    wrong = {"questions.1.text.en": "", "indicators.0.of": "nothing", "purpose.en": "", "reviews.en.by": ""}
    told = (await http.post("/surveys/pulse/typing", data=await opened(http, **wrong))).text
    found = dict(re.findall(r'<a href="#([\w-]+)">(\w+)', told))
    assert found == {"q-1": "Question", "indicators": "Indicator", "wordings": "What", "publish": "Review"}
    page = (await http.get("/surveys/pulse")).text
    for anchor in found:
        assert f'id="{anchor}"' in page
    # The phone stands before what the conversation costs, which is long where there are many languages.
    assert page.index('id="state"') < page.index('id="phone"') < page.index('id="costs"')
    assert "The whole conversation" in told, "and is counted anew while somebody types"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        pytest.param("questions.paid.text.bn", "Question paid · Wording · Bangla", id="a wording"),
        pytest.param("questions.paid.options.2.score", "Question paid · Option 2 · Score", id="an option"),
        pytest.param("questions.order", "Questions · Order", id="an order"),
        pytest.param("needs[1].when", "Need 1 · Raised when", id="as the check names it"),
        pytest.param("reviews.en.by", "Review · English · Who", id="who stands for it"),
        pytest.param("signs.fed", "Signs · Fed", id="what no field shows"),
    ],
)
def test_a_place_is_called_what_the_editor_calls_it(place: str, said: str) -> None:
    assert placed(place) == said


def test_what_a_place_holds_is_said_in_words_unless_somebody_wrote_it() -> None:
    assert worded("questions.paid.kind", "yes-no") == "Yes no"
    assert worded("languages", "en, bn") == "English, Bangla"
    assert worded("questions.paid.text.en", "yes-no") == "yes-no"


async def test_a_survey_without_questions_anywhere_has_no_changes_from_nothing(world: World, http: AsyncClient) -> None:
    await write(world)
    page = (await http.get("/surveys/pulse/changes?to=1")).text
    assert "Questions · Order" in page
    assert "safe, fed, touched" in page
    assert (await http.get("/surveys/pulse/changes?to=7")).status_code == 404


# -- fields ---------------------------------------------------------------------------------------


def test_fields_and_document_are_one_another() -> None:
    document: dict[str, Any] = {
        **PULSE, "signs": {"touched": "forced-labour"}, "told": "fed",
        "indicators": [{**PULSE["indicators"][0], "weights": {"safe": 2}}],
    }  # fmt: skip
    tree = gathered(flat(tree_of(document)))
    made, faults = document_of(tree, document)
    assert faults == []
    assert made["indicators"] == document["indicators"]
    assert (made["signs"], made["told"], made["reviews"]) == (document["signs"], document["told"], document["reviews"])
    assert tree_of(made) == tree_of(document)


def test_a_rule_of_a_sign_s_question_is_the_authors_own_and_stays() -> None:
    document = {**PULSE, "signs": {"touched": "forced-labour"}}
    made, _ = document_of(gathered(flat(tree_of(document))), document)
    assert made["needs"] == PULSE["needs"]


def test_a_rule_that_cannot_be_typed_is_told_and_not_lost() -> None:
    own = {"code": "own", "kind": "text", "text": {"en": "?"}}
    after = {**own, "code": "after", "ask_if": {"question": "own", "is": ["a 'b' \"c\""]}}
    document = {**PULSE, "questions": [*PULSE["questions"], own, after]}
    _, faults = document_of(gathered(flat(tree_of(document))), document)
    assert [fault.place for fault in faults] == ["questions.after.ask_if"]


def test_another_scoring_leaves_what_belonged_to_the_one_before() -> None:
    document = {**PULSE, "indicators": [{**PULSE["indicators"][0], "weights": {"safe": 2}}]}
    made, _ = document_of(gathered(flat(tree_of(document)) | {"indicators.0.scoring": "raw"}), document)
    assert "weights" not in made["indicators"][0]


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"questions": "x", "purpose": "y", "reviews.en": "z"}, id="texts for lists"),
        pytest.param({"questions.0.text": "x", "questions.0.options": "y"}, id="texts for mappings"),
        pytest.param({"questions.0": "x", "questions.0.code": "y"}, id="both"),
        pytest.param({"questions.999999999999.code": "far"}, id="a far place"),
        pytest.param({"a.b": "x", "questions.0." + "a." * 20: "deep"}, id="names that are none"),
        pytest.param({"questions.0.min": "nan", "questions.0.options.0.code": "1e999"}, id="numbers that are none"),
    ],
)
def test_a_form_somebody_meddled_with_breaks_nothing(form: dict[str, str]) -> None:
    tree = gathered(form)
    document_of(tree, {"survey": "x"})
    for do in (
        "add:questions",
        "remove:questions:7",
        "up:options:0:0",
        "add:options:9",
        "add:nothing",
        "x",
        "add:languages:",
    ):
        assert whole(moved(tree, do)) == moved(tree, do)


async def test_a_rule_is_put_together_from_choices_without_being_typed(world: World, http: AsyncClient) -> None:
    await write(world)
    page = (await http.get("/surveys/pulse")).text
    assert '<select name="guide.questions.1.question"><option value="safe">' in page
    assert "guide.questions.0.question" not in page, "nothing is asked before the first"
    first = await opened(http, **{"guide.questions.2.question": "fed", "guide.questions.2.sign": "!=",
        "guide.questions.2.value": "yes"})  # fmt: skip
    assert (await typed(http, first, do="rule:questions:2")).headers["location"] == "/surveys/pulse?open=2#q-2"
    second = await opened(http, **{"guide.questions.2.question": "safe", "guide.questions.2.sign": "<",
        "guide.questions.2.value": "3", "guide.questions.2.join": "or"})  # fmt: skip
    await typed(http, second, do="rule:questions:2")
    assert (await opened(http))["questions.2.ask_if"] == "${fed} != 'yes' or ${safe} < 3"
    need = await opened(http, **{"guide.needs.0.question": "safe", "guide.needs.0.sign": "<=",
        "guide.needs.0.value": "2", "guide.needs.0.join": "and"})  # fmt: skip
    assert (await typed(http, need, do="rule:needs:0")).headers["location"].endswith("#needs")
    form = await opened(http)
    assert form["needs.0.when"] == "${fed} = 'no' and ${safe} <= 2"
    assert "No fault was found" in (await typed(http, form)).text


@pytest.mark.parametrize("do", ["rule:questions:99", "rule:questions:x", "rule:title:0", "rule:", "rule:questions:1"])
async def test_half_a_rule_or_one_of_nothing_changes_nothing(world: World, http: AsyncClient, do: str) -> None:
    await write(world)
    before = await opened(http)
    assert (await typed(http, before, do=do)).status_code == 303
    after = await opened(http)
    assert {name: text for name, text in after.items() if "ask_if" in name or "when" in name} == {
        name: text for name, text in before.items() if "ask_if" in name or "when" in name
    }


async def test_what_was_still_on_its_way_when_a_button_was_pressed_is_not_written_over_it(
    world: World, http: AsyncClient
) -> None:
    await write(world)
    form = await opened(http, title="Before")
    assert "Saved by" in (await typed(http, form)).text
    assert (await typed(http, form, do="add:questions")).status_code == 303
    assert "yours is not saved" in (await typed(http, form)).text
    after = await opened(http)
    assert "questions.3.code" in after
    assert "Saved by" in (await typed(http, after)).text, "the page that follows goes on"
