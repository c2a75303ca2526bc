"""A figure: an indicator for a cell, with the number of people and its doubt."""

import math
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.domain.disclosure import Cell, Key, Suppression
from app.domain.indicators import IndicatorShape
from app.domain.statistics import Interval, Tally, mean_interval, wilson

BASE: Final = 5
_SHARE_DIGITS: Final = 2
_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """What may be known of an indicator in a cell; a hidden figure holds nothing but the reason.

    Attributes:
        indicator: its code.
        level: round, country, supplier, site or sector.
        key: the place.
        suppression: shown, or why not.
        shape: a mean or a share, its range and unit.
        n: people with a score.
        value: the mean, or the share 0–1.
        interval: 95 %, Student's for a mean, Wilson's for a share; as of a simple random sample.
        split: the filter, "" for everybody.
        category: one of the filter's.
    """

    indicator: str
    level: str
    key: Key
    suppression: Suppression
    shape: IndicatorShape
    n: int | None = None
    value: float | None = None
    interval: Interval | None = None
    split: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a round's figures that is asked for: those of a country, a supplier, some sites; all where nothing is said.

    Where `totals` names levels, it is the totals of these, and of the sites those that are named and no others.
    """

    country: str = ""
    supplier: str = ""
    sites: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()

    @property
    def level(self) -> str:
        """The total that stands for it, or `site`."""
        return "site" if self.sites else "supplier" if self.supplier else "country" if self.country else "round"


WHOLE: Final = Part()


def figure_from(cell: Cell, shape: IndicatorShape, suppression: Suppression) -> Figure:
    """The figure of a cell as it may be published, to the last digit.

    Args:
        cell: the people and their scores, in the unit of `shape`; a share counts scores of 1 and 0.
        shape: of the indicator.
        suppression: what `protect` decided for the cell.

    Raises:
        ValueError: A cell to be shown has nobody in it, or a share has more in favour than people.
    """
    bare = Figure(
        cell.indicator, cell.level, cell.key, suppression, shape, split=cell.split, category=cell.category
    )  # fmt: skip
    if suppression is not Suppression.SHOWN:
        return bare
    if cell.tally.n < 1:
        raise ValueError("a figure about nobody cannot be shown")
    return replace(
        bare,
        n=cell.tally.n,
        value=cell.tally.total / cell.tally.n,
        interval=_interval(cell.tally, shape),
    )


def _interval(tally: Tally, shape: IndicatorShape) -> Interval | None:
    if shape.kind == "share":
        return wilson(round(tally.total), tally.n)
    return mean_interval(tally.n, tally.total, tally.total_squares, within=(shape.low, shape.high))


def coarse(count: int) -> int:
    """A count of people rounded to five."""
    return BASE * round(count / BASE)


def to_the_hour(moment: datetime) -> datetime:
    """A moment as coarse as it is published."""
    return moment.replace(minute=0, second=0, microsecond=0)


def rounded(figure: Figure) -> Figure:
    """The figure as coarse as it is published: counts to five, shares to the per cent, means to three digits.

    A mean to the last digit beside a count would give back the exact sums, and these the last to have answered.
    """
    digits = _digits(figure)
    interval = figure.interval
    return replace(
        figure,
        n=None if figure.n is None else coarse(figure.n),
        value=_to(figure.value, digits),
        interval=interval and Interval(round(interval.low, digits), round(interval.high, digits)),
    )


def _digits(figure: Figure) -> int:
    """Decimals: a thousandth of the scale's range; of a mean without a range, three digits."""
    shape = figure.shape
    if shape.kind == "share":
        return _SHARE_DIGITS
    span = abs(figure.value or 0.0) if shape.low is None or shape.high is None else shape.high - shape.low
    return _DIGITS - 1 - math.floor(math.log10(span)) + (shape.low is not None) if span > 0 else _DIGITS


def _to(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
