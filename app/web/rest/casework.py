"""What a case worker does with needs and referrals beyond the life cycle, who is told of sensitive cases, and erasure."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from app.domain.errors import Fault, InvalidError
from app.jobs.casework import MOST_FOCAL_POINTS, join, name_focal_points, propose_transfer, read_focal_point, take_up
from app.jobs.erasing import erase_worker
from app.store.focal_points import FocalPoint, list_focal_points
from app.store.keys import FOCAL_POINT, programme_of
from app.web.access import AsAdmin, AsFocalPoint, AsNgo, AsNgoOrProvider
from app.web.rest.bodies import Body, Name
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["needs and referrals"])


class TransferBody(Body):
    """The service that is to have it."""

    service_id: UUID


@router.post("/referrals/{referral}/transfer", status_code=202)
async def transfer(request: Request, referral: UUID, body: TransferBody, caller: AsNgoOrProvider) -> dict[str, str]:
    """Ask the worker whether another service may have their request. Without their yes it stays where it is."""
    wired = wiring(request)
    await propose_transfer(
        wired.context, programme_of(caller), referral, body.service_id, wired.clock(), caller.organization
    )
    return {"state": "proposed"}


class JoinBody(Body):
    """The need that stays."""

    into: UUID


@router.post("/needs/{need}/join")
async def join_with(request: Request, need: UUID, body: JoinBody, caller: AsNgo) -> dict[str, str]:
    """Close a need that is the same as another of the same worker; what presses more stays with the other."""
    wired = wiring(request)
    await join(
        wired.context, programme_of(caller), need, body.into, wired.clock(), sensitive=FOCAL_POINT in caller.scopes
    )
    return {"state": "closed"}


@router.post("/needs/{need}/acknowledge")
async def acknowledge_case(request: Request, need: UUID, caller: AsFocalPoint) -> dict[str, Any]:
    """Take a sensitive case up: nobody is told of it again."""
    wired = wiring(request)
    return {"acknowledged_at": await take_up(wired.context, programme_of(caller), need, caller.key, wired.clock())}


class FocalPointBody(Body):
    """A person trained for sensitive cases, and how they are told that one waits; two ways are safer than one."""

    name: Name
    email: Annotated[str, Field(max_length=254)] = ""
    phone: Annotated[str, Field(max_length=40, description="with the country's code: +880…")] = ""
    language: Annotated[str, Field(max_length=20)] = "en"


class FocalPointsBody(Body):
    """All of them; whoever is not named is told no more."""

    people: Annotated[list[FocalPointBody], Field(max_length=MOST_FOCAL_POINTS)]


@router.put("/focal-points")
async def put_focal_points(request: Request, body: FocalPointsBody, caller: AsAdmin) -> list[dict[str, Any]]:
    """Who is told of pressing sensitive cases, by letter and by text, until one of them takes the case up.

    Neither letter nor text says more than that something waits on the desk.
    """
    wired = wiring(request)
    people: list[FocalPoint] = []
    faults: list[Fault] = []
    for place, given in enumerate(body.people):
        try:
            people.append(read_focal_point(given.model_dump(), wired.context.catalogue.texts))
        except InvalidError as refused:
            faults += [replace(fault, place=f"people.{place}.{fault.place}") for fault in refused.faults]
    if faults:
        raise InvalidError("They could not be told.", faults)
    await name_focal_points(wired.context, programme_of(caller), people, wired.clock())
    return await _listed(request, programme_of(caller))


@router.get("/focal-points")
async def get_focal_points(request: Request, caller: AsNgo) -> list[dict[str, Any]]:
    """Who they are and by which ways they are told; never an address or a number."""
    return await _listed(request, programme_of(caller))


async def _listed(request: Request, programme: UUID) -> list[dict[str, Any]]:
    async with wiring(request).context.database.transaction() as store:
        found = await list_focal_points(store, programme)
    return [{name: told for name, told in row.items() if name != "id"} for row in found]


class EraseBody(Body):
    """The number of the worker who wants to be forgotten."""

    phone: Annotated[str, Field(max_length=40, description="with the country's code: +880…")]


@router.post("/workers/erase")
async def erase(request: Request, body: EraseBody, caller: AsAdmin) -> dict[str, str]:
    """Forget a worker: what they wrote and answered, and who they are. What is published stays; requests end.

    No later roster brings the number back, unless its holder writes START.
    """
    wired = wiring(request)
    await erase_worker(wired.context, programme_of(caller), body.phone, wired.clock())
    return {"state": "erased"}
