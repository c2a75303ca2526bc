"""How answers are spread: of the figure's own people, never of those who wait."""

import pytest

from app.domain.spreads import folded, kept, steps
from app.domain.survey import Indicator, Kind, Option, Question, Survey

PAID = Question(
    "paid", Kind.SINGLE, {},
    (Option(1, "on-time", {}, 100), Option(2, "late", {}, 50), Option(3, "part", {}, 50), Option(4, "no-idea", {})),
)  # fmt: skip
SAFE = Question("safe", Kind.SCALE, {}, minimum=1, maximum=5)
FED = Question("fed", Kind.YES_NO, {}, scores={True: 100, False: 0})
HOURS = Question("hours", Kind.NUMBER, {}, minimum=0, maximum=112)
LADDER = Question("ladder", Kind.SCALE, {}, minimum=0, maximum=100)
SURVEY = Survey("s", "S", ("en",), {}, {}, (PAID, SAFE, FED, HOURS, LADDER))


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        pytest.param(("paid",), {100.0: (1,), 50.0: (2, 3)}, id="options of one score are told together"),
        pytest.param(("safe",), {0.0: (1,), 25.0: (2,), 50.0: (3,), 75.0: (4,), 100.0: (5,)}, id="a scale"),
        pytest.param(("fed",), {100.0: (True,), 0.0: (False,)}, id="yes and no"),
        pytest.param(("hours",), {}, id="a number is not closed"),
        pytest.param(("ladder",), {}, id="a scale of a hundred steps"),
        pytest.param(("paid", "safe"), {}, id="an index of several"),
        pytest.param(("gone",), {}, id="a question that is not there"),
    ],
)
def test_the_steps_of_an_indicator_are_its_question_s_answers(of: tuple[str, ...], expected: object) -> None:
    assert steps(Indicator("i", "pay", of), SURVEY) == expected


def test_todays_spread_is_kept_where_it_is_of_the_figure_s_people() -> None:
    assert kept({100: 7, 0: 5}, {100: 5, 0: 5}, 12, 700) == {100: 7, 0: 5}


@pytest.mark.parametrize(
    ("n", "total"),
    [
        pytest.param(10, 500, id="newcomers wait"),
        pytest.param(12, 600, id="as many, but not the same"),
    ],
)
def test_a_spread_of_other_people_is_not_told(n: int, total: float) -> None:
    assert kept({100: 7, 0: 5}, {100: 5, 0: 5}, n, total) == {100: 5, 0: 5}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param({0: 12, 50: 13, 100: 25}, {(0,): 0.24, (50,): 0.26, (100,): 0.5}, id="enough everywhere"),
        pytest.param(
            {0: 1, 25: 10, 50: 12, 100: 52}, {(0, 25): 0.15, (50,): 0.16, (100,): 0.69}, id="one is never told alone"
        ),
        pytest.param({0: 10, 50: 3, 100: 20}, {(0, 50): 0.39, (100,): 0.61}, id="with the lesser neighbour"),
        pytest.param({0: 0, 50: 15, 100: 15}, {(0, 50): 0.5, (100,): 0.5}, id="that nobody said it is not told"),
        pytest.param({0: 40, 25: 20, 50: 0, 75: 0, 100: 0}, {(0,): 0.67, (25, 50, 75, 100): 0.33}, id="a long end"),
        pytest.param({0: 8, 100: 7}, {}, id="too few to be told apart"),
        pytest.param({100: 40}, {}, id="all alike"),
        pytest.param({}, {}, id="nobody at all"),
    ],
)
def test_each_share_is_of_k_people(counts: dict[float, int], expected: dict[tuple[float, ...], float]) -> None:
    assert folded(counts, 10) == expected
