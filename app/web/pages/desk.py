"""The desk a service answers from: two clicks on a phone, without JavaScript; what was agreed to and nothing else."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.domain.referral import WITH_SERVICE, Actor, ReferralState
from app.domain.registry.schedules import zone_of as known_zone
from app.jobs.confirming import confirm_by_hand
from app.jobs.helping import disclose_contact
from app.jobs.once import step_once
from app.jobs.registry.amending import Hours, set_capacity, set_hours
from app.store.contacts import add_contacts, drop_contacts, owner_of, shown_contacts
from app.store.desk import desk_referral, desk_referrals, desk_services
from app.store.hooks import deliver_again, list_deliveries, list_hooks
from app.store.keys import organization_of, programme_of
from app.store.registry import verify_service
from app.web.access import AsProvider
from app.web.bodies import read_form
from app.web.pages.contacts import contact_of
from app.web.pages.languages import gettext, locale, marked
from app.web.pages.templating import page
from app.web.rest.desks import read_contact
from app.web.wiring import wiring

router = APIRouter(include_in_schema=False)

STEPS: Mapping[str, str] = {
    "accepted": marked("Accept"),
    "rejected": marked("Decline"),
    "in-progress": marked("Begin"),
    "on-hold": marked("Put on hold"),
    "completed": marked("Done"),
    "failed": marked("Could not help"),
}
"""The steps a service takes on its desk, in the order of their buttons."""

STATES: Mapping[str, str] = {
    "requested": marked("Waits for your answer"),
    "accepted": marked("Accepted"),
    "in-progress": marked("In progress"),
    "on-hold": marked("On hold"),
    "completed": marked("Completed"),
    "rejected": marked("Declined"),
    "failed": marked("Could not be helped"),
    "cancelled": marked("Cancelled"),
    "entered-in-error": marked("Made in error"),
}

_FIELDS: Mapping[str, str] = {"phone number": marked("phone number"), "language": marked("language")}
"""What a consent may name."""

_DONE: Mapping[str, str] = {
    "step": marked("Noted. The person is told."),
    "over": marked("Somebody answered before you, or the request has ended. Nothing was changed."),
    "saved": marked("Saved."),
    "again": marked("It is posted once more."),
}

DAYS: Mapping[str, str] = {
    "MO": marked("Monday"),
    "TU": marked("Tuesday"),
    "WE": marked("Wednesday"),
    "TH": marked("Thursday"),
    "FR": marked("Friday"),
    "SA": marked("Saturday"),
    "SU": marked("Sunday"),
}


def _named(names: Mapping[str, str], code: str) -> str:
    # The text of nothing is a catalog's head.
    return gettext(names[code]) if code in names else code


def _done(request: Request) -> str:
    """What a form that was sent did, for the page that follows it."""
    told = request.query_params.get("done", "")
    return gettext(_DONE[told]) if told in _DONE else ""


@router.get("/desk")
async def desk(request: Request, caller: AsProvider) -> Response:
    """Open referrals, the most pressing first; below them the services, and whom we tell."""
    wired, programme, organization = wiring(request), programme_of(caller), organization_of(caller)
    now = wired.clock()
    async with wired.context.database.transaction() as store:
        found = await desk_referrals(store, programme, organization, now)
        services = await desk_services(store, programme, organization)
        contacts = await shown_contacts(store, wired.context.vault, programme, organization)
    return page(
        "desk.html", caller=caller, done=_done(request),
        opened=[_card(row) for row in found if row["open"]], over=[_card(row) for row in found if not row["open"]],
        services=services, contacts=contacts,
    )  # fmt: skip


def _card(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row, "told": _named(STATES, row["state"]), "steps": _steps(row), "once": uuid4().hex,
        "contact": row["state"] in WITH_SERVICE,
        "agreed": ", ".join(_named(_FIELDS, field) for field in row.get("consented", ())),
    }  # fmt: skip


def _steps(row: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    return [(code, gettext(label)) for code, label in STEPS.items() if code in row["next"]] if row["open"] else []


@router.get("/desk/referrals/{referral:uuid}")
async def contact_page(request: Request, referral: UUID, caller: AsProvider) -> Response:
    """What the worker agreed to, and how to reach them, while the referral is open."""
    wired, programme, organization = wiring(request), programme_of(caller), organization_of(caller)
    async with wired.context.database.transaction() as store:
        row = await desk_referral(store, programme, organization, referral, wired.clock())
    shown, fault = None, ""
    if row["state"] in WITH_SERVICE:
        try:
            shown = await disclose_contact(wired.context, programme, referral, organization)
        except ConflictError as problem:
            fault = problem.message
    spoken = locale().languages.get(shown.language, shown.language) if shown else ""
    card = {**_card(row), "contact": False}
    return page("desk_referral.html", caller=caller, row=card, contact=shown, spoken=spoken, fault=fault)


@router.post("/desk/referrals/{referral:uuid}")
async def take_step(request: Request, referral: UUID, caller: AsProvider) -> Response:
    """Take the step whose button was pressed, and come back; pressed twice it is taken once."""
    wired, form = wiring(request), await read_form(request)
    to = form.get("state", "")
    if to not in STEPS:
        raise InvalidError("Press one of the buttons of the referral.")
    done = "step"
    try:
        await step_once(
            wired.context, caller, programme_of(caller), referral, ReferralState(to), Actor.PROVIDER, wired.clock(),
            form.get("once", "")[:40],
        )  # fmt: skip
    except ConflictError:
        done = "over"
    return RedirectResponse(f"/desk?done={done}", 303)


# -- the services ---------------------------------------------------------------------------------


@router.post("/desk/services/{service:uuid}/capacity")
async def save_capacity(request: Request, service: UUID, caller: AsProvider) -> Response:
    """Say how many more people a service takes."""
    wired, form = wiring(request), await read_form(request)
    places = form.get("available", "").strip()
    if not (places.isascii() and places.isdecimal() and len(places) <= len("10000")):
        raise InvalidError("Write how many more people the service takes, as a whole number.")
    await set_capacity(
        wired.context, programme_of(caller), service, int(places), wired.clock(), organization_of(caller)
    )  # fmt: skip
    return RedirectResponse("/desk?done=saved", 303)


@router.post("/desk/services/{service:uuid}/verify")
async def say_true(request: Request, service: UUID, caller: AsProvider) -> Response:
    """Say that what stands of a service is true today."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await verify_service(store, programme_of(caller), service, wired.clock().date(), organization_of(caller))
    return RedirectResponse("/desk?done=saved", 303)


