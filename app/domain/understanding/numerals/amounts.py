"""The numbers a text holds, in digits and in words, each with what multiplies it and what belongs to it."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.domain.understanding.lexicon import COUNTING, Lexicon, Sense
from app.domain.understanding.numerals.digits import has_digit, parse_number

# Every reply with a number asks for these; members of an enumeration take long to look up.
_HALF, _POINT, _UNIT = Sense.HALF, Sense.POINT, Sense.UNIT
_NUMBER, _MULTIPLIER = Sense.NUMBER, Sense.MULTIPLIER
_KILO = re.compile(r"(?<=\d)k(?![a-z])")
_TEN = 10
_DOZEN = 12
_HUNDRED = 100
_THOUSAND = 1000
_MILLION = 1_000_000
_STEM = 4  # letters of a multiplier that a longer word begins with
_GROUP = re.compile(r"\d{3}(?:[.,]\d{1,2})?")
_HEAD = re.compile(r"[1-9]\d{0,2}")


class Amount(NamedTuple):
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


def amounts_in(
    folded: str, words: Sequence[str], lexicon: Lexicon, hints: frozenset[Sense], *, ranged: bool
) -> list[Amount] | None:
    """Every number in order; None where a word holds digits that are no number: "10h30".

    Args:
        folded: the text.
        words: its words.
        lexicon: of their language.
        hints: all that they may say.
        ranged: whether two numbers stand in it with a dash between.
    """
    digits = has_digit(folded)
    if not digits and hints.isdisjoint(COUNTING):
        return []
    kilo = digits and "k" in folded and _KILO.search(folded) is not None
    found: list[Amount] = []
    at = 0
    while at < len(words):
        word = words[at]
        amount = (
            _spelled(words, at, lexicon)
            if word in lexicon.counting and not _is_unit(word, at, found, lexicon)
            else None
        )
        if (
            amount is None and digits and (word.isdecimal() or (has_digit(word) and word not in lexicon.senses))
        ):  # "kira2" is a word
            amount = _digits(words, at, ranged=ranged and bool(found))
            if amount is None:
                return None
        if amount is None or (_HALF in hints and _adds_half(found, amount, words, lexicon)):
            at = found[-1].end if amount else at + 1
            continue
        if _POINT in hints:
            amount = _pointed(amount, words, lexicon)
        if found:
            amount = _taking_along(found, amount, words, lexicon)
        amount = _multiplied(amount, words, lexicon, kilo=kilo)
        at = amount.end
        if at < len(words) and (_inflected(words[at], lexicon) or (kilo and _doubted(amount, words[at], lexicon))):
            return None
        if not found or not _grow(found, amount, words, lexicon):
            found.append(amount)
    return found


def _is_unit(word: str, at: int, found: Sequence[Amount], lexicon: Lexicon) -> bool:
    """Whether a word behind digits is the unit that it may be as well: Burmese "နှစ်" is two, and years."""
    return bool(found) and found[-1].end == at and not found[-1].spelled and word in lexicon.of(_UNIT)


def _pointed(amount: Amount, words: Sequence[str], lexicon: Lexicon) -> Amount:
    """Such as "2 koma 5 juta": two and a half million, with the mark between in words."""
    points = lexicon.of(Sense.POINT)
    if amount.value % 1 or amount.end >= len(words) or words[amount.end] not in points:
        return amount
    numbers, digits, at = lexicon.of(Sense.NUMBER), "", amount.end + 1
    while at < len(words) and (said := _tenths(words[at], numbers)):
        digits += said
        at += 1
    return amount._replace(value=float(f"{amount.value:.0f}.{digits}"), end=at) if digits else amount


def _tenths(word: str, numbers: Mapping[str, float]) -> str:
    """The digits a word adds behind a point: "25", "five"; none where it is no digit."""
    if word.isdecimal():
        return word
    number = numbers.get(word, _TEN)
    return f"{number:.0f}" if number < _TEN else ""


def _inflected(following: str, lexicon: Lexicon) -> bool:
    """Whether behind a number stands a multiplier in a form nobody knows: Bengali "15 হাজারের" is no fifteen."""
    if len(following) <= _STEM or following in lexicon.senses:
        return False
    return any(len(form) >= _STEM and following.startswith(form) for form in lexicon.of(Sense.MULTIPLIER))


def _doubted(amount: Amount, following: str, lexicon: Lexicon) -> bool:
    """Whether a "k" behind thousands may make millions of them or say nothing: "3000k"; Sinhala ends words with it."""
    thousands = not amount.spelled and _THOUSAND <= amount.value < _TEN * _THOUSAND
    return following == "k" and thousands and (not lexicon.scripts or "k" in lexicon.of(_MULTIPLIER))


def _taking_along(found: list[Amount], amount: Amount, words: Sequence[str], lexicon: Lexicon) -> Amount:
    """A number with the one before it, which it takes along where a multiplier behind them counts for both."""
    before = found[-1]
    if before.scale == _HUNDRED and 0 < amount.value < _HUNDRED and _adjoins(before, amount, words, lexicon):
        found.pop()  # "two hundred and fifty | thousand"
        return amount._replace(value=before.value - before.held + amount.value, start=before.start, held=before.held)
    if before.held and amount.spelled and amount.value == _THOUSAND and before.end == amount.start:
        found.pop()  # "two million seven hundred | thousand"
        return before._replace(value=before.value - before.held, scale=1, end=before.end)
    before_tens = before.spelled and before.scale == 1 and 0 < before.value % _HUNDRED < _TEN
    if before_tens and _are_tens(before, amount, words, lexicon):
        found.pop()  # Arabic "مائة وخمسة | وعشرون": a hundred, five and twenty
        return amount._replace(value=before.value - before.held + amount.value, start=before.start, held=before.held)
    return amount


def _are_tens(before: Amount, amount: Amount, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether a number is tens that an "and" joins to the ones before, in a language that says them so."""
    tens = amount.spelled and amount.value % _TEN == 0 and _TEN < amount.value < _HUNDRED
    if not tens or not lexicon.ones_first:
        return False
    if before.end == amount.start:
        return words[amount.start].startswith(lexicon.glued[0])
    return _adjoins(before, amount, words, lexicon)


