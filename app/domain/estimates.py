"""Estimates by the design of the sample: people in sites, weighted by stratum.

Everything is reckoned from tallies by site and stratum; no person is looked at.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from app.domain.statistics import Interval, Tally
from app.domain.student import student_t

_LEAST_PEOPLE: Final = 2
_LEAST_SITES: Final = 2
_UPPER: Final = 0.975
"""Where an interval of 95 % ends."""


@dataclass(frozen=True, slots=True, order=True)
class Stratum:
    """Who is counted together: a site's people of one gender, age band and employment; empty where it is not known."""

    site: str
    gender: str = ""
    age_band: str = ""
    employment: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, or a share 0–1, with its doubt.

    Attributes:
        value: the estimate.
        error: its standard error.
        freedom: the degrees of freedom of that error: sites less one, or people less one within one site.
        n: people.
        deff: how much larger the variance is than that of so many people drawn at random; at least 1.
        sites: how many sites it rests on.
        interval: 95 %, Student's for a mean, the score interval of n_eff people for a share.
    """

    value: float
    error: float
    freedom: int
    n: int
    deff: float
    sites: int
    interval: Interval

    @property
    def n_eff(self) -> float:
        """How many people drawn at random would tell as much."""
        return self.n / self.deff


def estimate(
    tallies: Mapping[Stratum, Tally],
    weights: Mapping[Stratum, float] | None = None,
    *,
    share: bool = False,
    within: tuple[float | None, float | None] = (None, None),
    population: int | None = None,
) -> Estimate | None:
    """The weighted mean of the people tallied; None for fewer than two.

    Of two sites or more each is a cluster: people of one site are alike, and a thousand of them tell less than a
    thousand drawn anywhere. The variance is that of a ratio of site totals, linearised, with sites less one degrees of
    freedom (Cochran, Sampling Techniques (1977), section 11.7; Lumley, Complex Surveys (2010), section 2.2). Within
    one site people are the units, with the finite-population correction where its head-count is known. An interval of a
    share is Wilson's, of the effective number of people and with Student's t (Dean & Pagano, J. Surv. Stat. Methodol.
    3 (2015) 484–503).

    Args:
        tallies: people and scores by stratum; of 0 and 1 for a share.
        weights: how many people each one of a stratum stands for; 1 where none are given.
        share: whether it is a share.
        within: the lowest and the highest value there is.
        population: the site's head-count, where all the tallies are of one site.
    """
    return estimate_groups(
        [Group(stratum.site, tally, 1.0 if weights is None else weights.get(stratum, 1.0)) for stratum, tally in tallies.items()],
        share=share, within=within, population=population,
    )  # fmt: skip


class Group(NamedTuple):
    """People of a site who weigh the same; a plain tuple, for a board of figures is made of thousands."""

    site: str | int
    tally: Tally
    weight: float = 1.0


def estimate_groups(
    groups: Sequence[Group],
    *,
    share: bool = False,
    within: tuple[float | None, float | None] = (None, None),
    population: int | None = None,
) -> Estimate | None:
    """The same of groups, of which a site may have several; see `estimate`."""
    held = [group for group in groups if group.tally.n]
    n = sum([group.tally.n for group in held])
    if n < _LEAST_PEOPLE:
        return None
    whole = sum([weight * tally.n for _, tally, weight in held])
    value = sum([weight * tally.total for _, tally, weight in held]) / whole
    sites = len({group.site for group in held})
    if sites >= _LEAST_SITES:
        variance, freedom = _between(held, value, whole), sites - 1
    else:
        variance, freedom = _inside(held, value, whole, n, population), n - 1
    simple = _spread(held, value, whole) / (n - 1)
    # A design effect below 1 is luck, seldom design, where sites are few; nobody is promised more than was asked.
    deff = max(1.0, variance / simple) if simple > 0 else 1.0
    error = math.sqrt(max(variance, 0.0))
    quantile = student_t(_UPPER, freedom)
    reach = quantile * math.sqrt(max(variance, simple if sites >= _LEAST_SITES else 0.0))
    interval = _score(value, n / deff, quantile) if share else _cut(value - reach, value + reach, within)
    return Estimate(value, error, freedom, n, deff, sites, interval)


def _spread(held: Sequence[Group], value: float, whole: float) -> float:
    """The weighted variance of one person's score."""
    return sum([weight * _deviation(tally, value) for _, tally, weight in held]) / whole


def _deviation(tally: Tally, value: float) -> float:
    """Σ(x − value)²."""
    return max(0.0, tally.total_squares - 2 * value * tally.total + tally.n * value * value)


def _between(held: Sequence[Group], value: float, whole: float) -> float:
    residuals: dict[str | int, float] = defaultdict(float)
    for site, tally, weight in held:
        residuals[site] += weight * (tally.total - value * tally.n) / whole
    count = len(residuals)
    # The residuals of a ratio sum to nought, so their mean need not be taken off.
    return count / (count - 1) * sum(residual * residual for residual in residuals.values())


def _inside(held: Sequence[Group], value: float, whole: float, n: int, population: int | None) -> float:
    squares = sum(weight**2 * _deviation(tally, value) for _, tally, weight in held)
    left = 1.0 if population is None else max(0.0, 1 - n / population) if population else 0.0
    return left * n / (n - 1) * squares / whole**2


def _score(share: float, n: float, quantile: float) -> Interval:
    """Wilson's interval of a share among n people, n not needing to be whole."""
    share = min(1.0, max(0.0, share))
    square = quantile * quantile
    centre = (share + square / (2 * n)) / (1 + square / n)
    reach = quantile * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return Interval(max(0.0, centre - reach), min(1.0, centre + reach))


def _cut(low: float, high: float, within: tuple[float | None, float | None]) -> Interval:
    least, most = within
    return Interval(low if least is None else max(least, low), high if most is None else min(most, high))


_STEPS: Final = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)


def coarse_deff(deff: float) -> float:
    """A design effect rounded up to a coarse step, as it may be published.

    To the last digit it would tell how far apart the sites are, and so give a hidden one's figure back.
    """
    return next((step for step in _STEPS if deff <= step), float(math.ceil(deff / 8) * 8))
