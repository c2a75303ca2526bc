"""Surveys: read from a document, linted, rendered; the plan of a round."""

from copy import deepcopy
from typing import Any

import pytest

from app.catalogue.catalogue import bundled_surveys, load_catalogue
from app.catalogue.documents import parse_yaml, read_yaml
from app.domain.errors import InvalidError, SurveyInvalidError
from app.domain.rounds import RoundPlan, parse_plan
from app.domain.scoring import needs_raised, scores_of
from app.domain.segments import SplitPolicy, segments
from app.domain.survey import Kind
from app.domain.survey.parse import parse_survey
from app.domain.wording import Say, Voice, render
from app.jobs.writing import check

CATALOGUE = load_catalogue()

GOOD: dict[str, Any] = {
    "survey": "pay",
    "title": "Pay",
    "languages": ["en"],
    "reviews": {"en": {"status": "reviewed", "by": "A tester", "on": "2026-11-01"}},
    "purpose": {"en": "your pay"},
    "partial_after": "late",
    "questions": [
        {"code": "late", "kind": "yes-no", "score": {"yes": 0, "no": 100}, "text": {"en": "Was your wage late?"}},
        {"code": "days", "kind": "number", "min": 1, "max": 60, "text": {"en": "How many days?"},
         "ask_if": {"question": "late", "is": ["yes"]}},
        {"code": "why", "kind": "single", "text": {"en": "Why?"}, "options": [
            {"code": 1, "value": "bank", "score": 50, "text": {"en": "the bank"}},
            {"code": 2, "value": "boss", "score": 0, "text": {"en": "the office"}}]},
        {"code": "end", "kind": "note", "text": {"en": "Thanks."}},
    ],
    "indicators": [{"code": "pay", "domain": "pay", "of": ["late", "why"], "scoring": "mean"}],
    "needs": [{"category": "wages", "urgency": "normal", "sensitivity": "standard", "when": {"question": "days", "over": 14}}],
}  # fmt: skip


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good survey with one place changed; `…` removes it."""
    document = deepcopy(GOOD)
    *way, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    place: Any = document
    for part in way:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


def test_a_good_survey_has_no_faults() -> None:
    assert check(GOOD, CATALOGUE)[1] == []


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in bundled_surveys()])
def test_the_bundled_surveys_have_no_faults_and_say_honestly_who_checked_them(path: Any) -> None:
    survey, faults = check(read_yaml(path), CATALOGUE)
    assert faults == []
    assert survey is not None
    assert set(survey.languages) == {"en", "bn", "hi", "km", "vi", "es", "sw", "tr"}
    assert survey.draft_languages() == survey.languages
    assert all(review.note for review in survey.reviews.values())


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("survey", "Has Blanks", "survey"),
        ("survey", ..., "survey"),
        ("title", " ", "title"),
        ("colour", "red", "colour"),
        ("languages", ["en", "xx"], "languages"),
        ("languages", [], "languages"),
        ("languages", "en", "languages"),
        ("reviews.en.status", "perfect", "reviews.en.status"),
        ("reviews.en.by", "", "reviews.en"),
        ("reviews.bn", {"status": "draft"}, "reviews.bn"),
        ("purpose", {}, "purpose.en"),
        ("partial_after", "nothing", "partial_after"),
        ("questions", [], "questions"),
        ("questions", "none", "questions"),
        ("questions.0", "late?", "questions[1]"),
        ("questions.0.kind", "guess", "questions.late.kind"),
        ("questions.0.code", "Late One", "questions.Late One.code"),
        ("questions.1.code", "late", "questions.late.code"),
        ("questions.0.text", {}, "questions.late.text.en"),
        ("questions.0.text", {"en": "Late?", "fr": "Tard?"}, "questions.late.text.fr"),
        ("questions.0.score", {"yes": 1}, "questions.late.score"),
        ("questions.1.score", {"yes": 1, "no": 0}, "questions.days.score"),
        ("questions.1.min", "one", "questions.days.min"),
        ("questions.1.max", 1, "questions.days.max"),
        ("questions.1.options", [{"code": 1, "text": {"en": "a"}}], "questions.days.options"),
        ("questions.1.ask_if", {"question": "why", "is": [1]}, "questions.days.ask_if"),
        ("questions.1.ask_if", {"question": "late"}, "questions.days.ask_if"),
        ("questions.1.ask_if", {"is": ["yes"]}, "questions.days.ask_if"),
        ("questions.1.ask_if", {"all": [{"question": "late", "is": [3]}]}, "questions.days.ask_if.all[1]"),
        ("questions.2.ask_if", {"question": "days", "over": 60}, "questions.why.ask_if"),
        ("questions.2.ask_if", {"question": "days", "under": 1}, "questions.why.ask_if"),
        ("questions.2.options", [{"code": 1, "text": {"en": "a"}}], "questions.why.options"),
        ("questions.2.options.1.code", 1, "questions.why.options.1"),
        ("questions.2.options.1.code", "b", "questions.why.options[2].code"),
        ("questions.2.options.0.text.en", "STOP", "questions.why.options.1.text.en"),
        ("questions.2.options.0.text.en", "help", "questions.why.options.1.text.en"),
        ("questions.2.options.0.colour", "red", "questions.why.options[1].colour"),
        ("questions.2.text.en", "Why " * 200, "questions.why.text.en"),
        ("questions.3.kind", "scale", "questions.end"),
        ("indicators.0.domain", "weather", "indicators.pay.domain"),
        ("indicators.0.of", ["late", "gone"], "indicators.pay.of"),
        ("indicators.0.of", ["end"], "indicators.pay.of"),
        ("indicators.0.scoring", "who-5", "indicators.pay.of"),
        ("indicators.0.scoring", "magic", "indicators.pay.scoring"),
        ("needs.0.category", "astrology", "needs[1].category"),
        ("needs.0.urgency", "soonish", "needs[1].urgency"),
        ("needs.0.when", {"indicator": "gone", "over": 1}, "needs[1].when"),
        ("needs.0.when", {"question": "end", "over": 1}, "needs[1].when"),
    ],
)
def test_a_fault_is_named_with_its_place(path: str, value: Any, place: str) -> None:
    _, faults = check(changed(path, value), CATALOGUE)
    assert place in {fault.place for fault in faults}
    assert all(fault.message for fault in faults)


def test_every_fault_is_told_at_once() -> None:
    document = changed("questions.0.kind", "guess")
    document["needs"][0]["urgency"] = "soonish"
    document["title"] = ""
    with pytest.raises(SurveyInvalidError) as told:
        parse_survey(document)
    assert len(told.value.faults) == 3


def test_a_malformed_place_does_not_hide_what_is_wrong_elsewhere() -> None:
    document = changed("questions.0.text", {"en": " "})
    document["indicators"][0]["domain"] = "weather"
    places = {fault.place for fault in check(document, CATALOGUE)[1]}
    assert {"questions.late.text.en", "indicators.pay.domain"} <= places


@pytest.mark.parametrize("document", [None, [], "survey", 5])
def test_what_is_no_survey_at_all_is_told(document: object) -> None:
    with pytest.raises(SurveyInvalidError):
        parse_survey(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a: [1", "expected", id="broken"),
        pytest.param("a: 1\na: 2", "twice", id="a key twice"),
        pytest.param("!!python/object/apply:os.system ['true']", "constructor", id="code"),
        pytest.param(
            "a: &a [" + "1," * 99 + "]\nb: &b [" + "*a," * 99 + "]\nc: [" + "*b," * 99 + "]", "ValueError", id="a bomb"
        ),
        pytest.param("? [1, 2]\n: 3", "", id="a list for a key"),
        pytest.param("x" * 1_000_001, "", id="too large"),
    ],
)
def test_malformed_yaml_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InvalidError) as told:
        parse_yaml(text, "file.yaml")
    assert message in "".join(fault.message for fault in told.value.faults)


def test_an_instruments_item_outside_its_range_is_a_fault() -> None:
    document = read_yaml(next(path for path in bundled_surveys() if path.stem == "who-5"))
    document["questions"][0]["options"][0]["score"] = 9
    _, faults = check(document, CATALOGUE)
    assert any("WHO-5" in fault.message for fault in faults)


@pytest.mark.parametrize("language", sorted(CATALOGUE.limits.languages))
def test_every_text_of_the_service_fills_its_places_and_stays_short(language: str) -> None:
    voice = Voice(CATALOGUE.texts, "Open Line", parse_survey(GOOD))
    # Letters are no texts.
    keys = [key for key in CATALOGUE.texts["en"] if not key.endswith(("_letter", "_subject"))]
    assert [key for key in CATALOGUE.texts[language] if not key.endswith(("_letter", "_subject"))] == keys
    fields = {
        "service": "Demo Centre", "low": "1", "high": "5", "options": "1 = a, 2 = b", "example": "3",
        "choices": "1 = a, 2 = b", "contact": "no contact", "later": "not yet", "done": "We did it.",
        "city": "Gazipur", "code": "4821", "languages": "English, বাংলা, اردو",
    }  # fmt: skip
    for key in keys:
        text = render(Say(key, fields=fields), language, voice)
        assert "{" not in text
        assert segments(text, SplitPolicy.GRAPHEME).count <= 4, key


@pytest.mark.parametrize("language", sorted(CATALOGUE.limits.languages))
def test_the_question_about_a_call_tells_nothing_to_whoever_shares_the_phone(language: str) -> None:
    texts = CATALOGUE.texts[language]
    for key in (
        "safe_call",
        "safe_call_yes",
        "safe_call_no",
        "safe_call_reask",
        "neutral",
        "unknown",
        "cry_ack",
        "provider_declined",
    ):
        assert "{service}" not in texts[key]


def test_braces_in_a_wording_are_no_places_to_fill() -> None:
    survey = parse_survey(changed("questions.0.text", {"en": "Was {service} late, or {0}?"}))
    voice = Voice(CATALOGUE.texts, "Line {x}", survey)
    for say in (
        Say("question", "late"),
        Say("reask", "late"),
        Say("intro"),
        Say("offer", fields={"service": "{fields}"}),
    ):
        render(say, "en", voice)
    assert "Was {service} late, or {0}?" in render(Say("question", "late"), "en", voice)


def test_a_missing_translation_falls_back_to_english() -> None:
    assert "Was your wage late?" in render(
        Say("question", "late"), "bn", Voice(CATALOGUE.texts, "Open Line", parse_survey(GOOD))
    )


def test_needs_are_raised_by_the_answer_that_makes_them_true_and_once() -> None:
    survey = parse_survey(GOOD)
    assert [rule.category for rule in needs_raised(survey, {"late": True}, {"late": True, "days": 20})] == ["wages"]
    assert needs_raised(survey, {"days": 20}, {"days": 20, "why": 1}) == []
    assert scores_of(survey, {"late": True, "why": 1}) == {"pay": 25.0}
    assert scores_of(survey, {"late": True, "why": None}) == {}


def test_a_note_asks_nothing() -> None:
    assert [question.code for question in parse_survey(GOOD).questions if not question.asks] == ["end"]
    assert Kind("note") is Kind.NOTE


def test_a_plan_goes_to_json_and_back() -> None:
    plan = parse_plan(
        {
            "spread_minutes": 30,
            "sample": {"kind": "share", "share": 0.5},
            "sites": ["a"],
            "window": {"opens": "10:00", "closes": "18:30"},
        }
    )
    assert parse_plan(plan.to_json()) == plan
    assert parse_plan({}) == RoundPlan()
    assert parse_plan({"sample": {"kind": "per_stratum", "n": 3}}).sample.n == 3
    assert parse_plan({"sample": {"kind": "all"}}) == RoundPlan()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("colour", "red"), ("window", "all day"), ("window", {"opens": "20:00", "closes": "09:00"}), ("window", {"opens": "25:00"}),
        ("spread_minutes", -1), ("spread_minutes", True), ("remind_after_hours", "soon"), ("expire_after_hours", 1e6),
        ("lasts_days", 0), ("sample", "half"), ("sample", {"kind": "share", "share": 2}), ("sample", {"kind": "per_stratum", "n": 0}),
        ("sites", "all"), ("sites", [1]), ("remind_after_hours", 90),
    ],
)  # fmt: skip
def test_a_plan_that_does_not_hold_is_told_with_its_place(name: str, value: Any) -> None:
    with pytest.raises(InvalidError) as told:
        parse_plan({name: value})
    assert [fault.place for fault in told.value.faults] == [name]