def _digits(words: Sequence[str], at: int, *, ranged: bool) -> Amount | None:
    value = parse_number(words[at])
    if value is None:
        return None
    if ranged and words[at].startswith("-"):
        return Amount(-value, at, at + 1, dashed=True)
    end = at + 1
    if end < len(words) and _HEAD.fullmatch(words[at]):
        while end < len(words) and _GROUP.fullmatch(words[end]):
            value = value * _THOUSAND + (parse_number(words[end]) or 0)  # "12 500", "6 700,54"
            end += 1
    return Amount(value, at, end)


def _spelled(words: Sequence[str], at: int, lexicon: Lexicon) -> Amount | None:
    """The longest reading of the words from here, where a number may begin."""
    if at + 1 < len(words) and has_digit(words[at + 1]) and lexicon.says(words[at], Sense.APPROX):
        return None  # Vietnamese "tam 48", without its marks, is about 48 and no eight
    found: Amount | None = None
    for reading in (_scaled(words, at, lexicon), _more(words, at, lexicon), _word(words, at, lexicon)):
        if reading is not None and (found is None or reading.end > found.end):
            found = reading
    return found


def _word(words: Sequence[str], at: int, lexicon: Lexicon) -> Amount | None:
    """The longest spelled number, half or multiplier that begins here."""
    found: Amount | None = None
    for sense in (_NUMBER, _HALF, _MULTIPLIER):
        for phrase, size in lexicon.phrases(sense).starting(words, at):
            if sense is _MULTIPLIER and len(phrase) == 1 and phrase.isascii():
                break  # a lone "k" says ok
            value = lexicon.of(sense)[phrase]
            if found is None or at + size > found.end:
                hundreds = (
                    value < _THOUSAND and value and value % _HUNDRED == 0
                )  # Bengali "সাতশ" is 700, French "deux cent" 200
                scale = _HUNDRED if hundreds else value if sense is _MULTIPLIER else 1
                found = Amount(value, at, at + size, spelled=True, scale=scale)
            break
    return _one(words, at, lexicon) if found is None else found


