"""Surveys as XLSForm workbooks, in and out."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.jobs.xlsforms import export_form, import_form
from app.store.keys import programme_of
from app.web.access import AsNgo
from app.web.bodies import read_file
from app.web.rest.asking import Version, shown_survey
from app.web.rest.exporting import attached
from app.web.wiring import wiring

router = APIRouter(prefix="/v1", tags=["surveys and rounds"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WORKBOOK: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            XLSX: {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        },
    }
}


@router.post("/surveys/xlsform", status_code=201, openapi_extra=_WORKBOOK)
async def import_xlsform(request: Request, caller: AsNgo) -> dict[str, Any]:
    """Keep an XLSForm as a draft: the workbook itself, or a form's `file`. Every fault is told at once, with its row.

    `left_out` says what a text cannot do and was left out, and what was taken for granted.
    """
    wired = wiring(request)
    content = await read_file(request)
    version, told = await import_form(wired.context, programme_of(caller), content, wired.clock())
    return {**shown_survey(version), "left_out": [{"place": item.place, "message": item.message} for item in told]}


@router.get("/surveys/{code}/xlsform", response_class=Response)
async def export_xlsform(request: Request, code: str, caller: AsNgo, version: Version | None = None) -> Response:
    """A survey's questions, options, skip rules and wordings as an XLSForm; not what the answers feed."""
    content = await export_form(wiring(request).context, programme_of(caller), code, version)
    return attached(content, XLSX, f"{code}.xlsx")
