"""Webhooks of a service: where its requests are told of, what became of each event, and the same event once more."""

import base64
import secrets
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import Field

from app.domain.errors import ConflictError, Fault, InvalidError, NotFoundError
from app.jobs.notifying import EVENTS
from app.store.contacts import owner_of
from app.store.hooks import announce, deliver_again, drop_hook, list_deliveries, list_hooks, save_hook
from app.store.keys import Caller, programme_of
from app.store.registry import get_organization
from app.web.access import AsNgoOrProvider
from app.web.rest.bodies import Body
from app.web.rest.desks import own
from app.web.wiring import wiring

router = APIRouter(prefix="/v1/hooks", tags=["services' desks"])

_SECRET_BYTES = 32
_MOST = 5
_TEST = "test"

Organization = Annotated[UUID | None, Query(description="whose: an NGO says it, a service's key has its own")]


class HookBody(Body):
    """Where events go, and which; none named means all."""

    url: Annotated[str, Field(max_length=2000)]
    events: Annotated[list[str], Field(max_length=len(EVENTS))] = []


def owner(caller: Caller, organization: UUID | None) -> UUID:
    """Whose webhooks are meant.

    Raises:
        InvalidError: an NGO did not say which organization's.
        NotFoundError: it is another's.
    """
    named = organization or caller.organization
    if named is None:
        raise InvalidError("Say whose webhooks: `?organization=…`.")
    return owner_of(programme_of(caller), own(caller, named))


@router.get("")
async def hooks(request: Request, caller: AsNgoOrProvider, organization: Organization = None) -> list[dict[str, Any]]:
    """The webhooks, by their hosts: an address may hold a secret, and is not shown again."""
    async with wiring(request).context.database.transaction() as store:
        return await list_hooks(store, owner(caller, organization))


@router.post("", status_code=201)
async def make(
    request: Request, body: HookBody, caller: AsNgoOrProvider, organization: Organization = None
) -> dict[str, Any]:
    """Have events posted to an address, signed as Standard Webhooks say. The secret is shown this once."""
    wired, whose = wiring(request), owner(caller, organization)
    host = wired.watch.poster.host_of(body.url)
    if strange := [event for event in body.events if event not in EVENTS]:
        raise InvalidError(
            f"There are the events {', '.join(EVENTS)}.", [Fault("events", f"{event!r} is none") for event in strange]
        )
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"
    async with wired.context.database.transaction() as store:
        named = organization or caller.organization
        if named is not None:
            await get_organization(store, programme_of(caller), named)
        standing = [hook for hook in await list_hooks(store, whose) if hook["retired_at"] is None]
        if len(standing) >= _MOST:
            raise ConflictError(f"There are {_MOST} webhooks already; retire one first.")
        key = await save_hook(store, wired.context.vault, body.url, host, secret, body.events, wired.clock(), whose)
    return {"id": str(key), "host": host, "events": body.events, "secret": secret}


@router.delete("/{hook}", status_code=204)
async def retire(request: Request, hook: UUID, caller: AsNgoOrProvider, organization: Organization = None) -> None:
    """Post nothing there any more, what waits included."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await drop_hook(store, hook, wired.clock(), owner(caller, organization))


@router.post("/{hook}/test", status_code=202)
async def trial(
    request: Request, hook: UUID, caller: AsNgoOrProvider, organization: Organization = None
) -> dict[str, int]:
    """Post an event that means nothing, to see it arrive; how many were queued."""
    wired, whose = wiring(request), owner(caller, organization)
    async with wired.context.database.transaction() as store:
        return {"queued": await announce(store, _TEST, {}, wired.clock(), owner=whose, only=hook)}


@router.get("/{hook}/deliveries")
async def deliveries(
    request: Request,
    hook: UUID,
    caller: AsNgoOrProvider,
    state: Literal["waiting", "delivered", "failed"] | None = None,
    before: Annotated[UUID | None, Query(description="the last id of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    organization: Organization = None,
) -> list[dict[str, Any]]:
    """Events on their way there and those of the last month, the newest first."""
    whose = owner(caller, organization)
    async with wiring(request).context.database.transaction() as store:
        return await list_deliveries(store, whose, state=state, before=before, limit=limit, hook=hook)


@router.post("/{hook}/deliveries/{delivery}/replay", status_code=204)
async def replay(
    request: Request, hook: UUID, delivery: UUID, caller: AsNgoOrProvider, organization: Organization = None
) -> None:
    """Post an event once more, under the same id."""
    wired, whose = wiring(request), owner(caller, organization)
    async with wired.context.database.transaction() as store:
        if not await list_deliveries(store, whose, state=None, before=None, limit=1, hook=hook):
            raise NotFoundError("There is no such webhook, or nothing was posted there.")
        await deliver_again(store, delivery, wired.clock(), whose)
