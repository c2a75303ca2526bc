"""A cell of a table, what may become of it, and what a group of people allows by itself."""

from dataclasses import dataclass
from enum import StrEnum
from math import isclose
from typing import Final, Literal

from app.domain.errors import InvalidError
from app.domain.statistics import Tally

LEAST_THRESHOLD: Final = 5
DEFAULT_THRESHOLD: Final = 10
NOBODY: Final = Tally()

Key = tuple[tuple[str, str], ...]
"""Where a cell stands, from the outside in: `()`, `(("country", "BD"),)`, `(("country", "BD"), ("site", "…"))`."""


class DisclosureError(InvalidError, ValueError):
    """The cells cannot be protected: the threshold is below 5, or the cells are no table."""

    code = "disclosure"
    title = "The figures cannot be protected"


class Suppression(StrEnum):
    """What becomes of a cell, and why; the reason is not for a brand's eyes."""

    SHOWN = "shown"
    TOO_FEW = "too-few"
    UNIFORM = "uniform"
    COMPLEMENTARY = "complementary"
    WAITING = "waiting"

    @property
    def keeps_former(self) -> bool:
        """Whether a figure published before may stay, with its date: it is known already and was safe by itself."""
        return self in {Suppression.COMPLEMENTARY, Suppression.WAITING}

    @property
    def told(self) -> Literal["shown", "protected"]:
        """What a reader of the figures may be told."""
        return "shown" if self is Suppression.SHOWN else "protected"


@dataclass(frozen=True, slots=True)
class Cell:
    """One indicator for the round, a country or a site.

    A cell's response counts are published with its figure or not at all.

    Attributes:
        key: where it stands.
        indicator: its code.
        tally: the people in it now and their scores.
        before: the same cell, hidden or not, as it was when the round was last published; nobody before the first time.
        published: whether that last publication showed a new figure for it, and not a former one kept.
    """

    key: Key
    indicator: str
    tally: Tally
    before: Tally = NOBODY
    published: bool = False

    @property
    def level(self) -> Literal["round", "country", "site"]:
        """Which total or part it is."""
        return ("round", "country", "site")[len(self.key)]

    @property
    def newcomers(self) -> Tally:
        """What has come since the last publication."""
        return self.tally - self.before


def check_threshold(k: int) -> None:
    """Refuse a threshold under which figures would be about persons.

    Raises:
        DisclosureError: k is below 5.
    """
    if k < LEAST_THRESHOLD:
        raise DisclosureError(f"The threshold is {k}; below {LEAST_THRESHOLD} a figure would tell of a person")


def primary(tally: Tally, k: int) -> Suppression:
    """What a group of people allows by itself, whatever stands around it: shown, too few or uniform."""
    if tally.n < k:
        return Suppression.TOO_FEW
    return Suppression.UNIFORM if tally.uniform else Suppression.SHOWN


def unchanged(now: Tally, before: Tally) -> bool:
    """Whether nobody came, went or was corrected; sums added in another order are the same sums."""
    pairs = ((now.total, before.total), (now.total_squares, before.total_squares))
    return now.n == before.n and all(isclose(one, other, rel_tol=1e-9) for one, other in pairs)
