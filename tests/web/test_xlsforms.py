"""Workbooks by REST: real ones, ones that other programs read, and hostile ones."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import pytest
from pyxform.xls2xform import convert

from app.catalogue.catalogue import Catalogue, bundled_surveys
from app.catalogue.documents import read_yaml
from app.catalogue.instruments import with_instruments
from app.domain.errors import InvalidError
from app.domain.survey.parse import parse_survey
from app.jobs.xlsforms import _yes_no, read_upload, workbook_of
from app.store.keys import create_key
from tests.conftest import World
from tests.steps import PULSE, client, write

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ADDRESS = "/v1/surveys/xlsform"
SURVEY = [
    [
        "type",
        "name",
        "label::English (en)",
        "label::Bangla (bn)",
        "relevant",
        "constraint",
        "constraint_message",
        "required",
    ],
    ["select_one yn", "late", "Were you paid late?", "বেতন দেরিতে পেয়েছেন?", None, None, None, True],
    ["integer", "days", "How many days?", "কত দিন?", "${late} = 'yes'", ". >= 1 and . <= 60", None, None],
]
CHOICES = [
    ["list_name", "name", "label::English (en)", "label::Bangla (bn)"],
    ["yn", "yes", "Yes", "হ্যাঁ"],
    ["yn", "no", "No", "না"],
]
SETTINGS = [["form_title", "form_id", "version", "default_language"], ["Pay", "pay", 3, "English (en)"]]
Rows = Sequence[Sequence[object]]


def workbook(**sheets: Rows) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in {"survey": SURVEY, "choices": CHOICES, "settings": SETTINGS, **sheets}.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


async def sent(world: World, content: bytes, **headers: str) -> tuple[int, Mapping[str, Any]]:
    async with client(world) as http:
        answer = await http.post(ADDRESS, content=content, headers={"Content-Type": XLSX, **headers})
        return answer.status_code, answer.json()


async def test_a_form_becomes_a_draft_and_says_what_it_took_for_granted(world: World) -> None:
    status, kept = await sent(world, workbook())
    assert (status, kept["code"], kept["version"], kept["status"]) == (201, "pay", 1, "draft")
    assert kept["draft_wordings"] == ["en", "bn"]
    assert [row["place"] for row in kept["left_out"]] == [
        "survey, row 2, required",
        "settings, row 2",
        "settings, row 2",
    ]
    async with client(world) as http:
        document = (await http.get("/v1/surveys/pay")).json()["document"]
    assert document["questions"][1]["ask_if"] == {"question": "late", "is": ["yes"]}
    assert (document["questions"][1]["min"], document["questions"][1]["max"]) == (1, 60)


async def test_a_form_may_come_as_a_file_of_a_form(world: World) -> None:
    async with client(world) as http:
        answer = await http.post(ADDRESS, files={"file": ("pay.xlsx", workbook(), XLSX)}, data={"more": "x"})
        assert answer.status_code == 201
        empty = await http.post(ADDRESS, files={"file": (None, "x")})
        assert (empty.status_code, empty.json()["errors"][0]["place"]) == (422, "file")
        broken = await http.post(ADDRESS, content=b"x", headers={"Content-Type": "multipart/form-data"})
        assert broken.status_code == 422


async def test_faults_of_the_form_and_of_the_survey_come_together_with_their_rows(world: World) -> None:
    rows = [
        *SURVEY,
        ["geopoint", "where", "Where?", "কোথায়?"],
        ["text", "wish", "What else?", None],
        ["text", "sum", "=1+1", "?"],
    ]
    status, answer = await sent(world, workbook(survey=rows))
    assert (status, answer["type"]) == (422, "/problems/survey-invalid")
    assert {(row["place"], row["message"].split(";")[0]) for row in answer["errors"]} == {
        ("survey, row 4, type", "'geopoint' is nothing a text can ask"),
        ("survey, row 5 (questions.wish.text.bn)", "the wording is missing"),
        ("survey, row 6, column C", "is a formula or an error of one: write the value"),
    }
    async with client(world) as http:
        assert (await http.get("/v1/surveys/pay")).status_code == 404


async def test_what_answers_feed_outlives_the_way_through_a_form(world: World) -> None:
    await write(world)
    async with client(world) as http:
        answer = await http.get("/v1/surveys/pulse/xlsform")
        assert answer.headers["content-type"] == XLSX
        assert 'filename="pulse.xlsx"' in answer.headers["content-disposition"]
        status, kept = await sent(world, answer.content)
        assert (status, kept["version"], kept["draft_wordings"]) == (201, 2, ["en"])
        document = (await http.get("/v1/surveys/pulse")).json()["document"]
    assert parse_survey(document).questions == parse_survey(PULSE).questions
    assert (document["needs"], document["indicators"]) == (PULSE["needs"], PULSE["indicators"])


async def test_forms_are_an_ngo_s_own(world: World) -> None:
    async with world.context.database.transaction() as store:
        world.keys["service"] = await create_key(store, "operator", "o", world.clock())
    async with client(world, "service") as http:
        assert (await http.post(ADDRESS, content=workbook())).status_code == 403
        assert (await http.get("/v1/surveys/pulse/xlsform")).status_code == 403


@pytest.mark.parametrize("path", bundled_surveys(), ids=lambda path: path.stem)
def test_what_is_written_is_an_xlsform_to_others_without_a_warning(path: Any, catalogue: Catalogue) -> None:
    survey = parse_survey(with_instruments(read_yaml(path)))
    read = convert(io.BytesIO(workbook_of(survey, 2, catalogue.texts)), file_type=".xlsx", validate=False)
    assert read.warnings == []
    assert read.xform.count("<bind nodeset=") == len(survey.questions) + 1  # and the instance's own id


async def test_no_cell_is_written_as_a_formula(catalogue: Catalogue) -> None:
    document = {
        **PULSE,
        "title": '=HYPERLINK("x")',
        "questions": [{"code": "own", "kind": "text", "text": {"en": "=1+1"}}],
    }
    survey = parse_survey({**document, "partial_after": "", "indicators": [], "needs": []})
    form = await read_upload(workbook_of(survey, 1, catalogue.texts))
    assert form.refused == []
    assert parse_survey(form.document).questions == survey.questions


def test_every_language_says_yes_and_no(catalogue: Catalogue) -> None:
    assert [code for code in catalogue.texts if code != "en" and _yes_no(catalogue.texts, code) == ("Yes", "No")] == []
    assert _yes_no(catalogue.texts, "xx") == ("Yes", "No")


# -- hostile workbooks ----------------------------------------------------------------------------


def repacked(content: bytes, **parts: bytes) -> bytes:
    """The same workbook with parts of other content."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, parts.pop(part.filename.rpartition("/")[2], old.read(part)))
        for name, text in parts.items():
            new.writestr(f"xl/{name}", text)
    return written.getvalue()


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + depth, b"&%c;" % (97 + depth) * 10) for depth in range(9)
) + b"]><worksheet>&j;</worksheet>"  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"type,name,label\n", id="a text"),
        pytest.param(workbook()[:900], id="cut off"),
        pytest.param(repacked(workbook(), blob=bytes(21_000_000)), id="a bomb of one part"),
        pytest.param(repacked(workbook(), **{f"p{number}": b"" for number in range(100)}), id="a bomb of many parts"),
        pytest.param(repacked(workbook(), **{"sheet1.xml": BOMB}), id="a bomb of entities"),
        pytest.param(repacked(workbook(), **{"sheet1.xml": b"<a>"}), id="broken XML"),
        pytest.param(repacked(workbook(), **{"workbook.xml": b"<a/>"}), id="no sheets"),
        pytest.param(workbook(**{f"s{number}": [["x"]] for number in range(10)}), id="many sheets"),
    ],
)
async def test_what_is_no_workbook_or_too_large_a_one_is_refused(content: bytes) -> None:
    try:
        form = await read_upload(content)
    except InvalidError:
        return
    assert form.refused


async def test_a_sheet_that_claims_a_million_rows_is_read_as_far_as_it_goes() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    book["survey"]["A1048576"] = "text"
    book["survey"]["XFD2"] = "far out"
    written = io.BytesIO()
    book.save(written)
    form = await read_upload(written.getvalue())
    assert [question["code"] for question in form.document["questions"]] == ["late", "days"]


async def test_cells_without_a_head_heads_twice_and_endless_texts_are_told() -> None:
    survey = [[*SURVEY[0], "name"], *SURVEY[1:], ["text", "x" * 4001, "?", "?", None, None, None, None, None, "lost"]]
    form = await read_upload(workbook(survey=survey))
    assert {fault.place for fault in form.refused} >= {
        "survey, row 1, name",
        "survey, row 1, column J",
        "survey, row 4, column B",
    }
