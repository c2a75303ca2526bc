"""What workers really write, and what it is taken to mean."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import Method, Outcome, Sense, Understanding, fold, tokens, understand
from app.domain.understanding.numerals import parse_number

CATALOGUE = load_catalogue()
LEXICONS = CATALOGUE.lexicons
LANGUAGES = sorted(LEXICONS)


def option(code: int, **text: str) -> Option:
    return Option(code, text["en"], text, float(code))


PAID = Question(
    "paid",
    Kind.SINGLE,
    {},
    (
        option(1, en="always on time", bn="সবসময়", es="siempre a tiempo"),
        option(2, en="sometimes late", bn="মাঝে মাঝে", es="a veces tarde"),
        option(3, en="never", bn="কখনো না", es="nunca"),
    ),
)
SAFE = Question("safe", Kind.SINGLE, {}, (option(1, en="safe"), option(2, en="not safe")))
SHORT = Question("short", Kind.SINGLE, {}, (option(1, en="yes"), option(2, en="yep"), option(3, en="maybe")))
FED = Question("fed", Kind.YES_NO, {})
HOURS = Question("hours", Kind.NUMBER, {}, minimum=0, maximum=112)
MANY = Question(
    "many", Kind.MANY, {}, tuple(option(code, en=word) for code, word in enumerate(("rice", "oil", "fish"), 1))
)
LADDER = Question("ladder", Kind.SCALE, {}, minimum=0, maximum=10)
WHY = Question("why", Kind.TEXT, {})


def read(text: str, question: Question, language: str = "en") -> Understanding:
    return understand(text, question, LEXICONS[language])


@pytest.mark.parametrize("text", ["1", "1.", "(1)", " 1 ", "Q1 1", "1 always on time", "always on time 1", "১", "１", "one",
                                  "Always on time", "ALWAYS ON TIME!!!", "please 1", "1 1", "\u200b1\u200b", "always on tiem"])  # fmt: skip
def test_the_first_choice_is_understood(text: str) -> None:
    said = read(text, PAID)
    assert (said.outcome, said.value) == (Outcome.ANSWER, 1)


@pytest.mark.parametrize(
    ("text", "value"), [("never", 3), ("nevr", 3), ("2 sometimes late", 2), ("it is sometimes late", 2)]
)
def test_words_and_slips_are_understood(text: str, value: int) -> None:
    assert read(text, PAID).value == value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("4", id="no such option"),
        pytest.param("1 2", id="two numbers"),
        pytest.param("1 never", id="number and word disagree"),
        pytest.param("who is this?", id="a question back"),
        pytest.param("?", id="a sign"),
        pytest.param("👍", id="an emoji"),
        pytest.param("ok", id="an acknowledgement"),
        pytest.param("x" * 1600, id="1,600 characters"),
        pytest.param("I came here 2 years ago to work at this place", id="a number inside a sentence"),
        pytest.param("not never", id="a negated word"),
    ],
)
def test_what_is_not_understood_is_unclear(text: str) -> None:
    said = read(text, PAID)
    assert (said.outcome, said.value) == (Outcome.UNCLEAR, None)


def test_the_longer_option_wins_over_the_one_inside_it() -> None:
    assert read("it is not safe", SAFE).value == 2
    assert read("safe", SAFE).value == 1


def test_short_words_must_match_exactly() -> None:
    assert read("yes", SHORT).value == 1
    assert read("yec", SHORT).outcome is Outcome.UNCLEAR
    assert read("maybee", SHORT).value == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_yes_and_no_of_a_language_is_understood_in_it(language: str) -> None:
    lexicon = LEXICONS[language]
    for words, value in ((lexicon.of(Sense.YES), True), (lexicon.of(Sense.NO), False)):
        for word in words:
            said = read(word, FED, language)
            assert (said.value, said.outcome) == (value, Outcome.ANSWER), word
            assert said.language == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_of_another_language_leak_in(language: str) -> None:
    own = LEXICONS[language]
    for other in LANGUAGES:
        for word in {*LEXICONS[other].of(Sense.YES), *LEXICONS[other].of(Sense.NO)}:
            if len(word) <= 3 and not {word, *word.split()} & own.senses.keys():
                assert read(word, FED, language).outcome is Outcome.UNCLEAR, (other, word)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_acknowledgement_is_neither_yes_nor_no(language: str) -> None:
    for word in {"ok", "okay", *LEXICONS[language].of(Sense.ACKNOWLEDGE)}:
        assert read(word, FED, language).value is None, word


@pytest.mark.parametrize("language", LANGUAGES)
def test_spelled_numbers_are_read_back(language: str) -> None:
    for word, value in LEXICONS[language].of(Sense.NUMBER).items():
        said = read(word, HOURS, language)
        other = {*LEXICONS[language].of(Sense.NO), *LEXICONS[language].of(Sense.UNSURE)}
        # A number of another kind, or beyond what the question takes, is asked again and never another number.
        assert said.value == value or (said.value is None and (word in other or value > 112)), word


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("N", "sw", True), ("n", "en", False), ("h", "tr", False), ("হ্যাঁ", "bn", True), ("haan ji", "hi", True),
        ("yes.", "en", True), ("YES!!!", "en", True), ("1 yes", "en", True), ("yes 1", "en", True), ("2", "en", False),
        ("no no", "en", False), ("yes we did", "en", True), ("khong", "vi", False), ("Không ạ", "vi", False), ("ndiyo", "sw", True),
    ],
)  # fmt: skip
def test_yes_and_no_as_people_write_them(text: str, language: str, *, value: bool) -> None:
    assert read(text, FED, language).value is value


@pytest.mark.parametrize("text", ["1 no", "yes no", "3", "not yes", "yes never", "5 6", "y n"])
def test_a_yes_that_contradicts_itself_is_unclear(text: str) -> None:
    assert read(text, FED).outcome is Outcome.UNCLEAR


@pytest.mark.parametrize(
    ("text", "value", "method"),
    [
        ("10", 10, Method.DIGIT), ("10 hours", 10, Method.DIGIT), ("about 10", 10, Method.DIGIT), ("10.5", 10.5, Method.DIGIT),
        ("10,5", 10.5, Method.DIGIT), ("ten", 10, Method.SPELLED), ("forty two", 42, Method.SPELLED), ("5-6", 5.5, Method.RANGE),
        ("between 5 and 6", 5.5, Method.RANGE), ("٤٨", 48, Method.DIGIT), ("४८ घंटे", 48, Method.DIGIT),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, value: float, method: Method) -> None:
    said = read(text, HOURS)
    assert (said.value, said.method) == (value, method)


@pytest.mark.parametrize("text", ["200", "-5", "5 or 60", "many", "10 20 30", "1,000", "half", "6-5"])
def test_numbers_out_of_range_or_several_are_unclear(text: str) -> None:
    assert read(text, HOURS).outcome is Outcome.UNCLEAR


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,000", 1000), ("12,345.5", 12345.5), ("0,5", 0.5), ("1.000.000", 1e6), ("+3", 3), ("x", None)],
)
def test_a_token_of_digits(text: str, value: float | None) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["4.5", "5-6", "between 5 and 6", "11"])
def test_a_step_of_a_scale_is_whole_and_on_it(text: str) -> None:
    assert read(text, LADDER).outcome is Outcome.UNCLEAR
    assert read("seven", LADDER).value == 7


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 3", (1, 3)), ("1,3", (1, 3)), ("1&3", (1, 3)), ("1 and 3", (1, 3)), ("13", (1, 3)), ("3 1", (1, 3)), ("2", (2,)),
        ("all", (1, 2, 3)), ("none", ()), ("not 2", (1, 3)), ("fish", (3,)), ("1 1 3", (1, 3)), ("rice", (1,)),
    ],
)  # fmt: skip
def test_many_choices_in_one_reply(text: str, value: tuple[int, ...]) -> None:
    assert read(text, MANY).value == value


@pytest.mark.parametrize("text", ["14", "1 4", "", "1 blue 3", "ok"])
def test_many_choices_that_are_not_on_the_list_are_unclear(text: str) -> None:
    assert read(text, MANY).outcome is Outcome.UNCLEAR


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("don't know", Outcome.UNSURE),
        ("don’t know", Outcome.UNSURE),
        ("no idea", Outcome.UNSURE),
        ("skip", Outcome.REFUSED),
    ],
)
def test_what_is_settled_without_an_answer(text: str, outcome: Outcome) -> None:
    for question in (PAID, HOURS, MANY, LADDER):
        assert read(text, question).outcome is outcome


def test_free_text_is_kept_whole() -> None:
    assert read("  Fire door is locked.  ", WHY).value == "Fire door is locked."
    assert read("   ", WHY).outcome is Outcome.UNCLEAR


def test_folding_leaves_one_form() -> None:
    assert fold("ＹＥＳ\u200b  Không ĐÓ") == "yes khong do"
    assert tokens(fold("“Yes”, 1.5 — হ্যাঁ!")) == ("yes", "1.5", "হ্যা")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60), st.sampled_from([PAID, FED, HOURS, MANY, LADDER, WHY]), st.sampled_from(LANGUAGES))
def test_any_text_at_all_gives_a_valid_understanding(text: str, question: Question, language: str) -> None:
    said = read(text, question, language)
    assert 0 <= said.confidence <= 1
    assert (said.value is not None) == (said.outcome is Outcome.ANSWER)
    if said.outcome is Outcome.ANSWER:
        match question.kind:
            case Kind.SINGLE:
                assert question.option(said.value)  # type: ignore[arg-type]
            case Kind.MANY:
                assert all(question.option(code) for code in said.value)  # type: ignore[union-attr]
            case Kind.YES_NO:
                assert isinstance(said.value, bool)
            case Kind.NUMBER | Kind.SCALE:
                assert question.minimum <= said.value <= question.maximum  # type: ignore[operator]
            case _:
                assert said.value == text.strip()
