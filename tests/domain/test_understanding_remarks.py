"""Answers with something beside them: a remark, a doubt, praise, another person; and options by place and letter."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import Lexicon, Outcome, Sense, fold, tokens, understand
from app.domain.understanding.memory import forget

LEXICONS = load_catalogue().lexicons


def options(language: str, *words: str) -> tuple[Option, ...]:
    return tuple(Option(code, f"v{code}", {language: word}) for code, word in enumerate(words, 1))


def read(text: str, question: Question, language: str = "en") -> object:
    reading = understand(text, question, LEXICONS[language])
    return reading.value if reading.outcome is Outcome.ANSWER else reading.outcome.value


def paid(language: str) -> Question:
    return Question("paid", Kind.YES_NO, {language: "?"})


RESPECT = Question(
    "respect", Kind.SINGLE, {"en": "Are you respected?"}, options("en", "always", "mostly", "sometimes", "never")
)
TOLD = Question("told", Kind.SINGLE, {"en": "Who told you?"}, options("en", "supervisor", "union", "family", "nobody"))
PROBLEMS = Question(
    "problems", Kind.MANY, {"en": "Which problems?"}, options("en", "late pay", "heat", "shouting", "transport", "food")
)
MOOD = Question("mood", Kind.SCALE, {"en": "How do you feel?"}, minimum=0, maximum=10)


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        pytest.param("no, always late", "en", False, id="a no and a remark"),
        pytest.param("No. They always delay", "en", False, id="a full stop"),
        pytest.param("no; they have not paid", "en", False, id="a remark that denies too"),
        pytest.param("No, siempre se tardan", "es", False, id="always, which also gives a verb back"),
        pytest.param("enggak, telat terus", "id", False, id="Indonesian"),
        pytest.param("yes, the money came on friday", "en", True, id="a yes and a remark"),
        pytest.param("yes, not paid", "en", "unclear", id="a remark that takes the yes back"),
        pytest.param("no, was paid", "en", "unclear", id="a remark that takes the no back"),
        pytest.param("yes, but late", "en", "unclear", id="but"),
        pytest.param("no, sometimes", "en", "unclear", id="at times"),
        pytest.param("no, 1", "en", "unclear", id="the other's number"),
        pytest.param("yes, really?", "en", "unclear", id="asked back"),
        pytest.param("ndiyo lakini walichelewa", "sw", "unclear", id="but without a comma"),
    ],
)
def test_a_first_clause_answers_unless_the_rest_takes_it_back(text: str, language: str, value: object) -> None:
    assert read(text, paid(language), language) == value


@pytest.mark.parametrize(
    ("text", "language"),
    [
        pytest.param("half yes", "en", id="half"),
        pytest.param("sometimes yes", "en", id="at times"),
        pytest.param("tidak selalu cukup", "id", id="not always enough"),
        pytest.param("kadang dibayar kadang tidak", "id", id="now and then"),
        pytest.param("some got it some not got it", "en", id="some did, some did not"),
        pytest.param("got it?", "en", id="the verb given back as a question"),
        pytest.param("paid?", "en", id="the verb alone as a question"),
    ],
)
def test_what_is_so_in_part_or_asked_is_neither_yes_nor_no(text: str, language: str) -> None:
    assert read(text, paid(language), language) == "unclear"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("never, he is very rude", 4, id="how often, and a remark"),
        pytest.param("never, sometimes always", "unclear", id="how often, three times"),
        pytest.param("almost never", "unclear", id="how often, but not as offered"),
        pytest.param("the second one", 2, id="by its place"),
        pytest.param("3rd", 3, id="by its place in digits"),
        pytest.param("B", 2, id="by a letter"),
        pytest.param("b)", 2, id="by a letter with a bracket"),
        pytest.param("e", "unclear", id="a letter beyond the last option"),
        pytest.param("no. 2", 2, id="number two"),
        pytest.param("No 4", 4, id="number four"),
        pytest.param("no 9", "unclear", id="no such number"),
        pytest.param("opt 3", 3, id="a word that says nothing"),
    ],
)
def test_one_option_by_its_place_and_with_a_remark(text: str, value: object) -> None:
    assert read(text, RESPECT) == value


def test_a_letter_that_begins_another_option_names_none() -> None:
    fruit = Question("fruit", Kind.SINGLE, {"en": "?"}, options("en", "banana", "apple", "cherry"))
    assert read("a", fruit) == "unclear"
    assert read("c", fruit) == 3


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("the line supervisor", 1, id="one"),
        pytest.param("the supervisor and my aunt", "unclear", id="one, and somebody unknown"),
        pytest.param("my aunt or the supervisor", "unclear", id="the other way round"),
        pytest.param("my husband saw the poster", "unclear", id="one, and something else that tells"),
        pytest.param("a friend of the union", 2, id="a friend is anybody"),
        pytest.param("my husband and my sister", 3, id="two of one family"),
    ],
)
def test_two_people_are_not_one(text: str, value: object) -> None:
    assert read(text, TOLD) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("the food is good", "unclear", id="praise"),
        pytest.param("transport is fine", "unclear", id="praise of an option by its own word"),
        pytest.param("no bus", "unclear", id="a thing that is missing, or no problem"),
        pytest.param("food", [5], id="no praise"),
        pytest.param("heat and food", [2, 5], id="two problems"),
        pytest.param("shouting, good heat", [2, 3], id="nobody praises what harms"),
    ],
)
def test_praise_names_no_problem(text: str, value: object) -> None:
    said = read(text, PROBLEMS)
    assert (list(said) if isinstance(said, tuple) else said) == value


@pytest.mark.parametrize(
    ("text", "language", "words", "value"),
    [
        pytest.param("ሙቀት የለም", "am", ("ሙቀት", "ጩኸት"), "unclear", id="Amharic: no heat, in a short word"),
        pytest.param("zote isipokuwa joto", "sw", ("joto", "kelele"), (2,), id="Swahili: all but, in one phrase"),
        pytest.param("all but heat", "en", ("heat", "noise"), (2,), id="all but"),
        pytest.param("urusaku n'ubushyuhe", "rw", ("ubushyuhe", "amazi"), "unclear", id="Kinyarwanda: half of a list"),
    ],
)
def test_an_option_beside_none_and_all_but(text: str, language: str, words: tuple[str, ...], value: object) -> None:
    assert read(text, Question("what", Kind.MANY, {language: "?"}, options(language, *words)), language) == value


@pytest.mark.parametrize(
    ("text", "language", "words", "value"),
    [
        pytest.param("good morning", "en", ("bad", "good"), "unclear", id="a greeting"),
        pytest.param("hello, good", "en", ("bad", "good"), 2, id="an answer behind one"),
        pytest.param("iyi günler", "tr", ("kötü", "iyi"), "unclear", id="Turkish: good day"),
        pytest.param("你好", "zh", ("不好", "好"), "unclear", id="Chinese: hello, with good inside"),
        pytest.param("east then norrth", "en", ("north", "east"), "unclear", id="a second option misspelt"),
        pytest.param("east then home", "en", ("north", "east"), 2, id="a word of something else"),
        pytest.param("anything but red", "en", ("green", "red"), "unclear", id="all but one"),
        pytest.param("I hate red", "en", ("green", "red"), "unclear", id="a dislike"),
        pytest.param("red but dark", "en", ("green", "red"), 2, id="a mere but"),
        pytest.param("todo menos rojo", "es", ("verde", "rojo"), "unclear", id="Spanish: all but one"),
        pytest.param("不喜欢绿色", "zh", ("绿色", "红色"), "unclear", id="Chinese: a dislike"),
        pytest.param("មិនមែនបៃតង", "km", ("បៃតង", "ក្រហម"), "unclear", id="Khmer: not"),
        pytest.param("mi o feran pupa", "yo", ("ewé", "pupa"), "unclear", id="Yoruba: I do not, in two words"),
    ],
)
def test_an_options_word_in_other_words(text: str, language: str, words: tuple[str, ...], value: object) -> None:
    question = Question("how", Kind.SINGLE, {language: "?"}, options(language, *words))
    assert read(text, question, language) == value


def test_not_sure_of_what_the_options_speak_of_is_no_idea() -> None:
    safe = Question("safe", Kind.SINGLE, {"fr": "?"}, options("fr", "dangereux", "sûr", "très sûr"))
    assert read("pas sûr", safe, "fr") == "unclear"
    assert read("pas sûr", TOLD, "fr") == "dont-know"


def test_the_highest_mark_may_come_first() -> None:
    assert read("ከ10 6", MOOD, "am") == 6


@pytest.mark.parametrize(
    ("text", "language", "words", "value"),
    [
        pytest.param("หัวหน้า ชอบ", "th", ("ร้อน", "เสียงดัง"), "unclear", id="nothing on offer"),
        pytest.param("พซซ มมฟ", "th", ("พซซ", "มมฟ"), (1, 2), id="two options that no table knows"),
        pytest.param("热 挨骂", "zh", ("太热", "挨骂"), (1, 2), id="a part of one and the other"),
    ],
)
def test_a_blank_parts_a_list_where_words_are_written_without(
    text: str, language: str, words: tuple[str, ...], value: object
) -> None:
    assert read(text, Question("list", Kind.MANY, {language: "?"}, options(language, *words)), language) == value


def test_a_blank_parts_an_answer_from_its_remark_too() -> None:
    assert read("没有 一直拖", paid("zh"), "zh") is False


def test_a_polite_word_that_names_an_option_stays() -> None:
    polite = Lexicon("en", {Sense.POLITE: {"brother": 0.0, "please": 0.0}})
    asked = Question("who", Kind.SINGLE, {"en": "?"}, options("en", "brother", "sister"))
    assert understand("please brother", asked, polite).value == 1


def test_a_word_that_says_nothing_stands_around_an_answer() -> None:
    words = {Sense.ECHO_YES: {"mila": 0.0}, Sense.FILLER: {"mujhe": 0.0}}
    assert understand("mujhe mila", paid("hi"), Lexicon("hi", words)).value is True
    assert understand("mujhe mila", paid("hi"), Lexicon("hi", {Sense.ECHO_YES: {"mila": 0.0}})).value is None


def test_what_was_read_before_is_read_alike() -> None:
    forget()
    first = understand("no, late", paid("en"), LEXICONS["en"])
    assert understand("no, late", paid("en"), LEXICONS["en"]) == first
    question = paid("en")
    assert understand("yeah", question, LEXICONS["en"]) is understand("yeah", question, LEXICONS["en"])


@pytest.mark.parametrize(
    ("text", "folded", "words"),
    [
        ("Ｌ2 o'clock\x07", "12 o'clock", ("12", "o'clock")),
        ("½ day", "0.5 day", ("0.5", "day")),
        ("Ça va,\u200b ’tis", "ca va, 'tis", ("ca", "va", "tis")),
        ("၁ဝ", "10", ("10",)),
        ("ไม่ ได้", "ไม่ได้", ("ไม่ได้",)),
    ],
)
def test_every_sign_has_one_form(text: str, folded: str, words: tuple[str, ...]) -> None:
    assert fold(text) == folded
    assert tokens(folded) == words
