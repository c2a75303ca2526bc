"""An intruder who keeps every publication and solves it as one linear system; and programmes at random to try it on."""

import random
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from operator import add

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, vstack

from app.domain.disclosure import (
    MILLIONTHS,
    Cell,
    Key,
    Ledger,
    Measured,
    Protected,
    Rule,
    Stock,
    Sums,
    Suppression,
    protect,
)

FILTERS: Mapping[str, tuple[str, ...]] = {
    "gender": ("female", "male", ""),
    "age_band": ("18-24", "25-34", "35+"),
    "employment": ("permanent", "contract"),
}
Atom = tuple[Key, tuple[str, ...]]
"""People nobody tells apart: a site, and a category of every filter."""
Crowd = Mapping[Atom, tuple[int, int]]
"""How many are in each, and how many of them say yes."""


def site(country: str, supplier: str, name: str) -> Key:
    return ("country", country), ("supplier", supplier), ("site", name)


# -- programmes at random -------------------------------------------------------------------------------


def programme(chance: random.Random, publications: int) -> list[Crowd]:
    """Who has come up to each publication; nobody leaves."""
    places = [
        site(country, f"{country}{supplier}", f"{country}{supplier}{number}")
        for country, supplier in product("AB", range(chance.randint(1, 2)))
        for number in range(chance.randint(1, 3))
    ]
    now: dict[Atom, tuple[int, int]] = {}
    told: list[Crowd] = []
    for _ in range(publications):
        for place in places:
            # Sites where nobody comes, a handful, or many; some of one mind, and filters from even to all but uniform.
            many, share = chance.choice((0, 0, 2, 6, 12, 30, 60)), chance.choice((0, 0.1, 0.5, 0.5, 0.9, 1))
            leaning = {name: chance.choice((1, 2, 8)) for name in FILTERS}
            for _ in range(many):
                who = place, tuple(_one_of(chance, FILTERS[name], leaning[name]) for name in FILTERS)
                n, yes = now.get(who, (0, 0))
                now[who] = n + 1, yes + (chance.random() < share)
        told.append(dict(now))
    return told


def _one_of(chance: random.Random, categories: Sequence[str], leaning: int) -> str:
    return chance.choices(categories, [leaning**-at for at in range(len(categories))])[0]


COLUMNS = (("", ""), *((name, category) for name, categories in FILTERS.items() for category in categories))


def stock_of(crowd: Crowd) -> Stock:
    """The crowd as a publisher knows it: sums for each site, for everybody and each category of each filter."""
    found: dict[Key, Sums] = {}
    for (place, who), (n, yes) in crowd.items():
        own = (n, yes * MILLIONTHS, yes * MILLIONTHS**2)
        mine = {("", ""), *zip(FILTERS, who, strict=True)}
        sums = tuple(value for column in COLUMNS for value in (own if column in mine else (0, 0, 0)))
        found[place] = tuple(map(add, found[place], sums)) if place in found else sums
    return Stock(COLUMNS, found)


HEADS = {name: categories[0] for name, categories in FILTERS.items()}
Publisher = Callable[[Measured, Rule], Protected]


def yes_or_no(k: int) -> Rule:
    return Rule(k, "score", 0, MILLIONTHS)


def published(crowds: Sequence[Crowd], k: int, publisher: Publisher = protect) -> Iterator[Protected]:
    """One publication after another, each remembering the ones before; at the last the round is closed."""
    ledger = Ledger()
    for at, crowd in enumerate(crowds, 1):
        made = publisher(Measured("pay", stock_of(crowd), ledger, at == len(crowds), HEADS), yes_or_no(k))
        ledger = made.ledger
        yield made


# -- the intruder ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leak:
    """A hidden number that the intruder has narrowed too far."""

    what: str
    key: Key
    split: str
    category: str
    low: float
    high: float


def home(key: Key, ledger: Ledger) -> Key:
    """The pool that a pooled site is in: all who wait are put together as near to their sites as may be."""
    return max((pool for pool in ledger.pools.places if key[: len(pool)] == pool), key=len)


