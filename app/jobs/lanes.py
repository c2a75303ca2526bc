"""Batches side by side: while PostgreSQL carries out one, another is made ready."""

import asyncio
from collections.abc import Awaitable, Callable

Batch = Callable[[], Awaitable[int]]
"""Does so many at once, in a transaction of its own; how many."""


async def in_lanes(batch: Batch, full: int, *, lanes: int, most: int, stopping: Callable[[], bool]) -> int:
    """A batch; where it was full, batch after batch in lanes until one is not. How many were done.

    Args:
        batch: what it holds, the others step over, as another process would.
        full: how many a full one does.
        lanes: how many go side by side.
        most: batches of a lane, so that a pass ends some time.
        stopping: once true, no other batch is begun.
    """
    done = await batch()
    if done < full:
        return done
    told = await asyncio.gather(*(_lane(batch, full, most, stopping) for _ in range(lanes)), return_exceptions=True)
    # All of them come to their end, also where one breaks.
    for one in told:
        if isinstance(one, BaseException):
            raise one
    return done + sum(one for one in told if isinstance(one, int))


async def _lane(batch: Batch, full: int, most: int, stopping: Callable[[], bool]) -> int:
    done = 0
    for _ in range(most):
        if stopping():
            break
        did = await batch()
        done += did
        if did < full:
            break
    return done
