"""A reply, cut into words once and handed to whoever reads it."""

import re
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import regex

from app.domain.understanding.cutting import Cutter
from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.numerals import parse_number

_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Extended_Pictographic}")
_GLUED = re.compile(r"[0-9]([a-z]{2,})")
_DIGIT = re.compile(r"[0-9]")
_SIGN = "no"
_POLITE = Sense.POLITE
_DECIDING = frozenset({Sense.YES, Sense.NO, Sense.UNSURE, Sense.NUMBER})


class Reply(NamedTuple):
    """A folded text, all its words, and its `core`: the words without politeness, all where nothing else is left.

    A tuple, since one is made for every reply, and tuples are made faster than other values.

    Attributes:
        phrases: the whole reply with and without politeness, and in one word: "no body" is "nobody".
        hints: all that its words may say, alone or as phrases; what is not among it need not be looked for.
        has_digit: whether a digit stands in it, be it inside a word.
    """

    folded: str
    words: tuple[str, ...]
    core: tuple[str, ...]
    lexicon: Lexicon
    phrases: tuple[str, ...]
    hints: frozenset[Sense]
    has_digit: bool

    @classmethod
    def of(
        cls,
        folded: str,
        words: tuple[str, ...],
        lexicon: Lexicon,
        kept: Collection[str] = (),
        cutter: Cutter | None = None,
    ) -> "Reply":
        """The reply of a folded text and its words.

        `kept` are words that name an option; `cutter` knows them where the question is in a script without blanks.
        """
        plain = folded.isascii()
        if not plain:
            words = (cutter or lexicon.cutter).cut(words)
        hints = lexicon.hints(words)
        core = strip(words, lexicon, kept) if _POLITE in hints else words if plain else _undecorated(words, lexicon)
        phrases = _phrases(words, core)
        if len(core) > 1 and phrases[-1] in lexicon.begun:
            hints |= lexicon.begun[phrases[-1]]
        return cls(folded, words, core, lexicon, phrases, hints, _DIGIT.search(folded) is not None)

    def reworded(self, change: Callable[[Sequence[str]], tuple[str, ...]]) -> "Reply":
        """The same reply with other words; itself where none changes."""
        words = change(self.words)
        if words == self.words:
            return self
        core = change(self.core)
        phrases = _phrases(words, core)
        hints = self.lexicon.hints((*words, phrases[-1]))
        return self._replace(words=words, core=core, phrases=phrases, hints=hints)

    def without_signs(self) -> "Reply":
        """The same without the "no" that stands by a number where it is short for one, and no no: Urdu "3 no", "no 3"."""
        if not self.lexicon.says(_SIGN, Sense.APPROX) or _SIGN not in self.words:
            return self
        return self.reworded(lambda words: _unsigned(words, self.lexicon))

    @property
    def holds_digits(self) -> bool:
        """Whether a word of the core is a number in digits."""
        return self.has_digit and any(parse_number(word) is not None for word in self.core)

    @property
    def glued(self) -> str:
        """The letters that stand right behind a digit."""
        folded = self.folded
        found = _GLUED.search(folded) if self.has_digit and (folded[:1].isdecimal() or " " in folded) else None
        return found[1] if found else ""

    @property
    def _spells_with_digits(self) -> bool:
        """Whether a number word is written with digits for letters: Arabic "arba3a" is four."""
        if Sense.NUMBER not in self.hints:
            return False
        parts = self.lexicon.phrases(Sense.NUMBER).cut(self.words)
        return any(known and _DIGIT.search(part) is not None for part, known in parts)

    @property
    def numbered(self) -> bool:
        """Whether its digits are numbers: "12hrs" holds one, "3adi" (Arabic in Latin letters) none."""
        glued = self.glued
        return not glued or glued in self.lexicon.senses or self._spells_with_digits


def _unsigned(words: Sequence[str], lexicon: Lexicon) -> tuple[str, ...]:
    numbered = [word.isdecimal() or lexicon.says(word, Sense.NUMBER) for word in words]
    beside = zip([False, *numbered], words, [*numbered[1:], False], strict=False)
    return tuple([word for before, word, behind in beside if word != _SIGN or not (before or behind)])


def _phrases(words: tuple[str, ...], core: tuple[str, ...]) -> tuple[str, ...]:
    if len(core) == 1:
        return core if words == core else (" ".join(words), core[0])
    whole = " ".join(words)
    return (whole, "".join(core)) if words == core else (whole, " ".join(core), "".join(core))


def strip(words: Sequence[str], lexicon: Lexicon, kept: Collection[str] = ()) -> tuple[str, ...]:
    """The words without politeness, and without faces that only decorate; what names an option is `kept`."""
    polite = lexicon.phrases(_POLITE)
    if not polite.begin(words):
        return _undecorated(words, lexicon)
    left = tuple([word for word, said in polite.cut(words) if not said or word in kept])
    return _undecorated(left, lexicon) if left else tuple(words)


def _undecorated(words: Sequence[str], lexicon: Lexicon) -> tuple[str, ...]:
    """The words without faces that say nothing; all where nothing else is left."""
    plain = tuple([word for word in words if len(word) > 1 or word.isascii() or not _decorates(word, lexicon)])
    return plain or tuple(words)


def _decorates(word: str, lexicon: Lexicon) -> bool:
    return bool(_EMOJI.match(word)) and not lexicon.says(word, *_DECIDING)
