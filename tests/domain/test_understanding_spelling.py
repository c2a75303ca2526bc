"""Words as phones write them are read like the words they stand for, in their own language."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import Command, Order, hear, understand
from app.domain.understanding.folding import fold
from app.domain.understanding.spelling import respelled

_LEXICONS = load_catalogue().lexicons
_PAID = Question("paid", Kind.YES_NO, {"fr": "Avez-vous été payé à temps ?", "ur": "کیا تنخواہ وقت پر ملی؟"})


@pytest.mark.parametrize(
    ("text", "written_out"),
    [
        pytest.param("tjr pa payé", "toujours pas paye", id="every word that has another spelling"),
        pytest.param("pa, tjr!", "pas, toujours!", id="signs stay where they were"),
        pytest.param("48g", "48g", id="letters behind a digit are a unit"),
        pytest.param("oui", "oui", id="nothing to write out"),
        pytest.param("tjr pas", "tjr pas", id="what the tables know as it stands"),
    ],
)
def test_words_are_written_out(text: str, written_out: str) -> None:
    assert respelled(fold(text), _LEXICONS["fr"]) == written_out


def test_a_language_without_such_a_table_reads_what_is_written() -> None:
    assert respelled("tjr pa", _LEXICONS["zh"]) == "tjr pa"


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        pytest.param("fr", "le patron na pa payé", False, id="French"),
        pytest.param("ur", "nhn mly abhy tk", False, id="Urdu in Latin letters"),
        pytest.param("ur", "han batayen", None, id="a go-ahead that begins like a yes"),
    ],
)
def test_a_reply_that_says_nothing_as_written_is_read_as_meant(language: str, text: str, value: object) -> None:
    assert understand(text, _PAID, _LEXICONS[language]).value is value


@pytest.mark.parametrize(("text", "value"), [("ہاںجی", True), ("نہیںملی", False)])
def test_a_letter_that_ends_words_parts_what_was_typed_without_a_blank(text: str, *, value: bool) -> None:
    assert understand(text, _PAID, _LEXICONS["ur"]).value is value


def test_a_question_back_is_heard_in_other_spellings_too() -> None:
    assert hear("vs etes qui", _PAID, "fr", _LEXICONS) == Command(Order.WHO)


def test_a_spelling_names_an_option() -> None:
    options = (Option(1, "low", {"fr": "salaire trop bas"}), Option(2, "heat", {"fr": "chaleur"}))
    question = Question("main", Kind.SINGLE, {"fr": "Quel problème ?"}, options)
    assert understand("salair tro ba", question, _LEXICONS["fr"]).value == 1
