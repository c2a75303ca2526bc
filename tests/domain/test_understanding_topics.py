"""Options by what they are about, units by what they count, and an "and" that is glued on: on tables of its own."""

import pytest

from app.domain.survey import Kind, Option, Question
from app.domain.understanding import Lexicon, Method, Outcome, Sense, hear, understand
from app.domain.understanding.commands import Command, Order

TOPICS = {
    "foreman": "supervisor", "supervisor": "supervisor", "line chief": "supervisor", "union": "union",
    "wife": "family", "family": "family", "nobody": "nobody", "salary": "pay", "pay": "pay", "wages": "pay", "late": "late",
    "long": "long", "duty": "worktime", "hours": "worktime", "hot": "heat", "heat": "heat", "low": "little",
}  # fmt: skip
ENGLISH = Lexicon(
    "en",
    {
        Sense.UNIT: {
            "hours": 2,
            "minutes": 1,
            "days": 3,
            "day": 3,
            "week": 4,
            "month": 5,
            "taka": 7,
            "people": 8,
            "pcs": 0,
        },
        Sense.RATE: {"a day": 3, "weekly": 4, "a month": 0},
        Sense.OFTEN: {"always": 4, "mostly": 3, "sometimes": 2, "never": 0},
        Sense.NEGATION: {"not": 0, "never": 0},
        Sense.AND: {"and": 0},
        Sense.EXCEPT: {"except for": 0},
        Sense.ALL: {"all of them": 0},
        Sense.POLITE: {"sir": 0},
        Sense.ACKNOWLEDGE: {"no problem": 0},
        Sense.NO_PROBLEM: {"no problem": 0},
        Sense.DEGREE: {"well": 1, "badly": -1},
        Sense.NUMBER: {"seven": 7.0, "five": 5, "thirty": 30, "fifty": 50, "one": 1},
        Sense.MULTIPLIER: {"hundred": 100, "thousand": 1000, "million": 1_000_000},
        Sense.OF: {"of": 0, "outoften": 10},
        Sense.APPROX: {"about": 0, "five": 0, "low": 0},
    },
    topics=TOPICS,
)
TOLD = Question(
    "told", Kind.SINGLE, {"en": "Who told you?"},
    tuple(Option(at, f"v{at}", {"en": text}) for at, text in enumerate(("supervisor", "union", "family", "nobody"), 1)),
)  # fmt: skip
PROBLEMS = Question(
    "problems", Kind.MANY, {"en": "Which problems?"},
    tuple(Option(at, f"v{at}", {"en": text}) for at, text in enumerate(("late pay", "long hours", "heat"), 1)),
)  # fmt: skip
RESPECT = Question(
    "respect", Kind.SINGLE, {"en": "Do supervisors treat you with respect?"},
    tuple(Option(at, f"v{at}", {"en": text}) for at, text in enumerate(("always", "mostly", "sometimes", "never"), 1)),
)  # fmt: skip
HOURS = Question("hours", Kind.NUMBER, {"en": "How many hours did you work last week?"}, minimum=0, maximum=112)
WAGE = Question("wage", Kind.NUMBER, {"en": "How many taka were you paid last month?"}, minimum=0, maximum=10**8)
MOOD = Question("mood", Kind.SCALE, {"en": "How do you feel?"}, minimum=0, maximum=10)


def read(text: str, question: Question) -> object:
    reading = understand(text, question, ENGLISH)
    return reading.value if reading.outcome is Outcome.ANSWER else reading.outcome.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("foreman", 1, id="another name"),
        pytest.param("our line chief said so", 1, id="in a sentence"),
        pytest.param("my wife", 3, id="one of the family"),
        pytest.param("foreman and union", "unclear", id="two of which one was asked for"),
        pytest.param("not the foreman", "unclear", id="denied"),
        pytest.param("the hot duty", "unclear", id="nothing on offer"),
        pytest.param("no problem", "unclear", id="only polite here"),
    ],
)
def test_one_option_by_what_it_is_about(text: str, value: object) -> None:
    assert read(text, TOLD) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("salary comes late", (1,), id="both topics of one option"),
        pytest.param("late", (1,), id="one topic, and nothing beside"),
        pytest.param("long duty, hot", (2, 3), id="a list"),
        pytest.param("salary late and hot", (1, 3), id="a list with and"),
        pytest.param("low salary", "unclear", id="another thing than on offer"),
        pytest.param("hot, low salary", "unclear", id="half of a list"),
        pytest.param("not hot", "unclear", id="denied"),
        pytest.param("no problem", (), id="none of the problems"),
        pytest.param("all of them except for 2", (1, 3), id="all but one, in phrases"),
        pytest.param("all of them 2", "unclear", id="all and one"),
    ],
)
def test_several_options_by_what_they_are_about(text: str, value: object) -> None:
    assert read(text, PROBLEMS) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("always respected", 1, id="a word of the question"),
        pytest.param("sometimes well", 3, id="a word of praise"),
        pytest.param("sometimes badly", "unclear", id="a word that may turn it"),
        pytest.param("always shouts", "unclear", id="about something else"),
        pytest.param("not always", "unclear", id="denied"),
    ],
)
def test_how_often_with_the_words_of_the_question(text: str, value: object) -> None:
    assert read(text, RESPECT) == value


