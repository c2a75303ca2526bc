"""Published scales, scored by their own rules and never by ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import InvalidError


class InstrumentItemsError(InvalidError, ValueError):
    """An instrument was given the wrong number of items, or an item outside its published range."""

    code = "instrument-items"
    title = "The items do not fit the instrument"


@dataclass(frozen=True, slots=True)
class Scale:
    """How many items an instrument has, and the whole numbers each may take (both ends included)."""

    name: str
    items: int
    low: int
    high: int

    def read(self, items: Sequence[float | None]) -> tuple[int, ...] | None:
        """The items as whole numbers, or None when one is missing: a missing item means no score.

        Raises:
            InstrumentItemsError: The number of items is wrong, or an item is not a whole number in the range.
        """
        if len(items) != self.items:
            raise InstrumentItemsError(f"{self.name} has {self.items} items; {len(items)} were given")
        for position, item in enumerate(items, 1):
            if item is not None and item not in range(self.low, self.high + 1):
                raise InstrumentItemsError(
                    f"Item {position} of {self.name} is a whole number from {self.low} to {self.high}, not {item!r}"
                )
        answered = tuple(int(item) for item in items if item is not None)
        return answered if len(answered) == self.items else None


WHO5 = Scale("WHO-5", items=5, low=0, high=5)
PHQ4 = Scale("PHQ-4", items=4, low=0, high=3)
CANTRIL = Scale("Cantril's ladder", items=2, low=0, high=10)


@dataclass(frozen=True, slots=True)
class Who5:
    """A WHO-5 score: `raw` 0–25, `percent` 0–100, both higher when better."""

    raw: int
    percent: int

    @property
    def low(self) -> bool:
        """Low well-being: 50 or less. It must lead to an offer of help."""
        return self.percent <= 50  # noqa: PLR2004

    @property
    def likely_depression(self) -> bool:
        """28 or less: a screening result, never a diagnosis."""
        return self.percent <= 28  # noqa: PLR2004


def who5(items: Sequence[float | None]) -> Who5 | None:
    """WHO-5 well-being over the last two weeks.

    Source: WHO Regional Office for Europe (1998); Topp et al., Psychother. Psychosom. 84 (2015) 167–176. The percentage
    is the raw sum times 4; the (raw − 5) × 4 that circulates belongs to items counted from 1.

    Args:
        items: five answers from 0 (at no time) to 5 (all of the time), in order; None where one is missing.

    Raises:
        InstrumentItemsError: See `Scale.read`.
    """
    answered = WHO5.read(items)
    return None if answered is None else Who5(raw=sum(answered), percent=sum(answered) * 4)


class Distress(StrEnum):
    """The bands of PHQ-4."""

    NONE = "none"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


@dataclass(frozen=True, slots=True)
class Phq4:
    """A PHQ-4 score: `total` 0–12, higher when worse, and whether each half is positive."""

    total: int
    band: Distress
    anxiety: bool
    depression: bool


def phq4(items: Sequence[float | None]) -> Phq4 | None:
    """PHQ-4 anxiety and depression over the last two weeks; its second half is PHQ-2.

    Source: Kroenke et al., Psychosomatics 50 (2009) 613–621. Bands 0–2, 3–5, 6–8, 9–12; a half is positive from 3.

    Args:
        items: four answers from 0 (not at all) to 3 (nearly every day), anxiety first; None where one is missing.

    Raises:
        InstrumentItemsError: See `Scale.read`.
    """
    answered = PHQ4.read(items)
    if answered is None:
        return None
    anxiety, depression = sum(answered[:2]), sum(answered[2:])
    total = anxiety + depression
    # Every band is three points wide, save the last, which also takes 12.
    band = tuple(Distress)[min(total // 3, 3)]
    return Phq4(total, band, anxiety=anxiety >= 3, depression=depression >= 3)  # noqa: PLR2004


class Ladder(StrEnum):
    """Where a person stands on Cantril's ladder, by Gallup's cut-offs."""

    THRIVING = "thriving"
    STRUGGLING = "struggling"
    SUFFERING = "suffering"


def cantril(now: float | None, future: float | None) -> Ladder | None:
    """Life evaluation today and in five years.

    Source: Gallup, "Understanding How Gallup Uses the Cantril Scale": thriving from 7 now and 8 in five years,
    suffering at 4 or less in both, else struggling.

    Args:
        now: the rung today, 0 (worst possible life) to 10 (best possible life); None where it is missing.
        future: the rung in five years, in the same way.

    Raises:
        InstrumentItemsError: See `Scale.read`.
    """
    rungs = CANTRIL.read((now, future))
    if rungs is None:
        return None
    if rungs[0] >= 7 and rungs[1] >= 8:  # noqa: PLR2004
        return Ladder.THRIVING
    return Ladder.SUFFERING if max(rungs) <= 4 else Ladder.STRUGGLING  # noqa: PLR2004
