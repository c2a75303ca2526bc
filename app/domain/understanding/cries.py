"""Cries for help: phrases that mean a need in any text at any time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex

from app.domain.understanding.folding import fold, tokens
from app.domain.understanding.lexicon import CryPhrase, Lexicon

# A negation of the same clause takes a cry back when it ends this near before it, or starts right behind it. A false
# alarm costs a person a minute and a missed cry far more, so both are short: people write "not paid he hits me".
_NEAR = 2
_CLAUSE_ENDS = regex.compile(r"[.!?;:,\n।॥។៕…]+")
_UNSPACED = regex.compile(r"[\p{Khmer}\p{Thai}\p{Lao}\p{Myanmar}\p{Han}]")


@dataclass(frozen=True, slots=True)
class _Heard:
    """The words of a text in order, and for each the number of its clause."""

    words: tuple[str, ...]
    clauses: tuple[int, ...]


def find_cries(text: str, lexicon: Lexicon) -> list[CryPhrase]:
    """The phrases of the language that stand in the text and are not negated, one per need category."""
    heard = _hear(text, lexicon)
    joined = "".join(heard.words)
    found: dict[str, CryPhrase] = {}
    for phrase in lexicon.cries:
        if phrase.category not in found and _stands(phrase, heard, joined, lexicon):
            found[phrase.category] = phrase
    return list(found.values())


def _hear(text: str, lexicon: Lexicon) -> _Heard:
    """Clauses end at punctuation and at "and": "No. He hits me" and "not paid and beaten" deny no cry."""
    words: list[str] = []
    clauses: list[int] = []
    clause = 0
    for part in _CLAUSE_ENDS.split(text):
        clause += 1
        for word in tokens(fold(part)):
            clause += word in lexicon.conjunctions
            words.append(word)
            clauses.append(clause)
    return _Heard(tuple(words), tuple(clauses))


def _stands(phrase: CryPhrase, heard: _Heard, joined: str, lexicon: Lexicon) -> bool:
    """Whether the phrase stands somewhere without a negation; once is enough."""
    # A phrase such as "not paid" carries its own negation; one more around it is speech, not logic.
    own = any(word in lexicon.negations for word in phrase.words)
    if _UNSPACED.search("".join(phrase.words)):
        # Without blanks between words, nobody can tell what a negation further off belongs to.
        sought = "".join(phrase.words)
        before = (joined[: match.start()] for match in regex.finditer(regex.escape(sought), joined))
        denials = tuple(negation.replace(" ", "") for negation in lexicon.negations_before)
        return any(not text.endswith(denials) for text in before)
    return any(own or not _denied(heard, at, phrase, lexicon) for at in _places(heard.words, phrase.words))


def _places(words: Sequence[str], part: Sequence[str]) -> Iterator[int]:
    size = len(part)
    return (at for at in range(len(words) - size + 1) if tuple(words[at : at + size]) == tuple(part))


def _denied(heard: _Heard, at: int, phrase: CryPhrase, lexicon: Lexicon) -> bool:
    last = at + len(phrase.words) - 1
    ends = (end for _, end in _spans(heard, lexicon.negations_before, heard.clauses[at]))
    starts = (start for start, _ in _spans(heard, lexicon.negations_after, heard.clauses[last]))
    return any(at - _NEAR <= end < at for end in ends) or any(start == last + 1 for start in starts)


def _spans(heard: _Heard, negations: Iterable[str], clause: int) -> Iterator[tuple[int, int]]:
    """First and last place of every negation in a clause."""
    for negation in negations:
        words = negation.split()
        for start in _places(heard.words, words):
            if heard.clauses[start] == clause:
                yield start, start + len(words) - 1
