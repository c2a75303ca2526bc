"""For the operator: programmes, senders and keys. For an NGO: keys of its own."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from app.domain.errors import ForbiddenError, InvalidError, NotFoundError
from app.store.keys import create_key, list_keys, programme_of, revoke_key
from app.store.programmes import (
    brand_by_code,
    list_channels,
    list_programmes,
    programme_by_code,
    save_channel,
    save_programme,
)
from app.store.registry import get_organization
from app.web.access import AsAdmin, AsOperator
from app.web.rest.bodies import Body, Code, Name
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["administration"])


class ProgrammeBody(Body):
    """A programme; `organiser` is the name workers read, `threshold` the k of its disclosure rule."""

    code: Code
    name: Name
    organiser: Annotated[str, Field(min_length=1, max_length=40)]
    threshold: Annotated[int, Field(ge=5, le=1000)] = 10


class ChannelBody(Body):
    """A sender of a carrier."""

    carrier: Annotated[str, Field(min_length=1, max_length=40)]
    sender: Annotated[str, Field(min_length=1, max_length=40)]
    two_way: bool = True


class KeyBody(Body):
    """A key to make: a brand's names the brand by code, a provider's its organization by id, an NGO's its grade (admin)."""

    role: Literal["operator", "ngo", "brand", "provider"]
    label: Name
    programme: Code | None = None
    brand: str | None = None
    organization: UUID | None = None
    scopes: list[Literal["focal-point", "respondents"]] = []
    grade: Literal["admin", "editor", "reader"] | None = None


@router.get("/programmes")
async def programmes(request: Request, _caller: AsOperator) -> list[dict[str, Any]]:
    """Every programme."""
    async with wiring(request).context.database.transaction() as store:
        return [
            {"code": item.code, "name": item.name, "organiser": item.organiser, "threshold": item.threshold}
            for item in await list_programmes(store)
        ]


@router.post("/programmes", status_code=201)
async def make_programme(request: Request, body: ProgrammeBody, _caller: AsOperator) -> dict[str, Any]:
    """Make a programme, or bring the one with this code up to date."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        made = await save_programme(store, body.code, body.name, body.organiser, body.threshold, wired.clock())
    return {"code": made.code, "name": made.name, "organiser": made.organiser, "threshold": made.threshold}


@router.post("/programmes/{code}/channels", status_code=201)
async def make_channel(request: Request, code: str, body: ChannelBody, _caller: AsOperator) -> dict[str, Any]:
    """Give a programme a sender."""
    wired = wiring(request)
    if body.carrier not in wired.context.carriers:
        known = ", ".join(sorted(wired.context.carriers))
        raise InvalidError(f"There is no carrier {body.carrier!r} here; set up are: {known}.")
    async with wired.context.database.transaction() as store:
        programme = await programme_by_code(store, code)
        made = await save_channel(store, programme.id, body.carrier, body.sender, wired.clock(), two_way=body.two_way)
    return {"carrier": made.carrier, "sender": made.sender, "two_way": made.two_way}


@router.get("/programmes/{code}/channels")
async def channels(request: Request, code: str, _caller: AsOperator) -> list[dict[str, Any]]:
    """A programme's senders."""
    async with wiring(request).context.database.transaction() as store:
        programme = await programme_by_code(store, code)
        found = await list_channels(store, programme.id)
    return [{"carrier": item.carrier, "sender": item.sender, "two_way": item.two_way} for item in found]


@router.post("/operator/keys", status_code=201)
async def make_any_key(request: Request, body: KeyBody, _caller: AsOperator) -> dict[str, Any]:
    """Make a key of any role; it is shown this once."""
    programme: UUID | None = None
    if body.role != "operator":
        async with wiring(request).context.database.transaction() as store:
            programme = (await programme_by_code(store, body.programme or "")).id
    elif body.programme is not None:
        raise InvalidError("An operator's key belongs to no programme.")
    return await _make_key(request, body, programme)


@router.post("/keys", status_code=201)
async def make_key(request: Request, body: KeyBody, caller: AsAdmin) -> dict[str, Any]:
    """Make a key of the programme for a colleague, a brand or a provider; it is shown this once."""
    if body.role == "operator" or body.programme is not None:
        raise ForbiddenError("An NGO makes keys of its own programme only, and none of an operator.")
    if set(body.scopes) - caller.scopes:
        raise ForbiddenError("A key gives no scope it does not carry itself; an operator gives the first of each.")
    return await _make_key(request, body, programme_of(caller))


async def _make_key(request: Request, body: KeyBody, programme: UUID | None) -> dict[str, Any]:
    wired = wiring(request)
    if (body.role == "brand") != (body.brand is not None) or (body.role == "provider") != (
        body.organization is not None
    ):
        raise InvalidError("A brand's key names its `brand`, a provider's its `organization`, and no other does.")
    if (body.scopes or body.grade) and body.role != "ngo":
        raise InvalidError("Scopes and grades are of an NGO's keys.")
    async with wired.context.database.transaction() as store:
        brand = await brand_by_code(store, programme, body.brand) if programme and body.brand else None
        if programme and body.organization:
            await get_organization(store, programme, body.organization)
        secret = await create_key(
            store, body.role, body.label, wired.clock(),
            programme=programme, brand=brand, organization=body.organization, scopes=body.scopes,
            grade=body.grade or "",
        )  # fmt: skip
    return {"key": secret, "role": body.role, "label": body.label, "note": "Keep it now: it is not shown again."}


@router.get("/keys")
async def keys(request: Request, caller: AsAdmin) -> list[dict[str, Any]]:
    """The programme's keys, without the secrets."""
    async with wiring(request).context.database.transaction() as store:
        return await list_keys(store, programme_of(caller))


@router.delete("/keys/{key}", status_code=204)
async def end_key(request: Request, key: UUID, caller: AsAdmin) -> None:
    """Revoke a key of the programme; it stops working at once."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await revoke_key(store, key, programme_of(caller), wired.clock())


@router.get("/operator/keys")
async def operator_keys(request: Request, _caller: AsOperator) -> list[dict[str, Any]]:
    """The operators' keys, without the secrets."""
    async with wiring(request).context.database.transaction() as store:
        return await list_keys(store, None)


@router.delete("/operator/keys/{key}", status_code=204)
async def end_any_key(request: Request, key: UUID, caller: AsOperator) -> None:
    """Revoke any key but the one in use."""
    if key == caller.key:
        raise NotFoundError("A key cannot revoke itself; use another operator's key.")
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await revoke_key(store, key, None, wired.clock())
