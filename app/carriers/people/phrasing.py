"""How a virtual worker writes what they mean: a digit, a word of their language, or a word with a slip in it."""

import csv
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import resources
from random import Random

from app.domain.survey import Kind, Question, Value
from app.domain.understanding import Lexicon, Sense, find_cries, read_command, understand
from app.domain.understanding.commands import Order

_YES_NO = Question(code="yes-no", kind=Kind.YES_NO, text={})
_SHORTEST_SLIPPED = 4


@cache
def _remarks() -> Mapping[str, tuple[str, ...]]:
    """Language → free texts, as drafted for rehearsals; no real person wrote them."""
    lines = resources.files("app.carriers").joinpath("data/remarks.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(lines))
    return {row["language"]: tuple(one["text"] for one in rows if one["language"] == row["language"]) for row in rows}


class Speech:
    """The words of one language that are surely understood, found once.

    A word that the reader would take for a command or for something else is never typed by a person who means well.
    """

    def __init__(self, lexicon: Lexicon, lexicons: Mapping[str, Lexicon]) -> None:
        self.lexicon = lexicon
        self._plain: Callable[[str], bool] = lambda text: read_command(text, lexicon.language, lexicons) is None
        self.yes: tuple[str, ...] = self._understood(lexicon.of(Sense.YES), value=True)
        self.no: tuple[str, ...] = self._understood(lexicon.of(Sense.NO), value=False)
        self.stop: tuple[str, ...] = tuple(
            word for word in sorted(lexicon.of(Sense.STOP)) if _stops(word, lexicon.language, lexicons)
        ) or ("STOP",)
        self.cries: tuple[str, ...] = tuple(
            phrase for phrase in (" ".join(cry.words) for cry in lexicon.cries) if find_cries(phrase, lexicon)
        )

    def _understood(self, words: Iterable[str], *, value: bool) -> tuple[str, ...]:
        return tuple(
            word
            for word in sorted(words)
            if self._plain(word) and understand(word, _YES_NO, self.lexicon).value is value
        )

    # -- one answer -----------------------------------------------------------------------------

    def digits(self, question: Question, value: Value) -> str:
        """The shortest way to say it; a text is said as it is."""
        if isinstance(value, bool):
            return "1" if value else "2"
        if isinstance(value, tuple):
            return " ".join(map(str, value))
        return f"{value:g}" if isinstance(value, int | float) else value or self.remark(question)

    def words(self, question: Question, value: Value, rng: Random) -> str:
        """In words of the language, where they are understood as meant; else in digits."""
        worded = self._worded(question, value, rng)
        safe = bool(worded) and self._plain(worded) and understand(worded, question, self.lexicon).value == value
        return worded if safe else self.digits(question, value)

    def slip(self, question: Question, value: Value, rng: Random) -> str:
        """In words with two neighbouring letters swapped; whether it is understood is the reader's affair."""
        slipped = swap_letters(self._worded(question, value, rng), rng)
        return slipped if slipped and self._plain(slipped) else self.digits(question, value)

    def remark(self, question: Question) -> str:
        """A free text."""
        remarks = _remarks().get(self.lexicon.language) or self.no or ("-",)
        return remarks[sum(question.code.encode()) % len(remarks)]

    def _worded(self, question: Question, value: Value, rng: Random) -> str:
        if isinstance(value, bool):
            known = self.yes if value else self.no
            return rng.choice(known) if known else ""
        if isinstance(value, tuple):
            return f" {_joiner(self.lexicon)} ".join(map(str, value))
        if question.kind is Kind.SINGLE and isinstance(value, int):
            option = question.option(value)
            return option.text.get(self.lexicon.language, "") if option else ""
        if isinstance(value, int | float):
            spelled = sorted(word for word, number in self.lexicon.of(Sense.NUMBER).items() if number == value)
            return rng.choice(spelled) if spelled else ""
        return value or self.remark(question)


def _joiner(lexicon: Lexicon) -> str:
    return min(lexicon.of(Sense.AND), key=lambda word: (-len(word), word), default=",")


def _stops(word: str, language: str, lexicons: Mapping[str, Lexicon]) -> bool:
    command = read_command(word, language, lexicons)
    return command is not None and command.order is Order.STOP


def swap_letters(text: str, rng: Random) -> str:
    """`text` with two neighbouring, different letters swapped; as it is where it has none.

    Marks are left alone: in Indic scripts a slip of the thumb moves a letter with its sign.
    """
    places = [at for at in range(len(text) - 1) if text[at] != text[at + 1] and text[at : at + 2].isalpha()]
    if not places or len(text) < _SHORTEST_SLIPPED:
        return text
    at = rng.choice(places)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
