"""The crowd: who each number is, and what they type when a text arrives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from app.carriers.people.opinions import Temper, draw_temper, draw_value
from app.carriers.people.personas import Persona, draw_delay, draw_persona
from app.carriers.people.phrasing import Speech
from app.domain.survey import Question, Survey
from app.domain.understanding import Lexicon

_SITE_BLOCK = 3  # numbers that differ in their last three digits alone work at one site
_OFFER_YES, _CHECK_YES, _CALL_YES = 0.85, 0.8, 0.85


@dataclass(frozen=True, slots=True)
class TypedText:
    """What a person types, and how long after the text that asked for it."""

    text: str = field(repr=False)
    delay: timedelta


class Crowd:
    """Deterministic people: the same seed, number and question give the same answer, in whatever order they come.

    The one thing remembered is who has cried for help already, since a cry makes the service ask again.

    Args:
        seed: of everything drawn.
        lexicons: by language; a language without one answers in digits.
    """

    def __init__(self, seed: int | str, lexicons: Mapping[str, Lexicon]) -> None:
        self._seed = seed
        self._lexicons = lexicons
        self._speeches: dict[str, Speech] = {}
        self._cried: set[str] = set()

    def persona(self, number: str) -> Persona:
        """Who has this number."""
        return draw_persona(self._rng("persona", number))

    def is_dead(self, number: str) -> bool:
        """Whether the number reaches nobody; made for `Simulator(dead=…)`."""
        return self.persona(number) is Persona.DEAD

    def respond(
        self,
        number: str,
        language: str,
        survey: Survey | None,
        say_key: str,
        question_code: str = "",
        *,
        occasion: str = "",
    ) -> list[TypedText]:
        """What the person types to a text; empty for the silent, and for a text that asks nothing.

        Args:
            number: whose phone it is.
            language: of the text.
            survey: of the round; None outside one.
            say_key: which text it was, as in a `Say`.
            question_code: which question it asked.
            occasion: a round's name, say: another one draws other answers from the same person.
        """
        persona = self.persona(number)
        if persona in {Persona.SILENT, Persona.DEAD}:
            return []
        rng = self._rng("reply", number, say_key, question_code, occasion)
        speech = self._speech(language)
        question = survey.question(question_code) if survey and question_code else None
        if survey is None or question is None or not question.asks:
            text = self._decide(persona, say_key, speech, rng)
        else:
            turn = _Turn(number, persona, survey, question, again=say_key != "question", occasion=occasion)
            text = self._answer(turn, speech, rng)
        return [TypedText(text, draw_delay(persona, rng))] if text else []

    # -- consent, offers, checks, calls ---------------------------------------------------------

    def _decide(self, persona: Persona, say_key: str, speech: Speech, rng: Random) -> str:
        replies: Mapping[str, Callable[[], str]] = {
            "intro": lambda: _agree(persona, speech, rng),
            "reask_intro": lambda: "1",
            "offer": lambda: _yes_or_no(_OFFER_YES, persona, speech, rng),
            "offer_reask": lambda: "1",
            "check": lambda: _yes_or_no(_CHECK_YES, persona, speech, rng),
            "check_reask": lambda: "1",
            "safe_call": lambda: "1 evening" if rng.random() < _CALL_YES else "2",
            "safe_call_reask": lambda: "1",
        }
        return replies[say_key]() if say_key in replies else ""

    # -- questions ------------------------------------------------------------------------------

    def _answer(self, turn: "_Turn", speech: Speech, rng: Random) -> str:
        if turn.persona in {Persona.STOP, Persona.CRY} and turn.question.code == self._breaking_point(turn):
            if turn.persona is Persona.STOP:
                return rng.choice(speech.stop)
            if speech.cries and turn.number not in self._cried:
                self._cried.add(turn.number)
                return rng.choice(speech.cries)
        # What someone means does not change when they are asked again; only how they write it does.
        meaning = self._rng("meaning", turn.number, turn.question.code, turn.occasion)
        value = draw_value(turn.question, turn.survey, self._temper(turn.number), meaning)
        if turn.again:
            return speech.digits(turn.question, value)
        if turn.persona is Persona.WORDY:
            return speech.words(turn.question, value, rng)
        if turn.persona is Persona.MISSPELT:
            return speech.slip(turn.question, value, rng)
        return speech.digits(turn.question, value)

    def _breaking_point(self, turn: "_Turn") -> str:
        """The question in the middle third at which this person stops or cries; one that everybody is asked."""
        asked = [question.code for question in turn.survey.questions if question.asks and question.ask_if is None]
        if not asked:
            return ""
        first, last = len(asked) // 3, max(len(asked) // 3, 2 * len(asked) // 3)
        return asked[self._rng("break", turn.number).randint(first, min(last, len(asked) - 1))]

    def _temper(self, number: str) -> Temper:
        return draw_temper(self._rng("site", number[:-_SITE_BLOCK]), self._rng("person", number))

    def _speech(self, language: str) -> Speech:
        if language not in self._speeches:
            lexicon = self._lexicons.get(language) or Lexicon(language)
            self._speeches[language] = Speech(lexicon, self._lexicons)
        return self._speeches[language]

    def _rng(self, *what: str) -> Random:
        return Random("|".join((str(self._seed), *what)))  # noqa: S311 - a rehearsal, not a secret


@dataclass(frozen=True, slots=True)
class _Turn:
    number: str = field(repr=False)
    persona: Persona
    survey: Survey
    question: Question
    again: bool
    occasion: str


def _agree(persona: Persona, speech: Speech, rng: Random) -> str:
    if persona is Persona.WORDY and speech.yes:
        return rng.choice(speech.yes)
    return rng.choice(("1", *speech.yes[:1]))


def _yes_or_no(share: float, persona: Persona, speech: Speech, rng: Random) -> str:
    agrees = rng.random() < share
    words = speech.yes if agrees else speech.no
    return rng.choice(words) if persona is Persona.WORDY and words else "1" if agrees else "2"
