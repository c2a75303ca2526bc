"""Where a value stands in an answer or a webhook, and tests of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, cast
from urllib.parse import parse_qsl

from app.carriers.generic.patterns import Pattern, find
from app.carriers.reading import MOST_FIELDS, cleaned
from app.domain.errors import InvalidError

_FORM = "application/x-www-form-urlencoded"
_MOST_ITEMS = 1_000


class Kind(StrEnum):
    """The kinds of places; FIELD is a form's or a query's, whichever has it."""

    JSON = "json"
    FIELD = "field"
    QUERY = "query"
    FORM = "form"
    HEADER = "header"
    BODY = "body"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Place:
    """A place: `name` is the field's or the header's, or the fixed value; `path` the steps of a JSON pointer.

    With a `pattern`, the value is what its first group finds there.
    """

    kind: Kind
    name: str = ""
    path: tuple[str, ...] = ()
    pattern: Pattern | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """A place must hold one of these values; any value where none is named."""

    place: Place
    equals: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Heard:
    """An answer or a webhook as it came; its parts are read when they are asked for, once.

    Reading raises InvalidError, whatever was sent.
    """

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    query: str = field(default="", repr=False)
    charset: str = "utf-8"

    @cached_property
    def document(self) -> Any:
        """The body as JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise InvalidError("The body is no JSON.") from None

    @cached_property
    def text(self) -> str:
        """The body as text."""
        try:
            return self.body.decode(self.charset)
        except (UnicodeError, LookupError):
            raise InvalidError("The body is not in the character set it should be in.") from None

    @cached_property
    def query_fields(self) -> Mapping[str, str]:
        """The query's fields; of one that comes twice, the last."""
        return _fields(self.query, self._narrow)

    @cached_property
    def form_fields(self) -> Mapping[str, str]:
        """The form's fields; none where the body is no form."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return _fields(self.body.decode("latin-1"), self._narrow) if kind == _FORM else {}

    @cached_property
    def _narrow(self) -> str:
        """The character set of fields: where the body is in UTF-16, they are not, for their names are ASCII."""
        return "utf-8" if self.charset.lower().replace("_", "-").startswith(("utf-16", "utf16")) else self.charset

    def items(self, each: tuple[str, ...] | None) -> Sequence[Any]:
        """The items a JSON pointer leads to; without one, a single item that is nothing in particular.

        A lone object where a list belongs is the list's one item.
        """
        if each is None:
            return (None,)
        found = _step(self.document, each)
        listed = cast("list[Any]", found) if isinstance(found, list) else [found]
        if found is None or len(listed) > _MOST_ITEMS:
            raise InvalidError("The webhook holds no list where one belongs, or too long a one.")
        return listed

    def find(self, place: Place, item: Any = None) -> str | None:
        """The value in a place, None where there is none; JSON is looked up in the item, where there is one."""
        value = self._value(place, item)
        if value is not None and place.pattern is not None:
            value = find(place.pattern, value)
        return None if value is None else cleaned(value)

    def passes(self, tests: Sequence[Test], item: Any = None) -> bool:
        """Whether all tests hold."""
        values = ((test, self.find(test.place, item)) for test in tests)
        return all(value is not None and (not test.equals or value in test.equals) for test, value in values)

    def _value(self, place: Place, item: Any) -> str | None:  # noqa: PLR0911 - a line for each kind
        match place.kind:
            case Kind.JSON:
                return _scalar(_step(self.document if item is None else item, place.path))
            case Kind.FIELD:
                return self.form_fields.get(place.name, self.query_fields.get(place.name))
            case Kind.QUERY:
                return self.query_fields.get(place.name)
            case Kind.FORM:
                return self.form_fields.get(place.name)
            case Kind.HEADER:
                return self.headers.get(place.name.lower())
            case Kind.BODY:
                return self.text
            case Kind.FIXED:
                return place.name


def read_pointer(written: str) -> tuple[str, ...]:
    """The steps of a JSON pointer (RFC 6901).

    Raises:
        ValueError: it is none.
    """
    if written == "":
        return ()
    if not written.startswith("/"):
        raise ValueError("a JSON pointer is empty or begins with /")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in written[1:].split("/"))


def _fields(encoded: str, charset: str) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(
            encoded, keep_blank_values=True, encoding=charset, errors="strict", max_num_fields=MOST_FIELDS
        )
    except (ValueError, LookupError):
        raise InvalidError("The webhook's fields cannot be read.") from None
    return dict(pairs)


def _step(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if isinstance(value, dict):
            value = cast("dict[str, Any]", value).get(step)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and len(step) < len(str(_MOST_ITEMS)):
            listed = cast("list[Any]", value)
            value = listed[int(step)] if int(step) < len(listed) else None
        else:
            return None
    return value


def _scalar(value: Any) -> str | None:
    """A JSON value as the text a vendor means by it; none for null, lists and objects."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return str(value) if isinstance(value, str | int) else None
