"""The heads of a form's columns: which are known, and which language each is in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.domain.errors import Fault
from app.domain.phrases import phrase
from app.domain.xlsform.model import Row, Table, place_of

_LANGUAGE = re.compile(r"(?:[^()]*\(\s*)?([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?)\s*\)?")
_SPOKEN = frozenset({"label", "hint", "constraint_message", "required_message", "purpose"})
_ALIASES = {
    "constraint message": "constraint_message", "required message": "required_message", "list name": "list_name", "value": "name",
    "relevance": "relevant", "id_string": "form_id", "title": "form_title", "calculate": "calculation",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head as it is written, what it is, and the language it is in, empty where none is named."""

    head: str
    name: str
    language: str = ""


def columns_of(sheet: str, table: Table, known: frozenset[str]) -> tuple[list[Column], list[Fault]]:
    """The known columns of a sheet; a fault for each other that holds something, and for a language without a code."""
    found: list[Column] = []
    faults: list[Fault] = []
    used = {head for row in table.rows for head in row.cells}
    for head in table.header:
        name, separator, language = head.replace("::", ":").partition(":")
        name = name.strip().casefold()
        name = _ALIASES.get(name, name)
        code = language_code(language)
        if not separator and name in known:
            found.append(Column(head, name))
        elif name in known & _SPOKEN and code:
            found.append(Column(head, name, code))
        elif name in known & _SPOKEN:
            faults.append(
                Fault(place_of(sheet, 1, head), "name the language with its code, as in `label::English (en)`")
            )
        elif head in used:
            faults.append(Fault(place_of(sheet, 1, head), "is a column that a text cannot ask by, or not known here"))
    return found, faults


def language_code(text: str) -> str:
    """`English (en)` → `en`; empty where there is no code."""
    found = _LANGUAGE.fullmatch(text.strip())
    if not found or ("(" in text) != (")" in text):
        return ""
    primary, _, rest = found.group(1).partition("-")
    return f"{primary.lower()}-{rest}" if rest else primary.lower()


def plain(row: Row, columns: list[Column]) -> Mapping[str, str]:
    """What a row says in no language, by the name of the column."""
    return {
        column.name: row.cells[column.head] for column in columns if not column.language and column.head in row.cells
    }


def spoken(row: Row, columns: list[Column], name: str, default: str) -> dict[str, str]:
    """What a row says under one name, by language."""
    return {
        column.language or default: row.cells[column.head]
        for column in columns
        if column.name == name and column.head in row.cells
    }


def unspoken(sheet: str, table: Table, columns: list[Column], default: str) -> Iterator[Fault]:
    """Columns of words in no language, where the settings name none."""
    used = {head for row in table.rows for head in row.cells}
    for column in columns:
        if column.name in _SPOKEN and not column.language and not default and column.head in used:
            yield Fault(
                place_of(sheet, 1, column.head),
                phrase(
                    "say in which language: `{name}::English (en)`, or default_language in the settings",
                    name=column.name,
                ),
            )
