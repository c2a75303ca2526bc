"""How fast a sender may hand texts over, and whose turn it is."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

AT_ONCE = timedelta(seconds=5)
"""A sender may hand over at once what it may in this time: carriers queue as much, and a batch is worth its claim."""

LEAST_AT_ONCE = 10.0
"""Segments: the longest text fits, however slow the sender is."""

DUST = 1e-6
"""What sums of fractions lose."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a sender may still hand over, in segments; it fills by `rate` a second.

    `tokens` are below zero after texts that were longer than they were taken for; `mean` is what a text is taken for.
    """

    tokens: float
    filled_at: datetime
    rate: float
    mean: float = 1.0

    @property
    def holds(self) -> float:
        """The most it holds."""
        return max(LEAST_AT_ONCE, self.rate * AT_ONCE.total_seconds())

    def filled(self, now: datetime) -> "Bucket":
        """The bucket as it is now. A host whose clock is behind adds nothing, and takes nothing away."""
        passed = max(0.0, (now - self.filled_at).total_seconds())
        tokens = min(self.holds, self.tokens + self.rate * passed)
        return Bucket(tokens, max(now, self.filled_at), self.rate, self.mean)

    @property
    def texts(self) -> int:
        """How many texts it pays for."""
        if self.tokens < self._least - DUST:
            return 0
        return max(1, int(self.tokens / self.mean))

    @property
    def ready_at(self) -> datetime:
        """When it pays for a text again."""
        return self.filled_at + timedelta(seconds=max(0.0, self._least - self.tokens) / self.rate)

    @property
    def _least(self) -> float:
        # A text longer than the bucket is deep would wait for ever.
        return min(self.mean, self.holds)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose texts wait: a sender of a programme, and how many its bucket pays for."""

    sender: int
    programme: UUID
    texts: int


def shares(senders: Sequence[Sender], limit: int) -> list[int]:
    """How many texts to look at for each sender, so that every programme, and every sender of it, has its part."""
    of_programme = Counter(item.programme for item in senders)
    return [min(item.texts, ceil(limit / len(of_programme) / of_programme[item.programme])) for item in senders]


class Candidate(NamedTuple):
    """A text that could leave: of the lowest `priority` first."""

    text: UUID
    sender: int
    programme: Hashable
    priority: int


def in_turn(candidates: Iterable[Candidate], allowed: Mapping[int, int], limit: int) -> list[Candidate]:
    """Whose turn it is: the urgent first; among those programmes in turn, and the senders of each in turn.

    Args:
        candidates: each sender's in the order they are to leave, senders in the order they are to be served.
        allowed: sender → how many texts its bucket pays for.
        limit: how many in all.
    """
    # A sender's first texts before its second ones, and so on: its programme's order; then the same for programmes.
    of_programme = _rotated(candidates, attrgetter("sender"))
    left, chosen = dict(allowed), list[Candidate]()
    for item in _rotated(of_programme, attrgetter("programme")):
        if len(chosen) == limit:
            break
        if left[item.sender] > 0:
            left[item.sender] -= 1
            chosen.append(item)
    return chosen


def _rotated(candidates: Iterable[Candidate], group: Callable[[Candidate], Hashable]) -> list[Candidate]:
    """The urgent first; of the equally urgent, the first of each group, then the second of each, in the order given."""
    seen: defaultdict[tuple[int, Hashable], int] = defaultdict(int)
    placed: list[tuple[int, int, int, Candidate]] = []
    for at, item in enumerate(candidates):
        key = (item.priority, group(item))
        placed.append((item.priority, seen[key], at, item))
        seen[key] += 1
    return [item for *_, item in sorted(placed)]
