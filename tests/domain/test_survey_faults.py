"""The finer faults of a survey: tests that can never hold, options nobody can tell apart, scales that do not fit."""

from copy import deepcopy
from math import inf, nan
from typing import Any

import pytest

from app.catalogue.catalogue import bundled_surveys, load_catalogue
from app.catalogue.documents import parse_yaml, read_yaml
from app.domain.errors import Fault, InvalidError, SurveyInvalidError
from app.domain.rounds import parse_plan
from app.domain.scoring import needs_raised, sensitive_questions
from app.domain.survey import Survey
from app.domain.survey.check import Limits, check_survey
from app.domain.survey.parse import parse_survey
from app.jobs.writing import check
from tests.domain.test_surveys import GOOD, changed

CATALOGUE = load_catalogue()
LADDER = {"code": "ladder", "kind": "scale", "min": 0, "max": 10, "text": {"en": "Which step?"}}
WHICH = {"code": "which", "kind": "many", "text": {"en": "Which?"}, "options": [
    {"code": 1, "value": "a", "text": {"en": "rice"}}, {"code": 2, "value": "b", "text": {"en": "oil"}}]}  # fmt: skip
WORDS = {"code": "words", "kind": "text", "text": {"en": "What else?"}}


def grown(*questions: dict[str, Any], **places: Any) -> dict[str, Any]:
    """The good survey with questions of other kinds at its head, and a last one whose rule is tested."""
    document = deepcopy(GOOD)
    last = {"code": "last", "kind": "yes-no", "text": {"en": "And now?"}}
    document["questions"] = [*questions, *document["questions"], last]
    document.update(places)
    return document


def faults_of(document: object) -> list[Fault]:
    return check(document, CATALOGUE)[1]


