"""Forms read and written as plain sheets: what a text can ask, and what is refused with its place, all at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from app.catalogue.catalogue import bundled_surveys
from app.catalogue.documents import read_yaml
from app.catalogue.instruments import with_instruments
from app.domain.errors import Fault, InvalidError
from app.domain.survey import Condition, Kind, Option, Question, Survey
from app.domain.survey.conditions import condition_holds
from app.domain.survey.parse import parse_survey, read_survey
from app.domain.xlsform import ExpressionError, Form, Row, Table, read_form, read_rule, write_form, write_rule
from app.domain.xlsform.expressions import read_calculation, read_expression

Cells = Mapping[str, str]
LABEL = "label::English (en)"
YES_NO = {"en": ("yes", "no")}
CHOICES = [
    {"list_name": "why", "name": "bank", LABEL: "the bank"},
    {"list_name": "why", "name": "boss", LABEL: "the boss"},
    {"list_name": "grade", "name": "1", LABEL: "bad"},
    {"list_name": "grade", "name": "3", LABEL: "good"},
    {"list_name": "yn", "name": "yes", LABEL: "Yes", "score": "100"},
    {"list_name": "yn", "name": "no", LABEL: "No", "score": "0"},
]
ASKED = [
    {"type": "select_one yn", "name": "late", LABEL: "Were you paid late?"},
    {"type": "select_one why", "name": "reason", LABEL: "Why?"},
    {"type": "select_multiple why", "name": "whose", LABEL: "Whose fault?"},
    {"type": "select_one grade", "name": "grade", LABEL: "How was it?"},
    {"type": "integer", "name": "hours", LABEL: "How many hours?"},
    {"type": "text", "name": "wish", LABEL: "What else?"},
    {"type": "date", "name": "since", LABEL: "Since when?"},
    {"type": "note", "name": "thanks", LABEL: "Nearly done."},
    {"type": "calculate", "name": "long", "calculation": "if(${hours} > 60, 'yes', 'no')"},
    {"type": "calculate", "name": "short", "calculation": "if(${hours} > 60, 0, 1)"},
    {"type": "calculate", "name": "fixed", "calculation": "7"},
]
SETTINGS = {
    "form_title": "Pay",
    "form_id": "pay",
    "default_language": "English (en)",
    "purpose": "pay",
    "partial_after": "hours",
}


def sheet(rows: Sequence[Cells]) -> Table:
    header = tuple(dict.fromkeys(head for row in rows for head in row))
    return Table(header, tuple(Row(number, row) for number, row in enumerate(rows, 2)))


def form_of(
    rows: Sequence[Cells], choices: Sequence[Cells] = CHOICES, settings: Cells = SETTINGS, **others: Table
) -> Form:
    return read_form({"survey": sheet(rows), "choices": sheet(choices), "settings": sheet([settings]), **others})


def refused(form: Form) -> list[tuple[str, str]]:
    return [(fault.place, fault.message) for fault in form.refused]


def rule(relevant: str) -> Any:
    """The `ask_if` of a last question that is asked only if; a faulty one as its message."""
    form = form_of([*ASKED, {"type": "text", "name": "last", LABEL: "And?", "relevant": relevant}])
    if form.refused:
        ((place, message),) = refused(form)
        assert place == "survey, row 13, relevant"
        return message
    return form.document["questions"][-1]["ask_if"]


# -- questions ------------------------------------------------------------------------------------


def test_each_kind_of_question_becomes_its_like() -> None:
    form = form_of(ASKED)
    survey = parse_survey(form.document)
    assert refused(form) == []
    assert [(question.code, question.kind) for question in survey.questions] == [
        ("late", Kind.YES_NO), ("reason", Kind.SINGLE), ("whose", Kind.MANY), ("grade", Kind.SINGLE), ("hours", Kind.NUMBER),
        ("wish", Kind.TEXT), ("since", Kind.TEXT), ("thanks", Kind.NOTE),
    ]  # fmt: skip
    assert survey.questions[0].scores == {True: 100, False: 0}
    assert [(option.code, option.value) for option in survey.questions[1].options] == [(1, "bank"), (2, "boss")]
    assert [(option.code, option.value) for option in survey.questions[3].options] == [(1, "1"), (3, "3")]
    assert (survey.code, survey.title, survey.partial_after, survey.purpose) == ("pay", "Pay", "hours", {"en": "pay"})
    assert "a date is kept as it is written" in next(fault.message for fault in form.faults if "row 8" in fault.place)


def test_a_range_is_a_scale_and_a_constraint_the_ends_of_a_number() -> None:
    rows = [
        {"type": "range", "name": "ladder", LABEL: "Which step?", "parameters": "start=0 end=10 step=1"},
        {
            "type": "integer",
            "name": "days",
            LABEL: "Days?",
            "constraint": ". > 0 and . <= 7",
            "constraint_message": "1 to 7",
        },
        {"type": "decimal", "name": "share", LABEL: "Share?", "constraint": "0 <= ."},
    ]
    asked = {question["code"]: question for question in form_of(rows).document["questions"]}
    assert (asked["ladder"]["kind"], asked["ladder"]["min"], asked["ladder"]["max"]) == (Kind.SCALE, 0, 10)
    assert (asked["days"]["min"], asked["days"]["max"], asked["days"]["reask"]) == (1, 7, {"en": "1 to 7"})
    assert (asked["share"]["min"], "max" in asked["share"]) == (0, False)


def test_groups_are_flattened_and_hand_their_rule_on() -> None:
    form = form_of([
        ASKED[0],
        {"type": "begin group", "name": "pay", LABEL: "About pay", "relevant": "${late} = 'yes'"},
        {"type": "begin_group", "name": "more"},
        {"type": "integer", "name": "days", LABEL: "Days?"},
        {"type": "integer", "name": "weeks", LABEL: "Weeks?", "relevant": "${days} > 6"},
        {"type": "end group"},
        {"type": "end_group"},
        {"type": "text", "name": "wish", LABEL: "What else?"},
    ])  # fmt: skip
    late = {"question": "late", "is": ["yes"]}
    rules = [question.get("ask_if") for question in form.document["questions"]]
    assert rules == [None, late, {"all": [late, {"question": "days", "over": 6}]}, None]
    assert refused(form) == []


def test_a_hint_stands_below_the_label_in_each_language() -> None:
    rows = [
        {
            "type": "text",
            "name": "wish",
            "label": "What else?",
            "label::Bangla (bn)": "আর কী?",
            "hint": "In your words.",
        }
    ]
    form = form_of(rows)
    assert form.document["languages"] == ["en", "bn"]
    assert form.document["questions"][0]["text"] == {"en": "What else?\nIn your words.", "bn": "আর কী?"}


def test_what_a_text_cannot_do_is_left_out_and_told_once() -> None:
    rows = [
        {"type": "text", "name": name, LABEL: "?", "required": "yes", "default": "x", "appearance": "minimal"}
        for name in ("a", "b")
    ]
    warned = [fault.place for fault in form_of(rows).faults if fault.severity == "warning"]
    assert warned == ["survey, row 2, required", "survey, row 2, default", "survey, row 2, appearance"]
    assert form_of([{"type": "text", "name": "a", LABEL: "?", "required": "no"}]).faults == []


def test_what_no_form_says_is_taken_for_granted_and_told() -> None:
    form = form_of(ASKED, settings={"form_title": "Pay & Hours!", "default_language": "en"})
    told = [fault.message for fault in form.faults if fault.place.startswith("settings")]
    assert (form.document["survey"], form.document["purpose"]) == ("pay-hours", {"en": "Pay & Hours!"})
    assert form.document["partial_after"] == "grade"
    assert [message.split(";")[0].split(":")[0] for message in told] == [
        "the survey's code is 'pay-hours'", "has no purpose", "has no partial_after",
    ]  # fmt: skip


# -- skip rules -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("relevant", "meant"),
    [
        pytest.param("${late} = 'yes'", {"question": "late", "is": ["yes"]}, id="yes"),
        pytest.param("selected(${late}, 'no')", {"question": "late", "is": ["no"]}, id="selected of one"),
        pytest.param("'boss' = ${reason}", {"question": "reason", "is": [2]}, id="turned round"),
        pytest.param("${reason} != 'boss'", {"not": [{"question": "reason", "is": [2]}]}, id="another"),
        pytest.param("${grade} >= 2", {"question": "grade", "is": [3]}, id="choices that are numbers"),
        pytest.param("2 > ${grade}", {"question": "grade", "is": [1]}, id="a sign turned round"),
        pytest.param("${grade} = 3", {"question": "grade", "is": [3]}, id="a choice by its number"),
        pytest.param("selected(${whose}, 'bank')", {"question": "whose", "is": [1]}, id="one of several"),
        pytest.param("${reason}='bank' or ${reason} = 'boss'", {"question": "reason", "is": [1, 2]}, id="either"),
        pytest.param("${hours} < -1.5", {"question": "hours", "under": -1.5}, id="a negative number"),
        pytest.param("${hours} = '60'", {"question": "hours", "is": [60]}, id="a number in quotes"),
        pytest.param("${hours} != 60", {"not": [{"question": "hours", "is": [60]}]}, id="not that number"),
        pytest.param("${wish} = \"a 'b'\"", {"question": "wish", "is": ["a 'b'"]}, id="words"),
        pytest.param("${wish} != 'x'", {"not": [{"question": "wish", "is": ["x"]}]}, id="other words"),
        pytest.param("${reason} != ''", {"question": "reason", "is": [1, 2]}, id="answered"),
        pytest.param("${late} = ''", {"not": [{"question": "late", "is": ["yes", "no"]}]}, id="not answered"),
        pytest.param(
            "${hours} != ''",
            {"any": [{"question": "hours", "over": 0}, {"question": "hours", "at_most": 0}]},
            id="any number",
        ),
        pytest.param("${long} = 'yes'", {"question": "hours", "over": 60}, id="a calculation"),
        pytest.param("${short} > 0", {"not": [{"question": "hours", "over": 60}]}, id="a calculation's contrary"),
        pytest.param(
            "not(${late} = 'yes' or ${hours} > 60)",
            {"not": [{"question": "late", "is": ["yes"]}, {"question": "hours", "over": 60}]},
            id="neither",
        ),
        pytest.param(
            "${late} = 'yes' and ((${hours} > 60) or ${hours} <= 5)",
            {"all": [
                {"question": "late", "is": ["yes"]},
                {"any": [{"question": "hours", "over": 60}, {"question": "hours", "at_most": 5}]},
            ]},
            id="groups",
        ),
    ],
)  # fmt: skip
def test_a_relevance_is_a_skip_rule(relevant: str, meant: Any) -> None:
    assert rule(relevant) == meant


@pytest.mark.parametrize(
    ("relevant", "message"),
    [
        pytest.param("${later} = 1", "'later' is not a question asked before", id="unknown"),
        pytest.param("${last} = 'x'", "'last' is not a question asked before", id="itself"),
        pytest.param("${reason} = 'rain'", "'rain' is not a choice of 'reason'", id="no such choice"),
        pytest.param("${reason} > 1", "the choices of 'reason' are not all numbers and have no order", id="no order"),
        pytest.param("${grade} > 3", "can never hold", id="beyond"),
        pytest.param("${whose} = 'bank'", "'whose' may have several answers: test it with selected()", id="several"),
        pytest.param("${hours} = 'many'", "'hours' is a number: compare it with one", id="no number"),
        pytest.param("selected(${hours}, 1)", "'hours' is a number: compare it with one", id="a number selected"),
        pytest.param(
            "${since} > 'x'", "'since' is a date: it is kept as it was written, and not compared", id="a date"
        ),
        pytest.param("${wish} > 'x'", "'wish' is in own words, which are compared with words alone", id="words"),
        pytest.param(
            "${wish} = 'yes'", "'wish' is in own words, which are compared with words alone", id="yes in words"
        ),
        pytest.param("${thanks} = 'x'", "'thanks' is a note, which has no answer", id="a note"),
        pytest.param("${fixed} = 7", "the test of 'fixed' always holds", id="always"),
        pytest.param("${long} = 'maybe'", "the test of 'long' never holds", id="never"),
        pytest.param(
            "${reason} > ''", "nothing can be compared with an empty text but by = and !=", id="above nothing"
        ),
    ],
)
def test_a_relevance_that_cannot_be_is_refused(relevant: str, message: str) -> None:
    assert rule(relevant) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "ends where a value should stand", id="empty"),
        pytest.param("${a} =", "ends where a value should stand", id="cut off"),
        pytest.param("${a}", "ends where a comparison such as = or > should stand", id="alone"),
        pytest.param("${a} = ‘x’", "'‘' is not known here", id="curly quotes"),
        pytest.param("${a} + 1 > 2", "'+' is not known here", id="sums"),
        pytest.param(
            "${a} = ${b}", "'${b}' is not expected there, but a number, or a text in quotes", id="two questions"
        ),
        pytest.param("count-selected(${a}) > 1", "the function count-selected() is not known here", id="functions"),
        pytest.param("${a} = 1)", "')' is not expected there", id="a bracket too many"),
        pytest.param("(${a} = 1", "')' is missing", id="a bracket too few"),
        pytest.param("${a} , 1", "',' is not expected there; compare with", id="no sign"),
        pytest.param("selected('a', 1)", "\"'a'\" is not expected there, but a question", id="no question"),
        pytest.param("not(" * 9 + "${a} = 1" + ")" * 9, "is nested too deep", id="deep"),
        pytest.param("${a} = 1" * 300, "is longer than 2,000 characters", id="long"),
    ],
)
def test_what_is_not_of_the_language_is_named(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        read_expression(text)
    assert str(refusal.value).startswith(message)


def test_a_calculation_is_a_value_or_a_choice_of_two() -> None:
    assert read_calculation("-2.5").then == "-2.5"
    with pytest.raises(ExpressionError):
        read_calculation("if(${a} = 1, 2)")


# -- refusals -------------------------------------------------------------------------------------


def test_everything_that_is_refused_is_told_at_once_with_its_place() -> None:
    form = form_of(
        [
            {"type": "geopoint", "name": "where", LABEL: "Where?"},
            {"type": "select_one nothing", "name": "a", LABEL: "?"},
            {"type": "select_one", "name": "b", LABEL: "?"},
            {"type": "text", LABEL: "?", "parameters": "rows=3"},
            {"type": "text", "name": "c", LABEL: "You said ${b}", "constraint": ". > 1"},
            {"type": "text", "name": "C", LABEL: "?", "choice_filter": "x"},
            {"type": "integer", "name": "d", LABEL: "?", "constraint": "string-length(.) > 2"},
            {"type": "decimal", "name": "e", LABEL: "?", "constraint": ". > 2"},
            {"type": "integer", "name": "f", LABEL: "?", "constraint": ". = 2"},
            {"type": "range", "name": "g", LABEL: "?", "parameters": "start=0 end=5 step=0.5"},
            {"type": "calculate", "name": "h", "calculation": "now()"},
            {"type": "calculate", "name": "i", "calculation": "if(${z} = 1, 1, 0)"},
            {"type": "calculate", "name": "j", "calculation": "1", "relevant": "${d} = 1"},
            {"type": "text", "name": "k", LABEL: "?", "relevant": "today() > 1"},
            {"type": "end group"},
            {"type": "begin group", "name": "open"},
        ],
        [*CHOICES, {"name": "x", LABEL: "?"}, {"list_name": "why", LABEL: "?", "score": "much", "sms_code": "one"},
         {"list_name": "why", "name": "bank", "media::image": "a.png", "score": "nan"}],
        {"form_title": "!", "label": "x", "style": "pages"},
        entities=sheet([{"a": "b"}]), remarks=sheet([]),
    )  # fmt: skip
    assert sorted(place for place, _ in refused(form)) == sorted([
        "settings, row 1, label", "settings, row 1, style", "settings, row 2, form_id", "entities",
        "survey, row 1, choice_filter", "choices, row 1, media::image", "choices, row 8, list_name",
        "choices, row 9, name", "choices, row 9, score", "choices, row 9, sms_code", "choices, row 10, name",
        "choices, row 10, score", "survey, row 2, type", "survey, row 3, type", "survey, row 4, type",
        "survey, row 5, name", "survey, row 5, parameters", "survey, row 6, constraint", "survey, row 6, label",
        "survey, row 7, name", "survey, row 8, constraint", "survey, row 9, constraint", "survey, row 10, constraint",
        "survey, row 11, parameters", "survey, row 12, calculation", "survey, row 13, calculation",
        "survey, row 14, relevant", "survey, row 15, relevant", "survey, row 16, type", "survey, row 17, type",
    ])  # fmt: skip
    assert ("remarks", "warning") in {(fault.place, fault.severity) for fault in form.faults}


@pytest.mark.parametrize(
    ("head", "refusal"),
    [
        pytest.param("label", "say in which language", id="no language"),
        pytest.param("label::English", "name the language with its code", id="a language without its code"),
        pytest.param("label::English (en", "name the language with its code", id="half a bracket"),
        pytest.param("type::English (en)", "is a column that a text cannot ask by", id="a kind in a language"),
    ],
)
def test_words_say_in_which_language_they_are(head: str, refusal: str) -> None:
    form = form_of([{"type": "text", "name": "a", head: "?"}], (), {"form_id": "a", "form_title": "A"})
    ((place, message),) = refused(form)
    assert place == f"survey, row 1, {head}"
    assert message.startswith(refusal)


def test_an_empty_or_endless_form_is_refused() -> None:
    assert ("survey", "is missing or empty") in refused(read_form({}))
    rows = [{"type": "note", "name": f"n{number}", LABEL: "?"} for number in range(501)]
    assert ("survey", "has more than 500 rows") in refused(form_of(rows))
    choices = [{"list_name": "a", "name": str(number), LABEL: "?"} for number in range(3001)]
    assert ("choices", "has more than 3,000 rows") in refused(form_of(ASKED[4:5], choices))


def test_a_fault_of_the_survey_is_told_at_the_row_it_comes_from() -> None:
    form = form_of(ASKED)
    assert form.located(Fault("questions.reason.text.fr", "x")).place == "survey, row 3 (questions.reason.text.fr)"
    assert form.located(Fault("questions.reason.options.2.text.fr", "x")).place.startswith("choices, row 3 (")
    assert form.located(Fault("indicators.a", "x")).place == "indicators.a"


# -- there and back -------------------------------------------------------------------------------


def surveys() -> list[Survey]:
    return [parse_survey(with_instruments(read_yaml(path))) for path in bundled_surveys()]


def back(survey: Survey) -> Survey:
    languages = survey.languages
    form = read_form(
        write_form(survey, 3, dict.fromkeys(languages, "A language"), dict.fromkeys(languages, YES_NO["en"]))
    )
    assert refused(form) == []
    return parse_survey(form.document)


@pytest.mark.parametrize("survey", surveys(), ids=lambda survey: survey.code)
def test_a_survey_comes_back_from_a_form_with_the_same_questions(survey: Survey) -> None:
    again = back(survey)
    assert again.questions == survey.questions
    assert (again.code, again.title, again.languages, again.purpose) == (
        survey.code,
        survey.title,
        survey.languages,
        survey.purpose,
    )
    assert again.partial_after == survey.partial_after


def odd(ask_if: Condition) -> Survey:
    """Questions whose names and rules a form says in another way."""
    questions = (
        Question("one", Kind.SINGLE, {"en": "One?"}, (
            Option(1, "a b", {"en": "x"}), Option(4, "a b", {"en": "y"}, 2.5), Option(6, "c", {"en": "z"}))),
        Question("two", Kind.MANY, {"en": "Two?"}, (Option(2, "yes", {"en": "x"}), Option(3, "no", {"en": "y"}))),
        Question("fed", Kind.YES_NO, {"en": "Fed?"}),
        Question("far", Kind.NUMBER, {"en": "Far?"}, minimum=0.5, reask={"en": "Again?"}),
        Question("own", Kind.TEXT, {"en": "=1+1"}),
        Question("last", Kind.NOTE, {"en": "Bye."}, ask_if=ask_if),
    )  # fmt: skip
    return Survey("odd", "Odd", ("en",), {}, {"en": "x"}, questions, "far")


ANSWERS: list[dict[str, Any]] = [
    {}, {"one": 1}, {"one": 4}, {"one": 6}, {"two": (2,)}, {"two": (2, 3)}, {"fed": True}, {"fed": False}, {"far": 1},
    {"far": 9.5}, {"own": "it's"}, {"one": 4, "far": 9.5, "fed": False},
]  # fmt: skip


@pytest.mark.parametrize(
    "ask_if",
    [
        pytest.param(Condition("one", over=1, under=6), id="options by their size"),
        pytest.param(Condition("one", at_least=4, at_most=4), id="one option by its size"),
        pytest.param(Condition("one", values=(1, 6)), id="options"),
        pytest.param(Condition("two", values=(2,)), id="one of several"),
        pytest.param(Condition("fed", values=(False,)), id="a no"),
        pytest.param(Condition("far", values=(1, 9.5)), id="numbers"),
        pytest.param(Condition("far", over=0.5, at_most=9.5), id="a range"),
        pytest.param(Condition("own", values=("it's",)), id="words"),
        pytest.param(Condition(group="any", parts=(Condition("one", values=(4,)),)), id="a group of one"),
        pytest.param(
            Condition(group="not", parts=(Condition("one", values=(4,)), Condition("far", over=2))), id="neither"
        ),
        pytest.param(
            Condition(group="all", parts=(
                Condition("one", values=(4,)),
                Condition(group="any", parts=(Condition("far", over=2), Condition("fed", values=(True,)))),
            )),
            id="groups",
        ),
    ],
)  # fmt: skip
def test_a_skip_rule_holds_for_the_same_answers_when_it_comes_back(ask_if: Condition) -> None:
    survey = odd(ask_if)
    again = back(survey)
    assert again.questions[:-1] == survey.questions[:-1]
    returned = again.questions[-1].ask_if
    assert returned is not None
    assert [condition_holds(returned, given, {}) for given in ANSWERS] == [
        condition_holds(ask_if, given, {}) for given in ANSWERS
    ]


def test_a_text_with_both_kinds_of_quotes_is_told_and_not_written_wrong() -> None:
    with pytest.raises(InvalidError) as refusal:
        back(odd(Condition("own", values=("a 'b' \"c\"",))))
    assert refusal.value.faults[0].place == "questions.last.ask_if"


# -- rules as people type them --------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "${indicator:wellbeing} < 50", "(${fed} = 'no' or selected(${two}, '3'))", "(${one} = '4' and ${far} >= 2)",
        "not(${indicator:wellbeing} > 28 or ${fed} = 'yes')",
    ],
)  # fmt: skip
def test_a_rule_is_read_and_written_as_it_is_typed(text: str) -> None:
    asked = odd(Condition("far", over=1)).questions
    kept = read_rule(text, asked, ["wellbeing"])
    need = {"category": "food", "when": kept}
    parsed = read_survey({"needs": [need]})[0].needs[0].when
    assert write_rule(parsed, {question.code: question for question in asked}, "needs[1]") == text
    with pytest.raises(ExpressionError):
        read_rule("${indicator:other} > 1", asked, ["wellbeing"])
