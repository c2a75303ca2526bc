"""One written form for what people type: digits of every script, case, width, invisible marks, stray signs."""

import unicodedata

import regex

from app.domain.understanding.letters import DIGRAPHS, LOOKALIKES

# ZWJ and ZWNJ shape Indic letters but never tell two words apart; Khmer and Thai words carry U+200B. A shrug is a
# shrug in every colour and sex.
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Cc}\p{Variation_Selector}\p{Emoji_Modifier}♀♂--[\n\t\r]]", regex.V1)
_CONTROL = regex.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARK = regex.compile(r"(?<=[\p{Latin}\p{Arabic}])\p{Mn}+")
_NATIONAL = regex.compile(r"[\p{N}--[0-9]]", regex.V1)
_FRACTION = regex.compile(r"(\d?)\s?([½¼¾])")
_RARE = regex.compile(r"[½¼¾\p{Myanmar}]")
_TENTHS = {"½": ".5", "¼": ".25", "¾": ".75"}
_WA_AS_ZERO = regex.compile(r"(?<=\d)ဝ|ဝ(?=\d)")
_ZERO_AS_WA = regex.compile(r"(?<!\d)0(?=\p{Myanmar})")
_UNSPACED = r"\p{Khmer}\p{Thai}\p{Lao}\p{Myanmar}\p{Han}"
_GAP = regex.compile(rf"(?<=[{_UNSPACED}\p{{M}}]) (?=[{_UNSPACED}])")
_TOKEN = regex.compile(
    r"[+-]?\d+(?:[.,]\d+)*|(?<![\d\p{L}])[.,]\d+|[\p{L}\p{M}']+(?<=[^\x00-\x7f])(?=\d)|[a-z]+(?=\d[\d.,])"
    r"|[\p{L}\p{M}\p{N}']+|\p{Emoji_Presentation}|\p{Extended_Pictographic}"
)
# "Rs500" holds a number, "na3am" (Arabic in Latin letters) none.
_ASCII_TOKEN = regex.compile(
    r"[+-]?\d+(?:[.,]\d+)*|(?<![\da-z])[.,]\d+|[a-z]+(?=(?:\d{2,}[.,]?\d*|\d[.,]\d+)k?(?![a-z\d]))|(?<=\d)[a-z]+(?=\d)|[a-z0-9']+"
)
_EDGE = "'"
_LETTER_O = regex.compile(r"(?<=\d)o(?![\p{L}\p{M}])")
_LETTER_L = regex.compile(r"(?<![\p{L}\p{M}\d'])l(?=\d)")


def fold(text: str) -> str:
    """`text` in one form: NFKC, case-folded, national digits as ASCII, invisible marks gone, blanks single.

    Accents on Latin letters go too, because phones rarely type them, as do Arabic vowel signs; marks of other scripts
    are letters and stay. Blanks inside scripts that are written without them go. Folding twice changes nothing.
    """
    if text.isascii():
        return " ".join(_as_digits(_CONTROL.sub("", text).lower()).split())
    rare = _RARE.search(text) is not None
    wide = unicodedata.normalize("NFKC", _FRACTION.sub(_decimal, text) if rare else text).casefold()
    parted = unicodedata.normalize("NFD", _INVISIBLE.sub("", wide)).translate(LOOKALIKES)
    bare = unicodedata.normalize("NFC", _MARK.sub("", _NATIONAL.sub(_ascii_digit, parted)))
    for signs, sign in DIGRAPHS:
        bare = bare.replace(signs, sign)
    if rare:
        bare = _ZERO_AS_WA.sub("ဝ", _WA_AS_ZERO.sub("0", bare))
    return _GAP.sub("", " ".join(_as_digits(bare).split()))


def _as_digits(text: str) -> str:
    """The letters that thumbs type for digits, beside a digit: "1O", "l2"."""
    return _LETTER_L.sub("1", _LETTER_O.sub("0", text))


def _decimal(match: regex.Match[str]) -> str:
    """Such as "8½" is 8.5 and "½" 0.5; NFKC would make it eighty-one halves."""
    return (match[1] or "0") + _TENTHS[match[2]]


def _ascii_digit(match: regex.Match[str]) -> str:
    value = unicodedata.digit(match[0], None)
    return match[0] if value is None else str(value)


def tokens(folded: str) -> tuple[str, ...]:
    """The words, numbers and emoji of a folded text, in order; punctuation is dropped."""
    if folded.isascii():
        return tuple([token for token in [found.strip(_EDGE) for found in _ASCII_TOKEN.findall(folded)] if token])
    return tuple([token for token in [found.strip(_EDGE) for found in _TOKEN.findall(folded)] if token])


def one_form(text: str) -> str:
    """A text as tables hold it: folded, and with the signs between its words gone."""
    if text.isascii() and text.islower() and text.replace(" ", "").isalpha():
        return " ".join(text.split())  # most forms are plain letters, in which folding finds nothing to do
    return " ".join(tokens(fold(text)))
