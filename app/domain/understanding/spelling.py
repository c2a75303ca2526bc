"""Words as phones write them: "tjr pa" for "toujours pas", "bht mehfoz" for "bohat mehfooz"."""

from collections.abc import Collection, Mapping, Sequence

import regex

from app.domain.understanding.folding import tokens
from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.reply import strip

_WORD = regex.compile(r"(?<![\p{L}\p{M}])(?:(?<!\p{N})|(?=\p{L}{2}))[\p{L}\p{M}']+(?!\p{N})")

_PIECE = 3  # letters of a word that runs into another
_LONGEST_RUN = 24  # letters of two words written as one
_SHORT = 3  # letters; a reply of one word as short may be another language's


def respelled(folded: str, lexicon: Lexicon) -> str:
    """A folded text with the words that have another spelling in the tables written out; itself where none has.

    So is a text that says something as it is written: Urdu "han batayen" is a go-ahead, and "haan" a yes.
    """
    spellings = lexicon.spellings
    if not spellings:
        return folded
    words = tokens(folded)
    written = [part for part, known in lexicon.misspelt.cut(words) if known]
    strange = _heard(words, lexicon)
    if not (written or strange):
        return folded
    if len(words) > 1 and any(" ".join(said) in lexicon.senses for said in (words, strip(words, lexicon))):
        return folded
    for phrase in written:
        if " " in phrase:  # "ils mon" is "ils m'ont", though "mon" is a word
            folded = f" {folded} ".replace(f" {phrase} ", f" {spellings[phrase]} ").strip()
    return _WORD.sub(lambda word: spellings.get(word[0]) or strange.get(word[0], word[0]), folded)


def parted(folded: str, words: Sequence[str], lexicon: Lexicon, kept: Collection[str] = ()) -> str:
    """A folded text of these words with the blanks that phones leave out: Urdu "milgai" as "mil gai"; "" where none is.

    `kept` are words on offer, which are never parted.
    """
    variants = lexicon.variants
    strange = [word for word in words if not variants.knows(word) and word not in kept] if variants is not None else []
    runs = {word: phrase for word in strange if (phrase := _in_two(word, lexicon))}
    spaced = _WORD.sub(lambda word: runs.get(word[0], word[0]), folded) if runs else folded
    return "" if spaced == folded else spaced


def _in_two(word: str, lexicon: Lexicon) -> str:
    """A phrase of the tables that a word is when its blank is put back, or two words that go together; else ""."""
    fits = word.isalpha() and len(word) <= _LONGEST_RUN
    cuts = [(word[:at], word[at:]) for at in range(len(word) - 1, 0, -1)] if fits else []
    phrases = (f"{first} {last}" for first, last in cuts)
    whole = next((phrase for phrase in phrases if phrase in lexicon.senses or phrase in lexicon.topics), "")
    return whole or next((f"{first} {last}" for first, last in cuts if _go_together(first, last, lexicon)), "")


def _go_together(first: str, last: str, lexicon: Lexicon) -> bool:
    """Whether a word may run into the "not", the "was" or the "and" behind it."""
    known = lexicon.variants is not None and lexicon.variants.knows(first)
    if not known or len(first) < _PIECE or len(last) < _PIECE:
        return False
    if lexicon.says(last, Sense.NEGATION):
        return len(last) > _PIECE or last.isascii()
    if lexicon.says(last, Sense.AND):
        return first in lexicon.topics
    return lexicon.says(last, Sense.FILLER) and lexicon.says(first, Sense.ECHO_YES, Sense.ECHO_NO)


def _heard(words: Sequence[str], lexicon: Lexicon) -> Mapping[str, str]:
    """The words that nobody knows, each with the known one that it sounds like, written out."""
    variants, spellings = lexicon.variants, lexicon.spellings
    if variants is None or (len(words) == 1 and len(words[0]) <= _SHORT):
        return {}
    return {word: spellings.get(meant, meant) for word in words if (meant := variants.of(word))}
