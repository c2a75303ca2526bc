"""Templates: text with `{names}` to fill. Every value is escaped for the place where it will stand."""

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

_TOKEN = re.compile(r"\{\{|\}\}|\{([a-z_]+(?:\.[a-z][a-z0-9_-]*)?)\}|[{}]|[^{}]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# What XML 1.0 cannot hold, not even escaped.
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class TemplateError(ValueError):
    """A template that cannot be read, or a value that cannot stand where it should."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A name to fill."""

    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """Literal text and slots, in order."""

    pieces: tuple[str | Slot, ...]

    def names(self) -> Iterator[str]:
        """The names to fill."""
        return (piece.name for piece in self.pieces if isinstance(piece, Slot))

    def lead(self) -> str:
        """The literal text before the first slot."""
        return self.pieces[0] if self.pieces and isinstance(self.pieces[0], str) else ""

    def fill(self, values: Mapping[str, str], escape: Callable[[str], str]) -> str:
        """The text with each value escaped."""
        return "".join(piece if isinstance(piece, str) else escape(values[piece.name]) for piece in self.pieces)


def read_template(written: str) -> Template:
    """A template; `{{` and `}}` are braces that stay.

    Raises:
        TemplateError: a brace stands alone.
    """
    pieces: list[str | Slot] = []
    for token in _TOKEN.finditer(written):
        if token[1]:
            pieces.append(Slot(token[1]))
            continue
        if token[0] in {"{", "}"}:
            raise TemplateError("a brace stands alone; write {name}, or {{ and }} for braces")
        literal = {"{{": "{", "}}": "}"}.get(token[0], token[0])
        if pieces and isinstance(pieces[-1], str):
            literal = f"{pieces.pop()}{literal}"
        pieces.append(literal)
    return Template(tuple(pieces))


def as_is(value: str) -> str:
    """The value itself, for places that are encoded as a whole: fields of a form, leaves of JSON."""
    return value


def in_url(value: str, charset: str = "utf-8") -> str:
    """Percent-encoded, slashes too, so that a value stays one segment.

    Raises:
        TemplateError: it would climb to another path, or the character set lacks a character of it.
    """
    if value in {".", ".."}:
        raise TemplateError("a value climbs out of the path")
    return quote(encoded(value, charset), safe="")


def encoded(value: str, charset: str) -> bytes:
    """The value in a character set.

    Raises:
        TemplateError: the set lacks a character of it.
    """
    try:
        return value.encode(charset)
    except UnicodeError:
        raise TemplateError("the character set lacks a character of the text") from None


def in_header(value: str) -> str:
    """The value, where a header can hold it.

    Raises:
        TemplateError: it would end the header, or is not ASCII.
    """
    if not value.isascii() or _CONTROL.search(value):
        raise TemplateError("a header holds printable ASCII alone")
    return value


def in_xml(value: str) -> str:
    """Escaped for an element's text and for an attribute in quotes."""
    return html.escape(_NOT_XML.sub("\ufffd", value), quote=True).replace("\r", "&#13;").replace("\n", "&#10;")


def in_json(value: str) -> str:
    """Escaped for the inside of a JSON string in quotes."""
    return json.dumps(value)[1:-1]


ESCAPES: Mapping[str, Callable[[str], str]] = {"xml": in_xml, "json": in_json, "form": quote_plus}
"""How values are escaped in a body that is written out as text."""
