"""Weights: hand-computed cases, a plain matrix raking as oracle, and what is told of what could not be met."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.estimates import Stratum
from app.domain.raking import Collapsed, LeftOff, Margin, rake

HALF = Margin("gender", {"a": {"f": 500, "m": 500}})


def people(**counts: int) -> dict[Stratum, int]:
    return {Stratum("a", gender): count for gender, count in counts.items()}


def test_one_trait_is_brought_to_its_head_count_by_hand() -> None:
    raked = rake(people(f=80, m=20), {"a": 1000}, [HALF])
    assert raked is not None
    assert raked.weights == {Stratum("a", "f"): pytest.approx(6.25), Stratum("a", "m"): pytest.approx(25)}
    assert raked.converged
    assert raked.largest == pytest.approx(2.5)
    # (80·6.25 + 20·25)² / (80·6.25² + 20·25²) = 64
    assert raked.weighting.n_eff == pytest.approx(64)
    assert (raked.trimmed, raked.collapsed, raked.left_off) == (0, (), ())


def test_sites_weigh_by_their_head_counts() -> None:
    raked = rake({Stratum("a"): 10, Stratum("b"): 30}, {"a": 300, "b": 300}, [])
    assert raked is not None
    assert raked.weights == {Stratum("a"): pytest.approx(30), Stratum("b"): pytest.approx(10)}


def test_a_site_without_a_head_count_leaves_sites_unweighted_and_is_named() -> None:
    raked = rake({Stratum("a"): 10, Stratum("b"): 30}, {"a": 300, "b": None}, [])
    assert raked is not None
    assert set(raked.weights.values()) == {1.0}
    assert raked.left_off == (LeftOff("b", "site", "no head-count"),)


def test_a_site_where_nobody_answered_is_named_and_nobody_stands_for_it() -> None:
    raked = rake({Stratum("a"): 10}, {"a": 300, "b": 900}, [HALF])
    assert raked is not None
    assert raked.weights == {Stratum("a"): pytest.approx(30)}
    assert LeftOff("b", "site", "nobody answered") in raked.left_off
    assert rake({Stratum("a"): 0}, {"a": 300}, []) is None


def test_a_category_too_small_is_taken_together_with_the_next_and_told() -> None:
    ages = Margin("age_band", {"a": {"18-25": 400, "26-40": 400, "41-60": 200}})
    held = {Stratum("a", "", "18-25"): 40, Stratum("a", "", "26-40"): 20, Stratum("a", "", "41-60"): 4}
    raked = rake(held, {"a": 1000}, [ages])
    assert raked is not None
    assert raked.collapsed == (Collapsed("a", "age_band", ("26-40", "41-60")),)
    assert raked.weights[Stratum("a", "", "26-40")] == raked.weights[Stratum("a", "", "41-60")] == pytest.approx(25)
    empty = rake({Stratum("a", "", "18-25"): 40, Stratum("a", "", "26-40"): 20}, {"a": 1000}, [ages])
    assert empty is not None
    assert empty.collapsed == (Collapsed("a", "age_band", ("26-40", "41-60")),)


def test_where_one_category_is_left_the_site_has_no_such_margin() -> None:
    raked = rake(people(f=30, m=4), {"a": 1000}, [HALF])
    assert raked is not None
    assert raked.left_off == (LeftOff("a", "gender", "too few answered"),)
    assert len(set(raked.weights.values())) == 1


def test_an_unknown_trait_takes_no_part_and_one_not_in_the_head_counts_is_told() -> None:
    held = {Stratum("a", "f"): 60, Stratum("a", "m"): 20, Stratum("a", ""): 10, Stratum("a", "x"): 10}
    raked = rake(held, {"a": 1000}, [HALF])
    assert raked is not None
    assert raked.converged
    assert raked.weights[Stratum("a", "f")] * 60 == pytest.approx(raked.weights[Stratum("a", "m")] * 20)
    assert raked.weights[Stratum("a", "")] == pytest.approx(10)
    assert raked.left_off == (LeftOff("a", "gender", "not in the head-counts"),)


def test_the_largest_weight_is_held_and_the_distance_that_is_left_is_told() -> None:
    raked = rake(people(f=95, m=5), {"a": 1000}, [HALF], most=3)
    assert raked is not None
    assert raked.largest == pytest.approx(3, rel=1e-3)
    assert raked.trimmed == 5
    assert not raked.converged
    assert raked.furthest > 0.5


@settings(deadline=None)  # five hundred passes are no matter of milliseconds on a busy machine
@given(
    st.lists(st.integers(5, 60), min_size=6, max_size=6),
    st.lists(st.integers(100, 900), min_size=2, max_size=2),
    st.lists(st.integers(100, 900), min_size=3, max_size=3),
)
def test_two_traits_are_raked_as_a_matrix_is(cells: list[int], genders: list[int], ages: list[int]) -> None:
    """The oracle scales rows and columns of a matrix in turn; SciPy has no raking, `balance` is too heavy to install."""
    whole = sum(genders)
    band = [count * whole / sum(ages) for count in ages]
    matrix = np.array(cells, float).reshape(2, 3)
    for _ in range(500):
        matrix *= np.array(genders)[:, None] / matrix.sum(1, keepdims=True)
        matrix *= np.array(band)[None, :] / matrix.sum(0, keepdims=True)
    names = [(gender, age) for gender in "fm" for age in ("1", "2", "3")]
    held = {Stratum("a", *name): count for name, count in zip(names, cells, strict=True)}
    margins = [
        Margin("gender", {"a": dict(zip("fm", genders, strict=True))}),
        Margin("age_band", {"a": dict(zip("123", band, strict=True))}),
    ]
    raked = rake(held, {"a": whole}, margins, most=1e9)
    assert raked is not None
    assert raked.converged
    assert [raked.weights[Stratum("a", *name)] * held[Stratum("a", *name)] for name in names] == pytest.approx(
        list(matrix.flat), rel=1e-4
    )
