"""Those who did not answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.silence import propensities, silent_bounds, together
from app.domain.statistics import Interval


def test_each_group_has_its_share_with_an_interval() -> None:
    (women, men) = propensities({"f": (20, 8), "m": (10, 5)}, least=10)
    assert (women.groups, women.share) == (("f",), pytest.approx(0.4))
    assert (women.interval.low, women.interval.high) == (
        pytest.approx(0.2188, abs=5e-5),
        pytest.approx(0.6134, abs=5e-5),
    )
    assert (men.asked, men.answered) == (10, 5)


def test_small_groups_are_taken_together_and_never_left_to_subtraction() -> None:
    assert together({"en": 40, "bn": 4, "my": 3}, 10) == [("bn", "en", "my")]
    assert together({"en": 40, "hi": 30, "bn": 4, "my": 3}, 10) == [("en",), ("bn", "hi", "my")]
    assert together({"en": 40, "bn": 6, "my": 5}, 10) == [("en",), ("bn", "my")]
    assert together({"en": 4}, 10) == [("en",)]
    assert propensities({}, 10) == []
    assert propensities({"en": (0, 0)}, 10) == []


@given(st.dictionaries(st.text(min_size=1, max_size=2), st.integers(0, 40), max_size=8), st.integers(5, 12))
def test_no_group_of_fewer_than_the_least_is_told_of_unless_all_are(sizes: dict[str, int], least: int) -> None:
    joined = together(sizes, least)
    assert sorted(name for group in joined for name in group) == sorted(sizes)
    if sum(sizes.values()) >= least:
        assert all(sum(sizes[name] for name in group) >= least for group in joined)


def test_the_silent_could_all_be_the_worst_or_all_the_best() -> None:
    assert silent_bounds(0.5, 0.4, 0, 1) == Interval(pytest.approx(0.2), pytest.approx(0.8))
    assert silent_bounds(70, 1, 0, 100) == Interval(70, 70)
    assert silent_bounds(70, 0, 0, 100) == Interval(0, 100)
    for wrong in ((0.5, 1.2, 0, 1), (2, 0.5, 0, 1)):
        with pytest.raises(ValueError):
            silent_bounds(*wrong)
