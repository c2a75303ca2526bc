"""Templates of commands: every way to fill one says its command, and nothing that answers a question."""

import csv
import re
from itertools import product
from pathlib import Path

import pytest

from app.catalogue.catalogue import load_catalogue
from app.catalogue.lexicons import load_lexicons
from app.catalogue.places import DATA
from app.domain.errors import InvalidError
from app.domain.survey import Kind, Question
from app.domain.understanding import Command, Order, Sense, Understanding, hear, one_form

LEXICONS = load_catalogue().lexicons
TABLES = sorted((DATA / "templates").glob("*.csv"))
CONSENT = Question("consent", Kind.YES_NO, {})
ANSWERS = (Sense.YES, Sense.NO, Sense.UNSURE, Sense.NUMBER, Sense.ACKNOWLEDGE, Sense.ECHO_YES, Sense.ECHO_NO)


def filled(template: str) -> list[str]:
    places = [part[1:-1].split("/") if part.startswith("{") else [part] for part in re.split(r"(\{.*?\})", template)]
    return [" ".join("".join(ways).split()) for ways in product(*places)]


@pytest.mark.parametrize("table", [pytest.param(table, id=table.stem) for table in TABLES])
def test_every_way_to_fill_a_template_is_its_command_and_no_answer(table: Path) -> None:
    with table.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        for text in filled(row["template"]):
            assert hear(text, CONSENT, table.stem, LEXICONS) == Command(Order(row["sense"])), text
            assert not LEXICONS[table.stem].says(one_form(text), *ANSWERS), text


def test_every_language_has_templates() -> None:
    assert {table.stem for table in TABLES} == set(LEXICONS)


@pytest.mark.parametrize(
    ("text", "language", "order"),
    [
        ("dont msg me again", "en", Order.STOP), ("pls dont text me any more", "en", Order.STOP),
        ("help me, how do I answer?", "en", Order.HELP), ("sign me up again", "en", Order.START),
        ("não me mandem mais SMS", "pt", Order.STOP), ("aidez moi comment on répond", "fr", Order.HELP),
        ("u got the wrong guy, this isnt my number", "en", Order.WRONG_PERSON), ("明天再问我", "zh", Order.LATER),
    ],
)  # fmt: skip
def test_a_command_is_heard_in_other_words_and_said_twice(text: str, language: str, order: Order) -> None:
    assert hear(text, CONSENT, language, LEXICONS) == Command(order)


@pytest.mark.parametrize(
    ("text", "language"),
    [("baad me paisa dete hain", "hi"), ("ils paient plus tard", "fr"), ("နောက်မှလစာပေးတယ်", "my"), ("they pay our wages later", "en")],
)  # fmt: skip
def test_who_is_paid_later_does_not_ask_for_another_time(text: str, language: str) -> None:
    assert isinstance(hear(text, CONSENT, language, LEXICONS), Understanding)


@pytest.mark.parametrize(
    ("text", "language"),
    [("öğlen ara", "tr"), ("só à noite", "pt"), ("sai dare", "ha"), ("sai yamma", "ha"), ("lola", "yo"), ("lale", "yo"), ("bukas na", "fil")],
)  # fmt: skip
def test_a_time_that_may_be_of_pay_or_rest_asks_for_no_other(text: str, language: str) -> None:
    assert isinstance(hear(text, CONSENT, language, LEXICONS), Understanding)


@pytest.mark.parametrize(
    ("text", "language"),
    [("เลิกงานแล้วค่อยตอบ", "th"), ("ไว้ทีหลังแล้วกัน", "th"), ("ເລີກວຽກແລ້ວຄ່ອຍຕອບ", "lo"), ("ໄວ້ພາຍຫລັງກໍແລ້ວກັນ", "lo")],
)  # fmt: skip
def test_who_will_answer_when_something_is_done_asks_for_another_time(text: str, language: str) -> None:
    assert hear(text, CONSENT, language, LEXICONS) == Command(Order.LATER)


@pytest.mark.parametrize(
    ("text", "language"),
    [("yo bat m nan travay", "ht"), ("patwon an kale m nan travay", "ht"), ("kase m nan travay", "ht"), ("sinkora", "rw"),
     ("boss text me at night", "en"), ("he touches me when im on shift", "en"), ("خلص الشغل وما دفعوا", "ar"),
     ("المدير ضربني في الشغل الحين", "ar"), ("muna aiki zuwa dare", "ha"), ("suna dukana ina kan aiki", "ha"),
     ("ko si aaye lati simi", "yo"), ("won n lu wa to ba di ale", "yo"), ("waan shaqeynayaa 12 saac", "so")],
)  # fmt: skip
def test_what_befell_somebody_at_work_is_no_order(text: str, language: str) -> None:
    assert isinstance(hear(text, CONSENT, language, LEXICONS), Understanding)


def test_a_malformed_template_is_told_with_its_line(tmp_path: Path) -> None:
    for folder, lines in (
        ("lexicons", "sense,form,value,source,reviewed_by\n"),
        ("templates", "sense,template,source,reviewed_by\n"),
    ):
        (tmp_path / folder).mkdir()
        rows = (
            "stop,{no/never} {more/},authors,\nstop,{more/},authors,\nyes,{yes},authors,\n"
            if folder == "templates"
            else ""
        )
        (tmp_path / folder / "xx.csv").write_text(lines + rows, encoding="utf-8")
    with pytest.raises(InvalidError, match="cannot be read") as caught:
        load_lexicons(tmp_path)
    assert [fault.place for fault in caught.value.faults] == ["templates/xx.csv line 3", "templates/xx.csv line 4"]
