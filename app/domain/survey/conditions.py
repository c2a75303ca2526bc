"""Whether a condition holds for the answers given so far."""

from collections.abc import Mapping

from app.domain.survey.model import Condition, Value


def condition_holds(
    condition: Condition, answers: Mapping[str, Value | None], indicator_scores: Mapping[str, float | None]
) -> bool:
    """Whether a test, or a group of tests, holds.

    Silence proves nothing: a leaf about a missing answer is false, and so `not` of it is true.

    Args:
        condition: a leaf holds when every test it carries does; one without a test asks only for an answer.
        answers: question code → what was recorded; None, or no entry, where nothing was.
        indicator_scores: indicator code → score, as `app.domain.indicators.score` gives it.
    """
    parts = (condition_holds(part, answers, indicator_scores) for part in condition.parts)
    match condition.group:
        case "all":
            return all(parts)
        case "any":
            return any(parts)
        case "not":
            return not any(parts)
        case _:
            source = (
                indicator_scores.get(condition.indicator) if condition.indicator else answers.get(condition.question)
            )
            return source is not None and _leaf(condition, source)


def _leaf(condition: Condition, value: Value) -> bool:
    if condition.values and not any(_same(said, wanted) for said in _said(value) for wanted in condition.values):
        return False
    return _within(condition, value)


def _said(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else (value,)


def _same(said: Value, wanted: Value) -> bool:
    # Python holds True == 1, but "yes" is not the option numbered 1.
    return said == wanted and isinstance(said, bool) is isinstance(wanted, bool)


def _within(condition: Condition, value: Value) -> bool:
    bounds = (condition.over, condition.under, condition.at_least, condition.at_most)
    if all(bound is None for bound in bounds):
        return True
    if isinstance(value, bool | str | tuple):
        return False
    over, under, at_least, at_most = bounds
    return (
        (over is None or value > over)
        and (under is None or value < under)
        and (at_least is None or value >= at_least)
        and (at_most is None or value <= at_most)
    )
