"""Every text around a need of the high tier, in every language, read for what nobody must read over a shoulder.

The conversation about a safe call is driven through whatever a worker may write, as are cries within a survey and out of
the blue, with a service's name, place and number lying at hand: none of it may come out, nor what the need is about.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from string import Formatter

import pytest

from app.catalogue.documents import read_yaml
from app.catalogue.places import DATA
from app.domain.conversation import (
    Conversation,
    Effect,
    Flag,
    Purpose,
    Script,
    Send,
    advance,
    begin,
    expire,
    remind,
    resume,
    unprompted,
)
from app.domain.survey.parse import parse_survey
from app.domain.understanding import fold, tokens
from app.domain.wording import Say, Voice, render
from tests.domain.test_surveys import GOOD
from tests.sensitive import CATALOGUE, LANGUAGES, hints

ORGANISER = "Zzyzx"
SERVICE = {
    "service": "Lotus Shelter", "address": "12 Rose Road", "place": "Gazipur", "phone": "+8801711000009",
    "category": "harassment", "reasons": "Offers harassment; 3 km away",
}  # fmt: skip
CRIES = ("my boss beats me", "i want to kill myself", "they took my passport")
REPLIES = (
    *CRIES, "1", "2", "1 after eight", "yes but he reads this phone", "blue", "who are you?", "HELP", "later", "3",
    "STOP", "START", "wrong number", "i am driving right now",
)  # fmt: skip
DEEP = 3
"""Replies in a row: unclear twice ends a conversation."""
SCRIPT = Script(CATALOGUE.lexicons)
NAMES_THE_EMPLOYER = "intro"
"""It says before anything else that the employer never sees an answer; no other text speaks of people."""
TO_ANYBODY = (
    "menu", "menu_pause", "menu_again", "pick_reask", "services_none", "status", "status_none", "status_asked",
    "status_looking", "status_person", "cancel_which", "cancelled", "request_ended", "case_waits",
)  # fmt: skip
"""What whoever has a need of the high tier may read too, or the person who takes care of it."""


def said(effects: Iterable[Effect]) -> Iterator[Say]:
    return (effect.say for effect in effects if isinstance(effect, Send))


@cache
def texts_about_a_call() -> tuple[Say, ...]:
    """Whatever is sent in a conversation about a safe call, by any replies in a row, reminders and pauses."""
    first, effects = begin(Purpose.SAFE_CALL, "en", dict(SERVICE))
    told, met, ways = list(said(effects)), [first], [first]
    for _ in range(DEEP):
        steps = [advance(talk, words, SCRIPT) for talk in ways for words in REPLIES]
        steps += [move(talk) for talk in ways for move in (remind, resume, expire)]
        told += [say for _, effects in steps for say in said(effects)]
        ways = list[Conversation]()
        for talk, _ in steps:
            if talk.open and talk not in met:
                met.append(talk)
                ways.append(talk)
    return once(told)


@cache
def texts_after_cries() -> tuple[Say, ...]:
    """What answers a cry: out of the blue, before consent, and at a question (which itself is the survey's own)."""
    script = Script(CATALOGUE.lexicons, parse_survey(GOOD))
    told = list[Say]()
    for cry in CRIES:
        told += said(unprompted(cry, "en", SCRIPT, opted_out=False, quiet=False))
        told += said(unprompted(cry, "", SCRIPT, opted_out=False, quiet=False))
        invited, _ = begin(Purpose.SURVEY, "en")
        asked, _ = advance(invited, "1", script)
        for talk in (invited, asked):
            _, effects = advance(talk, cry, script)
            assert any(isinstance(effect, Flag) for effect in effects), cry
            told += [Say(say.prefix) if say.question and say.prefix else say for say in said(effects)]
    return once(say for say in told if not say.question)


def once(says: Iterable[Say]) -> tuple[Say, ...]:
    return tuple({repr(say): say for say in says}.values())


def everything() -> tuple[Say, ...]:
    return once([*texts_about_a_call(), *texts_after_cries()])


def sent(say: Say, language: str) -> str:
    return render(say, language, Voice(CATALOGUE.texts, ORGANISER))


@cache
def registered() -> frozenset[str]:
    """Names of the demo's organizations, services and places, and its numbers."""
    found = set[str]()

    def walk(value: object, name: str = "") -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, key)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, name)
        elif isinstance(value, str) and name in {"alternate_name", "city", "state_province", "number", "address_1"}:
            found.add(fold(value))

    walk(read_yaml(DATA / "registry_demo.json"))
    return frozenset(found)


