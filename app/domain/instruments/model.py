"""What a published scale is: its items, how they are summed, its cut-offs, and what a positive result asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.domain.errors import InvalidError

Polarity = Literal["high", "low", ""]
"""Which end is the better one for the worker; empty where there is none."""


class InstrumentItemsError(InvalidError, ValueError):
    """An instrument was given the wrong number of items, or an item outside its published range."""

    code = "instrument-items"
    title = "The items do not fit the instrument"


@dataclass(frozen=True, slots=True)
class Test:
    """Bounds, both ends included, on the score, or on the sum of single items (by position, from 1)."""

    items: tuple[int, ...] = ()
    at_least: float | None = None
    at_most: float | None = None

    def holds(self, value: float) -> bool:
        """Whether the value lies within."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True, slots=True)
class Cut:
    """A published cut-off or band: it holds when all its tests do."""

    name: str
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing a figure can be of.

    Attributes:
        name: as a survey names it.
        kind: `score`, the sum; `cut`, whether a cut-off holds; `table`, a look-up by raw sum; `balance`, 100 for one
            cut-off, −100 for another, else 0.
        uses: the cut-offs or the table it is made of.
        low: the lowest value there is.
        high: the highest.
        unit: for whoever reads the figure.
        better: which end is the better one.
        meaningful: the least change that means something to a person; None where none is published.
    """

    name: str
    kind: Literal["score", "cut", "table", "balance"]
    uses: tuple[str, ...]
    low: float
    high: float
    unit: str
    better: Polarity
    meaningful: float | None = None


@dataclass(frozen=True, slots=True)
class Help:
    """What is offered to whoever a cut-off holds for: a need's category, urgency and sensitivity."""

    when: str
    category: str
    urgency: str
    sensitivity: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """A published scale.

    Attributes:
        code: as a survey names it.
        name: for people.
        items: what each asks, in order.
        low: the least an item can be.
        high: the most.
        answers: `scale`, or `yes-no` (yes is 1).
        times: what the raw sum is multiplied with.
        cuts: its cut-offs and bands.
        tables: name → value by raw sum. A name may be `band/mode`, as the CFPB's are by age and by who reads.
        measures: what figures can be of; the first is meant where none is named. Signs have none: they never add up.
        helps: what a positive result leads to, the gravest first; the first that holds is offered.
        per_item: whether its items may also be shown one by one.
        source: who published it, where.
        terms: on which terms it may be used.
        wordings: where its official wordings stand.
    """

    code: str
    name: str
    items: tuple[str, ...]
    low: int
    high: int
    answers: Literal["scale", "yes-no"]
    times: float
    cuts: Mapping[str, Cut]
    tables: Mapping[str, Sequence[float]]
    measures: tuple[Measure, ...]
    helps: tuple[Help, ...]
    per_item: bool
    source: str
    terms: str
    wordings: str
    bands: tuple[str, ...] = field(default=())

    def measure(self, name: str = "") -> Measure | None:
        """The measure of this name, the first without one, None where there is none such."""
        return next((measure for measure in self.measures if name in {"", measure.name}), None)
