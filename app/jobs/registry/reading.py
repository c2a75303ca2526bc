"""What was uploaded, as records: JSON, lines of JSON, or a zip of HSDS's tables; a sheet as rows."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence

from app.catalogue.hsds import load_columns, load_shape
from app.domain.errors import Fault, InvalidError
from app.domain.phrases import phrase
from app.domain.registry.records import NOT_HSDS, REQUIRED, Gathering
from app.domain.registry.row import Row
from app.domain.registry.spreadsheet import propose, rows_to_hsds

_ZIP = b"PK\x03\x04"
MOST_BYTES = 200_000_000
"""Of all tables in a zip, unpacked."""
MOST_ROWS = 1_000_000


def read_upload(raw: bytes) -> Gathering:
    """The records in HSDS's own forms, told apart by how they begin.

    Raises:
        InvalidError: it is none of them, or too large.
    """
    gathering = Gathering(load_shape())
    if raw.startswith(_ZIP):
        _read_zip(gathering, raw)
        return gathering
    text = _text(raw)
    try:
        gathering.document(json.loads(text))
    except (ValueError, RecursionError) as problem:
        _read_lines(gathering, text, problem)
    return gathering


def _read_lines(gathering: Gathering, text: str, problem: Exception) -> None:
    lines = [line for line in text.split("\n") if line.strip()]  # a text may hold other ends of lines
    try:
        documents = [json.loads(line) for line in lines] if len(lines) > 1 else []
    except (ValueError, RecursionError):
        documents = []
    if not documents:
        place = (
            f"line {problem.lineno}, column {problem.colno}" if isinstance(problem, json.JSONDecodeError) else "body"
        )
        raise InvalidError("This is neither JSON, nor lines of JSON, nor a zip of tables.", [Fault(place, "malformed")])
    gathering.document(documents)


def _read_zip(gathering: Gathering, raw: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(item.file_size for item in packed.infolist()) > MOST_BYTES:
                raise InvalidError(
                    phrase("The tables hold more than {most_bytes:,} bytes when unpacked.", most_bytes=MOST_BYTES)
                )
            taken = [_read_file(gathering, packed, item) for item in packed.infolist() if not item.is_dir()]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as problem:
        raise InvalidError("The zip cannot be opened; it is broken, or locked by a password.") from problem
    if not any(taken):
        raise InvalidError(NOT_HSDS)


def _read_file(gathering: Gathering, packed: zipfile.ZipFile, item: zipfile.ZipInfo) -> bool:
    name = item.filename.rsplit("/", 1)[-1]
    kind = gathering.shape.by_list(name) if name.endswith(".csv") else None
    if kind is None:
        if name.endswith(".csv"):
            gathering.faults.append(Fault(name, "is no file of HSDS; it was left out", "warning"))
        return False
    gathering.table(kind, rows_of(packed.read(item)))
    return True


def rows_of(raw: bytes) -> Iterator[Mapping[str, str | None]]:
    """The rows of a CSV with a header; InvalidError where it cannot be read."""
    text = _text(raw)
    head = text[:4096]
    delimiter = max(",;\t", key=head.split("\n", 1)[0].count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        for at, row in enumerate(reader):
            if at >= MOST_ROWS:
                raise InvalidError(phrase("A table may hold at most {most_rows:,} rows.", most_rows=MOST_ROWS))
            row.pop(None, None)  # type: ignore[call-overload] - cells beyond the header
            yield row
    except csv.Error as problem:
        raise InvalidError(phrase("The table cannot be read: {problem}.", problem=problem)) from problem


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise InvalidError("The text is not UTF-8; save the file as UTF-8 and send it again.") from problem
    if "\0" in text:
        raise InvalidError("The text holds a NUL character, which no text needs.")
    return text


def read_sheet(raw: bytes) -> tuple[list[str], list[Mapping[str, str | None]]]:
    """Headers and rows of a plain spreadsheet, saved as CSV.

    Raises:
        InvalidError: it has no header, or cannot be read.
    """
    rows = list(rows_of(raw))
    headers = list(rows[0]) if rows else []
    if not headers:
        raise InvalidError("The sheet holds no rows under a header. Save it as CSV with the header in the first line.")
    return headers, rows


def sheet_records(
    headers: Sequence[str], rows: Sequence[Mapping[str, str | None]], columns: Mapping[str, str] | None, source: str
) -> Gathering:
    """The records of a plain spreadsheet, by a column map, or by the one that is guessed.

    Raises:
        InvalidError: the map names a column or a meaning that is not there, or a needed one is missing.
    """
    known = load_columns()
    if columns is None:
        columns = propose(headers, known.headers, known.needed).columns
    meanings = set(known.headers.values())
    faults = [Fault(f"columns.{name}", "is no meaning a column can have") for name in columns.keys() - meanings]
    faults += [
        Fault(f"columns.{name}", "names no column of the sheet")
        for name, header in columns.items()
        if header not in headers
    ]
    faults += [Fault(f"columns.{name}", "has no column; name one") for name in known.needed if name not in columns]
    if faults:
        raise InvalidError("The columns do not fit the sheet.", faults)
    gathering = Gathering(load_shape())
    for line, told in rows_to_hsds(rows, columns, source):
        if isinstance(told, Fault):
            gathering.faults.append(told)
        else:
            gathering.take(gathering.shape["service"], Row(told, f"row {line}", gathering.faults))
    # What a sheet has no column for is not missing from its rows.
    gathering.faults = [fault for fault in gathering.faults if fault.message != REQUIRED]
    return gathering
