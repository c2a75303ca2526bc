"""Figures to take away, as files."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, Field

from app.domain.figures import Part
from app.domain.sheets import AGAIN, Sheet
from app.jobs.takeaway.archives import Order, order
from app.jobs.takeaway.codebook import codebook
from app.jobs.takeaway.files import WRITERS
from app.jobs.takeaway.reports import report
from app.jobs.takeaway.sheets import addressed, round_sheet, trend_sheet
from app.jobs.takeaway.typesetting import typeset
from app.store.takeaway import export_content, get_export, list_exports
from app.web.access import AsNgoOrBrand, ToTakeAway
from app.web.rest.bodies import Body
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["exports"])
Code = Annotated[str, Query(max_length=200)]
_LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z]{2,8})?$"
Language = Annotated[str, Query(max_length=12, pattern=_LANGUAGE)]
Split = Literal["", "gender", "age_band", "employment"]
Format = Literal["csv", "json", "xlsx", "parquet"]
Described = Literal["csv", "json", "xlsx", "parquet", "ddi"]


async def _part(
    country: Code = "",
    supplier: Code = "",
    site: Annotated[list[str], Query(max_length=100)] = [],  # noqa: B006 - a framework's default, copied
) -> Part:
    return Part(country, supplier, tuple(dict.fromkeys(site)))


async def _splits(
    split: Annotated[list[Split], Query(max_length=4)] = [""],  # noqa: B006 - a framework's default, copied
) -> Sequence[str]:
    return tuple(dict.fromkeys(split))


AskedPart = Annotated[Part, Depends(_part)]
"""The part of a round's figures that an address asks for: `country`, `supplier`, `site` as often as wanted."""
AskedSplits = Annotated[Sequence[str], Depends(_splits)]
"""The filters it asks for: `split` as often as wanted."""


@router.get("/rounds/{round_id}/export", response_class=Response)
async def export_round(
    request: Request,
    round_id: UUID,
    caller: AsNgoOrBrand,
    part: AskedPart,
    splits: AskedSplits,
    format: Described = "csv",  # noqa: A002 - as it stands in the address
    indicator: Annotated[str | None, Query(max_length=200)] = None,
    publication: UUID | None = None,
) -> Response:
    """A round's figures as a file, cell for cell what your dashboard shows: CSV, JSON, XLSX or Parquet.

    `split` is a filter, as often as wanted, and an empty one everybody. Hidden cells are there, empty and marked. Each
    file names the address that gives the same again, of the same publication whatever was published since. `ddi` is
    the codebook that belongs to it (DDI-Codebook 2.5, XML).
    """
    context = wiring(request).context
    sheet, board = await round_sheet(
        context, caller, round_id, part, splits=splits, indicator=indicator, publication=publication
    )
    name = "-".join([f"round-{round_id}-{board['published_at']:%Y%m%dT%H}", *filter(None, splits)])
    if format == "ddi":
        content = await codebook(context, caller, round_id, addressed(sheet, base_of(request), "csv"), board)
        return attached(content, "application/xml", f"{name}.xml")
    answer = await _file(request, sheet, format, name)
    beside = addressed(sheet, base_of(request), "ddi").about[AGAIN]
    answer.headers["Link"] = f'<{beside}>; rel="describedby"; type="application/xml"'
    return answer


@router.get("/rounds/{round_id}/report", response_class=Response)
async def round_report(
    request: Request,
    round_id: UUID,
    caller: AsNgoOrBrand,
    part: AskedPart,
    split: Split = "",
    brand: Annotated[str | None, Query(max_length=200)] = None,
    language: Language = "en",
    publication: UUID | None = None,
) -> Response:
    """A report as PDF: figures, what was asked, and how to read them.

    Of a `site` with the totals beside it; of up to four side by side; else as the overview tells it, of all sites you
    may read or of a `country` or a `supplier` in it, by a filter (`split`) if wanted: which sites need a look, and what
    changed since the round before. An NGO may make it as one of its brands would read it (`brand`). Questions are told
    in `language` where the survey speaks it.
    """
    told, at = await report(
        wiring(request).context, caller, round_id, part=part, split=split, brand=brand, language=language,
        publication=publication, base=base_of(request),
    )  # fmt: skip
    content = await asyncio.to_thread(typeset, told, at)
    return attached(content, "application/pdf", f"report-{round_id}-{at:%Y%m%dT%H}.pdf")


@router.get("/trends/export", response_class=Response)
async def export_trend(
    request: Request,
    survey: Code,
    site: Code,
    caller: AsNgoOrBrand,
    format: Format = "csv",  # noqa: A002
    until: AwareDatetime | None = None,
) -> Response:
    """A site's figures round by round as a file; `until` gives what was published by then."""
    wired = wiring(request)
    moment = until or wired.clock()
    sheet = await trend_sheet(wired.context, caller, survey, site, moment)
    return await _file(request, sheet, format, f"trend-{moment:%Y%m%d}")


class ExportBody(Body):
    """What an archive is to hold."""

    round: UUID
    formats: Annotated[list[Format], Field(min_length=1, max_length=4)] = ["csv"]
    reports: bool = False
    language: Annotated[str, Field(max_length=12, pattern=_LANGUAGE)] = "en"


@router.post("/exports", status_code=202)
async def make_export(request: Request, body: ExportBody, caller: ToTakeAway) -> dict[str, Any]:
    """Ask for all of a round in one archive: tables of every filter, the codebook and, if wanted, a report of each site.

    It is made in the background; asked again, while nothing new is published, it is the same. Kept for a week.
    """
    wired = wiring(request)
    wanted = Order(body.round, tuple(body.formats), body.reports, body.language, base_of(request))
    created = await order(wired.context, caller, wanted, wired.clock())
    return {"id": created}


@router.get("/exports")
async def exports(request: Request, caller: AsNgoOrBrand) -> list[dict[str, Any]]:
    """Your exports of the last week, the newest first."""
    async with wiring(request).context.database.transaction() as store:
        return [_shown(request, row) for row in await list_exports(store, caller.key)]


@router.get("/exports/{export}")
async def export_state(request: Request, export: UUID, caller: AsNgoOrBrand) -> dict[str, Any]:
    """How far an export is: `waiting`, `ready` or `failed`, the share that is done, and where to fetch it."""
    async with wiring(request).context.database.transaction() as store:
        return _shown(request, await get_export(store, caller.key, export))


@router.get("/exports/{export}/file", response_class=Response)
async def export_file(request: Request, export: UUID, caller: AsNgoOrBrand) -> Response:
    """The archive (ZIP), for the key that asked for it."""
    async with wiring(request).context.database.transaction() as store:
        content = await export_content(store, caller.key, export)
    return attached(content, "application/zip", f"export-{export}.zip")


def _shown(request: Request, row: Mapping[str, Any]) -> dict[str, Any]:
    asked = {name: row["asked"][name] for name in ("round", "publication", "formats", "reports", "language")}
    link = f"{base_of(request)}/v1/exports/{row['id']}/file" if row["state"] == "ready" else None
    return {**row, "asked": asked, "link": link}


async def _file(request: Request, sheet: Sheet, wanted: str, name: str) -> Response:
    media, write = WRITERS[wanted]
    # Not on the event loop: a workbook of many sites takes seconds.
    content = await asyncio.to_thread(write, addressed(sheet, base_of(request), wanted))
    return attached(content, media, f"{name}.{wanted}")


def base_of(request: Request) -> str:
    """What addresses in files begin with."""
    return str(request.base_url).rstrip("/")


def attached(content: bytes, media: str, name: str) -> Response:
    """A file to be kept under a name."""
    return Response(content, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'})
