"""Words as phones write them: "tjr pa" for "toujours pas", "bht mehfoz" for "bohat mehfooz"."""

import regex

from app.domain.understanding.folding import tokens
from app.domain.understanding.lexicon import Lexicon
from app.domain.understanding.reply import strip

_WORD = regex.compile(r"(?<![\p{L}\p{M}])(?:(?<!\p{N})|(?=\p{L}{2}))[\p{L}\p{M}']+(?!\p{N})")


def respelled(folded: str, lexicon: Lexicon) -> str:
    """A folded text with the words that have another spelling in the tables written out; itself where none has.

    So is a text that says something as it is written: Urdu "han batayen" is a go-ahead, and "haan" a yes.
    """
    spellings = lexicon.spellings
    words = tokens(folded) if spellings else ()
    written = [part for part, known in lexicon.misspelt.cut(words) if known] if spellings else ()
    if not written or any(" ".join(said) in lexicon.senses for said in (words, strip(words, lexicon)) if len(said) > 1):
        return folded
    for phrase in written:
        if " " in phrase:  # "ils mon" is "ils m'ont", though "mon" is a word
            folded = f" {folded} ".replace(f" {phrase} ", f" {spellings[phrase]} ").strip()
    return _WORD.sub(lambda word: spellings.get(word[0], word[0]), folded)
