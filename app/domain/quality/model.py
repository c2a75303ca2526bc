"""What the quality of answers is judged by, and what is said of it."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.indicators import Polarity
from app.domain.phrases import Phrase
from app.domain.statistics import Tally


class FlagKind(StrEnum):
    """What looks unusual at a site."""

    ALIKE = "same-minute-identical"
    STRAIGHT = "straight-lining"
    RUSHED = "impossible-speed"
    SHARED = "shared-phones"
    BURST = "burst"
    TOLD = "told-what-to-answer"
    ABOVE = "far-above-peers"


@dataclass(frozen=True, slots=True)
class Respondent:
    """One invitation that was answered; a number in the round, never a name.

    Attributes:
        key: which.
        site: where.
        answers: (question, value) of its closed questions, in the survey's order.
        steps: where on its scale each answer of a scale or a choice of the same length lies; for straight-lining.
        asked_at: when the first text reached the phone, or left.
        texts: when its texts with answers arrived, in order.
        shared: the roster gives this phone to more than one person.
        told: what was said to "were you told what to answer?"; None where it was not asked or not answered.
    """

    key: int
    site: str
    answers: tuple[tuple[str, Hashable], ...]
    steps: tuple[int, ...]
    asked_at: datetime
    texts: tuple[datetime, ...]
    shared: bool = False
    told: bool | None = None


@dataclass(frozen=True, slots=True)
class SiteFigure:
    """An indicator at a site: its tally, and which end is the better one."""

    site: str
    indicator: str
    tally: Tally
    better: Polarity


@dataclass(frozen=True, slots=True)
class Flag:
    """A sign at a site.

    Attributes:
        site: where.
        kind: what.
        people: how many respondents it is about; all of the site's where it is about the site.
        of: of how many.
        expected: how many there would be if the site were as the others.
        evidence: the same in a sentence with its values; of numbers, never of a person.
        members: the respondents it is about, for the figure without them; not shown.
        indicator: for a sign of one indicator.
    """

    site: str
    kind: FlagKind
    people: int
    of: int
    expected: float
    evidence: Phrase
    members: frozenset[int] = frozenset()
    indicator: str = ""
