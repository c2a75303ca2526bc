"""A figure: an indicator for a cell, with the number of people, its doubt and its response rate."""

from dataclasses import dataclass

from app.domain.disclosure import Cell, Key, Suppression
from app.domain.indicators import IndicatorShape
from app.domain.statistics import Interval, Tally, mean_interval, wilson


@dataclass(frozen=True, slots=True)
class Figure:
    """What may be known of an indicator in a cell; a hidden figure holds nothing but the reason.

    Attributes:
        indicator: its code.
        level: round, country or site.
        key: the cell.
        suppression: shown, or why not.
        shape: a mean or a share, its range and unit.
        n: people with a score.
        value: the mean, or the share 0–1.
        interval: 95 %, Student's for a mean, Wilson's for a share; as of a simple random sample.
        response_rate: AAPOR RR2 of the cell, 0–1; None where it is not known.
    """

    indicator: str
    level: str
    key: Key
    suppression: Suppression
    shape: IndicatorShape
    n: int | None = None
    value: float | None = None
    interval: Interval | None = None
    response_rate: float | None = None


def figure_from(
    cell: Cell, shape: IndicatorShape, suppression: Suppression, response_rate: float | None = None
) -> Figure:
    """The figure of a cell as it may be published.

    Args:
        cell: the people and their scores, in the unit of `shape`; a share counts scores of 1 and 0.
        shape: of the indicator.
        suppression: what `suppress` decided for the cell.
        response_rate: AAPOR RR2 of the cell, 0–1.

    Raises:
        ValueError: A cell to be shown has nobody in it, or a share has more in favour than people.
    """
    bare = Figure(cell.indicator, cell.level, cell.key, suppression, shape)
    if suppression is not Suppression.SHOWN:
        return bare
    if cell.tally.n < 1:
        raise ValueError("a figure about nobody cannot be shown")
    return Figure(
        bare.indicator,
        bare.level,
        bare.key,
        suppression,
        shape,
        n=cell.tally.n,
        value=cell.tally.total / cell.tally.n,
        interval=_interval(cell.tally, shape),
        response_rate=response_rate,
    )


def _interval(tally: Tally, shape: IndicatorShape) -> Interval | None:
    if shape.kind == "share":
        return wilson(round(tally.total), tally.n)
    return mean_interval(tally.n, tally.total, tally.total_squares, within=(shape.low, shape.high))
