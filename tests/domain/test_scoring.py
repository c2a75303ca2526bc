"""What answers amount to: the needs the newest one raises, and the questions that few eyes may read."""

from dataclasses import replace
from random import Random

import pytest

from app.catalogue.catalogue import bundled_surveys, load_catalogue
from app.catalogue.documents import read_yaml
from app.catalogue.instruments import with_instruments
from app.domain.scoring import needs_raised, scores_of, sensitive_questions
from app.domain.survey import Condition, Kind, NeedRule, Question, Sensitivity, Survey, Urgency, Value
from app.domain.survey.conditions import condition_holds
from app.domain.survey.parse import parse_survey

SURVEYS: dict[str, Survey] = {path.stem: parse_survey(with_instruments(read_yaml(path))) for path in bundled_surveys()}
Answers = dict[str, Value | None]


def raised(name: str, before: Answers, **newest: Value | None) -> list[str]:
    return [rule.category for rule in needs_raised(SURVEYS[name], before, {**before, **newest})]


@pytest.mark.parametrize(
    ("before", "newest", "needs"),
    [
        pytest.param({}, {"hours": 72}, [], id="72 hours are not over 72"),
        pytest.param({}, {"hours": 72.5}, ["hours"], id="72 and a half are"),
        pytest.param({}, {"paid": 4}, ["wages"], id="not paid"),
        pytest.param({}, {"paid": 1}, [], id="paid on time"),
        pytest.param({}, {"paid": None}, [], id="would not say"),
        pytest.param({"paid": 4}, {"owed": 30}, [], id="what was raised before is not raised again"),
        pytest.param({"paid": 1}, {"paid": 4}, ["wages"], id="a corrected answer"),
        pytest.param({}, {"harassment": True}, ["harassment"], id="harassed"),
        pytest.param({}, {"harassment": False}, [], id="not harassed"),
    ],
)
def test_the_newest_answer_raises_what_it_made_true(before: Answers, newest: Answers, needs: list[str]) -> None:
    assert raised("factory-pulse", before, **newest) == needs


@pytest.mark.parametrize(
    ("last", "offered"),
    [
        pytest.param(5, None, id="raw 13 is not low"),
        pytest.param(4, Sensitivity.STANDARD, id="raw 12 is low: an offer"),
        pytest.param(0, Sensitivity.STANDARD, id="raw 8 is low"),
        pytest.param(-1, Sensitivity.HIGH, id="raw 7 is grave: a person looks"),
    ],
)
def test_a_scale_raises_a_need_at_its_last_item_and_not_before(last: int, offered: Sensitivity | None) -> None:
    four: Answers = dict.fromkeys(["cheerful", "calm", "active", "rested"], 2) | ({"calm": 1} if last < 0 else {})
    assert raised("who-5", {"cheerful": 0}, calm=0) == []
    rules = needs_raised(SURVEYS["who-5"], four, {**four, "interested": max(last, 0)})
    assert [(rule.category, rule.sensitivity) for rule in rules] == ([("counselling", offered)] if offered else [])


def test_an_instrument_with_an_answer_missing_has_no_score_and_raises_nothing() -> None:
    answers: Answers = {"nervous": 3, "worrying": 3, "interest": None, "down": 3}
    assert scores_of(SURVEYS["phq-4"], answers) == {}
    assert needs_raised(SURVEYS["phq-4"], {}, answers) == []
    assert raised("phq-4", answers, interest=3) == ["counselling"]


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("factory-pulse", {"harassment"}),
        ("who-5", {"cheerful", "calm", "active", "rested", "interested"}),
        ("phq-4", {"nervous", "worrying", "interest", "down"}),
        ("life", set()),
    ],
)
def test_the_questions_behind_a_need_of_the_high_tier_are_for_few_eyes(name: str, codes: set[str]) -> None:
    assert sensitive_questions(SURVEYS[name]) == codes


def test_a_question_deep_in_a_group_is_for_few_eyes_too() -> None:
    document = read_yaml(next(path for path in bundled_surveys() if path.stem == "factory-pulse"))
    document["needs"] = [{"category": "harassment", "urgency": "urgent", "sensitivity": "high", "when": {
        "any": [{"question": "safety", "at_most": 1}, {"not": {"all": [{"question": "voice", "is": ["yes"]}, {"indicator": "respect", "over": 50}]}}]}}]  # fmt: skip
    assert sensitive_questions(parse_survey(document)) == {"safety", "voice", "respect"}


def _anew(survey: Survey, before: Answers, after: Answers) -> list[str]:
    """The needs of a survey's own rules, found by looking at every rule and every score before and after."""
    was, now = scores_of(survey, before), scores_of(survey, after)
    return [
        rule.category
        for rule in survey.needs
        if condition_holds(rule.when, after, now) and not condition_holds(rule.when, before, was)
    ]


def _any_answer(question: Question, chance: Random) -> Value | None:
    match question.kind:
        case Kind.SINGLE:
            return chance.choice([None, *(option.code for option in question.options)])
        case Kind.YES_NO:
            return chance.choice([None, True, False])
        case Kind.MANY:
            return chance.choice([None, (question.options[0].code,), tuple(option.code for option in question.options)])
        case Kind.NUMBER | Kind.SCALE:
            return chance.choice([None, question.minimum or 0, question.maximum or 80])
        case _:
            return "words"


@pytest.mark.parametrize("name", sorted(SURVEYS))
def test_what_an_answer_cannot_change_need_not_be_looked_at(name: str) -> None:
    survey, chance = _with_groups(SURVEYS[name]), Random(name)  # noqa: S311 - a fixed seed, no secret
    asked = [question for question in survey.questions if question.asks]
    for _ in range(300):
        before = {item.code: _any_answer(item, chance) for item in asked if chance.random() < 0.8}
        newest = chance.choice(asked)
        after = {**before, newest.code: _any_answer(newest, chance)}
        found = [rule.category for rule in needs_raised(survey, before, after)]
        own = _anew(survey, before, after)
        assert found[: len(own)] == own
        helps = {row.category for item in survey.indicators if item.instrument for row in item.instrument.helps}
        assert set(found[len(own) :]) <= helps


def _with_groups(survey: Survey) -> Survey:
    """The survey with a rule more: an indicator in a group, denied, beside a question."""
    first, last = survey.questions[0], survey.questions[-1]
    leaves = (*(Condition(indicator=item.code, under=3.0) for item in survey.indicators), Condition(question=last.code))
    when = Condition(group="all", parts=(Condition(question=first.code), Condition(group="not", parts=leaves)))
    return replace(survey, needs=(*survey.needs, NeedRule("deep", Urgency.NORMAL, Sensitivity.STANDARD, when)))


def test_no_phrase_of_a_cry_is_digits_alone() -> None:
    phrases = ["".join(cry.words) for lexicon in load_catalogue().lexicons.values() for cry in lexicon.cries]
    assert phrases
    assert not [phrase for phrase in phrases if phrase.isdecimal()]
