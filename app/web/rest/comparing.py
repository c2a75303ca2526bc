"""Published figures beside one another: a site and others, a round and the one before."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import AwareDatetime

from app.jobs.comparing import benchmark, trend
from app.web.access import AsNgoOrBrand
from app.web.rest.exporting import Code
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["figures"])


@router.get("/rounds/{round_id}/benchmarks")
async def site_beside_others(
    request: Request, round_id: UUID, site: Code, caller: AsNgoOrBrand, publication: UUID | None = None
) -> dict[str, Any]:
    """A site beside the others of its country, its sector and the round, where the disclosure rule lets them be compared."""
    return await benchmark(wiring(request).context, caller, round_id, site, publication)


@router.get("/trends")
async def site_over_rounds(
    request: Request, survey: Code, site: Code, caller: AsNgoOrBrand, until: AwareDatetime | None = None
) -> dict[str, Any]:
    """A site's figures in each round of a survey, as published until a moment, and what changed from one to the next."""
    return await trend(wiring(request).context, caller, survey, site, until)
