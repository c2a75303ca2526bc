"""Replies as they are spoken: a point in words, a don't know at the end, the question's own words given back."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import Outcome, understand

LEXICONS = load_catalogue().lexicons


def read(text: str, question: Question, language: str = "en") -> object:
    reading = understand(text, question, LEXICONS[language])
    return reading.value if reading.outcome is Outcome.ANSWER else reading.outcome.value


WAGE = Question(
    "wage", Kind.NUMBER, {"id": "Berapa gaji bulan lalu?", "bn": "গত মাসে কত টাকা পেয়েছেন?", "en": "How much money did you get?"}
)  # fmt: skip
PAID = Question(
    "paid",
    Kind.YES_NO,
    {"en": "Did you get your pay?", "ur": "کیا پچھلے مہینے تنخواہ وقت پر ملی؟", "fr": "Avez-vous été payé à temps ?", "bn": "বেতন পেয়েছেন?"},
)  # fmt: skip
HOUSEHOLD = Question("household", Kind.NUMBER, {"bn": "আপনার ঘরে কতজন মানুষ থাকে?"}, minimum=0, maximum=30)
TREATS = Question(
    "treats",
    Kind.SINGLE,
    {"en": "How does your supervisor treat you?"},
    tuple(Option(code, f"v{code}", {"en": text}) for code, text in enumerate(("very bad", "bad", "good", "very good"), 1)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        pytest.param("2 koma 5 juta", "id", 2_500_000, id="digits around the word"),
        pytest.param("dua koma dua lima juta", "id", 2_250_000, id="all in words"),
        pytest.param("seven point five", "en", 7.5, id="English"),
        pytest.param("7 point", "en", "unclear", id="nothing behind it"),
        pytest.param("7 point eleven", "en", "unclear", id="no digit behind it"),
        pytest.param("15 হাজারের মতো", "bn", 15_000, id="a thousand with an ending"),
        pytest.param("15 হাজারেরটা", "bn", "unclear", id="a thousand with an ending nobody knows"),
    ],
)
def test_a_point_in_words_and_an_inflected_thousand_count(text: str, language: str, value: object) -> None:
    assert read(text, WAGE, language) == value


def test_people_who_are_listed_beside_a_count_are_not_all_of_it() -> None:
    assert read("ma baba ami 2 bon", HOUSEHOLD, "bn") == "unclear"
    assert read("amra 5 jon", HOUSEHOLD, "bn") == 5


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        pytest.param("my answer is i don't know", "en", "dont-know", id="at the end"),
        pytest.param("yes i don't know", "en", "unclear", id="behind a yes"),
        pytest.param("a new building i don't know", "en", "unclear", id="behind words of their own"),
        pytest.param("ڈر لگتا ہے", "ur", "unclear", id="it seems is the end of another sentence"),
        pytest.param("ye main nahi bata sakta", "ur", "refused", id="cannot tell"),
        pytest.param("tankhwa to time pe hi milti hai", "ur", True, id="the question's words in Latin letters"),
        pytest.param("beton to pailam na", "bn", False, id="and denied"),
        pytest.param("na 2000 taka kete rakhse", "bn", False, id="a no and an amount that explains it"),
        pytest.param("2000 taka pai nai", "bn", "unclear", id="an amount before the no"),
        pytest.param("pas payé depuis 2 mois", "fr", False, id="for two months"),
    ],
)
def test_a_yes_no_question_in_its_own_words(text: str, language: str, value: object) -> None:
    assert read(text, PAID, language) == value


def test_a_degree_among_words_that_say_nothing_is_one() -> None:
    assert read("it is very bad", TREATS) == 1
    assert read("it is not bad", TREATS) == "unclear"


def test_no_problem_is_none_of_the_problems_even_where_one_word_says_ok() -> None:
    problems = Question(
        "problems", Kind.MANY, {}, (Option(1, "heat", {"rw": "ubushyuhe"}), Option(2, "noise", {"rw": "urusaku"}))
    )
    assert read("nta kibazo", problems, "rw") == ()


SPANS = {
    "ur": "پچھلے ہفتے آپ نے کل کتنے گھنٹے کام کیا؟",
    "th": "สัปดาห์ที่แล้วทำงานทั้งหมดกี่ชั่วโมง",
    "lo": "ອາທິດແລ້ວເຮັດວຽກທັງໝົດຈັກຊົ່ວໂມງ",
    "zh": "上周你一共工作了几个小时？",
}


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        pytest.param("ہفتے میں 60 گھنٹے", "ur", 60, id="the week of the question, in Urdu"),
        pytest.param("hafte mein 60", "ur", 60, id="in Latin letters"),
        pytest.param("روزانہ 12 گھنٹے", "ur", "unclear", id="a day is another span"),
        pytest.param("60 ชั่วโมงต่อสัปดาห์", "th", 60, id="in Thai"),
        pytest.param("ອາທິດລະ 60 ຊົ່ວໂມງ", "lo", 60, id="in Lao"),
        pytest.param("每周60小时", "zh", 60, id="in Chinese"),
        pytest.param("每天12小时", "zh", "unclear", id="a day in Chinese"),
    ],
)
def test_a_number_of_the_span_that_was_asked_about_answers(text: str, language: str, value: object) -> None:
    hours = Question("hours", Kind.NUMBER, {language: SPANS[language]}, minimum=0, maximum=112)
    assert read(text, hours, language) == value


WHO = Question(
    "who",
    Kind.SINGLE,
    {"fr": "Qui vous a parlé de ce numéro ?", "ht": "Ki moun ki te di w ?"},
    (Option(1, "supervisor", {"fr": "superviseur", "ht": "sipèvizè"}), Option(2, "union", {"fr": "syndicat", "ht": "sendika"})),
)  # fmt: skip
HOURS = Question("hours", Kind.NUMBER, {"fr": "Combien d'heures avez-vous travaillé ?"}, minimum=0, maximum=112)


def test_the_sign_of_a_number_denies_nothing() -> None:
    assert read("n°2", WHO, "fr") == 2


@pytest.mark.parametrize(
    ("text", "question", "language", "value"),
    [
        pytest.param("une", WHO, "fr", 1, id="an article alone is one"),
        pytest.param("yon", WHO, "ht", 1, id="in Haitian too"),
        pytest.param("une heure", HOURS, "fr", 1, id="one before its unit"),
        pytest.param("une dame", WHO, "fr", "unclear", id="before anybody it counts nothing"),
        pytest.param("yon frè m", WHO, "ht", "unclear", id="a brother is no first option"),
        pytest.param("une semaine", HOURS, "fr", "unclear", id="a week is no hour"),
        pytest.param("j'ai vu une affiche", HOURS, "fr", "unclear", id="inside a sentence it is an article"),
        pytest.param("un 4", HOURS, "fr", 4, id="before digits as well"),
    ],
)
def test_an_article_is_a_number_only_by_itself_or_before_a_unit(
    text: str, question: Question, language: str, value: object
) -> None:
    assert read(text, question, language) == value
