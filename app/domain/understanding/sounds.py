"""Words of another script typed in Latin letters: "shob somoy" for সবসময়, told by the consonants that are left."""

from collections.abc import Mapping

import regex
from anyascii import anyascii

_DIGRAPHS = (
    ("chh", "c"), ("ch", "c"), ("sh", "s"), ("kh", "k"), ("gh", "g"), ("th", "t"), ("dh", "d"), ("bh", "b"),
    ("ph", "f"), ("jh", "j"), ("zh", "j"), ("ck", "k"), ("q", "k"), ("x", "ks"), ("z", "j"), ("w", "v"), ("y", ""),
    ("h", ""),
)  # fmt: skip
_VOWELS = regex.compile(r"[aeiou]+")
_OTHERS = regex.compile(r"[^a-z]+")
_TWICE = regex.compile(r"(.)\1+")
_SHORTEST = 3
"""Fewer consonants than this tell no word from another."""


def skeleton(phrase: str) -> str:
    """The consonants of a phrase as anybody would spell them, with a leading vowel kept: it may turn the word round.

    Folded forms only; empty where too few are left to tell one word from another.
    """
    latin = phrase if phrase.isascii() else anyascii(phrase).lower()
    bones = "".join(map(_bones, _OTHERS.split(latin)))
    return bones if len(bones) >= _SHORTEST else ""


def _bones(word: str) -> str:
    for letters, one in _DIGRAPHS:
        word = word.replace(letters, one)
    if not word:
        return ""
    first = "a" if word[0] in "aeiou" else ""
    return first + _TWICE.sub(r"\1", _VOWELS.sub("", word))


def skeletons(forms: Mapping[str, int]) -> dict[str, int]:
    """Skeleton → code, of the forms written in another script; those that two codes share are left out."""
    found: dict[str, set[int]] = {}
    for form, code in forms.items():
        if not form.isascii() and (bones := skeleton(form)):
            found.setdefault(bones, set()).add(code)
    return {bones: codes.pop() for bones, codes in found.items() if len(codes) == 1}
