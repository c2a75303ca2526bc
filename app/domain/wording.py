"""Texts as a worker reads them: a survey's wording and the service's own, put together in one language.

A message in the outbox holds a `Say`, not a text: it is rendered when it is sent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from app.domain.survey import Kind, Question, Survey

ServiceTexts = Mapping[str, Mapping[str, str]]
"""Language → key → the service's own text, with `{places}` to fill."""

FALLBACK_LANGUAGE = "en"


_NOTHING: Mapping[str, str] = MappingProxyType({})


class Say(NamedTuple):
    """One text to send: the service text `key` (or the question), words before it, and what fills its places."""

    key: str
    question: str = ""
    notes: tuple[str, ...] = ()
    prefix: str = ""
    fields: Mapping[str, str] = _NOTHING

    def to_json(self) -> dict[str, Any]:
        """The plain form kept in the outbox."""
        return {
            "key": self.key,
            "question": self.question,
            "notes": list(self.notes),
            "prefix": self.prefix,
            "fields": dict(self.fields),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Say":
        """The `Say` that `to_json` kept."""
        return cls(kept["key"], kept["question"], tuple(kept["notes"]), kept["prefix"], kept["fields"])


@dataclass(frozen=True, slots=True)
class Voice:
    """Everything rendering needs: whose survey it is and the service's texts. `survey` is None outside a round."""

    texts: ServiceTexts
    organiser: str
    survey: Survey | None = None

    def service(self, key: str, language: str) -> str:
        """The service text in the language; in English where the language has none."""
        spoken = self.texts.get(language, {})
        return spoken.get(key) or self.texts[FALLBACK_LANGUAGE][key]


def render(say: Say, language: str, voice: Voice) -> str:
    """The text of a message, in `language`."""
    parts = [_fill(voice.service(say.prefix, language), say, language, voice)] if say.prefix else []
    for code in say.notes:
        note = voice.survey.question(code) if voice.survey else None
        parts.append(_wording(note.text, language) if note else "")
    question = voice.survey.question(say.question) if voice.survey and say.question else None
    if question is None:
        parts.append(_fill(voice.service(say.key, language), say, language, voice))
    elif say.key == "question":
        parts.append(render_question(question, language, voice))
    else:
        parts.append(_reask(question, say.key, language, voice))
    return "\n".join(part for part in parts if part)


def whole_talk(survey: Survey) -> list[Say]:
    """What a worker who answers everything at once is sent: the introduction, each question with the notes before it,
    and thanks. Skip rules are left out of account, so it is the most of these.
    """
    says, notes = [Say("intro")], list[str]()
    for question in survey.questions:
        if question.asks:
            says.append(Say("question", question.code, tuple(notes)))
            notes = []
        else:
            notes.append(question.code)
    return [*says, Say("thanks", notes=tuple(notes))]


def render_question(question: Question, language: str, voice: Voice) -> str:
    """A question with its choices or its hint."""
    hint = _hint(question, language, voice)
    return f"{_wording(question.text, language)}\n{hint}" if hint else _wording(question.text, language)


def _hint(question: Question, language: str, voice: Voice) -> str:  # noqa: PLR0911 - a line for each kind
    match question.kind:
        case Kind.SINGLE:
            return choices(question, language)
        case Kind.MANY:
            return f"{choices(question, language)}\n{voice.service('many_hint', language)}"
        case Kind.YES_NO:
            return voice.service("yes_no_options", language)
        case Kind.SCALE:
            low, high = _figure(question.minimum or 0), _figure(question.maximum or 0)
            return voice.service("scale_hint", language).format(low=low, high=high)
        case Kind.NUMBER:
            return voice.service("number_hint", language)
        case Kind.TEXT:
            return voice.service("text_hint", language)
        case Kind.NOTE:
            return ""


def choices(question: Question, language: str) -> str:
    """The options in one line: `1 = on time, 2 = late`."""
    return ", ".join(f"{option.code} = {_wording(option.text, language)}" for option in question.options)


_REASKS = {
    Kind.SINGLE: "reask_choice",
    Kind.YES_NO: "reask_choice",
    Kind.MANY: "reask_many",
    Kind.NUMBER: "reask_number",
    Kind.SCALE: "reask_number",
    Kind.TEXT: "reask_text",
    Kind.NOTE: "reask_text",
}


def _reask(question: Question, key: str, language: str, voice: Voice) -> str:
    if key == "reask" and question.reask:
        return f"{_wording(question.reask, language)}\n{_hint(question, language, voice)}"
    options = voice.service("yes_no_options", language) if question.kind is Kind.YES_NO else choices(question, language)
    text = voice.service(_REASKS[question.kind] if key == "reask" else key, language)
    return text.format(options=options, example=_example(question))


def _example(question: Question) -> str:
    """A number that would do: within the range, and not its end where that can be helped."""
    if question.minimum is None:
        return _figure(10 if question.maximum is None else min(10, question.maximum))
    above = question.minimum + 1 if question.minimum < 10 else question.minimum  # noqa: PLR2004 - 1000001 is no example
    return _figure(above if question.maximum is None or above <= question.maximum else question.minimum)


def _figure(number: float) -> str:
    """A number as people write it: 5000000, not 5e+06."""
    return str(int(number)) if float(number).is_integer() else str(number)


def _wording(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or texts.get(FALLBACK_LANGUAGE) or next(iter(texts.values()), "")


def _fill(text: str, say: Say, language: str, voice: Voice) -> str:
    survey = voice.survey
    places = {
        "organiser": voice.organiser,
        "purpose": _wording(survey.purpose, language) if survey else "",
        "count": str(sum(1 for question in survey.questions if question.asks and question.ask_if is None))
        if survey
        else "",
        "fields": voice.service("fields", language) if "{fields}" in text else "",
        **say.fields,
    }
    return text.format_map(places)


def rendered_texts(survey: Survey, voice: Voice) -> Iterator[tuple[str, str]]:
    """Every text of a survey as it would be sent: (place, text), for the segment count."""
    for language in survey.languages:
        yield f"purpose.{language}", render(Say("intro"), language, voice)
        for question in survey.questions:
            yield f"questions.{question.code}.text.{language}", render_question(question, language, voice)
            if question.reask:
                yield f"questions.{question.code}.reask.{language}", _reask(question, "reask", language, voice)
