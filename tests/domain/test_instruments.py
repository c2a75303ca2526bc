"""The published scales, with the numbers their authors give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidError
from app.domain.instruments import Distress, InstrumentItemsError, Ladder, Phq4, Who5, cantril, phq4, who5


@pytest.mark.parametrize(
    ("items", "percent", "low", "depression"),
    [
        pytest.param([0, 0, 0, 0, 0], 0, True, True, id="the worst there is"),
        pytest.param([2, 2, 1, 1, 1], 28, True, True, id="raw 7 is the last likely depression"),
        pytest.param([2, 2, 2, 1, 1], 32, True, False, id="raw 8 is low and no more"),
        pytest.param([3, 3, 2, 2, 2], 48, True, False, id="raw 12 is the last low"),
        pytest.param([3, 3, 3, 2, 2], 52, False, False, id="raw 13 is not low"),
        pytest.param([5, 5, 5, 5, 5], 100, False, False, id="the best there is"),
    ],
)
def test_who5_is_four_times_the_raw_sum(items: list[int], percent: int, *, low: bool, depression: bool) -> None:
    result = who5(items)
    assert result == Who5(raw=sum(items), percent=percent)
    assert (result.low, result.likely_depression) == (low, depression)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        pytest.param(
            [3, 0, 1, 1], Phq4(5, Distress.MILD, anxiety=True, depression=False), id="anxious and not depressed"
        ),
        pytest.param(
            [0, 0, 1, 2], Phq4(3, Distress.MILD, anxiety=False, depression=True), id="1+2 is a positive PHQ-2"
        ),
        pytest.param(
            [0, 0, 1, 1], Phq4(2, Distress.NONE, anxiety=False, depression=False), id="1+1 is a negative PHQ-2"
        ),
        pytest.param([0, 0, 0, 0], Phq4(0, Distress.NONE, anxiety=False, depression=False), id="nothing"),
        pytest.param([2, 1, 1, 1], Phq4(5, Distress.MILD, anxiety=True, depression=False), id="5 is the last mild"),
        pytest.param([2, 1, 2, 1], Phq4(6, Distress.MODERATE, anxiety=True, depression=True), id="6 is moderate"),
        pytest.param(
            [2, 2, 2, 2], Phq4(8, Distress.MODERATE, anxiety=True, depression=True), id="8 is the last moderate"
        ),
        pytest.param([3, 2, 2, 2], Phq4(9, Distress.SEVERE, anxiety=True, depression=True), id="9 is severe"),
        pytest.param([3, 3, 3, 3], Phq4(12, Distress.SEVERE, anxiety=True, depression=True), id="12 is severe too"),
    ],
)
def test_phq4_has_four_bands_and_two_halves(items: list[int], expected: Phq4) -> None:
    assert phq4(items) == expected


@pytest.mark.parametrize(
    ("now", "future", "where"),
    [
        pytest.param(7, 8, Ladder.THRIVING, id="just thriving"),
        pytest.param(7, 7, Ladder.STRUGGLING, id="no hope beyond today"),
        pytest.param(6, 10, Ladder.STRUGGLING, id="hope alone"),
        pytest.param(4, 5, Ladder.STRUGGLING, id="just not suffering"),
        pytest.param(5, 4, Ladder.STRUGGLING, id="today better than tomorrow"),
        pytest.param(4, 4, Ladder.SUFFERING, id="just suffering"),
        pytest.param(10, 10, Ladder.THRIVING, id="the top"),
        pytest.param(0, 0, Ladder.SUFFERING, id="the foot"),
    ],
)
def test_the_ladder_has_gallups_cut_offs(now: int, future: int, where: Ladder) -> None:
    assert cantril(now, future) is where


@given(st.integers(0, 4))
def test_a_missing_item_means_no_score(position: int) -> None:
    items: list[int | None] = [1, 1, 1, 1, 1]
    items[position] = None
    assert who5(items) is None
    assert phq4([None, 1, 1, 1]) is None
    assert cantril(None, 5) is None
    assert cantril(5, None) is None


@pytest.mark.parametrize(
    ("items", "told"),
    [
        pytest.param([1, 1, 1, 1], "WHO-5 has 5 items; 4 were given", id="too few"),
        pytest.param([1] * 6, "WHO-5 has 5 items; 6 were given", id="too many"),
        pytest.param([1, 1, 6, 1, 1], "Item 3 of WHO-5 is a whole number from 0 to 5, not 6", id="too high"),
        pytest.param([-1, 1, 1, 1, 1], "Item 1 of WHO-5 .* not -1", id="too low"),
        pytest.param([1, 1, 1, 1, 2.5], "Item 5 of WHO-5 .* not 2.5", id="not whole"),
        pytest.param([None, 1, 1, 1, 9], "Item 5 of WHO-5 .* not 9", id="wrong even where another is missing"),
    ],
)
def test_items_outside_the_instrument_are_refused(items: list[float | None], told: str) -> None:
    with pytest.raises(InstrumentItemsError, match=told):
        who5(items)


def test_every_instrument_keeps_its_own_range_and_the_error_is_a_value_error_that_the_web_can_map() -> None:
    with pytest.raises(InvalidError):
        phq4([4, 0, 0, 0])
    with pytest.raises(ValueError):
        cantril(11, 0)
    with pytest.raises(ValueError):
        cantril(0, -1)
