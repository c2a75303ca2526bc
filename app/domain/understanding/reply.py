"""A reply, cut into words once and handed to whoever reads it."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import regex

from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.numerals import parse_number

_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Extended_Pictographic}")
_GLUED = re.compile(r"[0-9]([a-z]{2,})")
_DIGIT = re.compile(r"[0-9]")
_DECIDING = frozenset({Sense.YES, Sense.NO, Sense.UNSURE, Sense.NUMBER})


@dataclass(frozen=True, slots=True)
class Reply:
    """A folded text, all its words, and its `core`: the words without politeness, all where nothing else is left.

    Attributes:
        phrases: the whole reply with and without politeness, and in one word: "no body" is "nobody".
        holds_digits: whether a word of the core is a number in digits.
        glued: the letters that stand right behind a digit.
    """

    folded: str
    words: tuple[str, ...]
    core: tuple[str, ...]
    lexicon: Lexicon
    phrases: tuple[str, ...]
    holds_digits: bool
    glued: str = ""

    @classmethod
    def of(cls, folded: str, words: tuple[str, ...], lexicon: Lexicon, more: Collection[str] = ()) -> "Reply":
        """The reply of a folded text and its words; `more` are forms of the question that scripts without blanks are cut by."""
        if not folded.isascii():
            words = lexicon.segment(words, more)
        core = strip(words, lexicon, more)
        digits = _DIGIT.search(folded) is not None
        glued = _GLUED.search(folded) if digits and (folded[:1].isdecimal() or " " in folded) else None
        numbers = digits and any(parse_number(word) is not None for word in core)
        return cls(folded, words, core, lexicon, _phrases(words, core), numbers, glued[1] if glued else "")

    def reworded(self, change: Callable[[Sequence[str]], tuple[str, ...]]) -> "Reply":
        """The same reply with other words; itself where none changes."""
        words = change(self.words)
        if words == self.words:
            return self
        core = change(self.core)
        return replace(self, words=words, core=core, phrases=_phrases(words, core))

    @property
    def numbered(self) -> bool:
        """Whether its digits are numbers: "12hrs" holds one, "3adi" (Arabic in Latin letters) none."""
        return not self.glued or self.glued in self.lexicon.senses


def _phrases(words: tuple[str, ...], core: tuple[str, ...]) -> tuple[str, ...]:
    if len(core) == 1:
        return core if words == core else (" ".join(words), core[0])
    whole = " ".join(words)
    return (whole, "".join(core)) if words == core else (whole, " ".join(core), "".join(core))


def strip(words: Sequence[str], lexicon: Lexicon, kept: Collection[str] = ()) -> tuple[str, ...]:
    """The words without politeness, and without faces that only decorate; what names an option is `kept`."""
    polite = lexicon.phrases(Sense.POLITE)
    left = [word for word, said in polite.cut(words) if not said or word in kept] if polite.begin(words) else words
    plain = [word for word in left if len(word) > 1 or word.isascii() or not _decorates(word, lexicon)]
    return tuple(plain or left or words)


def _decorates(word: str, lexicon: Lexicon) -> bool:
    return bool(_EMOJI.match(word)) and not lexicon.says(word, *_DECIDING)
