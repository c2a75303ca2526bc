"""A round that fills up, told to whoever watches: counts as they come, figures as they are published."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from app.domain.errors import UnavailableError
from app.jobs.dashboards import filling
from app.jobs.snapshots import survey_of
from app.web.access import AsNgoOrBrand
from app.web.pages.figures import Reading, by_domain
from app.web.pages.scales import Scale, scales_of
from app.web.pages.templating import text_of
from app.web.wiring import wiring

router = APIRouter(include_in_schema=False)

LOOKS, EVERY_SECONDS = 12, 5.0
"""A stream looks as often and then ends; the page asks anew, and whoever was signed out is not told more."""
MOST_WATCHERS = 100
_EVENT = "data: "


@router.get("/rounds/{round_id:uuid}/live")
async def live(request: Request, round_id: UUID, caller: AsNgoOrBrand) -> Response:
    """A stream of server-sent events: the panel as it stands, and again whenever it has changed."""
    wired = wiring(request)
    scales = scales_of(await survey_of(wired.context, caller, round_id))
    if len(request.app.state.watchers) >= MOST_WATCHERS:
        raise UnavailableError("Too many watch already; the page shows what is published all the same.")

    async def look() -> dict[str, Any]:
        return panel_of(await filling(wired.context, caller, round_id), scales)

    await look()  # no such round is told before a stream begins
    return StreamingResponse(
        counted(events(look, lambda: asyncio.sleep(EVERY_SECONDS)), request.app.state.watchers),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


def panel_of(found: Mapping[str, Any], scales: Mapping[str, Scale]) -> dict[str, Any]:
    """What the panel names: how far the round has filled, and the figures of the whole as they were published."""
    return {"filling": found, "domains": by_domain(found["figures"], Reading(scales, found["threshold"]))}


async def counted(stream: AsyncGenerator[str], watchers: set[object]) -> AsyncGenerator[str]:
    """The stream, counted among the watchers while it lasts."""
    mark = object()
    watchers.add(mark)
    try:
        async for event in stream:
            yield event
    finally:
        watchers.discard(mark)


async def events(
    look: Callable[[], Awaitable[dict[str, Any]]], wait: Callable[[], Awaitable[None]], looks: int = LOOKS
) -> AsyncGenerator[str]:
    """The panel at once, and again after a wait whenever it has changed; a comment else, which keeps the road open."""
    before = ""
    for at in range(looks):
        if at:
            await wait()
        told = text_of("filling.html", **await look())
        lines = "".join(f"{_EVENT}{line}\n" for line in told.splitlines() if line)
        yield f"{lines}\n" if told != before else ": nothing new\n\n"
        before = told
