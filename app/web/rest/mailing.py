"""For the operator: letters by e-mail, on their way and given up."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import Field

from app.domain.errors import NotInstalledError
from app.domain.mailboxes import mailbox
from app.store.letters import Letter, enqueue_letter, list_letters, send_letter_again
from app.web.access import AsOperator
from app.web.rest.bodies import Body
from app.web.wiring import wiring

router = APIRouter(prefix="/v1/operator/letters", tags=["operation"])


class TrialBody(Body):
    """Where a letter that means nothing goes."""

    to: Annotated[str, Field(max_length=254)]


@router.get("")
async def letters(
    request: Request,
    _caller: AsOperator,
    state: Literal["waiting", "sent", "failed"] | None = None,
    before: Annotated[UUID | None, Query(description="the last id of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[dict[str, Any]]:
    """Letters on their way and those of the last month, the newest first: what for, never to whom."""
    async with wiring(request).context.database.transaction() as store:
        return await list_letters(store, state=state, before=before, limit=limit)


@router.post("/test", status_code=202)
async def test(request: Request, body: TrialBody, _caller: AsOperator) -> dict[str, bool]:
    """Send a letter that means nothing, to see it arrive; whether it was queued.

    Raises:
        NotInstalledError: no mail server is set up.
    """
    wired = wiring(request)
    if wired.mailer is None:
        raise NotInstalledError("Set SHIFTLINE_SMTP_URL and SHIFTLINE_MAIL_FROM to send letters.")
    letter = Letter(mailbox(body.to), "Shiftline: a test", "This letter is a test. Nothing needs to be done.\n", "test")
    async with wired.context.database.transaction() as store:
        return {"queued": await enqueue_letter(store, wired.context.vault, letter, wired.clock())}


@router.post("/{letter}/again", status_code=204)
async def again(request: Request, letter: UUID, _caller: AsOperator) -> None:
    """Send a letter that was given up once more, when its cause is mended."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await send_letter_again(store, letter, wired.clock())