@pytest.mark.parametrize(
    ("text", "question", "value"),
    [
        pytest.param("48 hours", HOURS, 48, id="the unit asked for"),
        pytest.param("6 days", HOURS, "unclear", id="another unit"),
        pytest.param("30 minutes", HOURS, "unclear", id="a smaller one"),
        pytest.param("$20", HOURS, "unclear", id="money for hours"),
        pytest.param("5 people", WAGE, "unclear", id="people for money"),
        pytest.param("500 taka", WAGE, 500, id="money"),
        pytest.param("$500", WAGE, 500, id="money by its sign"),
        pytest.param("12 pcs", HOURS, 12, id="a unit that cannot be told"),
        pytest.param("50 weekly", HOURS, 50, id="the span asked about, by its class"),
        pytest.param("10 a day", HOURS, "unclear", id="another span"),
        pytest.param("sometimes 50", HOURS, "unclear", id="not always so"),
        pytest.param("always 50", HOURS, 50, id="always so"),
        pytest.param("8-17", HOURS, "unclear", id="the hours of a shift"),
        pytest.param("40-50", HOURS, 45, id="a range"),
        pytest.param("5O", HOURS, 50, id="the letter O for a nought"),
        pytest.param("l2 hours", HOURS, 12, id="the letter l for a one"),
        pytest.param("60k", HOURS, 60, id="a letter k that cannot be thousands"),
        pytest.param("60k", WAGE, 60_000, id="thousands"),
        pytest.param("30k k", WAGE, 30_000, id="thousands once"),
        pytest.param("P9,800.00", WAGE, 9800, id="a letter for the money"),
        pytest.param("fifty 5", HOURS, 55, id="half in words, half in digits"),
        pytest.param("about 48", HOURS, 48, id="about"),
        pytest.param("five 48", HOURS, 48, id="a word for about that is also a number"),
        pytest.param("fiftyfive", HOURS, 55, id="two number words in one"),
        pytest.param("one million seven hundred fifty thousand", WAGE, 1_750_000, id="hundreds of thousands"),
        pytest.param("one million seven hundred thousand", WAGE, 1_700_000, id="hundreds, then thousand"),
        pytest.param("thirty fivethousand", WAGE, 35_000, id="without a blank"),
        pytest.param("outoften seven", MOOD, 7, id="out of ten in one word"),
        pytest.param("of 10", MOOD, "unclear", id="the highest mark alone"),
    ],
)  # fmt: skip
def test_numbers_and_what_they_count(text: str, question: Question, value: object) -> None:
    assert read(text, question) == value


def test_half_of_an_options_words_is_another_thing() -> None:
    offered = tuple(Option(at, f"v{at}", {"en": text}) for at, text in enumerate(("late wages", "heat"), 1))
    worst = Question("worst", Kind.SINGLE, {"en": "What is worst?"}, offered)
    assert read("late salary", worst) == 1
    assert read("low wages", worst) == "unclear"


def test_an_and_that_is_glued_to_a_word() -> None:
    arabic = Lexicon("ar", {Sense.AND_BEFORE: {"و": 0}})
    offered = tuple(Option(at, f"v{at}", {"ar": text}) for at, text in enumerate(("الحر", "الصراخ", "الوقت"), 1))
    several = understand("الحر والصراخ", Question("problems", Kind.MANY, {}, offered), arabic)
    assert several.value == (1, 2)
    single = Question("worst", Kind.SINGLE, {}, offered)
    assert understand("الوقت", single, arabic).value == 3
    tamil = Lexicon("ta", {Sense.AND_AFTER: {"ும்": 0}})
    offered = tuple(Option(at, f"v{at}", {"ta": text}) for at, text in enumerate(("வெப்பம்", "சம்பளம்"), 1))
    many = Question("problems", Kind.MANY, {}, offered)
    assert understand("வெப்பமும் சம்பளமும்", many, tamil).value == (1, 2)


def test_topics_cut_scripts_without_blanks() -> None:
    chinese = Lexicon("zh", topics={"班长": "supervisor", "组长": "supervisor", "老婆": "family", "家人": "family"})
    offered = (Option(1, "supervisor", {"zh": "组长"}), Option(2, "family", {"zh": "家人"}))
    told = Question("told", Kind.SINGLE, {"zh": "谁告诉你的?"}, offered)
    assert understand("班长说的", told, chinese).value == 1
    assert understand("我老婆", told, chinese).value == 2
    assert understand("班长和老婆", told, chinese).outcome is Outcome.UNCLEAR


def test_a_misspelt_topic_is_a_slip_of_the_thumb() -> None:
    reading = understand("supervosor told us", TOLD, ENGLISH)
    assert (reading.value, reading.method) == (1, Method.WORD)


def test_a_stop_word_that_only_its_marks_tell_from_yes() -> None:
    vietnamese = Lexicon("vi", {Sense.YES: {"dung": 0}, Sense.STOP_WRITTEN: {"dừng": 0}})
    question = Question("paid", Kind.YES_NO, {"vi": "?"})
    lexicons = {"vi": vietnamese}
    assert hear("Dừng!", question, "vi", lexicons) == Command(Order.STOP)
    heard = hear("đúng", question, "vi", lexicons)
    assert not isinstance(heard, Command)
    assert heard.value is True
