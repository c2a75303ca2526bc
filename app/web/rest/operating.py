"""For the operator: texts of unknown fate, texts that were given up, and how fast each sender may go."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import Field

from app.jobs.resolving import it_was_sent, send_again
from app.store.fates import dead_letters, list_senders, set_pace, unknown_texts
from app.web.access import AsOperator
from app.web.rest.bodies import Body
from app.web.wiring import wiring

router = APIRouter(prefix="/v1/operator", tags=["operation"])

After = Annotated[UUID | None, Query(description="the last id of the page before")]
Limit = Annotated[int, Query(ge=1, le=1000)]


class PaceBody(Body):
    """How fast a sender may go, in segments a second; null for its carrier's pace."""

    segments_per_second: Annotated[float | None, Field(gt=0, le=10_000)]


@router.get("/unknown")
async def unknown(request: Request, _caller: AsOperator, after: After = None, limit: Limit = 1000) -> list[Any]:
    """Texts nobody knows the fate of, with the evidence; they are never sent again by themselves.

    Where `decide` is true, neither a report nor a look-up will tell any more: a person decides.
    """
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        return list(await unknown_texts(store, wired.clock(), after=after, limit=limit))


@router.post("/unknown/{text}/sent", status_code=204)
async def found_sent(request: Request, text: UUID, caller: AsOperator) -> None:
    """Say that a text of unknown fate was sent: you found it in the carrier's log."""
    wired = wiring(request)
    await it_was_sent(wired.context, text, caller.key, wired.clock())


@router.post("/unknown/{text}/again", status_code=204)
async def unknown_again(request: Request, text: UUID, caller: AsOperator) -> None:
    """Have a text of unknown fate sent again, a day after it was handed over at the earliest."""
    wired = wiring(request)
    await send_again(wired.context, text, caller.key, wired.clock())


@router.get("/dead-letters")
async def dead(request: Request, _caller: AsOperator, after: After = None, limit: Limit = 1000) -> list[Any]:
    """Texts that were given up for a reason a person can mend, with the carrier's code."""
    async with wiring(request).context.database.transaction() as store:
        return list(await dead_letters(store, after=after, limit=limit))


@router.post("/dead-letters/{text}/again", status_code=204)
async def dead_again(request: Request, text: UUID, caller: AsOperator) -> None:
    """Have a text that was given up sent again, once its cause is mended; asked twice, it goes once."""
    wired = wiring(request)
    await send_again(wired.context, text, caller.key, wired.clock())


@router.get("/senders")
async def senders(request: Request, _caller: AsOperator) -> list[Any]:
    """Every sender, with its own pace where it has one."""
    async with wiring(request).context.database.transaction() as store:
        return list(await list_senders(store))


@router.put("/senders/{sender}/pace", status_code=204)
async def pace(request: Request, sender: UUID, body: PaceBody, _caller: AsOperator) -> None:
    """Set how fast a sender may go; it holds from the next claim on, in every process."""
    async with wiring(request).context.database.transaction() as store:
        await set_pace(store, sender, body.segments_per_second)
