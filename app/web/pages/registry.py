"""The registry of local services: searched, put right, filled from a file, and kept fresh."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.errors import DomainError, Fault, InvalidError
from app.domain.matching import FRESH_FOR
from app.domain.registry.schedules import zone_of
from app.domain.registry.services import STATUSES
from app.jobs.registry import import_records, read_sheet, read_upload, sheet_records
from app.jobs.registry.amending import Hours, set_capacity, set_hours
from app.jobs.registry.editing import Edit, edit_faults, edit_service
from app.jobs.registry.twinning import propose_twins, settle_twins
from app.store.keys import Caller, programme_of
from app.store.records import OURS
from app.store.registry import get_service, list_services, stale_services, verify_service
from app.web.access import AsNgo
from app.web.bodies import read_file, read_form
from app.web.pages.addresses import id_of, page_of
from app.web.pages.desk import DAYS
from app.web.pages.faulted import faults_in
from app.web.pages.languages import gettext, marked
from app.web.pages.rounds import has_phones
from app.web.pages.templating import page
from app.web.wiring import wiring

router = APIRouter(prefix="/registry", include_in_schema=False)

ROWS_A_PAGE = 50
STATUS: Mapping[str, str] = {
    "active": marked("Active"),
    "inactive": marked("Inactive"),
    "defunct": marked("Gone for good"),
    "temporarily closed": marked("Closed for now"),
}
_DONE: Mapping[str, str] = {
    "saved": marked("Saved."),
    "verified": marked("Noted: true today."),
    "decided": marked("Noted."),
}
_MOST = 100
_MOST_FAULTS = 200
_SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_JSON = (b"{", b"[", b"PK\x03\x04")


@router.get("")
async def registry(request: Request, caller: AsNgo) -> Response:
    """Services by name and kind; what is to be looked at again; likely duplicates."""
    return await _registry(request, caller)


async def _registry(
    request: Request, caller: Caller, status: int = 200, faults: Sequence[Fault] = (), source: str = ""
) -> Response:
    wired, asked = wiring(request), request.query_params
    search, category, number = (
        asked.get("search", "")[:_MOST],
        asked.get("category", ""),
        page_of(asked.get("page", "")),
    )
    programme, now = programme_of(caller), wired.clock()
    async with wired.context.database.transaction() as store:
        total, rows = await list_services(
            store, programme, search=search, category=category, limit=ROWS_A_PAGE, offset=(number - 1) * ROWS_A_PAGE
        )
        stale = await stale_services(store, programme, now.date() - FRESH_FOR, _MOST)
    return page(
        "registry.html", status, caller=caller, phones=has_phones(wired, caller), rows=rows, total=total, search=search,
        category=category, number=number, pages=-(-total // ROWS_A_PAGE), stale=stale, faults=faults, source=source,
        categories=sorted(wired.context.catalogue.categories), twins=await propose_twins(wired.context, programme, _MOST),
        status_words=_words(STATUS), done=gettext(_DONE.get(asked.get("done", ""), "")),
    )  # fmt: skip


def _words(names: Mapping[str, str]) -> Mapping[str, str]:
    return {code: gettext(told) for code, told in names.items()}


@router.post("/import")
async def take_in(request: Request, caller: AsNgo) -> Response:
    """A file of services: HSDS as JSON or a zip of tables, or a plain sheet; what stands is kept, the rest is told."""
    wired = wiring(request)
    form = await read_form(request)
    source = form.get("source", "").strip().casefold()
    if not _SOURCE.fullmatch(source) or source in OURS:
        wrong = Fault("source", "takes small letters, digits, - . and _, and no name of our own")
        return await _registry(request, caller, 422, [wrong], source)
    try:
        content = await read_file(request)
        # Apart from the loop, which has webhooks to take.
        gathering = await asyncio.to_thread(_gathered, content, source)
        report = await import_records(wired.context, programme_of(caller), source, gathering, wired.clock())
    except InvalidError as refused:
        faults = [Fault("file", refused.message), *refused.faults]
        return await _registry(request, caller, 422, faults, source)
    return page(
        "registry_done.html", caller=caller, phones=has_phones(wired, caller), report=report,
        faults=report.faults[:_MOST_FAULTS],
    )  # fmt: skip


def _gathered(content: bytes, source: str) -> Any:
    if content.lstrip().startswith(_JSON):
        return read_upload(content)
    headers, rows = read_sheet(content)
    return sheet_records(headers, rows, None, source)


@router.post("/duplicates")
async def decide(request: Request, caller: AsNgo) -> Response:
    """Two services are one, or two."""
    wired, form = wiring(request), await read_form(request)
    one, other = id_of(form.get("one", "")), id_of(form.get("other", ""))
    if one is None or other is None:
        raise InvalidError("Choose the two services.")
    try:
        await settle_twins(
            wired.context, programme_of(caller), one, other, id_of(form.get("keep", "")), caller.key, wired.clock()
        )
    except DomainError as refused:
        return await _registry(request, caller, 409, faults_in(refused))
    return RedirectResponse("/registry?done=decided", 303)


# -- one service ----------------------------------------------------------------------------------


@router.get("/services/{service:uuid}")
async def service_page(request: Request, service: UUID, caller: AsNgo) -> Response:
    """A service as it stands, to be put right."""
    return await _service(request, caller, service)


async def _service(
    request: Request, caller: Caller, service: UUID, form: Mapping[str, str] | None = None, faults: Sequence[Fault] = ()
) -> Response:
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        row = await get_service(store, programme_of(caller), service)
    given = {
        "status": row["status"], "sms_name": row["sms_name"],
        "discreet_name": row["discreet_name"], "languages": " ".join(row["languages"]),
        "capacity": "" if row["capacity"] is None else str(row["capacity"]),
        "zone": next((item["timezone"] for item in row["schedules"] if item["timezone"]), ""),
    }  # fmt: skip
    chosen = row["categories"] if form is None else _chosen(form)
    return page(
        "service.html", 422 if faults else 200, caller=caller, phones=has_phones(wired, caller), service=row,
        given={**given, **(form or {})}, chosen=set(chosen), faults=faults, categories=sorted(wired.context.catalogue.categories),
        statuses=[(code, gettext(STATUS[code])) for code in STATUSES],
        days=[(code, gettext(label), *_kept(row).get(code, ("", ""))) for code, label in DAYS.items()],
        done=gettext(_DONE.get(request.query_params.get("done", ""), "")),
    )  # fmt: skip


def _kept(row: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Day → when it opens and closes there, as far as one pair of hours tells it."""
    return {
        day: ((item["opens_at"] or "")[:5], (item["closes_at"] or "")[:5])
        for item in row["schedules"]
        for day in item["byday"] or DAYS
    }


