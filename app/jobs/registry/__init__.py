"""The registry in and out: HSDS as JSON, as tables, from another's interface, or a plain spreadsheet."""

from app.jobs.registry.exporting import export_nested, export_tables
from app.jobs.registry.fetching import fetch_registry
from app.jobs.registry.importing import ImportReport, import_records
from app.jobs.registry.reading import read_sheet, read_upload, sheet_records

__all__ = [
    "ImportReport",
    "export_nested",
    "export_tables",
    "fetch_registry",
    "import_records",
    "read_sheet",
    "read_upload",
    "sheet_records",
]
