"""What figures are made of: people's sums by place and filter, what a group must be like, and what becomes of a cell."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from operator import add, sub
from typing import Any, Final, Literal

from app.domain.errors import InvalidError
from app.domain.statistics import Tally

LEAST_THRESHOLD: Final = 5
DEFAULT_THRESHOLD: Final = 10
OTHERS: Final = "*"
"""Everybody but the largest category of a filter."""
MILLIONTHS: Final = 10**6

Key = tuple[tuple[str, str], ...]
"""A place, from the outside in: `()`, `(("country", "BD"),)`, `(("country", "BD"), ("supplier", "…"), ("site", "…"))`."""

Column = tuple[str, str]
"""A filter and one of its categories; `("", "")` is everybody."""

Sums = tuple[int, ...]
"""n, Σx and Σx² of each column in turn, as whole numbers, so that they add exactly; scores are in millionths."""


class DisclosureError(InvalidError, ValueError):
    """The figures cannot be protected: the threshold is below 5, or a filter knows other people than the whole."""

    code = "disclosure"
    title = "The figures cannot be protected"


class Suppression(StrEnum):
    """What becomes of a cell, and why; the reason is not for a brand's eyes."""

    SHOWN = "shown"
    TOO_FEW = "too-few"
    UNIFORM = "uniform"
    DOMINATED = "dominated"
    COMPLEMENTARY = "complementary"
    WAITING = "waiting"

    @property
    def told(self) -> Literal["shown", "protected"]:
        """What a reader of the figures may be told."""
        return "shown" if self is Suppression.SHOWN else "protected"


@dataclass(frozen=True, slots=True)
class Cell:
    """An indicator for everybody at a place, or for one category of a filter there.

    Attributes:
        key: the place.
        indicator: its code.
        tally: the people in it who may be told of, and their scores; nobody in a hidden one.
        split: the filter, "" for everybody.
        category: one of the filter's, or `OTHERS`.
    """

    key: Key
    indicator: str
    tally: Tally
    split: str = ""
    category: str = ""

    @property
    def level(self) -> str:
        """Which total or part it is: round, country, supplier, site or sector."""
        return level_of(self.key)


def level_of(key: Key) -> str:
    """The level of a place: round, country, supplier, site or sector."""
    return key[-1][0] if key else "round"


def plus(one: Sums, other: Sums) -> Sums:
    """Both groups together."""
    return tuple(map(add, one, other))


def minus(one: Sums, other: Sums) -> Sums:
    """One group without another, or what has changed since."""
    return tuple(map(sub, one, other))


def together(groups: list[Sums]) -> Sums:
    """All the groups; there is at least one."""
    return tuple(map(sum, zip(*groups, strict=True)))