def test_the_drive_meets_all_that_can_be_said() -> None:
    keys = {name for say in everything() for name in (say.key, say.prefix) if name}
    assert keys >= {
        "safe_call", "safe_call_yes", "safe_call_no", "safe_call_reask", "cry_ack", "neutral", "reminder", "help",
        "later", "later_set", "stopped", "wrong_person", "reask_intro",
    }  # fmt: skip
    assert not keys & {"offer", "offer_accepted", "provider_accepted", "check"}, "those name a service"
    assert len(registered()) > 20


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_has_a_place_for_anything_but_who_asks(language: str) -> None:
    for say in everything():
        for key in filter(None, (say.key, say.prefix)):
            places = {name for _, name, _, _ in Formatter().parse(CATALOGUE.texts[language][key]) if name}
            assert places <= {"organiser"}, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_holds_a_name_a_place_or_a_number_of_a_service(language: str) -> None:
    for say in everything():
        text = sent(say, language)
        words = f" {' '.join(tokens(fold(text)))} "
        told = {part for value in SERVICE.values() for part in tokens(fold(value)) if len(part) > 2}
        assert not [part for part in told if f" {part} " in words], text
        assert not [name for name in registered() if f" {name} " in words], text
        assert set(re.findall(r"\d+", text)) <= {"1", "2", "3"}, "digits only to reply with"
        assert not re.search(r"[@/]|www|https?", text), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_tells_what_it_is_about(language: str) -> None:
    found = {say.key: words for say in everything() if (words := hints(sent(say, language), language))}
    assert not found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_about_a_call_names_any_need_but_that_a_message_came(language: str) -> None:
    names = {fold(category.names[language]) for code, category in CATALOGUE.categories.items() if code != "other"}
    for say in texts_about_a_call():
        if say.key.startswith("safe_call") and not say.prefix:
            words = f" {' '.join(tokens(fold(sent(say, language))))} "
            assert not [name for name in names if f" {name} " in words]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_the_service_hints_at_the_high_tier_whatever_it_answers(language: str) -> None:
    told = {key: hints(text, language) for key, text in CATALOGUE.texts[language].items() if key != NAMES_THE_EMPLOYER}
    assert not {key: words for key, words in told.items() if words}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_the_service_holds_a_name_an_address_or_a_number_of_its_own(language: str) -> None:
    for key, text in CATALOGUE.texts[language].items():
        words = f" {' '.join(tokens(fold(text)))} "
        assert not [name for name in registered() if f" {name} " in words], key
        assert set(re.findall(r"\d+", text)) <= set("012345"), f"{key}: digits only to reply with"
        assert not re.search(r"@|www|https?", text), key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", TO_ANYBODY)
def test_what_anybody_may_be_told_has_a_place_for_no_service(key: str, language: str) -> None:
    places = {name for _, name, _, _ in Formatter().parse(CATALOGUE.texts[language][key]) if name}
    assert places <= {"organiser", "contact", "choices"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_request_of_the_high_tier_reads_as_a_personal_matter_that_somebody_takes_care_of(language: str) -> None:
    texts, named = CATALOGUE.texts[language], CATALOGUE.categories["harassment"].names[language]
    stands = f"{named}: {texts['status_person'].format(organiser=ORGANISER)}"
    for key in ("status", "cancel_which"):
        assert not hints(texts[key].format(choices=stands), language)
