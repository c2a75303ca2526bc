"""How long it takes to write to everybody who was asked what was done about it, up to the outbox.

Run: `make bench-telling`, or `python -m benchmarks.telling [PEOPLE]`.
"""

import asyncio
import sys
import time
from dataclasses import replace
from datetime import timedelta

from app.carriers.simulator import Simulator
from app.domain.action import Action, ActionState, Finding
from app.jobs.telling import preview_telling, tell, tell_due
from app.store.actions import add_action
from app.store.database import Database
from benchmarks.world import CARRIER, LANGUAGES, NOW, build_world, server, vacuum

_PEOPLE = 100_000
_DONE = "The cutting tables have guards now."


async def _measure(url: str, people: int) -> None:
    database = Database(url)
    world = await build_world(database, people, 100)
    context = replace(world.context, carriers={CARRIER: Simulator(lambda: NOW)})
    now = NOW + timedelta(days=30)
    async with database.transaction() as store:
        asked = await store.value("UPDATE round SET state = 'closed' RETURNING id")
        finding = Finding(asked, "Six in ten feel unsafe", question="cheerful")
        texts = dict.fromkeys(LANGUAGES, _DONE)
        key = await add_action(
            store, world.programme, Action(finding, "Rina", now.date(), ActionState.DONE, texts), now
        )  # fmt: skip
    await vacuum(database)
    started = time.perf_counter()
    preview = await preview_telling(context, world.programme, key)
    print(f"preview: {preview.people:,} people in {time.perf_counter() - started:.2f} s")
    await tell(context, world.programme, key, {"by": "nobody", "reason": "a measurement"}, now)
    started = time.perf_counter()
    written = await tell_due(context, now)
    spent = time.perf_counter() - started
    print(f"told: {written:,} people in {spent:.2f} s, {written / spent:,.0f} a second")
    await database.aclose()


def main() -> None:
    """Build a world, and tell it."""
    with server() as url:
        asyncio.run(_measure(url, int(sys.argv[1]) if len(sys.argv) > 1 else _PEOPLE))


if __name__ == "__main__":
    main()
