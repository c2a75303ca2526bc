"""Words as phones write them: "tjr pa" for "toujours pas", "bht mehfoz" for "bohat mehfooz"."""

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
    told = [word for word in words if len(word) > _SHORT or len(words) > 1]
    strange = {word: spellings.get(meant, meant) for word in told if (meant := lexicon.variants.of(word))}
    said_already = len(words) > 1 and any(" ".join(said) in lexicon.senses for said in (words, strip(words, lexicon)))
    if not (written or strange) or said_already:
        return folded
    for phrase in written:
        if " " in phrase:  # "ils mon" is "ils m'ont", though "mon" is a word
            folded = f" {folded} ".replace(f" {phrase} ", f" {spellings[phrase]} ").strip()
    return _WORD.sub(lambda word: spellings.get(word[0]) or strange.get(word[0], word[0]), folded)
