"""Words of another script typed in Latin letters: "shob somoy" for সবসময়, told by the letters that everybody writes."""

from collections.abc import Iterator, Mapping

import regex
from anyascii import anyascii

_DIGRAPHS = (
    ("chh", "c"), ("ch", "c"), ("sh", "s"), ("kh", "k"), ("gh", "g"), ("th", "t"), ("dh", "d"), ("bh", "b"),
    ("ph", "f"), ("jh", "j"), ("zh", "j"), ("ck", "k"), ("q", "k"), ("x", "ks"), ("z", "s"), ("j", "s"), ("w", "v"),
)  # fmt: skip
_VOICED = str.maketrans("dbg", "tpk")  # Tamil writes one letter for both, and hands type either
_WEAK = str.maketrans("", "", "aeiouyh")
_UNWRITTEN = str.maketrans("", "", "ahy")  # Indic scripts do not write the commonest vowel
# Digits that stand for Arabic letters inside Latin words: "a7yanan".
_ARABIZI = {ord("2"): "", ord("3"): "", ord("5"): "kh", ord("6"): "t", ord("7"): "h", ord("8"): "gh", ord("9"): "s"}
_NASAL = regex.compile(r"[\u0902\u0982\u0a02\u0b82]")
_ARABIC = regex.compile(r"\p{Arabic}")
_OTHERS = regex.compile(r"[^a-z]+")
_TWICE = regex.compile(r"(.)\1+")
_SHORTEST = 3
"""Fewer letters than this tell no word from another."""


def keys_of(phrase: str) -> Iterator[str]:
    """What a phrase sounds like: all its letters ("="), its letters but "a" ("~"), its consonants.

    A leading vowel is kept, for it may turn a word round. Folded forms only; too short keys are left out.
    """
    latin = phrase.translate(_ARABIZI) if phrase.isascii() else anyascii(_NASAL.sub("", phrase)).lower()
    words = [word for word in _OTHERS.split(latin) if word]
    yield "=" + "".join(words)
    plain = [_plain(word) for word in words]
    for sign, weak in (("~", _UNWRITTEN), ("", _WEAK)):
        bones = "".join(_first(word) + _TWICE.sub(r"\1", word.translate(weak)) for word in plain)
        if len(bones) >= _SHORTEST:
            yield sign + bones
            if _ARABIC.search(phrase) and "v" in bones:
                yield sign + bones.replace("v", "")  # the letter waw is a vowel as often


def _plain(word: str) -> str:
    for letters, one in _DIGRAPHS:
        word = word.replace(letters, one)
    return word.translate(_VOICED)


def _first(word: str) -> str:
    return "a" if word[:1] in set("aeiou") else ""


def sounds_of(forms: Mapping[str, int]) -> dict[str, int]:
    """Key → code, of the forms written in another script; what two codes share is left out."""
    found: dict[str, set[int]] = {}
    for form, code in forms.items():
        if not form.isascii():
            for key in keys_of(form):
                found.setdefault(key, set()).add(code)
    return {key: codes.pop() for key, codes in found.items() if len(codes) == 1}


def sounds_like(phrase: str, sounds: Mapping[str, int]) -> int | None:
    """The one code whose words sound like the phrase."""
    codes = {sounds[key] for key in keys_of(phrase) if key in sounds} if sounds else set[int]()
    return codes.pop() if len(codes) == 1 else None
