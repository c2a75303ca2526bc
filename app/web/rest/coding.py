"""For an NGO: replies nobody understood, coded by hand, and what that proposes for the tables of words."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field, StrictBool, StrictFloat, StrictInt

from app.jobs import coding
from app.store.keys import FOCAL_POINT, programme_of
from app.store.proposals import list_proposals, review
from app.web.access import AsNgo
from app.web.rest.bodies import Body, Name
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["unclear replies"])

Most = Annotated[int, Field(ge=1, le=500)]


@router.get("/rounds/{round_id}/unclear")
async def unclear(request: Request, round_id: UUID, caller: AsNgo, limit: Most = 100) -> list[dict[str, Any]]:
    """Replies nobody understood, each with its question and options, to be coded by hand; the oldest first."""
    focal = FOCAL_POINT in caller.scopes
    return await coding.unclear(wiring(request).context, programme_of(caller), round_id, limit, focal=focal)


class CodeBody(Body):
    """What a reply means."""

    outcome: Literal["answer", "dont-know", "refused"] = "answer"
    value: StrictBool | StrictInt | StrictFloat | list[StrictInt] | None = None
    suggest: Annotated[bool, Field(description="propose the reply for the language's table of words")] = True


@router.post("/answers/{answer_id}/code")
async def code(request: Request, answer_id: UUID, body: CodeBody, caller: AsNgo) -> dict[str, Any]:
    """Code an unclear reply by hand. Needs it raises are raised, and figures have it at the next publication."""
    wired = wiring(request)
    said = await coding.code_reply(
        wired.context, programme_of(caller), answer_id, body.outcome, body.value, caller.key, wired.clock(),
        focal=FOCAL_POINT in caller.scopes, suggest=body.suggest,
    )  # fmt: skip
    value = list(said.value) if isinstance(said.value, tuple) else said.value
    return {"id": answer_id, "outcome": said.outcome, "value": value, "method": said.method}


@router.get("/lexicon/proposals")
async def proposals(
    request: Request,
    caller: AsNgo,
    state: Literal["proposed", "accepted", "rejected"] | None = None,
    limit: Most = 100,
) -> list[dict[str, Any]]:
    """Words that hand coding proposed; none enters a table by itself."""
    async with wiring(request).context.database.transaction() as store:
        return await list_proposals(store, programme_of(caller), state, limit)


class ReviewBody(Body):
    """A reviewer's word on a proposal."""

    state: Literal["accepted", "rejected"]
    reviewed_by: Annotated[Name, Field(description="who speaks the language and stands for it")]


@router.post("/lexicon/proposals/{proposal_id}")
async def review_proposal(request: Request, proposal_id: UUID, body: ReviewBody, caller: AsNgo) -> dict[str, Any]:
    """Accept or reject a proposal, with the name of the native speaker; an accepted one may become a row of a table."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        return await review(store, programme_of(caller), proposal_id, body.state, body.reviewed_by, wired.clock())
