"""The rule as a publisher asks for it: one indicator, all its tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.domain.disclosure.admitting import admit
from app.domain.disclosure.lattice import SPLITS, Split
from app.domain.disclosure.model import (
    MILLIONTHS,
    OTHERS,
    Cell,
    DisclosureError,
    Key,
    Ledger,
    Rule,
    Stock,
    Sums,
    Suppression,
    level_of,
    together,
)
from app.domain.disclosure.splitting import Part, by_category, split_up
from app.domain.statistics import Tally

_TWO = 2


@dataclass(frozen=True, slots=True)
class Measured:
    """An indicator as the publisher knows it.

    Attributes:
        indicator: its code.
        stock: everybody with a score by site, in the columns of every filter.
        ledger: what `Protected.ledger` was last time.
        closed: whether the round is: then the filters are told, once.
        heads: for each filter its largest category, told apart from all `OTHERS` where no finer split can be.
        sectors: the sector of each site.
    """

    indicator: str
    stock: Stock
    ledger: Ledger = field(default_factory=Ledger)
    closed: bool = False
    heads: Mapping[str, str] = field(default_factory=dict[str, str])
    sectors: Mapping[Key, str] = field(default_factory=dict[Key, str])


@dataclass(frozen=True, slots=True)
class Group:
    """People told of by a filter: those of some categories, of some sites and pools; every shown cell is a sum of such."""

    place: Key
    split: str
    categories: frozenset[str]
    parts: frozenset[Key]
    sums: Sums


@dataclass(frozen=True, slots=True)
class Protected:
    """Each cell with what becomes of it, the groups that the filters' cells are sums of, and what to remember."""

    cells: Mapping[Cell, Suppression]
    groups: Sequence[Group]
    ledger: Ledger


def protect(measured: Measured, rule: Rule) -> Protected:
    """Decide whom the figures may tell of.

    Raises:
        DisclosureError: a filter knows other people than the whole.
    """
    _check(measured)
    ledger = admit(measured.stock, measured.ledger, rule, closed=measured.closed)
    parts = [(key, sums) for stock in (ledger.sites, ledger.pools) for key, sums in stock.places.items()]
    cells = dict(_wholes(measured, parts, ledger, rule)) | dict(_sectors(measured, ledger))
    groups: list[Group] = []
    if measured.closed and not ledger.split:
        for split in SPLITS:
            told = _split_up(measured, parts, split, rule)
            cells |= dict(_splits(measured, split, told, rule))
            groups += told
        ledger = replace(ledger, split=True)
    return Protected(cells, groups, ledger)


def _check(measured: Measured) -> None:
    names = {name for name, _ in measured.stock.columns if name}
    at = {name: [at for at, column in enumerate(measured.stock.columns) if column[0] == name] for name in names}
    for sums in measured.stock.places.values():
        for name, columns in at.items():
            if together([sums[3 * one : 3 * one + 3] for one in columns]) != sums[:3]:
                raise DisclosureError(
                    f"The filter {name!r} of {measured.indicator!r} knows other people than the whole"
                )


def _places(measured: Measured, parts: Sequence[tuple[Key, Sums]]) -> list[Key]:
    keys = {*measured.stock.places, *(key for key, _ in parts)}
    return sorted({key[:depth] for key in keys for depth in range(len(key) + 1)})


def _added_up(parts: Sequence[tuple[Key, Sums]]) -> dict[Key, Sums]:
    """Every place's sums, from those of what stands in it."""
    inside: dict[Key, list[Sums]] = {}
    for key, sums in parts:
        for depth in range(len(key) + 1):
            inside.setdefault(key[:depth], []).append(sums)
    return {key: together(groups) for key, groups in inside.items()}


def _cell(key: Key, indicator: str, sums: Sums, column: tuple[str, str] = ("", "")) -> Cell:
    n, total, squares = sums
    return Cell(key, indicator, Tally(n, total / MILLIONTHS, squares / MILLIONTHS**2), *column)


