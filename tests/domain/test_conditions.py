"""When a question is asked, and when an answer raises a need."""

from dataclasses import replace

import pytest

from app.domain.survey.conditions import condition_holds
from app.domain.survey.model import Condition, Value

ANSWERS: dict[str, Value | None] = {
    "hurt": True,
    "paid": 1,
    "harms": (2, 4),
    "hours": 60,
    "word": "boss",
    "skipped": None,
}
SCORES: dict[str, float | None] = {"respect": 20.0, "voice": None}


def leaf(question: str, *values: Value, **bounds: float) -> Condition:
    return replace(Condition(question=question, values=values), **bounds)


def group(kind: str, *parts: Condition) -> Condition:
    return Condition(group=kind, parts=parts)  # type: ignore[arg-type]


YES, NO = True, False
HOLDS, FAILS = leaf("hurt", YES), leaf("hurt", NO)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        pytest.param(leaf("hurt", YES), True, id="yes is yes"),
        pytest.param(leaf("hurt", NO), False, id="yes is not no"),
        pytest.param(leaf("hurt", 1), False, id="yes is not option 1"),
        pytest.param(leaf("paid", 1, 2), True, id="one of several options"),
        pytest.param(leaf("paid", 2, 3), False, id="none of several options"),
        pytest.param(leaf("paid", YES), False, id="option 1 is not yes"),
        pytest.param(leaf("harms", 4), True, id="among those chosen"),
        pytest.param(leaf("harms", 3, 5), False, id="none of those chosen"),
        pytest.param(leaf("word", "boss"), True, id="a text"),
        pytest.param(leaf("hours", 60.0), True, id="a number in either form"),
        pytest.param(leaf("hours", over=60), False, id="60 is not over 60"),
        pytest.param(leaf("hours", over=59.5), True, id="60 is over 59.5"),
        pytest.param(leaf("hours", under=60), False, id="60 is not under 60"),
        pytest.param(leaf("hours", under=61), True, id="60 is under 61"),
        pytest.param(leaf("hours", at_least=60), True, id="60 is at least 60"),
        pytest.param(leaf("hours", at_least=61), False, id="60 is not at least 61"),
        pytest.param(leaf("hours", at_most=60), True, id="60 is at most 60"),
        pytest.param(leaf("hours", at_most=59), False, id="60 is not at most 59"),
        pytest.param(leaf("hours", over=48, under=72), True, id="between"),
        pytest.param(leaf("hours", 60, over=60), False, id="every test of a leaf must hold"),
        pytest.param(leaf("hurt", at_least=0), False, id="yes has no size"),
        pytest.param(leaf("harms", at_least=0), False, id="choices have no size"),
        pytest.param(leaf("word", at_least=0), False, id="a text has no size"),
        pytest.param(leaf("hours"), True, id="answered at all"),
        pytest.param(leaf("skipped"), False, id="recorded as nothing"),
        pytest.param(leaf("unasked", YES), False, id="never asked"),
        pytest.param(leaf("unasked", under=5), False, id="a missing number is not small"),
        pytest.param(Condition(indicator="respect", under=25), True, id="a low score"),
        pytest.param(Condition(indicator="respect", at_least=25), False, id="not a high score"),
        pytest.param(Condition(indicator="voice", under=25), False, id="a score that could not be made"),
        pytest.param(Condition(indicator="pay", under=25), False, id="a score nobody gave"),
        pytest.param(group("all", HOLDS, HOLDS), True, id="all"),
        pytest.param(group("all", HOLDS, FAILS), False, id="not all"),
        pytest.param(group("any", FAILS, HOLDS), True, id="any"),
        pytest.param(group("any", FAILS, FAILS), False, id="not any"),
        pytest.param(group("not", HOLDS), False, id="not what holds"),
        pytest.param(group("not", FAILS), True, id="not what fails"),
        pytest.param(group("not", FAILS, HOLDS), False, id="not means none of its parts"),
        pytest.param(group("not", leaf("unasked", YES)), True, id="not of a missing answer"),
        pytest.param(group("any", FAILS, group("all", HOLDS, group("not", FAILS))), True, id="groups in groups"),
    ],
)
def test_a_condition_holds_by_what_was_answered(condition: Condition, *, holds: bool) -> None:
    assert condition_holds(condition, ANSWERS, SCORES) is holds


def test_silence_holds_for_no_leaf() -> None:
    assert not condition_holds(HOLDS, {}, {})
