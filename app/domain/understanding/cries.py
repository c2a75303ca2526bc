"""Cries for help: phrases that mean a need in any text at any time."""

from collections.abc import Sequence

import regex

from app.domain.understanding.folding import fold, tokens
from app.domain.understanding.lexicon import CryPhrase, Lexicon

_NEAR = 3  # a negation this many words before the phrase takes it back; after it, where the language says so
_UNSPACED = regex.compile(r"[\p{Khmer}\p{Thai}\p{Lao}\p{Myanmar}\p{Han}]")


def find_cries(text: str, lexicon: Lexicon) -> list[CryPhrase]:
    """The phrases of the language that stand in the text and are not negated, one per need category."""
    words = tokens(fold(text))
    joined = "".join(words)
    found: dict[str, CryPhrase] = {}
    for phrase in lexicon.cries:
        if _unspaced(phrase):
            heard = "".join(phrase.words) in joined and not _negated_inside(joined, phrase, lexicon)
        else:
            place = _place(words, phrase.words)
            heard = place >= 0 and not _negated(words, place, phrase, lexicon)
        if heard:
            found.setdefault(phrase.category, phrase)
    return list(found.values())


def _unspaced(phrase: CryPhrase) -> bool:
    """Whether the phrase is of a script that puts no blanks between words."""
    return bool(_UNSPACED.search("".join(phrase.words)))


def _negated_inside(joined: str, phrase: CryPhrase, lexicon: Lexicon) -> bool:
    """A negation right before the phrase; further off, without blanks, nobody can tell what it belongs to."""
    before = joined.partition("".join(phrase.words))[0]
    return any(before.endswith(negation.replace(" ", "")) for negation in lexicon.negations)


def _place(words: Sequence[str], phrase: Sequence[str]) -> int:
    size = len(phrase)
    return next((at for at in range(len(words) - size + 1) if tuple(words[at : at + size]) == tuple(phrase)), -1)


def _negated(words: Sequence[str], place: int, phrase: CryPhrase, lexicon: Lexicon) -> bool:
    before = words[max(0, place - _NEAR) : place]
    after = words[place + len(phrase.words) : place + len(phrase.words) + _NEAR] if lexicon.negation_follows else ()
    # A phrase such as "not paid" carries its own negation; one more around it is speech, not logic.
    if any(word in lexicon.negations for word in phrase.words):
        return False
    return any(word in lexicon.negations for word in (*before, *after))
