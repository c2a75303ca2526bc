"""One written form for what people type: digits of every script, case, width, invisible marks, stray signs."""

import re
import unicodedata
from functools import lru_cache

import regex

from app.domain.understanding.letters import DIGRAPHS, LOOKALIKES

# ZWJ and ZWNJ shape Indic letters but never tell two words apart; Khmer and Thai words carry U+200B. A shrug is a
# shrug in every colour and sex.
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Cc}\p{Variation_Selector}\p{Emoji_Modifier}♀♂--[\n\t\r]]", regex.V1)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARK = regex.compile(r"(?<=[\p{Latin}\p{Arabic}])\p{Mn}+")
_FRACTION = regex.compile(r"(\d?)\s?([½¼¾])")
_TENTHS = {"½": ".5", "¼": ".25", "¾": ".75"}
_WA_AS_ZERO = regex.compile(r"(?<=\d)ဝ|ဝ(?=\d)")
_ZERO_AS_WA = regex.compile(r"(?<!\d)0(?=\p{Myanmar})")
_UNSPACED = r"\p{Khmer}\p{Thai}\p{Lao}\p{Myanmar}\p{Han}"
FIRST_UNSPACED = "\u0e01"
"""Thai; the charts have Latin, Arabic and the scripts of India before all that are written without blanks."""
_LATE = re.compile(f"[{FIRST_UNSPACED}-\U0010ffff]")
# A sign that is no letter behind one that may be Latin or Arabic: only there can a mark stand that goes.
_MAYBE_MARK = re.compile("[a-z\u0080-\u08ff\u1d00-\u2e7f\ua000-\U0010ffff][^\\w\0-\x7f]")
# Noon ghunna and the large ye end a word wherever Urdu is spaced; phones leave the blank out.
_URDU_END = re.compile("(?<=[\u06ba\u06d2])(?=[\u0621-\u064a\u0671-\u06d3])")
_GAP = regex.compile(rf"(?<=[{_UNSPACED}\p{{M}}]) (?=[{_UNSPACED}])")
_DIGIT = re.compile(r"[0-9]")
_TOKEN = regex.compile(
    r"[+-]?\d+(?:[.,]\d+)*|(?<![\d\p{L}])[.,]\d+|[\p{L}\p{M}']+(?<=[^\x00-\x7f])(?=\d)|[a-z]+(?=\d[\d.,])"
    r"|[\p{L}\p{M}\p{N}']+|\p{Emoji_Presentation}|\p{Extended_Pictographic}"
)
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}']+|\p{Emoji_Presentation}|\p{Extended_Pictographic}")
# "Rs500" holds a number, "na3am" (Arabic in Latin letters) none.
_ASCII_TOKEN = re.compile(
    r"[+-]?\d+(?:[.,]\d+)*|(?<![\da-z])[.,]\d+|[a-z]+(?=(?:\d{2,}[.,]?\d*|\d[.,]\d+)k?(?![a-z\d]))|(?<=\d)[a-z]+(?=\d)|[a-z0-9']+"
)
_ASCII_WORD = re.compile(r"[a-z']+")
_EDGE = "'"
_THUMB = re.compile(r"[0-9]o|l[0-9]")
_LETTERS_O = regex.compile(r"(?<=\d)o+(?![\p{L}\p{M}])")
_LETTER_L = regex.compile(r"(?<![\p{L}\p{M}\d'])l(?=\d)")
_SIGNS_KEPT = 1 << 14


class _Signs(dict[int, str]):
    """Sign → its one form, found when it is first met: NFKC, case-folded, invisible ones nothing, lookalikes alike.

    Accents on Latin letters go with it; a mark that stands by itself is told by the letter before it, later.
    """

    def __missing__(self, code: int) -> str:
        wide = unicodedata.normalize("NFKC", chr(code)).casefold()
        parted = unicodedata.normalize("NFD", _INVISIBLE.sub("", wide)).translate(LOOKALIKES)
        form = "".join(_MARK.sub("", "".join(map(_ascii_digit, parted))))
        if len(self) < _SIGNS_KEPT:
            self[code] = form
        return form


_SIGNS = _Signs()


def fold(text: str) -> str:
    """`text` in one form: NFKC, case-folded, national digits as ASCII, invisible marks gone, blanks single.

    Accents on Latin letters go too, because phones rarely type them, as do Arabic vowel signs; marks of other scripts
    are letters and stay. Blanks inside scripts that are written without them go. Folding twice changes nothing.
    """
    if text.isascii():
        bare = text.lower() if text.isprintable() else _CONTROL.sub("", text.lower())
        return " ".join(_as_digits(bare).split())
    if "½" in text or "¼" in text or "¾" in text:
        text = _FRACTION.sub(_decimal, text)
    bare = text.translate(_SIGNS)
    if bare.isascii():
        return " ".join(_as_digits(bare).split())  # accents were all that kept it from being plain
    if _MAYBE_MARK.search(bare):
        bare = _MARK.sub("", bare)
    bare = unicodedata.normalize("NFC", bare)
    if "\u06ba" in bare or "\u06d2" in bare:
        bare = _URDU_END.sub(" ", bare)
    if _LATE.search(bare) is None:
        return " ".join(_as_digits(bare).split())
    return _unspaced(bare)


def _unspaced(bare: str) -> str:
    """One form of a text that may be in a script without blanks."""
    for signs, sign in DIGRAPHS:
        bare = bare.replace(signs, sign)
    if _DIGIT.search(bare):
        bare = _as_digits(_ZERO_AS_WA.sub("ဝ", _WA_AS_ZERO.sub("0", bare)))
    words = bare.split()
    one = " ".join(words)
    return _GAP.sub("", one) if len(words) > 1 else one


def _as_digits(text: str) -> str:
    """The letters that thumbs type for digits, beside a digit: "1O", "27ooo", "l2"."""
    return (
        _LETTER_L.sub("1", _LETTERS_O.sub(lambda letters: "0" * len(letters[0]), text)) if _THUMB.search(text) else text
    )


def _decimal(match: regex.Match[str]) -> str:
    """Such as "8½" is 8.5 and "½" 0.5; NFKC would make it eighty-one halves."""
    return (match[1] or "0") + _TENTHS[match[2]]


def _ascii_digit(sign: str) -> str:
    value = unicodedata.digit(sign, None)
    return sign if value is None else str(value)


def tokens(folded: str) -> tuple[str, ...]:
    """The words, numbers and emoji of a folded text, in order; punctuation is dropped."""
    if folded.replace(" ", "").isalpha():
        return tuple(folded.split())
    digits = _DIGIT.search(folded)
    if folded.isascii():
        found = (_ASCII_TOKEN if digits else _ASCII_WORD).findall(folded)
    else:
        found = (_TOKEN if digits else _WORD).findall(folded)
    if _EDGE in folded:
        found = [token.strip(_EDGE) for token in found]
    return tuple(token for token in found if token) if "" in found else tuple(found)


@lru_cache(maxsize=8)  # a text is looked at for orders of each kind, then for an answer
def words_of(text: str) -> tuple[str, ...]:
    """The words of a text as it came."""
    return tokens(fold(text))


def one_form(text: str) -> str:
    """A text as tables hold it: folded, and with the signs between its words gone."""
    if text.isascii() and text.islower() and text.replace(" ", "").isalpha():
        return " ".join(text.split())  # most forms are plain letters, in which folding finds nothing to do
    return " ".join(words_of(text))
