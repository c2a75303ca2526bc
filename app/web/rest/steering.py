"""A round in an NGO's hands, by REST."""

from uuid import UUID

from fastapi import APIRouter, Request

from app.jobs.steering import pause_round, resume_round, stop_round
from app.store.keys import programme_of
from app.web.access import AsNgo
from app.web.wiring import wiring

router = APIRouter(prefix="/v1/rounds", tags=["surveys and rounds"])


@router.post("/{round_id}/pause", status_code=204)
async def pause(request: Request, round_id: UUID, caller: AsNgo) -> None:
    """Let a round rest: nobody is asked anew and no reminder leaves; answers are taken and answered. Its end stands."""
    wired = wiring(request)
    await pause_round(wired.context, programme_of(caller), round_id, wired.clock())


@router.post("/{round_id}/resume", status_code=204)
async def resume(request: Request, round_id: UUID, caller: AsNgo) -> None:
    """Let a round that rests go on; what waited leaves now, at decent hours."""
    wired = wiring(request)
    await resume_round(wired.context, programme_of(caller), round_id, wired.clock())


@router.post("/{round_id}/stop", status_code=204)
async def stop(request: Request, round_id: UUID, caller: AsNgo) -> None:
    """End a round now, for good. Whoever is half-way keeps what was answered; what was not sent is taken back."""
    wired = wiring(request)
    await stop_round(wired.context, programme_of(caller), round_id, wired.clock())
