"""Needs and referrals: an NGO watches, a provider answers."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request

from app.domain.referral import Actor, ReferralState, allowed_next
from app.jobs.helping import disclose_contact, open_case
from app.jobs.once import step_once
from app.store.desk import desk_history, desk_referral, desk_referrals
from app.store.keys import FOCAL_POINT, organization_of, programme_of
from app.store.needs import close_need, list_needs
from app.store.referrals import get_referral, history, list_referrals
from app.web.access import PROVIDER, AsFocalPoint, AsNgo, AsNgoOrProvider, AsProvider
from app.web.rest.bodies import Body
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["needs and referrals"])


@router.get("/needs")
async def needs(request: Request, caller: AsNgo) -> list[dict[str, Any]]:
    """Open needs, the most pressing first. Those of the high tier are for the focal point's desk alone, not here."""
    async with wiring(request).context.database.transaction() as store:
        return [dict(row) for row in await list_needs(store, programme_of(caller), sensitive=False)]


@router.get("/needs/sensitive")
async def sensitive_needs(request: Request, caller: AsFocalPoint) -> list[dict[str, Any]]:
    """Every open need with those of the high tier: for the trained focal point alone."""
    async with wiring(request).context.database.transaction() as store:
        return [dict(row) for row in await list_needs(store, programme_of(caller), sensitive=True)]


@router.get("/needs/{need}/case")
async def case(request: Request, need: UUID, caller: AsFocalPoint) -> dict[str, Any]:
    """What was written, and the phone once the worker agreed to a call or only a person can decide."""
    opened = await open_case(wiring(request).context, programme_of(caller), need)
    return {"number": opened.number or None, "said": list(opened.said)}


@router.post("/needs/{need}/close")
async def close(request: Request, need: UUID, caller: AsNgo) -> dict[str, str]:
    """A person dealt with the need. One of the high tier takes a focal point's key."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await close_need(store, programme_of(caller), need, wired.clock(), sensitive=FOCAL_POINT in caller.scopes)
    return {"state": "closed"}


@router.get("/referrals")
async def referrals(request: Request, caller: AsNgoOrProvider) -> list[dict[str, Any]]:
    """The programme's referrals, the open ones first, of those the nearest deadline.

    A provider reads those made to its own services: of those that are over no more than that they are.
    """
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        if caller.organization is not None:
            return await desk_referrals(store, programme_of(caller), caller.organization, wired.clock())
        return [dict(row) for row in await list_referrals(store, programme_of(caller), wired.clock())]


@router.get("/referrals/{referral}")
async def referral_history(request: Request, referral: UUID, caller: AsNgoOrProvider) -> dict[str, Any]:
    """A referral's state, the steps it took and those the caller may take next.

    A provider reads what the worker agreed to and what it is about while the referral is open, and not after.
    """
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        if caller.organization is not None:
            shown = await desk_referral(store, programme_of(caller), caller.organization, referral, wired.clock())
            return {**shown, "history": await desk_history(store, referral)}
        found = await get_referral(store, programme_of(caller), referral, caller.organization)
        steps = [dict(row) for row in await history(store, referral)]
    return {
        "id": found.id, "state": found.state, "urgency": found.urgency, "category": found.category,
        "service_id": found.service, "history": steps, "next": list(allowed_next(found.state, Actor.REQUESTER)),
    }  # fmt: skip


IdempotencyKey = Annotated[str, Header(max_length=200, description="a name of your own for this request, new for each")]


class StateBody(Body):
    """The state to set."""

    state: ReferralState


@router.post("/referrals/{referral}/state")
async def set_state(
    request: Request, referral: UUID, body: StateBody, caller: AsNgoOrProvider, idempotency_key: IdempotencyKey = ""
) -> dict[str, Any]:
    """Take a step of the life cycle; the worker is told in neutral words.

    Who does not know whether a step was taken asks again with the same `Idempotency-Key` within a week, and gets the
    same answer without a second step.
    """
    wired = wiring(request)
    actor = Actor.PROVIDER if caller.role == PROVIDER else Actor.REQUESTER
    return await step_once(
        wired.context, caller, programme_of(caller), referral, body.state, actor, wired.clock(), idempotency_key
    )


@router.get("/referrals/{referral}/contact")
async def contact(request: Request, referral: UUID, caller: AsProvider) -> dict[str, str]:
    """What the worker agreed the service may know, from acceptance to the end of the referral."""
    shown = await disclose_contact(wiring(request).context, programme_of(caller), referral, organization_of(caller))
    return {"number": shown.number, "language": shown.language}
