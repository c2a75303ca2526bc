"""Numbers as people write them: digits, decimals both ways, words, halves, thousands, ranges, with or without a unit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import regex

from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.model import Method

# Thousands, and the lakhs of South Asia: 1,25,000.
_THOUSANDS = re.compile(r"[+-]?(?:\d{1,3}(?:[.,]\d{3})+|\d{1,2}(?:,\d{2})+,\d{3})")
_MIXED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d{1,2}|[+-]?\d{1,3}(?:\.\d{3})+,\d{1,2}")
_PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d+)?|[.,]\d+")
_RANGE = re.compile(r"\d\s*[-–—~]\s*\d")
_CLOCK = re.compile(r"\d:\d")
_KILO = re.compile(r"(?<=\d)k(?![a-z])")
_LONGEST = 15  # more digits than any phone number are no number that somebody counted
_CURRENCY = regex.compile(r"\p{Sc}")
_IN_ONE = 5  # letters of two number words written in one
_LONGEST_WORD = 40
_LINKER = 2  # letters of a word that may stand between a number and its unit
_PAIR = 2
_WIDEST, _APART = 2, 5  # "1-3" and "40-50" are ranges; "8-17" are the hours of a shift
_NUMERIC = str.isdecimal
_HUNDRED = 100
_THOUSAND = 1000
_MILLION = 1_000_000
MONEY = 7
"""The class of units that are money; docs/lexicons.md lists the others."""
_DIGIT = re.compile(r"[0-9]")
_GROUP = re.compile(r"\d{3}")
_HEAD = re.compile(r"[1-9]\d{0,2}")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number read from a text and how; how many words around it nothing accounts for; whether a unit stands by it.

    `units` are the classes of the units beside it, 0 where the tables do not tell one. `rate` is what was said of the
    time it counts over: "a day".
    """

    value: float
    method: Method
    strangers: int = 0
    units: frozenset[float] = frozenset()
    rate: str = ""

    @property
    def measured(self) -> bool:
        """Whether a unit stands by it."""
        return bool(self.units)


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number in words `start` up to `end`; `scale` is the multiplier it was given, `dashed` a dash before it.

    `held` is the part of the value that a multiplier still to come does not touch: two million of "two million seven
    hundred | thousand".
    """

    value: float
    start: int
    end: int
    spelled: bool = False
    scale: float = 1
    dashed: bool = False
    held: float = 0


def parse_number(token: str) -> float | None:
    """The number a token of digits stands for; "10,5" and "10.5" are ten and a half, "1,000" is a thousand."""
    if token.isdecimal():
        return float(token) if len(token) <= _LONGEST else None
    if not _NUMERIC(token[0]) and not _NUMERIC(token[-1]):
        return None
    return _marked(token) if sum(map(str.isdecimal, token)) <= _LONGEST else None


def _marked(token: str) -> float | None:
    """A number with a sign, or with marks between its digits."""
    if _THOUSANDS.fullmatch(token) and not token.lstrip("+-").startswith("0"):
        return float(re.sub(r"[.,]", "", token))
    if _MIXED.fullmatch(token):
        whole, tail = re.split(r"[.,](?=\d{1,2}$)", token)
        return float(f"{re.sub(r'[.,]', '', whole)}.{tail}")
    return float(token.replace(",", ".")) if _PLAIN.fullmatch(token) else None


def has_range(folded: str) -> bool:
    """Whether a text holds two numbers with a dash between: "5-6", "1 - 3"."""
    return _RANGE.search(folded) is not None


def read_numeral(folded: str, words: Sequence[str], lexicon: Lexicon) -> Numeral | None:
    """The one number a text holds, or None when it holds none, several that are no range, or "not" beside it."""
    if _CLOCK.search(folded):
        return None
    ranged = has_range(folded)
    amounts = _amounts(words, lexicon, ranged=ranged, kilo=_KILO.search(folded) is not None)
    if amounts == [] and (apart := _in_pieces(words, lexicon)) != words:
        words = apart
        amounts = _amounts(words, lexicon, ranged=ranged, kilo=False)
    rate, rated = _rate(words, lexicon)
    amounts = _without_articles(words, amounts or [], lexicon)
    if not amounts or _denied(words, amounts, rated, lexicon):
        return None
    if _lacks_its_head(words, amounts[0], lexicon) or _one_of_several(words, amounts[0], lexicon):
        return None
    units = [_measured(words, amount, rated, lexicon) for amount in amounts]
    read = _once(folded, amounts, units) or _between(words, amounts, units, lexicon, ranged=ranged)
    strangers = _strangers(words, amounts, lexicon) if read is not None else 0
    return replace(read, strangers=strangers, rate=rate) if read is not None and (strangers or rate) else read


def _once(folded: str, amounts: Sequence[_Amount], measured: Sequence[frozenset[float]]) -> Numeral | None:
    """One number, said once or more."""
    first = amounts[0]
    if len({amount.value for amount in amounts}) > 1:
        return None
    spelled = all(amount.spelled for amount in amounts)
    units = frozenset[float]().union(*measured)
    if spelled and 0 < first.value < 1 and not units:
        return None  # half of what?
    if not units and _CURRENCY.search(folded):
        units = frozenset({MONEY})
    return Numeral(first.value, Method.SPELLED if spelled else Method.DIGIT, units=units)


def _between(
    words: Sequence[str],
    amounts: Sequence[_Amount],
    measured: Sequence[frozenset[float]],
    lexicon: Lexicon,
    *,
    ranged: bool,
) -> Numeral | None:
    """The middle of two numbers, the second of which is the larger, but not by much."""
    first, last = amounts[0], amounts[-1]
    if len(amounts) != _PAIR or first.value >= last.value or not (ranged or _joined(words, first, last, lexicon)):
        return None
    if last.scale > first.scale == 1 and first.value * last.scale < last.value:
        first = replace(first, value=first.value * last.scale)  # "5 to 6 thousand"
    if last.value > _WIDEST * first.value and last.value - first.value > _APART:
        return None
    return Numeral((first.value + last.value) / 2, Method.RANGE, units=measured[-1])


def read_mark(words: Sequence[str], lexicon: Lexicon, highest: float) -> float | None:
    """The mark of "8 out of 10", in either order; None unless two numbers with "of" between, one of them the highest."""
    numbers, topped = lexicon.of(Sense.NUMBER), lexicon.of(Sense.OF)
    parts = lexicon.phrases(Sense.OF).cut(words)
    values = [
        None if of and part not in numbers else parse_number(part) if _has_digit(part) else numbers.get(part)
        for part, of in parts
    ]
    marks = [(at, value) for at, value in enumerate(values) if value is not None]
    if len(marks) == 1 and any(topped.get(part) == highest for part, of in parts if of and part not in numbers):
        return marks[0][1]  # "பத்துக்கு ஏழு": out of ten, seven
    if len(marks) != _PAIR:
        return None
    (first, low), (last, high) = marks
    if first and parts[first - 1][1] and low == highest:
        return high  # "ከ10 6": out of ten, six
    if not any(of for _, of in parts[first + 1 : last]):
        return None
    return low if high == highest else high if low == highest else None


def _rate(words: Sequence[str], lexicon: Lexicon) -> tuple[str, frozenset[int]]:
    """What is said of the time a number counts over, and the places of the words that say it."""
    rates = lexicon.phrases(Sense.RATE)
    if len(words) == 1 or not rates.begin(words):
        return "", frozenset()
    rate, places, at = "", set[int](), 0
    for phrase, known in rates.cut(words):
        size = phrase.count(" ") + 1
        if known:
            rate = rate or phrase
            places.update(range(at, at + size))
        at += size
    return rate, frozenset(places)


# -- the numbers of a text ------------------------------------------------------------------------


def _amounts(words: Sequence[str], lexicon: Lexicon, *, ranged: bool, kilo: bool) -> list[_Amount] | None:
    """Every number in order; None where a word holds digits that are no number: "10h30"."""
    found: list[_Amount] = []
    at = 0
    while at < len(words):
        digits = _has_digit(words[at]) and words[at] not in lexicon.senses  # "kira2" is a word
        if not digits and lexicon.says(words[at], Sense.APPROX) and at + 1 < len(words) and _has_digit(words[at + 1]):
            at += 1  # Vietnamese "tam 48", without its marks, is about 48 and no eight
            continue
        amount = _digits(words, at, ranged=ranged and bool(found)) if digits else _spelled(words, at, lexicon)
        if amount is None and digits:
            return None
        if amount is None or (_half(words[at : amount.end], lexicon) and _add_half(found, amount, words, lexicon)):
            at = amount.end if amount else at + 1
            continue
        if (
            found
            and found[-1].scale == _HUNDRED
            and amount.value < _HUNDRED
            and _adjoins(found[-1], amount, words, lexicon)
        ):
            hundreds = found.pop()  # "two hundred and fifty | thousand"
            value, held = hundreds.value - hundreds.held + amount.value, hundreds.held
            amount = replace(amount, value=value, start=hundreds.start, held=held)
        elif (
            found and found[-1].held and amount.spelled and amount.value == _THOUSAND and found[-1].end == amount.start
        ):
            below = found.pop()  # "two million seven hundred | thousand"
            amount = replace(below, value=below.value - below.held, scale=1, end=below.end)
        amount = _multiplied(amount, words, lexicon, kilo=kilo)
        at = amount.end
        if not _grow(found, amount, words, lexicon):
            found.append(amount)
    return found


def _in_pieces(words: Sequence[str], lexicon: Lexicon) -> Sequence[str]:
    """The words with numbers that are written in one taken apart: Turkish "onyedibin" is on, yedi, bin."""
    if not any(word[0].isalpha() and len(word) >= _IN_ONE and word not in lexicon.senses for word in words):
        return words
    return [piece for word in words for piece in (_pieces(word, lexicon) or (word,))]


def _pieces(word: str, lexicon: Lexicon) -> list[str]:
    """The number words that make up all of a word; empty where they do not."""
    if not _IN_ONE <= len(word) <= _LONGEST_WORD or _has_digit(word) or word in lexicon.senses:
        return []
    # From the end: how the rest of the word is made of number words.
    ways: list[list[str] | None] = [None] * len(word) + [[]]
    for at in range(len(word) - 1, -1, -1):
        for end in range(len(word), at, -1):
            tail = ways[end]
            counted = at > 0 and not tail and lexicon.of(Sense.UNIT).get(word[at:end], 0)  # Bengali "ছয়দিন": six days
            if tail is not None and (counted or lexicon.says(word[at:end], Sense.NUMBER, Sense.MULTIPLIER)):
                ways[at] = [word[at:end], *tail]
                break
    return ways[0] or []


def _has_digit(word: str) -> bool:
    return _DIGIT.search(word) is not None


def _digits(words: Sequence[str], at: int, *, ranged: bool) -> _Amount | None:
    value = parse_number(words[at])
    if value is None:
        return None
    if ranged and words[at].startswith("-"):
        return _Amount(-value, at, at + 1, dashed=True)
    end = at + 1
    if _HEAD.fullmatch(words[at]):
        while end < len(words) and _GROUP.fullmatch(words[end]):
            value = value * 1000 + int(words[end])  # "12 500"
            end += 1
    return _Amount(value, at, end)


def _spelled(words: Sequence[str], at: int, lexicon: Lexicon) -> _Amount | None:
    """The longest reading of the words from here."""
    if words[at] not in lexicon.counting:
        return None
    readings = (_scaled(words, at, lexicon), _more(words, at, lexicon), _word(words, at, lexicon))
    return max((reading for reading in readings if reading), key=lambda reading: reading.end, default=None)


def _word(words: Sequence[str], at: int, lexicon: Lexicon) -> _Amount | None:
    """The longest spelled number, half or multiplier that begins here."""
    found: _Amount | None = None
    for sense in (Sense.NUMBER, Sense.HALF, Sense.MULTIPLIER):
        for phrase, size in lexicon.phrases(sense).starting(words, at):
            if sense is Sense.MULTIPLIER and len(phrase) == 1 and phrase.isascii():
                break  # a lone "k" says ok
            value = lexicon.of(sense)[phrase]
            if found is None or at + size > found.end:
                hundreds = value < _THOUSAND and value and value % _HUNDRED == 0  # Bengali "সাতশ" is one word: 700
                scale = value if sense is Sense.MULTIPLIER else _HUNDRED if hundreds else 1
                found = _Amount(value, at, at + size, spelled=True, scale=scale)
            break
    return found


def _scaled(words: Sequence[str], at: int, lexicon: Lexicon) -> _Amount | None:
    """Such as "elfu tatu": a multiplier that stands before its number, which may be of two parts: "elfu kumi na tano"."""
    scale = lexicon.of(Sense.MULTIPLIER_FIRST).get(words[at])
    if scale is None:
        return None
    counted = _plain(words, at + 1, lexicon)
    if counted is None:
        return _Amount(scale, at, at + 1, spelled=True, scale=scale)
    after = counted.end
    while after < len(words) and lexicon.says(words[after], Sense.AND):
        after += 1
    unit = _plain(words, after, lexicon)
    room = counted.scale if counted.scale == _HUNDRED else 10  # "dubu dari da hamsin": thousand, hundred and fifty
    if unit is not None and counted.spelled and counted.value % 10 == 0 and unit.value < room:
        counted = replace(counted, value=counted.value + unit.value, end=unit.end)
    return _Amount(counted.value * scale, at, counted.end, spelled=True, scale=scale)


def _plain(words: Sequence[str], at: int, lexicon: Lexicon) -> _Amount | None:
    if at >= len(words):
        return None
    return _digits(words, at, ranged=False) if _has_digit(words[at]) else _word(words, at, lexicon)


def _more(words: Sequence[str], at: int, lexicon: Lexicon) -> _Amount | None:
    """Such as "साढ़े आठ": eight and a half, with the half said first."""
    added = lexicon.of(Sense.PLUS).get(words[at])
    counted = _plain(words, at + 1, lexicon) if added is not None else None
    if added is None or counted is None or counted.value % 1:
        return None
    # Of "two hundred" a quarter more is 225: the fraction is of the multiplier that follows.
    return replace(counted, value=counted.value + added * counted.scale, start=at)


def _half(words: Sequence[str], lexicon: Lexicon) -> bool:
    phrase = " ".join(words)
    return phrase in lexicon.of(Sense.HALF) and phrase not in lexicon.of(Sense.NUMBER)


def _add_half(found: list[_Amount], half: _Amount, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Such as "Eight and a half", "8 hours and a half": the half belongs to the number before."""
    if not found or half.value >= 1 or found[-1].value % 1:
        return False
    between = words[found[-1].end : half.start]
    if any(not lexicon.says(word, Sense.AND, Sense.UNIT) for word in between):
        return False
    found[-1] = replace(found[-1], value=found[-1].value + half.value * found[-1].scale, end=half.end)
    return True


