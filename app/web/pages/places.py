"""Sites and their head-counts, a page each."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from app.domain.errors import Fault, InvalidError, NotFoundError
from app.jobs.samples import keep_margins
from app.store.keys import Caller
from app.store.programmes import list_sites, save_sites
from app.store.samples import list_margins
from app.store.tables.figures import STRATA
from app.web.access import AsNgo, programme_of
from app.web.bodies import read_form
from app.web.pages.languages import gettext
from app.web.pages.rounds import has_phones
from app.web.pages.templating import page
from app.web.rest.people import SiteBody
from app.web.wiring import wiring

router = APIRouter(prefix="/people/sites", include_in_schema=False)

FIELDS = ("name", "supplier", "sector", "country", "place", "zone", "latitude", "longitude", "headcount")
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
        return await _form(request, caller, "", form, [Fault("code", gettext("There is a site of this code already."))])
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
        body = _site(code or form.get("code", ""), form)
        margins = _margins(form)
        async with wired.context.database.transaction() as store:
            await save_sites(store, programme, [body.model_dump()], wired.clock())
        await keep_margins(wired.context, programme, body.code, margins)
    except InvalidError as refused:
        return await _form(request, caller, code, form, refused.faults or [Fault("", refused.message)])
    return RedirectResponse("/people?done=saved", 303)


async def _form(
    request: Request, caller: Caller, code: str, given: Mapping[str, str], faults: Sequence[Fault] = ()
) -> Response:
    return page(
        "place.html", 422 if faults else 200, caller=caller, phones=has_phones(wiring(request), caller), code=code,
        given={"code": code, **dict.fromkeys(FIELDS, ""), **{f"margin:{name}": "" for name in STRATA}, **given},
        faults=faults, strata=STRATA,
    )  # fmt: skip


def _site(code: str, form: Mapping[str, str]) -> SiteBody:
    given: dict[str, Any] = {name: form.get(name, "").strip() for name in FIELDS}
    given |= {name: given[name] or None for name in ("latitude", "longitude", "headcount")}
    try:
        body = SiteBody(code=code, **given)
    except ValidationError as refused:
        faults = [Fault(str(one["loc"][0]), one["msg"].removeprefix("Value error, ")) for one in refused.errors()]
        raise InvalidError("The site has faults.", faults) from None
    if (body.latitude is None) != (body.longitude is None):
        raise InvalidError("A place needs both.", [Fault("latitude", gettext("a place needs both degrees"))])
    return body


def _margins(form: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Head-counts by trait, written a line each: `female: 600`."""
    faults: list[Fault] = []
    found: dict[str, dict[str, int]] = {}
    for field in STRATA:
        for line in form.get(f"margin:{field}", "").splitlines():
            category, _, people = (part.strip() for part in line.partition(":"))
            if not line.strip():
                continue
            if category and len(category) <= _LONGEST and people.isdecimal() and int(people) <= _MOST_PEOPLE:
                found.setdefault(field, {})[category] = int(people)
            else:
                faults.append(Fault(field, gettext("write a line for each, such as female: 600")))
    if faults:
        raise InvalidError("The head-counts cannot be read.", faults)
    return found
