"""What a brand may read of totals that others' sites are in."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
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
    alike: list[frozenset[str]] = []
    for total, within in sorted(totals.items(), key=lambda item: (-len(item[1]), str(item[0]))):
        others = frozenset(within) - frozenset(own)
        parts = [others - frozenset(chain(*alike)), *chain(*((some & others, some - others) for some in alike))]
        if all(len(part) != 1 for part in parts):
            told.add(total)
            alike = [part for part in parts if part]
    return told


_PLACE = ("country", "supplier", "sector")


def figures_for_brand(
    figures: Sequence[dict[str, Any]], whole: Sequence[Row], sectors: Mapping[str, str], own: Collection[str]
) -> list[dict[str, Any]]:
    """The figures of a snapshot that a brand may read: of its own sites, and of totals in which no site of others stands bare.

    Args:
        figures: for everybody, or by the categories of a filter.
        whole: for everybody.
        sectors: the sector of each site.
        own: the brand's sites.
    """
    told = _totals(whole, sectors, own)
    # The categories of a total add up to it: they are told where it is.
    apart = told if figures is whole else _totals(figures, sectors, own)
    return [
        row
        for row in figures
        if (
            row["site"] in own
            if row["level"] == "site"
            else _place(row) in told[row["indicator"], ""] and _place(row) in apart[_table(row)]
        )
    ]


def _table(row: Row) -> tuple[str, str]:
    return row["indicator"], row["category"]


def _place(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in _PLACE)


def _totals(
    figures: Sequence[Row], sectors: Mapping[str, str], own: Collection[str]
) -> defaultdict[tuple[str, str], Collection[tuple[str, ...]]]:
    """For each indicator and category the totals that may be read together."""
    sites, totals = defaultdict[tuple[str, str], set[Any]](set), defaultdict[tuple[str, str], set[Any]](set)
    for row in figures:
        if row["level"] == "site":
            sites[_table(row)].add((row["site"], row["country"], row["supplier"], not row["hidden"]))
        else:
            totals[_table(row)].add((row["level"], _place(row)))
    # Most indicators are told of at the same sites.
    known: dict[Any, Collection[tuple[str, ...]]] = {}
    found = defaultdict[tuple[str, str], Collection[tuple[str, ...]]](set)
    for table, asked in totals.items():
        alike = frozenset(sites[table]), frozenset(asked)
        if alike not in known:
            known[alike] = _told(*alike, sectors, own)
        found[table] = known[alike]
    return found


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
