"""XLSForms in a browser's hands: everything refused at once with its row, everything allowed there and back with no difference."""

import io
import re
from html import unescape
from typing import Any

import httpx2
import openpyxl

from tests.conftest import World
from tests.steps import client
from tests.web.forms import words
from tests.web.test_survey_editor import opened, typed

HEAD = [
    "type", "name", "label::English (en)", "label::Bangla (bn)", "hint::English (en)", "hint::Bangla (bn)", "relevant",
    "constraint", "constraint_message::English (en)", "constraint_message::Bangla (bn)", "required", "default",
    "calculation", "choice_filter",
]  # fmt: skip
CHOICES = ["list_name", "name", "label::English (en)", "label::Bangla (bn)"]
YES_NO = [["yn", "1", "Yes", "হ্যাঁ"], ["yn", "2", "No", "না"]]


def form(questions: list[list[Any]], choices: list[list[Any]], code: str = "work") -> bytes:
    """A workbook with these rows below the heads."""
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type] - a new workbook has a sheet
    settings = [["form_title", "form_id", "default_language", "purpose::English (en)", "purpose::Bangla (bn)"],
                ["Work", code, "English (en)", "your work", "আপনার কাজ"]]  # fmt: skip
    for name, lines in (("survey", [HEAD, *questions]), ("choices", [CHOICES, *choices]), ("settings", settings)):
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def row(kind: str, name: str, en: str = "", bn: str = "", **more: str) -> list[Any]:
    cells = {"type": kind, "name": name, HEAD[2]: en, HEAD[3]: bn, **more}
    return [cells.get(head) or None for head in HEAD]


async def upload(http: httpx2.AsyncClient, content: bytes) -> httpx2.Response:
    return await http.post("/surveys/xlsform", files={"file": ("form.xlsx", content)})


def told(answer: httpx2.Response) -> list[tuple[str, str]]:
    """Each place with what is said of it, as the table has them."""
    found = re.findall(r'<code>([^<]+)</code></th><td class="wide">([^<]+)</td>', answer.text)
    return [(place.partition(" (")[0], unescape(said)) for place, said in found]


async def test_everything_that_is_refused_is_told_at_once_from_the_first_row_down(world: World) -> None:
    questions = [
        row("begin repeat", "people", "People", "লোক"),
        row("end repeat", ""),
        row("geopoint", "where", "Where?", "কোথায়?"),
        row("image", "photo", "A photo", "ছবি"),
        row("integer", "age", "How old are you?", "বয়স কত?"),
        row("text", "odd", "Say", "বলুন", relevant='regex(${age}, "x")'),
        row("integer", "pulled", "How many?", "কত?", constraint='pulldata("a", "b") > 3'),
        row("calculate", "sum", calculation="uuid()"),
        row("integer", "silent"),
        row("text", "age", "Again", "আবার"),
        row("select_one missing", "which", "Which?", "কোনটি?"),
        row("select_one yn", "lost", "Lost?", "হারানো?", relevant="${nothing} = 1"),
        row("integer", "broken", "Broken?", "ভাঙা?", constraint=". > and 3"),
        row("", "kindless", "What?", "কী?"),
        row("integer", "", "Nameless", "নামহীন"),
        row("text", "half", "Only English"),
        row("begin group", "open"),
    ]
    choices = [*YES_NO, ["yn", "2", "No again", "আবার না"], ["yn", None, "Nameless", "নামহীন"], [None, "3", "x", "y"]]
    async with client(world) as http:
        answer = await upload(http, form(questions, choices))
        assert answer.status_code == 422
        faults = told(answer)
        assert [place for place, _ in faults] == [
            *(f"survey, row {at}, type" for at in (2, 3, 4, 5)), "survey, row 7, relevant", "survey, row 8, constraint",
            "survey, row 9, calculation", "survey, row 10", "survey, row 10", "survey, row 11, name", "survey, row 12, type",
            "survey, row 13, relevant", "survey, row 14, constraint", "survey, row 15, type", "survey, row 16, name",
            "survey, row 17", "survey, row 18, type", "choices, row 4, name", "choices, row 5, name",
            "choices, row 6, list_name",
        ]  # fmt: skip
        said = dict(faults)
        assert said["survey, row 7, relevant"].startswith("the function regex() is not known here; known are")
        assert said["survey, row 12, type"] == "the list 'missing' is not among the choices"
        assert said["survey, row 13, relevant"] == "'nothing' is not a question asked before"
        assert said["survey, row 14, constraint"] == "'and' is not expected there, but a number, or a text in quotes"
        assert said["survey, row 16, name"] == "is missing"
        assert "nothing was kept" in words(answer)
        http.headers.update({"Accept-Language": "es"})
        spanish = " ".join(said for _, said in told(await upload(http, form(questions, choices))))
        assert "'nothing'" in spanish, "what somebody wrote is told as it was written"
        assert not re.search(r"\b(known|missing|twice|nothing|wording)\b", re.sub(r"'[^']*'", "", spanish)), spanish


async def test_everything_that_is_allowed_is_held_on_the_phone_and_comes_back_with_no_difference(world: World) -> None:
    questions = [
        row("note", "hello", "Thank you for answering.", "উত্তরের জন্য ধন্যবাদ।"),
        row("begin group", "hard", relevant=""),
        row("integer", "hours", "How many hours a week?", "সপ্তাহে কত ঘণ্টা?", constraint=". >= 0 and . <= 112",
            required="yes", **{HEAD[4]: "With overtime", HEAD[5]: "ওভারটাইমসহ", HEAD[8]: "From 0 to 112, please",
            HEAD[9]: "০ থেকে ১১২ লিখুন"}),
        row("select_one yn", "late", "Was your pay late?", "বেতন কি দেরিতে?", relevant="${hours} > 10"),
        row("select_multiple bad", "bad", "What was hard?", "কী কঠিন?", relevant="${late} = 1 and not(${hours} = 20)"),
        row("end group", ""),
        row("decimal", "wage", "Pay a day?", "দিনে বেতন?", relevant="selected(${bad}, 2)", constraint=". >= 0.5"),
        row("calculate", "long", calculation="if(${hours} > 60, 1, 0)"),
        row("text", "why", "Why so long?", "এত কেন?", relevant="${long} = 1"),
        row("date", "since", "Since when?", "কবে থেকে?", default="2020-01-01"),
    ]  # fmt: skip
    choices = [*YES_NO, ["bad", "1", "Heat", "গরম"], ["bad", "2", "Pay", "বেতন"]]
    async with client(world) as http:
        http.headers.update({"Accept": "text/html"})
        read = await upload(http, form(questions, choices))
        assert read.status_code == 200
        assert "survey, row 4, required" in dict(told(read)), "what was left out is told"
        fields = await opened(http, "work")
        phone = await http.post(
            "/surveys/work/phone", data={"language": "bn", "said": '["1", "70", "2", "1"]', "text": "because"}
        )
        assert "সপ্তাহে কত ঘণ্টা?" in phone.text
        assert "এত কেন?" in phone.text
        assert (await typed(http, fields, "work", "publish")).status_code == 303
        book = (await http.get("/surveys/work/xlsform")).content
        again = await upload(http, book)
        assert again.status_code in {200, 303}
        assert "Nothing differs." in words(await http.get("/surveys/work/changes"))