def _wholes(
    measured: Measured, parts: Sequence[tuple[Key, Sums]], ledger: Ledger, rule: Rule
) -> Iterator[tuple[Cell, Suppression]]:
    shown = _added_up([(key, sums[:3]) for key, sums in parts])
    there = _added_up([(key, sums[:3]) for key, sums in measured.stock.places.items()])
    for key in _places(measured, parts):
        if key in shown and (level_of(key) != "site" or key in ledger.sites.places):
            yield _cell(key, measured.indicator, shown[key]), Suppression.SHOWN
        else:
            alone = rule.alone(there.get(key, (0, 0, 0)))
            yield (
                _cell(key, measured.indicator, (0, 0, 0)),
                Suppression.WAITING if alone is Suppression.SHOWN else alone,
            )


def _sectors(measured: Measured, ledger: Ledger) -> Iterator[tuple[Cell, Suppression]]:
    """Sectors are sums of sites' figures: whoever reads these can work them out already."""
    for name in sorted(set(measured.sectors.values()) - {""}):
        sites = [sums[:3] for key, sums in ledger.sites.places.items() if measured.sectors.get(key) == name]
        if sites:
            yield _cell((("sector", name),), measured.indicator, together(sites)), Suppression.SHOWN


def _split_up(measured: Measured, parts: Sequence[tuple[Key, Sums]], split: Split, rule: Rule) -> list[Group]:
    """First the largest category and all others; then, of those who are told apart so, the others by category."""
    categories = measured.stock.categories(split.name)
    head = measured.heads.get(split.name, "")
    if head in categories:
        categories.remove(head)
        categories.insert(0, head)
    at = [measured.stock.columns.index((split.name, category)) for category in categories]
    known = [Part(key, tuple(sums[3 * one + part] for one in at for part in range(3))) for key, sums in parts]
    if len(categories) <= _TWO:
        return _told(split_up(known, split, rule), split.name, [{category} for category in categories])
    coarse = split_up([Part(part.place, _halved(part.sums), (part,)) for part in known], split, rule)
    others = [Part(group.place, whole[3:], tuple(leaves)) for group in coarse for leaves, whole in [_inside(group)]]
    fine = split_up([part for part in others if any(part.sums)], split, rule)
    return [
        *_told(coarse, split.name, [{categories[0]}, set(categories[1:])]),
        *_told(fine, split.name, [{category} for category in categories[1:]]),
    ]


def _halved(sums: Sums) -> Sums:
    return sums[:3] + together(by_category(sums[3:]))


def _inside(group: Part) -> tuple[list[Part], Sums]:
    """A group's sites and pools, and its sums by the finest categories."""
    leaves = group.leaves()
    return leaves, together([part.sums for part in leaves])


def _told(groups: Sequence[Part], split: str, categories: Sequence[set[str]]) -> list[Group]:
    return [
        Group(group.place, split, frozenset(named), frozenset(part.place for part in group.leaves()), sums)
        for group in groups
        for named, sums in zip(categories, by_category(group.sums), strict=True)
    ]


def _splits(measured: Measured, split: Split, told: Sequence[Group], rule: Rule) -> Iterator[tuple[Cell, Suppression]]:
    categories = measured.stock.categories(split.name)
    sums = {
        category: _added_up([(group.place, group.sums) for group in told if group.categories == frozenset({category})])
        for category in categories
    }
    coarse = [group for group in told if len(group.categories) > 1]
    others = frozenset[str]().union(*(group.categories for group in coarse))
    finer = frozenset[Key]().union(*(group.parts for group in told if group.categories < others))
    sums[OTHERS] = _added_up([(group.place, group.sums) for group in coarse if not group.parts <= finer])
    there = _added_up([(key, row) for key, row in measured.stock.places.items()])
    for key in sorted({place[:depth] for place in there for depth in range(len(place) + 1)}):
        if not split.at(key):
            continue
        for category, own in sums.items():
            if own.get(key, (0,))[0]:
                yield _cell(key, measured.indicator, own[key], (split.name, category)), Suppression.SHOWN
            elif category != OTHERS:
                at = 3 * measured.stock.columns.index((split.name, category))
                alone = rule.alone(there[key][at : at + 3])
                reason = Suppression.COMPLEMENTARY if alone is Suppression.SHOWN else alone
                yield _cell(key, measured.indicator, (0, 0, 0), (split.name, category)), reason
