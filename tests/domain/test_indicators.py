"""What one respondent's answers are worth."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.catalogue.instruments import instrument, load_instruments
from app.domain.indicators import IndicatorShape, score, shape, shapes_of
from app.domain.instruments import InstrumentItemsError
from app.domain.survey.model import MEAN, RAW, Indicator, Kind, Option, Question, Survey, Value

WHO5, PHQ4, CANTRIL = "who-5", "phq-4", "cantril"


def option(code: int, points: float | None = None) -> Option:
    return Option(code, str(code), {}, points)


def question(code: str, kind: Kind, **given: object) -> Question:
    return Question(code, kind, {}, **given)  # type: ignore[arg-type]


FREQUENCY = tuple(option(code) for code in range(6))
SURVEY = Survey(
    code="checkup",
    title="",
    languages=("en",),
    reviews={},
    purpose={},
    questions=(
        question("paid", Kind.SINGLE, options=(option(1, 100), option(2, 50), option(3, 0))),
        question("harms", Kind.MANY, options=(option(1, 0), option(2, 40), option(3, 100), option(4))),
        question("exits", Kind.YES_NO, scores={True: 100.0, False: 0.0}),
        question("unscored", Kind.YES_NO),
        question("hours", Kind.NUMBER, minimum=40, maximum=80),
        question("children", Kind.NUMBER),
        question("stuck", Kind.NUMBER, minimum=3, maximum=3),
        question("mood", Kind.SCALE, minimum=1, maximum=5),
        question("now", Kind.SCALE, minimum=0, maximum=10),
        question("future", Kind.SCALE, minimum=0, maximum=10),
        question("why", Kind.TEXT),
        *(question(f"w{number}", Kind.SINGLE, options=FREQUENCY) for number in range(1, 6)),
        # Replied to with 1 to 4, scored as published.
        *(
            question(f"p{number}", Kind.SINGLE, options=tuple(option(c, c - 1) for c in range(1, 5)))
            for number in range(1, 5)
        ),
    ),
)


def scored(scoring: str, of: str, answers: Mapping[str, Value | None]) -> float | None:
    return score(indicator(scoring, of), SURVEY, answers)


def indicator(scoring: str, of: str = "") -> Indicator:
    published = None if scoring in {MEAN, RAW} else instrument(scoring)
    return Indicator("measure", "pay", tuple(of.split()), scoring, published)


@pytest.mark.parametrize(
    ("scoring", "of", "answers", "expected"),
    [
        pytest.param(MEAN, "paid", {"paid": 2}, 50, id="a choice is worth its option's score"),
        pytest.param(MEAN, "harms", {"harms": (2, 3)}, 70, id="several choices are worth their mean"),
        pytest.param(MEAN, "exits", {"exits": True}, 100, id="yes"),
        pytest.param(MEAN, "exits", {"exits": False}, 0, id="no"),
        pytest.param(MEAN, "mood", {"mood": 1}, 0, id="the foot of a scale"),
        pytest.param(MEAN, "mood", {"mood": 4}, 75, id="a scale is stretched to 100"),
        pytest.param(MEAN, "hours", {"hours": 50.0}, 25, id="so is a number"),
        pytest.param(MEAN, "paid exits", {"paid": 2, "exits": True}, 75, id="items count alike"),
        pytest.param(RAW, "hours", {"hours": 62}, 62, id="a raw number is itself"),
        pytest.param(RAW, "hours children", {"hours": 50, "children": 3}, 26.5, id="raw numbers have a mean"),
        pytest.param(RAW, "paid", {"paid": 2}, 50, id="a raw choice has its own unit"),
        pytest.param(
            WHO5, "w1 w2 w3 w4 w5", {f"w{n}": 2 for n in range(1, 6)}, 40, id="WHO-5 in percent, from the codes"
        ),
        pytest.param(
            PHQ4, "p1 p2 p3 p4", {"p1": 4, "p2": 1, "p3": 2, "p4": 2}, 5, id="PHQ-4 in points, from the scores"
        ),
        pytest.param(CANTRIL, "now future", {"now": 7, "future": 8}, 1, id="thriving"),
        pytest.param(CANTRIL, "now future", {"now": 7, "future": 7}, 0, id="not thriving"),
    ],
)
def test_each_kind_of_answer_has_its_worth(
    scoring: str, of: str, answers: Mapping[str, Value], expected: float
) -> None:
    assert scored(scoring, of, answers) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("scoring", "of", "answers"),
    [
        pytest.param(MEAN, "paid exits", {"paid": 2}, id="an item not asked"),
        pytest.param(MEAN, "paid exits", {"paid": 2, "exits": None}, id="an item not known"),
        pytest.param(MEAN, "paid", {"paid": 9}, id="an option there is not"),
        pytest.param(MEAN, "harms", {"harms": ()}, id="nothing chosen"),
        pytest.param(MEAN, "harms", {"harms": (1, 4)}, id="an option without a score, though it has a code"),
        pytest.param(MEAN, "unscored", {"unscored": True}, id="a yes without a score"),
        pytest.param(MEAN, "exits", {"exits": "yes"}, id="a value of another kind"),
        pytest.param(MEAN, "children", {"children": 3}, id="a number without ends cannot be stretched"),
        pytest.param(MEAN, "stuck", {"stuck": 3}, id="nor one whose ends meet"),
        pytest.param(MEAN, "why", {"why": "tired"}, id="a text"),
        pytest.param(MEAN, "gone", {"gone": 1}, id="a question the survey lost"),
        pytest.param(MEAN, "", {}, id="no items at all"),
        pytest.param(WHO5, "w1 w2 w3 w4 w5", {f"w{n}": 2 for n in range(1, 5)}, id="WHO-5 with one missing"),
        pytest.param(PHQ4, "p1 p2 p3 p4", {"p1": 1, "p2": 1, "p3": None, "p4": 1}, id="PHQ-4 with one missing"),
        pytest.param(CANTRIL, "now future", {"now": 7}, id="one rung"),
    ],
)
def test_what_was_not_said_is_not_guessed(scoring: str, of: str, answers: Mapping[str, Value]) -> None:
    assert scored(scoring, of, answers) is None


def test_an_instrument_fed_from_the_wrong_question_says_so() -> None:
    with pytest.raises(InstrumentItemsError):
        scored(WHO5, "hours hours hours hours hours", {"hours": 60})
    with pytest.raises(InstrumentItemsError):
        scored(CANTRIL, "now now future", {"now": 7, "future": 8})


@pytest.mark.parametrize(
    ("scoring", "kind", "low", "high"),
    [
        pytest.param(MEAN, "mean", 0, 100, id="mean"),
        pytest.param(WHO5, "mean", 0, 100, id="WHO-5"),
        pytest.param(PHQ4, "mean", 0, 12, id="PHQ-4"),
        pytest.param(CANTRIL, "share", 0, 1, id="Cantril"),
        pytest.param(RAW, "mean", None, None, id="raw"),
    ],
)
def test_a_figure_knows_its_shape(scoring: str, kind: str, low: float | None, high: float | None) -> None:
    found = shape(indicator(scoring))
    assert isinstance(found, IndicatorShape)
    assert (found.kind, found.low, found.high) == (kind, low, high)
    assert found.unit


def test_a_survey_tells_the_shape_of_each_indicator() -> None:
    asked = replace(SURVEY, indicators=(indicator(MEAN), replace(indicator(RAW), code="raw")))
    assert shapes_of(asked) == {indicator(MEAN).code: shape(indicator(MEAN)), "raw": shape(indicator(RAW))}


def test_every_measure_of_every_instrument_has_a_shape() -> None:
    for code in load_instruments():
        for measure in instrument(code).measures:
            found = shape(Indicator("measure", "health", (), code, instrument(code), measure.name))
            assert found.unit == measure.unit
            assert (found.kind == "share") is (measure.kind == "cut")


def test_what_the_survey_carries_no_instrument_for_is_said_so() -> None:
    for told in (Indicator("m", "pay", (), "who-5"), Indicator("m", "pay", (), "who-5", instrument("who-5"), "joy")):
        with pytest.raises(InstrumentItemsError):
            shape(told)
    with pytest.raises(InstrumentItemsError, match="carries no instrument"):
        score(Indicator("m", "pay", ("hours",), "who-5"), SURVEY, {"hours": 60})


def index(of: str, **rules: Any) -> Indicator:
    return Indicator("own", "pay", tuple(of.split()), **rules)


@pytest.mark.parametrize(
    ("own", "answers", "expected"),
    [
        pytest.param(index("paid mood", weights={"paid": 3}), {"paid": 1, "mood": 1}, 75, id="weighted"),
        pytest.param(index("paid mood", reverse=frozenset({"mood"})), {"paid": 1, "mood": 5}, 50, id="reversed"),
        pytest.param(index("paid mood exits", least=2), {"paid": 1, "mood": 1}, 50, id="enough were answered"),
        pytest.param(index("paid mood exits", least=2), {"paid": 1}, None, id="too few were answered"),
        pytest.param(index("paid mood exits", least=3), {"paid": 1, "mood": 1}, None, id="all are wanted"),
        pytest.param(
            index("paid mood exits", least=2, weights={"paid": 3, "exits": 5}),
            {"paid": 1, "mood": 1},
            75,
            id="the weights of those answered",
        ),
    ],
)
def test_an_index_of_ones_own_follows_its_declared_rule(
    own: Indicator, answers: Mapping[str, Value], expected: float | None
) -> None:
    assert score(own, SURVEY, answers) == (None if expected is None else pytest.approx(expected))


def test_an_index_tells_which_end_is_the_better_one() -> None:
    assert index("paid").better == "high"
    assert index("paid", polarity="low").better == "low"
    assert shape(index("paid", polarity="")).better == ""
    assert shape(indicator("phq-4")).better == "low"
    assert Indicator("m", "pay", (), "forced-labour", instrument("forced-labour")).better == ""


@pytest.mark.parametrize(
    ("age", "answers", "mode", "expected"),
    [
        pytest.param("hours", {"hours": 61}, "self", 50, id="61 is of the younger"),
        pytest.param("hours", {"hours": 62}, "self", 53, id="62 is of the older"),
        pytest.param("hours", {"hours": 40}, "read", 52, id="read out"),
        pytest.param("62+", {}, "read", 50, id="one band for everyone"),
        pytest.param("hours", {}, "self", None, id="the age is not known"),
        pytest.param("hours", {"hours": 17}, "self", None, id="under age"),
        pytest.param("exits", {"exits": True}, "self", None, id="a yes is no age"),
    ],
)
def test_the_cfpb_scale_is_looked_up_by_age_and_by_who_reads(
    age: str, answers: Mapping[str, Value], mode: str, expected: float | None
) -> None:
    ten = tuple(f"c{number}" for number in range(10))
    items = tuple(question(code, Kind.SCALE, minimum=0, maximum=4) for code in ten)
    survey = replace(SURVEY, questions=(*SURVEY.questions, *items))
    scale = Indicator("money", "money", ten, "cfpb", instrument("cfpb"), age=age, mode=mode)
    assert score(scale, survey, {**dict.fromkeys(ten, 2), **answers}) == expected


def test_a_yes_is_one_on_a_published_scale_of_yes_and_no() -> None:
    survey = replace(SURVEY, questions=tuple(question(f"f{number}", Kind.YES_NO) for number in range(8)))
    eight = tuple(f"f{number}" for number in range(8))
    fies = Indicator("food", "food", eight, "fies", instrument("fies"), "screening")
    assert score(fies, survey, {code: code < "f3" for code in eight}) == 3
