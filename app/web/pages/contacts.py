"""By whom a service is told of requests: set by the NGO here, by the service itself at its desk."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from app.domain.errors import ConflictError, Fault, InvalidError
from app.jobs.confirming import confirm_by_hand
from app.store.contacts import add_contacts, drop_contacts, shown_contacts
from app.store.desk import desk_services
from app.store.keys import Caller, programme_of
from app.store.programmes import list_sites
from app.store.registry import get_organization
from app.web.access import AsNgo
from app.web.bodies import read_form
from app.web.pages.faulted import faults_in, unfit
from app.web.pages.languages import gettext, marked
from app.web.pages.rounds import has_phones
from app.web.pages.templating import page
from app.web.rest.desks import ContactBody, read_contact
from app.web.wiring import wiring

router = APIRouter(prefix="/registry/organizations/{organization:uuid}/contacts", include_in_schema=False)

_SAVED = marked("Saved.")
_ASKED: Mapping[str, str] = {
    "email": marked("is no e-mail address"),
    "phone": marked("takes 40 characters at the most"),
    "country": marked("is written as two letters, such as BD"),
    "time_zone": marked("is no IANA time zone; write it as in Asia/Dhaka"),
    "language": marked("is none of those there are"),
    "service_id": marked("is none of those there are"),
}
"""What each field takes, said where something else stands in it."""
_IDS: Mapping[str, str] = {"time_zone": "zone", "service_id": "service"}
"""A contact's field as REST calls it → as the form does, where the two differ."""


def contact_of(form: Mapping[str, str]) -> ContactBody:
    """What a form says of a contact; InvalidError with a fault for every field that cannot be so."""
    given = {name: value.strip() for name, value in form.items() if value.strip()}
    try:
        return ContactBody(
            email=given.get("email"), phone=given.get("phone"), country=given.get("country", "").upper() or None,
            time_zone=given.get("zone"), language=given.get("language"),
            service_id=given.get("service"),  # pyright: ignore[reportArgumentType] - pydantic reads it
        )  # fmt: skip
    except ValidationError as refused:
        faults = [replace(fault, place=f"contacts.0.{fault.place}") for fault in unfit(refused, _ASKED)]
        raise InvalidError("Write an address, or a phone and its country as two letters, such as BD.", faults) from None


@router.get("")
async def contacts(request: Request, organization: UUID, caller: AsNgo) -> Response:
    """Whom an organization's requests are told to; no whole address and no whole number."""
    return await _contacts(request, organization, caller)


async def _contacts(
    request: Request,
    organization: UUID,
    caller: Caller,
    form: Mapping[str, str] | None = None,
    faults: Sequence[Fault] = (),
) -> Response:
    wired, programme = wiring(request), programme_of(caller)
    async with wired.context.database.transaction() as store:
        found = await get_organization(store, programme, organization)
        services = await desk_services(store, programme, organization)
        kept = await shown_contacts(store, wired.context.vault, programme, organization)
        countries = sorted({site["country"] for site in await list_sites(store, programme)})
    return page(
        "contacts.html", 422 if faults else 200, caller=caller, phones=has_phones(wired, caller), organization=found,
        services=services, named={row["id"]: row["name"] for row in services}, contacts=kept, countries=countries,
        tongues=sorted(wired.context.catalogue.texts), form=form or {}, faults=faults,
        done=gettext(_SAVED) if request.query_params.get("done") else "",
    )  # fmt: skip


@router.post("")
async def add(request: Request, organization: UUID, caller: AsNgo) -> Response:
    """Somebody more is told."""
    wired, programme, form = wiring(request), programme_of(caller), await read_form(request)
    try:
        async with wired.context.database.transaction() as store:
            contact = await read_contact(store, programme, contact_of(form), 0)
            await add_contacts(store, wired.context.vault, programme, organization, [contact], wired.clock())
    except InvalidError as refused:
        ids = {f"contacts.0.{name}": _IDS.get(name, name) for name in _ASKED}
        return await _contacts(request, organization, caller, form, faults_in(refused, ids))
    return _done(organization)


@router.post("/{contact:uuid}/remove")
async def remove(request: Request, organization: UUID, contact: UUID, caller: AsNgo) -> Response:
    """Somebody is told no more."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await drop_contacts(store, programme_of(caller), organization, [contact], wired.clock())
    return _done(organization)


@router.post("/{contact:uuid}/confirm")
async def confirm(request: Request, organization: UUID, contact: UUID, caller: AsNgo) -> Response:
    """Whoever holds the phone told the code that it was sent."""
    wired, form = wiring(request), await read_form(request)
    try:
        await confirm_by_hand(
            wired.context, programme_of(caller), organization, contact, form.get("code", "").strip(), wired.clock()
        )
    except (InvalidError, ConflictError) as refused:
        return await _contacts(request, organization, caller, faults=[Fault(f"code-{contact}", refused.message)])
    return _done(organization)


def _done(organization: UUID) -> Response:
    return RedirectResponse(f"/registry/organizations/{organization}/contacts?done=saved", 303)