def _one(words: Sequence[str], at: int, lexicon: Lexicon) -> Amount | None:
    """The one of an article that stands alone or before a unit: French "une heure"; "une dame" counts nothing."""
    if words[at] not in lexicon.of(Sense.ARTICLE):
        return None
    unit = " ".join(words[at + 1 : at + 2])
    # "Une semaine" may say "a week", of something that was not said.
    counts = len(words) == 1 or (lexicon.says(unit, _UNIT) and not lexicon.says(unit, Sense.RATE))
    return Amount(1, at, at + 1, spelled=True) if counts else None


def _scaled(words: Sequence[str], at: int, lexicon: Lexicon) -> Amount | None:
    """Such as "elfu tatu": a multiplier that stands before its number, which may be of two parts: "elfu kumi na tano"."""
    scale = lexicon.of(Sense.MULTIPLIER_FIRST).get(words[at])
    if scale is None:
        return None
    lower = lexicon.of(Sense.MULTIPLIER_FIRST).get(words[at + 1], scale) if at + 1 < len(words) else scale
    # Swahili "elfu mia mbili": a thousand times a hundred times two.
    counted = (_scaled if lower < scale else _plain)(words, at + 1, lexicon)
    if counted is None:
        return Amount(scale, at, at + 1, spelled=True, scale=scale)
    after = counted.end
    while after < len(words) and lexicon.says(words[after], Sense.AND):
        after += 1
    unit = _plain(words, after, lexicon)
    room = counted.scale if counted.scale == _HUNDRED else 10  # "dubu dari da hamsin": thousand, hundred and fifty
    if unit is not None and counted.spelled and counted.value % 10 == 0 and unit.value < room:
        counted = counted._replace(value=counted.value + unit.value, end=unit.end)
    return Amount(counted.value * scale, at, counted.end, spelled=True, scale=scale)


def _plain(words: Sequence[str], at: int, lexicon: Lexicon) -> Amount | None:
    if at >= len(words):
        return None
    return _digits(words, at, ranged=False) if has_digit(words[at]) else _word(words, at, lexicon)


def _more(words: Sequence[str], at: int, lexicon: Lexicon) -> Amount | None:
    """Such as "साढ़े आठ": eight and a half, with the half said first."""
    added = lexicon.of(Sense.PLUS).get(words[at])
    counted = _plain(words, at + 1, lexicon) if added is not None else None
    if added is None or counted is None or counted.value % 1:
        return None
    # Of "two hundred" a quarter more is 225: the fraction is of the multiplier that follows.
    return counted._replace(value=counted.value + added * counted.scale, start=at)


