"""The shape of HSDS: its kinds of records, their fields, and which stands within which. Data, handed in from outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

TEXT, NUMBER, LIST, OBJECT = "text", "number", "list", "object"
ALWAYS = "always"

_POINTING = {"attribute": ("link_id", "link_entity"), "metadata": ("resource_id", "resource_type")}
"""What may belong to any kind says to which, beside the id."""

_ODD_TARGETS = {"parent_id": "taxonomy_term", "parent_organization_id": "organization"}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a kind: `type` is text, number, list or object; the last two hold records of the kind `holds`.

    `required` is empty, `always`, or `in-tables` where nesting says it elsewhere.
    """

    name: str
    type: str
    format: str = ""
    values: tuple[str, ...] = ()
    required: str = ""
    holds: str = ""

    @property
    def nests(self) -> bool:
        """Whether other records stand in it."""
        return self.type in {LIST, OBJECT}

    @property
    def key(self) -> str:
        """The field that holds the id of what stands in this one: `taxonomy_detail` is told by `taxonomy_id`."""
        return f"{self.name.removesuffix('_detail')}_id"


@dataclass(frozen=True)
class Kind:
    """A kind of record, and the file it stands in where HSDS is exchanged as tables."""

    name: str
    file: str
    fields: Mapping[str, Field] = field(repr=False)

    @cached_property
    def own(self) -> tuple[Field, ...]:
        """The fields that hold values."""
        return tuple(item for item in self.fields.values() if not item.nests)

    @cached_property
    def parts(self) -> tuple[Field, ...]:
        """The fields that hold lists of records which point back."""
        return tuple(item for item in self.fields.values() if item.type == LIST)

    @cached_property
    def objects(self) -> tuple[Field, ...]:
        """The fields that hold one record, to which this one points."""
        return tuple(item for item in self.fields.values() if item.type == OBJECT)

    def pointer_to(self, owner: str) -> tuple[str, str]:
        """The field in which such a record names its owner of a kind, and that in which it names the kind (or none)."""
        if f"{owner}_id" in self.fields:
            return f"{owner}_id", ""
        return _POINTING.get(self.name, ("", ""))

    def links(self, data: Mapping[str, object]) -> list[tuple[str, str, str]]:
        """The records this one names: field, kind, id."""
        found = list[tuple[str, str, str]]()
        for item in self.own:
            value = data.get(item.name)
            if item.format == "uuid" and item.name != "id" and isinstance(value, str):
                target = self._target(item.name, data)
                if target:
                    found.append((item.name, target, value))
        return found

    def _target(self, name: str, data: Mapping[str, object]) -> str:
        pointer, named = _POINTING.get(self.name, ("", ""))
        if name == pointer:
            return str(data.get(named) or "")
        return _ODD_TARGETS.get(name) or name.removesuffix("_id")


@dataclass(frozen=True, slots=True)
class Shape:
    """All kinds, by name."""

    kinds: Mapping[str, Kind]

    def __getitem__(self, name: str) -> Kind:
        return self.kinds[name]

    def by_list(self, name: str) -> Kind | None:
        """The kind a list or a file is of: `services`, `service`, `services.csv`."""
        stem = name.removesuffix(".csv")
        for kind in self.kinds.values():
            if stem in {kind.name, f"{kind.name}s", kind.file.removesuffix(".csv")}:
                return kind
        return None
