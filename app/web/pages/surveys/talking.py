"""A phone beside the editor: the conversation held in memory; nothing is sent, kept or raised."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from app.catalogue.catalogue import Catalogue
from app.domain.conversation import Effect, Flag, Purpose, Record, Script, Send, advance, begin
from app.domain.survey import Survey
from app.domain.wording import Voice, render

_MOST = 100
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the thread: `received`, `typed`, or what the conversation made of a reply: `understood`, `need`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation so far, what was typed in it, and whether it goes on."""

    lines: Sequence[Line]
    said: Sequence[str]
    open: bool


def read_said(text: str) -> list[str]:
    """The replies typed so far, as a hidden field holds them; none where somebody meddled with it."""
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []
    if not isinstance(found, list):
        return []
    return [item[:_LONGEST] for item in cast("list[object]", found)[:_MOST] if isinstance(item, str)]


def hold(survey: Survey, language: str, said: Sequence[str], organiser: str, catalogue: Catalogue) -> Thread:
    """The conversation that these replies make, from its first text.

    It is held anew each time, so that a changed question is asked as it is now and no state is kept anywhere.
    """
    script, voice = Script(catalogue.lexicons, survey), Voice(catalogue.texts, organiser, survey)
    talk, effects = begin(Purpose.SURVEY, language)
    lines, heard = _told(effects, talk.language, voice), list[str]()
    for text in said:
        if not talk.open:
            break
        talk, effects = advance(talk, text, script)
        heard.append(text)
        lines += [Line("typed", text), *_told(effects, talk.language, voice)]
    return Thread(lines, heard, talk.open)


def _told(effects: Sequence[Effect], language: str, voice: Voice) -> list[Line]:
    lines: list[Line] = []
    for effect in effects:
        match effect:
            case Send(say):
                lines.append(Line("received", render(say, language, voice)))
            case Record(question, said):
                value = "" if said.value is None else f" {said.value}"
                lines.append(Line("understood", f"{question}: {said.outcome}{value}"))
            case Flag(category, urgency, sensitivity):
                lines.append(Line("need", f"{category}, {urgency}, {sensitivity}"))
            case _:
                pass
    return lines
