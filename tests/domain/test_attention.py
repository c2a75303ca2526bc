"""Which sites need a look: more than chance, in the bad direction, with the number of comparisons counted in."""

import random
from typing import Any

import pytest

from app.domain.attention import Reason, Sighting, beyond_chance, hopeless
from app.domain.change import Wave
from app.domain.statistics import Interval


def wave(value: float, reach: float = 5.0) -> Wave:
    return Wave(value, Interval(value - reach, value + reach), 50)


def seen(now: float, before: float, better: Any = "high", site: str = "a", reach: float = 5.0) -> Sighting:
    return Sighting(site, "pay", Reason.WORSE, wave(now, reach), wave(before, reach), better)


@pytest.mark.parametrize(
    ("now", "before", "better"),
    [
        pytest.param(70, 60, "high", id="higher, and high is better"),
        pytest.param(60, 70, "low", id="lower, and low is better"),
        pytest.param(60, 60, "high", id="the same"),
        pytest.param(20, 80, "", id="no end is the better one"),
    ],
)
def test_what_is_no_worse_is_all_chance(now: float, before: float, better: str) -> None:
    assert seen(now, before, better).chance == 1.0


@pytest.mark.parametrize(("now", "before", "better"), [(60, 70, "high"), (70, 60, "low")])
def test_a_difference_of_its_whole_interval_is_one_in_forty(now: float, before: float, better: str) -> None:
    # Each interval reaches 10/√2, so that of the difference reaches 10: as far as the difference.
    sighting = seen(now, before, better, reach=10 / 2**0.5)
    assert sighting.chance == pytest.approx(0.025, abs=1e-4)


def test_figures_without_any_doubt_are_no_reason_by_themselves() -> None:
    assert seen(60, 70, reach=0.0).chance == 1.0


def test_the_surest_comes_first_and_what_may_be_chance_is_left_out() -> None:
    sites = [seen(58, 60, site="hardly"), seen(30, 60, site="plainly"), seen(45, 60, site="clearly")]
    assert [one.site for one in beyond_chance(sites, 3)] == ["plainly", "clearly"]


def test_the_bar_rises_with_the_number_of_comparisons() -> None:
    lone = seen(52, 60, site="lone", reach=5.0)
    assert beyond_chance([lone], 1) == [lone]
    assert beyond_chance([lone], 400) == []


def test_nothing_to_compare_names_nobody() -> None:
    assert beyond_chance([], 0) == []


def test_where_nothing_changed_few_rounds_name_anybody() -> None:
    chance = random.Random(7)  # noqa: S311 - chance, not a secret
    error = 3.0

    def round_of_chance() -> list[Sighting]:
        return [
            seen(chance.gauss(60, error), chance.gauss(60, error), reach=1.96 * error) for _ in range(200)
        ]  # fmt: skip

    named = sum(bool(beyond_chance(round_of_chance(), 200)) for _ in range(200))
    assert named <= 22  # 5 % of 200 are 10; twice that and more would be a wrong rule


@pytest.mark.parametrize(("by", "left_out"), [(4.0, True), (-4.0, True), (4.5, False), (-4.5, False)])
def test_a_difference_smaller_than_its_own_doubt_is_left_out_before_it_is_weighed(by: float, *, left_out: bool) -> None:
    # 1.645 of 1.96 of an interval that reaches 5 is 4.2: even beside a figure without any doubt it is one in twenty.
    assert hopeless(by, 5.0) is left_out
    assert (seen(60 - abs(by), 60, reach=5.0).chance > 0.05) or not left_out
