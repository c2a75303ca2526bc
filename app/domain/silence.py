"""Those who did not answer: how likely each group was to answer, and how different the silent could be."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.statistics import Interval, wilson


@dataclass(frozen=True, slots=True)
class Propensity:
    """How many of a group were asked, how many answered, the share 0–1 with its 95 % interval.

    `groups` is more than one where too few of one were asked to stand alone.
    """

    groups: tuple[str, ...]
    asked: int
    answered: int
    interval: Interval

    @property
    def share(self) -> float:
        """Answered of asked."""
        return self.answered / self.asked


def propensities(asked: Mapping[str, tuple[int, int]], least: int) -> list[Propensity]:
    """Who answered, by group; groups of fewer than `least` people asked are taken together, so that none is told of.

    Nothing is left out, so that no group can be had by subtraction; where all are too few there is one group.

    Args:
        asked: group → (asked, answered).
        least: the fewest people that may be told of.
    """
    joined = together({group: count for group, (count, _) in asked.items()}, least)
    rows: list[Propensity] = []
    for groups in joined:
        count, answered = (sum(asked[group][at] for group in groups) for at in (0, 1))
        interval = wilson(answered, count)
        if interval is not None:
            rows.append(Propensity(groups, count, answered, interval))
    return rows


def together(sizes: Mapping[str, int], least: int) -> list[tuple[str, ...]]:
    """Groups, those of fewer than `least` taken together with the next smallest until all have enough."""
    small = sorted(sizes, key=lambda group: (sizes[group], group))
    joined: list[str] = []
    while small and (sizes[small[0]] < least or (joined and sum(sizes[group] for group in joined) < least)):
        joined.append(small.pop(0))
    rest = [(group,) for group in sorted(small)]
    return [*rest, tuple(sorted(joined))] if joined else rest


def silent_bounds(value: float, answered: float, low: float, high: float) -> Interval:
    """What a figure could be of everyone asked, whatever the silent would have said: all the worst, or all the best.

    Source: Manski, J. Hum. Resour. 24 (1989) 343–360.

    Args:
        value: the mean, or the share, of those who answered.
        answered: the share of those asked who answered, 0–1.
        low: the lowest value there is.
        high: the highest.

    Raises:
        ValueError: `answered` is no share, or `value` lies outside its range.
    """
    if not 0 <= answered <= 1 or not low <= value <= high:
        raise ValueError(f"{value} of {answered} within {low} and {high} has no bounds")
    silent = 1 - answered
    return Interval(answered * value + silent * low, answered * value + silent * high)