def _multiplied(amount: _Amount, words: Sequence[str], lexicon: Lexicon, *, kilo: bool) -> _Amount:
    """Such as "5 thousand", "2 lakh", "five hundred thousand"; "12.5k" too, but not "5 k", which says ok."""
    while amount.end < len(words):
        factor = lexicon.of(Sense.MULTIPLIER).get(words[amount.end])
        if kilo and words[amount.end] == "k":
            # "30k k qareeb" and Sinhala "50000k": the letter is a word then, or an ending.
            factor = _THOUSAND if amount.scale == 1 and amount.value < _THOUSAND else None
        if factor is None or (amount.spelled and (factor <= amount.value or not _round(factor))):
            break
        amount = replace(amount, value=amount.value * factor, scale=amount.scale * factor, end=amount.end + 1)
    return replace(amount, value=amount.value + amount.held, held=0) if amount.held else amount


def _round(factor: float) -> bool:
    """Whether a multiplier is a power of ten: Sinhala "අසූ දෙදාස්" is eighty, two thousand, and no 80 times 2,000."""
    return f"{factor:.0f}".rstrip("0") == "1"


def _grow(found: list[_Amount], amount: _Amount, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Adds to the number before what belongs to it: "five thousand | five hundred", "forty | two"."""
    if not found or not _adjoins(found[-1], amount, words, lexicon):
        return False
    before = found[-1]
    places = len(words[amount.start]) if words[amount.start].isdecimal() else 1
    tail = before.end == amount.start and words[before.end - 1] in lexicon.of(Sense.TENTHS)
    if tail and 0 < amount.value < 10**places and amount.scale == 1:
        # "7tr5": seven million five hundred thousand; "4tr750": four million seven hundred and fifty thousand
        found[-1] = replace(before, value=before.value + amount.value * before.scale / 10**places, end=amount.end)
        return True
    thousands = any(lexicon.of(Sense.MULTIPLIER).get(word, 0) >= _THOUSAND for word in words[amount.end :])
    if tail and amount.scale == _HUNDRED and amount.value < _THOUSAND < before.scale and not thousands:
        amount = replace(amount, value=amount.value * before.scale / _THOUSAND)  # "7 triệu 5 trăm": 7,500,000
    elif amount.scale == _HUNDRED and before.scale >= _MILLION and not thousands:
        return False  # "sejuta delapan ratus" may be 1,800,000 or 1,000,800
    large = before.scale > 1 and amount.value < before.scale and not amount.dashed
    tens = before.spelled and before.value % 10 == 0 and 20 <= before.value < 100 and not amount.dashed  # noqa: PLR2004
    if tens and amount.spelled and amount.value % _THOUSAND == 0 and 0 < amount.value < 10 * _THOUSAND:
        # Sinhala "තිස් පන්දාහ": thirty, five thousand
        value = before.value * _THOUSAND + amount.value
        found[-1] = replace(before, value=value, end=amount.end, scale=_THOUSAND)
        return True
    if not (large or (tens and 0 < amount.value < 10)):  # noqa: PLR2004
        return False
    held = before.value if large and before.scale > _HUNDRED and amount.value < _THOUSAND else 0
    scale = max(amount.scale, 1)
    found[-1] = replace(before, value=before.value + amount.value, end=amount.end, scale=scale, held=held)
    return True


def _adjoins(before: _Amount, amount: _Amount, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether nothing but "and" stands between two numbers."""
    return all(lexicon.says(word, Sense.AND) for word in words[before.end : amount.start])


# -- what stands around them ----------------------------------------------------------------------


def _outside(words: Sequence[str], amounts: Sequence[_Amount]) -> list[str]:
    inside = {at for amount in amounts for at in range(amount.start, amount.end)}
    return [word for at, word in enumerate(words) if at not in inside]


def _denied(words: Sequence[str], amounts: Sequence[_Amount], rated: frozenset[int], lexicon: Lexicon) -> bool:
    """Whether a word beside the numbers denies them; Haitian "pa semèn" is "a week", and "pa" alone is "not"."""
    inside = {at for amount in amounts for at in range(amount.start, amount.end)}
    return any(
        lexicon.says(word, Sense.NEGATION) or (len(word) > 1 and lexicon.says(word, Sense.NO))
        for at, word in enumerate(words)
        if at not in inside and at not in rated
    )


def _without_articles(words: Sequence[str], amounts: list[_Amount], lexicon: Lexicon) -> list[_Amount]:
    """The numbers but a spelled "one" that opens a reply with digits and counts nothing: "un peu plus de 70 000"."""
    if len(amounts) != _PAIR or amounts[1].spelled or not amounts[0].spelled or amounts[0].value != 1:
        return amounts
    following = words[amounts[0].end]
    article = amounts[0].end < amounts[1].start and not lexicon.says(
        following, Sense.UNIT, Sense.AND, Sense.OR, Sense.TO
    )
    return amounts[1:] if article else amounts


def _lacks_its_head(words: Sequence[str], first: _Amount, lexicon: Lexicon) -> bool:
    """Whether a bare thousand stands behind a word that nobody knows: Haitian "di mil" is ten thousand misspelt."""
    if not first.spelled or first.start == 0 or words[first.start - 1] in lexicon.senses:
        return False
    return lexicon.of(Sense.MULTIPLIER).get(words[first.start], 0) >= _HUNDRED


def _one_of_several(words: Sequence[str], first: _Amount, lexicon: Lexicon) -> bool:
    """Whether a number counts the last of several things: "me, my wife and 3 children", Sinhala "lamai 3i"."""
    before, behind = words[: first.start], words[first.end : first.end + 1]
    if not before or not behind:
        return False
    listed = lexicon.says(before[-1], Sense.AND) or behind[0] in lexicon.of(Sense.AND_AFTER)
    return listed and any(word not in lexicon.senses for word in before)


def _strangers(words: Sequence[str], amounts: Sequence[_Amount], lexicon: Lexicon) -> int:
    known = (
        Sense.UNIT,
        Sense.RATE,
        Sense.APPROX,
        Sense.FILLER,
        Sense.POLITE,
        Sense.BETWEEN,
        Sense.TO,
        Sense.OR,
        Sense.AND,
        Sense.UNSURE,
    )
    outside = _outside(words, amounts)
    return sum(not lexicon.says(phrase, *known) for phrase, _ in lexicon.every.cut(outside)) if outside else 0


def _measured(words: Sequence[str], amount: _Amount, rated: frozenset[int], lexicon: Lexicon) -> frozenset[float]:
    """The classes of the units beside a number; those of a rate ("haftada", in a week) say how often and are none."""
    units = lexicon.of(Sense.UNIT)
    linked = amount.end < len(words) and len(words[amount.end]) <= _LINKER and words[amount.end] not in units
    beside = (amount.start - 1, amount.end + linked)  # Filipino "6 na araw"
    return frozenset(
        units[words[at]] for at in beside if 0 <= at < len(words) and at not in rated and words[at] in units
    )


def _joined(words: Sequence[str], first: _Amount, last: _Amount, lexicon: Lexicon) -> bool:
    """Whether nothing but "to" or "or" stands between the two numbers, or "and" where a "between" goes with it."""
    between = words[first.end : last.start]
    linking = (Sense.TO, Sense.OR)
    if any(lexicon.says(word, Sense.BETWEEN) for word in words):
        linking = (*linking, Sense.AND)
    if any(lexicon.says(word, Sense.OR) for word in between) and last.value > 2 * first.value:
        return False  # "5 or 60" is no range
    return bool(between) and all(lexicon.says(word, *linking) for word in between)
