"""Marks: "8 out of 10"."""

from collections.abc import Sequence

from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.numerals.digits import has_digit, parse_number

_PAIR = 2


def read_mark(words: Sequence[str], lexicon: Lexicon, highest: float) -> float | None:
    """The mark of "8 out of 10", in either order; None unless two numbers with "of" between, one of them the highest."""
    numbers, topped = lexicon.of(Sense.NUMBER), lexicon.of(Sense.OF)
    parts = lexicon.phrases(Sense.OF).cut(words)
    values = [
        None if of and part not in numbers else parse_number(part) if has_digit(part) else numbers.get(part)
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
