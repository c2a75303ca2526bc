"""The bytes of a reply as text: whatever charset Kannel names, rightly or not, something readable comes out."""

import re
from collections.abc import Mapping

_NEEDLESS = re.compile(r"[^a-z0-9]+")
_OTHERS = re.compile(r"iso-?8859-\d{1,2}|windows-\d{3,4}|koi8-[ru]|big5|gb2312|gb18030|euc-kr|shift_jis|us-ascii")

_CODECS: Mapping[str, str] = {
    "utf8": "utf-8",
    "utf16be": "utf-16-be",
    "utf16": "utf-16-be",
    "ucs2": "utf-16-be",
    "ucs2be": "utf-16-be",
    "iso10646ucs2": "utf-16-be",
    "utf16le": "utf-16-le",
    "latin1": "cp1252",
    "iso88591": "cp1252",  # as browsers do: what it adds are only curly quotes and the like
    "windows1252": "cp1252",
}
_GSM = frozenset({"gsm", "gsm7", "gsm0338"})
_UCS2_CODING = "2"

# 3GPP TS 23.038, 6.2.1 and 6.2.1.1: the default alphabet in the order of its septets; the escape is no character.
_SEPTETS = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\0ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = 0x1B
_ESCAPED: Mapping[int, str] = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip


def read(body: bytes, charset: str, coding: str) -> str:
    """The text of a body. Never fails: a broken character becomes U+FFFD, a charset nobody knows is guessed.

    Args:
        body: as it came.
        charset: Kannel's %C, such as UTF-8, UTF-16BE or 8-BIT.
        coding: Kannel's %c; "2" is UCS-2, and decides where the charset says nothing.
    """
    name = _NEEDLESS.sub("", charset.lower())
    text = _gsm(body) if name in _GSM else _decoded(body, _CODECS.get(name) or _other(charset) or _by_coding(coding))
    # A NUL no database takes; U+FEFF is a mark of the encoding, no character.
    return text.replace("\0", "").removeprefix("\ufeff")


def _other(charset: str) -> str:
    # Listed, for Python also knows codecs that are no charset, such as unicode_escape.
    return charset if _OTHERS.fullmatch(charset.lower()) else ""


def _by_coding(coding: str) -> str:
    return "utf-16-be" if coding == _UCS2_CODING else ""


def _decoded(body: bytes, codec: str) -> str:
    if codec == "utf-16-be" and body.startswith(b"\xff\xfe"):
        codec = "utf-16-le"  # it says so itself
    if codec.startswith("utf-16"):
        body = body[: len(body) // 2 * 2]  # half a character was cut off
    try:
        return body.decode(codec, errors="replace") if codec else _guessed(body)
    except LookupError:  # windows-1259
        return _guessed(body)


def _guessed(body: bytes) -> str:
    """UTF-8 where it can be: hardly any other text happens to be."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _gsm(body: bytes) -> str:
    """A septet in each byte, as Kannel before 1.4.2 hands them on."""
    septets = iter(body)
    return "".join(_escaped(next(septets, _ESCAPE)) if one == _ESCAPE else _septet(one) for one in septets)


def _septet(one: int) -> str:
    return _SEPTETS[one] if one < len(_SEPTETS) else "\ufffd"


def _escaped(one: int) -> str:
    # 23.038: an escape that a phone does not know is shown as a space.
    return _ESCAPED.get(one, " ")
