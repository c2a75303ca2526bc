"""Records of people coarsened until each combination of traits is held by at least k of them.

k-anonymity by local recoding (Sweeney, International Journal of Uncertainty, Fuzziness and Knowledge-Based Systems 10 (2002)
557-570): the traits are given up one after the other, for those alone who are too few by what is left.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

ANY: Final = "*"
"""Stands for a trait that is not told."""

Traits = tuple[str, ...]


def coarsen(people: Sequence[Traits], k: int, given_up: Sequence[int]) -> list[Traits | None]:
    """What may be told of each person, in the same order; None for whoever must be left out.

    Whoever shares all traits with k - 1 others keeps them. Of the rest the first trait given up is no longer told, and
    whoever now shares what is left with k - 1 others of the rest keeps that; and so on.

    Args:
        people: the traits of each.
        k: the least that share a combination.
        given_up: positions of traits, in the order they are given up.

    Raises:
        ValueError: k is no number of people.
    """
    if k < 1:
        raise ValueError("k counts people")
    told: list[Traits | None] = [None] * len(people)
    rest = dict(enumerate(people))
    for lost in (None, *given_up):
        if lost is not None:
            rest = {at: (*traits[:lost], ANY, *traits[lost + 1 :]) for at, traits in rest.items()}
        sizes = Counter(rest.values())
        for at in [at for at, traits in rest.items() if sizes[traits] >= k]:
            told[at] = rest.pop(at)
    return told