def told(document: object) -> set[tuple[str, str]]:
    return {(fault.place, fault.message) for fault in faults_of(document)}


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        pytest.param({"question": "late", "is": ["maybe"]}, "not an answer", id="a yes-no is neither"),
        pytest.param({"question": "late", "is": [1]}, "not an answer", id="yes is not 1"),
        pytest.param({"question": "late", "over": 0}, "has no size", id="a yes-no has no size"),
        pytest.param({"question": "why", "is": ["bank"]}, "not an answer", id="an option by its value"),
        pytest.param({"question": "why", "is": [1.0]}, "not an answer", id="an option by a decimal"),
        pytest.param({"question": "which", "is": [3]}, "not an answer", id="an option there is not"),
        pytest.param({"question": "which", "at_least": 1}, "has no size", id="several options have no size"),
        pytest.param({"question": "ladder", "is": [11]}, "not an answer", id="a step beyond the scale"),
        pytest.param({"question": "ladder", "is": ["yes"]}, "not an answer", id="yes on a scale"),
        pytest.param({"question": "ladder", "over": 10}, "outside", id="over the top"),
        pytest.param({"question": "ladder", "at_least": 11}, "outside", id="at least beyond"),
        pytest.param({"question": "ladder", "under": 0}, "outside", id="under the foot"),
        pytest.param({"question": "ladder", "at_most": -1}, "outside", id="at most below"),
        pytest.param({"question": "words", "is": ["yes"]}, "not an answer", id="yes to an open question"),
        pytest.param({"question": "words", "under": 5}, "has no size", id="words have no size"),
        pytest.param({"question": "last", "is": ["yes"]}, "unreachable", id="itself"),
        pytest.param({"question": "gone", "is": ["yes"]}, "unreachable", id="nobody asks"),
        pytest.param({"question": "end", "is": ["x"]}, "a note", id="a note"),
        pytest.param({"indicator": "pay", "under": 25}, "not known here", id="a score before its end"),
        pytest.param({"question": "late", "indicator": "pay", "is": ["yes"]}, "`question` or an `indicator`", id="both at once"),
        pytest.param({"question": "late", "is": []}, "must test something", id="no value"),
        pytest.param({"question": "ladder", "over": None}, "must test something", id="no bound"),
        pytest.param({"question": "ladder", "over": "five"}, "must be a number", id="a bound in words"),
        pytest.param({"question": "ladder", "over": nan}, "must be a number", id="a bound that is none"),
        pytest.param({"question": "ladder", "under": inf}, "must be a number", id="no bound at all"),
        pytest.param({"question": "ladder", "over": True}, "must be a number", id="a truth for a bound"),
        pytest.param({"question": "late", "is": "yes"}, "must be a list", id="a value outside a list"),
        pytest.param({"question": "late", "is": [["yes"]]}, "must list", id="a list of lists"),
        pytest.param({"question": "late", "is": [None]}, "must list", id="nothing in the list"),
        pytest.param({"question": "late", "equals": "yes"}, "not a name known here", id="another word for is"),
        pytest.param({"all": []}, "at least one test", id="all of nothing"),
        pytest.param({"any": []}, "at least one test", id="any of nothing"),
        pytest.param({"not": []}, "at least one test", id="not of nothing"),
        pytest.param({"all": {"question": "late"}}, "must be a list", id="all of one"),
        pytest.param({"all": [{"question": "late", "is": ["yes"]}], "is": ["yes"]}, "not a name known here", id="a group with a test"),
        pytest.param({"any": ["late"]}, "must be a mapping", id="a name for a test"),
        pytest.param("late", "must be a mapping", id="words"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_hold_or_be_read_is_told_where_it_stands(rule: object, message: str) -> None:
    document = grown(LADDER, WHICH, WORDS)
    document["questions"][-1]["ask_if"] = rule
    faults = faults_of(document)
    assert any(message in fault.message for fault in faults), faults
    assert all(fault.place.startswith("questions.last.ask_if") for fault in faults)


@pytest.mark.parametrize(
    "rule",
    [
        {"question": "late", "is": ["yes"]}, {"question": "why", "is": [1, 2]}, {"question": "which", "is": [2]}, {"question": "ladder", "is": [0, 10]},
        {"question": "ladder", "over": 9}, {"question": "ladder", "at_least": 10}, {"question": "ladder", "under": 1}, {"question": "ladder", "at_most": 0},
        {"question": "words", "is": ["help"]}, {"not": {"question": "late", "is": ["no"]}}, {"not": [{"question": "late", "is": [False]}]},
        {"any": [{"question": "late", "is": ["yes"]}, {"all": [{"question": "ladder", "over": 2, "under": 5}]}]}, {"question": "days", "is": [1, 60, 7.5]},
        {"question": "why", "over": 1},
    ],
)  # fmt: skip
def test_a_rule_that_can_hold_is_no_fault(rule: object) -> None:
    document = grown(LADDER, WHICH, WORDS)
    document["questions"][-1]["ask_if"] = rule
    assert faults_of(document) == []


def test_a_rule_nested_too_deep_is_told_and_breaks_nothing() -> None:
    rule: dict[str, Any] = {"question": "late", "is": ["yes"]}
    for _ in range(5000):
        rule = {"not": rule}
    document = grown()
    document["questions"][-1]["ask_if"] = rule
    assert any("too deep" in fault.message for fault in faults_of(document))


@pytest.mark.parametrize(
    ("path", "value", "place", "message"),
    [
        pytest.param("questions.0.score", {"yes": 1, "maybe": 0}, "questions.late.score.maybe", "neither", id="a score for maybe"),
        pytest.param("questions.0.score", {"yes": 1, "no": None}, "questions.late.score.no", "number", id="no score"),
        pytest.param("questions.0.score", {"yes": "much", "no": 0}, "questions.late.score.yes", "number", id="a score in words"),
        pytest.param("questions.0.score", [1, 0], "questions.late.score", "mapping", id="scores in a list"),
        pytest.param("questions.0.min", 0, "questions.late", "no `min`", id="a least yes"),
        pytest.param("questions.2.max", 3, "questions.why", "no `min`", id="a most option"),
        pytest.param("questions.1.min", inf, "questions.days.min", "number", id="no least at all"),
        pytest.param("questions.1.min", 60, "questions.days.max", "greater", id="the least is the most"),
        pytest.param("questions.1.kind", "scale", "", "", id="a number made a scale has no fault"),
        pytest.param("questions.2.options.0.score", nan, "questions.why.options[1].score", "number", id="an option without size"),
        pytest.param("questions.2.options.0.code", True, "questions.why.options[1].code", "whole number", id="a truth for a code"),
        pytest.param("questions.2.options.0.code", -1, "questions.why.options[1].code", "whole number", id="a code below nought"),
        pytest.param("questions.2.options.0.code", 1.5, "questions.why.options[1].code", "whole number", id="half a code"),
        pytest.param("questions.2.options.0.text.en", "the OFFICE!", "questions.why.options.2.text.en", "same as option 1", id="twins"),
        pytest.param("questions.2.options.0.text.en", "S.T.O.P", "", "", id="letters with stops between are not STOP"),
        pytest.param("questions.2.options.0.text.en", "Stop!!!", "questions.why.options.1.text.en", "STOP", id="a loud STOP"),
        pytest.param("questions.2.options.0.text.en", "ＨＥＬＰ", "questions.why.options.1.text.en", "STOP", id="a wide HELP"),
        pytest.param("questions.2.options", "bank", "questions.why.options", "list", id="options in a word"),
        pytest.param("questions.2.options.0", "bank", "questions.why.options[1]", "mapping", id="an option in a word"),
        pytest.param("questions.2.options.0.text", "bank", "questions.why.options[1].text", "mapping", id="a wording without language"),
        pytest.param("questions.2.options.0.text", {}, "questions.why.options.1.text.en", "missing", id="an option without words"),
        pytest.param("questions.0.text.en", " ", "questions.late.text.en", "not empty", id="a blank wording"),
        pytest.param("questions.0.text.en", 5, "questions.late.text.en", "not empty", id="a number for a wording"),
        pytest.param("questions.0.text.bn", "মজুরি?", "questions.late.text.bn", "does not list", id="a wording too many"),
        pytest.param("questions.0.kind", ..., "questions.late.kind", "not known", id="no kind"),
        pytest.param("questions.0.code", ..., "questions[1].code", "not empty", id="no code"),
        pytest.param("questions.0.kind", [], "questions.late.kind", "not known", id="a list for a kind"),
        pytest.param("purpose", {"en": ""}, "purpose.en", "not empty", id="a blank purpose"),
        pytest.param("purpose", "pay", "purpose", "mapping", id="a purpose without language"),
        pytest.param("purpose", {"en": "pay", "bn": "মজুরি"}, "purpose.bn", "does not list", id="a purpose too many"),
        pytest.param("languages", ["en", "bn"], "purpose.bn", "missing", id="a language without purpose"),
        pytest.param("languages", ["en", 5], "languages", "not empty", id="a number for a language"),
        pytest.param("reviews", "reviewed", "reviews", "mapping", id="a review of everything"),
        pytest.param("reviews.en.colour", "red", "reviews.en.colour", "not a name", id="a review with a colour"),
        pytest.param("reviews.en.on", None, "reviews.en", "`on`", id="reviewed nobody knows when"),
        pytest.param("indicators.0.code", "Pay Well", "indicators.Pay Well.code", "short code", id="a long name for an indicator"),
        pytest.param("indicators.0.of", [], "indicators.pay.of", "at least one", id="an indicator of nothing"),
        pytest.param("indicators.0.of", ["late", "late"], "indicators.pay.of", "twice", id="an indicator of the same twice"),
        pytest.param("indicators.0.of", ["end"], "indicators.pay.of", "gives no score", id="an indicator of a note"),
        pytest.param("indicators.0.scoring", "raw", "indicators.pay.of", "", id="raw of options with scores has no fault"),
        pytest.param("indicators.0", "pay", "indicators[1]", "mapping", id="an indicator in a word"),
        pytest.param("indicators", GOOD["indicators"] * 2, "indicators.pay", "twice", id="an indicator twice"),
        pytest.param("needs.0.when", None, "needs[1].when", "mapping", id="a need for no reason"),
        pytest.param("needs.0.sensitivity", "very", "needs[1].sensitivity", "not known", id="a sensitivity of its own"),
        pytest.param("needs.0.category", "", "needs[1].category", "not empty", id="a need without category"),
        pytest.param("needs.0.when", {"question": "days", "over": 60}, "needs[1].when", "never hold", id="a need nobody can have"),
        pytest.param("needs.0.when", {"indicator": "pay", "under": 25}, "", "", id="a need told by a score has no fault"),
        pytest.param("needs", {"category": "wages"}, "needs", "list", id="needs without a list"),
        pytest.param("survey", "x" * 64, "survey", "short code", id="a code too long"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place_and_what_to_do(path: str, value: Any, place: str, message: str) -> None:
    faults = told(changed(path, value))
    if not message:
        assert faults == set()
    else:
        assert any(where == place and message in what for where, what in faults), faults


def test_a_scale_has_both_ends_and_whole_steps() -> None:
    assert told(grown({**LADDER, "min": 0.5})) == {("questions.ladder", "the steps of a scale are whole numbers")}
    assert told(grown({name: item for name, item in LADDER.items() if name != "max"})) == {
        ("questions.ladder", "a scale needs `min` and `max`")
    }
    assert told(grown(LADDER)) == set()


def test_options_that_read_the_same_without_their_marks_are_told() -> None:
    document = deepcopy(GOOD) | {
        "languages": ["vi"],
        "reviews": {},
        "purpose": {"vi": "lương"},
        "needs": [],
        "indicators": [],
        "partial_after": "ask",
    }
    document["questions"] = [{"code": "ask", "kind": "single", "text": {"vi": "Ăn gì?"}, "options": [
        {"code": 1, "value": "a", "text": {"vi": "cơm"}}, {"code": 2, "value": "b", "text": {"vi": "còm"}}]}]  # fmt: skip
    assert told(document) == {("questions.ask.options.2.text.vi", "reads the same as option 1")}


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("es", "Información"),
        ("tr", "Yardım"),
        ("tr", "İPTAL"),
        ("bn", "বন্ধ।"),
        ("km", "ឈប់"),
        ("vi", "Trợ giúp!"),
        ("sw", "acha"),
        ("hi", "मदद"),
        ("hi", "cancel"),
    ],
)
def test_an_option_that_is_a_command_in_its_own_language_is_told(language: str, word: str) -> None:
    document = deepcopy(GOOD) | {
        "languages": [language],
        "reviews": {},
        "purpose": {language: "x"},
        "needs": [],
        "indicators": [],
        "partial_after": "ask",
    }
    document["questions"] = [{"code": "ask", "kind": "single", "text": {language: "?"}, "options": [
        {"code": 1, "value": "a", "text": {language: word}}, {"code": 2, "value": "b", "text": {language: "xyz"}}]}]  # fmt: skip
    assert {place for place, _ in told(document)} == {f"questions.ask.options.1.text.{language}"}


# -- instruments ----------------------------------------------------------------------------------


def bundled(name: str) -> Any:
    return deepcopy(read_yaml(next(path for path in bundled_surveys() if path.stem == name)))


def with_scores(document: Any, *scores: float | None) -> Any:
    for option, score in zip(document["questions"][0]["options"], scores, strict=True):
        option["score"] = score
    return document


@pytest.mark.parametrize(
    ("document", "fits"),
    [
        pytest.param(with_scores(bundled("who-5"), 5, 4, 3, 2, 1, 0), True, id="WHO-5 as published"),
        pytest.param(with_scores(bundled("who-5"), *[None] * 6), True, id="WHO-5 by its codes"),
        pytest.param(with_scores(bundled("who-5"), 6, 4, 3, 2, 1, 0), False, id="WHO-5 with a six"),
        pytest.param(with_scores(bundled("who-5"), 5, 4, 3, 2, 1, -1), False, id="WHO-5 below nought"),
        pytest.param(with_scores(bundled("who-5"), 5, 4, 2.5, 2, 1, 0), False, id="WHO-5 with a half"),
        pytest.param(with_scores(bundled("phq-4"), 0, 1, 2, 3), True, id="PHQ-4 as published"),
        pytest.param(with_scores(bundled("phq-4"), 1, 2, 3, 4), False, id="PHQ-4 counted from one"),
        pytest.param(with_scores(bundled("phq-4"), 0, 33, 67, 100), False, id="PHQ-4 in percent"),
    ],
)
def test_an_instruments_options_are_its_published_numbers(document: Any, *, fits: bool) -> None:
    faults = faults_of(document)
    assert (faults == []) is fits
    assert all("does not fit" in fault.message and fault.place.startswith("indicators.") for fault in faults)


def test_codes_stand_in_for_scores_and_must_fit_too() -> None:
    document = with_scores(bundled("phq-4"), *[None] * 4)
    for option in document["questions"][0]["options"]:
        option["code"] += 1
    assert any("does not fit" in fault.message for fault in faults_of(document))


@pytest.mark.parametrize(
    ("question", "fits"),
    [
        pytest.param({"min": 0, "max": 10}, True, id="the ladder"),
        pytest.param({"min": 1, "max": 10}, True, id="a ladder without its foot"),
        pytest.param({"min": 0, "max": 11}, False, id="a rung too many"),
        pytest.param({"min": -1, "max": 10}, False, id="below the foot"),
        pytest.param({"kind": "number", "min": 0, "max": 10}, False, id="any number between"),
    ],
)
def test_a_ladder_has_eleven_rungs(question: dict[str, Any], *, fits: bool) -> None:
    document = bundled("life")
    next(item for item in document["questions"] if item["code"] == "ladder_now").update(question)
    assert (faults_of(document) == []) is fits


def test_an_instrument_is_not_scored_from_yes_and_no_or_from_several_options() -> None:
    document = bundled("phq-4")
    document["questions"][0] = {
        "code": "nervous",
        "kind": "yes-no",
        "score": {"yes": 3, "no": 0},
        "text": document["questions"][0]["text"],
    }
    assert any("does not fit" in fault.message for fault in faults_of(document))
    document = bundled("phq-4")
    document["questions"][0]["kind"] = "many"
    assert any("does not fit" in fault.message for fault in faults_of(document))


@pytest.mark.parametrize("count", [0, 3, 5])
def test_an_instrument_has_its_number_of_items(count: int) -> None:
    document = bundled("phq-4")
    document["indicators"][0]["of"] = (document["indicators"][0]["of"] * 2)[:count]
    assert any("scored from 4" in fault.message for fault in faults_of(document))


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        pytest.param({"measure": "anxiety"}, "", id="one half has no fault"),
        pytest.param({"measure": "joy"}, "not a measure of it; its measures are: score, anxiety", id="a measure there is not"),
        pytest.param({"weights": {"down": 2}}, "by its own rule", id="weights on a published scale"),
        pytest.param({"reverse": ["down"]}, "by its own rule", id="an item turned round"),
        pytest.param({"least": 3}, "by its own rule", id="an item left out"),
        pytest.param({"scoring": "forced-labour"}, "list the questions under `signs`", id="signs are no scale"),
        pytest.param({"scoring": "mean", "weights": {"down": 2}, "least": 3, "better": "low"}, "", id="its own index has no fault"),
        pytest.param({"scoring": "mean", "reverse": ["down"]}, "", id="scores from 0 to 100 can be reversed"),
        pytest.param({"scoring": "mean", "weights": {"up": 2}}, "not among `of`", id="a weight on nothing"),
        pytest.param({"scoring": "mean", "weights": {"down": 0}}, "above 0", id="a weight of nought"),
        pytest.param({"scoring": "mean", "least": 5}, "more than there are", id="more than all"),
        pytest.param({"scoring": "mean", "least": 1.5}, "whole number from 1", id="one and a half"),
        pytest.param({"scoring": "mean", "better": "up"}, "which end is the better one", id="neither end"),
        pytest.param({"scoring": "mean", "measure": "anxiety"}, "belong to a published", id="a measure of its own index"),
        pytest.param({"scoring": "raw", "reverse": ["down"]}, "can be reversed", id="a raw number turned round"),
    ],
)  # fmt: skip
def test_an_indicator_is_scored_by_its_own_rule_or_by_a_published_one(rules: dict[str, Any], message: str) -> None:
    document = bundled("phq-4")
    document["needs"] = []
    document["indicators"][0].update(rules)
    faults = faults_of(document)
    assert any(message in fault.message for fault in faults) if message else faults == []


