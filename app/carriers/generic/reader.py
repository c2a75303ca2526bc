"""Walks a definition's document: plain values, templates, places and tests, with a fault for each that is malformed."""

import codecs
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from math import isfinite
from typing import Any, TypeVar, cast

from app.carriers.generic.definition import Fields
from app.carriers.generic.patterns import Pattern, PatternError, read_pattern
from app.carriers.generic.places import Kind, Place, Test, read_pointer
from app.carriers.generic.templates import Template, TemplateError, read_template
from app.domain.errors import Fault

Document = Mapping[str, Any]
_E = TypeVar("_E", bound=StrEnum)

_CHARSETS = frozenset({
    "utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "cp1256", "utf-16", "utf-16-be", "utf-16-le",
    "gb18030", "big5", "shift_jis", "tis-620",
})  # fmt: skip


class Reader:
    """Collects faults; a faulty place yields a stand-in so that the walk goes on."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.secrets: set[str] = set()
        self.names: set[str] = set()
        self.flags: set[str] = set()
        self.unsigned: list[str] = []

    def fault(self, place: str, message: str) -> None:
        """Notes what is wrong with a place."""
        self.faults.append(Fault(place, message))

    # -- plain values ---------------------------------------------------------------------------

    def mapping(self, value: object, place: str, allowed: str = "") -> Document:
        """A mapping, with no other names than those allowed, where some are."""
        if not isinstance(value, Mapping):
            self.fault(place, "must be a mapping of names to values")
            return {}
        document = {str(key): item for key, item in cast("Mapping[object, Any]", value).items()}
        for key in sorted(document.keys() - set(allowed.split())) if allowed else ():
            self.fault(f"{place}.{key}".lstrip("."), f"is not known here; known are: {allowed.replace(' ', ', ')}")
        return document

    def sequence(self, value: object, place: str) -> Sequence[Any]:
        """A list."""
        if isinstance(value, list | tuple):
            return cast("Sequence[Any]", value)
        self.fault(place, "must be a list")
        return ()

    def text(self, value: object, place: str, default: str = "") -> str:
        """A text that is not empty; a number is taken for its digits."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and value:
            return value
        self.fault(place, "must be a text that is not empty")
        return default

    def number(self, value: object, place: str, low: float, high: float) -> float:
        """A number within bounds."""
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and low <= value <= high:
            return value
        self.fault(place, f"must be a number from {low:g} to {high:g}")
        return low

    def flag(self, value: object, place: str) -> bool:
        """True or false."""
        if not isinstance(value, bool):
            self.fault(place, "must be true or false")
        return value is True

    def one_of(self, value: object, place: str, known: Iterable[str], default: str) -> str:
        """One of the known texts."""
        known = tuple(known)
        if isinstance(value, str) and value in known:
            return value
        self.fault(place, f"is not known here; use one of: {', '.join(known)}")
        return default

    def choice(self, kind: type[_E], value: object, place: str, default: _E) -> _E:
        """One of the known values."""
        return kind(self.one_of(value, place, [item.value for item in kind], default.value))

    def charset(self, value: object, place: str) -> str:
        """A character set's one name."""
        try:
            name = codecs.lookup(str(value)).name
        except (LookupError, ValueError):
            name = ""
        if name not in _CHARSETS:
            self.fault(place, f"is not a character set known here; use one of: {', '.join(sorted(_CHARSETS))}")
            return "utf-8"
        return name

    def secret(self, value: object, place: str) -> str:
        """The name of a secret, noted as used."""
        name = self.text(value, place)
        self.secrets.add(name)
        return name

    # -- templates, places, tests ---------------------------------------------------------------

    def template(self, value: object, place: str, allowed: frozenset[str], *, secrets: bool = True) -> Template:
        """A template that fills in nothing but what is allowed; what it fills in is noted."""
        try:
            template = read_template(value if isinstance(value, str) else self.text(value, place))
        except TemplateError as problem:
            self.fault(place, str(problem))
            return Template(())
        for name in template.names():
            family, _, member = name.partition(".")
            if secrets and family == "secret" and member:
                self.secrets.add(member)
            elif family == "coding" and member and "text" in allowed:
                self.flags.add(name)
            elif name not in allowed:
                names = ", ".join(sorted(allowed))
                self.fault(place, f"{{{name}}} cannot stand here; what can: {names}{', secret.…' if secrets else ''}")
            self.names.add(name)
        return template

    def fields(self, value: object, place: str, allowed: frozenset[str]) -> Fields:
        """Names and their templates."""
        document = self.mapping(value, place)
        return tuple((name, self.template(item, f"{place}.{name}", allowed)) for name, item in document.items())

    def pattern(self, value: object, place: str) -> Pattern | None:
        """A pattern that cannot run away."""
        try:
            return read_pattern(self.text(value, place))
        except PatternError as problem:
            self.fault(place, str(problem))
            return None

    def place(self, value: object, place: str, kinds: Sequence[Kind]) -> Place:
        """The one place a mapping names; what no signature of a body covers is noted."""
        document = self.mapping(value, place, f"{' '.join(kinds)} match")
        named = [kind for kind in kinds if kind.value in document]
        if len(named) != 1:
            self.fault(place, f"must name one place: {', '.join(kinds)}")
            return Place(Kind.BODY)
        kind, written = named[0], document[named[0].value]
        pattern = self.pattern(document["match"], f"{place}.match") if "match" in document else None
        if kind in {Kind.FIELD, Kind.QUERY, Kind.HEADER}:
            self.unsigned.append(f"{place}.{kind}")
        if kind is Kind.JSON:
            try:
                return Place(kind, path=read_pointer(written if isinstance(written, str) else "?"), pattern=pattern)
            except ValueError as problem:
                self.fault(f"{place}.json", str(problem))
        if kind is Kind.BODY:
            self.flag(written, f"{place}.body")
            return Place(kind, pattern=pattern)
        return Place(kind, self.text(written, f"{place}.{kind}"), pattern=pattern)

    def tests(self, value: object, place: str, kinds: Sequence[Kind]) -> tuple[Test, ...]:
        """Tests, all of which must hold."""
        return tuple(
            self.test(item, f"{place}[{number}]", kinds) for number, item in enumerate(self.sequence(value, place), 1)
        )

    def test(self, value: object, place: str, kinds: Sequence[Kind]) -> Test:
        """A place, and what must stand there."""
        document = dict(self.mapping(value, place))
        equals = document.pop("equals", None)
        listed = cast("list[Any]", equals) if isinstance(equals, list) else [] if equals is None else [equals]
        wanted = frozenset(_scalar_text(item) for item in listed)
        return Test(self.place(document, place, kinds), wanted)

    def pointer(self, value: object, place: str) -> tuple[str, ...] | None:
        """A JSON pointer, where there is one."""
        if value is None:
            return None
        try:
            return read_pointer(self.text(value, place) if value != "" else "")
        except ValueError as problem:
            self.fault(place, str(problem))
            return None


def _scalar_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
