"""One written form for what people type: digits of every script, case, width, zero-width marks, stray signs."""

import unicodedata

import regex

# ZWJ and ZWNJ shape Indic letters but never tell two words apart; Khmer and Thai words carry U+200B. A shrug is a
# shrug in every colour and sex.
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Cc}\p{Variation_Selector}\p{Emoji_Modifier}♀♂--[\n\t\r]]", regex.V1)
_LATIN_MARK = regex.compile(r"(?<=\p{Latin})\p{Mn}+")
_TOKEN = regex.compile(r"[+-]?\d+(?:[.,]\d+)*|[\p{L}\p{M}\p{N}'’]+|\p{Emoji_Presentation}|\p{Extended_Pictographic}")
_EDGE = "'’"


def fold(text: str) -> str:
    """`text` in one form: NFKC, case-folded, national digits as ASCII, invisible marks gone, blanks single.

    Accents on Latin letters go too, because phones rarely type them; marks of other scripts are letters and stay.
    """
    wide = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")  # phones curl apostrophes
    digits = "".join(_ascii_digit(sign) for sign in _INVISIBLE.sub("", wide))
    bare = _LATIN_MARK.sub("", unicodedata.normalize("NFD", digits).replace("ı", "i").replace("đ", "d"))
    return " ".join(unicodedata.normalize("NFC", bare).split())


def _ascii_digit(sign: str) -> str:
    value = unicodedata.digit(sign, None) if not sign.isascii() else None
    return sign if value is None else str(value)


def tokens(folded: str) -> tuple[str, ...]:
    """The words, numbers and emoji of a folded text, in order; punctuation is dropped."""
    return tuple(token for token in (match.group().strip(_EDGE) for match in _TOKEN.finditer(folded)) if token)
