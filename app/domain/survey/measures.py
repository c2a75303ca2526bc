"""Reading what answers feed: indicators with their instruments, and signs of which any one calls a person."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from app.domain.errors import InvalidError
from app.domain.instruments import Instrument, Polarity, parse_instrument
from app.domain.survey.model import MEAN, Condition, Indicator, NeedRule, Sensitivity, Urgency

_POLARITY: Mapping[object, Polarity] = {"high": "high", "low": "low", "none": ""}
_NAMES = "code domain of scoring measure age mode weights reverse least better"


class Reader(Protocol):
    """What collects faults while a document is read."""

    def fault(self, place: str, message: str) -> None:
        """Note one."""
        ...

    def mapping(self, value: object, place: str) -> Mapping[str, Any]:
        """A mapping, or an empty one with a fault."""
        ...

    def sequence(self, value: object, place: str) -> Sequence[Any]:
        """A list, or an empty one with a fault."""
        ...

    def text(self, value: object, place: str) -> str:
        """A text that is not empty, or a fault."""
        ...

    def number(self, value: object, place: str) -> float | None:
        """A number or None, or a fault."""
        ...

    def known(self, document: Mapping[str, Any], allowed: str, place: str) -> None:
        """A fault for every name that is not known."""
        ...


def read_instruments(reader: Reader, value: object) -> dict[str, Instrument]:
    """The instruments a kept survey carries, as they were when it was written."""
    found: dict[str, Instrument] = {}
    for code, document in reader.mapping(value, "instruments").items():
        try:
            found[code] = parse_instrument(reader.mapping(document, f"instruments.{code}"))
        except InvalidError as problem:
            reader.fault(f"instruments.{code}", problem.message)
    return found


def read_indicator(reader: Reader, value: object, place: str, instruments: Mapping[str, Instrument]) -> Indicator:
    """An indicator; its instrument is None where the survey carries none of that name."""
    document = reader.mapping(value, place)
    reader.known(document, _NAMES, place)
    scoring = str(document.get("scoring", MEAN))
    better = document.get("better", "high")
    if better not in _POLARITY:
        reader.fault(f"{place}.better", "must be `high`, `low` or `none`: which end is the better one")
    least = reader.number(document.get("least"), f"{place}.least")
    if least is not None and (least < 1 or not float(least).is_integer()):
        reader.fault(f"{place}.least", "must be a whole number from 1: how many questions must be answered")
    return Indicator(
        code=reader.text(document.get("code"), f"{place}.code"),
        domain=reader.text(document.get("domain"), f"{place}.domain"),
        of=_codes(reader, document, "of", place),
        scoring=scoring,
        instrument=instruments.get(scoring),
        measure=str(document.get("measure", "")),
        age=str(document.get("age", "")),
        mode=str(document.get("mode", "self")),
        weights=_weights(reader, document.get("weights", {}), f"{place}.weights"),
        reverse=frozenset(_codes(reader, document, "reverse", place)),
        least=None if least is None else int(least),
        polarity=_POLARITY.get(better, "high"),
    )


def _codes(reader: Reader, document: Mapping[str, Any], name: str, place: str) -> tuple[str, ...]:
    rows = reader.sequence(document.get(name, ()), f"{place}.{name}")
    return tuple(reader.text(item, f"{place}.{name}") for item in rows)


def _weights(reader: Reader, value: object, place: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for code, given in reader.mapping(value, place).items():
        weight = reader.number(given, f"{place}.{code}")
        if weight is None or weight <= 0:
            reader.fault(f"{place}.{code}", "must be a number above 0")
            continue
        weights[code] = weight
    return weights


def sign_rule(question: str, category: str) -> NeedRule:
    """What a sign leads to: a person of the NGO looks, within a day, and nothing leaves by itself."""
    when = Condition(question=question, values=(True,))
    return NeedRule(category, Urgency.EMERGENCY, Sensitivity.HIGH, when)


def read_signs(reader: Reader, value: object) -> dict[str, str]:
    """Question → need category of the signs a survey asks for."""
    return {
        question: reader.text(category, f"signs.{question}")
        for question, category in cast("Mapping[str, object]", reader.mapping(value, "signs")).items()
    }
