"""From one round to the next: what changed, how surely, in a sentence."""

import math
from dataclasses import dataclass
from typing import Literal

from app.domain.indicators import IndicatorShape
from app.domain.statistics import Interval


@dataclass(frozen=True, slots=True)
class Wave:
    """A figure of one round: its value, its 95 % interval, its people."""

    value: float
    interval: Interval
    n: int


@dataclass(frozen=True, slots=True)
class Change:
    """The later figure less the earlier.

    Attributes:
        by: the difference, in the figure's unit.
        interval: 95 %.
        direction: `better`, `worse` or, where no end is the better one, `up` or `down`; `none` where the interval
            holds nought.
        meaningful: whether it is at least the change that means something to a person; None where none is published.
        sentence: the same for a reader.
    """

    by: float
    interval: Interval
    direction: Literal["better", "worse", "up", "down", "none"]
    meaningful: bool | None
    sentence: str


def change(before: Wave, after: Wave, shape: IndicatorShape) -> Change:
    """The change between two figures, from what was published of each and nothing else.

    The interval is recovered from the two single ones (Newcombe, Stat. Med. 17 (1998) 873–890, method 10; Zou &
    Donner, Stat. Med. 27 (2008) 1693–1702), which are as wide as their own design effects ask for. The two rounds
    count as independent: where the same people answered both, the truth is narrower.
    """
    by = after.value - before.value
    interval = Interval(
        by - math.hypot(after.value - after.interval.low, before.interval.high - before.value),
        by + math.hypot(after.interval.high - after.value, before.value - before.interval.low),
    )
    direction = _direction(by, interval, shape)
    meaningful = None if shape.meaningful is None else direction != "none" and abs(by) >= shape.meaningful
    return Change(by, interval, direction, meaningful, _sentence(by, interval, direction, meaningful, shape))


def _direction(
    by: float, interval: Interval, shape: IndicatorShape
) -> Literal["better", "worse", "up", "down", "none"]:
    if interval.low <= 0 <= interval.high:
        return "none"
    if not shape.better:
        return "up" if by > 0 else "down"
    return "better" if (by > 0) is (shape.better == "high") else "worse"


def _sentence(by: float, interval: Interval, direction: str, meaningful: bool | None, shape: IndicatorShape) -> str:
    points = 100 if shape.kind == "share" else 1
    unit = "percentage points" if shape.kind == "share" else "points"
    low, high = interval.low * points, interval.high * points
    if direction == "none":
        return (
            f"No change that this sample could show: anything from {low:+.1f} to {high:+.1f} {unit} fits the answers."
        )
    way = "Up" if by > 0 else "Down"
    told = f"{way} by {abs(by) * points:.1f} {unit} (95 %: {low:+.1f} to {high:+.1f})"
    told += f", which is {direction}" if direction in {"better", "worse"} else ""
    if meaningful is None:
        return f"{told}."
    return f"{told}; {'enough for people to notice' if meaningful else 'less than people would notice'}."