@router.get("/desk/services/{service:uuid}")
async def hours_page(request: Request, service: UUID, caller: AsProvider) -> Response:
    """When a service is open, a line for each day."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        found = await desk_services(store, programme_of(caller), organization_of(caller))
    row = next((row for row in found if row["id"] == service), None)
    if row is None:
        raise NotFoundError("There is no such service for this key.")
    kept: dict[str, tuple[str, str]] = {}
    for item in row["schedules"]:
        for day in item["byday"] or DAYS:
            kept[day] = ((item["opens_at"] or "")[:5], (item["closes_at"] or "")[:5])
    zone = next((item["timezone"] for item in row["schedules"] if item["timezone"]), "")
    days = [(code, gettext(label), *kept.get(code, ("", ""))) for code, label in DAYS.items()]
    return page("desk_service.html", caller=caller, service=row, days=days, zone=zone)


@router.post("/desk/services/{service:uuid}/hours")
async def save_hours(request: Request, service: UUID, caller: AsProvider) -> Response:
    """Keep when a service is open; a day without hours is closed."""
    wired, form = wiring(request), await read_form(request)
    zone = form.get("zone", "").strip()
    if known_zone(zone) is None:
        raise InvalidError("There is no such time zone; write it as Asia/Dhaka.")
    hours = [_hours(form, day) for day in DAYS if form.get(f"opens-{day}") or form.get(f"closes-{day}")]
    await set_hours(
        wired.context, programme_of(caller), service, hours, zone, wired.clock(), organization_of(caller)
    )  # fmt: skip
    return RedirectResponse("/desk?done=saved", 303)


def _hours(form: Mapping[str, str], day: str) -> Hours:
    try:
        opens, closes = (time.fromisoformat(form.get(f"{name}-{day}", "")) for name in ("opens", "closes"))
    except ValueError:
        raise InvalidError("Write both hours of a day, such as 09:00 and 17:00, or neither.") from None
    return Hours((day,), opens, closes)


# -- whom we tell ---------------------------------------------------------------------------------


@router.post("/desk/contacts")
async def add_contact(request: Request, caller: AsProvider) -> Response:
    """Somebody more is told of requests."""
    wired, programme, organization = wiring(request), programme_of(caller), organization_of(caller)
    given = contact_of(await read_form(request))
    async with wired.context.database.transaction() as store:
        contact = await read_contact(store, programme, given, 0)
        await add_contacts(store, wired.context.vault, programme, organization, [contact], wired.clock())
    return RedirectResponse("/desk?done=saved", 303)


@router.post("/desk/contacts/{contact:uuid}/confirm")
async def confirm_contact(request: Request, contact: UUID, caller: AsProvider) -> Response:
    """The phone is theirs: they know the code it was sent."""
    wired, form = wiring(request), await read_form(request)
    await confirm_by_hand(
        wired.context, programme_of(caller), organization_of(caller), contact, form.get("code", "").strip(),
        wired.clock(),
    )  # fmt: skip
    return RedirectResponse("/desk?done=saved", 303)


@router.post("/desk/contacts/{contact:uuid}/remove")
async def remove_contact(request: Request, contact: UUID, caller: AsProvider) -> Response:
    """Somebody is told no more."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await drop_contacts(store, programme_of(caller), organization_of(caller), [contact], wired.clock())
    return RedirectResponse("/desk?done=saved", 303)


# -- webhooks -------------------------------------------------------------------------------------


@router.get("/desk/hooks")
async def hooks_page(request: Request, caller: AsProvider) -> Response:
    """The webhooks and what became of each event, to have one posted once more."""
    wired = wiring(request)
    owner = owner_of(programme_of(caller), organization_of(caller))
    async with wired.context.database.transaction() as store:
        hooks = await list_hooks(store, owner)
        deliveries = await list_deliveries(store, owner, state=None, before=None, limit=200)
    return page(
        "desk_hooks.html", caller=caller, done=_done(request),
        hooks=[hook for hook in hooks if hook["retired_at"] is None], deliveries=deliveries,
    )  # fmt: skip


@router.post("/desk/hooks/{delivery:uuid}/replay")
async def replay(request: Request, delivery: UUID, caller: AsProvider) -> Response:
    """Post an event once more, under its id."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await deliver_again(
            store, delivery, wired.clock(), owner_of(programme_of(caller), organization_of(caller))
        )  # fmt: skip
    return RedirectResponse("/desk/hooks?done=again", 303)