def _adds_half(found: list[Amount], half: Amount, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Such as "Eight and a half", "8 hours and a half": the half belongs to the number before.

    Arabic "fifty | hour and a half" is 50.5, though "hour and a half" alone is 1.5.
    """
    phrase = " ".join(words[half.start : half.end])
    if phrase not in lexicon.of(Sense.HALF) or phrase in lexicon.of(Sense.NUMBER):
        return False
    if not found or found[-1].value % 1 or (half.value >= 1 and not lexicon.says(words[half.start], _UNIT)):
        return False
    before = found[-1]
    if any(not lexicon.says(word, Sense.AND, Sense.UNIT) for word in words[before.end : half.start]):
        return False
    whole = before._replace(value=before.value + half.value % 1 * before.scale, end=half.end)
    found[-1] = _multiplied(whole, words, lexicon, kilo=False)  # "three and a half | million"
    return True


def _multiplied(amount: Amount, words: Sequence[str], lexicon: Lexicon, *, kilo: bool) -> Amount:
    """Such as "5 thousand", "2 lakh", "five hundred thousand"; "12.5k" too, but not "5 k", which says ok."""
    while amount.end < len(words):
        factor = lexicon.of(_MULTIPLIER).get(words[amount.end])
        if words[amount.end] == "k" and (kilo or amount.scale > 1):
            # "30k k qareeb", "30 hazar k qareeb" and Sinhala "50000k": the letter is a word then, or an ending.
            factor = _THOUSAND if amount.scale == 1 and amount.value < _THOUSAND else None
        spelled = amount.spelled and factor != _DOZEN
        if factor is None or (spelled and (factor <= amount.value or not _round(factor))):
            break
        amount = amount._replace(value=amount.value * factor, scale=amount.scale * factor, end=amount.end + 1)
    return amount._replace(value=amount.value + amount.held, held=0) if amount.held else amount


def _round(factor: float) -> bool:
    """Whether a multiplier is a power of ten: Sinhala "අසූ දෙදාස්" is eighty, two thousand, and no 80 times 2,000."""
    return f"{factor:.0f}".rstrip("0") == "1"


def _grow(found: list[Amount], amount: Amount, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Adds to the number before what belongs to it: "five thousand | five hundred", "forty | two"."""
    if not found or not _adjoins(found[-1], amount, words, lexicon):
        return False
    before = found[-1]
    places = len(words[amount.start]) if words[amount.start].isdecimal() else 1
    tail = before.end == amount.start and words[before.end - 1] in lexicon.of(Sense.TENTHS)
    if tail and 0 < amount.value < 10**places and amount.scale == 1:
        # "7tr5": seven million five hundred thousand; "4tr750": four million seven hundred and fifty thousand
        found[-1] = before._replace(value=before.value + amount.value * before.scale / 10**places, end=amount.end)
        return True
    thousands = any(lexicon.of(Sense.MULTIPLIER).get(word, 0) >= _THOUSAND for word in words[amount.end :])
    if tail and amount.scale == _HUNDRED and amount.value < _THOUSAND and before.scale >= _MILLION and not thousands:
        amount = amount._replace(value=amount.value * before.scale / _THOUSAND)  # "7 triệu 5 trăm": 7,500,000
    elif amount.scale == _HUNDRED and before.scale >= _MILLION and not thousands:
        return False  # "sejuta delapan ratus" may be 1,800,000 or 1,000,800
    large = before.scale > 1 and amount.value < before.scale and not amount.dashed
    large = large and not (amount.value * _HUNDRED <= before.scale and _may_be_multiplied(amount, words, lexicon))
    tens = before.spelled and before.value % 10 == 0 and 20 <= before.value < 100 and not amount.dashed  # noqa: PLR2004
    if tens and amount.spelled and amount.value % _THOUSAND == 0 and 0 < amount.value < 10 * _THOUSAND:
        # Sinhala "තිස් පන්දාහ": thirty, five thousand
        value = before.value * _THOUSAND + amount.value
        found[-1] = before._replace(value=value, end=amount.end, scale=_THOUSAND)
        return True
    if not (large or (tens and 0 < amount.value < 10)):  # noqa: PLR2004
        return False
    held = before.value if large and before.scale > _HUNDRED and amount.value < _THOUSAND else 0
    nought = amount.spelled and not amount.value  # Chinese "二百 | 零 | 三": the next one still counts ones
    scale = before.scale if nought else max(amount.scale, 1)
    found[-1] = before._replace(value=before.value + amount.value, end=amount.end, scale=scale, held=held)
    return True


def _may_be_multiplied(amount: Amount, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether behind digits stands a word nobody knows, which may be a multiplier misspelt: "2 lakh 50 thousnd"."""
    word = words[amount.end] if not amount.spelled and amount.end < len(words) else ""
    return len(word) >= _STEM and word.isalpha() and word not in lexicon.senses and word not in lexicon.topics


def _adjoins(before: Amount, amount: Amount, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether nothing but "and" stands between two numbers."""
    return all(lexicon.says(word, Sense.AND) for word in words[before.end : amount.start])
