"""The choices of a form, as options that a worker replies to by number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.errors import Fault
from app.domain.phrases import phrase
from app.domain.xlsform.columns import columns_of, plain, spoken, unspoken
from app.domain.xlsform.model import CHOICES, Row, Table, place_of

_COLUMNS = frozenset({"list_name", "name", "label", "sms_value", "sms_code", "score"})
_MOST_ROWS = 3000


@dataclass(slots=True)
class Choices:
    """A list: its options as a document says them, what its names stand for, and the rows they come from.

    `scores` are those of a yes and a no; empty for other lists.
    """

    options: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    values: dict[str, int] = field(default_factory=dict[str, int])
    rows: list[int] = field(default_factory=list[int])

    @property
    def yes_no(self) -> bool:
        """Whether it is the list of a yes and a no, which Shiftline says in its own words."""
        return {name.casefold() for name in self.values} == {"yes", "no"}

    @property
    def scores(self) -> dict[str, float]:
        """Of a yes and a no."""
        named = zip(self.values, self.options, strict=False)
        return {name.casefold(): option["score"] for name, option in named if "score" in option}

    def places_of(self, place: str) -> dict[str, str]:
        """Where the options of a question stand in the form."""
        pairs = zip(self.options, self.rows, strict=True)
        return {f"{place}.options.{option['code']}": place_of(CHOICES, row) for option, row in pairs}


def read_choices(table: Table, default: str) -> tuple[dict[str, Choices], list[Fault]]:
    """The lists by name, and every fault.

    Args:
        table: the sheet.
        default: the language of a column that names none.
    """
    columns, faults = columns_of(CHOICES, table, _COLUMNS)
    faults += unspoken(CHOICES, table, columns, default)
    if len(table.rows) > _MOST_ROWS:
        faults.append(Fault(CHOICES, phrase("has more than {most_rows:,} rows", most_rows=_MOST_ROWS)))
    lists: dict[str, list[tuple[Row, Mapping[str, str]]]] = {}
    for row in table.rows[:_MOST_ROWS]:
        cells = plain(row, columns)
        lists.setdefault(cells.get("list_name", ""), []).append((row, cells))
    found: dict[str, Choices] = {}
    for name, rows in lists.items():
        if not name:
            faults += [Fault(place_of(CHOICES, row.number, "list_name"), "is missing") for row, _ in rows]
            continue
        numbered = all(_code(cells.get("name", "")) is not None for _, cells in rows)
        found[name] = Choices()
        for order, (row, cells) in enumerate(rows, 1):
            text = spoken(row, columns, "label", default)
            faults += _add(found[name], row.number, cells, text, order=order, numbered=numbered)
    return found, faults


def _add(
    choices: Choices, row: int, cells: Mapping[str, str], text: Mapping[str, str], *, order: int, numbered: bool
) -> list[Fault]:
    """Take up one choice: its number is `sms_code`, or its name where all are numbers, or its place in the list."""
    faults: list[Fault] = []
    name, told, score = cells.get("name", ""), cells.get("sms_code"), cells.get("score")
    if not name:
        faults.append(Fault(place_of(CHOICES, row, "name"), "is missing"))
    if name in choices.values:
        faults.append(Fault(place_of(CHOICES, row, "name"), phrase("{name!r} stands twice in this list", name=name)))
    code = _code(told) if told is not None else _code(name) if numbered else order
    if code is None:
        faults.append(
            Fault(place_of(CHOICES, row, "sms_code"), "must be a whole number: it is what a worker replies with")
        )
    points = _points(score) if score is not None else None
    if score is not None and points is None:
        faults.append(Fault(place_of(CHOICES, row, "score"), "must be a number"))
    option: dict[str, Any] = {
        "code": order if code is None else code,
        "value": cells.get("sms_value") or name,
        "text": text,
    }
    choices.options.append(option | ({} if points is None else {"score": points}))
    choices.values[name] = option["code"]
    choices.rows.append(row)
    return faults


def _code(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None  # noqa: PLR2004 - nobody types more


def _points(text: str) -> int | float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if abs(number) > 1e9 or number != number:  # noqa: PLR0124, PLR2004 - neither endless nor none
        return None
    return int(number) if number.is_integer() else number
