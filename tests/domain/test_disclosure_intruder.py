"""An intruder who keeps all that was ever published finds nobody; and finds people where a rule is left out.

`make attack` tries a thousand programmes instead of some.
"""

import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.linalg import null_space

from app.domain.disclosure import (
    MILLIONTHS,
    SPLITS,
    Group,
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
from tests.domain.intruder import Crowd, Publisher, home, leaks, programme, published, site, stock_of, yes_or_no

PROGRAMMES = range(int(os.environ.get("PROGRAMMES", "60")))


@pytest.mark.parametrize("seed", PROGRAMMES)
def test_no_hidden_cell_of_the_lattice_is_narrowed_below_k(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    crowds, k = programme(chance, chance.randint(1, 3)), chance.choice((5, 10))
    assert leaks(list(published(crowds, k)), k, chance, rounded=seed % 5 == 0, goals=4) == []


def careless(measured: Measured, rule: Rule) -> Protected:
    """A mutant: a category is told wherever it is large enough by itself, whatever it leaves of the rest."""
    made = protect(measured, rule)
    if not measured.closed:
        return made
    cells = {cell: reason for cell, reason in made.cells.items() if not cell.split}
    groups: list[Group] = []
    known = [*made.ledger.sites.places.items(), *made.ledger.pools.places.items()]
    for cell in [cell for cell in made.cells if cell.split and cell.category in measured.stock.categories(cell.split)]:
        at = 3 * measured.stock.columns.index((cell.split, cell.category))
        inside = [(key, sums[at : at + 3]) for key, sums in known if key[: len(cell.key)] == cell.key]
        sums = tuple(map(sum, zip((0, 0, 0), *(own for _, own in inside), strict=True)))
        shown = rule.alone(sums)
        cells[cell] = shown
        if shown is Suppression.SHOWN:
            groups.append(
                Group(cell.key, cell.split, frozenset({cell.category}), frozenset(key for key, _ in inside), sums)
            )
    return Protected(cells, groups, made.ledger)


def test_the_intruder_catches_a_filter_without_complementary_suppression() -> None:
    caught = 0
    for seed in range(8):
        chance = random.Random(seed)  # noqa: S311
        crowds = programme(chance, 1)
        caught += bool(leaks(list(published(crowds, 10, careless)), 10, chance, goals=12))
    assert caught >= 4


# -- in time ------------------------------------------------------------------------------------------------

Period = tuple[Key, int]
"""Those who came to a site between two publications."""


def live(measured: Measured, rule: Rule) -> Protected:
    """A mutant: a site's figure is of everybody there today, whoever came since yesterday."""
    return protect(replace(measured, ledger=Ledger(), closed=False), rule)


def periods(crowds: Sequence[Crowd]) -> dict[Period, Sums]:
    """Who came when."""
    came: dict[Period, Sums] = {}
    before: Mapping[Key, Sums] = {}
    for time, crowd in enumerate(crowds):
        now = {key: sums[:3] for key, sums in stock_of(crowd).places.items()}
        for key, sums in now.items():
            came[key, time] = tuple(x - y for x, y in zip(sums, before.get(key, (0, 0, 0)), strict=True))
        before = now
    return {period: sums for period, sums in came.items() if sums[0]}


def told(crowds: Sequence[Crowd], made: Sequence[Protected]) -> tuple[list[Period], np.ndarray]:
    """Whom every figure for everybody told of, as rows over who came when; each is held to the figure's numbers."""
    came = periods(crowds)
    order = sorted(came)
    admitted: dict[Key, int] = {}
    pooled: dict[Key, tuple[int, ...]] = {}
    rows: list[list[float]] = []
    former = Ledger()
    for time, publication in enumerate(made):
        ledger = publication.ledger
        for key, sums in ledger.sites.places.items():
            if sums[:3] != former.sites.places.get(key, (0, 0, 0))[:3]:
                admitted[key] = time
        for key in ledger.pooled.places:
            pooled.setdefault(key, tuple(range(admitted.get(key, -1) + 1, time + 1)))
        homes = {key: home(key, ledger) for key in ledger.pooled.places}
        for cell, reason in publication.cells.items():
            if reason is not Suppression.SHOWN or cell.split:
                continue
            row = [
                float(
                    key[: len(cell.key)] == cell.key
                    and (
                        then <= admitted.get(key, -1)
                        or (then in pooled.get(key, ()) and homes[key][: len(cell.key)] == cell.key)
                    )
                )
                for key, then in order
            ]
            people = np.array(row) @ np.array([came[period] for period in order])
            assert (people[0], people[1] / MILLIONTHS) == (cell.tally.n, pytest.approx(cell.tally.total))
            rows.append(row)
        former = ledger
    return order, np.array(rows).reshape(-1, len(order))


def small_groups_found(crowds: Sequence[Crowd], made: Sequence[Protected], k: int) -> int:
    """How many groups of fewer than k people, or of one mind, are combinations of what was told."""
    order, rows = told(crowds, made)
    if not len(rows):
        return 0
    came = periods(crowds)
    groups = np.array(list(product((0, 1), repeat=len(order))))[1:]
    found = groups[np.abs(groups @ null_space(rows)).max(axis=1, initial=0) < 1e-9]
    sums = found @ np.array([[came[period][0], came[period][1] // MILLIONTHS] for period in order])
    return int(((sums[:, 0] < k) | (sums[:, 1] == 0) | (sums[:, 1] == sums[:, 0])).sum())


def small(chance: random.Random) -> list[Crowd]:
    """A programme of at most twelve groups of newcomers."""
    while True:
        crowds = programme(chance, 3)
        if 0 < len(periods(crowds)) <= 12:
            return crowds


@pytest.mark.parametrize("seed", PROGRAMMES)
def test_no_combination_of_publications_tells_of_fewer_than_k_people_or_of_one_mind(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    crowds, k = small(chance), chance.choice((5, 10))
    assert small_groups_found(crowds, list(published(crowds, k)), k) == 0


def test_the_intruder_catches_a_figure_that_follows_every_newcomer() -> None:
    caught = 0
    for seed in range(20):
        crowds = small(random.Random(seed))  # noqa: S311
        caught += small_groups_found(crowds, list(published(crowds, 10, live)), 10) > 0
    assert caught >= 10


# -- who knows the rule -------------------------------------------------------------------------------------

Minds = tuple[int, ...]
"""How many of each period's people say yes."""


def outlook(
    order: Sequence[Period], many: Mapping[Period, int], yes: Minds, rule: Rule, publisher: Publisher
) -> object:
    """All that is seen of a programme: each cell of each publication, with its numbers or that it is hidden."""
    ledger, seen = Ledger(), list[object]()
    times = max(time for _, time in order) + 1
    for time in range(times):
        places: dict[Key, Sums] = {}
        for (place, then), agreeing in zip(order, yes, strict=True):
            if then <= time:
                n, total, _ = places.get(place, (0, 0, 0))
                n, total = n + many[place, then], total + agreeing * MILLIONTHS
                places[place] = n, total, total * MILLIONTHS
        made = publisher(Measured("pay", Stock(places=places), ledger, time == times - 1), rule)
        ledger = made.ledger
        seen.append(
            {
                (cell.key, reason is Suppression.SHOWN, cell.tally.n, cell.tally.total)
                for cell, reason in made.cells.items()
            }
        )
    return seen


def given_away(seed: int, publisher: Publisher = protect) -> list[Period]:
    """Whose answers, all of them the same, are known to whoever knows the rule and how many answered when.

    Whatever the answers could have been is published again: what looks like the real one cannot be told from it.
    """
    chance, rule = random.Random(seed), yes_or_no(5)  # noqa: S311
    places = [site("A", "A0", name) for name in ("one", "two", "three")[: chance.choice((1, 2, 3))]]
    sizes = {1: (0, 2, 5, 9), 2: (0, 1, 5, 7), 3: (2, 4, 6, 7)}[len(places)]
    times = 1 if len(places) == 3 else 2
    many = {(place, time): chance.choice(sizes) for place, time in product(places, range(times))}
    order = sorted(period for period, n in many.items() if n)
    if not order:
        return []
    mind = {place: chance.choice((0.1, 0.5, 0.9)) for place in places}
    truth = tuple(sum(chance.random() < mind[place] for _ in range(many[place, time])) for place, time in order)
    real = outlook(order, many, truth, rule, publisher)
    alike = [
        yes
        for yes in product(*(range(many[period] + 1) for period in order))
        if outlook(order, many, yes, rule, publisher) == real
    ]
    return [
        period
        for at, period in enumerate(order)
        if (said := {yes[at] for yes in alike}) == {0} or said == {many[period]}
    ]


@pytest.mark.parametrize("seed", PROGRAMMES[::3])
def test_whoever_knows_the_rule_does_not_know_what_all_of_some_people_said(seed: int) -> None:
    assert given_away(seed) == []


def hasty(measured: Measured, rule: Rule) -> Protected:
    """A mutant: who was found too much alike is looked at again with the next who comes."""
    return protect(replace(measured, ledger=replace(measured.ledger, judged={})), rule)


class OnTheBrink(Rule):
    """A mutant: one who differs is enough for all to be told of."""

    def at_an_end(self, group: Sums) -> bool:  # noqa: ARG002 - whoever they are
        return False


def brink(measured: Measured, rule: Rule) -> Protected:
    return protect(measured, OnTheBrink(rule.k, rule.kind, rule.low, rule.high))


@pytest.mark.parametrize("publisher", [hasty, brink])
def test_whoever_knows_the_rule_sees_through_a_careless_one(publisher: Publisher) -> None:
    assert any(given_away(seed, publisher) for seed in range(40, 52))


def test_every_shown_cell_of_a_filter_is_a_sum_of_groups() -> None:
    for seed in range(10):
        made = list(published(programme(random.Random(seed), 2), 5))[-1]  # noqa: S311
        for cell, reason in made.cells.items():
            if not cell.split or reason is not Suppression.SHOWN or cell.category == "*":
                continue
            inside = [
                group for group in made.groups
                if (group.split, group.categories) == (cell.split, {cell.category}) and group.place[: len(cell.key)] == cell.key
            ]  # fmt: skip
            assert sum(group.sums[0] for group in inside) == cell.tally.n
    assert len(SPLITS) == 3
