"""Figures with their doubt, against published numbers and against SciPy."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.statistics import (
    Interval,
    Tally,
    kish,
    mean_interval,
    wilson,
)
from app.domain.student import student_t

SCORES = st.lists(st.floats(0, 100), min_size=2, max_size=60)


def tally(scores: list[float]) -> Tally:
    return Tally(len(scores), math.fsum(scores), math.fsum(score * score for score in scores))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        pytest.param(0, 10, 0, 0.2775, id="nobody"),
        pytest.param(10, 10, 0.7225, 1, id="everybody"),
        pytest.param(5, 10, 0.2366, 0.7634, id="half"),
        pytest.param(8, 20, 0.2188, 0.6134, id="two in five"),
        pytest.param(353, 1227, 0.2631, 0.3137, id="many"),
    ],
)
def test_wilsons_interval_is_the_published_one(successes: int, n: int, low: float, high: float) -> None:
    interval = wilson(successes, n)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 5000), st.floats(0, 1), st.floats(0.5, 0.999))
def test_wilsons_interval_is_scipys(n: int, share: float, confidence: float) -> None:
    successes = round(share * n)
    oracle = stats.binomtest(successes, n).proportion_ci(confidence, method="wilson")
    interval = wilson(successes, n, confidence)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((oracle.low, oracle.high), abs=1e-9)
    assert 0 <= interval.low <= successes / n <= interval.high <= 1


def test_nobody_has_no_interval() -> None:
    assert wilson(0, 0) is None
    assert mean_interval(0, 0, 0) is None
    assert mean_interval(1, 50, 2500) is None


@pytest.mark.parametrize(
    ("successes", "n", "confidence"),
    [
        pytest.param(11, 10, 0.95, id="more than all"),
        pytest.param(-1, 10, 0.95, id="fewer than none"),
        pytest.param(1, 10, 1.0, id="certainty"),
        pytest.param(1, 10, 0.0, id="no confidence"),
    ],
)
def test_what_is_no_share_has_no_interval(successes: int, n: int, confidence: float) -> None:
    with pytest.raises(ValueError):
        wilson(successes, n, confidence)


@given(st.integers(1, 5_000_000), st.floats(0.5, 0.9999))
def test_students_quantile_is_scipys(df: int, p: float) -> None:
    assert student_t(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("df", "t"),
    [
        pytest.param(1, 12.7062, id="two people"),
        pytest.param(9, 2.2622, id="ten people"),
        pytest.param(999, 1.962341, id="the last by iteration"),
        pytest.param(1000, 1.962339, id="the first by expansion"),
    ],
)
def test_students_table(df: int, t: float) -> None:
    assert student_t(0.975, df) == pytest.approx(t, abs=5e-5 if df < 100 else 5e-7)


@pytest.mark.parametrize(
    ("p", "df"),
    [
        pytest.param(0.4, 5, id="below the median"),
        pytest.param(1.0, 5, id="certainty"),
        pytest.param(0.9, 0, id="no freedom"),
    ],
)
def test_there_is_no_quantile_outside_the_upper_half(p: float, df: int) -> None:
    with pytest.raises(ValueError):
        student_t(p, df)


@given(SCORES, st.sampled_from([0.8, 0.95, 0.99]))
def test_a_means_interval_is_scipys(scores: list[float], confidence: float) -> None:
    sums = tally(scores)
    interval = mean_interval(sums.n, sums.total, sums.total_squares, confidence)
    error = statistics.stdev(scores) / math.sqrt(len(scores))
    reach = stats.t.ppf(0.5 + confidence / 2, len(scores) - 1) * error
    mean = sums.total / sums.n
    assert interval is not None
    # Sums of squares lose digits where scores hardly differ, by no more than a reader could see.
    assert (interval.low, interval.high) == pytest.approx((mean - reach, mean + reach), abs=1e-3)


def test_a_means_interval_ends_where_the_scores_end() -> None:
    sums = tally([0, 0, 0, 0, 100])
    free = mean_interval(sums.n, sums.total, sums.total_squares)
    assert free is not None
    assert free == Interval(pytest.approx(-35.53, abs=0.01), pytest.approx(75.53, abs=0.01))
    assert mean_interval(sums.n, sums.total, sums.total_squares, within=(0, 100)) == Interval(0, free.high)
    assert mean_interval(sums.n, sums.total, sums.total_squares, within=(None, 70)) == Interval(free.low, 70)


def test_an_interval_needs_a_confidence_between_0_and_1() -> None:
    with pytest.raises(ValueError):
        mean_interval(5, 10, 30, confidence=1)


def test_tallies_add_and_subtract() -> None:
    one, other = tally([10, 20]), tally([30])
    assert one + other == tally([10, 20, 30])
    assert (one + other) - other == one
    assert Tally() == Tally(0, 0, 0)


@pytest.mark.parametrize(
    ("scores", "uniform"),
    [
        pytest.param([], True, id="nobody"),
        pytest.param([33.3], True, id="one person"),
        pytest.param([0] * 12, True, id="0 %"),
        pytest.param([1] * 12, True, id="100 %"),
        pytest.param([100 / 3] * 12, True, id="one score that has no exact sum"),
        pytest.param([1] * 11 + [0], False, id="one of another mind"),
        pytest.param([100.0] * 999 + [99.0], False, id="one of a slightly other mind"),
    ],
)
def test_a_uniform_tally_tells_of_everyone_in_it(scores: list[float], *, uniform: bool) -> None:
    assert tally(scores).uniform is uniform


def test_kishs_effective_size_is_the_published_one() -> None:
    weighting = kish([1, 1, 1, 1, 2, 2, 4])
    assert weighting.n_eff == pytest.approx(5.1429, abs=5e-5)
    assert weighting.deff == pytest.approx(1.3611, abs=5e-5)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=50))
def test_weights_never_add_people(weights: list[float]) -> None:
    weighting = kish(weights)
    assert 1 - 1e-9 <= weighting.n_eff <= len(weights) + 1e-9
    assert kish([weights[0]] * 5).deff == pytest.approx(1)


@pytest.mark.parametrize(
    "weights", [pytest.param([], id="none"), pytest.param([0, 0], id="zeros"), pytest.param([1, -1], id="negative")]
)
def test_weights_that_weigh_nothing_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError):
        kish(weights)
