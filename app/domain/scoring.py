"""What a respondent's answers amount to: scores on the survey's indicators, and the needs they raise."""

from collections.abc import Mapping

from app.domain.indicators import complete, items_of, score
from app.domain.instruments import Help, read
from app.domain.survey import Condition, Ground, Indicator, NeedRule, Sensitivity, Survey, Urgency, Value
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
    # What rests on other answers stands as it stood: each reply is read here, and most change one of forty.
    changed = {code for code, _ in before.items() ^ after.items()}
    raised = [
        ground.rule
        for ground in survey.grounds
        if not ground.questions.isdisjoint(changed)
        and _holds(ground, survey, after)
        and not _holds(ground, survey, before)
    ]
    for indicator in survey.screens:
        if changed.isdisjoint(indicator.of):
            continue
        rule = _help(indicator, survey, after)
        if rule and rule != _help(indicator, survey, before) and rule.category not in {own.category for own in raised}:
            raised.append(rule)
    return raised


def _holds(ground: Ground, survey: Survey, answers: Answers) -> bool:
    scores = {indicator.code: score(indicator, survey, answers) for indicator in ground.indicators}
    return condition_holds(ground.rule.when, answers, scores)


def _help(indicator: Indicator, survey: Survey, answers: Answers) -> NeedRule | None:
    """What the indicator's instrument offers for these answers; the gravest that holds."""
    if indicator.instrument is None or not complete(indicator, answers):
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

    grave = [
        {leaf.question} if leaf.question else set(items.get(leaf.indicator, ()))
        for rule in survey.needs
        if rule.sensitivity is Sensitivity.HIGH
        for leaf in rule.when.leaves()
    ]
    screens = [
        set(indicator.of)
        for indicator in survey.indicators
        if indicator.instrument and any(row.sensitivity == Sensitivity.HIGH for row in indicator.instrument.helps)
    ]
    return set[str]().union(*grave, *screens)
