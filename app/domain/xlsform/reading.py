"""A form to a survey document; whatever a text cannot ask is refused with its place, all at once."""

import re
from collections.abc import Mapping
from typing import Any

from app.domain.errors import Fault
from app.domain.phrases import phrase
from app.domain.survey import Kind
from app.domain.xlsform.choices import Choices, read_choices
from app.domain.xlsform.columns import Column, columns_of, language_code, plain, spoken, unspoken
from app.domain.xlsform.expressions import Expression, ExpressionError, read_calculation, read_expression
from app.domain.xlsform.model import CHOICES, SETTINGS, SURVEY, Form, Row, Table, place_of
from app.domain.xlsform.skipping import Known, Rule, ends_of, rule_of

_COLUMNS = frozenset({
    "type", "name", "label", "hint", "relevant", "constraint", "constraint_message", "required", "required_message",
    "default", "calculation", "appearance", "parameters",
})  # fmt: skip
_SETTINGS = frozenset({"form_title", "form_id", "version", "default_language", "purpose", "partial_after"})
_OTHERS = frozenset({"external_choices", "entities", "osm"})
_MOST_ROWS = 500
_KINDS = {
    "integer": Kind.NUMBER, "decimal": Kind.NUMBER, "text": Kind.TEXT, "date": Kind.TEXT, "note": Kind.NOTE,
    "range": Kind.SCALE, "int": Kind.NUMBER, "string": Kind.TEXT,
}  # fmt: skip
_CHOOSING = {"select_one": Kind.SINGLE, "select_multiple": Kind.MANY}
_NO_EFFECT = {
    "required": phrase("nobody has to answer a text: a worker may pass over any question"),
    "required_message": phrase("nobody has to answer a text"),
    "default": phrase("a text has nothing to fill in beforehand"),
    "appearance": phrase("a text looks like a text"),
}
_NOT = frozenset({"no", "false", "false()"})
_PARTIAL = 0.5
"""The share of questions from which AAPOR's Standard Definitions (10th edition, 2023) count a partial answer."""


def read_form(book: Mapping[str, Table]) -> Form:
    """The survey a workbook describes, with every fault, and what was left out or taken for granted as warnings.

    Args:
        book: its sheets by name.
    """
    reader = _Reader(book)
    document = reader.document()
    return Form(document, reader.faults, reader.places)


def code_of(name: str) -> str:
    """A name as a survey writes codes: small letters, digits, `-` and `_`."""
    return re.sub(r"[^a-z0-9_-]+", "-", name.casefold()).strip("-")[:63]


def _no_kind(given: str) -> str:
    if not given:
        return phrase("is missing")
    return phrase(
        "{given!r} is nothing a text can ask; known are select_one, select_multiple, integer, decimal, text, date, note,"
        " calculate, range and groups",
        given=given,
    )


