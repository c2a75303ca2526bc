"""What a brand may read of totals that others' sites are in."""

from collections.abc import Iterable


def sees_total(within: Iterable[str], own: set[str]) -> bool:
    """Whether a brand may read a total of these sites: not where a single site of others would stand bare in it.

    Less its own sites, which it reads, such a total is that of the one site it may not read.
    """
    codes = set(within)
    return bool(codes & own) and len(codes - own) != 1
