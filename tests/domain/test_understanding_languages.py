"""Replies as people of each language write them, in its script and in Latin letters; and what must not be guessed."""

from itertools import permutations

import pytest

from app.catalogue.catalogue import load_catalogue
from app.catalogue.documents import read_yaml
from app.catalogue.places import shipped
from app.domain.survey import Kind, Question
from app.domain.survey.parse import parse_survey
from app.domain.understanding import Lexicon, Outcome, Sense, Understanding, fold, understand

LEXICONS = load_catalogue().lexicons
LANGUAGES = sorted(LEXICONS)
PULSE = parse_survey(read_yaml(shipped("surveys") / "factory-pulse.yaml"))
FED = Question("fed", Kind.YES_NO, {})
HOURS = Question("hours", Kind.NUMBER, {}, minimum=0, maximum=112)
UNSURE, REFUSED, UNCLEAR = Outcome.UNSURE, Outcome.REFUSED, Outcome.UNCLEAR


def read(text: str, question: Question, language: str) -> Understanding:
    return understand(text, question, LEXICONS[language])


def asked(code: str) -> Question:
    question = PULSE.question(code)
    assert question is not None
    return question


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("bn", "হ্যাঁ", True), ("bn", "জি", True), ("bn", "জ্বি স্যার", True), ("bn", "ha vai", True), ("bn", "HAAN", True),
        ("bn", "na", False), ("bn", "না ভাই", False), ("bn", "জি না", False), ("bn", "রাজি নই", False), ("bn", "raji noi", False),
        ("hi", "हाँ जी", True), ("hi", "haan bhai", True), ("hi", "जी", True), ("hi", "नहीं", False), ("hi", "nhi sir", False),
        ("hi", "बिल्कुल नहीं", False), ("hi", "ji nahi", False),
        ("km", "បាទ", True), ("km", "ចាស", True), ("km", "បាទ/ចាស", True), ("km", "ទេ", False), ("km", "អត់ទេ", False),
        ("km", "បាទ\u200b", True), ("km", "បាទ\u200bទេ", False), ("km", "bat", True), ("km", "te", False),
        ("vi", "Có", True), ("vi", "dạ có ạ", True), ("vi", "vang a", True), ("vi", "ko", False), ("vi", "Dạ không", False),
        ("vi", "k", False), ("vi", "chưa", False), ("vi", "CÓ Ạ", True),
        ("es", "Sí, señor", True), ("es", "si", True), ("es", "claro", True), ("es", "no gracias", False), ("es", "nel", False),
        ("es", "ya no", False), ("es", "para nada", False),
        ("sw", "Ndiyo", True), ("sw", "ndio bwana", True), ("sw", "n", True), ("sw", "hapana", False), ("sw", "la", False), ("sw", "siyo", False),
        ("tr", "Evet", True), ("tr", "evet efendim", True), ("tr", "HAYIR", False), ("tr", "hayir", False), ("tr", "yok", False),
        ("tr", "kabul etmem", False), ("tr", "İSTEMİYORUM", False),
        ("en", "yes, we did", True), ("en", "Nope", False), ("en", "nobody", False), ("en", "I don't think so", False),
    ],
)  # fmt: skip
def test_a_yes_and_a_no(language: str, text: str, *, value: bool) -> None:
    said = read(text, FED, language)
    assert (said.outcome, said.value) == (Outcome.ANSWER, value)