@router.post("/services/{service:uuid}")
async def change(request: Request, service: UUID, caller: AsNgo) -> Response:
    """Keep what was put right."""
    wired, form, programme = wiring(request), await read_form(request), programme_of(caller)
    edit = Edit(
        form.get("status", ""), form.get("sms_name", "").strip(), form.get("discreet_name", "").strip(),
        tuple(_chosen(form)), tuple(form.get("languages", "").replace(",", " ").split()),
    )  # fmt: skip
    faults = edit_faults(wired.context, edit)
    places, hours = _places(form, faults), _hours(form, faults)
    if faults:
        return await _service(request, caller, service, form, faults)
    try:
        async with wired.context.database.transaction() as store:
            before = await get_service(store, programme, service)
        await edit_service(wired.context, programme, service, edit, wired.clock())
        if places not in {None, before["capacity"]}:
            await set_capacity(wired.context, programme, service, places or 0, wired.clock())
        # What was not touched stays as its source gave it.
        if {item.days[0]: (f"{item.opens:%H:%M}", f"{item.closes:%H:%M}") for item in hours} != _kept(before):
            await set_hours(wired.context, programme, service, hours, form.get("zone", "").strip(), wired.clock())
    except InvalidError as refused:
        return await _service(request, caller, service, form, faults_in(refused))
    return RedirectResponse(f"/registry/services/{service}?done=saved", 303)


@router.post("/services/{service:uuid}/verify")
async def verify(request: Request, service: UUID, caller: AsNgo) -> Response:
    """Somebody looked: it is true today."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await verify_service(store, programme_of(caller), service, wired.clock().date())
    return RedirectResponse(f"/registry/services/{service}?done=verified", 303)


def _chosen(form: Mapping[str, str]) -> list[str]:
    return [name.removeprefix("category:") for name in form if name.startswith("category:")]


def _places(form: Mapping[str, str], faults: list[Fault]) -> int | None:
    text = form.get("capacity", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= len("10000")):
        faults.append(Fault("capacity", "must be a whole number of people"))
        return None
    return int(text)


def _hours(form: Mapping[str, str], faults: list[Fault]) -> list[Hours]:
    """A line for each day that has both hours; half a day, or a zone nobody knows, is a fault at its field."""
    found: list[Hours] = []
    for day in DAYS:
        read: dict[str, time] = {}
        given = {name: form.get(f"{name}-{day}", "").strip() for name in ("opens", "closes")}
        for name, text in given.items():
            try:
                read[name] = time.fromisoformat(text)
            except ValueError:
                if any(given.values()):
                    faults.append(Fault(f"{name}-{day}", "write both hours of a day, such as 09:00, or neither"))
        if len(read) == len(given):
            found.append(Hours((day,), read["opens"], read["closes"]))
    if found and zone_of(form.get("zone", "").strip()) is None:
        faults.append(Fault("zone", "is no IANA time zone; write it as in Asia/Dhaka"))
    return found
