"""Templates of commands, read from tables: docs/lexicons.md says how they are written."""

import re
from pathlib import Path

from app.catalogue.tabular import rows_of
from app.domain.errors import Fault
from app.domain.understanding import Order, Templates, one_form, run_of

_COLUMNS = ("sense", "template", "source", "reviewed_by")
_ORDERS = frozenset(map(str, (Order.STOP, Order.START, Order.HELP, Order.LATER, Order.WHO, Order.WRONG_PERSON)))
_PLACE = re.compile(r"\{([^{}]*)\}|([^{}]+)")


def load_templates(path: Path, faults: list[Fault]) -> Templates:
    """The templates of a language; what is wrong with a row is added to `faults`."""
    if not path.exists():
        return Templates({})
    said: dict[str, list[list[list[str]]]] = {}
    place = f"templates/{path.name}"
    for line, row in rows_of(path, _COLUMNS, faults, place):
        if len(row) != len(_COLUMNS) or row[0] not in _ORDERS or row[2] != "authors" or not _says(row[1]):
            problem = "a row has four columns: a command, a template that is never empty, a source, a name"
            faults.append(Fault(f"{place} line {line}", problem))
            continue
        said.setdefault(row[0], []).append(_places(row[1]))
    return Templates(said)


def _places(template: str) -> list[list[str]]:
    """The places of a template, each with the words that may stand there; "" where it may be left out."""
    found = [(match[1] if match[1] is not None else match[2]) for match in _PLACE.finditer(template)]
    return [[run_of(one_form(way)) for way in place.split("/")] for place in found if place.strip()]


def _says(template: str) -> bool:
    return any("" not in ways for ways in _places(template))
