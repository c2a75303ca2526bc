"""How much less a total is worth because people of a site are alike, from published figures and nothing else."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from app.domain.estimates import Group, coarse_deff, estimate_groups
from app.domain.statistics import Interval, Tally

_COVERS: Final = 0.8
_LEAST_SITES: Final = 2
_HALF: Final = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Published:
    """A figure as it was published: people, value, 95 % interval as of a simple random sample."""

    n: int
    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Clustered:
    """The same total with its sites as clusters: the interval, the design effect in coarse steps, how many sites."""

    interval: Interval
    deff: float
    sites: int


def cluster(
    total: Published, sites: Sequence[Published], *, share: bool, within: tuple[float | None, float | None]
) -> Clustered | None:
    """What the total's interval is if its sites stand for others like them.

    The spread of one person follows from the total's own interval, how sites differ from theirs. None where fewer than
    two sites are told of, or those are less than four fifths of the total.

    Args:
        total: a figure of several sites.
        sites: the sites in it that are told of.
        share: whether it is a share.
        within: the lowest and the highest value there is.
    """
    covered = sum([site.n for site in sites])
    if len(sites) < _LEAST_SITES or covered < _COVERS * total.n:
        return None
    variance = total.value * (1 - total.value) if share else _variance(total)
    # Within a site people spread about its value; what matters here is only how the values differ.
    groups = [
        Group(at, Tally(site.n, site.n * site.value, site.n * (site.value**2 + variance)))
        for at, site in enumerate(sites)
    ]
    told = estimate_groups(groups, share=share, within=within)
    if told is None:
        return None
    simple = variance / covered
    deff = coarse_deff(max(1.0, told.error**2 / simple)) if simple > 0 else 1.0
    return Clustered(told.interval, deff, len(sites))


def _variance(total: Published) -> float:
    """One person's variance, as the width of a simple interval tells it."""
    reach = max(total.interval.high - total.value, total.value - total.interval.low)
    return total.n * (reach / _HALF) ** 2 if math.isfinite(reach) else 0.0
