"""What one respondent's answers are worth on an indicator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from app.domain.instruments import CANTRIL, Ladder, cantril, phq4, who5
from app.domain.survey.model import Indicator, Kind, Option, Question, Scoring, Survey, Value

_INSTRUMENTS = frozenset({Scoring.WHO5, Scoring.PHQ4, Scoring.CANTRIL})
Items = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class IndicatorShape:
    """What a figure of an indicator is: a mean of scores, or a share of people (0–1), its range and its unit.

    `low` and `high` are None where the indicator has no range of its own.
    """

    kind: Literal["mean", "share"]
    low: float | None
    high: float | None
    unit: str


_SHAPES: Mapping[Scoring, IndicatorShape] = {
    Scoring.MEAN: IndicatorShape("mean", 0.0, 100.0, "0-100"),
    Scoring.WHO5: IndicatorShape("mean", 0.0, 100.0, "0-100"),
    Scoring.PHQ4: IndicatorShape("mean", 0.0, 12.0, "0-12"),
    Scoring.CANTRIL: IndicatorShape("share", 0.0, 1.0, "share thriving"),
    Scoring.RAW: IndicatorShape("mean", None, None, "as asked"),
}


def shape(scoring: Scoring) -> IndicatorShape:
    """What the figures of an indicator scored in this way are."""
    return _SHAPES[scoring]


def score(indicator: Indicator, survey: Survey, answers: Mapping[str, Value | None]) -> float | None:
    """The score one respondent gets, in the unit and range of `shape(indicator.scoring)`.

    Args:
        indicator: one of the survey's.
        survey: the version that was answered.
        answers: question code → what was recorded; None, or no entry, where nothing was.

    Returns:
        The score, or None when any item is missing: what was not said is not guessed from the rest.

    Raises:
        InstrumentItemsError: The survey gives an instrument's item a value outside its published range.
    """
    items = [_worth(survey.question(code), answers.get(code), indicator.scoring) for code in indicator.of]
    return _RULES[indicator.scoring](items)


def _worth(question: Question | None, value: Value | None, scoring: Scoring) -> float | None:
    match question, value:
        case Question(kind=Kind.YES_NO), bool():
            return question.scores.get(value)
        case Question(kind=Kind.SINGLE | Kind.MANY), int() | tuple():
            return _chosen(question, value if isinstance(value, tuple) else (value,), scoring)
        case Question(kind=Kind.SCALE | Kind.NUMBER), int() | float():
            return _rescaled(question, value) if scoring is Scoring.MEAN else float(value)
        case _:
            return None


def _chosen(question: Question, codes: tuple[int, ...], scoring: Scoring) -> float | None:
    options = (question.option(code) for code in codes)
    return _mean([_points(option, scoring) for option in options])


def _points(option: Option | None, scoring: Scoring) -> float | None:
    if option is None:
        return None
    # An instrument's options are numbered as published, so a code stands in for a score that was left out.
    return float(option.code) if option.score is None and scoring in _INSTRUMENTS else option.score


def _rescaled(question: Question, value: float) -> float | None:
    low, high = question.minimum, question.maximum
    if low is None or high is None or low == high:
        return None
    return 100 * (value - low) / (high - low)


def _mean(items: Items) -> float | None:
    said = [item for item in items if item is not None]
    return fmean(said) if said and len(said) == len(items) else None


def _who5(items: Items) -> float | None:
    result = who5(items)
    return None if result is None else float(result.percent)


def _phq4(items: Items) -> float | None:
    result = phq4(items)
    return None if result is None else float(result.total)


def _thriving(items: Items) -> float | None:
    now, future = CANTRIL.read(items) or (None, None)
    rung = cantril(now, future)
    return None if rung is None else float(rung is Ladder.THRIVING)


_RULES: Mapping[Scoring, Callable[[Items], float | None]] = {
    Scoring.MEAN: _mean,
    Scoring.RAW: _mean,
    Scoring.WHO5: _who5,
    Scoring.PHQ4: _phq4,
    Scoring.CANTRIL: _thriving,
}
