"""Sites and their head-counts, a page each."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from app.domain.errors import Fault, InvalidError, NotFoundError
from app.jobs.samples import keep_margins, margin_faults
from app.store.keys import Caller, programme_of
from app.store.programmes import list_sites, save_sites
from app.store.samples import list_margins
from app.store.tables.figures import STRATA
from app.web.access import AsNgo
from app.web.bodies import read_form
from app.web.pages.faulted import faults_in, unfit
from app.web.pages.languages import marked
from app.web.pages.rounds import has_phones
from app.web.pages.templating import page
from app.web.rest.people import SiteBody
from app.web.wiring import wiring

router = APIRouter(prefix="/people/sites", include_in_schema=False)

FIELDS = ("name", "supplier", "sector", "country", "place", "zone", "latitude", "longitude", "headcount")
_ASKED: Mapping[str, str] = {
    "code": marked("takes small letters, digits, - and _, such as gazipur-2"),
    "name": marked("takes 1 to 200 letters"),
    "supplier": marked("takes 200 letters at the most"),
    "sector": marked("takes 200 letters at the most"),
    "place": marked("takes 200 letters at the most"),
    "country": marked("is written as two letters, such as BD"),
    "zone": marked("is no IANA time zone; write it as in Asia/Dhaka"),
    "latitude": marked("must be a number of degrees from -90 to 90, such as 23.81"),
    "longitude": marked("must be a number of degrees from -180 to 180, such as 90.41"),
    "headcount": marked("must be a whole number of people"),
}
"""What each field takes, said where something else stands in it."""
_MOST_PEOPLE = 10_000_000
_LONGEST = 60


@router.get("/new")
async def new(request: Request, caller: AsNgo) -> Response:
    """An empty form."""
    return await _form(request, caller, "", {"code": ""})


@router.post("/new")
async def make(request: Request, caller: AsNgo) -> Response:
    """A new site."""
    form = await read_form(request)
    async with wiring(request).context.database.transaction() as store:
        known = {site["code"] for site in await list_sites(store, programme_of(caller))}
    if form.get("code") in known:
        return await _form(request, caller, "", form, [Fault("code", "there is a site of this code already")])
    return await _save(request, caller, "", form)


@router.get("/{code}")
async def site(request: Request, code: str, caller: AsNgo) -> Response:
    """A site as it is."""
    async with wiring(request).context.database.transaction() as store:
        found = next((one for one in await list_sites(store, programme_of(caller)) if one["code"] == code), None)
        margins = await list_margins(store, programme_of(caller))
    if found is None:
        raise NotFoundError("There is no such site in this programme.")
    given = {name: "" if found[name] is None else str(found[name]) for name in FIELDS} | {"code": code}
    for field in STRATA:
        counts = margins.get(field, {}).get(code, {})
        given[f"margin:{field}"] = "\n".join(f"{category}: {people}" for category, people in counts.items())
    return await _form(request, caller, code, given)


@router.post("/{code}")
async def change(request: Request, code: str, caller: AsNgo) -> Response:
    """Keep what was changed."""
    return await _save(request, caller, code, await read_form(request))


async def _save(request: Request, caller: Caller, code: str, form: Mapping[str, str]) -> Response:
    wired, programme = wiring(request), programme_of(caller)
    try:
        body, margins = _read(code or form.get("code", "").strip(), form)
        async with wired.context.database.transaction() as store:
            await save_sites(store, programme, [body.model_dump()], wired.clock())
        await keep_margins(wired.context, programme, body.code, margins)
    except InvalidError as refused:
        return await _form(request, caller, code, form, faults_in(refused, {name: f"margin-{name}" for name in STRATA}))
    return RedirectResponse("/people?done=saved", 303)


async def _form(
    request: Request, caller: Caller, code: str, given: Mapping[str, str], faults: Sequence[Fault] = ()
) -> Response:
    return page(
        "place.html", 422 if faults else 200, caller=caller, phones=has_phones(wiring(request), caller), code=code,
        given={"code": code, **dict.fromkeys(FIELDS, ""), **{f"margin:{name}": "" for name in STRATA}, **given},
        faults=faults, strata=STRATA,
    )  # fmt: skip


def _read(code: str, form: Mapping[str, str]) -> tuple[SiteBody, dict[str, dict[str, int]]]:
    """The site and its head-counts; InvalidError with every fault of both."""
    given: dict[str, Any] = {name: form.get(name, "").strip() for name in FIELDS}
    given |= {name: given[name] or None for name in ("latitude", "longitude", "headcount")}
    given["country"] = given["country"].upper()
    margins, faults = _margins(form)
    body = None
    try:
        body = SiteBody(code=code, **given)
    except ValidationError as refused:
        faults = unfit(refused, _ASKED) + faults
    if (given["latitude"] is None) != (given["longitude"] is None):
        missing = "longitude" if given["longitude"] is None else "latitude"
        faults.append(Fault(missing, "a place needs both degrees"))
    # Looked at before the site is kept: the two are written one after the other, and nothing is to be kept of a form with faults.
    faults += margin_faults(body.headcount, margins) if body else []
    if body is None or faults:
        raise InvalidError("The site has faults.", faults)
    return body, margins


def _margins(form: Mapping[str, str]) -> tuple[dict[str, dict[str, int]], list[Fault]]:
    """Head-counts by trait, written a line each: `female: 600`; and what cannot be read so."""
    faults: list[Fault] = []
    found: dict[str, dict[str, int]] = {}
    for field in STRATA:
        for line in form.get(f"margin:{field}", "").splitlines():
            category, _, people = (part.strip() for part in line.partition(":"))
            if not line.strip():
                continue
            if category and len(category) <= _LONGEST and people.isdecimal() and int(people) <= _MOST_PEOPLE:
                found.setdefault(field, {})[category] = int(people)
            elif not any(fault.place == field for fault in faults):
                faults.append(Fault(field, "write a line for each, such as female: 600"))
    return found, faults
