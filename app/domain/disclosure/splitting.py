"""Filters: the people of a place told apart, by groups again, so that neither filter nor total gives the other's away."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.disclosure.lattice import Split
from app.domain.disclosure.model import Key, Rule, Sums, Suppression, together


@dataclass(frozen=True, slots=True)
class Part:
    """People whose sums as a whole are known to a reader: a site's, or a pool's.

    `sums` are by category; `inside` are the parts it is put together of, where only it itself is told of.
    """

    place: Key
    sums: Sums
    inside: tuple["Part", ...] = ()

    def leaves(self) -> list["Part"]:
        """The sites and pools it is put together of at last."""
        return [leaf for part in self.inside for leaf in part.leaves()] if self.inside else [self]


def split_up(parts: Sequence[Part], split: Split, rule: Rule) -> list[Part]:
    """Put parts together until each category of what comes out may be told of; as near to the sites as may be.

    What comes out is told of category by category. Parts that fit nowhere are told of in no category.

    A reader knows each part as a whole and each group by category: a table of which nothing but the margins are known.
    How many of a part p are of a category c then lies between Σ max(0, p + c − all) and Σ min(p, c), summed over the two
    ends of the scale (Fréchet's bounds); that span must hold k people. It is checked for every place within the group.
    """
    found: list[Part] = []
    left = list(parts)
    for depth in range(max((len(part.place) for part in parts), default=0), -1, -1):
        inside: dict[Key, list[Part]] = {}
        for part in left:
            if len(part.place) >= depth and split.at(part.place[:depth]):
                inside.setdefault(part.place[:depth], []).append(part)
        groups = [group for place in sorted(inside) if (group := _grouped(inside[place], place, rule))]
        found += groups
        taken = {id(part) for group in groups for part in group.inside}
        left = [part for part in left if id(part) not in taken]
    return found


def _grouped(members: list[Part], place: Key, rule: Rule) -> Part | None:
    """The members as one group, without those whom it would lay bare; None where it cannot be told of."""
    while members:
        whole = together([part.sums for part in members])
        if not all(rule.alone(one) is Suppression.SHOWN for one in by_category(whole) if any(one)):
            return None
        bare = _bare(members, place, whole, rule)
        if not bare:
            return Part(place, whole, tuple(members))
        members = [part for part in members if id(part) not in bare]
    return None


def _bare(members: list[Part], place: Key, whole: Sums, rule: Rule) -> set[int]:
    """The members that stand in a place of which too much could be worked out."""
    narrow = _narrow(members, place, whole, _added(whole), rule)
    leaves = [leaf for part in members for leaf in part.leaves()]
    everybody = together([_added(leaf.sums) for leaf in leaves])
    inside = _narrow(leaves, place, whole, everybody, rule)
    return narrow | {id(part) for part in members if any(id(leaf) in inside for leaf in part.leaves())}


def _narrow(parts: list[Part], place: Key, whole: Sums, everybody: Sums, rule: Rule) -> set[int]:
    """Of these people the parts, alone or with all others of a place, of whom too much could be worked out."""
    groups = [[part] for part in parts]
    for depth in range(len(place), max(len(part.place) for part in parts)):
        at: dict[Key, list[Part]] = {}
        for part in parts:
            if len(part.place) >= depth:
                at.setdefault(part.place[:depth], []).append(part)
        groups += at.values()
    found: set[int] = set()
    for group in groups:
        own = together([_added(part.sums) for part in group])
        if len(group) < len(parts) and not _wide(own, whole, everybody, rule):
            found |= {id(part) for part in group}
    return found


def _wide(own: Sums, whole: Sums, everybody: Sums, rule: Rule) -> bool:
    """Whether each category of some people could hold fewer and more by k, for all a reader knows."""
    for one in by_category(whole):
        if not any(one) or one == everybody:
            continue  # nobody is of this category, or all are: nothing is told apart
        masses = zip(rule.masses(everybody), rule.masses(own), rule.masses(one), strict=True)
        spans = (max(0, min(p, c, a - p, a - c)) for a, p, c in masses)
        if sum(spans) < rule.k * rule.person:
            return False
    return True


def by_category(sums: Sums) -> list[Sums]:
    """The sums of each category."""
    return [sums[at : at + 3] for at in range(0, len(sums), 3)]


def _added(sums: Sums) -> Sums:
    return tuple(sum(sums[part::3]) for part in range(3))
