"""What a respondent's answers amount to: scores on the survey's indicators, and the needs they raise."""

from collections.abc import Mapping

from app.domain.indicators import score
from app.domain.survey import Condition, NeedRule, Sensitivity, Survey, Value
from app.domain.survey.conditions import condition_holds

Answers = Mapping[str, Value | None]


def scores_of(survey: Survey, answers: Answers) -> dict[str, float]:
    """Indicator → score, for the indicators whose every item was answered."""
    given = {indicator.code: score(indicator, survey, answers) for indicator in survey.indicators}
    return {code: value for code, value in given.items() if value is not None}


def needs_raised(survey: Survey, before: Answers, after: Answers) -> list[NeedRule]:
    """The rules that the newest answer made true."""
    scores_before, scores_after = scores_of(survey, before), scores_of(survey, after)
    return [
        rule
        for rule in survey.needs
        if condition_holds(rule.when, after, scores_after) and not condition_holds(rule.when, before, scores_before)
    ]


def sensitive_questions(survey: Survey) -> set[str]:
    """The questions whose answers can raise a need of the high tier: what is written there is for few eyes."""
    items = {indicator.code: indicator.of for indicator in survey.indicators}

    def named(condition: Condition) -> set[str]:
        own = {condition.question} if condition.question else set(items.get(condition.indicator, ()))
        return own.union(*(named(part) for part in condition.parts))

    rules = [rule for rule in survey.needs if rule.sensitivity is Sensitivity.HIGH]
    return set[str]().union(*(named(rule.when) for rule in rules))
