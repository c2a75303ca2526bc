"""For the operator: alerts and their bars, the webhooks they are posted to, and each delivery."""

import base64
import secrets
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import Field

from app.catalogue.alerts import shipped_rules
from app.domain.errors import Fault, InvalidError
from app.jobs.watching import EVENTS, TEST
from app.store.alerts import effective_rules, list_alerts, rule_named, set_bar
from app.store.hooks import announce, deliver_again, drop_hook, list_deliveries, list_hooks, save_hook
from app.store.processes import list_processes
from app.web.access import AsOperator
from app.web.rest.bodies import Body
from app.web.wiring import wiring

router = APIRouter(prefix="/v1/operator", tags=["operation"])

_SECRET_BYTES = 32
_LONGEST_ADDRESS = 2000

Limit = Annotated[int, Query(ge=1, le=1000)]
Before = Annotated[UUID | None, Query(description="the last id of the page before")]


class HookBody(Body):
    """Where events go, and which; none named means all."""

    url: Annotated[str, Field(max_length=_LONGEST_ADDRESS)]
    events: Annotated[list[str], Field(max_length=20)] = []


class BarBody(Body):
    """Another bar for a rule, null for the one that ships; `active` false for no such alert at all."""

    bar: Annotated[float | None, Field(ge=0, le=1e12)] = None
    active: bool = True


@router.get("/alerts")
async def alerts(request: Request, _caller: AsOperator, limit: Limit = 100) -> list[dict[str, Any]]:
    """What stands, and what ended lately."""
    async with wiring(request).context.database.transaction() as store:
        return await list_alerts(store, limit)


@router.get("/alerts/rules")
async def rules(request: Request, _caller: AsOperator) -> list[dict[str, Any]]:
    """What is told of, and from which bar on."""
    async with wiring(request).context.database.transaction() as store:
        found = await effective_rules(store, shipped_rules())
    return [
        {
            "rule": rule.code, "title": rule.title, "metric": f"shiftline_{rule.of}", "side": "above" if rule.above else "below",
            "bar": rule.bar, "unit": rule.unit, "shipped_bar": shipped_rules()[rule.code].bar, "active": rule.active,
        }
        for rule in found.values()
    ]  # fmt: skip


@router.put("/alerts/rules/{code}", status_code=204)
async def bar(request: Request, code: str, body: BarBody, _caller: AsOperator) -> None:
    """Set the bar of a rule, or switch it off; it holds from the next look on."""
    wired = wiring(request)
    rule = rule_named(shipped_rules(), code)
    async with wired.context.database.transaction() as store:
        await set_bar(store, rule.code, body.bar, wired.clock(), active=body.active)


@router.get("/hooks")
async def hooks(request: Request, _caller: AsOperator) -> list[dict[str, Any]]:
    """The webhooks events are posted to, by their hosts: an address may hold a secret, and is not shown again."""
    async with wiring(request).context.database.transaction() as store:
        return await list_hooks(store)


@router.post("/hooks", status_code=201)
async def make_hook(request: Request, body: HookBody, _caller: AsOperator) -> dict[str, Any]:
    """Have events posted to an address. The secret that signs them is shown this once."""
    wired = wiring(request)
    host = wired.watch.poster.host_of(body.url)
    if strange := [event for event in body.events if event not in EVENTS]:
        raise InvalidError(
            f"There are the events {', '.join(EVENTS)}.", [Fault("events", f"{event!r} is none") for event in strange]
        )
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"
    async with wired.context.database.transaction() as store:
        key = await save_hook(store, wired.context.vault, body.url, host, secret, body.events, wired.clock())
    return {"id": str(key), "host": host, "events": body.events, "secret": secret}


@router.delete("/hooks/{hook}", status_code=204)
async def retire(request: Request, hook: UUID, _caller: AsOperator) -> None:
    """Post nothing there any more, what waits included."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await drop_hook(store, hook, wired.clock())


@router.post("/hooks/{hook}/test", status_code=202)
async def test(request: Request, hook: UUID, _caller: AsOperator) -> dict[str, int]:
    """Post an event that means nothing, to see it arrive; how many were queued."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        return {"queued": await announce(store, TEST, {}, wired.clock(), only=hook)}


@router.get("/deliveries")
async def deliveries(
    request: Request,
    _caller: AsOperator,
    state: Literal["waiting", "delivered", "failed"] | None = None,
    before: Before = None,
    limit: Limit = 100,
) -> list[dict[str, Any]]:
    """Events on their way and those of the last month, the newest first."""
    async with wiring(request).context.database.transaction() as store:
        return await list_deliveries(store, None, state=state, before=before, limit=limit)


@router.post("/deliveries/{delivery}/again", status_code=204)
async def again(request: Request, delivery: UUID, _caller: AsOperator) -> None:
    """Post an event once more, under the same id."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await deliver_again(store, delivery, wired.clock())


@router.get("/processes")
async def processes(request: Request, _caller: AsOperator) -> list[dict[str, Any]]:
    """The processes of the last day, and whether they live."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        found = await list_processes(store, wired.clock())
    return [
        {
            "id": process.id, "kind": process.kind, "host": process.host, "started_at": process.started_at,
            "seen_at": process.seen_at, "stopped_at": process.stopped_at, "alive": process.alive(wired.clock()),
        }
        for process in found
    ]  # fmt: skip
