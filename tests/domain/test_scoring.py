"""What answers amount to: the needs the newest one raises, and the questions that few eyes may read."""

import pytest

from app.catalogue.catalogue import bundled_surveys
from app.catalogue.documents import read_yaml
from app.catalogue.instruments import with_instruments
from app.domain.scoring import needs_raised, scores_of, sensitive_questions
from app.domain.survey import Sensitivity, Survey, Value
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
