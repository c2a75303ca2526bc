"""Survey forms as workbooks: read from XLSX, kept as a draft, written as XLSX."""

import asyncio
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import ParseError

import openpyxl
import xlsxwriter
from babel import Locale, UnknownLocaleError
from openpyxl.utils.exceptions import InvalidFileException

from app.catalogue.catalogue import Catalogue
from app.domain.errors import Fault, InvalidError, NotFoundError, SurveyInvalidError
from app.domain.phrases import phrase
from app.domain.survey import Survey
from app.domain.wording import ServiceTexts
from app.domain.xlsform import CHOICES, SETTINGS, SURVEY, Form, Row, Table, place_of, read_form, write_form
from app.jobs.context import Context
from app.jobs.writing import check, get, keep_draft
from app.store.surveys import SurveyVersion

# A small file may unfold to gigabytes: whatever is larger is no survey.
_MOST_FILES, _MOST_BYTES = 100, 20_000_000
_MOST_SHEETS, _MOST_ROWS, _MOST_COLUMNS, _LONGEST = 12, 4000, 120, 4000
_KEPT_APART = ("indicators", "needs", "signs", "told", "source")
_YES_NO = re.compile(r"1\s*=\s*(.+?)\s*[,،、，၊፣]\s*2\s*=\s*(.+)")
_MALFORMED = (
    AttributeError, EOFError, IndexError, InvalidFileException, KeyError, NotImplementedError, OSError, OverflowError,
    ParseError, RecursionError, TypeError, ValueError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


async def read_upload(content: bytes) -> Form:
    """What a workbook says, with its faults; see `app.domain.xlsform`."""
    return await asyncio.to_thread(_form, content)


async def import_form(
    context: Context, programme: UUID, content: bytes, now: datetime
) -> tuple[SurveyVersion, list[Fault]]:
    """Keep a form as a draft, and what was left out or taken for granted.

    Raises:
        InvalidError: with every fault of the form, each with its sheet, row and reason.
    """
    form = await read_upload(content)
    document = await with_what_it_feeds(context, programme, form.document)
    refused = faults_of(form, document, context.catalogue)
    if refused:
        raise SurveyInvalidError(
            phrase("The form has {number} fault(s); nothing was stored.", number=len(refused)), refused
        )
    return await keep_draft(context, programme, document, now), [*form.faults]


def faults_of(form: Form, document: Mapping[str, Any], catalogue: Catalogue) -> list[Fault]:
    """Everything that stops a form: what was refused, and what the survey's check says of rows that were not."""
    refused = form.refused
    told = {_row(fault.place) for fault in refused}
    checked = [form.located(fault) for fault in check(document, catalogue)[1]]
    return in_order([*refused, *(fault for fault in checked if _row(fault.place) not in told)])


def in_order(faults: Sequence[Fault]) -> list[Fault]:
    """Faults as somebody who mends the workbook meets them: sheet by sheet, from its first row down."""
    sheets = (SURVEY, CHOICES, SETTINGS)

    def standing(fault: Fault) -> tuple[int, int]:
        sheet, _, rest = fault.place.partition(",")
        row = re.match(r" row (\d+)", rest)
        return sheets.index(sheet) if sheet in sheets else len(sheets), int(row.group(1)) if row else 0

    return sorted(faults, key=standing)


def _row(place: str) -> str:
    return ",".join(place.partition(" (")[0].split(",")[:2])


async def with_what_it_feeds(context: Context, programme: UUID, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with what no form can say, indicators and needs, as the newest version of the survey has it.

    Else a survey that went out as a form and came back would have lost the rules by which workers are helped.
    """
    try:
        before = await get(context, programme, document["survey"])
    except NotFoundError:
        return dict(document)
    return {**document, **{name: before.document[name] for name in _KEPT_APART if name in before.document}}


async def export_form(context: Context, programme: UUID, code: str, version: int | None = None) -> bytes:
    """A version of a survey as an XLSX workbook."""
    kept = await get(context, programme, code, version)
    return await asyncio.to_thread(workbook_of, kept.survey, kept.version, context.catalogue.texts)


def workbook_of(survey: Survey, version: int, texts: ServiceTexts) -> bytes:
    """A survey as an XLSX workbook; its cells are texts, never formulas."""
    names = {language: _name(language) for language in survey.languages}
    words = {language: _yes_no(texts, language) for language in survey.languages}
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        for name, table in write_form(survey, version, names, words).items():
            sheet = book.add_worksheet(name)
            for at, head in enumerate(table.header):
                sheet.write_string(0, at, head, bold)
            for row in table.rows:
                for at, head in enumerate(table.header):
                    sheet.write_string(row.number - 1, at, row.text(head))
            sheet.freeze_panes(1, 0)
            sheet.autofit()
    return written.getvalue()


def _name(language: str) -> str:
    try:
        return Locale.parse(language, sep="-").get_display_name("en") or language
    except (UnknownLocaleError, ValueError):
        return language


def _yes_no(texts: ServiceTexts, language: str) -> tuple[str, str]:
    """The words that Shiftline itself says for yes and no."""
    found = _YES_NO.fullmatch(texts.get(language, {}).get("yes_no_options", ""))
    return (found.group(1), found.group(2)) if found else ("Yes", "No")


# -- reading --------------------------------------------------------------------------------------


def _form(content: bytes) -> Form:
    book, faults = _workbook(content)
    form = read_form(book)
    return Form(form.document, [*faults, *form.faults], form.places)


def _workbook(content: bytes) -> tuple[dict[str, Table], list[Fault]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > _MOST_FILES or sum(part.file_size for part in parts) > _MOST_BYTES:
                raise InvalidError(
                    phrase(
                        "The workbook unfolds to more than {most_bytes:,} bytes or {most_files} parts.",
                        most_bytes=_MOST_BYTES,
                        most_files=_MOST_FILES,
                    )
                )
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        try:
            return _tables(book)
        finally:
            book.close()
    except _MALFORMED:
        raise InvalidError("This is no XLSX workbook, or it is damaged.", [Fault("body", "is not readable")]) from None


def _tables(book: Any) -> tuple[dict[str, Table], list[Fault]]:
    tables: dict[str, Table] = {}
    faults: list[Fault] = []
    if len(book.worksheets) > _MOST_SHEETS:
        raise InvalidError(phrase("The workbook has more than {most_sheets} sheets.", most_sheets=_MOST_SHEETS))
    for sheet in book.worksheets:
        name = sheet.title.strip().casefold()
        rows = list(_rows(name, sheet, faults))
        header = rows[0].cells if rows and rows[0].number == 1 else {}
        heads = {column: head.strip() for column, head in header.items()}
        twice = {head for head in heads.values() if list(heads.values()).count(head) > 1}
        headless = {column for row in rows for column in row.cells} - heads.keys()
        faults += [Fault(place_of(name, 1, head), "is the head of two columns") for head in sorted(twice)]
        faults += [
            Fault(place_of(name, 1, f"column {column}"), "holds something, and has no head")
            for column in sorted(headless)
        ]
        tables[name] = Table(
            tuple(heads.values()),
            tuple(
                Row(row.number, {heads[column]: text for column, text in row.cells.items() if column in heads})
                for row in rows
                if row.number > 1
            ),
        )
    return tables, faults


def _rows(name: str, sheet: Any, faults: list[Fault]) -> Iterator[Row]:
    """The rows that hold something, by the letters of their columns."""
    for row in sheet.iter_rows(max_row=_MOST_ROWS, max_col=_MOST_COLUMNS):
        cells: dict[str, str] = {}
        for cell in row:
            if cell.value is None:
                continue
            place = place_of(name, cell.row, f"column {cell.column_letter}")
            if cell.data_type in {"f", "e"}:
                faults.append(Fault(place, "is a formula or an error of one: write the value"))
            elif len(text := _text(cell.value)) > _LONGEST:
                faults.append(Fault(place, phrase("holds more than {longest:,} characters", longest=_LONGEST)))
            elif text:
                cells[cell.column_letter] = text
        if cells:
            # An empty cell knows no row here; one that holds something does.
            yield Row(next(cell.row for cell in row if cell.value is not None), cells)


def _text(value: object) -> str:
    match value:
        case bool():
            return str(value).upper()
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value).replace("\0", "").strip()
