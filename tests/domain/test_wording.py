"""Texts as a worker reads them: every say in every language, complete, short, and with nothing left to fill."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.catalogue import bundled_surveys, load_catalogue
from app.catalogue.documents import read_yaml
from app.domain.conversation import Purpose, Script, Send, advance, begin, expire, remind, unprompted
from app.domain.segments import SplitPolicy, segments
from app.domain.survey import Kind, Option, Question, Survey
from app.domain.survey.parse import parse_survey
from app.domain.wording import Say, Voice, render, render_question, rendered_texts, whole_talk

CATALOGUE = load_catalogue()
LANGUAGES = sorted(CATALOGUE.limits.languages)
SURVEYS = {path.stem: parse_survey(read_yaml(path)) for path in bundled_surveys()}
FIELDS = {"service": "Demo Centre", "reasons": ""}


def survey_of(*questions: Question) -> Survey:
    return Survey("x", "X", ("en",), {}, {"en": "your {x} week"}, questions)


def voice_of(*questions: Question) -> Voice:
    return Voice(CATALOGUE.texts, "Line {organiser}", survey_of(*questions))


def said_in(survey: Survey, language: str) -> set[tuple[str, str, str]]:
    """Every text the engine can send in a survey: what is asked, asked again, reminded, and every answer to a command."""
    script = Script(CATALOGUE.lexicons, survey)
    says: list[Any] = []
    talk, effects = begin(Purpose.SURVEY, language)
    for reply in ("xyzzy", "HELP", "my boss hits me", "1"):
        says += [
            *effects,
            *remind(talk)[1],
            *expire(talk)[1],
            *advance(talk, "STOP", script)[1],
            *advance(talk, "START", script)[1],
        ]
        talk, effects = advance(talk, reply, script)
    while talk.open:
        for reply in ("HELP", "my boss hits me", "START", "STOP", "xyzzy"):
            says += advance(talk, reply, script)[1]
        says += [*effects, *remind(talk)[1]]
        talk, effects = advance(talk, "skip", script)
    says += [*effects, *unprompted("hello", language, script, opted_out=False, quiet=False)]
    voice = Voice(CATALOGUE.texts, "Open Line", survey)
    return {(say.say.key, say.say.question, render(say.say, language, voice)) for say in says if isinstance(say, Send)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(SURVEYS))
def test_every_text_of_a_survey_is_complete_and_short(name: str, language: str) -> None:
    said = said_in(SURVEYS[name], language)
    keys = {key for key, _, _ in said}
    assert keys == {"intro", "reask_intro", "help", "question", "reask", "thanks", "stopped", "neutral"}
    unconditional = {question.code for question in SURVEYS[name].questions if question.asks and question.ask_if is None}
    assert {code for _, code, _ in said if code} == unconditional
    for key, code, text in said:
        assert text == text.strip()
        assert text
        assert "{" not in text, (key, code)
        assert segments(text, SplitPolicy.GRAPHEME).count <= 6, (key, code, text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("purpose", [Purpose.OFFER, Purpose.CHECK, Purpose.SAFE_CALL])
def test_every_text_of_an_offer_a_check_and_a_call_is_complete(purpose: Purpose, language: str) -> None:
    talk, first = begin(purpose, language, FIELDS)
    script = Script(CATALOGUE.lexicons)
    says = [*first, *remind(talk)[1]]
    for reply in ("1", "2", "xyzzy", "my boss hits me", "HELP", "STOP", "START"):
        says += advance(talk, reply, script)[1]
    voice = Voice(CATALOGUE.texts, "Open Line")
    texts = {render(say.say, language, voice) for say in says if isinstance(say, Send)}
    assert len(texts) >= 7
    for text in texts:
        assert "{" not in text
        assert text.strip()
        assert segments(text, SplitPolicy.GRAPHEME).count <= 6, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_and_letter_is_there_in_every_language_with_the_same_places(language: str) -> None:
    def places(text: str) -> list[str]:
        return sorted(part.partition("}")[0] for part in text.split("{")[1:])

    assert CATALOGUE.texts[language].keys() == CATALOGUE.texts["en"].keys()
    for key, text in CATALOGUE.texts["en"].items():
        assert places(CATALOGUE.texts[language][key]) == places(text), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_is_another_languages_and_each_has_its_address_on_a_line_of_its_own(language: str) -> None:
    letters = {key: text for key, text in CATALOGUE.texts[language].items() if key.endswith(("_letter", "_subject"))}
    assert len(letters) == 4
    for key, text in letters.items():
        assert text not in [CATALOGUE.texts[other][key] for other in LANGUAGES if other != language]
        lines = text.split("\n")
        assert lines.count("{link}") == (1 if key.endswith("_letter") else 0)
        assert len(lines) == (5 if key.endswith("_letter") else 1), "a subject is one line"


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_to_stop_is_told_in_the_first_text_the_reminder_and_the_help(language: str) -> None:
    for key in ("intro", "reminder", "help", "started", "unknown"):
        assert "STOP" in CATALOGUE.texts[language][key], key
    assert "START" in CATALOGUE.texts[language]["stopped"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_digits_we_ask_for_are_the_ones_that_are_typed(language: str) -> None:
    for key in (
        "intro",
        "reask_intro",
        "yes_no_options",
        "offer",
        "offer_reask",
        "check",
        "check_reask",
        "safe_call",
        "safe_call_reask",
    ):
        text = CATALOGUE.texts[language][key]
        assert "1" in text, key
        assert "2" in text, key


ASKED = {"en": "How {much}, in %?"}
OPTIONS = (Option(1, "a", {"en": "{a}"}), Option(2, "b", {"en": "b}"}))
WAGE = Question("q", Kind.NUMBER, ASKED, minimum=1_000_000, maximum=50_000_000)


@pytest.mark.parametrize(
    ("question", "text", "again"),
    [
        pytest.param(Question("q", Kind.SINGLE, ASKED, OPTIONS), "How {much}, in %?\n1 = {a}, 2 = b}", "number only: 1 = {a}, 2 = b}", id="single"),
        pytest.param(Question("q", Kind.MANY, ASKED, OPTIONS), "How {much}, in %?\n1 = {a}, 2 = b}\nReply all that fit, e.g. 1 3.", "e.g. 1 3: 1 = {a}, 2 = b}", id="many"),
        pytest.param(Question("q", Kind.YES_NO, ASKED), "How {much}, in %?\n1 = yes, 2 = no", "number only: 1 = yes, 2 = no", id="yes or no"),
        pytest.param(Question("q", Kind.SCALE, ASKED, minimum=1, maximum=5), "How {much}, in %?\nReply a number from 1 to 5.", "for example 2.", id="scale"),
        pytest.param(Question("q", Kind.SCALE, ASKED, minimum=0, maximum=1_000_000), "How {much}, in %?\nReply a number from 0 to 1000000.", "for example 1.", id="long scale"),
        pytest.param(Question("q", Kind.SCALE, ASKED, minimum=1.0, maximum=5.0), "How {much}, in %?\nReply a number from 1 to 5.", "for example 2.", id="scale of decimals"),
        pytest.param(Question("q", Kind.NUMBER, ASKED), "How {much}, in %?\nReply a number.", "for example 10.", id="number"),
        pytest.param(Question("q", Kind.NUMBER, ASKED, maximum=7), "How {much}, in %?\nReply a number.", "for example 7.", id="number with an end"),
        pytest.param(Question("q", Kind.NUMBER, ASKED, minimum=0.5, maximum=1), "How {much}, in %?\nReply a number.", "for example 0.5.", id="number in a narrow range"),
        pytest.param(WAGE, "How {much}, in %?\nReply a number.", "for example 1000000.", id="a wage"),
        pytest.param(Question("q", Kind.TEXT, ASKED), "How {much}, in %?\nReply in your own words.", "Please reply in your own words.", id="own words"),
        pytest.param(Question("q", Kind.NOTE, ASKED), "How {much}, in %?", "Please reply in your own words.", id="note"),
    ],
)  # fmt: skip
def test_a_question_as_it_is_asked_and_asked_again(question: Question, text: str, again: str) -> None:
    voice = voice_of(question)
    assert render(Say("question", "q"), "en", voice) == text == render_question(question, "en", voice)
    asked_again = render(Say("reask", "q"), "en", voice)
    assert asked_again.endswith(again)
    assert asked_again != text


def test_notes_and_a_kind_word_go_before_the_question() -> None:
    voice = voice_of(Question("n", Kind.NOTE, {"en": "A {note}."}), Question("q", Kind.YES_NO, {"en": "So?"}))
    text = render(Say("question", "q", notes=("n", "gone"), prefix="cry_ack"), "en", voice)
    assert text == "We received your message. Someone will read it.\nA {note}.\nSo?\n1 = yes, 2 = no"


def test_only_the_services_own_places_are_filled() -> None:
    voice = voice_of(Question("q", Kind.YES_NO, {"en": "So?"}))
    assert render(Say("intro"), "en", voice).startswith("Line {organiser} asks about your {x} week: 1 short questions.")
    offer = render(Say("offer", fields={"service": "The {fields} House"}), "en", voice)
    assert "The {fields} House" in offer
    assert "only: your phone number and language." in offer


def test_questions_that_may_be_skipped_are_not_promised() -> None:
    pulse = SURVEYS["factory-pulse"]
    assert "10 short questions" in render(Say("intro"), "en", Voice(CATALOGUE.texts, "X", pulse))
    assert sum(question.asks for question in pulse.questions) == 11


def test_a_language_without_texts_is_spoken_to_in_english() -> None:
    voice = Voice(CATALOGUE.texts, "X", survey_of(Question("q", Kind.YES_NO, {"de": "Na und?"})))
    assert render(Say("thanks"), "de", voice) == CATALOGUE.texts["en"]["thanks"]
    assert render(Say("question", "q"), "de", voice) == "Na und?\n1 = yes, 2 = no"
    assert render(Say("question", "q"), "sw", voice) == "Na und?\n1 = ndiyo, 2 = hapana"
    assert render(Say("question", "q"), "de", voice_of(Question("q", Kind.NOTE, {}))) == ""


def test_outside_a_survey_nothing_is_counted_and_notes_say_nothing() -> None:
    text = render(Say("help", notes=("n",)), "en", Voice(CATALOGUE.texts, "Open Line"))
    assert text.startswith("Open Line: short questions")


def test_the_texts_of_a_survey_are_named_by_their_places() -> None:
    named = dict(rendered_texts(SURVEYS["phq-4"], Voice(CATALOGUE.texts, "X", SURVEYS["phq-4"])))
    assert len(named) == 8 * 5
    assert {"purpose.km", "questions.down.text.tr"} <= named.keys()


@settings(max_examples=100, deadline=None)
@given(st.builds(
    Say, st.sampled_from(["question", "thanks", "offer"]), st.sampled_from(["", "q"]), st.lists(st.text(max_size=3), max_size=2).map(tuple),
    st.sampled_from(["", "cry_ack", "reminder"]), st.dictionaries(st.text(max_size=3), st.text(max_size=9), max_size=2),
))  # fmt: skip
def test_a_say_is_kept_as_json_and_comes_back(say: Say) -> None:
    assert Say.from_json(json.loads(json.dumps(say.to_json()))) == say


def test_a_whole_talk_holds_the_notes_before_the_question_they_belong_to() -> None:
    questions = (
        Question("hello", Kind.NOTE, {"en": "A note."}),
        Question("paid", Kind.YES_NO, {"en": "Paid?"}),
        Question("bye", Kind.NOTE, {"en": "Another."}),
    )
    says = whole_talk(survey_of(*questions))
    assert [(say.key, say.question, say.notes) for say in says] == [
        ("intro", "", ()),
        ("question", "paid", ("hello",)),
        ("thanks", "", ("bye",)),
    ]


def test_a_question_asks_again_in_its_own_words_where_it_has_some() -> None:
    asked = Question("late", Kind.YES_NO, {"en": "Late?"}, reask={"en": "Only yes or no, please."})
    voice = voice_of(asked)
    assert render(Say("reask", "late"), "en", voice) == "Only yes or no, please.\n1 = yes, 2 = no"
    assert dict(rendered_texts(survey_of(asked), voice))["questions.late.reask.en"].startswith("Only yes or no")
