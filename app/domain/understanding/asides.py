"""What surrounds an answer: its number, a correction, the time it names, the language it is in."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from app.domain.understanding.folding import fold, words_of
from app.domain.understanding.lexicon import Lexicon, Lexicons, Sense
from app.domain.understanding.reply import strip

_LONGEST = 300
_LABEL = regex.compile(r"\bq(?:uestion)? ?\.?(\d{1,2}) ?[:.)=-]? ?")
_LINE = regex.compile(r"(\d{1,2}) ?[.):-] ?(\S.*)")
_DIGITS = regex.compile(r"\d{1,3}(?:[\s,;]+\d{1,3})+")
_FEWEST = 2
_LONG_WORD = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One of several answers in a text; `number` is the question it names, from 1, or 0 where it names none."""

    text: str
    number: int = 0


def parts_of(text: str) -> tuple[Part, ...]:
    """The answers a text lists: "Q1 yes Q2 3", numbered lines, or numbers alone ("1 2 5 1"); empty where it lists none."""
    if len(text) > _LONGEST:
        return ()
    folded = fold(text)
    labels = list(_LABEL.finditer(folded))
    if len(labels) >= _FEWEST and not folded[: labels[0].start()].strip():
        ends = [*(label.start() for label in labels[1:]), len(folded)]
        parts = [
            Part(folded[label.end() : end].strip(" ,;"), int(label[1])) for label, end in zip(labels, ends, strict=True)
        ]
        return tuple(parts) if all(part.text for part in parts) else ()
    return _lines(text) or _numbers(folded)


def _lines(text: str) -> tuple[Part, ...]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [_LINE.fullmatch(fold(line)) for line in lines]
    if len(lines) < _FEWEST or not all(found):
        return ()
    parts = tuple(Part(match[2], int(match[1])) for match in found if match)
    return (
        parts if [part.number for part in parts] == list(range(parts[0].number, parts[0].number + len(parts))) else ()
    )


def _numbers(folded: str) -> tuple[Part, ...]:
    if not _DIGITS.fullmatch(folded):
        return ()
    numbers = regex.findall(r"\d+", folded)
    # "48,5" is one number with a decimal comma.
    return tuple(map(Part, numbers)) if " " in folded or len(numbers) > _FEWEST else ()


def without_correction(text: str, lexicon: Lexicon) -> str:
    """What "sorry 3" or "3 i meant" corrects an answer to: "3"; empty where nothing says that it is a correction."""
    if len(text) > _LONGEST:
        return ""
    words = lexicon.segment(words_of(text))
    forms, longest = lexicon.of(Sense.CORRECTION), lexicon.longest.get(Sense.CORRECTION, 0)
    for size in range(min(longest, len(words) - 1), 0, -1):
        if " ".join(words[:size]) in forms:
            return " ".join(words[size:])
        if " ".join(words[-size:]) in forms:
            return " ".join(words[:-size])
    return ""


def read_when(text: str, lexicon: Lexicon) -> int | None:
    """When to ask again: 1 this evening, 2 tomorrow, 3 in a week; None where the text does not say."""
    words = lexicon.segment(words_of(text)) if len(text) <= _LONGEST else ()
    core = " ".join(strip(words, lexicon))
    if core in {"1", "2", "3"}:
        return int(core)
    found = {
        value for form, value in lexicon.of(Sense.WHEN).items() if form == core or f" {form} " in f" {' '.join(words)} "
    }
    return int(found.pop()) if len(found) == 1 else None


def guess_language(text: str, own: str, lexicons: Lexicons, offered: Sequence[str]) -> str:
    """The language a text is written in, of those offered: by its script, else by words only one of them knows.

    The worker's own wherever there is doubt.
    """
    words = words_of(text[:_LONGEST])
    written = _script("".join(words))
    tongues = [tongue for tongue in dict.fromkeys((own, *offered)) if tongue in lexicons]
    if written and written != "LATIN":
        writing = [tongue for tongue in tongues if written in lexicons[tongue].scripts]
        return writing[0] if writing and (own in writing or len(writing) == 1) else own
    known = Counter({tongue: sum(_known(word, lexicons[tongue]) for word in words) for tongue in tongues})
    best = max(known.values(), default=0)
    leading = [tongue for tongue in tongues if known[tongue] == best]
    # One borrowed word is no language.
    return leading[0] if best >= _FEWEST and known[own] == 0 and len(leading) == 1 else own


def _known(word: str, lexicon: Lexicon) -> bool:
    return len(word) >= _LONG_WORD and word in lexicon.vocabulary


def _script(text: str) -> str:
    """The script of most letters, by their Unicode names."""
    letters = Counter(unicodedata.name(sign, "").split(" ")[0] for sign in text if sign.isalpha())
    return letters.most_common(1)[0][0] if letters else ""
