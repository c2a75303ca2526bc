"""The registry in and out: an NGO imports what it has, in whatever form, and takes all of it away again."""

import asyncio
import io
import json
import zipfile
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from app.catalogue.hsds import load_columns
from app.domain.errors import Fault, InvalidError
from app.domain.matching import FRESH_FOR
from app.domain.registry.records import Gathering
from app.domain.registry.spreadsheet import propose
from app.domain.twins import Entry
from app.jobs.naming import name_discreetly
from app.jobs.registry import (
    ImportReport,
    export_nested,
    export_tables,
    fetch_registry,
    import_records,
    read_sheet,
    read_upload,
    sheet_records,
)
from app.jobs.registry.twinning import propose_twins, settle_twins
from app.store.keys import programme_of
from app.store.records import last_changed
from app.store.registry import list_services, stale_services, verify_service
from app.web.access import AsNgo, AsNgoOrProvider
from app.web.rest.bodies import Body
from app.web.rest.exporting import attached
from app.web.rest.hsds import page_of
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["registry"])

_MOST_FAULTS = 1000
_SAMPLES = 3
_ANY = {"requestBody": {"content": {"application/json": {"schema": {}}, "application/zip": {"schema": {}}}}}
_SHEET = {"requestBody": {"content": {"text/csv": {"schema": {"type": "string"}}}}}

_SOURCE = r"^[a-z0-9][a-z0-9._-]{0,62}$"
_OVERLAP = timedelta(days=1)
Source = Annotated[str, Query(pattern=_SOURCE)]
"""Where it comes from: the same name each time."""


def _told(report: ImportReport) -> dict[str, Any]:
    return {
        "organizations": report.organizations, "services": report.services, "locations": report.locations,
        "records": {"added": report.added, "changed": report.changed, "unchanged": report.unchanged, "gone": report.gone},
        "faults": len(report.faults),
        "errors": [_fault(fault) for fault in report.faults[:_MOST_FAULTS]],
    }  # fmt: skip


def _fault(fault: Fault) -> dict[str, str]:
    return {"place": fault.place, "message": fault.message, "severity": fault.severity}


async def _keep(
    request: Request, caller: AsNgo, source: str, gathering: Gathering, *, complete: bool
) -> dict[str, Any]:
    wired = wiring(request)
    report = await import_records(
        wired.context, programme_of(caller), source, gathering, wired.clock(), complete=complete
    )
    return _told(report)


@router.post("/registry", openapi_extra=_ANY)
async def import_registry(
    request: Request, caller: AsNgo, source: Source = "upload", *, complete: bool = False
) -> dict[str, Any]:
    """Import HSDS: JSON (one object, lists, a page), lines of JSON, or a zip of its tables.

    What stands is kept, every fault is reported with its row, and the same again changes nothing. With `complete` the
    upload is all that the source has: what it held before and holds no more is marked as gone; nothing is deleted.
    """
    # Apart from the loop, which has webhooks to take.
    gathering = await asyncio.to_thread(read_upload, await request.body())
    return await _keep(request, caller, source, gathering, complete=complete)


@router.post("/registry/sheet/columns", openapi_extra=_SHEET)
async def sheet_columns(request: Request, caller: AsNgo) -> dict[str, Any]:
    """How a plain spreadsheet (CSV) would be read: a column for each meaning, to be put right and sent with the sheet."""
    programme_of(caller)
    headers, rows = read_sheet(await request.body())
    known = load_columns()
    proposal = propose(headers, known.headers, known.needed)
    return {
        "columns": dict(proposal.columns), "unused": list(proposal.unused), "missing": list(proposal.missing),
        "meanings": sorted(set(known.headers.values())), "rows": len(rows),
        "samples": [dict(row) for row in rows[:_SAMPLES]],
    }  # fmt: skip


@router.post("/registry/sheet", openapi_extra=_SHEET)
async def import_sheet(
    request: Request,
    caller: AsNgo,
    source: Source,
    columns: Annotated[str, Field(max_length=5000)] = "",
    *,
    complete: bool = False,
) -> dict[str, Any]:
    """Import a plain spreadsheet (CSV), a service a row; `columns` is a JSON object of meaning and header, else guessed."""
    headers, rows = await asyncio.to_thread(read_sheet, await request.body())
    gathering = await asyncio.to_thread(sheet_records, headers, rows, _columns(columns), source)
    return await _keep(request, caller, source, gathering, complete=complete)


def _columns(given: str) -> dict[str, str] | None:
    if not given:
        return None
    try:
        columns = json.loads(given)
    except ValueError:
        columns = None
    if not isinstance(columns, dict) or not all(isinstance(name, str) for name in columns.values()):  # type: ignore[reportUnknownVariableType]
        raise InvalidError("`columns` must be a JSON object: a meaning and the header of its column.")
    return columns  # type: ignore[reportUnknownVariableType]


