"""For an NGO: sites, brands and the roster."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Request
from pydantic import Field, field_validator

from app.domain.errors import InvalidError
from app.jobs.rosters import RosterReport, import_roster
from app.store.keys import programme_of
from app.store.programmes import list_brands, list_sites, save_brand, save_sites
from app.store.workers import count_workers
from app.web.access import AsNgo, AsNgoOrBrand
from app.web.rest.bodies import Body, Code, Name
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["people"])


class SiteBody(Body):
    """A site: where it is, in which time zone, how many work there."""

    code: Code
    name: Name
    supplier: Annotated[str, Field(max_length=200)] = ""
    sector: Annotated[str, Field(max_length=200)] = ""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]
    place: Annotated[str, Field(max_length=200)] = ""
    zone: Annotated[str, Field(description="IANA time zone, such as Asia/Dhaka")]
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    headcount: Annotated[int, Field(ge=0, le=10_000_000)] | None = None

    @field_validator("zone")
    @classmethod
    def _zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is no IANA time zone; write it as in Asia/Dhaka") from None
        return zone


class BrandBody(Body):
    """A brand and the sites it buys from."""

    name: Name
    sites: Annotated[list[str], Field(max_length=10_000)] = []


@router.put("/sites")
async def put_sites(
    request: Request, body: Annotated[list[SiteBody], Field(min_length=1, max_length=5000)], caller: AsNgo
) -> dict[str, int]:
    """Make sites or bring those with the same code up to date."""
    if any((site.latitude is None) != (site.longitude is None) for site in body):
        raise InvalidError("A place needs both latitude and longitude.")
    if len({site.code for site in body}) < len(body):
        raise InvalidError("A site's code stands twice in this list.")
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        saved = await save_sites(store, programme_of(caller), [site.model_dump() for site in body], wired.clock())
    return {"saved": saved}


@router.get("/sites")
async def sites(request: Request, caller: AsNgoOrBrand) -> list[dict[str, Any]]:
    """The programme's sites; a brand reads those it buys from."""
    async with wiring(request).context.database.transaction() as store:
        rows = await list_sites(store, programme_of(caller), caller.brand)
    return [{name: value for name, value in row.items() if name not in {"id", "programme_id"}} for row in rows]


@router.put("/brands/{code}")
async def put_brand(request: Request, code: Code, body: BrandBody, caller: AsNgo) -> dict[str, Any]:
    """Make or update a brand and the sites it may look at."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await save_brand(store, programme_of(caller), code, body.name, body.sites, wired.clock())
    return {"code": code, "name": body.name, "sites": body.sites}


@router.get("/brands")
async def brands(request: Request, caller: AsNgo) -> list[dict[str, Any]]:
    """The programme's brands."""
    async with wiring(request).context.database.transaction() as store:
        return [dict(row) for row in await list_brands(store, programme_of(caller))]


@router.post("/workers", openapi_extra={"requestBody": {"content": {"text/csv": {"schema": {"type": "string"}}}}})
async def import_workers(request: Request, caller: AsNgo) -> dict[str, Any]:
    """Import a roster as CSV: phone, site, language, and gender, age_band, employment where known; `confirmed` is
    no where nobody vouches for a row.

    Good rows are enrolled, bad rows are reported with row, column and reason. The same file again changes nothing.
    """
    wired = wiring(request)
    report = RosterReport()
    body = request.stream()
    async for report in import_roster(  # noqa: B007 - the last one counts
        wired.context, programme_of(caller), body, wired.clock()
    ):
        pass
    return {
        "rows": report.rows, "added": report.added, "updated": report.updated, "unchanged": report.unchanged,
        "bad": report.bad, "errors": [{"place": item.place, "message": item.message} for item in report.faults],
    }  # fmt: skip


@router.get("/workers")
async def workers(request: Request, caller: AsNgo) -> list[dict[str, Any]]:
    """How many are enrolled, by site, language and consent; never a number."""
    async with wiring(request).context.database.transaction() as store:
        return [dict(row) for row in await count_workers(store, programme_of(caller))]
