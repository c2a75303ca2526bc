"""Figures with their doubt: tallies, intervals, and what weights and small populations do to them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from app.domain.student import student_t

# Rounding leaves a trace of variance in sums of equal scores; anything below this share of Σx² is such a trace.
_ROUNDING: Final = 1e-9
_LEAST_FOR_SPREAD: Final = 2


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, in the unit of what it is about."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tally:
    """People and their scores, in sums that add and subtract: n, Σx, Σx²."""

    n: int = 0
    total: float = 0.0
    total_squares: float = 0.0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.n + other.n, self.total + other.total, self.total_squares + other.total_squares)

    def __sub__(self, other: "Tally") -> "Tally":
        return Tally(self.n - other.n, self.total - other.total, self.total_squares - other.total_squares)

    @property
    def uniform(self) -> bool:
        """Whether everyone has the same score, as in a share of 0 % or 100 %; so it is of nobody and of one."""
        return self.n * self.total_squares - self.total**2 <= _ROUNDING * self.n * self.total_squares


@dataclass(frozen=True, slots=True)
class Weighting:
    """What weights cost: the effective number of people, and the design effect n ÷ n_eff (1 is free)."""

    n_eff: float
    deff: float


def wilson(successes: int, n: int, confidence: float = 0.95) -> Interval | None:
    """The score interval of a share, 0–1; None when there is nobody.

    Source: Wilson, J. Am. Stat. Assoc. 22 (1927) 209–212.

    Args:
        successes: people of whom it is true, 0 to n.
        n: people asked.
        confidence: between 0 and 1.

    Raises:
        ValueError: `successes` is not between 0 and `n`, or `confidence` not between 0 and 1.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is not a share")
    if n == 0:
        return None
    z2, p = _normal(confidence) ** 2, successes / n
    centre = p + z2 / (2 * n)
    reach = math.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n)))
    # At 0 and n the ends are exact; floating point would leave a speck.
    low = 0.0 if successes == 0 else (centre - reach) / (1 + z2 / n)
    return Interval(low, 1.0 if successes == n else (centre + reach) / (1 + z2 / n))


def mean_interval(
    n: int,
    total: float,
    total_squares: float,
    confidence: float = 0.95,
    *,
    within: tuple[float | None, float | None] = (None, None),
) -> Interval | None:
    """Student's interval of a mean; None for fewer than two people, who have no spread.

    Source: Student, Biometrika 6 (1908) 1–25; x̄ ± t(n−1) · s/√n.

    Args:
        n: people.
        total: Σx.
        total_squares: Σx².
        confidence: between 0 and 1.
        within: the lowest and the highest score there is; the interval is cut there.

    Raises:
        ValueError: `confidence` is not between 0 and 1.
    """
    if n < _LEAST_FOR_SPREAD:
        return None
    mean = total / n
    variance = max(0.0, (total_squares - total * mean) / (n - 1))
    reach = student_t(0.5 + confidence / 2, n - 1) * math.sqrt(variance / n)
    low, high = within
    return Interval(
        mean - reach if low is None else max(low, mean - reach),
        mean + reach if high is None else min(high, mean + reach),
    )


def kish(weights: Sequence[float]) -> Weighting:
    """The effective size (Σw)²/Σw² of a weighted sample. It ignores clustering by site: say so beside it.

    Source: Kish, Survey Sampling (1965), section 11.7.

    Raises:
        ValueError: A weight is negative, or none is positive.
    """
    if not any(weights) or min(weights) < 0:
        raise ValueError("weights must not be negative, and one must be positive")
    n_eff = math.fsum(weights) ** 2 / math.fsum(weight * weight for weight in weights)
    return Weighting(n_eff, len(weights) / n_eff)


def _normal(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, not {confidence}")
    return NormalDist().inv_cdf(0.5 + confidence / 2)
