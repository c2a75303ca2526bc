"""Respondents one by one, for the NGO alone, and who took them away."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from app.jobs.takeaway.files import WRITERS
from app.jobs.takeaway.respondents import take_respondents
from app.store.keys import programme_of
from app.store.respondents import list_taken
from app.web.access import AsAnalyst, AsNgo
from app.web.rest.bodies import Body
from app.web.rest.exporting import Format, attached
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["exports"])


class Taking(Body):
    """Why somebody takes respondents' answers away; it stands in the log for ever."""

    reason: Annotated[str, Field(min_length=10, max_length=500)]
    format: Format = "csv"


@router.post("/rounds/{round_id}/respondents", response_class=Response)
async def round_respondents(request: Request, round_id: UUID, body: Taking, caller: AsAnalyst) -> Response:
    """A closed round's respondents one by one, for a key with the scope `respondents`; logged with the reason.

    Pseudonymous, with new names in each file; traits that fewer than the programme's threshold share are not told; what was
    answered in words and questions that raise a need of the high tier are not in it.
    """
    wired = wiring(request)
    content = await take_respondents(
        wired.context, caller, programme_of(caller), round_id, body.reason, body.format, wired.clock()
    )
    return attached(content, WRITERS[body.format][0], f"respondents-{round_id}.{body.format}")


@router.get("/respondents/log")
async def respondents_log(
    request: Request, caller: AsNgo, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[dict[str, Any]]:
    """Who took respondents' answers away, when, of which round and why, the newest first."""
    async with wiring(request).context.database.transaction() as store:
        return await list_taken(store, programme_of(caller), limit)
