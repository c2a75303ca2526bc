"""The texts of a PDF as its typesetter writes them: Identity-H fonts with a table of what each glyph stands for."""

import re
import zlib
from collections.abc import Iterator

import regex

_OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_FONTS = re.compile(rb"/(f\d+) (\d+) 0 R")
_MEANS = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
# What names a font, a string of glyphs (whose brackets may stand in pairs), or the end of a text.
_SAID = regex.compile(rb"/(f\d+) [\d.]+ Tf|(\((?:\\.|[^\\()]|(?2))*\))|\bET\b", regex.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_SIGNS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def texts_of(pdf: bytes) -> list[str]:
    """Every run of text, in the order in which it is read."""
    objects = dict(_OBJECT.findall(pdf))
    fonts = {name: _meanings(objects, objects[at]) for name, at in _FONTS.findall(b"".join(objects.values()))}
    return [text for body in objects.values() for text in _written(_opened(body), fonts)]


def _opened(body: bytes) -> bytes:
    found = _STREAM.search(body)
    if found is None or b"/FlateDecode" not in body[: found.start()]:
        return b""
    return zlib.decompress(found.group(1))


def _meanings(objects: dict[bytes, bytes], font: bytes) -> dict[int, str]:
    at = re.search(rb"/ToUnicode (\d+) 0 R", font)
    table = _opened(objects[at.group(1)]) if at else b""
    return {
        int(glyph, 16): bytes.fromhex(meant.decode()).decode("utf-16-be")
        for glyph, meant in _MEANS.findall(table.partition(b"endcodespacerange")[2])
    }


def _written(content: bytes, fonts: dict[bytes, dict[int, str]]) -> Iterator[str]:
    if b" Tf" not in content:
        return
    meant: dict[int, str] = {}
    text = ""
    for found in _SAID.finditer(content):
        if found.group(1):
            meant = fonts[found.group(1)]
        elif found.group(2):
            glyphs = _ESCAPED.sub(_sign, found.group(2)[1:-1])
            text += "".join(meant.get(glyph, "") for glyph in _pairs(glyphs))
        elif text:
            yield text
            text = ""


def _sign(found: re.Match[bytes]) -> bytes:
    told = found.group(1)
    return bytes([int(told, 8)]) if told.isdigit() else _SIGNS.get(told, told)


def _pairs(glyphs: bytes) -> Iterator[int]:
    return (int.from_bytes(glyphs[at : at + 2]) for at in range(0, len(glyphs) - 1, 2))
