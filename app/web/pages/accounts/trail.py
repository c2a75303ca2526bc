"""The trail as a page, with its filters in the address."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.domain.roles import OPERATOR
from app.store.audit import Filter, read_trail
from app.web.access import AsAdminOrOperator
from app.web.pages.accounts.deeds import deed, ending
from app.web.pages.rounds import has_phones
from app.web.pages.templating import page
from app.web.wiring import wiring

router = APIRouter(include_in_schema=False)

_SHOWN = 100


@router.get("/audit")
async def trail(request: Request, caller: AsAdminOrOperator) -> Response:
    """The page; what in its address is no id or date chooses nothing."""
    given = {
        name: request.query_params.get(name, "") for name in ("who", "action", "object", "since", "until", "before")
    }
    chosen = Filter(
        _id(given["who"]), given["action"][:200], given["object"][:200], "failed" in request.query_params,
        _day(given["since"]), _day(given["until"], timedelta(days=1)), _id(given["before"]),
    )  # fmt: skip
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        rows = await read_trail(store, caller.programme, chosen, _SHOWN + 1, everything=caller.role == OPERATOR)
    return page(
        "accounts/trail.html", caller=caller, phones=has_phones(wired, caller), rows=rows[:_SHOWN], given=given,
        failed=chosen.failed, deed=deed, ending=ending,
        older=str(rows[_SHOWN - 1]["id"]) if len(rows) > _SHOWN else "",
    )  # fmt: skip


def _id(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None


def _day(given: str, after: timedelta = timedelta(0)) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(given), datetime.min.time(), UTC) + after
    except (ValueError, OverflowError):
        return None