@pytest.mark.parametrize(
    ("language", "text", "outcome"),
    [
        ("en", "no idea", UNSURE), ("en", "No idea about that", UNSURE), ("en", "no comment", REFUSED), ("en", "not sure", UNSURE),
        ("en", "sure?", UNCLEAR), ("en", "no problem", UNCLEAR),
        ("bn", "জানি না", UNSURE), ("bn", "jani na vai", UNSURE), ("bn", "বলতে চাই না", REFUSED), ("bn", "ঠিক আছে", UNCLEAR),
        ("hi", "पता नहीं", UNSURE), ("hi", "nahi pata", UNSURE), ("hi", "नहीं बताना चाहती", REFUSED), ("hi", "theek hai", UNCLEAR),
        ("km", "មិនដឹងទេ", UNSURE), ("km", "ot deng te", UNSURE), ("km", "មិនចង់ឆ្លើយទេ", REFUSED), ("km", "បាន", UNCLEAR),
        ("vi", "không biết", UNSURE), ("vi", "ko biet nua", UNSURE), ("vi", "có lẽ", UNSURE), ("vi", "không muốn nói", REFUSED), ("vi", "được", UNCLEAR),
        ("es", "no sé", UNSURE), ("es", "no se la verdad", UNSURE), ("es", "no quiero decir", REFUSED), ("es", "bueno", UNCLEAR),
        ("sw", "sijui", UNSURE), ("sw", "sitaki kusema", REFUSED), ("sw", "sawa", UNCLEAR),
        ("tr", "bilmiyorum", UNSURE), ("tr", "fikrim yok", UNSURE), ("tr", "söylemek istemiyorum", REFUSED), ("tr", "tamam", UNCLEAR),
    ],
)  # fmt: skip
def test_what_begins_like_a_no_and_is_none(language: str, text: str, outcome: Outcome) -> None:
    for question in (FED, HOURS, asked("respect"), asked("paid")):
        assert read(text, question, language).outcome is outcome, question.code
        assert read(text, question, language).value is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "yes not really"),
        ("en", "sure isn't"),
        ("bn", "রাজি আছি নই"),
        ("tr", "tabii hiç gelmedi"),
        ("es", "claro jamás"),
    ],
)
def test_a_yes_that_is_taken_back_is_asked_again(language: str, text: str) -> None:
    assert read(text, FED, language).outcome is UNCLEAR


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "no 2 yes"),
        ("en", "2 yes brother"),
        ("en", "1 never"),
        ("vi", "1 không"),
        ("sw", "1 h"),
        ("es", "2 si claro"),
        ("bn", "১ না"),
    ],
)
def test_a_digit_and_a_word_that_disagree_are_asked_again(language: str, text: str) -> None:
    assert read(text, FED, language).outcome is UNCLEAR


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("bn", "৪৮", 48), ("bn", "৪৮ ঘণ্টা", 48), ("bn", "প্রায় ৬০", 60), ("bn", "আটচল্লিশ", 48), ("bn", "60 ghonta", 60), ("bn", "ষাট ঘন্টা", 60),
        ("hi", "४८ घंटे", 48), ("hi", "अड़तालीस", 48), ("hi", "करीब ५०", 50), ("hi", "60 ghante", 60), ("hi", "साठ घंटे", 60),
        ("km", "៤៨", 48), ("km", "៤៨ ម៉ោង", 48), ("km", "ប្រាំ", 5), ("km", "60 maong", 60),
        ("vi", "48 giờ", 48), ("vi", "sáu mươi", 60), ("vi", "sau muoi gio", 60), ("vi", "khoảng 50 tiếng", 50), ("vi", "60h", 60),
        ("es", "48 horas", 48), ("es", "cuarenta y ocho", 48), ("es", "como 50", 50), ("es", "10,5", 10.5), ("es", "sesenta horas", 60),
        ("sw", "saa 48", 48), ("sw", "arobaini na nane", 48), ("sw", "kama 50", 50), ("sw", "masaa sitini", 60),
        ("tr", "48 saat", 48), ("tr", "kırk sekiz", 48), ("tr", "yaklaşık 50", 50), ("tr", "altmış", 60), ("tr", "60 saat civarı", 60),
        ("en", "I worked 60 hours last week", 60), ("en", "sixty-two", 62), ("en", "about 10", 10), ("en", "Q1: 48", 48), ("en", "60hrs", 60),
        ("en", "between 50 and 60", 55), ("en", "50 – 60", 55), ("en", "one hundred", 100), ("en", "forty and two hours", 42),
    ],
)  # fmt: skip
def test_a_number_with_its_unit(language: str, text: str, value: float) -> None:
    said = read(text, HOURS, language)
    assert (said.outcome, said.value) == (Outcome.ANSWER, value)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "no one"), ("en", "one moment please"), ("en", "call me at 5 tomorrow"), ("en", "not 10"), ("en", "10h30"), ("en", "8:30"),
        ("en", "I came here 2 years ago to work at this place"), ("en", "3 days and 4 hours"), ("en", "9 to 5"),
        ("en", "+8801711000001"), ("en", "9" * 400), ("en", "1e3"), ("en", "half"),
        ("vi", "năm ngoái"), ("vi", "không quá 10 giờ"), ("es", "no 10"), ("tr", "10 değil"), ("bn", "১০ ঘণ্টা না"), ("hi", "1,25,000"),
    ],
)  # fmt: skip
def test_a_number_that_counts_something_else_is_asked_again(language: str, text: str) -> None:
    assert read(text, HOURS, language).outcome is UNCLEAR


def test_lakhs_and_large_numbers_are_read_where_no_range_forbids() -> None:
    wage = Question("wage", Kind.NUMBER, {})
    assert read("১,২৫,০০০ টাকা", wage, "bn").value == 125_000
    assert read("1,25,000", wage, "hi").value == 125_000
    assert read("12.500.000 đồng", wage, "vi").value == 12_500_000
    assert read("9" * 400, wage, "en").outcome is UNCLEAR
    assert read("1234567", wage, "en").span == "1234567"


