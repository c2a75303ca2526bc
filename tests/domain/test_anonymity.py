"""Nobody stands in an export with traits that fewer than k people share."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.anonymity import ANY, coarsen

PEOPLE = st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("fm"), st.sampled_from("xyz")), max_size=60)


def test_whoever_is_many_keeps_every_trait_and_whoever_is_few_loses_the_first_given_up() -> None:
    people = [("A", "f")] * 5 + [("A", "m")] * 3 + [("A", "")] * 2
    assert coarsen(people, 5, (1,)) == [("A", "f")] * 5 + [("A", ANY)] * 5


def test_traits_are_given_up_in_order_and_the_last_few_are_left_out() -> None:
    people = [("A", "f", "x")] * 3 + [("A", "m", "x")] + [("A", "m", "y")] * 2 + [("B", "f", "x")]
    told = coarsen(people, 3, (2, 1))
    assert told == [("A", "f", "x")] * 3 + [("A", "m", ANY)] * 3 + [None]


def test_those_settled_before_are_not_counted_with_the_rest() -> None:
    # Five women told of as such; the two others cannot hide behind them.
    assert coarsen([("f",)] * 5 + [("m",)] * 2, 5, (0,)) == [("f",)] * 5 + [None] * 2


@given(people=PEOPLE, k=st.integers(1, 12))
def test_each_combination_that_is_told_is_held_by_k_people_and_nothing_is_made_up(
    people: list[tuple[str, ...]], k: int
) -> None:
    told = coarsen(people, k, (2, 1, 0))
    assert all(held >= k for traits, held in Counter(told).items() if traits is not None)
    for given_traits, traits in zip(people, told, strict=True):
        assert traits is None or all(one in {ANY, own} for one, own in zip(traits, given_traits, strict=True))
    assert sum(traits is None for traits in told) < k, "all traits given up, k would be told of"


def test_k_counts_people() -> None:
    with pytest.raises(ValueError, match="people"):
        coarsen([], 0, ())
