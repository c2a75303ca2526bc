"""Answers by one-time code: what a service without a screen writes back to "a request 4821 waits"."""

import re
from dataclasses import dataclass
from datetime import timedelta

DIGITS = 4
"""Of a code: few enough to type from a text, too many to guess in `MOST_TRIES`."""

LASTS = timedelta(hours=72)
"""How long a code is good; a referral that waits longer is reminded with another."""

MOST_TRIES = 5
"""Wrong codes from one phone within `TRIES_COUNT`; after these none is believed."""

TRIES_COUNT = timedelta(days=1)

_CODES = 9 * 10 ** (DIGITS - 1)
# The code, then 1 or 2, with whatever phones and people put around and between them.
_ANSWER = re.compile(rf"[^\w]*(\d{{{DIGITS}}})(?!\d)[^\w]*([12])[^\w]*")
_CODE_AT_LEAST = re.compile(rf"(?<!\d)\d{{{DIGITS}}}(?!\d)")


@dataclass(frozen=True, slots=True)
class CodedAnswer:
    """A code, and whether it says yes; None where only the code could be read."""

    code: str
    accepts: bool | None


def code_from(secret: bytes) -> str:
    """The code a secret stands for: four digits, none of them lost where a phone drops leading zeros."""
    return str(10 ** (DIGITS - 1) + int.from_bytes(secret[:8], "big") % _CODES)


def read_answer(text: str) -> CodedAnswer | None:
    """An answer by code, in digits of any script; None where the text holds no code."""
    plain = "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)
    found = _ANSWER.fullmatch(plain)
    if found is not None:
        return CodedAnswer(found.group(1), found.group(2) == "1")
    code = _CODE_AT_LEAST.search(plain)
    return CodedAnswer(code.group(), None) if code else None