class Intruder:
    """Knows the rule, which sites and pools each figure tells of, and all that was ever shown.

    Unknown are, for each part of whom the figures tell (a site's people, or those of a site in a pool), how many are in
    every combination of categories, and how many of these say yes.

    `rounded`: reads counts to five and shares to the per cent, as they are published. Else somebody told the exact
    numbers, and whatever holds against that intruder holds against the other.
    """

    def __init__(self, last: Ledger, *, rounded: bool) -> None:
        self.parts = [(key, key) for key in sorted(last.sites.places)]
        self.parts += [(key, home(key, last)) for key in sorted(last.pooled.places)]
        self._who = list(product(*FILTERS.values()))
        self._size = len(self.parts) * len(self._who)
        self._rounded = rounded
        one = np.eye(self._size)
        self._rows = [csr_matrix(np.hstack([-one, one]))]  # nobody says yes who is not there
        self._limits = [np.zeros(self._size)]
        self._equal: list[np.ndarray] = []
        self._values: list[float] = []

    def row(self, parts: Callable[[Key, Key], bool], split: str = "", categories: Container[str] = "") -> np.ndarray:
        """A count as a sum of unknowns."""
        at = list(FILTERS).index(split) if split else None
        mine = [at is None or who[at] in categories for who in self._who]
        return np.array([float(inside and own) for part in self.parts for inside in [parts(*part)] for own in mine])

    def reads(self, count: np.ndarray, n: float, yes: float) -> None:
        """A figure is shown."""
        none = np.zeros(self._size)
        if not self._rounded:
            self._equal += [np.hstack([count, none]), np.hstack([none, count])]
            self._values += [n, yes]
            return
        if not n:
            return  # no figure is of nobody
        said, share = 5 * round(n / 5), round(yes / n, 2)
        told = [(count, none, said + 2.5), (-count, none, 2.5 - said)]
        told += [(-(share + 0.005) * count, count, 0), ((share - 0.005) * count, -count, 0)]
        self._rows.append(csr_matrix(np.array([np.hstack([left, right]) for left, right, _ in told])))
        self._limits.append(np.array([limit for *_, limit in told]))

    def reach(self, goal: np.ndarray) -> tuple[float, float]:
        """The least and the greatest value that a sum of the unknowns can have, given all that was read."""
        ends = []
        for sign in (1, -1):
            end = linprog(
                sign * goal,
                A_ub=vstack(self._rows),
                b_ub=np.hstack(self._limits),
                A_eq=csr_matrix(np.array(self._equal)) if self._equal else None,
                b_eq=self._values or None,
            )
            assert end.status in {0, 3}, end.message
            ends.append(sign * end.fun if end.status == 0 else sign * -np.inf)
        return ends[0], ends[1]


def people(ledger: Ledger, cell: Cell) -> int:
    """How many a hidden cell really holds, of those who are told of at all."""
    at = 3 * ledger.sites.columns.index((cell.split, cell.category))
    known = [*ledger.sites.places.items(), *ledger.pooled.places.items()]
    return sum(sums[at] for key, sums in known if key[: len(cell.key)] == cell.key)


def leaks(
    made: Sequence[Protected], k: int, chance: random.Random, *, rounded: bool = False, goals: int = 8
) -> list[Leak]:
    """What the intruder finds out about the cells that the closing publication hides; some of them are tried."""
    intruder = Intruder(made[-1].ledger, rounded=rounded)
    for stock in (made[-1].ledger.sites, made[-1].ledger.pools):
        for place, sums in stock.places.items():
            intruder.reads(intruder.row(lambda _, part, at=place: part == at), sums[0], sums[1] / MILLIONTHS)
    for group in made[-1].groups:
        count = intruder.row(lambda _, part, own=group: part in own.parts, group.split, group.categories)
        intruder.reads(count, group.sums[0], group.sums[1] / MILLIONTHS)
    hidden = [cell for cell, reason in made[-1].cells.items() if reason is not Suppression.SHOWN and cell.split]
    found: list[Leak] = []
    none = np.zeros(len(intruder.row(lambda *_: True)))
    for cell in chance.sample(hidden, min(goals, len(hidden))):
        row = intruder.row(lambda key, _, own=cell: key[: len(own.key)] == own.key, cell.split, {cell.category})
        if not people(made[-1].ledger, cell):
            continue  # there is nobody to protect
        for what, goal, least in (("count", np.hstack([row, none]), k), ("answers", np.hstack([none, row]), 1)):
            low, high = intruder.reach(goal)
            if high - low < least - 1e-6:
                found.append(Leak(what, cell.key, cell.split, cell.category, low, high))
    return found
