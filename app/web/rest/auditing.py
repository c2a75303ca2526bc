"""The trail of who looked at what and who changed what, for an NGO's administrator and for the operator."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from app.domain.roles import OPERATOR
from app.store.audit import Filter, read_trail
from app.web.access import AsAdminOrOperator
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["administration"])


@router.get("/audit")
async def audit(
    request: Request,
    caller: AsAdminOrOperator,
    who: Annotated[UUID | None, Query(description="a key or an account")] = None,
    action: Annotated[str, Query(max_length=200, description="a part of the method and the route's pattern")] = "",
    object: Annotated[str, Query(max_length=200, description="the id or code of what was touched")] = "",  # noqa: A002
    since: Annotated[datetime | None, Query(description="with its offset")] = None,
    until: Annotated[datetime | None, Query(description="with its offset")] = None,
    before: Annotated[UUID | None, Query(description="the last id of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    *,
    failed: Annotated[bool, Query(description="only what was refused or failed")] = False,
) -> list[dict[str, Any]]:
    """Who did what, when, to which thing and with which outcome, the newest first.

    An NGO's administrator reads the programme's, an operator everybody's. No number, text or e-mail is in it.
    """
    chosen = Filter(who, action, object, failed, since, until, before)
    async with wiring(request).context.database.transaction() as store:
        return await read_trail(store, caller.programme, chosen, limit, everything=caller.role == OPERATOR)
