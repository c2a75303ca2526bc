"""Numbers as people write them: digits, decimals both ways, words, halves, thousands, ranges, with or without a unit."""

from app.domain.understanding.numerals.digits import has_digit, has_range, parse_number
from app.domain.understanding.numerals.marks import read_mark
from app.domain.understanding.numerals.reading import MONEY, Numeral, read_numeral

__all__ = ["MONEY", "Numeral", "has_digit", "has_range", "parse_number", "read_mark", "read_numeral"]
