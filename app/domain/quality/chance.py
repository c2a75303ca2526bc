"""How likely so many are by chance."""

import math


def binomial_tail(hits: int, n: int, p: float) -> float:
    """P(X ≥ hits) of n draws with probability p.

    Args:
        hits: 0 to n.
        n: draws.
        p: between 0 and 1.
    """
    if hits <= 0:
        return 1.0
    if p <= 0:
        return 0.0
    if p >= 1:
        return 1.0
    logs = (
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(p) + (n - k) * math.log1p(-p)
        for k in range(hits, n + 1)
    )
    return min(1.0, math.fsum(math.exp(log) for log in logs))


def poisson_tail(hits: int, mean: float) -> float:
    """P(X ≥ hits) where `mean` are expected; Chernoff's bound far out, where the sum would lose its digits."""
    if hits <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    below = math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(hits))
    chernoff = math.exp(hits - mean + hits * math.log(mean / hits)) if hits > mean else 1.0
    return min(chernoff, max(0.0, 1 - below))
