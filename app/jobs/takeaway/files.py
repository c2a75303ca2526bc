"""A sheet as a file: CSV, JSON, XLSX, Parquet."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from app.domain.errors import NotInstalledError
from app.domain.sheets import Column, Sheet, Value, harmless


def as_csv(sheet: Sheet) -> bytes:
    """CSV (RFC 4180). Its byte order mark has Excel read other scripts than Latin; texts are quoted, none is a formula."""
    written = io.StringIO()
    rows = csv.writer(written, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    rows.writerow([column.name for column in sheet.columns])
    rows.writerows([_plain(value) for value in row] for row in sheet.rows)
    return written.getvalue().encode("utf-8-sig")


def _plain(value: Value) -> str | float:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
        case str():
            return harmless(value)
        case _:
            return value


def as_json(sheet: Sheet) -> bytes:
    """An object: what the table is about, what its columns mean, its rows."""
    names = [column.name for column in sheet.columns]
    document = {
        "about": dict(sheet.about),
        "columns": {column.name: column.means for column in sheet.columns},
        "rows": [dict(zip(names, map(_told, row), strict=True)) for row in sheet.rows],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _told(value: Value) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def as_xlsx(sheet: Sheet) -> bytes:
    """A workbook: the table, what it is about, and what its columns mean. Cells are written by kind, never as formulas."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        bold = book.add_format({"bold": True})
        table = book.add_worksheet(sheet.name[:31])
        for at, column in enumerate(sheet.columns):
            table.write_string(0, at, column.name, bold)
        for below, row in enumerate(sheet.rows, 1):
            for at, value in enumerate(row):
                _write(table, below, at, value)
        table.freeze_panes(1, 0)
        table.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.columns) - 1)
        table.autofit()
        _pairs(book, "About", sheet.about)
        _pairs(book, "Columns", {column.name: column.means for column in sheet.columns})
    return written.getvalue()


def _write(table: Any, row: int, at: int, value: Value) -> None:
    match value:
        case None:
            pass
        case datetime():
            # A spreadsheet knows no zones: moments are in UTC, as the column says.
            table.write_datetime(row, at, value.astimezone(UTC).replace(tzinfo=None))
        case str():
            table.write_string(row, at, value)
        case _:
            table.write_number(row, at, value)


def _pairs(book: Any, name: str, pairs: Mapping[str, str]) -> None:
    table = book.add_worksheet(name)
    for row, (left, right) in enumerate(pairs.items()):
        table.write_string(row, 0, left)
        table.write_string(row, 1, right)
    table.autofit()


def as_parquet(sheet: Sheet) -> bytes:
    """Parquet with typed columns; what the table is about stands in the file's own key-value metadata.

    Raises:
        NotInstalledError: the writer is not there.
    """
    try:
        from arro3.core import Table  # noqa: PLC0415 - an extra
        from arro3.io import write_parquet  # noqa: PLC0415
    except ImportError:
        raise NotInstalledError("This server writes no Parquet: install `shiftline[exports]`.") from None
    arrays = [_array(column, [row[at] for row in sheet.rows]) for at, column in enumerate(sheet.columns)]
    written = io.BytesIO()
    table = Table.from_arrays(arrays, names=[column.name for column in sheet.columns])
    write_parquet(table, written, compression="zstd(3)", key_value_metadata=dict(sheet.about))
    return written.getvalue()


def _array(column: Column, values: list[Value]) -> Any:
    from arro3.core import Array, DataType  # noqa: PLC0415 - an extra

    match column.kind:
        case "text":
            return Array(values, type=DataType.string())
        case "count":
            return Array(values, type=DataType.int64())
        case "number":
            return Array([None if value is None else float(str(value)) for value in values], type=DataType.float64())
        case "moment":
            moments = [round(value.timestamp() * 1e6) if isinstance(value, datetime) else None for value in values]
            return Array(moments, type=DataType.int64()).cast(DataType.timestamp("us", tz="UTC"))


WRITERS: Mapping[str, tuple[str, Callable[[Sheet], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "json": ("application/json", as_json),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "parquet": ("application/vnd.apache.parquet", as_parquet),
}
"""Format → its media type, and what writes it."""
