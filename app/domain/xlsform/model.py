"""A form's sheets as plain values, and what was made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.errors import Fault

SURVEY, CHOICES, SETTINGS = "survey", "choices", "settings"


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its number, as a spreadsheet counts, and its cells by the head of their column; no empty ones."""

    number: int
    cells: Mapping[str, str]

    def text(self, *names: str) -> str:
        """What stands under the first of these heads that has something; empty for nothing."""
        return next((self.cells[name] for name in names if name in self.cells), "")


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet: the heads of its columns, and its rows below them."""

    header: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


def place_of(sheet: str, row: int, column: str = "") -> str:
    """`survey, row 5, relevant`."""
    return f"{sheet}, row {row}" + (f", {column}" if column else "")


@dataclass(frozen=True, slots=True)
class Form:
    """What a workbook says.

    Attributes:
        document: the survey document made of it.
        faults: what was refused, and as warnings what was left out or taken for granted.
        places: a place in the document → where the form says it.
    """

    document: Mapping[str, Any]
    faults: Sequence[Fault]
    places: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def refused(self) -> list[Fault]:
        """The faults that stop it."""
        return [fault for fault in self.faults if fault.severity == "error"]

    def located(self, fault: Fault) -> Fault:
        """A fault of the document, at its place in the form."""
        known = [place for place in self.places if f"{fault.place}.".startswith(f"{place}.")]
        if not known:
            return fault
        return Fault(f"{self.places[max(known, key=len)]} ({fault.place})", fault.message, fault.severity)
