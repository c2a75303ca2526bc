"""Cries for help: phrases that mean a need in any text at any time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from app.domain.understanding.cutting import UNSPACED
from app.domain.understanding.folding import fold, tokens
from app.domain.understanding.lexicon import CryPhrase, Lexicon, Lexicons, Sense
from app.domain.understanding.memory import by_heart
from app.domain.understanding.spelling import respelled

# A negation of the same clause takes a cry back when it ends this near before it, or starts right behind it. A false
# alarm costs a person a minute and a missed cry far more, so both are short: people write "not paid he hits me".
_NEAR = 2
_ENGLISH = "en"
_LONGEST_DENIAL = 8  # words
_MAY_SKIP = (0, 1, 2, 3)
"""How many words may stand between those of a phrase of one, two, three, four or more."""
_CLAUSE_ENDS = regex.compile(r"[.!?;:,\n।॥။៕…،؛؟。！？，]+")


@dataclass(frozen=True, slots=True)
class Heard:
    """The words of a text in order, and for each the number of its clause."""

    words: tuple[str, ...]
    clauses: tuple[int, ...]
    joined: str

    @classmethod
    def of(cls, text: str) -> "Heard":
        """Clauses end at punctuation: "No. He hits me" denies nothing."""
        words: list[str] = []
        clauses: list[int] = []
        for clause, part in enumerate(_CLAUSE_ENDS.split(text)):
            found = tokens(fold(part))
            words.extend(found)
            clauses.extend([clause] * len(found))
        joined = "".join(words) if UNSPACED.search(text) else ""
        return cls(tuple(words), tuple(clauses), joined)


def find_cries(text: str, lexicon: Lexicon) -> list[CryPhrase]:
    """The phrases of the language that stand in the text and are not negated, one per need category, the gravest first."""
    return cries_heard(Heard.of(text), lexicon)


def cries_heard(heard: Heard, lexicon: Lexicon) -> list[CryPhrase]:
    """The same for a text cut into words already, so that many languages share the work."""
    found: dict[str, tuple[int, CryPhrase]] = {}
    for place, cry in sorted(_standing(heard, lexicon), key=lambda entry: entry[0]):
        found.setdefault(cry.category, (place, cry))
    return [cry for _, cry in found.values()]


def cries_in(text: str, language: str, lexicons: Lexicons) -> list[CryPhrase]:
    """Cries in the worker's language, in English, and in any other: one per category, the worker's own words first.

    Short single words in Latin letters count in the worker's language and English alone: another's may be common here.
    """
    return list(_cries(text, language, lexicons))


@by_heart
def _cries(text: str, language: str, lexicons: Lexicons) -> tuple[CryPhrase, ...]:
    heard, own = Heard.of(text), lexicons.spoken(language)
    found: dict[str, CryPhrase] = {}
    readings = [(heard, own)]
    if not own.spellings.keys().isdisjoint(heard.words):  # French "il ma frapé"
        readings.append((Heard.of("\n".join(respelled(fold(line), own) for line in text.splitlines())), own))
    if language != _ENGLISH:
        readings.append((heard, lexicons.spoken(_ENGLISH)))
    for said, lexicon in readings:
        for cry in cries_heard(said, lexicon):
            found.setdefault(cry.category, cry)
    begun = {tongue for word in heard.words for tongue in lexicons.cry_starts.get(word, ())}
    unspaced = (
        {tongue for tongue, lexicon in lexicons.items() if lexicon.cries_by_signs} if heard.joined else set[str]()
    )
    for tongue in sorted((begun | unspaced) - {language, _ENGLISH}):
        for cry in cries_heard(heard, lexicons[tongue]):
            if cry.travels:
                found.setdefault(cry.category, cry)
    return tuple(found.values())


def _standing(heard: Heard, lexicon: Lexicon) -> Iterator[tuple[int, CryPhrase]]:
    by_word = lexicon.cries_by_word
    for at, word in enumerate(heard.words):
        seconds = by_word.get(word)
        if seconds is None:
            continue
        near = {"", *heard.words[at + 1 : at + 2 + _MAY_SKIP[-1]]}
        for place, cry in [entry for second in near if second in seconds for entry in seconds[second]]:
            last = _reaches(heard, at, cry, lexicon)
            if last is not None and (_denies(cry, lexicon) or not _denied(heard, at, last, lexicon)):
                yield place, cry
    if heard.joined:
        yield from (
            (place, cry)
            for place, cry, signs in lexicon.cries_by_signs
            if signs in heard.joined and (_denies(cry, lexicon) or not _always_denied(heard.joined, signs, lexicon))
        )


def _reaches(heard: Heard, at: int, cry: CryPhrase, lexicon: Lexicon) -> int | None:
    """Where a phrase that begins here ends, or None: a few words of the same clause may stand between its own.

    "The fire exit is always locked" holds "fire exit locked"; a denial between the words is no part of the phrase.
    """
    left = _MAY_SKIP[min(len(cry.words), len(_MAY_SKIP)) - 1]
    place = at
    for word in cry.words[1:]:
        place += 1
        while place < len(heard.words) and heard.words[place] != word:
            skipped = heard.words[place]
            left -= 1
            if left < 0 or lexicon.says(
                skipped, Sense.NEGATION, Sense.NEGATION_BEFORE, Sense.NEGATION_AFTER, Sense.AND
            ):
                return None
            place += 1
        if place >= len(heard.words) or heard.clauses[place] != heard.clauses[at]:
            return None
    return place


def _denies(cry: CryPhrase, lexicon: Lexicon) -> bool:
    """A phrase such as "not paid" carries its own negation; one more around it is speech, not logic."""
    return any(word in lexicon.of(Sense.NEGATION) for word in cry.words)


def _always_denied(joined: str, signs: str, lexicon: Lexicon) -> bool:
    """Whether a negation touches every place where the signs stand; further off nobody can tell what it belongs to."""
    before = tuple(form.replace(" ", "") for form in lexicon.of(Sense.NEGATION_BEFORE))
    after = tuple(form.replace(" ", "") for form in lexicon.of(Sense.NEGATION_AFTER))
    pieces = joined.split(signs)
    return all(left.endswith(before) or right.startswith(after) for left, right in pairwise(pieces))


def _denied(heard: Heard, at: int, last: int, lexicon: Lexicon) -> bool:
    before = _joined(heard, max(0, at - _NEAR - lexicon.longest.get(Sense.NEGATION_BEFORE, 1)), at, heard.clauses[at])
    ends = {end for end in _ends(before, lexicon.of(Sense.NEGATION_BEFORE)) if len(before) - end < _NEAR}
    behind = _joined(heard, last + 1, last + 1 + lexicon.longest.get(Sense.NEGATION_AFTER, 1), heard.clauses[last])
    after = lexicon.of(Sense.NEGATION_AFTER)
    starts = any(" ".join(behind[:size]) in after for size in range(1, len(behind) + 1))
    # "… hand laid not": one more word of the verb may come between, where the denial ends the clause.
    further = slice(last + 1, last + 2 + _LONGEST_DENIAL)
    rest = [
        word
        for word, clause in zip(heard.words[further], heard.clauses[further], strict=True)
        if clause == heard.clauses[last]
    ]
    starts = starts or (len(rest) > 1 and " ".join(rest[1:]) in after)
    if ends:
        # "not paid and beaten" denies the pay; a conjunction between the two ends what the negation reaches.
        return not any(word in lexicon.of(Sense.AND) for word in before[min(ends) :])
    return starts


def _joined(heard: Heard, start: int, end: int, clause: int) -> list[str]:
    """The words from start up to end that stand in the clause."""
    return [heard.words[at] for at in range(start, min(end, len(heard.words))) if heard.clauses[at] == clause]


def _ends(words: Sequence[str], negations: Iterable[str]) -> Iterator[int]:
    """Behind which words a negation ends, counted from the start."""
    known = negations if isinstance(negations, dict) else frozenset(negations)
    for end in range(1, len(words) + 1):
        if any(" ".join(words[start:end]) in known for start in range(end)):
            yield end
