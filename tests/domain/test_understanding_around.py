"""Answers that other words stand around: counts, refusals, particles, remarks; and options by place, "none" as an answer."""

import pytest

from app.domain.survey import Kind
from tests.domain.test_understanding_doubts import ask, read

PAID = {
    "fr": "Avez-vous été payé ?", "ur": "کیا تنخواہ ملی؟", "bn": "বেতন পেয়েছেন?", "si": "පඩි ලැබුණද?", "en": "Were you paid?",
    "vi": "Có được trả lương không?", "zh": "发工资了吗", "id": "Gaji dibayar?", "hi": "पगार मिली?",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        pytest.param("2 mahine se nahi mili", "ur", False, id="Urdu: not for two months"),
        pytest.param("non, il manque 2 jours", "fr", False, id="a no, and two days"),
        pytest.param("10 din deri hoise", "bn", False, id="Bengali: ten days late"),
        pytest.param("yes 2 days", "en", "unclear", id="a yes beside days may be of the days"),
        pytest.param("no 2", "en", False, id="a no and its number"),
        pytest.param("no 1", "en", "unclear", id="a no and the number of yes"),
        pytest.param("first", "en", True, id="the first"),
        pytest.param("2nd", "en", False, id="the second"),
        pytest.param("হ দেখায়া দিছে লাইনের আপা", "bn", True, id="Bengali: a yes of one letter opens the reply"),
        pytest.param("发工资了吗", "zh", "unclear", id="Chinese: a question without its mark"),
        pytest.param("ya tapi telat", "id", "unclear", id="Indonesian: yes, but"),
        pytest.param("ji lekin der se", "hi", "unclear", id="Hindi: yes, but"),
        pytest.param("না আমি বলতে চাই না", "bn", "refused", id="Bengali: no, I do not want to say"),
        pytest.param("නෑ මම කියන්න කැමති නෑ", "si", "refused", id="Sinhala: no, I do not want to say"),
    ],
)
def test_a_yes_or_no_with_something_around_it(text: str, language: str, value: object) -> None:
    assert read(text, ask(Kind.YES_NO, language, PAID[language]), language) == value


HOURS = {
    "fr": "Combien d'heures ?",
    "rw": "Amasaha angahe?",
    "en": "How many hours?",
    "bn": "কত দিন?",
    "id": "Berapa hari?",
}


@pytest.mark.parametrize(
    ("text", "language", "asked", "value"),
    [
        pytest.param("aucune", "fr", HOURS["fr"], 0, id="French: none"),
        pytest.param("ntayo", "rw", HOURS["rw"], 0, id="Kinyarwanda: none"),
        pytest.param("nothing", "en", "How much were you paid?", "unclear", id="nothing, of pay"),
        pytest.param("un peu plus de 70 000", "fr", "Combien ?", 70_000, id="an article before a number"),
        pytest.param("un ou 2", "fr", "Combien ?", 1.5, id="no article"),
        pytest.param("ছয়দিন", "bn", HOURS["bn"], 6, id="Bengali: six days in one word"),
        pytest.param("enamhari", "id", HOURS["id"], 6, id="Indonesian: six days in one word"),
    ],
)
def test_a_number_with_something_around_it(text: str, language: str, asked: str, value: object) -> None:
    assert read(text, ask(Kind.NUMBER, language, asked), language) == value


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        pytest.param("9/10 pe", "rw", 9, id="Kinyarwanda: a particle"),
        pytest.param("6/10 lah", "id", 6, id="Indonesian: a particle"),
        pytest.param("6/10 no", "en", "unclear", id="a no"),
        pytest.param("O", "en", 0, id="what thumbs type for nought"),
        pytest.param("o", "pt", "unclear", id="Portuguese: a word"),
        pytest.param("0 rien ne va", "fr", 0, id="French: a remark that denies"),
        pytest.param("3, never had my pay", "en", 3, id="a remark behind a comma"),
        pytest.param("3 no", "en", "unclear", id="one word may take it back"),
        pytest.param("5, not 4", "en", "unclear", id="another mark"),
        pytest.param("3 supervisors hit us", "en", "unclear", id="a count"),
        pytest.param("2, maybe not sure", "en", "unclear", id="a doubt"),
    ],
)
def test_a_mark_with_something_around_it(text: str, language: str, value: object) -> None:
    assert read(text, ask(Kind.SCALE, language, "?"), language) == value


WORST = {
    "fr": ("salaire trop bas", "chaleur", "aucun problème"),
    "id": ("gaji kecil", "panas", "tidak ada masalah"),
    "en": ("low pay", "heat", "shouting"),
}


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        pytest.param("pas de problème", "fr", 3, id="French: no problem"),
        pytest.param("aucun", "fr", 3, id="French: none"),
        pytest.param("ga ada masalah kak", "id", 3, id="Indonesian: no problem"),
        pytest.param("no problem", "en", "unclear", id="where no option says so"),
        pytest.param("option b", "en", 2, id="a letter with its label"),
    ],
)
def test_no_problem_is_an_option_where_one_says_so(text: str, language: str, value: object) -> None:
    assert read(text, ask(Kind.SINGLE, language, "?", *WORST[language]), language) == value


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        pytest.param("A and C", "en", [1, 3], id="letters"),
        pytest.param("a, c", "en", [1, 3], id="letters with a comma"),
        pytest.param("first and third", "en", [1, 3], id="places"),
        pytest.param("1st and 3rd", "en", [1, 3], id="places in digits"),
        pytest.param("a dan c", "id", [1, 3], id="Indonesian: letters"),
        pytest.param("a et c", "fr", "unclear", id="French: a is a word"),
        pytest.param("A and E", "en", "unclear", id="a letter beyond the options"),
    ],
)
def test_several_by_their_places(text: str, language: str, value: object) -> None:
    assert read(text, ask(Kind.MANY, language, "?", *WORST[language]), language) == value
