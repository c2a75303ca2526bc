"""A reply, cut into words once and handed to whoever reads it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import regex

from app.domain.understanding.folding import tokens
from app.domain.understanding.lexicon import Lexicon, Sense

_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Extended_Pictographic}")
_GLUED = regex.compile(r"\d([a-z]{2,})")
_DECIDING = frozenset({Sense.YES, Sense.NO, Sense.UNSURE, Sense.NUMBER})


@dataclass(frozen=True, slots=True)
class Reply:
    """A folded text, all its words, and its `core`: the words without politeness, all where nothing else is left.

    `glued` are the letters that stand right behind a digit.
    """

    folded: str
    words: tuple[str, ...]
    core: tuple[str, ...]
    lexicon: Lexicon
    glued: str = ""

    @classmethod
    def of(cls, folded: str, lexicon: Lexicon, more: Iterable[str] = ()) -> "Reply":
        """The reply of a folded text; `more` are forms of the question that scripts without blanks are cut by."""
        words = lexicon.segment(tokens(folded), more)
        glued = _GLUED.search(folded) if folded[:1].isdecimal() or " " in folded else None
        return cls(folded, words, strip(words, lexicon), lexicon, glued[1] if glued else "")

    @property
    def numbered(self) -> bool:
        """Whether its digits are numbers: "12hrs" holds one, "3adi" (Arabic in Latin letters) none."""
        return not self.glued or self.glued in self.lexicon.senses

    def phrases(self) -> tuple[str, ...]:
        """The whole reply with and without politeness, and in one word: "no body" is "nobody"."""
        whole, core = " ".join(self.words), " ".join(self.core)
        if len(self.core) == 1:
            return (whole,) if whole == core else (whole, core)
        return (whole, core, "".join(self.core)) if whole != core else (whole, "".join(self.core))


def strip(words: Sequence[str], lexicon: Lexicon) -> tuple[str, ...]:
    """The words without politeness, and without faces that only decorate."""
    kept = [word for word, polite in lexicon.phrases(Sense.POLITE).cut(words) if not polite]
    plain = [word for word in kept if not _decorates(word, lexicon)]
    return tuple(plain or kept or words)


def _decorates(word: str, lexicon: Lexicon) -> bool:
    return len(word) == 1 and bool(_EMOJI.match(word)) and not lexicon.says(word, *_DECIDING)
