"""Numbers as people write them: digits, decimals both ways, words, ranges, with or without a unit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.understanding.lexicon import Lexicon
from app.domain.understanding.model import Method

_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_RANGE = re.compile(r"(\d+(?:[.,]\d+)?)\s*[-–—~]\s*(\d+(?:[.,]\d+)?)")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number read from a text, how it was read, and whether every word around it was accounted for."""

    value: float
    method: Method
    clean: bool


def parse_number(token: str) -> float | None:
    """The number a token of digits stands for; "10,5" and "10.5" are ten and a half, "1,000" is a thousand."""
    if _THOUSANDS.fullmatch(token) and not token.startswith("0"):
        return float(re.sub(r"[.,]", "", token))
    if _PLAIN.fullmatch(token):
        return float(token.replace(",", "."))
    return None


def read_numeral(folded: str, words: Sequence[str], lexicon: Lexicon) -> Numeral | None:
    """The one number a text holds, or None when it holds none or several that are no range."""
    bounds = _RANGE.search(folded)
    if bounds:
        low, high = (parse_number(part) for part in bounds.groups())
        if low is not None and high is not None and low < high:
            rest = [word for word in words if parse_number(word) is None]
            return Numeral((low + high) / 2, Method.RANGE, clean=_known(rest, lexicon))
    found = [(word, parse_number(word)) for word in words]
    values = [value for _, value in found if value is not None]
    rest = [word for word, value in found if value is None]
    if len(set(values)) == 1:
        return Numeral(values[0], Method.DIGIT, clean=_known(rest, lexicon))
    if len(values) == 2 and values[0] < values[1] and any(word in lexicon.conjunctions for word in rest):  # noqa: PLR2004
        return Numeral(sum(values) / 2, Method.RANGE, clean=False)
    return _spelled(rest, lexicon) if not values else None


def _spelled(words: Sequence[str], lexicon: Lexicon) -> Numeral | None:
    whole = lexicon.numbers.get(" ".join(words))
    if whole is not None:
        return Numeral(float(whole), Method.SPELLED, clean=True)
    numbers = [lexicon.numbers[word] for word in words if word in lexicon.numbers]
    rest = [word for word in words if word not in lexicon.numbers]
    # "forty two": a ten followed by a unit; anything else with two number words is left to a person.
    if len(numbers) == 2 and numbers[0] % 10 == 0 and numbers[0] >= 20 and 0 < numbers[1] < 10:  # noqa: PLR2004
        return Numeral(float(sum(numbers)), Method.SPELLED, clean=_known(rest, lexicon))
    if len(set(numbers)) == 1:
        return Numeral(float(numbers[0]), Method.SPELLED, clean=_known(rest, lexicon))
    return None


def _known(words: Sequence[str], lexicon: Lexicon) -> bool:
    return all(word in lexicon.units or word in lexicon.approx or word in lexicon.polite for word in words)
