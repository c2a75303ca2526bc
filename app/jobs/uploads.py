"""A roster as people have it, CSV or XLSX with columns of their own, on its way to the form the import takes.

Between the look at it and the import it lies nowhere: it is handed out sealed, and comes back.
"""

import base64
import csv
import io
import json
import zipfile
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from app.catalogue.rosters import load_roster_columns
from app.domain.errors import Fault, InvalidError
from app.domain.registry.spreadsheet import propose
from app.jobs.rosters import OPTIONAL, REQUIRED
from app.store.vault import Vault

MEANINGS = (*REQUIRED, *OPTIONAL)
MOST_ROWS = 100_000
_MOST_COLUMNS = 100
_MOST_BYTES = 50_000_000
_LASTS = timedelta(hours=1)
_SEALED_AS = "roster"
_SPREADSHEET = b"PK\x03\x04"
_MALFORMED = (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it was uploaded: its headers, and its rows in order."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]] = field(repr=False)

    def guess(self) -> Mapping[str, str]:
        """Column of a roster → the header that is likely meant."""
        return propose(self.headers, load_roster_columns(), REQUIRED).columns


def read_roster(content: bytes) -> Sheet:
    """A sheet out of a CSV (UTF-8) or an XLSX file; of the latter its first sheet.

    Raises:
        InvalidError: it is neither, or is too large for a page.
    """
    rows = _of_workbook(content) if content.startswith(_SPREADSHEET) else _of_text(content)
    first = next((place for place, row in enumerate(rows) if any(row)), None)
    if first is None:
        raise InvalidError("The file is empty.", [Fault("file", "holds no row")])
    headers, *body = rows[first:]
    if len(body) > MOST_ROWS or len(headers) > _MOST_COLUMNS:
        raise InvalidError("The file is too large for a page; send it by REST.", [Fault("file", "is too large")])
    return Sheet(headers, body)


def _of_text(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidError(
            "The file is neither XLSX nor UTF-8 text; save it as one of them.", [Fault("file", "is not readable")]
        ) from None
    first = text.partition("\n")[0]
    mark = ";" if first.count(";") > first.count(",") else "\t" if first.count("\t") > first.count(",") else ","
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark)]
    except csv.Error:
        raise InvalidError("The file is no CSV.", [Fault("file", "is not readable")]) from None


def _of_workbook(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST_BYTES:
                raise InvalidError("The workbook unfolds to too much.", [Fault("file", "is too large")])
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            cells = islice(sheet.iter_rows(values_only=True), MOST_ROWS + 2)
            return [[_cell(value) for value in row[: _MOST_COLUMNS + 1]] for row in cells]
        finally:
            book.close()
    except (*_MALFORMED, IndexError):
        raise InvalidError("This is no XLSX workbook, or it is damaged.", [Fault("file", "is not readable")]) from None


def _cell(value: Any) -> str:
    # A spreadsheet takes a number for a number: 8801711000001.0.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


# -- to the import's own form ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """How a sheet is read: column of a roster → header; and what all rows have where there is no such column."""

    columns: Mapping[str, str]
    everywhere: Mapping[str, str] = field(default_factory=dict[str, str])


async def as_csv(sheet: Sheet, reading: Reading) -> AsyncIterator[bytes]:
    """The sheet as the import takes it, row for row.

    Raises:
        InvalidError: a needed column is missing, or a header is none of the sheet's.
    """
    at = {name: sheet.headers.index(header) for name, header in reading.columns.items() if header in sheet.headers}
    given = {name: told for name, told in reading.everywhere.items() if told and name not in at}
    missing = [Fault(name, "choose its column") for name in REQUIRED if name not in at and name not in given]
    if missing:
        raise InvalidError("Something is missing.", missing)
    yield _line([*at, *given])
    for row in sheet.rows:
        told = [row[place] if place < len(row) else "" for place in at.values()]
        # An empty row stays one, so that faults name the rows of the sheet.
        yield _line([*told, *given.values()]) if any(row) else b"\n"


def _line(cells: Sequence[str]) -> bytes:
    written = io.StringIO()
    # A row is a line to the import: a break within a cell is a blank.
    csv.writer(written, lineterminator="\n").writerow([" ".join(cell.split()) for cell in cells])
    return written.getvalue().encode()


# -- out and back, sealed -------------------------------------------------------------------------


def seal_sheet(vault: Vault, programme: UUID, by: UUID, sheet: Sheet, now: datetime) -> str:
    """A sheet that nobody can read, for its uploader to hand back within an hour."""
    content = json.dumps([now.isoformat(), str(programme), list(sheet.headers), [list(row) for row in sheet.rows]])
    packed = base64.b64encode(zlib.compress(content.encode())).decode()
    sealed = vault.seal(_SEALED_AS, by, programme, packed)
    return f"{sealed.key_version}.{base64.urlsafe_b64encode(sealed.cipher).decode()}"


def open_sheet(vault: Vault, programme: UUID, by: UUID, sealed: str, now: datetime) -> Sheet:
    """The sheet again.

    Raises:
        InvalidError: it was sealed for somebody else, too long ago, or not by us.
    """
    version, _, cipher = sealed.partition(".")
    try:
        packed = vault.open_if_it_fits(_SEALED_AS, by, base64.urlsafe_b64decode(cipher), int(version))
    except ValueError:
        packed = None
    if packed is not None:
        at, owner, headers, rows = json.loads(zlib.decompress(base64.b64decode(packed)))
        if owner == str(programme) and now - datetime.fromisoformat(at) <= _LASTS:
            return Sheet(headers, rows)
    raise InvalidError("Choose the file again: an hour has passed since.", [Fault("file", "choose it again")])
