"""Words that differ in spelling alone, in a language that phones write without rules: "mhfooz", "mahfuz", "mehfooz"."""

import re
from collections.abc import Iterable, Mapping

_SHORTEST = 3  # letters; shorter words are told apart by each of them
_ADDED = 3  # vowels that a hand in a hurry leaves out
_LATIN = (
    ("chh", "ch"), ("ph", "f"), ("ck", "k"), ("q", "k"), ("w", "v"), ("ee", "i"), ("oo", "u"), ("ou", "u"),
    ("au", "u"), ("eh", "ah"),
)  # fmt: skip
_GLIDE = re.compile(r"(?:a[iy]|e[iy]|y)(?=[^aeiouy]|$)")  # "rhy" and "rahai" end as "rahe" does
_VOWELS = str.maketrans("oe", "ui")
_MUTE = re.compile(r"(?<=[aiu])h$")
_WEAK = str.maketrans("", "", "aiuyh")
# Letters that sound alike in Urdu, and the sign of breath, which hands leave out.
_ARABIC = str.maketrans("ذضظصثطعےںق", "زززسستاینک", "حہ")
_FIRST = _ARABIC | str.maketrans("حہ", "ہہ")
_TWICE = re.compile(r"(.)\1+")


class Variants:
    """Words by how they sound, each with the one of its variants that stands in most forms."""

    def __init__(self, words: Mapping[str, int], values: Mapping[str, float]) -> None:
        """Of words and how many forms each stands in; `values` are those that count, which are never taken for others."""
        self._known = words
        self._values = values
        self._alike: dict[str, list[str]] = {}
        self._bones: dict[str, list[str]] = {}
        for word in sorted((word for word in words if len(word) >= _SHORTEST), key=lambda word: (-words[word], word)):
            self._alike.setdefault(key_of(word), []).append(word)
        for key in self._alike:
            self._bones.setdefault(_bones(key), []).append(key)

    def knows(self, word: str) -> bool:
        """Whether a word stands in a form as it is."""
        return word in self._known

    def of(self, word: str) -> str | None:
        """The known word that an unknown one is a spelling of."""
        if len(word) < _SHORTEST or word in self._known or not word.isalpha():
            return None
        key = key_of(word)
        alike = self._alike.get(key) or (self._written_out(key) if word.isascii() else [])
        return self._one(alike)

    def _written_out(self, key: str) -> list[str]:
        """The words of which a key lacks only vowels, those first that need the fewest."""
        near = [
            (len(other) - len(key), other)
            for other in self._bones.get(_bones(key), ())
            if len(other) - len(key) <= _ADDED and other[-1:] == key[-1:] and _stands_in(key, other)
        ]
        return [word for _, other in sorted(near) for word in self._alike[other]]

    def _one(self, alike: Iterable[str]) -> str | None:
        """The first, unless they count differently."""
        words = list(alike)
        return words[0] if len({self._values.get(word) for word in words}) == 1 else None


def key_of(word: str) -> str:
    """What a word sounds like, however it is written."""
    if not word.isascii():
        return word[:1].translate(_FIRST) + _TWICE.sub(r"\1", word[1:].translate(_ARABIC))
    for letters, one in _LATIN:
        word = word.replace(letters, one)
    return _TWICE.sub(r"\1", _MUTE.sub("", _GLIDE.sub("e", word).translate(_VOWELS)))


def _bones(key: str) -> str:
    return key[:1] + key[1:].translate(_WEAK)


def _stands_in(letters: str, word: str) -> bool:
    """Whether the letters stand in the word, in order."""
    rest = iter(word)
    return all(letter in rest for letter in letters)
