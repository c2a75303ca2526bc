"""Needs and referrals: an NGO watches, a provider answers."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request

from app.domain.referral import Actor, ReferralState, allowed_next
from app.jobs.helping import answer_referral, disclose_contact, open_case
from app.store.keys import FOCAL_POINT
from app.store.referrals import close_need, get_referral, history, list_needs, list_referrals
from app.web.access import PROVIDER, AsFocalPoint, AsNgo, AsNgoOrProvider, AsProvider, programme_of
from app.web.rest.administration import Body
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
    """The programme's referrals; a provider reads those made to its own services."""
    async with wiring(request).context.database.transaction() as store:
        return [dict(row) for row in await list_referrals(store, programme_of(caller), caller.organization)]


@router.get("/referrals/{referral}")
async def referral_history(request: Request, referral: UUID, caller: AsNgoOrProvider) -> dict[str, Any]:
    """A referral's state, the steps it took and those the caller may take next."""
    async with wiring(request).context.database.transaction() as store:
        found = await get_referral(store, programme_of(caller), referral, caller.organization)
        steps = [dict(row) for row in await history(store, referral)]
    actor = Actor.PROVIDER if caller.role == PROVIDER else Actor.REQUESTER
    return {
        "id": found.id, "state": found.state, "urgency": found.urgency, "category": found.category,
        "service_id": found.service, "history": steps, "next": list(allowed_next(found.state, actor)),
    }  # fmt: skip


class StateBody(Body):
    """The state to set."""

    state: ReferralState


@router.post("/referrals/{referral}/state")
async def set_state(request: Request, referral: UUID, body: StateBody, caller: AsNgoOrProvider) -> dict[str, Any]:
    """Take a step of the life cycle; the worker is told in neutral words."""
    wired = wiring(request)
    actor = Actor.PROVIDER if caller.role == PROVIDER else Actor.REQUESTER
    done = await answer_referral(
        wired.context, programme_of(caller), referral, body.state, actor, wired.clock(), caller.organization
    )
    return {"id": done.id, "state": done.state, "next": list(allowed_next(done.state, actor))}


@router.get("/referrals/{referral}/contact")
async def contact(request: Request, referral: UUID, caller: AsProvider) -> dict[str, str]:
    """What the worker agreed the service may know, from acceptance to the end of the referral."""
    if caller.organization is None:
        raise RuntimeError("a provider's key without organization")  # the database refuses such a key
    shown = await disclose_contact(wiring(request).context, programme_of(caller), referral, caller.organization)
    return {"number": shown.number, "language": shown.language}