def test_scores_outside_a_hundred_cannot_be_reversed() -> None:
    document = with_scores(bundled("phq-4"), 0, 1, 2, 300)
    document["needs"] = []
    document["indicators"][0].update({"scoring": "mean", "reverse": ["nervous"]})
    assert any("outside 0 to 100" in fault.message for fault in faults_of(document))


def of_money(**rules: Any) -> dict[str, Any]:
    items = [{"code": f"m{at}", "kind": "scale", "min": 0, "max": 4, "text": {"en": f"Item {at}?"}} for at in range(10)]
    age = {"code": "age", "kind": "number", "text": {"en": "How old are you?"}}
    document = grown(*items, age)
    document["indicators"] = [
        {"code": "money", "domain": "money", "of": [f"m{at}" for at in range(10)], "scoring": "cfpb", **rules}
    ]
    document["needs"] = []
    return document


@pytest.mark.parametrize(
    ("rules", "place"),
    [
        pytest.param({"age": "age"}, "", id="asked"),
        pytest.param({"age": "18-61"}, "", id="one band for everyone"),
        pytest.param({"age": "62+", "mode": "read"}, "", id="read out"),
        pytest.param({}, "indicators.money.age", id="the age is not told"),
        pytest.param({"age": "m0"}, "indicators.money.age", id="a scale tells no age"),
        pytest.param({"age": "age", "mode": "sung"}, "indicators.money.mode", id="neither read nor read out"),
    ],
)
def test_a_scale_by_age_names_who_tells_it(rules: dict[str, Any], place: str) -> None:
    assert {fault.place for fault in faults_of(of_money(**rules))} == ({place} if place else set())


