"""The people of a programme: a roster comes in, looked at first; how many there are; erasing one. Never a whole number."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.errors import DomainError, Fault, InvalidError, NotFoundError
from app.domain.numbers import mask, normalise
from app.jobs.erasing import erase_worker
from app.jobs.rosters import REQUIRED, RosterReport, import_roster, look_over_roster
from app.jobs.uploads import MEANINGS, Reading, Sheet, as_csv, open_sheet, read_roster, seal_sheet
from app.store.keys import Caller, programme_of
from app.store.programmes import list_sites
from app.store.workers import count_workers
from app.web.access import AsAdmin, AsNgo
from app.web.bodies import read_file, read_form
from app.web.pages.languages import gettext, marked
from app.web.pages.rounds import has_phones
from app.web.pages.templating import page
from app.web.wiring import wiring

router = APIRouter(prefix="/people", include_in_schema=False)

COLUMNS: Mapping[str, str] = {
    "phone": marked("Phone"),
    "site": marked("Site’s code"),
    "language": marked("Language"),
    "gender": marked("Gender"),
    "age_band": marked("Age band"),
    "employment": marked("Employment"),
    "other_phone": marked("Second phone"),
    "confirmed": marked("Vouched for"),
}
CONSENT: Mapping[str, str] = {
    "unasked": marked("Not asked yet"),
    "granted": marked("Agreed"),
    "refused": marked("Refused"),
    "withdrawn": marked("Opted out"),
}
_DONE: Mapping[str, str] = {
    "erased": marked("Erased. What is published stays as it is."),
    "saved": marked("Saved."),
}
_SAMPLES = 5
_MOST_FAULTS = 100


@router.get("")
async def people(request: Request, caller: AsNgo) -> Response:
    """How many are enrolled by site, language and consent, and the ways in and out."""
    return await _people(request, caller)


async def _people(request: Request, caller: Caller, faults: Sequence[Fault] = ()) -> Response:
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        rows = await count_workers(store, programme_of(caller))
        sites = await list_sites(store, programme_of(caller))
    by_site: dict[str, Counter[str]] = defaultdict(Counter)
    languages: Counter[str] = Counter()
    for row in rows:
        by_site[row["site"]][row["consent"]] += row["workers"]
        languages[row["language"]] += row["workers"]
    return page(
        "people.html", 422 if faults else 200, caller=caller, phones=has_phones(wired, caller), sites=sites, by_site=by_site,
        spoken=languages.most_common(), whole=sum(by_site.values(), Counter[str]()), faults=faults,
        consent={code: gettext(told) for code, told in CONSENT.items()},
        done=gettext(_DONE.get(request.query_params.get("done", ""), "")),
    )  # fmt: skip


@router.post("/erase")
async def erase(request: Request, caller: AsAdmin) -> Response:
    """Forget the worker whose number was typed."""
    wired, form = wiring(request), await read_form(request)
    if "sure" not in form:
        return await _people(request, caller, [Fault("sure", "Say that you are sure: it cannot be taken back.")])
    try:
        await erase_worker(wired.context, programme_of(caller), form.get("phone", ""), wired.clock())
    except InvalidError:
        wrong = [Fault("phone", "is no number in use; write it with + and the country’s code")]
        return await _people(request, caller, wrong)
    except NotFoundError as refused:
        return await _people(request, caller, [Fault("phone", refused.message)])
    return RedirectResponse("/people?done=erased", 303)


# -- the roster -----------------------------------------------------------------------------------


@router.post("/roster/look")
async def look(request: Request, caller: AsNgo) -> Response:
    """A file as it would be read; nothing is written."""
    wired = wiring(request)
    try:
        sheet = read_roster(await read_file(request))
    except InvalidError as refused:
        return await _people(request, caller, [Fault("file", refused.message)])
    return await _looked(request, caller, sheet, Reading(sheet.guess()), seal_sheet(
        wired.context.vault, programme_of(caller), caller.key, sheet, wired.clock()
    ))  # fmt: skip


@router.post("/roster")
async def take_in(request: Request, caller: AsNgo) -> Response:
    """The same file read with other columns; or taken in, as it was looked at."""
    wired, form = wiring(request), await read_form(request)
    sealed = form.get("sealed", "")
    try:
        sheet = open_sheet(wired.context.vault, programme_of(caller), caller.key, sealed, wired.clock())
    except InvalidError as refused:
        return await _people(request, caller, [Fault("file", refused.message)])
    reading = Reading(
        {name: form[f"column:{name}"] for name in MEANINGS if form.get(f"column:{name}")},
        {name: form.get(f"all:{name}", "") for name in REQUIRED},
    )
    if form.get("step") != "import":
        return await _looked(request, caller, sheet, reading, sealed)
    report = RosterReport()
    try:
        async for report in import_roster(  # noqa: B007 - the last one counts
            wired.context, programme_of(caller), as_csv(sheet, reading), wired.clock()
        ):
            pass
    except InvalidError as refused:
        return await _looked(request, caller, sheet, reading, sealed, refused.faults)
    return page(
        "roster_done.html", caller=caller, phones=has_phones(wired, caller), report=report,
        faults=report.faults[:_MOST_FAULTS],
    )  # fmt: skip


async def _looked(
    request: Request, caller: Caller, sheet: Sheet, reading: Reading, sealed: str, faults: Sequence[Fault] = ()
) -> Response:
    wired, report = wiring(request), None
    async with wired.context.database.transaction() as store:
        sites = await list_sites(store, programme_of(caller))
    if not faults:
        try:
            report = await look_over_roster(
                wired.context, programme_of(caller), as_csv(sheet, reading), wired.clock()
            )  # fmt: skip
        except InvalidError as refused:
            faults = refused.faults or [Fault("", refused.message)]
    countries = {site["code"]: site["country"] for site in sites}
    return page(
        "roster_look.html", 200 if report else 422, caller=caller, phones=has_phones(wired, caller), sheet=sheet,
        reading=reading, sealed=sealed, report=report, faults=[*faults, *(report.faults if report else ())][:_MOST_FAULTS],
        columns={name: gettext(told) for name, told in COLUMNS.items()}, sites=sites,
        needed=REQUIRED, samples=_samples(sheet, reading, countries),
        spoken=sorted(wired.context.catalogue.texts),
    )  # fmt: skip


def _samples(sheet: Sheet, reading: Reading, countries: Mapping[str, str]) -> list[Mapping[str, str]]:
    """The first rows as they are read, with no more of a number than its country and its end."""
    at = {name: sheet.headers.index(header) for name, header in reading.columns.items() if header in sheet.headers}
    rows: list[Mapping[str, str]] = []
    for row in sheet.rows[:_SAMPLES]:
        told = {name: row[place] if place < len(row) else "" for name, place in at.items()}
        site = told.get("site") or reading.everywhere.get("site", "")
        rows.append({name: _shown(name, cell, countries.get(site, "ZZ")) for name, cell in told.items()})
    return rows


def _shown(name: str, cell: str, country: str) -> str:
    if name in {"phone", "other_phone"}:
        return _masked(cell, country)
    # A number in a wrong column is still a number.
    return "…" if sum(sign.isdigit() for sign in cell) > 5 else cell[:60]  # noqa: PLR2004 - phones have seven and more


def _masked(cell: str, country: str) -> str:
    try:
        return mask(normalise(cell, country)) if cell else ""
    except DomainError:
        return "…"
