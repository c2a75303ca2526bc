"""What one respondent's answers are worth on an indicator."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.domain.instruments import Instrument, InstrumentItemsError, Polarity, measured
from app.domain.survey.model import MEAN, RAW, Indicator, Kind, Option, Question, Survey, Value

Answers = Mapping[str, Value | None]
_OLDER, _GROWN = 62, 18


@dataclass(frozen=True, slots=True)
class IndicatorShape:
    """What a figure of an indicator is: a mean of scores, or a share of people (0–1), its range and its unit.

    `low` and `high` are None where the indicator has no range of its own; `better` is the end that is the better one
    for workers, and `meaningful` the least change that means something to a person, where one is published.
    """

    kind: Literal["mean", "share"]
    low: float | None
    high: float | None
    unit: str
    better: Polarity = ""
    meaningful: float | None = None


def shape(indicator: Indicator) -> IndicatorShape:
    """What the figures of an indicator are.

    Raises:
        InstrumentItemsError: The instrument has no such measure, or the survey carries no such instrument.
    """
    if indicator.scoring == MEAN:
        return IndicatorShape("mean", 0.0, 100.0, "0-100", indicator.better)
    if indicator.scoring == RAW:
        return IndicatorShape("mean", None, None, "as asked", indicator.better)
    measure = _instrument(indicator).measure(indicator.measure)
    if measure is None:
        raise InstrumentItemsError(f"{indicator.scoring} has no measure {indicator.measure!r}")
    kind = "share" if measure.kind == "cut" else "mean"
    return IndicatorShape(kind, measure.low, measure.high, measure.unit, measure.better, measure.meaningful)


def shapes_of(survey: Survey) -> dict[str, IndicatorShape]:
    """The shape of each of a survey's indicators, by its code."""
    return {indicator.code: shape(indicator) for indicator in survey.indicators}


def score(indicator: Indicator, survey: Survey, answers: Answers) -> float | None:
    """The score one respondent gets, in the unit and range of `shape(indicator)`.

    Args:
        indicator: one of the survey's.
        survey: the version that was answered.
        answers: question code → what was recorded; None, or no entry, where nothing was.

    Returns:
        The score, or None when too few items were answered: what was not said is not guessed from the rest.

    Raises:
        InstrumentItemsError: The survey gives an instrument's item a value outside its published range.
    """
    if indicator.scoring in {MEAN, RAW}:
        return _index(indicator, survey, answers)
    if not complete(indicator, answers):
        return None
    items = items_of(indicator, survey, answers)
    table = _table(indicator, answers)
    return None if table is None else measured(_instrument(indicator), indicator.measure, items, table)


def complete(indicator: Indicator, answers: Answers) -> bool:
    """Whether each of the indicator's questions was answered; a published scale tells nothing without."""
    for code in indicator.of:  # noqa: SIM110 - for each reply to each indicator, and in a generator three times as long
        if answers.get(code) is None:
            return False
    return True


def items_of(indicator: Indicator, survey: Survey, answers: Answers) -> list[float | None]:
    """What each of the indicator's questions is worth; None where it has no answer."""
    return [_worth(survey.question(code), answers.get(code), indicator) for code in indicator.of]


def _instrument(indicator: Indicator) -> Instrument:
    if indicator.instrument is None:
        raise InstrumentItemsError(f"The survey carries no instrument {indicator.scoring!r}")
    return indicator.instrument


def _table(indicator: Indicator, answers: Answers) -> str | None:
    """The look-up an instrument scored by age asks for; empty for the others, None where the age is not known."""
    bands = _instrument(indicator).bands
    if not bands:
        return ""
    age = answers.get(indicator.age)
    if indicator.age in bands:
        return f"{indicator.age}/{indicator.mode}"
    if isinstance(age, bool) or not isinstance(age, int | float) or age < _GROWN:
        return None
    return f"{bands[age >= _OLDER]}/{indicator.mode}"


def _index(indicator: Indicator, survey: Survey, answers: Answers) -> float | None:
    """The weighted mean of the items answered, where enough of them are."""
    least = len(indicator.of) if indicator.least is None else indicator.least
    if least == len(indicator.of) and not complete(indicator, answers):
        return None  # as for most replies of a survey on its way
    said = [
        (indicator.weights.get(code, 1.0), 100 - item if code in indicator.reverse else item)
        for code, item in zip(indicator.of, items_of(indicator, survey, answers), strict=True)
        if item is not None
    ]
    if not said or len(said) < least:
        return None
    return sum(weight * item for weight, item in said) / sum(weight for weight, _ in said)


def _worth(question: Question | None, value: Value | None, indicator: Indicator) -> float | None:
    match question, value:
        case Question(kind=Kind.YES_NO), bool():
            return float(value) if indicator.instrument else question.scores.get(value)
        case Question(kind=Kind.SINGLE | Kind.MANY), int() | tuple():
            return _chosen(question, value if isinstance(value, tuple) else (value,), indicator)
        case Question(kind=Kind.SCALE | Kind.NUMBER), int() | float():
            return _rescaled(question, value) if indicator.scoring == MEAN else float(value)
        case _:
            return None


def _chosen(question: Question, codes: tuple[int, ...], indicator: Indicator) -> float | None:
    points = [_points(question.option(code), indicator) for code in codes]
    said = [point for point in points if point is not None]
    return sum(said) / len(said) if said and len(said) == len(points) else None


def _points(option: Option | None, indicator: Indicator) -> float | None:
    if option is None:
        return None
    # An instrument's options are numbered as published, so a code stands in for a score that was left out.
    return float(option.code) if option.score is None and indicator.instrument else option.score


def _rescaled(question: Question, value: float) -> float | None:
    low, high = question.minimum, question.maximum
    if low is None or high is None or low == high:
        return None
    return 100 * (value - low) / (high - low)
