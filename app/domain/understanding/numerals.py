"""Numbers as people write them: digits, decimals both ways, words, ranges, with or without a unit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.understanding.lexicon import Lexicon
from app.domain.understanding.model import Method

# Thousands, and the lakhs of South Asia: 1,25,000.
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}")
_PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_RANGE = re.compile(r"(\d+(?:[.,]\d+)?)\s*[-–—~]\s*(\d+(?:[.,]\d+)?)")
_LONGEST = 15  # more digits than any phone number are no number that somebody counted
_PAIR = 2


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number read from a text and how; how many words around it nothing accounts for; whether a unit stands by it."""

    value: float
    method: Method
    strangers: int = 0
    measured: bool = False


def parse_number(token: str) -> float | None:
    """The number a token of digits stands for; "10,5" and "10.5" are ten and a half, "1,000" is a thousand."""
    if sum(map(str.isdecimal, token)) > _LONGEST:
        return None
    if _THOUSANDS.fullmatch(token) and not token.startswith("0"):
        return float(re.sub(r"[.,]", "", token))
    if _PLAIN.fullmatch(token):
        return float(token.replace(",", "."))
    return None


def has_range(folded: str) -> bool:
    """Whether a text holds two numbers with a dash between: "5-6", "1 - 3"."""
    return _RANGE.search(folded) is not None


def read_numeral(folded: str, words: Sequence[str], lexicon: Lexicon) -> Numeral | None:
    """The one number a text holds, or None when it holds none, several that are no range, or "not" beside it."""
    found = [parse_number(word) for word in words]
    odd = any(value is None and _digits(word) for word, value in zip(words, found, strict=True))
    denying = {word for word in words if word in lexicon.negations or (len(word) > 1 and word in lexicon.no)}
    values = [value for value in found if value is not None]
    if odd or (denying and (values or denying.isdisjoint(lexicon.numbers))):
        return None  # "10h30", "not 10"; a lone "không" is the Vietnamese nought as well
    if not values:
        return _spelled(words, lexicon)
    strangers = _strangers([word for word, value in zip(words, found, strict=True) if value is None], lexicon)
    bounds = _RANGE.search(folded)
    if bounds:
        low, high = (parse_number(part) for part in bounds.groups())
        if low is not None and high is not None and low < high and len(values) == _PAIR:
            return Numeral((low + high) / 2, Method.RANGE, strangers)
    if len(set(values)) == 1:
        return Numeral(values[0], Method.DIGIT, strangers, _measured(words, found, lexicon))
    if len(values) == _PAIR and values[0] < values[1] and _joined(words, found, lexicon):
        return Numeral(sum(values) / 2, Method.RANGE, strangers)
    return None


def _digits(word: str) -> bool:
    return any(map(str.isdecimal, word))


def _joined(words: Sequence[str], found: Sequence[float | None], lexicon: Lexicon) -> bool:
    """Whether nothing but "and" stands between the two numbers: "5 and 6", but not "3 days and 4 hours"."""
    first, second = (at for at, value in enumerate(found) if value is not None)
    between = words[first + 1 : second]
    return bool(between) and all(word in lexicon.conjunctions for word in between)


def _measured(words: Sequence[str], found: Sequence[float | None], lexicon: Lexicon) -> bool:
    return any(
        value is not None
        and any(word in lexicon.units for word in (*words[max(0, at - 1) : at], *words[at + 1 : at + 2]))
        for at, value in enumerate(found)
    )


def _spelled(words: Sequence[str], lexicon: Lexicon) -> Numeral | None:
    phrases = (words, [word for word in words if not _accounted(word, lexicon)])
    for phrase in map(" ".join, phrases):
        if phrase in lexicon.numbers:
            return Numeral(float(lexicon.numbers[phrase]), Method.SPELLED)
    found = [lexicon.numbers.get(word) for word in words]
    numbers = [number for number in found if number is not None]
    rest = [word for word in words if word not in lexicon.numbers]
    measured = _measured(words, found, lexicon)
    # "forty two": a ten followed by a unit; anything else with two number words is left to a person.
    if len(numbers) == _PAIR and numbers[0] % 10 == 0 and numbers[0] >= 20 and 0 < numbers[1] < 10:  # noqa: PLR2004
        unjoined = [word for word in rest if word not in lexicon.conjunctions]  # "cuarenta y ocho"
        return Numeral(float(sum(numbers)), Method.SPELLED, _strangers(unjoined, lexicon), measured)
    if len(set(numbers)) == 1:
        return Numeral(float(numbers[0]), Method.SPELLED, _strangers(rest, lexicon), measured)
    return None


def _accounted(word: str, lexicon: Lexicon) -> bool:
    return word in lexicon.units or word in lexicon.approx or word in lexicon.polite


def _strangers(words: Sequence[str], lexicon: Lexicon) -> int:
    return sum(not _accounted(word, lexicon) for word in words)