def test_items_of_fies_have_no_figures_of_their_own() -> None:
    items = [
        {"code": f"f{at}", "kind": "yes-no", "score": {"yes": 0, "no": 100}, "text": {"en": f"Item {at}?"}}
        for at in range(8)
    ]
    document = grown(*items)
    document["needs"] = []
    eight = {"domain": "food", "of": [f"f{at}" for at in range(8)], "scoring": "fies"}
    document["indicators"] = [{"code": "food", **eight}, {"code": "hunger", **eight, "measure": "severe"}]
    assert faults_of(document) == []
    document["indicators"].append({"code": "one", "domain": "food", "of": ["f0"]})
    assert ("indicators.one.of", "the items of fies have no figures of their own") in told(document)
    document["questions"][0].update({"kind": "scale", "min": 0, "max": 1})
    del document["questions"][0]["score"]
    assert any("is a yes or a no" in fault.message for fault in faults_of(document))


def test_any_one_sign_has_a_person_look_and_signs_never_add_up() -> None:
    signs = [
        {"code": code, "kind": "yes-no", "score": {"yes": 0, "no": 100}, "text": {"en": f"Did they {code}?"}}
        for code in ("keep", "lock")
    ]
    document = grown(*signs, signs={"keep": "documents", "lock": "documents"}, told="lock")
    assert faults_of(document) == []
    survey = parse_survey(document)
    (rule,) = needs_raised(survey, {}, {"keep": True})
    assert (rule.category, rule.sensitivity, rule.urgency) == ("documents", "high", "emergency")
    assert needs_raised(survey, {}, {"keep": False}) == []
    assert {"keep", "lock"} <= sensitive_questions(survey)
    document["indicators"].append({"code": "freedom", "domain": "freedom", "of": ["keep", "lock"]})
    assert ("indicators.freedom.of", "'keep' is a sign: signs never add up to a figure") in told(document)
    document["signs"] = {"days": "documents"}
    document["told"] = "gone"
    assert {("signs.days", "'days' is not a yes-no question"), ("told", "'gone' is not a yes-no question")} <= told(
        document
    )


