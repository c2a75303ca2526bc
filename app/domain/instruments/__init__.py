"""Published scales, scored by their own rules and never by ours; each is a data file that names its source."""

from app.domain.instruments.model import Cut, Help, Instrument, InstrumentItemsError, Measure, Polarity, Test
from app.domain.instruments.parse import parse_instrument
from app.domain.instruments.reading import Reading, measured, read

__all__ = [
    "Cut",
    "Help",
    "Instrument",
    "InstrumentItemsError",
    "Measure",
    "Polarity",
    "Reading",
    "Test",
    "measured",
    "parse_instrument",
    "read",
]
