"""The mutant: a worker that hands texts over first and commits that they left afterwards. The drill must catch it.

    python -m tests.drills.naive_worker work

Everything else is the program's own. Killed between the two, it leaves its texts waiting in the queue, and the next
worker sends them a second time.
"""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime
from unittest import mock

from app import cli
from app.jobs import sending
from app.jobs.context import Context
from app.jobs.retrying import Chance, dice
from app.jobs.sending import Sent
from app.jobs.settling import start_clocks
from app.store.claims import claim_due
from app.store.settling import settle
from app.store.surveys import load_surveys
from app.store.vault import open_numbers
from app.worker import turns

_A_SLOW_COMMIT = 0.5
"""Seconds: so wide that a short drill meets it."""


async def send_naively(
    context: Context,
    now: datetime,
    limit: int = sending.SEND_AT_ONCE,
    *,
    only: Collection[str] | None = None,
    stopping: Callable[[], bool] = lambda: False,
    chance: Chance = dice,
) -> Sent:
    """POST, then commit: one transaction around the claim, the hand-over and what came of it."""
    roads = {name: road for name, road in context.carriers.items() if only is None or name in only}
    paces = {name: road.capabilities.segments_per_second for name, road in roads.items()}
    async with context.database.transaction() as store:
        claim = await claim_due(store, now, limit, paces)
        if not claim.texts:
            return Sent(again_at=claim.again_at)
        numbers = await open_numbers(store, context.vault, list({item.identity for item in claim.texts}))
        surveys = await load_surveys(store, {item.survey for item in claim.texts if item.survey})
        work = sending._Pass(context, now, numbers, surveys, stopping, chance)
        told = await sending._hand_batch(work, roads[claim.texts[0].carrier], claim.texts, float("inf"))
        await asyncio.sleep(_A_SLOW_COMMIT)
        await settle(store, [one.settlement for one in told], now)
        await start_clocks(store, told, now)
    return sending._summary(told)


def main() -> None:
    """Be `shiftline`, with the naive sender in the place of the real one."""
    with mock.patch.object(turns, "send_outbox", send_naively):
        cli.main()


if __name__ == "__main__":
    main()
