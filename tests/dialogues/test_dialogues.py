"""Whole conversations as golden files a survey author could read.

Each file names its survey and language and holds the talk: `out` what the phone shows, `in` what was typed (`early`:
before the open question had left), `time` what the clock brought; beside them what was recorded, flagged, written into the consent ledger, and how it ended.
After a change that is meant, write them anew with `pytest tests/dialogues --regenerate` and read the difference.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.catalogue.catalogue import Catalogue
from app.catalogue.documents import read_yaml
from app.catalogue.instruments import with_instruments
from app.catalogue.places import shipped
from app.domain.conversation import (
    Ask,
    Chosen,
    Close,
    Consent,
    Conversation,
    Decide,
    Effect,
    Flag,
    Later,
    Pause,
    Purpose,
    Record,
    Script,
    Send,
    SwitchLanguage,
    Unclear,
    WrongPerson,
    advance,
    begin,
    expire,
    remind,
    resume,
)
from app.domain.survey import Survey
from app.domain.survey.parse import parse_survey
from app.domain.wording import Voice, render

FOLDER = Path(__file__).parent
DIALOGUES = sorted(FOLDER.glob("*.yaml"))


_CLOCK = {"reminder": remind, "expired": expire, "resumed": resume}


def the_survey(dialogue: dict[str, Any]) -> Survey | None:
    given = dialogue.get("survey")
    if isinstance(given, str):
        return parse_survey(with_instruments(read_yaml(shipped("surveys") / f"{given}.yaml")))
    return parse_survey(given) if given else None


def played(dialogue: dict[str, Any], catalogue: Catalogue) -> list[dict[str, Any]]:
    """The talk as the engine holds it now, from the file's `in` and `time` lines alone."""
    survey = the_survey(dialogue)
    script, voice = Script(catalogue.lexicons, survey), Voice(catalogue.texts, "Open Line", survey)
    talk, effects = begin(Purpose(dialogue.get("purpose", "survey")), dialogue["language"], dialogue.get("fields"))
    lines = [*told(talk, effects, voice)]
    for line in dialogue["talk"]:
        if "in" in line:
            assert talk.open, f"the conversation ended before {line['in']!r}"
            talk, effects = advance(talk, line["in"], script, early=line.get("early", False))
        elif "time" in line:
            talk, effects = _CLOCK[line["time"]](talk)
        else:
            continue
        # What is kept in the store comes back the same.
        assert Conversation.from_json(talk.to_json()) == talk
        lines += [line, *told(talk, effects, voice)]
    return lines


def told(talk: Conversation, effects: list[Effect], voice: Voice) -> list[dict[str, Any]]:
    return [line for effect in effects for line in [shown(talk, effect, voice)]]


def shown(talk: Conversation, effect: Effect, voice: Voice) -> dict[str, Any]:  # noqa: C901, PLR0911, PLR0912 - a line for each effect
    match effect:
        case Send(say):
            return {"out": render(say, talk.language, voice)}
        case Record(question, said):
            value = list(said.value) if isinstance(said.value, tuple) else said.value
            return {
                "records": {question: value, "as": said.outcome.value, "by": said.method.value, "sure": said.confidence}
            }
        case Unclear(question):
            return {"for a person to code": question}
        case Flag(category, urgency, sensitivity, question):
            return {"flags": f"{category}, {urgency.value}, {sensitivity.value}, from {question or 'the words'}"}
        case Consent(act):
            return {"consent": act.value}
        case SwitchLanguage(language):
            return {"language": language}
        case Pause(when):
            return {"asks again": {1: "this evening", 2: "tomorrow", 3: "in a week"}[when]}
        case WrongPerson():
            return {"number": "is not this worker's"}
        case Decide(agreed):
            return {"agrees": agreed}
        case Later():
            return {"helped": "too early to say"}
        case Ask(wish):
            return {"asks for": wish.value}
        case Chosen(code):
            return {"picks": code or "none"}
        case Close(ending):
            return {"ends": ending.value}


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in DIALOGUES])
def test_the_conversation_goes_as_written(path: Path, catalogue: Catalogue, *, regenerate: bool) -> None:
    dialogue = read_yaml(path)
    talk = played(dialogue, catalogue)
    if regenerate:
        path.write_text(yaml.safe_dump({**dialogue, "talk": talk}, allow_unicode=True, sort_keys=False, width=110))
    assert talk == dialogue["talk"]


def test_there_are_dialogues_of_every_purpose_and_language(catalogue: Catalogue) -> None:
    dialogues = [read_yaml(path) for path in DIALOGUES]
    assert {dialogue.get("purpose", "survey") for dialogue in dialogues} == {purpose.value for purpose in Purpose}
    assert {dialogue["language"] for dialogue in dialogues} == catalogue.limits.languages
