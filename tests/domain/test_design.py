"""A total whose sites differ tells less than its people are many."""

import pytest

from app.domain.design import Published, cluster
from app.domain.statistics import Interval, wilson


def share(n: int, value: float) -> Published:
    return Published(n, value, wilson(round(n * value), n) or Interval(0, 1))


def test_sites_that_differ_widen_the_interval_of_their_total() -> None:
    total = share(400, 0.5)
    told = cluster(total, [share(100, at) for at in (0.2, 0.4, 0.6, 0.8)], share=True, within=(0, 1))
    assert told is not None
    assert told.sites == 4
    # (4/3) × Σ(100·d)²/400² with d = .3, .1, .1, .3 is .0167, against .25/400.
    assert told.deff == 32
    assert told.interval.low < 0.25
    assert told.interval.high > 0.75


def test_sites_alike_cost_no_more_than_few_degrees_of_freedom() -> None:
    told = cluster(share(400, 0.5), [share(100, 0.5)] * 4, share=True, within=(0, 1))
    assert told is not None
    assert told.deff == 1
    assert told.interval.low < share(400, 0.5).interval.low


def test_a_mean_takes_one_persons_spread_from_the_published_interval() -> None:
    total = Published(400, 50, Interval(48.04, 51.96))  # a spread of 20
    told = cluster(
        total,
        [Published(200, 48, Interval(45, 51)), Published(200, 52, Interval(49, 55))],
        share=False,
        within=(0, 100),
    )
    assert told is not None
    assert told.deff == 4  # 2 × Σ(200·2/400)² = 4, against 400/400 = 1
    assert (told.interval.low, told.interval.high) == (
        pytest.approx(50 - 25.4, abs=0.1),
        pytest.approx(50 + 25.4, abs=0.1),
    )


def test_too_few_sites_or_too_little_of_the_total_tells_nothing() -> None:
    assert cluster(share(400, 0.5), [share(400, 0.5)], share=True, within=(0, 1)) is None
    assert cluster(share(400, 0.5), [share(100, 0.5)] * 3, share=True, within=(0, 1)) is None


def test_where_nobody_differs_there_is_no_design_effect() -> None:
    flat = Published(100, 40, Interval(40, 40))
    told = cluster(flat, [Published(50, 40, Interval(40, 40))] * 2, share=False, within=(0, 100))
    assert told is not None
    assert (told.deff, told.interval) == (1, Interval(40, 40))
