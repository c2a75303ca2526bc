"""Numbers in digits."""

import re

# Thousands, and the lakhs of South Asia: 1,25,000. "1,234.567" may be a thousand and a bit, or a million: it is neither.
_THOUSANDS = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?:\.\d{3})+|\d{1,2}(?:,\d{2})+,\d{3})")
_MIXED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d{1,2}|[+-]?\d{1,3}(?:\.\d{3})+,\d{1,2}")
_PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d+)?|[.,]\d+")
_RANGE = re.compile(r"\d\s*[-–—~]\s*\d")
_DIGIT = re.compile(r"[0-9]")
_PHONE = re.compile(r"0\d{7,}|\+\d{7,}")  # how people dial; nobody counts so
_LONGEST = 15  # more digits than any phone number are no number that somebody counted


def parse_number(token: str) -> float | None:
    """The number a token of digits stands for; "10,5" and "10.5" are ten and a half, "1,000" is a thousand."""
    if token.isdecimal():
        return float(token) if len(token) <= _LONGEST and not _PHONE.fullmatch(token) else None
    if not token[0].isdecimal() and not token[-1].isdecimal():
        return None
    return _marked(token) if sum(map(str.isdecimal, token)) <= _LONGEST else None


def _marked(token: str) -> float | None:
    """A number with a sign, or with marks between its digits."""
    if _PHONE.fullmatch(token):
        return None
    if _THOUSANDS.fullmatch(token) and not token.lstrip("+-").startswith("0"):
        return float(re.sub(r"[.,]", "", token))
    if _MIXED.fullmatch(token):
        whole, tail = re.split(r"[.,](?=\d{1,2}$)", token)
        return float(f"{re.sub(r'[.,]', '', whole)}.{tail}")
    return float(token.replace(",", ".")) if _PLAIN.fullmatch(token) else None


def has_range(folded: str) -> bool:
    """Whether a text holds two numbers with a dash between: "5-6", "1 - 3"."""
    return _RANGE.search(folded) is not None


def has_digit(word: str) -> bool:
    """Whether a digit stands in a word."""
    return _DIGIT.search(word) is not None
