"""What a case worker does: propose another service, join two needs that are one, take a sensitive case up."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import structlog

from app.domain.errors import ConflictError, Fault, InvalidError
from app.domain.mailboxes import mailbox
from app.domain.numbers import normalise
from app.domain.phrases import phrase
from app.domain.referral import OPEN, Actor, Cause, ReferralState
from app.domain.survey import Sensitivity
from app.jobs.context import Context
from app.jobs.stepping import take_step
from app.store.focal_points import FocalPoint, acknowledge, add_focal_points, list_focal_points, set_focal_points
from app.store.joining import join_needs
from app.store.needs import want_service
from app.store.referrals import get_referral, open_referral_of
from app.store.registry import get_service

log = structlog.get_logger()

MOST_FOCAL_POINTS = 20
"""Each is told of each case until one takes it up: more would be told of what they never act on."""
_LONGEST_NAME = 200


async def propose_transfer(
    context: Context, programme: UUID, referral_id: UUID, service: UUID, now: datetime, organization: UUID | None = None
) -> None:
    """Ask the worker whether another service may have their request; until they agree it stays where it is.

    The offer goes out when the worker is in no other conversation. Consent names the service that receives.

    Args:
        context: whose database.
        programme: whose referral.
        referral_id: which.
        service: the one to transfer it to.
        now: the moment.
        organization: a provider's own, who may pass on only what is with it; None for the programme's staff.

    Raises:
        NotFoundError: no such referral or service for this caller.
        ConflictError: the referral is over, or the service takes nobody.
        InvalidError: it is with that service already, or one of the high tier alone: its name would stand in a text.
    """
    async with context.database.transaction() as store:
        referral = await get_referral(store, programme, referral_id, organization)
        if referral.state not in OPEN:
            raise ConflictError(
                phrase("A referral that is {state} cannot be transferred; it is with no service.", state=referral.state)
            )
        if referral.service == service:
            raise InvalidError("The referral is with this service already.")
        wanted = await get_service(store, programme, service)
        if wanted["status"] != "active":
            raise ConflictError(phrase("The service is {found} and takes nobody now.", found=wanted["status"]))
        tiers = {
            context.catalogue.categories[code].sensitivity
            for code in wanted["categories"]
            if code in context.catalogue.categories
        }
        if tiers == {Sensitivity.HIGH}:
            raise InvalidError("The service is for what no text may name; tell the worker of it in a call.")
        await want_service(store, referral.need, service, now)


async def join(context: Context, programme: UUID, need: UUID, into: UUID, now: datetime, *, sensitive: bool) -> None:
    """Close a need that is the same as another one; what presses more and what is more sensitive stays with the other.

    A request that a service has for the joined one is cancelled, and the worker is not told: nothing changed for them.

    Raises:
        NotFoundError: no such need for this caller.
        ConflictError: they are of two workers, or of two tiers, or one is over.
    """
    async with context.database.transaction() as store:
        held = await open_referral_of(store, need)
        # Locked before the needs, as by every step.
        referral = await get_referral(store, programme, held) if held is not None else None
        await join_needs(store, programme, need, into, now, sensitive=sensitive)
        if referral is not None and referral.state in OPEN:
            await take_step(store, context, referral, ReferralState.CANCELLED, Actor.REQUESTER, now, Cause.JOINED)


async def take_up(context: Context, programme: UUID, need: UUID, caller: UUID, now: datetime) -> datetime:
    """A focal point has the case: nobody is told of it again. When it was first taken up."""
    async with context.database.transaction() as store:
        at = await acknowledge(store, programme, need, caller, now)
    log.info("case-acknowledged", need=str(need))
    return at


def read_focal_point(given: Mapping[str, str], languages: Collection[str]) -> FocalPoint:
    """Somebody by `name`, `email`, `phone` and `language`, as they were given.

    Raises:
        InvalidError: with every fault, none of which repeats an address or a number.
    """
    name, email, phone = (given.get(field, "").strip() for field in ("name", "email", "phone"))
    language = given.get("language", "")
    faults: list[Fault] = []
    if not 0 < len(name) <= _LONGEST_NAME:
        faults.append(Fault("name", "takes 1 to 200 letters"))
    if not email and not phone:
        faults.append(Fault("email", "give an e-mail address, a phone, or better both"))
    try:
        email = mailbox(email) if email else ""
    except InvalidError as refused:
        faults += refused.faults
    try:
        phone = normalise(phone, "") if phone else ""
    except InvalidError:
        faults.append(Fault("phone", "is no number in use; write it with + and the country’s code"))
    if language not in languages:
        faults.append(Fault("language", "is none of those there are"))
    if faults:
        raise InvalidError("They could not be told.", faults)
    return FocalPoint(name, email, phone, language)


async def name_focal_points(context: Context, programme: UUID, people: list[FocalPoint], now: datetime) -> None:
    """These and no others are told of pressing sensitive cases."""
    async with context.database.transaction() as store:
        await set_focal_points(store, context.vault, programme, people, now)


async def name_another_focal_point(context: Context, programme: UUID, person: FocalPoint, now: datetime) -> None:
    """One more is told of pressing sensitive cases.

    Raises:
        ConflictError: as many are told as may be.
    """
    async with context.database.transaction() as store:
        if len(await list_focal_points(store, programme)) >= MOST_FOCAL_POINTS:
            raise ConflictError(
                phrase("No more than {most} people are told of sensitive cases.", most=MOST_FOCAL_POINTS)
            )
        await add_focal_points(store, context.vault, programme, [person], now)