def test_an_instrument_that_a_kept_survey_carries_malformed_is_told() -> None:
    document = {**GOOD, "instruments": {"who-5": {"instrument": "who-5"}}}
    with pytest.raises(SurveyInvalidError) as refused:
        parse_survey(document)
    assert [fault.place for fault in refused.value.faults] == ["instruments.who-5"]


# -- the linter by itself -------------------------------------------------------------------------


def lint(survey: Survey, **limits: Any) -> list[Fault]:
    return check_survey(survey, Limits(frozenset({"en"}), {}, **limits))


def test_without_a_list_of_needs_any_will_do() -> None:
    survey = parse_survey(changed("needs.0.category", "astrology"))
    assert lint(survey) == []
    assert [fault.place for fault in lint(survey, categories=frozenset({"wages"}))] == ["needs[1].category"]


@pytest.mark.parametrize(("sensitivity", "places"), [("high", []), ("standard", ["needs[1].sensitivity"])])
def test_a_need_of_the_high_tier_may_not_be_one_that_a_text_offers_to_a_service(
    sensitivity: str, places: list[str]
) -> None:
    document = deepcopy(changed("needs.0.category", "harassment"))
    document["needs"][0]["sensitivity"] = sensitivity
    faults = lint(parse_survey(document), sensitive=frozenset({"harassment"}))
    assert [fault.place for fault in faults] == places