@dataclass(frozen=True, slots=True)
class Stock:
    """Who is where: for each place the sums of every column, everybody's first."""

    columns: tuple[Column, ...] = (("", ""),)
    places: Mapping[Key, Sums] = field(default_factory=dict[Key, Sums])

    def by(self, columns: tuple[Column, ...]) -> "Stock":
        """The same with these columns; one that was not known has nobody in it."""
        if columns == self.columns:
            return self
        at = [3 * self.columns.index(column) if column in self.columns else None for column in columns]
        return Stock(
            columns,
            {
                key: tuple(0 if start is None else sums[start + part] for start in at for part in range(3))
                for key, sums in self.places.items()
            },
        )

    def categories(self, split: str) -> list[str]:
        """The categories of a filter."""
        return [category for name, category in self.columns if name == split]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Who may be told of, and has been since the publication that admitted them; it never leaves the database.

    Attributes:
        sites: whom each site's figure tells of.
        pools: whom only a total's figure tells of, because they were too few at their sites.
        pooled: the same people by site.
        judged: by site, of those who wait, whoever was looked at and found too much alike.
        split: whether the filters have been told.
    """

    sites: Stock = field(default_factory=Stock)
    pools: Stock = field(default_factory=Stock)
    pooled: Stock = field(default_factory=Stock)
    judged: Mapping[Key, Sums] = field(default_factory=dict[Key, Sums])
    split: bool = False

    def by(self, columns: tuple[Column, ...]) -> "Ledger":
        """The same with these columns."""
        sites, pools, pooled = (stock.by(columns) for stock in (self.sites, self.pools, self.pooled))
        return replace(self, sites=sites, pools=pools, pooled=pooled)

    def to_json(self) -> dict[str, Any]:
        """The plain form kept in the store."""
        stocks = {
            "sites": self.sites.places, "pools": self.pools.places, "pooled": self.pooled.places, "judged": self.judged,
        }  # fmt: skip
        kept = {name: [[key, sums] for key, sums in places.items()] for name, places in stocks.items()}
        return {"columns": self.sites.columns, "split": self.split, **kept}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Ledger":
        """What `to_json` kept."""
        columns = tuple((split, category) for split, category in kept["columns"])
        sites, pools, pooled, judged = (
            {tuple((level, name) for level, name in key): tuple(sums) for key, sums in kept.get(stock, ())}
            for stock in ("sites", "pools", "pooled", "judged")
        )
        return cls(Stock(columns, sites), Stock(columns, pools), Stock(columns, pooled), judged, kept["split"])


@dataclass(frozen=True, slots=True)
class Rule:
    """What a group of people must be like to be told of.

    Attributes:
        k: the fewest people.
        kind: `score` on a scale with two ends; `sum` where there is no upper end, as with money, so that one person can
            make up most of it; `response`, where n is who answered and Σx² stands for everybody who was asked.
        low: the least score there is, in millionths; of a `score`.
        high: the greatest.

    Raises:
        DisclosureError: k is below 5.
    """

    k: int = DEFAULT_THRESHOLD
    kind: Literal["score", "sum", "response"] = "score"
    low: int = 0
    high: int = 100 * MILLIONTHS

    def __post_init__(self) -> None:
        if self.k < LEAST_THRESHOLD:
            raise DisclosureError(f"The threshold is {self.k}; below {LEAST_THRESHOLD} a figure would tell of a person")

    def alone(self, group: Sums) -> Suppression:
        """What a group allows by itself."""
        n, total, squares = group
        if n < self.k:
            return Suppression.TOO_FEW
        # Also of a difference in which somebody was erased or corrected: no diverse group has such sums.
        if n * squares <= total * total or self.at_an_end(group):
            return Suppression.UNIFORM
        # (Σx)² ÷ Σx² is how many equal shares would be as concentrated: at k/2 and k = 10 nobody holds over 45 %.
        if self.kind == "sum" and 2 * total * total < self.k * squares:
            return Suppression.DOMINATED
        return Suppression.SHOWN

    def at_an_end(self, group: Sums) -> bool:
        """Whether one person could make up all that keeps a group from an end of the scale.

        Who reads that it is hidden, and knows from another figure that it is large enough, then still cannot say that
        all gave the same answer; nor can the one who gave the other.
        """
        return self.kind == "score" and min(self.masses(group)) <= self.person

    def ripe(self, newcomers: Sums, everybody: Sums) -> bool:
        """Whether newcomers may be added to a figure; their count is of whoever came less whoever went."""
        if self.kind == "response":  # the same people were asked before
            return newcomers[0] >= self.k and self.alone(everybody) is Suppression.SHOWN
        return self.alone(newcomers) is Suppression.SHOWN

    def masses(self, group: Sums) -> tuple[int, ...]:
        """A group as people at the low end and at the high end of the scale, in units of its range."""
        n, total, _ = group
        if self.kind != "score":
            return (n,)
        return total - self.low * n, self.high * n - total

    @property
    def person(self) -> int:
        """What one person weighs in `masses`."""
        return self.high - self.low if self.kind == "score" else 1
