"""Estimates by design, against hand computations and statsmodels' cluster-robust regression; changes between rounds."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from app.domain.change import Wave, change
from app.domain.estimates import Stratum, coarse_deff, estimate
from app.domain.indicators import IndicatorShape
from app.domain.statistics import Interval, Tally, kish, mean_interval, wilson

POINTS = IndicatorShape("mean", 0, 100, "0-100", "high", 10)
SHARE = IndicatorShape("share", 0, 1, "share", "low")


def tally(scores: Sequence[float]) -> Tally:
    return Tally(len(scores), math.fsum(scores), math.fsum(score * score for score in scores))


def test_a_simple_sample_of_one_site_has_students_and_wilsons_interval() -> None:
    scores = [0.0, 25, 50, 75, 100] * 2
    told = estimate({Stratum("a"): tally(scores)}, within=(0, 100))
    assert told is not None
    sums = tally(scores)
    simple = mean_interval(sums.n, sums.total, sums.total_squares)
    assert simple is not None
    assert (told.interval.low, told.interval.high) == pytest.approx((simple.low, simple.high))
    assert (told.deff, told.n_eff, told.freedom) == (1, 10, 9)


def test_too_few_have_no_estimate() -> None:
    assert estimate({}) is None
    assert estimate({Stratum("a"): tally([1])}) is None
    assert estimate({Stratum("a"): tally([]), Stratum("b"): tally([5])}) is None


def test_the_finite_population_is_the_published_one() -> None:
    told = estimate({Stratum("a"): tally([1] * 48 + [0] * 72)}, share=True, population=400)
    assert told is not None
    assert told.error == pytest.approx(0.03757, abs=5e-6), "the design form"
    everyone = estimate({Stratum("a"): tally([1] * 48 + [0] * 72)}, population=120)
    assert everyone is not None
    assert everyone.error == 0


def test_weights_cost_what_kish_says_where_scores_do_not_follow_them() -> None:
    held = {Stratum("a", "f"): tally([0, 1] * 200), Stratum("a", "m"): tally([0, 1] * 200)}
    weights = {Stratum("a", "f"): 1.0, Stratum("a", "m"): 3.0}
    told = estimate(held, weights, share=True)
    assert told is not None
    assert told.deff == pytest.approx(kish([1.0] * 400 + [3.0] * 400).deff, rel=1e-2)


def test_a_weighted_mean_is_one() -> None:
    held = {Stratum("a", "f"): tally([10] * 4), Stratum("a", "m"): tally([20] * 2)}
    told = estimate(held, {Stratum("a", "f"): 1.0, Stratum("a", "m"): 2.0})
    assert told is not None
    assert told.value == pytest.approx(15)


def test_clusters_by_hand() -> None:
    held = {
        Stratum("a"): tally([1] * 8 + [0] * 2),
        Stratum("b"): tally([1] * 2 + [0] * 8),
        Stratum("c"): tally([1] * 5 + [0] * 5),
    }
    told = estimate(held, share=True)
    assert told is not None
    # Residuals 3, −3, 0 of 30 people: 3/2 × (0.01 + 0.01) = 0.03.
    assert told.error == pytest.approx(math.sqrt(0.03))
    assert (told.freedom, told.sites) == (2, 3)
    assert told.deff == pytest.approx(0.03 / (0.25 / 29))
    assert told.interval.low < 0.1
    assert told.interval.high > 0.9, "three sites that differ tell next to nothing"


def test_sites_all_alike_are_as_good_as_people_drawn_anywhere() -> None:
    held = {Stratum(site): tally([1] * 5 + [0] * 5) for site in "abcdefgh"}
    told = estimate(held, share=True)
    assert told is not None
    assert told.deff == 1
    simple = wilson(40, 80)
    assert simple is not None
    assert told.interval.low < simple.low, "seven degrees of freedom are fewer than endless"


@pytest.mark.filterwarnings("ignore")
def test_the_error_between_sites_is_statsmodels() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    sites = np.repeat(np.arange(12), 25)
    weights = np.where(rng.random(300) < 0.5, 1.0, 2.5)
    scores = 60 + rng.normal(0, 8, 12)[sites] + rng.normal(0, 20, 300)
    fitted = sm.WLS(scores, np.ones(300), weights=weights).fit(
        cov_type="cluster", cov_kwds={"groups": sites, "use_correction": False}
    )
    held = {
        Stratum(str(site), str(weight)): tally(list(scores[(sites == site) & (weights == weight)]))
        for site in range(12)
        for weight in (1.0, 2.5)
    }
    told = estimate(held, {stratum: float(stratum.gender) for stratum in held})
    assert told is not None
    assert told.value == pytest.approx(fitted.params[0])
    assert told.error == pytest.approx(fitted.bse[0] * math.sqrt(12 / 11))
    assert told.interval.high - told.value == pytest.approx(stats.t.ppf(0.975, 11) * told.error)


def test_nineteen_in_twenty_intervals_hold_the_truth_where_simple_ones_do_not() -> None:
    rng = np.random.default_rng(11)
    design = simple = 0
    for _ in range(300):
        shares = np.clip(rng.normal(0.4, 0.12, 15), 0.02, 0.98)
        hits = rng.binomial(30, shares)
        held = {Stratum(str(site)): Tally(30, int(hit), int(hit)) for site, hit in enumerate(hits)}
        told = estimate(held, share=True)
        plain = wilson(int(hits.sum()), 450)
        assert told is not None
        assert plain is not None
        design += told.interval.low <= 0.4 <= told.interval.high
        simple += plain.low <= 0.4 <= plain.high
    assert design / 300 >= 0.92
    assert simple / 300 < 0.9


def test_a_design_effect_is_published_in_coarse_steps_rounded_up() -> None:
    assert [coarse_deff(deff) for deff in (1, 1.01, 1.5, 2.2, 15, 17, 40)] == [1, 1.5, 1.5, 3, 16, 24, 40]


# -- from round to round --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "shape", "direction", "sentence"),
    [
        pytest.param(
            (50, 45, 55), (52, 47, 57), POINTS, "none",
            "No change that this sample could show: anything from -5.1 to +9.1 points fits the answers.", id="nothing",
        ),
        pytest.param(
            (50, 47, 53), (65, 62, 68), POINTS, "better",
            "Up by 15.0 points (95 %: +10.8 to +19.2), which is better; enough for people to notice.", id="much",
        ),
        pytest.param(
            (50, 48, 52), (44, 42, 46), POINTS, "worse",
            "Down by 6.0 points (95 %: -8.8 to -3.2), which is worse; less than people would notice.", id="a little",
        ),
        pytest.param(
            (0.4, 0.35, 0.45), (0.2, 0.16, 0.25), SHARE, "better",
            "Down by 20.0 percentage points (95 %: -26.4 to -12.9), which is better.", id="fewer of a bad thing",
        ),
        pytest.param(
            (50, 48, 52), (44, 42, 46), IndicatorShape("mean", None, None, "hours"), "down",
            "Down by 6.0 points (95 %: -8.8 to -3.2).", id="neither end is better",
        ),
        pytest.param(
            (44, 42, 46), (50, 48, 52), IndicatorShape("mean", None, None, "hours"), "up",
            "Up by 6.0 points (95 %: +3.2 to +8.8).", id="nor is the other",
        ),
    ],
)  # fmt: skip
def test_a_change_is_told_in_a_sentence(
    before: tuple[float, ...], after: tuple[float, ...], shape: IndicatorShape, direction: str, sentence: str
) -> None:
    first, second = (Wave(value, Interval(low, high), 100) for value, low, high in (before, after))
    told = change(first, second, shape)
    assert told.direction == direction
    assert told.sentence == sentence


def test_the_interval_of_a_difference_of_shares_is_newcombes() -> None:
    # His example: 56/70 and 48/80, method 10: 0.0524 to 0.3339.
    first, second = wilson(48, 80), wilson(56, 70)
    assert first is not None
    assert second is not None
    told = change(Wave(0.6, first, 80), Wave(0.8, second, 70), SHARE)
    assert (told.interval.low, told.interval.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
