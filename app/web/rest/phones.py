"""The phone simulator by REST: type a text, read a phone. Only where this process holds the simulator."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field

from app.carriers.simulator import Simulator
from app.domain.errors import ConflictError, UnavailableError
from app.jobs.engine import settle_simulator
from app.jobs.keeping import keep
from app.store.keys import Caller, programme_of
from app.store.programmes import list_channels
from app.web.access import AsNgo
from app.web.rest.bodies import Body
from app.web.wiring import Wiring, wiring

router = APIRouter(prefix="/v1/simulator", tags=["simulator"])


class PhoneBody(Body):
    """A phone, by its number; it stands in the body because addresses are logged."""

    number: Annotated[str, Field(pattern=r"^\+[0-9]{6,15}$")]


class TextBody(PhoneBody):
    """A text typed on a phone."""

    text: Annotated[str, Field(max_length=2000)]


async def phone_of(wired: Wiring, caller: Caller) -> tuple[Simulator, str]:
    """The simulator and the programme's number on it."""
    if wired.simulator is None:
        raise UnavailableError("The phone simulator lives in `shiftline serve`; this process has none.")
    async with wired.context.database.transaction() as store:
        channels = await list_channels(store, programme_of(caller))
    if any(item.carrier != wired.simulator.name for item in channels):
        # Its workers are real: a text typed here would count as theirs.
        raise ConflictError("The programme has a real sender, so the simulator is closed to it.")
    sender = next((item.sender for item in channels if item.carrier == wired.simulator.name), None)
    if sender is None:
        raise ConflictError("The programme has no sender on the simulator; an operator can give it one.")
    return wired.simulator, sender


@router.post("/texts")
async def type_text(request: Request, body: TextBody, caller: AsNgo) -> dict[str, Any]:
    """Type a text on a simulated phone; what it leads to is sent before the answer comes."""
    wired = wiring(request)
    simulator, sender = await phone_of(wired, caller)
    inbound = simulator.type_text(body.number, sender, body.text, wired.clock())
    await keep(wired.context, simulator.name, [inbound], wired.clock())
    await settle_simulator(wired.context, simulator, wired.clock())
    return await read_phone(request, body, caller)


@router.post("/phone")
async def read_phone(request: Request, body: PhoneBody, caller: AsNgo) -> dict[str, Any]:
    """What a simulated phone shows of the programme's texts."""
    simulator, sender = await phone_of(wiring(request), caller)
    texts = [text for text in simulator.handset(body.number).texts if text.peer == sender]
    return {"texts": [{"direction": text.direction, "text": text.text, "at": text.at} for text in texts]}
