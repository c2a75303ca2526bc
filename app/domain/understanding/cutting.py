"""Scripts that are written without blanks: their runs of signs are cut into the longest forms that are known."""

from collections.abc import Iterable, Sequence

import regex

from app.domain.understanding.folding import FIRST_UNSPACED

UNSPACED = regex.compile(r"[\p{Khmer}\p{Thai}\p{Lao}\p{Myanmar}\p{Han}]")
"""A sign of the scripts that are written without blanks between words."""
# A form may not end inside a written syllable: before a mark, or before a Burmese final.
_INSIDE = regex.compile(r"[\p{M}\u0e45\u0e46\u0ec6]|\p{Myanmar}[\u1039\u103a]")
_HAN = regex.compile(r"\p{Han}")


def is_unspaced(text: str) -> bool:
    """Whether a text is in a script that is written without blanks between words."""
    return text[:1] >= FIRST_UNSPACED and UNSPACED.match(text) is not None


def is_han(text: str) -> bool:
    """Whether a text begins with a Chinese sign."""
    return _HAN.match(text) is not None


class Cutter:
    """Cuts words of scripts without blanks into the longest forms it knows.

    Forms are found by their first sign, which tells how long those that begin with it are.
    """

    __slots__ = ("_beside", "_forms", "_lengths", "_own")

    def __init__(self, forms: Iterable[str], beside: "Cutter | None" = None) -> None:
        """Knows `forms`, and those of another cutter as well, of which nothing is copied."""
        self._beside = beside
        self._own = frozenset(filter(is_unspaced, forms))
        self._forms = beside.forms if beside is not None else frozenset[str]()
        sizes: dict[str, set[int]] = {}
        for form in self._own:
            sizes.setdefault(form[0], set()).add(len(form))
        self._lengths = {
            sign: tuple(sorted(found.union(beside.lengths(sign) if beside is not None else ()), reverse=True))
            for sign, found in sizes.items()
        }

    @property
    def forms(self) -> frozenset[str]:
        """Its own forms."""
        return self._own

    def lengths(self, sign: str) -> tuple[int, ...]:
        """How long the forms are that begin with a sign, the longest first."""
        return self._lengths.get(sign) or (self._beside.lengths(sign) if self._beside is not None else ())

    def cut(self, words: Sequence[str]) -> tuple[str, ...]:
        """The words, those of scripts without blanks in parts; what no form covers stays together as one."""
        if not words or max(words) < FIRST_UNSPACED:
            return tuple(words)
        parts: list[str] = []
        for word in words:
            if word in self._own or word in self._forms or not is_unspaced(word):
                parts.append(word)
            else:
                self._cut(word, parts)
        return tuple(parts)

    def _cut(self, word: str, parts: list[str]) -> None:
        own, forms, length = self._own, self._forms, len(word)
        rest = at = 0
        while at < length:
            for size in self.lengths(word[at]):
                end = at + size
                piece = word[at:end]
                if end <= length and (piece in forms or piece in own) and not _INSIDE.match(word, end):
                    if rest < at:
                        parts.append(word[rest:at])
                    parts.append(piece)
                    rest = at = end
                    break
            else:
                at += 1
                while at < length and _INSIDE.match(word, at):
                    at += 1  # a stranger's syllable is passed over whole
        if rest < length:
            parts.append(word[rest:])
