"""A draw is fair, and anybody can repeat it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidError
from app.domain.sampling import SampleKind, SamplePlan, draw

LIST = [(f"w{n:03}", "night" if n % 4 == 0 else "day") for n in range(100)]


def share(of: float) -> SamplePlan:
    return SamplePlan(SampleKind.SHARE, share=of)


def test_all_draws_everybody_in_an_order_of_its_own() -> None:
    drawn = draw(LIST, SamplePlan(SampleKind.ALL), seed=7)
    assert sorted(drawn) == [id_ for id_, _ in LIST]
    assert drawn != [id_ for id_, _ in LIST]


def test_a_known_seed_draws_the_people_written_down_here() -> None:
    # As coreutils' sha256sum and sort rank "20261124|w000" to "20261124|w099".
    assert draw(LIST, share(0.05), seed=20261124) == ["w003", "w006", "w096", "w071", "w061"]


@pytest.mark.parametrize(
    ("total", "of", "size"),
    [
        pytest.param(100, 0.07, 7, id="no binary noise"),
        pytest.param(11, 0.1, 2, id="rounded up"),
        pytest.param(3, 0.01, 1, id="never nobody"),
        pytest.param(100, 1.0, 100, id="the whole"),
        pytest.param(0, 0.5, 0, id="of nobody"),
    ],
)
def test_a_share_is_rounded_up_to_whole_people(total: int, of: float, size: int) -> None:
    assert len(draw(LIST[:total], share(of), seed=1)) == size


def test_per_stratum_draws_so_many_of_each_and_takes_a_small_one_whole() -> None:
    people = [*LIST, ("w900", "office")]
    drawn = draw(people, SamplePlan(SampleKind.PER_STRATUM, n=10), seed=1)
    strata = [dict(people)[id_] for id_ in drawn]
    assert {name: strata.count(name) for name in set(strata)} == {"day": 10, "night": 10, "office": 1}
    assert drawn == [id_ for id_ in draw(people, SamplePlan(SampleKind.ALL), seed=1) if id_ in drawn], "by rank"


@given(st.permutations(LIST[:20]), st.integers(), st.sampled_from(SampleKind))
def test_the_draw_does_not_depend_on_the_order_of_the_list(
    shuffled: list[tuple[str, str]], seed: int, kind: SampleKind
) -> None:
    plan = SamplePlan(kind, share=0.3, n=3)
    assert draw(shuffled, plan, seed) == draw(LIST[:20], plan, seed)


@given(st.integers(), st.floats(0.01, 1), st.floats(0.01, 1))
def test_a_larger_share_keeps_those_drawn_before(seed: int, one: float, other: float) -> None:
    small, large = sorted((one, other))
    drawn = draw(LIST, share(small), seed)
    assert draw(LIST, share(large), seed)[: len(drawn)] == drawn


def test_over_many_seeds_everybody_is_drawn_about_equally_often() -> None:
    times = dict.fromkeys((id_ for id_, _ in LIST), 0)
    for seed in range(1000):
        for id_ in draw(LIST, share(0.1), seed):
            times[id_] += 1
    # Binomial(1000, 0.1): mean 100, standard deviation 9.5; five of them leave no room for chance among 100 people.
    assert all(52 < count < 148 for count in times.values())


def test_someone_who_stands_twice_is_refused() -> None:
    with pytest.raises(InvalidError, match="twice"):
        draw([("w1", "day"), ("w1", "night")], SamplePlan(SampleKind.ALL), seed=1)


@pytest.mark.parametrize(
    ("kind", "of", "n"),
    [
        pytest.param(SampleKind.SHARE, 0.0, 1, id="no share"),
        pytest.param(SampleKind.SHARE, 1.01, 1, id="more than all"),
        pytest.param(SampleKind.SHARE, float("nan"), 1, id="not a number"),
        pytest.param(SampleKind.PER_STRATUM, 1.0, 0, id="none of each"),
    ],
)
def test_a_plan_that_draws_nobody_is_refused(kind: SampleKind, of: float, n: int) -> None:
    with pytest.raises(InvalidError):
        SamplePlan(kind, of, n)
