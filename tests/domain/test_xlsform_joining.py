"""A rule is put together from choices, and reads as if it had been typed."""

import pytest

from app.domain.survey import Kind
from app.domain.xlsform import expressions
from app.domain.xlsform.expressions import Group, read_expression
from app.domain.xlsform.joining import Choices, joined


@pytest.mark.parametrize(
    ("chosen", "rule"),
    [
        pytest.param(Choices("fed", Kind.YES_NO, "=", "no"), "${fed} = 'no'", id="an answer"),
        pytest.param(Choices("paid", Kind.SINGLE, "!=", "late"), "${paid} != 'late'", id="any other answer"),
        pytest.param(Choices("days", Kind.NUMBER, ">", "3"), "${days} > 3", id="a number"),
        pytest.param(Choices("safe", Kind.SCALE, "<=", "2"), "${safe} <= 2", id="a mark"),
        pytest.param(Choices("problems", Kind.MANY, "=", "heat"), "selected(${problems}, 'heat')", id="one of several"),
        pytest.param(Choices("problems", Kind.MANY, "!=", "heat"), "not(selected(${problems}, 'heat'))", id="not among several"),
        pytest.param(Choices("indicator:pay", Kind.SCALE, "<", "50"), "${indicator:pay} < 50", id="an indicator"),
        pytest.param(Choices("said", Kind.TEXT, "=", "don't"), '${said} = "don\'t"', id="an apostrophe"),
    ],
)  # fmt: skip
def test_what_is_chosen_is_a_test(chosen: Choices, rule: str) -> None:
    assert joined("", chosen) == rule
    assert read_expression(rule)


def test_a_further_test_joins_what_stands_there_as_a_whole() -> None:
    fed = Choices("fed", Kind.YES_NO, "=", "no")
    assert joined("${days} > 3", fed) == "${days} > 3 and ${fed} = 'no'"
    both = joined("${days} > 3 or ${safe} < 2", fed)
    assert read_expression(both) == Group(
        "all",
        (
            Group("any", (expressions.Test("days", ">", "3"), expressions.Test("safe", "<", "2"))),
            expressions.Test("fed", "=", "no"),
        ),
    )
    either = joined("${days} > 3 and ${safe} < 2", Choices("fed", Kind.YES_NO, "=", "no", "or"))
    assert read_expression(either) == Group(
        "any",
        (
            Group("all", (expressions.Test("days", ">", "3"), expressions.Test("safe", "<", "2"))),
            expressions.Test("fed", "=", "no"),
        ),
    )


@pytest.mark.parametrize(
    "chosen",
    [
        pytest.param(Choices("", Kind.NUMBER, "=", "3"), id="no question"),
        pytest.param(Choices("days", Kind.NUMBER, "=", ""), id="no value"),
        pytest.param(Choices("days", Kind.NUMBER, "~", "3"), id="no comparison"),
        pytest.param(Choices("days", Kind.NUMBER, "=", "3", "but"), id="no way to join"),
    ],
)
def test_half_a_choice_changes_nothing(chosen: Choices) -> None:
    assert joined("${fed} = 'no'", chosen) == "${fed} = 'no'"
