"""What a brand may read of totals that others' sites are in."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from app.domain.loop import ALL_KINDS

Total = TypeVar("Total")
Row = Mapping[str, Any]


def sees_total(within: Iterable[str], own: set[str]) -> bool:
    """Whether a brand may read a total of these sites: not where a single site of others would stand bare in it.

    Less its own sites, which it reads, such a total is that of the one site it may not read.
    """
    codes = set(within)
    return bool(codes & own) and len(codes - own) != 1


def readable_together(totals: Mapping[Total, Collection[str]], own: Collection[str]) -> set[Total]:
    """Of totals, those a brand may have beside one another; the widest come first.

    Not one alone must leave no single site of others bare, but every difference too, as the round less a country. Others'
    sites that are in the very same totals stay together in every sum of these, so there must be two of them at least.

    Args:
        totals: each with the sites whose figures it is the sum of.
        own: the brand's.
    """
    told: set[Total] = set()
    alike: dict[str, object] = {}
    sizes = Counter[object]()
    for total, within in sorted(totals.items(), key=lambda item: (-len(item[1]), str(item[0]))):
        others = frozenset(within).difference(own)
        parts = Counter([alike.get(site) for site in others])
        left = [sizes[group] - count for group, count in parts.items() if group is not None]
        if 1 in parts.values() or 1 in left:
            continue
        told.add(total)
        alike |= {site: (total, alike.get(site)) for site in others}
        sizes = Counter(alike.values())
    return told


Table = tuple[str, str]
Totals = Mapping[Table, Collection[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a brand reads of a snapshot: its own sites, and of each indicator and category the totals in `told`.

    The categories of a total add up to it: they are told where it is, which `whole` says.
    """

    own: Collection[str]
    whole: Totals
    told: Totals

    def holds(self, row: Row) -> bool:
        """Whether a figure may be read."""
        return self.reads(row, row["indicator"])

    def reads(self, place: Row, indicator: str) -> bool:
        """Whether an indicator's figure of a place may be read."""
        if place["level"] == "site":
            return place["site"] in self.own
        at = _place(place)
        return at in self.whole.get((indicator, ""), ()) and at in self.told.get((indicator, place["category"]), ())


def sight_of(
    places: Sequence[Row], sectors: Mapping[str, str], own: Collection[str], whole: Totals | None = None
) -> Sight:
    """What a brand may read: no total, and no difference of totals, in which a single site of others stands bare.

    Args:
        places: of a snapshot, each with its indicators and why their figures are hidden; by category where told apart.
        sectors: the sector of each site.
        own: the brand's sites.
        whole: the totals it reads for everybody, where the places are told apart by category.
    """
    told = _totals(places, sectors, own)
    return Sight(own, told if whole is None else whole, told)


def _place(row: Row) -> tuple[str, ...]:
    return row["country"], row["supplier"], row["sector"]


def _totals(places: Sequence[Row], sectors: Mapping[str, str], own: Collection[str]) -> Totals:
    """For each indicator and category the totals that may be read together."""
    sites, totals = defaultdict[Table, set[Any]](set), defaultdict[Table, set[Any]](set)
    for row in places:
        at, category = _place(row), row["category"]
        for indicator, hidden in zip(row["indicators"], row["hidden"], strict=True):
            if row["level"] == "site":
                sites[indicator, category].add((row["site"], *at[:2], not hidden))
            else:
                totals[indicator, category].add((row["level"], at))
    # Most indicators are told of at the same sites.
    known: dict[Any, Collection[tuple[str, ...]]] = {}
    for table, asked in totals.items():
        alike = frozenset(sites[table]), frozenset(asked)
        if alike not in known:
            known[alike] = _told(*alike, sectors, own)
    return {table: known[frozenset(sites[table]), frozenset(asked)] for table, asked in totals.items()}


def _told(
    sites: Collection[tuple[str, str, str, bool]],
    totals: Collection[tuple[str, tuple[str, ...]]],
    sectors: Mapping[str, str],
    own: Collection[str],
) -> set[tuple[str, ...]]:
    within = defaultdict[tuple[str, ...], set[str]](set)
    for code, country, supplier, _ in sites:
        places = {("", "", ""), (country, "", ""), (country, supplier, ""), ("", "", sectors.get(code, ""))}
        for place in places:
            within[place].add(code)
    shown = {code for code, *_, told in sites if told}
    return readable_together(
        {
            place: within[place] & shown
            for level, place in totals
            # The supplier of a brand's sites is its own affair, and none of a brand's that does not buy there.
            if (level not in {"supplier", "sector"} or not within[place].isdisjoint(own))
            and len(within[place].difference(own)) != 1
        },
        own,
    )


def counts_for_brand(
    figures: Sequence[dict[str, Any]], sites: Sequence[Mapping[str, Any]], own: set[str]
) -> list[dict[str, Any]]:
    """The counts of needs that a brand may read: of its own sites, and of totals in which no site of others stands bare.

    Args:
        figures: each count's period, step, category, level, country and site.
        sites: the programme's, with their countries.
        own: the codes of the brand's.
    """
    within: dict[str, set[str]] = defaultdict(set)
    for site in sites:
        for country in ("", site["country"]):
            within[country].add(site["code"])
    told: dict[tuple[Any, ...], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in figures:
        for country in {"", row["country"]}:
            told[_count(row)][country] |= {row["site"]} - {None}
    open_to = {
        count: {country for country in readable_together(there, own) if sees_total(within[country], own)}
        for count, there in told.items()
    }
    for (*when, kind), there in told.items():
        if kind != ALL_KINDS and (*when, ALL_KINDS) in open_to:
            # All kinds are the sum of each: less the others it would be one that is not read.
            open_to[*when, ALL_KINDS] -= set(there) - open_to[*when, kind]
    return [
        row
        for row in figures
        if (row["site"] in own if row["level"] == "site" else row["country"] in open_to[_count(row)])
    ]


def _count(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["period"], row["step"], row["category"]
