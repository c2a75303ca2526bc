"""A service's desk by REST: whom we tell and how, how many more it takes, when it is open."""

from datetime import time
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from app.domain.errors import Fault, InvalidError, NotFoundError
from app.domain.mailboxes import mailbox
from app.domain.numbers import normalise
from app.domain.registry.schedules import zone_of as known_zone
from app.jobs.confirming import confirm_by_hand
from app.jobs.registry.amending import Hours, set_capacity, set_hours
from app.store.contacts import NewContact, set_contacts, shown_contacts, zone_of
from app.store.database import Store
from app.store.keys import Caller, programme_of
from app.web.access import AsNgoOrProvider
from app.web.rest.bodies import Body
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["services' desks"])

_COUNTRY = r"^[A-Z]{2}$"
Zone = Annotated[str, Field(max_length=60)]


class ContactBody(Body):
    """Somebody at a service: an address for letters, a phone for texts where there is no address, or both.

    `country` is where the phone is; `time_zone` tells its night, and is that of the programme's sites there where none
    is given. `language` is the one most of the services speak where none is given. `service_id` is one of the
    organization's services; without it they are told of all.
    """

    email: Annotated[str | None, Field(max_length=254)] = None
    phone: Annotated[str | None, Field(max_length=40)] = None
    country: Annotated[str | None, Field(pattern=_COUNTRY)] = None
    time_zone: Zone | None = None
    language: Annotated[str | None, Field(pattern=r"^[a-z]{2,3}$")] = None
    service_id: UUID | None = None


class ContactsBody(Body):
    """All contacts of an organization: what is not named is no contact any more."""

    contacts: Annotated[list[ContactBody], Field(max_length=20)]


def own(caller: Caller, organization: UUID) -> UUID:
    """The organization, where it is the caller's: an NGO's are all of its programme, a service's is its own.

    Raises:
        NotFoundError: it is another's.
    """
    if caller.organization is not None and caller.organization != organization:
        raise NotFoundError("There is no such organization for this key.")
    return organization


@router.get("/organizations/{organization}/contacts")
async def contacts(request: Request, organization: UUID, caller: AsNgoOrProvider) -> list[dict[str, Any]]:
    """Whom we tell of requests, by half of their address or number."""
    context, programme = wiring(request).context, programme_of(caller)
    async with context.database.transaction() as store:
        return await shown_contacts(store, context.vault, programme, own(caller, organization))


@router.put("/organizations/{organization}/contacts")
async def put_contacts(
    request: Request, organization: UUID, body: ContactsBody, caller: AsNgoOrProvider
) -> list[dict[str, Any]]:
    """Say whom we tell of requests: who has an address by letter, who has only a phone by a text with a code.

    A phone is texted a code first, and nothing else until it is sent back, or typed at `…/{contact}/confirm`.
    """
    wired, programme = wiring(request), programme_of(caller)
    own(caller, organization)
    vault = wired.context.vault
    async with wired.context.database.transaction() as store:
        given = [await read_contact(store, programme, item, place) for place, item in enumerate(body.contacts)]
        await set_contacts(store, vault, programme, organization, given, wired.clock())
        return await shown_contacts(store, vault, programme, organization)


class CodeBody(Body):
    """The code that was texted to the phone."""

    code: Annotated[str, Field(pattern=r"^\d{4}$")]


@router.post("/organizations/{organization}/contacts/{contact}/confirm", status_code=204)
async def confirm_contact(
    request: Request, organization: UUID, contact: UUID, body: CodeBody, caller: AsNgoOrProvider
) -> None:
    """Prove that a phone is the service's; from now on it is told of requests, first of those that wait."""
    wired = wiring(request)
    await confirm_by_hand(
        wired.context, programme_of(caller), own(caller, organization), contact, body.code, wired.clock()
    )


async def read_contact(store: Store, programme: UUID, item: ContactBody, place: int) -> NewContact:
    """A contact as it is kept, its number as dialled in its country.

    Raises:
        InvalidError: nobody could be reached so; told with its place and without what was written.
    """
    if not item.email and not item.phone:
        raise _fault(place, "email", "Give an address, a phone, or both.")
    if item.phone and not item.country:
        raise _fault(place, "country", "Say where the phone is, such as BD.")
    zone = item.time_zone or (await zone_of(store, programme, item.country) if item.country else "")
    if item.phone and known_zone(zone) is None:
        raise _fault(place, "time_zone", "Say in which time zone the phone is, such as Asia/Dhaka.")
    try:
        email = mailbox(item.email) if item.email else ""
    except InvalidError as problem:
        raise _fault(place, "email", problem.message) from None
    try:
        phone = normalise(item.phone, item.country or "") if item.phone else ""
    except InvalidError as problem:
        raise _fault(place, "phone", problem.message) from None
    return NewContact(email, phone, item.country or "", zone, item.language or "", item.service_id)


def _fault(place: int, name: str, message: str) -> InvalidError:
    return InvalidError(message, [Fault(f"contacts.{place}.{name}", message)])


class CapacityBody(Body):
    """How many more people the service can take now; 0 for none, and nothing is offered to it."""

    available: Annotated[int, Field(ge=0, le=100_000)]


@router.put("/services/{service}/capacity", status_code=204)
async def capacity(request: Request, service: UUID, body: CapacityBody, caller: AsNgoOrProvider) -> None:
    """Say how many more people a service can take. An import that says otherwise later counts again."""
    wired = wiring(request)
    await set_capacity(
        wired.context, programme_of(caller), service, body.available, wired.clock(), caller.organization
    )  # fmt: skip


class HoursOfDays(Body):
    """Hours of some days of the week; those that close before they open run past midnight."""

    days: Annotated[list[Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]], Field(min_length=1, max_length=7)]
    opens: time
    closes: time


class HoursBody(Body):
    """When the service is open, by the clock on the wall of `time_zone`; none: nobody knows."""

    hours: Annotated[list[HoursOfDays], Field(max_length=20)]
    time_zone: Zone


@router.put("/services/{service}/hours", status_code=204)
async def hours(request: Request, service: UUID, body: HoursBody, caller: AsNgoOrProvider) -> None:
    """Say when a service is open; what was said before goes, at all its places."""
    wired = wiring(request)
    if known_zone(body.time_zone) is None:
        raise InvalidError("There is no such time zone.", [Fault("time_zone", "such as Asia/Dhaka")])
    given = [Hours(tuple(item.days), item.opens, item.closes) for item in body.hours]
    await set_hours(
        wired.context, programme_of(caller), service, given, body.time_zone, wired.clock(), caller.organization
    )  # fmt: skip
