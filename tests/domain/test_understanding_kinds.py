"""The replies that are known to come, against every kind of question: understood as meant, or asked again."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import THRESHOLD, Method, Outcome, Understanding, fold, tokens, understand

LEXICONS = load_catalogue().lexicons
LANGUAGES = sorted(LEXICONS)


def options(*words: str) -> tuple[Option, ...]:
    return tuple(Option(code, f"v{code}", {"en": word}) for code, word in enumerate(words, 1))


QUESTIONS = {
    "single": Question("single", Kind.SINGLE, {}, options("good", "so so", "bad", "comfortable", "never")),
    "many": Question("many", Kind.MANY, {}, options("rice", "cooking oil", "fish")),
    "yes-no": Question("fed", Kind.YES_NO, {}),
    "number": Question("hours", Kind.NUMBER, {}, minimum=0, maximum=112),
    "scale": Question("ladder", Kind.SCALE, {}, minimum=0, maximum=10),
    "open number": Question("wage", Kind.NUMBER, {}),
    "text": Question("why", Kind.TEXT, {}),
}
WHAT, UNSURE, REFUSED = "?", "dont-know", "refused"


def read(text: str, kind: str, language: str = "en") -> Understanding:
    return understand(text, QUESTIONS[kind], LEXICONS[language])


@pytest.mark.parametrize(
    ("text", "single", "many", "yes_no", "number", "scale"),
    [
        pytest.param("1", 1, (1,), True, 1, 1, id="a digit"),
        pytest.param("1.", 1, (1,), True, 1, 1, id="a full stop"),
        pytest.param("(1)", 1, (1,), True, 1, 1, id="brackets"),
        pytest.param("Q1 1", 1, (1,), True, 1, 1, id="the number of the question"),
        pytest.param("q2: 1", 1, (1,), True, 1, 1, id="the number of the question with a colon"),
        pytest.param("No. 3 2", 2, (2,), False, 2, 2, id="number three: two"),
        pytest.param("1 1", 1, (1,), True, 1, 1, id="the same twice"),
        pytest.param("#1", 1, (1,), True, 1, 1, id="a hash"),
        pytest.param("1️⃣", 1, (1,), True, 1, 1, id="a keycap"),
        pytest.param("①", 1, (1,), True, 1, 1, id="a circled digit"),
        pytest.param("\u200b２\ufeff", 2, (2,), False, 2, 2, id="full width among zero widths"),
        pytest.param("٢", 2, (2,), False, 2, 2, id="an Arabic-Indic digit"),
        pytest.param("sorry 2", 2, (2,), False, 2, 2, id="politeness"),
        pytest.param("2 thanks!!!", 2, (2,), False, 2, 2, id="more politeness"),
        pytest.param("two", 2, (2,), False, 2, 2, id="spelled"),
        pytest.param("maybe 2", 2, (2,), False, 2, 2, id="a number behind a doubt"),
        pytest.param("1 yes", 1, (1,), True, 1, 1, id="digit and word"),
        pytest.param("yes 1", 1, (1,), True, 1, 1, id="word and digit"),
        pytest.param("1 no", WHAT, WHAT, WHAT, WHAT, WHAT, id="digit and word disagree"),
        pytest.param("yes.", WHAT, WHAT, True, WHAT, WHAT, id="a yes"),
        pytest.param("YES!!!", WHAT, WHAT, True, WHAT, WHAT, id="a loud yes"),
        pytest.param("ndiyo", WHAT, WHAT, WHAT, WHAT, WHAT, id="a yes of another language"),
        pytest.param("good", 1, WHAT, WHAT, WHAT, WHAT, id="an option that is also an acknowledgement"),
        pytest.param("so so", 2, WHAT, WHAT, WHAT, WHAT, id="an option of two words"),
        pytest.param("cooking oil please", WHAT, (2,), WHAT, WHAT, WHAT, id="one of many in words"),
        pytest.param("uncomfortable", WHAT, WHAT, WHAT, WHAT, WHAT, id="an option turned round"),
        pytest.param("comfortble", 4, WHAT, WHAT, WHAT, WHAT, id="an option with a slip"),
        pytest.param("ever", WHAT, WHAT, WHAT, WHAT, WHAT, id="never without its n"),
        pytest.param("1 3", WHAT, (1, 3), WHAT, WHAT, WHAT, id="two digits"),
        pytest.param("1,3", WHAT, (1, 3), WHAT, 1.3, WHAT, id="two digits or a decimal"),
        pytest.param("1&3", WHAT, (1, 3), WHAT, WHAT, WHAT, id="an ampersand"),
        pytest.param("1 and 3", WHAT, (1, 3), WHAT, WHAT, WHAT, id="and"),
        pytest.param("13", WHAT, (1, 3), WHAT, 13, WHAT, id="run together"),
        pytest.param("1-3", WHAT, WHAT, WHAT, 2, WHAT, id="a range"),
        pytest.param("1 - 3", WHAT, WHAT, WHAT, 2, WHAT, id="a range with blanks"),
        pytest.param("not 2", WHAT, (1, 3), WHAT, WHAT, WHAT, id="all but"),
        pytest.param("all", WHAT, (1, 2, 3), WHAT, WHAT, WHAT, id="all"),
        pytest.param("none", WHAT, (), False, WHAT, WHAT, id="none"),
        pytest.param("between 5 and 6", WHAT, WHAT, WHAT, 5.5, WHAT, id="between"),
        pytest.param("about 10", WHAT, WHAT, WHAT, 10, 10, id="about"),
        pytest.param("10 hours", WHAT, WHAT, WHAT, 10, 10, id="a unit"),
        pytest.param("10.5", WHAT, WHAT, WHAT, 10.5, WHAT, id="a decimal point"),
        pytest.param("10,5", WHAT, WHAT, WHAT, 10.5, WHAT, id="a decimal comma"),
        pytest.param("1,000", WHAT, WHAT, WHAT, WHAT, WHAT, id="a thousand, out of range"),
        pytest.param("-1", WHAT, WHAT, WHAT, WHAT, WHAT, id="less than nothing"),
        pytest.param("113", WHAT, (1, 3), WHAT, WHAT, WHAT, id="beyond the range"),
        pytest.param("1 2 5 1", WHAT, WHAT, WHAT, WHAT, WHAT, id="a whole conversation in one text"),
        pytest.param("no idea", UNSURE, UNSURE, UNSURE, UNSURE, UNSURE, id="no idea"),
        pytest.param("don’t know", UNSURE, UNSURE, UNSURE, UNSURE, UNSURE, id="a curled apostrophe"),
        pytest.param("?", WHAT, WHAT, WHAT, WHAT, WHAT, id="a question mark"),
        pytest.param("🤷🏾‍♀️", UNSURE, UNSURE, UNSURE, UNSURE, UNSURE, id="a shrug of any colour"),
        pytest.param("skip", REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, id="skip"),
        pytest.param("rather not say", REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, id="rather not"),
        pytest.param("ok", WHAT, WHAT, WHAT, WHAT, WHAT, id="ok"),
        pytest.param("OK thanks", WHAT, WHAT, WHAT, WHAT, WHAT, id="ok, thanks"),
        pytest.param("👍", WHAT, WHAT, WHAT, WHAT, WHAT, id="a thumb"),
        pytest.param("👍🏽", WHAT, WHAT, WHAT, WHAT, WHAT, id="a dark thumb"),
        pytest.param("😀", WHAT, WHAT, WHAT, WHAT, WHAT, id="an emoji"),
        pytest.param("", WHAT, WHAT, WHAT, WHAT, WHAT, id="empty"),
        pytest.param(" \n\u200b", WHAT, WHAT, WHAT, WHAT, WHAT, id="blank"),
        pytest.param("word " * 320, WHAT, WHAT, WHAT, WHAT, WHAT, id="1,600 characters"),
        pytest.param("who is this?", WHAT, WHAT, WHAT, WHAT, WHAT, id="a question back"),
        pytest.param("This number cannot receive texts. Call 121.", WHAT, WHAT, WHAT, WHAT, WHAT, id="an automatic reply"),
        pytest.param("my supervisor hits me", WHAT, WHAT, WHAT, WHAT, WHAT, id="a cry"),
    ],
)  # fmt: skip
def test_a_reply_to_every_kind_of_question(
    text: str, single: object, many: object, yes_no: object, number: object, scale: object
) -> None:
    for kind, expected in (
        ("single", single),
        ("many", many),
        ("yes-no", yes_no),
        ("number", number),
        ("scale", scale),
    ):
        said = read(text, kind)
        shown = {Outcome.UNCLEAR: WHAT, Outcome.UNSURE: UNSURE, Outcome.REFUSED: REFUSED}.get(said.outcome, said.value)
        assert shown == expected, kind
        assert isinstance(shown, bool) is isinstance(expected, bool), kind


@pytest.mark.parametrize(
    ("text", "outcome", "value"),
    [
        pytest.param("  a raise \n", Outcome.ANSWER, "a raise", id="words"),
        pytest.param("ok", Outcome.ANSWER, "ok", id="even ok"),
        pytest.param(
            "no idea about that one, but a raise",
            Outcome.ANSWER,
            "no idea about that one, but a raise",
            id="no idea and more",
        ),
        pytest.param("don't know", Outcome.UNSURE, None, id="does not know"),
        pytest.param("SKIP please", Outcome.REFUSED, None, id="skip"),
        pytest.param("I'd rather not say", Outcome.REFUSED, None, id="rather not"),
        pytest.param("🤷🏾‍♀️", Outcome.UNSURE, None, id="a shrug"),
        pytest.param(" \u3000", Outcome.UNCLEAR, None, id="blank"),
    ],
)
def test_own_words_are_kept_whole(text: str, outcome: Outcome, value: str | None) -> None:
    said = read(text, "text")
    assert (said.outcome, said.value) == (outcome, value)


def test_two_options_that_read_the_same_are_never_told_apart_by_their_words() -> None:
    twins = Question(
        "twins",
        Kind.SINGLE,
        {},
        (Option(1, "có", {"vi": "có"}), Option(2, "cỏ", {"vi": "cỏ"}), Option(3, "x", {"vi": "rau"})),
    )
    assert understand("co", twins, LEXICONS["vi"]).outcome is Outcome.UNCLEAR
    assert understand("2", twins, LEXICONS["vi"]).value == 2
    assert understand("rau", twins, LEXICONS["vi"]).value == 3


def test_an_options_words_win_over_the_stable_value_of_another() -> None:
    crossed = Question(
        "crossed",
        Kind.SINGLE,
        {},
        (Option(1, "late", {"en": "early"}), Option(2, "x", {"en": "late"}), Option(3, "noon", {"en": "midday"})),
    )
    assert understand("late", crossed, LEXICONS["en"]).value == 2
    assert understand("noon", crossed, LEXICONS["en"]).value == 3


def test_an_option_that_says_dont_know_is_an_answer() -> None:
    opinion = Question("opinion", Kind.SINGLE, {}, options("yes", "no", "don't know", "skip"))
    assert understand("Don’t know", opinion, LEXICONS["en"]).value == 3
    assert understand("skip", opinion, LEXICONS["en"]).value == 4


def test_codes_of_two_digits_are_never_split() -> None:
    eleven = Question("eleven", Kind.MANY, {}, tuple(Option(code, f"v{code}", {}) for code in range(1, 12)))
    assert understand("11", eleven, LEXICONS["en"]).value == (11,)
    assert understand("13", eleven, LEXICONS["en"]).outcome is Outcome.UNCLEAR
    assert understand("1 11", eleven, LEXICONS["en"]).value == (1, 11)


@pytest.mark.parametrize(
    ("text", "kind", "method"),
    [
        ("1", "single", Method.DIGIT), ("good", "single", Method.WORD), ("two", "single", Method.SPELLED), ("comfortble", "single", Method.FUZZY),
        ("50-60", "number", Method.RANGE), ("yes", "yes-no", Method.WORD), ("hello", "text", Method.WHOLE), ("blah", "single", Method.NONE),
        ("all", "many", Method.WORD), ("one", "yes-no", Method.SPELLED), ("absolutly", "yes-no", Method.FUZZY),
    ],
)  # fmt: skip
def test_how_it_was_understood_is_told(text: str, kind: str, method: Method) -> None:
    assert read(text, kind).method is method


def test_surer_readings_say_so() -> None:
    sure = [read(text, "single").confidence for text in ("1", "2 i think", "good", "comfortble", "blah")]
    assert sure == sorted(sure, reverse=True)
    assert sure[0] == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("it is bad", 3, id="a short sentence"),
        pytest.param("they said it was bad but then my uncle came to town", None, id="a story"),
        pytest.param("it is not that bad", None, id="a negation"),
        pytest.param("it is not bad", 2, id="a negation that grades"),
        pytest.param("good and bad", None, id="two options"),
    ],
)
def test_an_option_inside_a_sentence(text: str, sentence: int | None) -> None:
    assert read(text, "single").value == sentence


@pytest.mark.parametrize(
    ("written", "one_form"),
    [
        ("ＹＥＳ", "yes"), ("১২৩", "123"), ("४५६", "456"), ("៧៨៩", "789"), ("٠١٢", "012"), ("۳۴", "34"), ("၅", "5"), ("๖", "6"), ("HAYIR", "hayir"), ("İyi", "iyi"),
        ("Đúng RỒI", "dung roi"), ("Sí", "si"), ("don’t", "don't"), ("a\u00adb\u200dc\u2060d", "abcd"), ("a \t\n b", "a b"), ("হ্যাঁ", "হ্যা"), ("ﬁne", "fine"),
    ],
)  # fmt: skip
def test_one_written_form(written: str, one_form: str) -> None:
    assert fold(written) == unicodedata.normalize("NFC", unicodedata.normalize("NFKC", one_form))
    assert fold(fold(written)) == fold(written)


def test_bengali_typed_in_either_normal_form_is_the_same_word() -> None:
    for word in ("হ্যাঁ", "নয়", "জি", "ছয়"):
        assert fold(unicodedata.normalize("NFD", word)) == fold(unicodedata.normalize("NFC", word))


@pytest.mark.parametrize(
    ("folded", "words"),
    [
        ("1.5, -2 +3", ("1.5", "-2", "+3")), ("1,2,3", ("1,2,3",)), ("don't 'yes'", ("don't", "yes")), ("10hrs", ("10", "hrs")), ("yes👍", ("yes", "👍")),
        ("...", ()), ("q1", ("q1",)), ("''", ()),
    ],
)  # fmt: skip
def test_words_numbers_and_emoji_in_order(folded: str, words: tuple[str, ...]) -> None:
    assert tokens(folded) == words


def _phrases() -> st.SearchStrategy[str]:
    """Sentences of words the reader knows, digits and signs: they get deeper into it than plain noise."""
    known: set[str] = {
        "1",
        "2",
        "3",
        "13",
        "10,5",
        "1.000",
        "1,25,000",
        "-4",
        "5-6",
        "½",
        "👍",
        "?",
        "q1",
        "&",
        "٣",
        "good",
        "rice",
        "bad",
        "never",
        "💔",
    }
    for lexicon in LEXICONS.values():
        known.update(lexicon.senses)
    words = st.lists(st.one_of(st.sampled_from(sorted(known)), st.text(max_size=4)), max_size=7)
    return st.one_of(words.map(" ".join), st.text(max_size=40), st.text("0123456789.,-+ ", max_size=30))


def _valid(question: Question, value: object) -> bool:
    match question.kind:
        case Kind.SINGLE:
            return isinstance(value, int) and not isinstance(value, bool) and question.option(value) is not None
        case Kind.MANY:
            return (
                isinstance(value, tuple)
                and len(set(value)) == len(value)
                and all(question.option(code) for code in value)
            )
        case Kind.YES_NO:
            return isinstance(value, bool)
        case Kind.NUMBER | Kind.SCALE:
            low, high = (
                question.minimum if question.minimum is not None else -1e15,
                question.maximum if question.maximum is not None else 1e15,
            )
            whole = question.kind is Kind.NUMBER or isinstance(value, int)
            return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high and whole
        case _:
            return isinstance(value, str) and bool(value.strip())


@settings(max_examples=600, deadline=None)
@given(_phrases(), st.sampled_from(sorted(QUESTIONS)), st.sampled_from([*LANGUAGES, "xx"]))
def test_whatever_is_written_the_answer_is_one_the_question_can_have(text: str, kind: str, language: str) -> None:
    lexicon = LEXICONS.get(language) or type(LEXICONS["en"])(language)
    said = understand(text, QUESTIONS[kind], lexicon)
    assert 0 <= said.confidence <= 1
    if said.outcome is Outcome.ANSWER:
        assert said.confidence >= THRESHOLD
        assert said.method is not Method.NONE
        assert said.language == language
        assert _valid(QUESTIONS[kind], said.value)
    else:
        assert said.value is None
    assert said.settled is (said.outcome is not Outcome.UNCLEAR)
    assert understand(text, QUESTIONS[kind], lexicon) == said
