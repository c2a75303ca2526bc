"""What one person's items amount to on a published scale."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.instruments.model import Cut, Instrument, InstrumentItemsError, Measure, Test


@dataclass(frozen=True, slots=True)
class Reading:
    """The raw sum, the score, and the cut-offs that hold; a screening result, never a diagnosis."""

    raw: int
    score: float
    marks: frozenset[str]


def read(instrument: Instrument, items: Sequence[float | None]) -> Reading | None:
    """What the items amount to, or None when one is missing: a missing item means no score, and none is guessed.

    Args:
        instrument: the scale.
        items: one number an item, in the published order; None where one is missing.

    Raises:
        InstrumentItemsError: The number of items is wrong, or an item is not a whole number in the range.
    """
    answered = _checked(instrument, items)
    if answered is None:
        return None
    raw = sum(answered)
    score = raw * instrument.times
    marks = frozenset(name for name, cut in instrument.cuts.items() if _holds(cut, answered, score))
    return Reading(raw, score, marks)


def measured(instrument: Instrument, name: str, items: Sequence[float | None], table: str = "") -> float | None:
    """One person's value on a measure of the instrument, in the measure's unit; a share counts 1 and 0.

    Args:
        instrument: the scale.
        name: of the measure; the instrument's first where empty.
        items: as for `read`.
        table: which look-up, where the instrument has several that a measure may mean.

    Raises:
        InstrumentItemsError: See `read`; or the instrument has no such measure or look-up.
    """
    measure, reading = instrument.measure(name), read(instrument, items)
    if measure is None:
        raise InstrumentItemsError(f"{instrument.name} has no measure {name!r}: it is not a scale to be summed")
    return None if reading is None else _value(instrument, measure, reading, table)


def _value(instrument: Instrument, measure: Measure, reading: Reading, table: str) -> float:
    match measure.kind:
        case "score":
            return reading.score
        case "cut":
            return float(measure.uses[0] in reading.marks)
        case "balance":
            above, below = measure.uses
            return 100.0 * ((above in reading.marks) - (below in reading.marks))
        case "table":
            chosen = instrument.tables.get(table or measure.uses[0])
            if chosen is None:
                raise InstrumentItemsError(f"{instrument.name} has no look-up for {table!r}")
            return float(chosen[reading.raw])


def _checked(instrument: Instrument, items: Sequence[float | None]) -> tuple[int, ...] | None:
    name, low, high = instrument.name, instrument.low, instrument.high
    if len(items) != len(instrument.items):
        raise InstrumentItemsError(f"{name} has {len(instrument.items)} items; {len(items)} were given")
    for position, item in enumerate(items, 1):
        if item is not None and item not in range(low, high + 1):
            raise InstrumentItemsError(
                f"Item {position} of {name} is a whole number from {low} to {high}, not {item!r}"
            )
    answered = tuple(int(item) for item in items if item is not None)
    return answered if len(answered) == len(items) else None


def _holds(cut: Cut, items: Sequence[int], score: float) -> bool:
    return all(test.holds(_tested(test, items, score)) for test in cut.tests)


def _tested(test: Test, items: Sequence[int], score: float) -> float:
    return sum(items[position - 1] for position in test.items) if test.items else score