@pytest.mark.parametrize(
    ("language", "code", "text", "value"),
    [
        ("bn", "paid", "এখনো পাইনি", 4), ("bn", "respect", "মাঝে মাঝে", 3), ("bn", "respect", "কখনো না", 4), ("bn", "money", "পারব না", 3),
        ("hi", "respect", "कभी नहीं", 4), ("hi", "respect", "कभी कभी", 3), ("hi", "paid", "अभी तक नहीं मिली", 4), ("hi", "food", "अक्सर नहीं", 3),
        ("km", "respect", "មិនដែល", 4), ("km", "respect", "ជានិច្ច", 1), ("km", "money", "មិនអាច", 3), ("km", "paid", "មិនទាន់បាន", 4),
        ("vi", "respect", "khong bao gio", 4), ("vi", "respect", "luon luon", 1), ("vi", "paid", "chua duoc tra", 4), ("vi", "money", "khong the", 3),
        ("es", "respect", "nunca", 4), ("es", "respect", "A VECES", 3), ("es", "food", "muchas veces no", 3), ("es", "health", "nada", 1),
        ("sw", "respect", "kamwe", 4), ("sw", "respect", "mara nyingi", 2), ("sw", "food", "wakati mwingine hapana", 2), ("sw", "paid", "bado sijapata", 4),
        ("tr", "respect", "hiçbir zaman", 4), ("tr", "respect", "cogunlukla", 2), ("tr", "health", "hiç", 1), ("tr", "paid", "henuz odenmedi", 4),
        ("en", "health", "none", 1), ("en", "paid", "not yet paid", 4), ("en", "food", "sometimes not", 2), ("en", "money", "could not", 3),
    ],
)  # fmt: skip
def test_an_options_own_words_win_over_every_other_reading(language: str, code: str, text: str, value: int) -> None:
    said = read(text, asked(code), language)
    assert (said.outcome, said.value) == (Outcome.ANSWER, value)


@pytest.mark.parametrize("language", PULSE.languages)
@pytest.mark.parametrize("question", [pytest.param(item, id=item.code) for item in PULSE.questions if item.options])
def test_every_option_of_the_pulse_is_understood_by_its_words_in_every_language(
    language: str, question: Question
) -> None:
    for option in question.options:
        for text in (
            option.text[language],
            option.text[language].upper(),
            f"{option.text[language]}!",
            fold(option.text[language]),
        ):
            assert read(text, question, language).value == option.code, text
            assert read(f"{option.code} {text}", question, language).value == option.code, text


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "not always"), ("es", "no siempre"), ("bn", "সবসময় না"), ("hi", "हमेशा नहीं"), ("tr", "her zaman değil"), ("sw", "sio daima"),
     ("vi", "không phải luôn luôn"), ("km", "មិនជានិច្ច"), ("km", "ជានិច្ចទេ")],
)  # fmt: skip
def test_always_with_a_negation_is_not_always(language: str, text: str) -> None:
    assert read(text, asked("respect"), language).value != 1


def test_a_negation_stuck_to_a_khmer_word_is_no_slip_of_the_thumb() -> None:
    phq = parse_survey(read_yaml(shipped("surveys") / "phq-4.yaml"))
    nervous = phq.questions[0]
    assert read("ស្ទើររាល់ថ្ងៃ", nervous, "km").value == 3
    assert read("ស្ទើររាល់ថ្ងៃទេ", nervous, "km").outcome is UNCLEAR


# -- no table leaks -------------------------------------------------------------------------------


def _known(lexicon: Lexicon) -> frozenset[str]:
    senses = (Sense.YES, Sense.NO, Sense.UNSURE, Sense.REFUSE, Sense.SKIP, Sense.NUMBER)
    return frozenset[str]().union(*(lexicon.of(sense) for sense in senses))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_a_language_says_two_things(language: str) -> None:
    lexicon = LEXICONS[language]
    senses = (Sense.YES, Sense.NO, Sense.UNSURE, Sense.REFUSE, Sense.SKIP, Sense.ACKNOWLEDGE, Sense.NUMBER)
    for first, second in permutations(senses, 2):
        assert not lexicon.of(first).keys() & lexicon.of(second).keys()
    orders = {
        form
        for spoken in (lexicon, LEXICONS["en"])
        for sense in (Sense.STOP, Sense.START, Sense.HELP)
        for form in spoken.of(sense)
    }
    assert not orders & frozenset().union(*(lexicon.of(sense) for sense in senses))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_texts_ask_for_is_understood(language: str) -> None:
    """The service writes "1 = …, 2 = …" with words of its own: a reply in those words must be read."""
    texts = load_catalogue().texts[language]
    assert read(texts["yes"], FED, language).value is True
    assert read(texts["no"], FED, language).value is False


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_to_a_hundred_have_a_word_or_are_typed(language: str) -> None:
    numbers = LEXICONS[language].of(Sense.NUMBER)
    assert set(range(11)) <= set(numbers.values())
    for value in range(101):
        assert read(str(value), HOURS, language).value == value
