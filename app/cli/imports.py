"""`shiftline workers import` and `providers import`: rosters and registries from files."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.terminal import Programme, complain, err, out, with_wiring
from app.domain.errors import InvalidError
from app.jobs.registry import ImportReport, import_records, read_sheet, read_upload, sheet_records
from app.jobs.rosters import RosterReport, import_roster
from app.store.programmes import programme_by_code
from app.web.wiring import Wiring


def workers_import(file: Path, programme: Programme) -> None:
    """Import a roster CSV: phone, site, language, and gender, age_band, employment where known."""
    if not file.is_file():
        raise InvalidError(f"There is no file {file}.")

    size = file.stat().st_size

    async def step(wired: Wiring) -> RosterReport:
        async with wired.context.database.transaction() as store:
            owner = await programme_by_code(store, programme)
        report = RosterReport()
        bar = Progress(
            TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn(), console=err
        )
        with bar:
            task = bar.add_task("Roster", total=size)
            chunks = _read(file, partial(bar.advance, task))
            async for report in import_roster(wired.context, owner.id, chunks, wired.clock()):
                bar.update(task, description=f"Roster: {report.rows} rows, {report.bad} bad")
        return report

    report: RosterReport = with_wiring(step)
    out.print(
        f"{report.rows} rows: {report.added} added, {report.updated} updated, {report.unchanged} unchanged, {report.bad} bad."
    )
    if report.faults:
        complain(f"{report.bad} row(s) were not imported; mend them and import the file again.", report.faults)
        raise typer.Exit(1)


async def _read(file: Path, told: Callable[[float], None]) -> AsyncIterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(1 << 16):
            told(len(chunk))
            yield chunk


def providers_import(
    file: Path,
    programme: Programme,
    source: Annotated[str, typer.Option(help="Where it comes from; the same name each time.")] = "upload",
    complete: Annotated[
        bool, typer.Option(help="The file is all that the source has: what it lacks now is marked as gone.")
    ] = False,
) -> None:
    """Import local services: HSDS as JSON or as a zip of its tables, or a plain spreadsheet saved as .csv."""
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        raise InvalidError(f"There is no file {file}.") from None
    except OSError as problem:
        raise InvalidError(f"{file} cannot be read.") from problem
    if file.suffix == ".csv":
        headers, rows = read_sheet(raw)
        gathering = sheet_records(headers, rows, None, source)
    else:
        gathering = read_upload(raw)

    async def step(wired: Wiring) -> ImportReport:
        async with wired.context.database.transaction() as store:
            owner = await programme_by_code(store, programme)
        return await import_records(wired.context, owner.id, source, gathering, wired.clock(), complete=complete)

    report: ImportReport = with_wiring(step)
    out.print(
        f"{report.organizations} organizations, {report.services} services, {report.locations} locations;"
        f" {report.added} records new, {report.changed} changed, {report.unchanged} as before, {report.gone} gone."
    )
    if report.faults:
        complain(f"{len(report.faults)} place(s) need a look; what stands was imported.", report.faults)
        raise typer.Exit(1 if any(fault.severity == "error" for fault in report.faults) else 0)
