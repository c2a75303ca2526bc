"""From an instrument's document to an `Instrument`; a malformed one is ours, and stops the program at start."""

from collections.abc import Mapping
from typing import Any, Literal

from app.domain.errors import InvalidError
from app.domain.instruments.model import Cut, Help, Instrument, Measure, Test
from app.domain.instruments.rasch import probabilities

Document = Mapping[str, Any]
Kind = Literal["score", "cut", "table", "balance"]
_KINDS: tuple[Kind, ...] = ("score", "cut", "table", "balance")


def parse_instrument(document: Document) -> Instrument:
    """The instrument a document describes.

    Raises:
        InvalidError: something is missing or of the wrong kind.
    """
    try:
        return _instrument(document)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
        raise InvalidError(f"The instrument {document.get('instrument', '')!r} is malformed.") from problem


def _instrument(document: Document) -> Instrument:
    cuts = {name: _cut(name, tests) for name, tests in document.get("cuts", {}).items()}
    tables = {name: tuple(row) for name, row in document.get("tables", {}).items()} | _rasch(document.get("rasch"))
    instrument = Instrument(
        code=document["instrument"],
        name=document["name"],
        items=tuple(document["items"]),
        low=document["low"],
        high=document["high"],
        answers=document.get("answers", "scale"),
        times=document.get("times", 1),
        cuts=cuts,
        tables=tables,
        measures=tuple(_measure(measure) for measure in document.get("measures", ())),
        helps=tuple(Help(**row) for row in document.get("helps", ())),
        per_item=document.get("per_item", True),
        source=document["source"],
        terms=document["terms"],
        wordings=document["wordings"]["at"],
        bands=tuple(document.get("bands", ())),
    )
    _check(instrument)
    return instrument


def _check(instrument: Instrument) -> None:
    span = len(instrument.items) * (instrument.high - instrument.low) + 1
    for name, row in instrument.tables.items():
        if len(row) != span:
            raise ValueError(name)
    for measure in instrument.measures:
        known = instrument.tables if measure.kind == "table" else instrument.cuts
        if not set(measure.uses) <= known.keys():
            raise ValueError(measure.name)
    if not {row.when for row in instrument.helps} <= instrument.cuts.keys():
        raise ValueError("helps")


def _cut(name: str, tests: Any) -> Cut:
    rows: list[Document] = tests if isinstance(tests, list) else [tests]
    return Cut(name, tuple(Test(tuple(row.get("items", ())), row.get("at_least"), row.get("at_most")) for row in rows))


def _measure(row: Document) -> Measure:
    (kind,) = filter(row.__contains__, _KINDS)
    uses = row[kind]
    low, high = row.get("range", (0, 1))
    return Measure(
        name=row["name"],
        kind=kind,
        uses=() if kind == "score" else tuple(uses) if isinstance(uses, list) else (uses,),
        low=float(low),
        high=float(high),
        unit=row["unit"],
        better=row.get("better", ""),
        meaningful=row.get("meaningful"),
    )


def _rasch(document: Document | None) -> dict[str, tuple[float, ...]]:
    if document is None:
        return {}
    severities: list[float] = document["severities"]
    return {name: probabilities(severities, severities[item - 1]) for name, item in document["thresholds"].items()}
