"""What a process counts, in its memory, until it is added to the sums in the database.

A name, a label and a detail say what was counted; all three come from short lists of our own, never from a person.
"""

import asyncio
from bisect import bisect_left
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager

Key = tuple[str, str, str]
"""Name, label, detail."""

TEXTS = "texts"  # by carrier, and what came of the hand-over
ERRORS = "errors"  # by carrier, and the class of the error
SEGMENTS = "segments"  # by carrier
REPLIES = "replies"  # by carrier, as webhooks brought them
READ = "read"  # replies handled, by carrier
REPORTS = "reports"  # by carrier, and what they told
SPOOLED = "spooled"  # webhooks, by carrier
POSTS = "posts"  # to others' webhooks, by what came of them
LETTERS = "letters"  # by e-mail, by what came of them
SECONDS = "seconds"  # by job, and how long a batch of it took

BOUNDS = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 600.0)
"""Seconds: a batch that took no longer is counted under the first that holds it."""

SUM = "sum"
"""The detail under which the seconds of all batches are added up."""


class Tally:
    """Counts that only rise."""

    def __init__(self) -> None:
        self._counts: Counter[Key] = Counter()

    def count(self, name: str, label: str = "", detail: str = "", by: float = 1) -> None:
        """One more, or as many as `by`."""
        self._counts[name, label, detail] += by  # type: ignore[assignment] - a sum of seconds is no whole number

    @contextmanager
    def timing(self, job: str) -> Generator[None]:
        """Count how long a batch took, also one that broke."""
        clock = asyncio.get_running_loop()
        begun = clock.time()
        try:
            yield
        finally:
            took = clock.time() - begun
            self.count(SECONDS, job, bound_of(took))
            self.count(SECONDS, job, SUM, took)

    def take(self) -> Mapping[Key, float]:
        """What was counted since the last time; `put_back` where it could not be written down."""
        taken, self._counts = self._counts, Counter()
        return taken

    def put_back(self, taken: Mapping[Key, float]) -> None:
        """Count again what was taken."""
        for key, value in taken.items():
            self.count(*key, by=value)


def bound_of(seconds: float) -> str:
    """The bound a duration is counted under, as it stands in a metric: `0.5`, or `+Inf` past the last."""
    place = bisect_left(BOUNDS, seconds)
    return str(BOUNDS[place]) if place < len(BOUNDS) else "+Inf"
