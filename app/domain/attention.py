"""Which sites need a look, and why: from published figures alone, and counting how many were looked at."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist
from typing import Final

from app.domain.change import Wave
from app.domain.instruments import Polarity

FALSE_SHARE: Final = 0.05
"""Of the sites that are named, as many on average are named for nothing."""
FEW: Final = 0.5
"""A site answered little where its response rate is below this part of the round's."""
_HALF = NormalDist().inv_cdf(0.975)
LEAST: Final = NormalDist().inv_cdf(1 - FALSE_SHARE) / _HALF
"""A difference below this part of the figure's interval on its side is chance whatever it is compared with."""


class Reason(StrEnum):
    """Why a site needs a look."""

    WORSE = "worse"
    BELOW = "below"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A site's figure beside another: its own of the round before (WORSE), or that of the round's other sites (BELOW)."""

    site: str
    indicator: str
    reason: Reason
    figure: Wave
    beside: Wave
    better: Polarity

    @property
    def by(self) -> float:
        """The site's figure less the other, in the figure's unit."""
        return self.figure.value - self.beside.value

    @property
    def chance(self) -> float:
        """How likely a difference at least this large in the bad direction is by chance alone; 1 where it is no bad one."""
        if not self.better or not self.by or (self.by < 0) is not (self.better == "high"):
            return 1.0
        one, other = (self.figure, self.beside) if self.by < 0 else (self.beside, self.figure)
        reach = math.hypot(one.interval.high - one.value, other.value - other.interval.low)
        return 0.5 * math.erfc(abs(self.by) / reach * _HALF / math.sqrt(2)) if reach else 1.0


def hopeless(by: float, reach: float) -> bool:
    """Whether a difference is chance whatever it is compared with: the figure's own interval alone reaches too far."""
    return abs(by) < LEAST * reach


def beyond_chance(sightings: Sequence[Sighting], of: int) -> list[Sighting]:
    """Those whose difference is more than chance, the surest first.

    Of thousands of comparisons one in forty looks bad by chance alone, so the bar rises with their number: of those
    that pass, the part that is chance is at most `FALSE_SHARE` on average (Benjamini & Hochberg, J. R. Stat. Soc. B 57 (1995)
    289–300).

    Args:
        sightings: what may be more than chance; what is no worse, or `hopeless`, need not be among them.
        of: how many were compared in all.
    """
    ordered = sorted((one.chance, at) for at, one in enumerate(sightings))
    passed = [place for place, (chance, _) in enumerate(ordered, 1) if chance <= FALSE_SHARE * place / of]
    return [sightings[at] for _, at in ordered[: max(passed, default=0)]]
