"""HSDS in its one normal form: a record for each thing, naming others by their ids. Nested documents are brought into it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from math import isfinite
from typing import Final, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from app.domain.errors import Fault, InvalidError
from app.domain.numbers import normalise
from app.domain.registry.row import Row, as_row
from app.domain.registry.schedules import zone_of
from app.domain.registry.shape import ALWAYS, LIST, NUMBER, OBJECT, Field, Kind, Shape
from app.domain.registry.storable import storable

Key = tuple[str, str]
"""Kind and id."""

NOT_HSDS: Final = "This is not HSDS: organizations, services or other lists of its records were looked for"
REQUIRED: Final = "is required by HSDS"
_ESSENTIAL: Final = {
    "organization": ("name",), "service": ("name", "status"), "location": ("location_type",), "phone": ("number",),
    "taxonomy": ("name",), "taxonomy_term": ("name",),
}  # fmt: skip
"""Without these nothing can be made of a record; what else the standard requires is missed and reported."""
_TOP: Final = ("organization", "service", "service_at_location", "location", "taxonomy", "taxonomy_term")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_FEWEST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Record:
    """One thing of HSDS with the fields of its own; `place` is where in the source it stood."""

    kind: str
    id: str
    data: Mapping[str, object] = field(repr=False)
    place: str = field(default="", compare=False)

    @property
    def key(self) -> Key:
        """What it is found by."""
        return self.kind, self.id


@dataclass(slots=True)
class Gathering:
    """Records read so far, each thing once, and what was wrong."""

    shape: Shape
    records: dict[Key, Record] = field(default_factory=dict[Key, Record])
    faults: list[Fault] = field(default_factory=list[Fault])
    refused: set[Key] = field(default_factory=set[Key])
    """What was named and had to be left out: it is broken at its source, and not gone."""

    def document(self, document: object) -> None:
        """Take every record of decoded JSON: lists by name, a page of the API, a list, or one object with all in it.

        Raises:
            InvalidError: it is not HSDS at all.
        """
        taken = False
        document = storable(document, self.faults)
        for kind, value, place in _lists(self.shape, document):
            taken = True
            row = as_row(value, place, self.faults)
            if row is None:
                self.faults.append(Fault(place, "should be an object"))
            else:
                self.take(kind, row)
        if not taken and document not in ({}, []) and not _is_empty(self.shape, document):
            raise InvalidError(NOT_HSDS)

    def table(self, kind: Kind, rows: Iterable[Mapping[str, str | None]]) -> None:
        """Take the rows of a file of one kind; places count from 2, the line under the header."""
        for line, cells in enumerate(rows, start=2):
            data = {name: value for name, value in cells.items() if value not in {None, ""}}
            self.take(kind, Row(data, f"{kind.file}:{line}", self.faults), in_table=True)

    def take(
        self, kind: Kind, row: Row, owner: Key | None = None, *, in_table: bool = False, seed: str = ""
    ) -> str | None:
        """Take one record and all within it; its id, or None where it had to be left out.

        Args:
            kind: what it is.
            row: its fields.
            owner: what it stands in the list of.
            in_table: whether it is a row of a table, where nesting says nothing.
            seed: what an id is made of where it has none; many publishers give none to what only stands within.
        """
        id_ = self._id_of(row, seed)
        if id_ is None or not self._stands(kind, row, id_):
            return None
        data = dict[str, object](id=id_)
        for name, value in row.data.items():
            if name != "id" and value is not None and value != "":
                self._take_field(kind, row, name, data)
        if owner is not None:
            pointer, named = kind.pointer_to(owner[0])
            if pointer:
                data[pointer] = owner[1]
            if named:
                data[named] = owner[0]
        if not self._put(Record(kind.name, id_, data, row.place)):
            return id_
        self._miss(kind, row, data, in_table=in_table)
        for part in kind.parts:
            for at, inner in enumerate(row.rows(part.name)):
                seed = f"{kind.name}/{id_}/{part.name}/{at}"
                self.take(self.shape[part.holds], inner, (kind.name, id_), seed=seed)
        return id_

    def _id_of(self, row: Row, seed: str) -> str | None:
        if seed and row.data.get("id") in {None, ""}:
            row.warn("id", f"{REQUIRED}; one was made from where it stands")
            return str(uuid5(NAMESPACE_URL, seed))
        return row.identifier()

    def _stands(self, kind: Kind, row: Row, id_: str) -> bool:
        stands = self._has_essentials(kind, row)
        if not stands:
            self.refused.add((kind.name, id_))
        return stands

    def _has_essentials(self, kind: Kind, row: Row) -> bool:
        found = [row.required(name) for name in _ESSENTIAL.get(kind.name, ())]
        fits = all(value is not None for value in found)
        for name in _ESSENTIAL.get(kind.name, ()):
            values = kind.fields[name].values
            if values and fits and row.text(name) not in values:
                row.fail(name, f"is none of: {', '.join(values)}")
                return False
        return fits

    def _take_field(self, kind: Kind, row: Row, name: str, data: dict[str, object]) -> None:
        item = kind.fields.get(name)
        if item is None:
            data[name] = row.data[name]  # a profile's own field goes in and out as it is
        elif item.type == OBJECT:
            within = row.row(name)
            # The same unit or term, wherever it stands, is one.
            seed = f"{item.holds}/{_plainly(within)}" if within is not None else ""
            id_ = self.take(self.shape[item.holds], within, seed=seed) if within is not None else None
            if id_ is not None:
                data[item.key] = id_
        elif item.type != LIST:
            value = read_value(item, row)
            if value is not None and not (item.format == "uuid" and name in data):
                data[name] = value

    def _put(self, record: Record) -> bool:
        """Keep a record; of one that comes again what is new is added. Whether anything within it is still to be read."""
        known = self.records.get(record.key)
        if known is None:
            self.records[record.key] = record
            return True
        for name, value in record.data.items():
            if name in known.data and known.data[name] != value:
                self.faults.append(
                    Fault(f"{record.place}.{name}", f"differs from {known.place}, which has the same id and is kept", "warning")
                )  # fmt: skip
        self.records[record.key] = Record(record.kind, record.id, {**record.data, **known.data}, known.place)
        return True

    def _miss(self, kind: Kind, row: Row, data: Mapping[str, object], *, in_table: bool) -> None:
        for item in kind.own:
            needed = item.required == ALWAYS or (in_table and item.required)
            if needed and item.name not in data and item.name not in _ESSENTIAL.get(kind.name, ()):
                row.warn(item.name, REQUIRED)

    def dangling(self, known: frozenset[Key] = frozenset()) -> list[Fault]:
        """Every key that points to nothing, neither here nor in what is `known` already; the rows stand."""
        return [
            Fault(f"{record.place}.{name}", f"points to no {target} that is here", "warning")
            for record in self.records.values()
            for name, target, id_ in self.shape[record.kind].links(record.data)
            if (target, id_) not in self.records and (target, id_) not in known
        ]

    def named(self) -> set[Key]:
        """What the records point to and what is not among them."""
        return {
            (target, id_)
            for record in self.records.values()
            for _, target, id_ in self.shape[record.kind].links(record.data)
        } - self.records.keys()


def _plainly(row: Row) -> str:
    """The plain fields of a record, in one order."""
    return repr(sorted((name, value) for name, value in row.data.items() if isinstance(value, str | int | float)))


# -- shapes of a document -------------------------------------------------------------------------


def _lists(shape: Shape, document: object) -> Iterator[tuple[Kind, object, str]]:
    """Each object that stands at the top: its kind, itself, its place."""
    if isinstance(document, list):
        yield from _guessed(shape, cast("list[object]", document), "")
    elif isinstance(document, Mapping):
        given = cast("Mapping[str, object]", document)
        if isinstance(given.get("contents"), list):
            yield from _guessed(shape, cast("list[object]", given["contents"]), "contents")
        elif "id" in given:
            yield from _guessed(shape, [given], "")
        else:
            for name, value in given.items():
                kind = shape.by_list(name)
                if kind is not None and isinstance(value, list):
                    for at, item in enumerate(cast("list[object]", value)):
                        yield kind, item, f"{name}[{at}]"


def _is_empty(shape: Shape, document: object) -> bool:
    """Whether a document has the right shape and nothing in it."""
    if not isinstance(document, Mapping):
        return False
    given = cast("Mapping[str, object]", document)
    return any(value == [] and (name == "contents" or shape.by_list(name)) for name, value in given.items())


def _guessed(shape: Shape, values: list[object], name: str) -> Iterator[tuple[Kind, object, str]]:
    objects = [cast("Mapping[str, object]", value) for value in values if isinstance(value, Mapping)]
    if values and not objects:
        return
    for at, value in enumerate(values):
        told = cast("Mapping[str, object]", value) if isinstance(value, Mapping) else objects[0]
        kind = _kind_of(shape, told)
        if kind is None:
            return
        yield kind, value, f"{name or kind.name + 's'}[{at}]"


def _kind_of(shape: Shape, told: Mapping[str, object]) -> Kind | None:
    """The kind whose fields an object has most of."""

    def fit(name: str) -> int:
        known = told.keys() & shape[name].fields.keys()
        return 2 * len(known) - len(told)

    best = max(_TOP, key=fit)  # of equals the first
    return shape[best] if "id" in told and fit(best) > 0 else None


# -- values ---------------------------------------------------------------------------------------


def read_value(item: Field, row: Row) -> object | None:
    """The value of a field in its one form; None, with a warning, where it cannot stand there."""
    text = _text(row, item.name)
    if item.name == "timezone" and zone_of(text) is not None:
        return text  # HSDS has hours ahead of UTC here, and many publishers the name of the zone, which says more
    if item.type == NUMBER:
        return _plain(row.number(item.name))
    if not text:
        return None
    if item.format == "uuid":
        return _uuid(row, item.name, text)
    if item.values and text not in item.values:
        row.warn(item.name, f"is none of: {', '.join(item.values)}")
        return None
    told = _looks_wrong(item, text)
    if told:
        row.warn(item.name, told)  # reported, and kept as it was written
    return text


def _text(row: Row, name: str) -> str:
    """A text; a number or a truth is taken as it is written, for many publishers do not quote them."""
    value = row.data.get(name)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return str(value)
    return row.text(name)


def _plain(number: float | None) -> float | int | None:
    return int(number) if number is not None and number.is_integer() else number


def _uuid(row: Row, name: str, text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        row.warn(name, "is not a UUID")
        return None


def _looks_wrong(item: Field, text: str) -> str:
    match item.format:
        case "email":
            return "" if _EMAIL.fullmatch(text) else "should be an e-mail address"
        case "uri":
            return "" if _URI.fullmatch(text) else "should be an address such as https://example.org"
        case "date":
            return _unless(date.fromisoformat, text, "should be a date such as 2026-11-24")
        case "time":
            return _unless(time.fromisoformat, text, "should be a time such as 09:00")
        case "date-time":
            return _unless(datetime.fromisoformat, text, "should be a moment such as 2026-11-24T09:00:00Z")
        case _:
            return _phone_looks_wrong(text) if item.name == "number" else ""


def _unless(read: object, text: str, told: str) -> str:
    try:
        read(text)  # type: ignore[operator]
    except ValueError:
        return told
    return ""


def _phone_looks_wrong(text: str) -> str:
    if sum(character.isdigit() for character in text) < _FEWEST_DIGITS:
        return "is no phone number"
    if not text.startswith("+"):
        return ""  # a short code, or national: whose, nobody says
    try:
        normalise(text, "ZZ")
    except InvalidError:
        return "is no phone number of its country"
    return ""
