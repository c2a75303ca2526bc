"""The shape of HSDS, from its tables of kinds and fields, and how plain spreadsheets head their columns."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from uuid import NAMESPACE_URL, uuid5

from app.catalogue.documents import read_table
from app.catalogue.needs import Category, load_needs
from app.catalogue.places import DATA
from app.domain.registry.records import Record
from app.domain.registry.shape import Field, Kind, Shape

VERSION = "3.1"


@cache
def load_shape() -> Shape:
    """Read the kinds and their fields, once."""
    fields: dict[str, dict[str, Field]] = defaultdict(dict)
    for row in read_table(DATA / "hsds" / "fields.csv"):
        values = tuple(filter(None, row["values"].split("|")))
        fields[row["kind"]][row["field"]] = Field(
            row["field"], row["type"], row["format"], values, row["required"], row["holds"]
        )
    kinds = read_table(DATA / "hsds" / "kinds.csv")
    return Shape({row["kind"]: Kind(row["kind"], row["file"], fields[row["kind"]]) for row in kinds})


def id_of(*names: str) -> str:
    """The UUID of something of ours that other registries may point to: the same on every machine, for ever."""
    return str(uuid5(NAMESPACE_URL, "/".join(("shiftline", *names))))


@dataclass(frozen=True, slots=True)
class OwnTaxonomy:
    """The needs of workers as an HSDS taxonomy: its record, those of its terms, and the codes by the terms' ids."""

    taxonomy: Record
    terms: tuple[Record, ...]
    codes: Mapping[str, str]

    @property
    def records(self) -> tuple[Record, ...]:
        """The taxonomy and its terms."""
        return self.taxonomy, *self.terms


@cache
def load_taxonomy() -> OwnTaxonomy:
    """Build it from the table of needs, once."""
    needs = load_needs()
    about = needs.about
    own = id_of(about["code"])
    terms = [_term(about, own, category) for category in needs.categories.values()]
    told = {"id": own, **{name: about[name] for name in ("name", "description", "version")}}
    return OwnTaxonomy(Record("taxonomy", own, told), tuple(terms), {term.id: str(term.data["code"]) for term in terms})


def _term(about: Mapping[str, str], own: str, category: Category) -> Record:
    id_ = id_of(about["code"], category.code)
    told: dict[str, object] = {
        "id": id_, "code": category.code, "name": category.name, "description": category.description,
        "taxonomy": about["name"], "taxonomy_id": own, "language": "en",
        "names": dict(category.names),  # beyond HSDS, which has one language a term
    }  # fmt: skip
    if category.parent:
        told["parent_id"] = id_of(about["code"], category.parent)
    if category.see:
        told["term_uri"] = category.see
    return Record("taxonomy_term", id_, told)


@dataclass(frozen=True, slots=True)
class SheetColumns:
    """How the columns of plain spreadsheets are often headed: header → meaning; and which meanings are needed."""

    headers: Mapping[str, str]
    needed: tuple[str, ...]


@cache
def load_columns() -> SheetColumns:
    """Read them, once."""
    rows = read_table(DATA / "hsds" / "columns.csv")
    needed = dict.fromkeys(row["target"] for row in rows if row["needed"])
    return SheetColumns({row["header"]: row["target"] for row in rows}, tuple(needed))
