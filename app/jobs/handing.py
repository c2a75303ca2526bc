"""A batch is handed to a carrier, which is listened to for so long and no longer."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import structlog

from app.carriers.protocol import Carrier, CutShortError, OutboundText, Outcome

log = structlog.get_logger()

LAST_SECONDS = 5.0
"""How long a carrier is still listened to once it is time to go."""
_LOOK_SECONDS = 0.5


async def hand(
    road: Carrier, batch: Sequence[OutboundText], ends: float, stopping: Callable[[], bool]
) -> tuple[Mapping[str, Outcome], Collection[str]]:
    """What a carrier says of each text it was told of, and which it was not, as it took too long or it is time to go.

    Args:
        road: the carrier.
        batch: what it is handed.
        ends: when to give up, by the clock of the loop.
        stopping: whether the process is to go, looked at twice a second.

    Returns:
        The outcomes by our message id, where one may lack: what became of that text nobody knows; and the ids of
        those that were handed to nobody.
    """
    if not batch:
        return {}, ()
    sending = asyncio.ensure_future(road.send(batch))
    try:
        await _wait_for(sending, ends, stopping)
    finally:
        sending.cancel()
    problem = sending.exception() if sending.done() and not sending.cancelled() else TimeoutError()
    match problem:
        case None:
            return sending.result(), ()
        case CutShortError():
            return problem.outcomes, problem.untouched
        case Exception():
            # Whatever broke, the texts may have left.
            log.error("carrier-broke", carrier=road.name, kind=type(problem).__name__, texts=len(batch))
            return {}, ()
        case _:
            raise problem


async def _wait_for(sending: "asyncio.Future[Any]", ends: float, stopping: Callable[[], bool]) -> None:
    """Until it is done, or was told to give up: at its end, or soon once the process is to go."""
    clock = asyncio.get_running_loop().time
    while not sending.done() and clock() < ends:
        if stopping():
            ends = min(ends, clock() + LAST_SECONDS)
        await asyncio.wait({sending}, timeout=max(0.0, min(_LOOK_SECONDS, ends - clock())))
    if not sending.done():
        sending.cancel()
        await asyncio.wait({sending}, timeout=_LOOK_SECONDS)