def test_a_text_longer_than_allowed_is_told_with_its_segments() -> None:
    survey = parse_survey(GOOD)
    texts = [("short", "a" * 160), ("long", "a" * 161), ("accented", "á" * 70), ("wide", "ক" * 71)]
    faults = check_survey(survey, Limits(frozenset({"en"}), {}, max_segments=1), texts)
    assert [(fault.place, fault.message) for fault in faults] == [
        ("long", "takes 2 segments; at most 1 are allowed"),
        ("wide", "takes 2 segments; at most 1 are allowed"),
    ]


def test_yaml_that_reads_yes_and_no_as_truths_scores_the_same() -> None:
    bare = parse_yaml("score: {yes: 0, no: 100}", "bare")
    quoted = parse_yaml('score: {"yes": 0, "no": 100}', "quoted")
    assert parse_survey(changed("questions.0.score", bare["score"])) == parse_survey(
        changed("questions.0.score", quoted["score"])
    )
    rule = parse_yaml("{question: late, is: [yes]}", "rule")
    assert parse_survey(changed("questions.1.ask_if", rule)) == parse_survey(GOOD)


def test_the_faults_of_an_unreadable_survey_are_counted_in_its_message() -> None:
    with pytest.raises(SurveyInvalidError, match=r"2 fault\(s\)"):
        parse_survey(changed("title", "") | {"survey": ""})


