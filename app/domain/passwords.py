"""Which passwords are refused: short, common, or plain. No other rule, as NIST SP 800-63B-4, 3.1.1.2, asks."""

import unicodedata
from collections.abc import Collection, Iterable
from itertools import pairwise

from app.domain.phrases import phrase

SHORTEST, LONGEST = 12, 256
"""In characters. The longest is no rule of the field: what is hashed must have a bound."""

_FEWEST_KINDS = 5
_LEFT_OVER = 6
_LEAST_WORD = 4


def as_kept(password: str) -> str:
    """The form that is hashed: one that does not depend on the keyboard (NFKC, as the same guideline says)."""
    return unicodedata.normalize("NFKC", password)


def fault_of(password: str, common: Collection[str], about: Iterable[str] = ()) -> str:
    """Why a password is refused; empty where it may be used.

    Args:
        password: as given.
        common: known to be tried first, in small letters.
        about: the person's name and e-mail: what others would try first.
    """
    plain = as_kept(password).casefold()
    if not SHORTEST <= len(plain) <= LONGEST:
        return phrase(
            "A password has {shortest} characters or more, {longest} at most.", shortest=SHORTEST, longest=LONGEST
        )
    if plain in common or len(set(plain)) < _FEWEST_KINDS or _repeats(plain) or _runs(plain):
        return phrase(
            "This password is among the first that are tried. Three or four words without a connection do well."
        )
    if len(_without(plain, about)) < _LEFT_OVER:
        return phrase("A password that is mostly your name, your e-mail or the name of this service is soon guessed.")
    return ""


def _repeats(plain: str) -> bool:
    """Whether it is one piece over and over: then it stands in its own double before the second copy begins."""
    return plain in (plain + plain)[1:-1]


def _runs(plain: str) -> bool:
    """Whether each letter follows the one before, up or down, as in an alphabet or a row of digits."""
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    return steps <= {1, -9} or steps <= {-1, 9}


def _without(plain: str, about: Iterable[str]) -> str:
    words = {"shiftline", *(word for told in about for word in _words(told.casefold()))}
    for word in sorted(words, key=len, reverse=True):
        plain = plain.replace(word, "")
    return plain


def _words(told: str) -> list[str]:
    parted = "".join(sign if sign.isalnum() else " " for sign in told)
    return [word for word in parted.split() if len(word) >= _LEAST_WORD]
