"""You said, we did: what was done about findings, told to whoever was asked; a brand reads it beside the figures."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field, StringConstraints

from app.domain.action import Action, ActionState, Finding
from app.domain.survey import Review, Status
from app.jobs.acting import actions_for, mend_action, plan_action
from app.jobs.telling import preview_telling, tell
from app.store.keys import programme_of
from app.web.access import AsNgo, AsNgoOrBrand
from app.web.rest.asking import Acceptance
from app.web.rest.bodies import Body
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["you said, we did"])

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Person = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Language = Annotated[str, Field(min_length=2, max_length=12)]
Texts = Annotated[dict[Language, Words], Field(max_length=60)]
Code = Annotated[str, Field(max_length=200)]


class ReviewBody(Body):
    """Who stands for a wording."""

    status: Status = Status.DRAFT
    by: Annotated[str, Field(max_length=200)] = ""
    on: Annotated[str, Field(max_length=40)] = ""
    note: Annotated[str, Field(max_length=500)] = ""


Reviews = Annotated[dict[Language, ReviewBody], Field(max_length=60)]


class ActionBody(Body):
    """What is done about a finding: an indicator or a question of a round, at some of its sites or all."""

    round: UUID
    said: Words
    indicator: Code = ""
    question: Code = ""
    sites: Annotated[list[Code], Field(max_length=1000)] = []
    owner: Person
    due_on: date
    state: ActionState = ActionState.PLANNED
    texts: Texts
    reviews: Reviews = {}
    measured_by: UUID | None = None

    def action(self) -> Action:
        """What the use case takes."""
        finding = Finding(self.round, self.said, self.indicator, self.question, tuple(self.sites))
        return Action(
            finding, self.owner, self.due_on, self.state, self.texts, _reviews(self.reviews), self.measured_by
        )


def _reviews(given: dict[Language, ReviewBody]) -> dict[str, Review]:
    return {language: Review(told.status, told.by, told.on, told.note) for language, told in given.items()}


class ChangeBody(Body):
    """What became of an action; what is left out stays."""

    said: Words | None = None
    owner: Person | None = None
    due_on: date | None = None
    state: ActionState | None = None
    texts: Texts | None = None
    reviews: Reviews | None = None
    measured_by: UUID | None = None

    def changed(self) -> dict[str, Any]:
        """The fields that were given, as the use case takes them."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        # A round that measures may be taken back; nothing else can be nothing.
        given = {name: value for name, value in given.items() if value is not None or name == "measured_by"}
        return {**given, "reviews": _reviews(given["reviews"])} if "reviews" in given else given


class TellBody(Body):
    """Who takes a draft wording on their name, where there is one."""

    accept_drafts: Acceptance | None = None


@router.post("/actions", status_code=201)
async def make_action(request: Request, body: ActionBody, caller: AsNgo) -> dict[str, Any]:
    """Keep what is done about a finding; every fault at once. Sensitive findings are refused: phones are shared."""
    wired = wiring(request)
    return {"id": await plan_action(wired.context, programme_of(caller), body.action(), wired.clock())}


@router.get("/actions")
async def actions(request: Request, caller: AsNgoOrBrand) -> list[dict[str, Any]]:
    """The actions, the nearest due first; a brand reads those about its sites."""
    return await actions_for(wiring(request).context, caller)


@router.get("/rounds/{round_id}/actions")
async def round_actions(
    request: Request, round_id: UUID, caller: AsNgoOrBrand, *, measured: bool = False
) -> list[dict[str, Any]]:
    """What was done about a round's findings, the share of people told, and the change where a later round measures it.

    With `measured` also what was done about earlier rounds and this one measures.
    """
    return await actions_for(wiring(request).context, caller, round_id, measured=measured)


@router.patch("/actions/{action}", status_code=204)
async def change(request: Request, action: UUID, body: ChangeBody, caller: AsNgo) -> None:
    """Keep what became of an action. Once people were told, its texts stay."""
    wired = wiring(request)
    await mend_action(wired.context, programme_of(caller), action, body.changed(), wired.clock())


@router.post("/actions/{action}/tell/preview")
async def preview(request: Request, action: UUID, caller: AsNgo) -> dict[str, Any]:
    """What telling would mean: people by language, segments, cost, and the texts as they would be read; changes nothing."""
    return asdict(await preview_telling(wiring(request).context, programme_of(caller), action))


@router.post("/actions/{action}/tell", status_code=202)
async def tell_people(request: Request, action: UUID, body: TellBody, caller: AsNgo) -> dict[str, str]:
    """Have everybody told who was asked, once, in their language, at a decent hour. It cannot be taken back."""
    wired = wiring(request)
    accepted = body.accept_drafts.model_dump() if body.accept_drafts else None
    await tell(wired.context, programme_of(caller), action, accepted, wired.clock())
    return {"state": "telling"}
