"""The front page of each role, and a round's dashboard."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.domain.disclosure import SPLITS
from app.jobs.context import Context
from app.jobs.dashboards import dashboard, rounds_for
from app.store.keys import FOCAL_POINT, Caller
from app.store.programmes import get_programme
from app.store.referrals import list_referrals
from app.store.rounds import get_round
from app.store.surveys import load_surveys
from app.web.access import BRAND, NGO, OPERATOR, PROVIDER, AsAnyone, AsNgoOrBrand, programme_of
from app.web.pages.board import ROUND_STATES, view_of
from app.web.pages.operating import operator_page
from app.web.pages.scales import Scale, scales_of
from app.web.pages.templating import page
from app.web.wiring import Wiring, wiring

router = APIRouter(include_in_schema=False)

_MOST_REFERRALS = 1000
_ENDED = frozenset({"completed", "rejected", "failed", "cancelled", "entered-in-error"})


@router.get("/")
async def front(request: Request, caller: AsAnyone) -> Response:
    """What the key is for: rounds for an NGO or a brand, its referrals for a service, the operator's page."""
    wired = wiring(request)
    if caller.role == OPERATOR:
        return await operator_page(request, caller)
    if caller.role == PROVIDER:
        return await _referrals(wired, caller)
    rounds = await rounds_for(wired.context, caller)
    async with wired.context.database.transaction() as store:
        programme = await get_programme(store, programme_of(caller))
    return page(
        "rounds.html", caller=caller, phones=has_phones(wired, caller), programme=programme.name, rounds=rounds,
        states=ROUND_STATES, for_brand=caller.role == BRAND,
    )  # fmt: skip


async def _referrals(wired: Wiring, caller: Caller) -> Response:
    async with wired.context.database.transaction() as store:
        rows = await list_referrals(store, programme_of(caller), caller.organization, _MOST_REFERRALS)
    now = wired.clock()
    shown: list[Mapping[str, Any]] = [
        {**row, "ended": row["state"] in _ENDED, "late": row["state"] not in _ENDED and row["deadline_at"] < now}
        for row in rows
    ]
    return page("referrals.html", caller=caller, referrals=sorted(shown, key=lambda row: row["ended"]))


# An address that holds no id is not found, rather than malformed: whoever mistyped it wants a page.
@router.get("/rounds/{round_id:uuid}")
async def round_page(request: Request, round_id: UUID, caller: AsNgoOrBrand) -> Response:
    """A round's dashboard."""
    wired = wiring(request)
    shown = await dashboard(wired.context, caller, round_id)
    scales = await _scales(wired.context, programme_of(caller), round_id)
    split = [
        row
        for name in (SPLITS if shown["round"]["state"] == "closed" else ())
        for row in (await dashboard(wired.context, caller, round_id, name.name))["figures"]
    ]
    board = view_of(
        shown, scales, for_brand=caller.role == BRAND, for_focal_point=FOCAL_POINT in caller.scopes, split=split
    )
    return page("board.html", caller=caller, phones=has_phones(wired, caller), board=board)


async def _scales(context: Context, programme: UUID, round_id: UUID) -> Mapping[str, Scale]:
    async with context.database.transaction() as store:
        asked = await get_round(store, programme, round_id)
        survey = (await load_surveys(store, {asked.survey}))[asked.survey]
    return scales_of(survey)


def has_phones(wired: Wiring, caller: Caller) -> bool:
    """Whether the head of the page leads to the simulator."""
    return caller.role == NGO and wired.simulator is not None
