"""The words of one language that the reader of replies knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.survey import Sensitivity, Urgency


@dataclass(frozen=True, slots=True)
class CryPhrase:
    """A phrase that means a need wherever it stands."""

    words: tuple[str, ...]
    category: str
    urgency: Urgency
    sensitivity: Sensitivity


def _none() -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Folded words of one language; letters and short words never leave their language (`N` is yes in Swahili).

    `negations` are all of them; those `before` a cry, or right `after` it, take it back.
    """

    language: str
    yes: frozenset[str] = field(default_factory=_none)
    no: frozenset[str] = field(default_factory=_none)
    unsure: frozenset[str] = field(default_factory=_none)
    refuse: frozenset[str] = field(default_factory=_none)
    skip: frozenset[str] = field(default_factory=_none)
    acknowledge: frozenset[str] = field(default_factory=_none)
    polite: frozenset[str] = field(default_factory=_none)
    units: frozenset[str] = field(default_factory=_none)
    approx: frozenset[str] = field(default_factory=_none)
    conjunctions: frozenset[str] = field(default_factory=_none)
    all: frozenset[str] = field(default_factory=_none)
    none: frozenset[str] = field(default_factory=_none)
    negations: frozenset[str] = field(default_factory=_none)
    negations_before: frozenset[str] = field(default_factory=_none)
    negations_after: frozenset[str] = field(default_factory=_none)
    excluding: frozenset[str] = field(default_factory=_none)
    stop: frozenset[str] = field(default_factory=_none)
    start: frozenset[str] = field(default_factory=_none)
    help: frozenset[str] = field(default_factory=_none)
    names: frozenset[str] = field(default_factory=_none)
    numbers: Mapping[str, int] = field(default_factory=dict[str, int])
    cries: tuple[CryPhrase, ...] = ()
    reviewed_by: str = ""
