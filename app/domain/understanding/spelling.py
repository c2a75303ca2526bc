"""Words as phones write them: "tjr pa" for "toujours pas", "bht mehfoz" for "bohat mehfooz"."""

from collections.abc import Mapping, Sequence

import regex

from app.domain.understanding.folding import tokens
from app.domain.understanding.lexicon import Lexicon
from app.domain.understanding.reply import strip

_WORD = regex.compile(r"(?<![\p{L}\p{M}])(?:(?<!\p{N})|(?=\p{L}{2}))[\p{L}\p{M}']+(?!\p{N})")

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


def _heard(words: Sequence[str], lexicon: Lexicon) -> Mapping[str, str]:
    """The words that nobody knows, each with the known one that it sounds like, written out."""
    variants, spellings = lexicon.variants, lexicon.spellings
    if variants is None or (len(words) == 1 and len(words[0]) <= _SHORT):
        return {}
    return {word: spellings.get(meant, meant) for word in words if (meant := variants.of(word))}
