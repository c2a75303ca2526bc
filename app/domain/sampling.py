"""Who is asked in a round: a draw that anybody can repeat from its seed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from hashlib import sha256
from itertools import groupby
from operator import itemgetter

from app.domain.errors import InvalidError


class SampleKind(StrEnum):
    """Everybody, a share of everybody, or so many of each stratum."""

    ALL = "all"
    SHARE = "share"
    PER_STRATUM = "per_stratum"


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """How many are drawn: `share` in (0, 1] serves SHARE, `n` from 1 serves PER_STRATUM.

    Raises:
        InvalidError: The number that the kind needs is out of range.
    """

    kind: SampleKind
    share: float = 1.0
    n: int = 1

    def __post_init__(self) -> None:
        """Refuses a plan that would draw nobody."""
        if self.kind is SampleKind.SHARE and not 0 < self.share <= 1:
            raise InvalidError("A share lies above 0 and is at most 1")
        if self.kind is SampleKind.PER_STRATUM and self.n < 1:
            raise InvalidError("At least one of each stratum is drawn")


def draw(ids: Sequence[tuple[str, str]], plan: SamplePlan, seed: int) -> list[str]:
    """Draws from (id, stratum) pairs.

    Every id has a rank, the SHA-256 of seed and id, and the lowest ranks are drawn: a simple random sample (in each
    stratum for PER_STRATUM, which takes a small stratum whole). So the draw depends on nothing but seed and
    membership, and a larger share with the same seed only adds people. A share is rounded up to whole people:
    10 % of 11 are 2.

    Returns:
        The ids drawn, by rank; an order as random as the draw.

    Raises:
        InvalidError: An id stands twice.
    """
    if len({id_ for id_, _ in ids}) < len(ids):
        raise InvalidError("Someone stands twice in the list to draw from")
    ranked = sorted(ids, key=lambda pair: _rank(seed, pair[0]))
    if plan.kind is SampleKind.PER_STRATUM:
        chosen = set(_of_each_stratum(ranked, plan.n))
        return [id_ for id_, _ in ranked if id_ in chosen]
    size = len(ranked) if plan.kind is SampleKind.ALL else _share_of(len(ranked), plan.share)
    return [id_ for id_, _ in ranked[:size]]


def _rank(seed: int, id_: str) -> str:
    return sha256(f"{seed}|{id_}".encode()).hexdigest()


def _share_of(total: int, share: float) -> int:
    # As a decimal, for 0.07 x 100 is more than seven in binary and would be rounded up to eight.
    return int((Decimal(str(share)) * total).to_integral_value(ROUND_CEILING))


def _of_each_stratum(ranked: Iterable[tuple[str, str]], n: int) -> Iterator[str]:
    stratum = itemgetter(1)
    for _, members in groupby(sorted(ranked, key=stratum), key=stratum):
        yield from [id_ for id_, _ in members][:n]
