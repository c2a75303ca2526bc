"""The one number a reply holds, its units, and how much else it says."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import regex

from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.model import Method
from app.domain.understanding.numerals.amounts import Amount, amounts_in
from app.domain.understanding.numerals.digits import has_range
from app.domain.understanding.numerals.pieces import in_pieces
from app.domain.understanding.phrases import Phrases

MONEY = 7
"""The class of units that are money; docs/lexicons.md lists the others."""
_POINT, _RATE, _UNIT = Sense.POINT, Sense.RATE, Sense.UNIT  # asked for by every reading: looking them up takes long
_CLOCK = re.compile(r"\d:\d")
_CURRENCY = regex.compile(r"\p{Sc}")
_LINKER = 2  # letters of a word that may stand between a number and its unit
_PAIR = 2
_WIDEST, _APART = 2, 5  # "1-3" and "40-50" are ranges; "8-17" are the hours of a shift
_HUNDRED = 100
_MINUTE, _HOUR, _TIMES = 1.0, 2.0, 9.0  # classes of units
_SIXTY, _DAY_LONG = 60, 24
_NO_UNIT = frozenset[float]()
_NOWHERE = frozenset[int]()
_BESIDE = frozenset({
    Sense.UNIT, Sense.RATE, Sense.APPROX, Sense.FILLER, Sense.POLITE, Sense.BETWEEN, Sense.TO, Sense.OR, Sense.AND,
    Sense.UNSURE,
})  # fmt: skip
_DENYING = frozenset({Sense.NEGATION, Sense.NO})


class Numeral(NamedTuple):
    """A number read from a text and how; how many words around it nothing accounts for; whether a unit stands by it.

    `units` are the classes of the units beside it, 0 where the tables do not tell one. `rate` is what was said of the
    time it counts over: "a day".
    """

    value: float
    method: Method
    strangers: int = 0
    units: frozenset[float] = _NO_UNIT
    rate: str = ""

    @property
    def measured(self) -> bool:
        """Whether a unit stands by it."""
        return bool(self.units)


def read_numeral(folded: str, words: Sequence[str], lexicon: Lexicon, hints: frozenset[Sense]) -> Numeral | None:
    """The one number a text holds, or None when it holds none, several that are no range, or "not" beside it.

    `hints` are all that the words may say.
    """
    if (":" in folded and _CLOCK.search(folded)) or (_POINT in hints and words[0] in lexicon.of(_POINT)):
        return None  # "point 5" may be five or a half
    ranged = has_range(folded)
    amounts = amounts_in(folded, words, lexicon, hints, ranged=ranged)
    beside = _outside(words, amounts) if amounts is not None and all(amount.spelled for amount in amounts) else []
    if in_pieces(beside, lexicon) != beside:
        words = in_pieces(words, lexicon)
        hints = lexicon.hints(words)
        amounts = amounts_in(folded, words, lexicon, hints, ranged=ranged)
    if not amounts:
        return None
    if len(amounts) == _PAIR:
        amounts = _without_articles(words, _without_particles(words, amounts, lexicon), lexicon)
    rate, rated = _rate(words, lexicon) if _RATE in hints else ("", _NOWHERE)
    if rated and len(amounts) > 1:
        amounts = [amount for amount in amounts if amount.start not in rated] or amounts  # "48 in one week"
    if not hints.isdisjoint(_DENYING) and _denied(words, amounts, rated, lexicon):
        return None
    first = amounts[0]
    if _is_shift(words, amounts, lexicon) or (
        first.start and (_lacks_its_head(words, first, lexicon) or _one_of_several(words, first, lexicon))
    ):
        return None
    measured = _UNIT in hints
    units = [_measured(words, amount, rated, lexicon) if measured else _NO_UNIT for amount in amounts]
    read = (
        (_lasted(words, amounts, lexicon) if measured else None)
        or _once(folded, amounts, units)
        or _between(words, amounts, units, lexicon, ranged=ranged)
    )
    if read is None:
        return None
    value, method, counted = read
    return Numeral(value, method, _strangers(words, amounts, lexicon), counted, rate)


_Read = tuple[float, Method, frozenset[float]]
"""A number, how it was read, and the classes of its units."""


def _lasted(words: Sequence[str], amounts: Sequence[Amount], lexicon: Lexicon) -> _Read | None:
    """The hours of "2 hours 30 minutes" and "48h30"; none of what may be a time of day: "8h30"."""
    if len(amounts) != _PAIR:
        return None
    (hours, minutes), units = amounts, lexicon.of(_UNIT)
    between = [word for word in words[hours.end : minutes.start] if not lexicon.says(word, Sense.AND)]
    if len(between) != 1 or units.get(between[0]) != _HOUR or not 0 <= minutes.value < _SIXTY or hours.value % 1:
        return None
    behind = " ".join(words[minutes.end : minutes.end + 1])
    glued = len(between[0]) <= _LINKER and not behind and hours.value > _DAY_LONG
    if not glued and units.get(behind) != _MINUTE:
        return None
    return hours.value + minutes.value / _SIXTY, Method.DIGIT, frozenset({_HOUR})


def _is_shift(words: Sequence[str], amounts: Sequence[Amount], lexicon: Lexicon) -> bool:
    """Whether one number is said twice with "to" or a dash between, or an "and": "8 to 8", "8-8", "a boy and a girl"."""
    if len(amounts) != _PAIR or amounts[0].value != amounts[1].value:
        return False
    between = words[amounts[0].end : amounts[1].start]
    return amounts[1].dashed or any(lexicon.says(word, Sense.TO, Sense.AND) for word in between)


def _once(folded: str, amounts: Sequence[Amount], measured: Sequence[frozenset[float]]) -> _Read | None:
    """One number, said once or more."""
    first, spelled, units = amounts[0], amounts[0].spelled, measured[0]
    if len(amounts) > 1:
        if any(amount.value != first.value for amount in amounts):
            return None
        spelled = all(amount.spelled for amount in amounts)
        units = units.union(*measured)
    if spelled and 0 < first.value < 1 and not units:
        return None  # half of what?
    if not units and ("$" in folded if folded.isascii() else _CURRENCY.search(folded)):
        units = frozenset({MONEY})
    return first.value, Method.SPELLED if spelled else Method.DIGIT, units


def _between(
    words: Sequence[str],
    amounts: Sequence[Amount],
    measured: Sequence[frozenset[float]],
    lexicon: Lexicon,
    *,
    ranged: bool,
) -> _Read | None:
    """The middle of two numbers, the second of which is the larger, but not by much."""
    first, last = amounts[0], amounts[-1]
    if last.scale > first.scale == 1 and first.value * last.scale < last.value:
        first = first._replace(value=first.value * last.scale)  # "5 to 6 thousand"
    if len(amounts) != _PAIR or first.value >= last.value or not (ranged or _joined(words, first, last, lexicon)):
        return None
    if last.value > _WIDEST * first.value and last.value - first.value > _APART:
        return None
    return (first.value + last.value) / 2, Method.RANGE, measured[-1]


def _rate(words: Sequence[str], lexicon: Lexicon) -> tuple[str, frozenset[int]]:
    """What is said of the time a number counts over, and the places of the words that say it."""
    if len(words) == 1:
        return "", _NOWHERE
    return _places(words, lexicon.phrases(_RATE))


def _places(words: Sequence[str], phrases: Phrases[float], fewest: int = 1) -> tuple[str, frozenset[int]]:
    """The first of some phrases that stands in a text, and the places of the words of all; `fewest` words make one."""
    first, places, at = "", set[int](), 0
    for phrase, known in phrases.cut(words):
        size = phrase.count(" ") + 1
        if known and size >= fewest:
            first = first or phrase
            places.update(range(at, at + size))
        at += size
    return first, frozenset(places)


# -- what stands around them ----------------------------------------------------------------------


def _outside(words: Sequence[str], amounts: Sequence[Amount]) -> list[str]:
    outside: list[str] = []
    end = 0
    for amount in amounts:
        outside += words[end : amount.start]
        end = amount.end
    return [*outside, *words[end:]]


def _denied(words: Sequence[str], amounts: Sequence[Amount], rated: frozenset[int], lexicon: Lexicon) -> bool:
    """Whether a word beside the numbers denies them; Haitian "pa semèn" is "a week", and "pa" alone is "not".

    Nor does "not" of "not more than 6".
    """
    inside = {at for amount in amounts for at in range(amount.start, amount.end)}
    inside |= _places(words, lexicon.phrases(Sense.APPROX), fewest=_PAIR)[1]
    return any(
        lexicon.says(word, Sense.NEGATION) or (len(word) > 1 and lexicon.says(word, Sense.NO))
        for at, word in enumerate(words)
        if at not in inside and at not in rated
    )


def _without_particles(words: Sequence[str], amounts: list[Amount], lexicon: Lexicon) -> list[Amount]:
    """The numbers but one that is half of a phrase: Urdu "sath" is sixty, and "ke sath" is with."""
    inside = _places(words, lexicon.phrases(Sense.APPROX), fewest=_PAIR)[1] if amounts[-1].spelled else _NOWHERE
    return [amount for amount in amounts if not (amount.spelled and amount.start in inside)]


def _without_articles(words: Sequence[str], amounts: list[Amount], lexicon: Lexicon) -> list[Amount]:
    """The numbers but a spelled "one" that opens a reply with digits and counts nothing: "un peu plus de 70 000"."""
    if len(amounts) != _PAIR or amounts[1].spelled or not amounts[0].spelled or amounts[0].value != 1:
        return amounts
    following = words[amounts[0].end]
    article = amounts[0].end < amounts[1].start and not lexicon.says(
        following, Sense.UNIT, Sense.AND, Sense.OR, Sense.TO
    )
    return amounts[1:] if article else amounts


def _lacks_its_head(words: Sequence[str], first: Amount, lexicon: Lexicon) -> bool:
    """Whether a bare thousand stands behind a word that nobody knows: Haitian "di mil" is ten thousand misspelt."""
    head = words[first.start - 1]
    # Bengali "বার", which is twelve and "times", heads a thousand as well.
    if not first.spelled or (head in lexicon.senses and lexicon.of(_UNIT).get(head) != _TIMES):
        return False
    return lexicon.of(Sense.MULTIPLIER).get(words[first.start], 0) >= _HUNDRED


def _one_of_several(words: Sequence[str], first: Amount, lexicon: Lexicon) -> bool:
    """Whether a number counts the last of several things: "me, my wife and 3 children", Sinhala "lamai 3i"."""
    if first.end == len(words):
        return False
    before, behind = words[: first.start], words[first.end : first.end + 1]
    listed = lexicon.says(before[-1], Sense.AND) or behind[0] in lexicon.of(Sense.AND_AFTER)
    return listed and any(word not in lexicon.senses for word in before)


def _strangers(words: Sequence[str], amounts: Sequence[Amount], lexicon: Lexicon) -> int:
    """How many words or phrases outside the numbers say something of their own."""
    outside = _outside(words, amounts)
    if not outside:
        return 0
    said = [lexicon.senses.get(phrase) for phrase, _ in lexicon.every.cut(outside)]
    return len([True for senses in said if senses is None or senses.isdisjoint(_BESIDE)])


def _measured(words: Sequence[str], amount: Amount, rated: frozenset[int], lexicon: Lexicon) -> frozenset[float]:
    """The classes of the units beside a number; those of a rate ("haftada", in a week) say how often and are none."""
    units = lexicon.of(Sense.UNIT)
    linked = amount.end < len(words) and len(words[amount.end]) <= _LINKER and words[amount.end] not in units
    beside = (amount.start - 1, amount.end + linked)  # Filipino "6 na araw"
    found = [units[words[at]] for at in beside if 0 <= at < len(words) and at not in rated and words[at] in units]
    own = " ".join(words[amount.start : amount.end]) if amount.spelled else ""
    if own in units and own in lexicon.of(Sense.HALF):
        found.append(units[own])  # Arabic "اسبوعين", two weeks
    return frozenset(found)


def _joined(words: Sequence[str], first: Amount, last: Amount, lexicon: Lexicon) -> bool:
    """Whether nothing but "to" or "or" stands between two numbers and their units, or "and" where "between" goes with it."""
    between = words[first.end : last.start]
    linking = (Sense.TO, Sense.OR)
    spanned = any(lexicon.says(word, Sense.BETWEEN) for word in words)
    if spanned:
        linking = (*linking, Sense.AND)
    if any(lexicon.says(word, Sense.OR) for word in between) and last.value > 2 * first.value:
        return False  # "5 or 60" is no range
    linked = [word for word in between if lexicon.says(word, *linking) or not lexicon.says(word, Sense.UNIT)]
    # "Between 50 55"
    return (bool(linked) or (spanned and not between)) and all(lexicon.says(word, *linking) for word in linked)
