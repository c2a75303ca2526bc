"""The figures of the loop, and where a need finds no service."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from app.domain.sheets import AGAIN, Column, Sheet, cells
from app.jobs.gaps import gaps_for
from app.jobs.loop import loop_for, narrowed, publish_loop
from app.jobs.takeaway.files import WRITERS
from app.jobs.takeaway.needs_met import needs_met_report
from app.jobs.takeaway.typesetting import typeset
from app.store.keys import programme_of
from app.store.programmes import list_sites
from app.web.access import AsNgo, AsNgoOrBrand
from app.web.rest.exporting import Code, Format, Language, attached, base_of
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["the loop"])

_FIGURES = (
    Column("quarter", "text", "first day of the quarter in which the needs were raised"),
    Column("level", "text", "programme, country, site or provider"),
    Column("country", "text", "ISO 3166-1 alpha-2"),
    Column("site", "text", "code of the site"),
    Column("provider", "text", "organization"),
    Column("category", "text", "kind of need; empty for all kinds together"),
    Column("step", "text", "how far it came"),
    Column("people", "count", "people, rounded to five"),
    Column(
        "median_hours", "number", "time from the need to this step for half of the people, once the quarter is settled"
    ),
    Column("as_of", "moment", "since when the figure stands, UTC"),
)
_GAPS = (
    Column("country", "text", "ISO 3166-1 alpha-2"),
    Column("site", "text", "code of the site whose surroundings are meant; empty for the whole country"),
    Column("category", "text", "kind of need"),
    Column("people", "count", "people with such a need"),
    Column("coverage", "text", "none, full, stale, far or served"),
    Column("services", "count", "services that offer it there"),
    Column("nearest_km", "number", "to the nearest with a place left, where both places are known"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The figures that are asked for: of a quarter, a country, a site; of a publication, the newest where None."""

    quarter: date | None = None
    country: Code = ""
    site: Code = ""
    publication: UUID | None = None

    def of(self, told: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """These, of all that were told."""
        return narrowed(told["figures"], self.quarter, self.country, self.site)

    def again(self, told: Mapping[str, Any], wanted: str) -> str:
        """The address that gives the same as a file, of the same publication whatever comes after it."""
        asked = {
            "publication": told["publication"], "quarter": self.quarter, "country": self.country, "site": self.site,
            "format": wanted,
        }  # fmt: skip
        return f"/v1/programme/loop/export?{urlencode({name: value for name, value in asked.items() if value})}"


AskedFigures = Annotated[Asked, Depends()]


@router.get("/programme/loop")
async def loop(request: Request, caller: AsNgoOrBrand, asked: AskedFigures) -> dict[str, Any]:
    """Needs by kind, how far they came and in what time, by place: as published; for an NGO its own desk exactly too.

    `publication` asks for an earlier snapshot, and for nothing but that.
    """
    wired = wiring(request)
    told = await loop_for(wired.context, caller, wired.clock(), asked.publication)
    return {**told, "figures": asked.of(told)}


@router.get("/programme/loop/export", response_class=Response)
async def export_loop(
    request: Request,
    caller: AsNgoOrBrand,
    asked: AskedFigures,
    format: Format = "csv",  # noqa: A002 - as it stands in the address
) -> Response:
    """The published figures of the loop as a file, which names the address that gives them again."""
    wired = wiring(request)
    told = await loop_for(wired.context, caller, wired.clock(), asked.publication)
    about = {
        "programme": told["programme"], "published": str(told["published_at"] or "not yet"),
        AGAIN: asked.again(told, format),
    }  # fmt: skip
    return await _file("loop", _FIGURES, asked.of(told), format, about)


@router.get("/programme/loop/report", response_class=Response)
async def loop_report(
    request: Request, caller: AsNgoOrBrand, asked: AskedFigures, language: Language = "en"
) -> Response:
    """The published figures of a quarter as PDF, everywhere or at one place; of the newest where none is named."""
    wired = wiring(request)
    told = await loop_for(wired.context, caller, wired.clock(), asked.publication)
    async with wired.context.database.transaction() as store:
        names = {row["code"]: row["name"] for row in await list_sites(store, programme_of(caller), caller.brand)}
    link = f"{base_of(request)}{asked.again(told, 'csv')}"
    said, at = needs_met_report(
        told, names, str(asked.quarter or ""), asked.country, asked.site, language=language, link=link
    )  # fmt: skip
    content = await asyncio.to_thread(typeset, said, at)
    return attached(content, "application/pdf", f"needs-met-{at:%Y%m%dT%H}.pdf")


@router.post("/programme/loop/publish")
async def publish(request: Request, caller: AsNgo) -> dict[str, Any]:
    """Make a snapshot of the loop's figures now. Seldom is more: each new figure waits for k newcomers."""
    wired = wiring(request)
    return {"publication": await publish_loop(wired.context, programme_of(caller), wired.clock())}


@router.get("/loop/gaps")
async def gaps(request: Request, caller: AsNgoOrBrand) -> list[dict[str, Any]]:
    """Which needs, where, would find no service now, the worst covered first."""
    wired = wiring(request)
    return await gaps_for(wired.context, caller, wired.clock())


@router.get("/loop/gaps/export", response_class=Response)
async def export_gaps(
    request: Request,
    caller: AsNgoOrBrand,
    format: Format = "csv",  # noqa: A002
) -> Response:
    """The gap map as a file."""
    wired = wiring(request)
    return await _file("gaps", _GAPS, await gaps_for(wired.context, caller, wired.clock()), format)


async def _file(
    name: str,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    wanted: str,
    about: Mapping[str, str] | None = None,
) -> Response:
    media, write = WRITERS[wanted]
    told = Sheet(name, tuple(columns), tuple(cells(columns, row) for row in rows), {"table": name, **(about or {})})
    content = await asyncio.to_thread(write, told)
    return attached(content, media, f"{name}.{wanted}")