class OtherRegistry(Body):
    """Another registry with HSDS's interface; `bearer` is the key it wants, used now and not kept."""

    url: Annotated[str, Field(min_length=8, max_length=500)]
    source: Annotated[str, Field(pattern=_SOURCE)]
    bearer: Annotated[str, Field(max_length=500)] = ""
    complete: bool = False


@router.post("/registry/url")
async def import_from_url(request: Request, body: OtherRegistry, caller: AsNgo) -> dict[str, Any]:
    """Import from another registry over HSDS's interface: what changed there since the last time, or all with `complete`."""
    wired, programme = wiring(request), programme_of(caller)
    since = None
    if not body.complete:
        async with wired.context.database.transaction() as store:
            since = await last_changed(store, programme, body.source)
    # A day earlier: the other side's clock and what it publishes late; what is known already changes nothing.
    since = since - _OVERLAP if since is not None else None
    gathering = await fetch_registry(wired.fetcher, body.url, body.bearer, since)
    return await _keep(request, caller, body.source, gathering, complete=body.complete)


@router.get("/registry/export")
async def export_registry(
    request: Request,
    caller: AsNgo,
    format: Annotated[str, Query(pattern="^(json|csv)$")] = "json",  # noqa: A002
) -> Response:
    """All of the registry: HSDS as nested JSON, or as a zip of its tables (a data package)."""
    wired, programme = wiring(request), programme_of(caller)
    if format == "json":
        document = await export_nested(wired.context, programme, wired.clock())
        return attached(json.dumps(document, ensure_ascii=False).encode(), "application/json", "registry.json")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in (await export_tables(wired.context, programme)).items():
            written.writestr(name, content)
    return attached(packed.getvalue(), "application/zip", "registry.zip")


@router.get("/registry/duplicates")
async def duplicates(
    request: Request, caller: AsNgo, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> dict[str, Any]:
    """Services of different sources that are likely one, with the reasons; nothing is merged until somebody says so."""
    found = await propose_twins(wiring(request).context, programme_of(caller), limit)
    return {
        "more": found.more,
        "pairs": [
            {
                "likeness": pair.likeness,
                "reasons": list(pair.reasons),
                "services": [_entry(pair.one), _entry(pair.other)],
            }
            for pair in found.pairs
        ],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "name": entry.name, "organization": entry.organization, "source": entry.source}


class TwinsBody(Body):
    """Two services; `keep` is the one to offer from now on, left out where they are two."""

    services: Annotated[list[UUID], Field(min_length=2, max_length=2)]
    keep: UUID | None = None


@router.post("/registry/duplicates")
async def decide_duplicates(request: Request, body: TwinsBody, caller: AsNgo) -> dict[str, Any]:
    """Say that two services are one, or that they are two. Nothing is deleted, and the later word counts."""
    wired = wiring(request)
    one, other = body.services
    await settle_twins(wired.context, programme_of(caller), one, other, body.keep, caller.key, wired.clock())
    return {"services": [one, other], "kept": body.keep}


@router.get("/services/stale")
async def stale(
    request: Request, caller: AsNgo, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[dict[str, Any]]:
    """The active services nobody verified for a year, the longest first; a need is offered to them last."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        return await stale_services(store, programme_of(caller), wired.clock().date() - FRESH_FOR, limit)


@router.post("/services/{service}/verify")
async def verify(request: Request, service: UUID, caller: AsNgoOrProvider) -> dict[str, Any]:
    """Somebody looked: what is said of this service is true today. A provider verifies its own."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        found = await verify_service(store, programme_of(caller), service, wired.clock().date(), caller.organization)
    return {"id": service, "verified_on": found}


class NameBody(Body):
    """What texts call the service, whatever its own name is; empty for none."""

    discreet_name: Annotated[str, Field(max_length=100)]


@router.put("/services/{service}/name", status_code=204)
async def discreet_name(request: Request, service: UUID, body: NameBody, caller: AsNgo) -> None:
    """Say by which name a worker's phone may show a service: phones are shared. No import undoes it.

    Without one, a service whose organization also helps with what no text may name is called by its city alone.
    """
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await name_discreetly(store, wired.context, programme_of(caller), service, body.discreet_name)


@router.get("/services")
async def services(
    request: Request,
    caller: AsNgo,
    search: Annotated[str, Field(max_length=100)] = "",
    taxonomy_term: Annotated[str, Field(max_length=100)] = "",
    page: Annotated[int, Field(ge=1, le=10_000)] = 1,
    per_page: Annotated[int, Field(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """The programme's services by the code of a need, a page at a time; `/hsds/services` has the standard's own filters."""
    async with wiring(request).context.database.transaction() as store:
        total, rows = await list_services(
            store,
            programme_of(caller),
            search=search,
            category=taxonomy_term,
            limit=per_page,
            offset=(page - 1) * per_page,
        )
    return page_of(total, page, per_page, [dict(row["document"]) for row in rows])
