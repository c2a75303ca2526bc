"""What a respondent's answers amount to: scores on the survey's indicators, and the needs they raise."""

from collections.abc import Mapping

from app.domain.indicators import items_of, score
from app.domain.instruments import Help, read
from app.domain.survey import Condition, Indicator, NeedRule, Sensitivity, Survey, Urgency, Value
from app.domain.survey.conditions import condition_holds

Answers = Mapping[str, Value | None]


def scores_of(survey: Survey, answers: Answers) -> dict[str, float]:
    """Indicator → score, for the indicators whose every item was answered."""
    given = {indicator.code: score(indicator, survey, answers) for indicator in survey.indicators}
    return {code: value for code, value in given.items() if value is not None}


def needs_raised(survey: Survey, before: Answers, after: Answers) -> list[NeedRule]:
    """The rules that the newest answer made true, and the help that a screening result calls for.

    A survey cannot leave that help out; a rule of its own for the same category goes before it.
    """
    scores_before, scores_after = scores_of(survey, before), scores_of(survey, after)
    raised = [
        rule
        for rule in survey.needs
        if condition_holds(rule.when, after, scores_after) and not condition_holds(rule.when, before, scores_before)
    ]
    for indicator in survey.indicators:
        rule = _help(indicator, survey, after)
        if rule and rule != _help(indicator, survey, before) and rule.category not in {own.category for own in raised}:
            raised.append(rule)
    return raised


def _help(indicator: Indicator, survey: Survey, answers: Answers) -> NeedRule | None:
    """What the indicator's instrument offers for these answers; the gravest that holds."""
    if indicator.instrument is None or not indicator.instrument.helps:
        return None
    reading = read(indicator.instrument, items_of(indicator, survey, answers))
    offered = (row for row in indicator.instrument.helps if reading and row.when in reading.marks)
    return next((_rule(row, indicator) for row in offered), None)


def _rule(row: Help, indicator: Indicator) -> NeedRule:
    when = Condition(indicator=indicator.code)
    return NeedRule(row.category, Urgency(row.urgency), Sensitivity(row.sensitivity), when)


def sensitive_questions(survey: Survey) -> set[str]:
    """The questions whose answers can raise a need of the high tier: what is written there is for few eyes."""
    items = {indicator.code: indicator.of for indicator in survey.indicators}

    def named(condition: Condition) -> set[str]:
        own = {condition.question} if condition.question else set(items.get(condition.indicator, ()))
        return own.union(*(named(part) for part in condition.parts))

    grave = [named(rule.when) for rule in survey.needs if rule.sensitivity is Sensitivity.HIGH]
    screens = [
        set(indicator.of)
        for indicator in survey.indicators
        if indicator.instrument and any(row.sensitivity == Sensitivity.HIGH for row in indicator.instrument.helps)
    ]
    return set[str]().union(*grave, *screens)
