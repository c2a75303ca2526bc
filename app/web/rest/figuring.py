"""What stands behind a round's figures: who answered, weights and changes, the quality of answers, head-counts."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from app.catalogue.instruments import load_instruments
from app.jobs.changes import changes
from app.jobs.quality import quality
from app.jobs.samples import keep_margins, representativeness, who_answered
from app.store.keys import programme_of
from app.store.samples import list_margins
from app.web.access import AsNgo, AsNgoOrBrand
from app.web.rest.bodies import Body
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["figures"])
Counts = dict[Annotated[str, Field(min_length=1, max_length=60)], Annotated[int, Field(ge=0, le=10_000_000)]]


class MarginsBody(Body):
    """How many of a site's people are of which kind; each trait adds up to the site's head-count."""

    gender: Counts = {}
    age_band: Counts = {}
    employment: Counts = {}


@router.put("/sites/{code}/margins")
async def put_margins(request: Request, code: str, body: MarginsBody, caller: AsNgo) -> dict[str, Any]:
    """Replace a site's head-counts by gender, age band and employment: what its answers are weighted to.

    The categories are written as in the roster. A trait left out has no head-counts.
    """
    margins = {name: counts for name, counts in body.model_dump().items() if counts}
    await keep_margins(wiring(request).context, programme_of(caller), code, margins)
    return {"site": code, **margins}


@router.get("/sites/margins")
async def margins(request: Request, caller: AsNgo) -> dict[str, Any]:
    """Head-counts by trait, site and category."""
    async with wiring(request).context.database.transaction() as store:
        return dict(await list_margins(store, programme_of(caller)))


@router.get("/rounds/{round_id}/answered")
async def round_answered(request: Request, round_id: UUID, caller: AsNgo) -> dict[str, Any]:
    """Who answered: dispositions, AAPOR's outcome rates and the way there, for the round and by site, language, strata."""
    return await who_answered(wiring(request).context, programme_of(caller), round_id)


@router.get("/rounds/{round_id}/representativeness")
async def round_representativeness(request: Request, round_id: UUID, caller: AsNgo) -> dict[str, Any]:
    """Published figures beside the weighted ones, how weights came about, who answered, and bounds for the silent."""
    return await representativeness(wiring(request).context, programme_of(caller), round_id)


@router.get("/rounds/{round_id}/changes")
async def round_changes(
    request: Request, round_id: UUID, caller: AsNgoOrBrand, since: UUID | None = None
) -> dict[str, Any]:
    """What changed since an earlier round (the one before of the same survey, unless `since` names another)."""
    return await changes(wiring(request).context, caller, round_id, since)


@router.get("/rounds/{round_id}/quality")
async def round_quality(request: Request, round_id: UUID, caller: AsNgoOrBrand) -> dict[str, Any]:
    """Signs that a site's answers did not come about freely, with evidence; a brand reads which of its sites are in doubt."""
    return await quality(wiring(request).context, caller, round_id)


@router.get("/instruments")
async def instruments(_request: Request, _caller: AsNgo) -> list[dict[str, Any]]:
    """The published scales a survey may use, with items, cut-offs, source and terms."""
    return [dict(document) for document in load_instruments().values()]
