"""Batches side by side: while PostgreSQL carries out one, another is made ready."""

import asyncio
from collections.abc import Awaitable, Callable


async def side_by_side(*lanes: Awaitable[int]) -> int:
    """All of them to their end, also where one breaks; what they did together."""
    done = await asyncio.gather(*lanes, return_exceptions=True)
    for one in done:
        if isinstance(one, BaseException):
            raise one
    return sum(one for one in done if isinstance(one, int))


async def to_the_end(batch: Callable[[], Awaitable[int]], full: int, most: int, stopping: Callable[[], bool]) -> int:
    """Batch after batch while they are full, `most` of them; how much they did."""
    done = 0
    for _ in range(most):
        if stopping():
            break
        did = await batch()
        done += did
        if did < full:
            break
    return done
