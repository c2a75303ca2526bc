"""Numbers that are written in one word, taken apart."""

from collections.abc import Sequence

from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.numerals.digits import has_digit

_IN_ONE = 5  # letters of two number words written in one
_LONGEST_WORD = 40


def in_pieces(words: Sequence[str], lexicon: Lexicon) -> Sequence[str]:
    """The words with numbers that are written in one taken apart: Turkish "onyedibin" is on, yedi, bin."""
    if not any(word[0].isalpha() and len(word) >= _IN_ONE and word not in lexicon.senses for word in words):
        return words
    return [piece for word in words for piece in (_pieces(word, lexicon) or (word,))]


def _pieces(word: str, lexicon: Lexicon) -> list[str]:
    """The number words that make up all of a word; empty where they do not."""
    if not _IN_ONE <= len(word) <= _LONGEST_WORD or has_digit(word) or word in lexicon.senses:
        return []
    # From the end: how the rest of the word is made of number words.
    ways: list[list[str] | None] = [None] * len(word) + [[]]
    for at in range(len(word) - 1, -1, -1):
        for end in range(len(word), at, -1):
            tail = ways[end]
            if tail is None:
                continue
            counted = at > 0 and not tail and lexicon.of(Sense.UNIT).get(word[at:end], 0)  # Bengali "ছয়দিন": six days
            if counted or lexicon.says(word[at:end], Sense.NUMBER, Sense.MULTIPLIER, Sense.HALF):
                ways[at] = [word[at:end], *tail]
                break
    return ways[0] or []