class _Reader:
    """Walks the sheets and collects faults."""

    def __init__(self, book: Mapping[str, Table]) -> None:
        self._book = book
        self.faults: list[Fault] = []
        self.places: dict[str, str] = {"questions": SURVEY, "purpose": SETTINGS, "survey": SETTINGS, "title": SETTINGS}
        self._known: dict[str, Known] = {}
        self._groups: list[tuple[int, Rule | None]] = []
        self._questions: list[dict[str, Any]] = []
        self._told: set[str] = set()
        self._default = ""
        self._columns: list[Column] = []
        self._choices: dict[str, Choices] = {}

    def document(self) -> dict[str, Any]:
        settings, columns = self._settings()
        self._columns = self._heads(SURVEY, _COLUMNS)
        self._choices, faults = read_choices(self._table(CHOICES), self._default)
        self.faults += faults
        for sheet in self._book.keys() - {SURVEY, CHOICES, SETTINGS}:
            self._sheet_apart(sheet)
        self._rows()
        return self._put_together(settings, columns)

    def _put_together(self, settings: Mapping[str, str], columns: list[Column]) -> dict[str, Any]:
        title = settings.get("form_title") or settings.get("form_id", "")
        code = code_of(settings.get("form_id") or title)
        if not code:
            self._fault(SETTINGS, 2, "form_id", "is missing, and there is no form_title to make one of")
        elif code != settings.get("form_id"):
            self._warn(
                SETTINGS,
                2,
                "form_id",
                phrase("the survey's code is {code!r}: small letters, digits, - and _", code=code),
            )
        rows = self._table(SETTINGS).rows
        languages = self._languages()
        purpose = spoken(rows[0], columns, "purpose", self._default) if rows else {}
        if not purpose:
            self._warn(
                SETTINGS, 2, "", "has no purpose::Language (code); the title stands for what the survey asks about"
            )
            purpose = dict.fromkeys(languages, title)
        return {
            "survey": code, "title": title, "languages": languages, "purpose": purpose,
            "partial_after": self._partial(settings.get("partial_after", "")), "questions": self._questions,
        }  # fmt: skip

    # -- sheets ---------------------------------------------------------------------------------

    def _table(self, sheet: str) -> Table:
        return self._book.get(sheet, Table())

    def _heads(self, sheet: str, known: frozenset[str]) -> list[Column]:
        table = self._table(sheet)
        columns, faults = columns_of(sheet, table, known)
        self.faults += [*faults, *unspoken(sheet, table, columns, self._default)]
        return columns

    def _settings(self) -> tuple[Mapping[str, str], list[Column]]:
        rows = self._table(SETTINGS).rows
        self._default = language_code(rows[0].text("default_language") if rows else "")
        columns = self._heads(SETTINGS, _SETTINGS)
        return (plain(rows[0], columns) if rows else {}), columns

    def _sheet_apart(self, sheet: str) -> None:
        if sheet in _OTHERS and self._table(sheet).rows:
            self.faults.append(Fault(sheet, "is a sheet that a text cannot ask by"))
        else:
            self.faults.append(Fault(sheet, "is no sheet of a form, and was left out", "warning"))

    def _languages(self) -> list[str]:
        named = [column.language or self._default for column in self._columns if column.name == "label"]
        first = [self._default] if self._default in named else []
        return list(dict.fromkeys([*first, *filter(None, named)]))

    def _partial(self, given: str) -> str:
        codes = [question["code"] for question in self._questions if question["kind"] != Kind.NOTE]
        if given or not codes:
            return code_of(given)
        after = codes[int((len(codes) - 1) * _PARTIAL)]
        self._warn(
            SETTINGS,
            2,
            "",
            phrase("has no partial_after; half of the questions are answered at {after!r}", after=after),
        )
        return after

    # -- rows -----------------------------------------------------------------------------------

    def _rows(self) -> None:
        rows = self._table(SURVEY).rows
        if not rows:
            self.faults.append(Fault(SURVEY, "is missing or empty"))
        if len(rows) > _MOST_ROWS:
            self.faults.append(Fault(SURVEY, phrase("has more than {most_rows} rows", most_rows=_MOST_ROWS)))
        for row in rows[:_MOST_ROWS]:
            self._row(row, plain(row, self._columns))
        for number, _ in self._groups:
            self._fault(SURVEY, number, "type", "this group has no end")

    def _row(self, row: Row, cells: Mapping[str, str]) -> None:
        kind = " ".join(cells.get("type", "").replace("_", " ").split()).casefold()
        match kind:
            case "begin group":
                self._begin(row, cells)
            case "end group":
                self._end(row)
            case "calculate":
                self._calculation(row, cells)
            case _:
                self._question(row, cells)

    def _begin(self, row: Row, cells: Mapping[str, str]) -> None:
        if spoken(row, self._columns, "label", self._default):
            self._once(row, "label", "a group is not told of: its questions are asked one after another")
        self._groups.append((row.number, self._relevant(row, cells)))

    def _end(self, row: Row) -> None:
        if self._groups:
            self._groups.pop()
        else:
            self._fault(SURVEY, row.number, "type", "no group is open here")

    def _calculation(self, row: Row, cells: Mapping[str, str]) -> None:
        if cells.get("relevant") or self._groups:
            self._fault(SURVEY, row.number, "relevant", "a calculation that is skipped is not known here")
        try:
            calculated = read_calculation(cells.get("calculation", ""))
        except ExpressionError as refused:
            self._fault(
                SURVEY,
                row.number,
                "calculation",
                phrase("{why}; known are a value, and if(test, value, value)", why=refused.args[0]),
            )
            return
        # Its test is read where it is used, but what it names must be asked by now.
        if calculated.when is not None and self._rule(row, "calculation", calculated.when) is None:
            return
        self._remember(row, cells, Known(code_of(cells.get("name", "")), calculated=calculated))

    def _question(self, row: Row, cells: Mapping[str, str]) -> None:
        word, _, rest = cells.get("type", "").strip().partition(" ")
        kind = _CHOOSING.get(word) or _KINDS.get(" ".join((word, *rest.split())).casefold())
        if kind is None:
            self._fault(SURVEY, row.number, "type", _no_kind(cells.get("type", "")))
            return
        code = code_of(cells.get("name", ""))
        listed = self._listed(row, rest.strip()) if word in _CHOOSING else None
        question: dict[str, Any] = {"code": code, "kind": kind, "text": self._text(row)}
        values: Mapping[str, int | str] = {}
        if listed is not None:
            values = listed.values
            if kind is Kind.SINGLE and listed.yes_no:
                kind = question["kind"] = Kind.YES_NO
                values = {name: name.casefold() for name in values}
                question |= {"score": listed.scores} if listed.scores else {}
            else:
                question["options"] = listed.options
            self.places |= listed.places_of(f"questions.{code}")
        question |= self._ends(row, cells, kind, whole=word.casefold() in {"integer", "int"})
        if rule := self._relevant(row, cells):
            question["ask_if"] = rule
        if again := spoken(row, self._columns, "constraint_message", self._default):
            question["reask"] = again
        for column, why in _NO_EFFECT.items():
            if any(told.casefold() not in _NOT for told in spoken(row, self._columns, column, "").values()):
                self._once(row, column, why)
        if word == "date":
            self._warn(SURVEY, row.number, "type", "a date is kept as it is written, as own words")
        self._remember(row, cells, Known(code, kind, values, dated=word == "date"))
        # One without a name is told of where it stands; as a question it would only hide what the check says of the others.
        if code:
            self._questions.append(question)

    def _listed(self, row: Row, name: str) -> Choices | None:
        found = self._choices.get(name)
        if found is None:
            missing = phrase("the list {name!r} is not among the choices", name=name)
            self._fault(SURVEY, row.number, "type", missing if name else phrase("names no list of choices"))
        return found

    def _text(self, row: Row) -> dict[str, str]:
        """The label, with the hint below it: a text has one place for both."""
        labels = spoken(row, self._columns, "label", self._default)
        hints = spoken(row, self._columns, "hint", self._default)
        for text in (*labels.values(), *hints.values()):
            if "${" in text:
                self._fault(SURVEY, row.number, "label", "repeats an answer, which a text does not")
        return {language: "\n".join(filter(None, (label, hints.get(language)))) for language, label in labels.items()}

    def _ends(self, row: Row, cells: Mapping[str, str], kind: Kind, *, whole: bool) -> dict[str, Any]:
        ends: dict[str, Any] = {}
        if kind is Kind.SCALE:
            ends = self._steps(row, cells.get("parameters", ""))
        elif cells.get("parameters"):
            self._fault(SURVEY, row.number, "parameters", "are known for `range` alone")
        if not (constraint := cells.get("constraint")):
            return ends
        if kind is not Kind.NUMBER:
            self._fault(
                SURVEY, row.number, "constraint", phrase("a {kind} question has no range to keep to", kind=str(kind))
            )
            return ends
        try:
            least, greatest = ends_of(read_expression(constraint), whole=whole)
        except ExpressionError as refused:
            self._fault(SURVEY, row.number, "constraint", refused.args[0])
            return ends
        return {name: end for name, end in (("min", least), ("max", greatest)) if end is not None}

    def _steps(self, row: Row, parameters: str) -> dict[str, Any]:
        given = dict(re.findall(r"([a-z]+)\s*=\s*([^\s;,]+)", parameters))
        whole = all(re.fullmatch(r"-?\d{1,9}", end) for end in given.values())
        if not whole or given.keys() - {"step"} != {"start", "end"} or given.get("step", "1") != "1":
            self._fault(SURVEY, row.number, "parameters", "must be start, end and a step of 1, in whole numbers")
            return {"min": 0, "max": 10}
        return {"min": int(given["start"]), "max": int(given["end"])}

    # -- rules ----------------------------------------------------------------------------------

    def _relevant(self, row: Row, cells: Mapping[str, str]) -> Rule | None:
        """What the row asks for, and the groups it lies in."""
        given = cells.get("relevant")
        own: Rule | None = None
        if given:
            try:
                own = self._rule(row, "relevant", read_expression(given))
            except ExpressionError as refused:
                self._fault(SURVEY, row.number, "relevant", refused.args[0])
        outer = self._groups[-1][1] if self._groups else None
        rules = [rule for rule in (outer, own) if rule]
        return {"all": [*rules]} if len(rules) > 1 else next(iter(rules), None)

    def _rule(self, row: Row, column: str, expression: Expression) -> Rule | None:
        try:
            return rule_of(expression, self._known)
        except ExpressionError as refused:
            self._fault(SURVEY, row.number, column, refused.args[0])
            return None

    def _remember(self, row: Row, cells: Mapping[str, str], known: Known) -> None:
        name = cells.get("name", "")
        if not name:
            self._fault(SURVEY, row.number, "name", "is missing")
        elif name in self._known or any(known.code == other.code for other in self._known.values()):
            self._fault(
                SURVEY,
                row.number,
                "name",
                phrase("{name!r} stands twice; capital letters make no difference", name=name),
            )
        self._known[name] = known
        self.places[f"questions.{known.code}"] = place_of(SURVEY, row.number)

    # -- faults ---------------------------------------------------------------------------------

    def _fault(self, sheet: str, row: int, column: str, message: str) -> None:
        self.faults.append(Fault(place_of(sheet, row, column), message))

    def _warn(self, sheet: str, row: int, column: str, message: str) -> None:
        self.faults.append(Fault(place_of(sheet, row, column), message, "warning"))

    def _once(self, row: Row, column: str, message: str) -> None:
        """A warning about a column, at its first row alone."""
        if message not in self._told:
            self._told.add(message)
            self._warn(SURVEY, row.number, column, message)
