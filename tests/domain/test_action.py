"""What may be written about a finding, and what is never texted back."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.action import Action, Finding, check_action, indicators_of, may_be_told_back, speaks_of_grave_things
from app.domain.errors import Fault
from app.domain.survey import Review, Status, Survey
from app.domain.survey.parse import parse_survey
from tests.steps import PULSE

PULSE_SURVEY = parse_survey(PULSE)
ROUND = UUID(int=1)
FINDING = Finding(ROUND, "Six in ten feel unsafe at the cutting tables", indicator="safety")
ACTION = Action(
    FINDING, "Rina, safety committee", date(2026, 12, 1), texts={"en": "The cutting tables have guards now."}
)
LEXICONS = load_catalogue().lexicons


def faults(action: Action, survey: Survey = PULSE_SURVEY) -> list[Fault]:
    return check_action(
        action,
        survey,
        ["gazipur"],
        lambda text, language: speaks_of_grave_things(text, language, LEXICONS),
        lambda text, _: f"Open Line: {text} STOP ends messages.",
        4,
    )


def places(action: Action, survey: Survey = PULSE_SURVEY) -> list[str]:
    return [fault.place for fault in faults(action, survey)]


def about(**finding: object) -> Action:
    return replace(ACTION, finding=replace(FINDING, **finding))


def test_a_plain_action_has_no_fault() -> None:
    assert faults(ACTION) == []
    assert faults(about(indicator="", question="safe", sites=("gazipur",))) == []


@pytest.mark.parametrize(
    ("action", "place"),
    [
        pytest.param(about(indicator=""), "finding", id="about nothing"),
        pytest.param(about(question="safe"), "finding", id="about two things"),
        pytest.param(about(indicator="joy"), "finding.indicator", id="unknown indicator"),
        pytest.param(about(indicator="", question="joy"), "finding.question", id="unknown question"),
        pytest.param(about(sites=("nairobi",)), "finding.sites", id="a site that was not asked"),
        pytest.param(replace(ACTION, texts={}), "texts.en", id="a language is missing"),
        pytest.param(replace(ACTION, texts={"en": "  "}), "texts.en", id="a text is empty"),
        pytest.param(replace(ACTION, texts={"en": "Done.", "fr": "Fait."}), "texts.fr", id="a language too many"),
        pytest.param(replace(ACTION, reviews={"fr": Review()}), "reviews.fr", id="a review too many"),
        pytest.param(replace(ACTION, texts={"en": "long " * 200}), "texts.en", id="too many segments"),
        pytest.param(
            replace(ACTION, texts={"en": "The man who raped her was dismissed."}), "texts.en", id="a grave text"
        ),
    ],
)
def test_a_fault_is_named_by_its_place(action: Action, place: str) -> None:
    assert places(action) == [place]


def test_what_the_high_tier_may_come_from_is_never_texted_back() -> None:
    (fault,) = faults(about(indicator="", question="touched"))
    assert "never texted back" in fault.message


def test_nor_an_indicator_that_rests_on_it() -> None:
    document = {
        **PULSE,
        "indicators": [
            *PULSE["indicators"],
            {"code": "respected", "domain": "respect", "of": ["safe", "touched"], "scoring": "mean"},
        ],
    }
    survey = parse_survey(document)
    assert places(about(indicator="respected"), survey) == ["finding"]
    assert may_be_told_back(survey, indicator="safety")
    assert not may_be_told_back(survey, indicator="respected")


def test_nor_a_sign_of_forced_labour() -> None:
    survey = replace(PULSE_SURVEY, signs=("fed",))
    assert places(about(indicator="", question="fed"), survey) == ["finding"]


@pytest.mark.parametrize(
    ("text", "language", "grave"),
    [
        pytest.param("My supervisor beats me is what you told us.", "en", True, id="words of a cry"),
        pytest.param("We have a rule against harassment now.", "en", True, id="a grave topic"),
        pytest.param("There is clean water on each floor.", "en", False, id="water"),
        pytest.param("Wages are paid on the 7th.", "en", False, id="pay"),
    ],
)
def test_a_text_for_a_shared_phone_holds_nothing_grave(text: str, language: str, *, grave: bool) -> None:
    assert speaks_of_grave_things(text, language, LEXICONS) is grave


def test_a_question_moves_the_indicators_made_of_it() -> None:
    assert indicators_of(FINDING, PULSE_SURVEY) == ("safety",)
    assert indicators_of(replace(FINDING, indicator="", question="fed"), PULSE_SURVEY) == ("food",)


def test_a_wording_is_a_draft_until_somebody_stands_for_it() -> None:
    assert ACTION.draft_languages() == ("en",)
    assert replace(ACTION, reviews={"en": Review(Status.REVIEWED, "R", "2026-11-01")}).draft_languages() == ()