# -- the plan of a round --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("window", {"opens": "09:00+06:00", "closes": "20:00"}, id="a zone on one side"),
        pytest.param("window", {"opens": "09:00Z", "closes": "20:00Z"}, id="a zone on both sides"),
        pytest.param("window", {"opens": "09:00", "closes": "09:00"}, id="a window of no time"),
        pytest.param("window", {"opens": 9, "closes": 20}, id="hours as numbers"),
        pytest.param("window", ["09:00", "20:00"], id="hours in a list"),
        pytest.param("window", {"closes": "20:00"}, id="half a window"),
        pytest.param("spread_minutes", nan, id="no number"),
        pytest.param("expire_after_hours", inf, id="for ever"),
        pytest.param("lasts_days", 61, id="two months"),
        pytest.param("sample", {"kind": "share", "share": True}, id="a truth for a share"),
        pytest.param("sample", {"kind": "share", "share": 0}, id="a share of nobody"),
        pytest.param("sample", {"kind": "share"}, id="a share of what"),
        pytest.param("sample", {"kind": "per_stratum", "n": 1.5}, id="half a person"),
        pytest.param("sample", {"kind": "per_stratum", "n": True}, id="a truth for a number"),
        pytest.param("sample", {}, id="no kind"),
        pytest.param("sites", {"a": 1}, id="sites in a mapping"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_told(name: str, value: Any) -> None:
    with pytest.raises(InvalidError) as told_:
        parse_plan({name: value})
    assert [fault.place for fault in told_.value.faults] == [name]


def test_every_fault_of_a_plan_is_told_at_once() -> None:
    with pytest.raises(InvalidError) as told_:
        parse_plan({"window": 1, "spread_minutes": "x", "sites": 3, "sample": 4, "lasts_days": -1, "colour": "red"})
    assert {fault.place for fault in told_.value.faults} == {
        "window",
        "spread_minutes",
        "sites",
        "sample",
        "lasts_days",
        "colour",
    }


def test_words_for_asking_again_stand_in_every_language_and_not_beside_a_note() -> None:
    assert ("questions.words.reask.en", "the wording is missing") in told(grown(WORDS | {"reask": {"bn": "আবার লিখুন"}}))
    note = {"code": "hello", "kind": "note", "text": {"en": "Hello."}, "reask": {"en": "Again?"}}
    assert ("questions.hello.reask", "a note is not answered, so nothing is asked again") in told(grown(note))
