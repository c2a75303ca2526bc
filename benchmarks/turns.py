"""What a turn costs one worker process: replies in the inbox are understood, their effects committed; no carrier.

Beside it, in turn with it, a bare loop that takes as many rows of the inbox in the same batches, marks them handled and
queues a text for each: nothing is looked up and nothing understood. The same with a hundred times the workers shows
whether a turn grows with their number.

Run: `make bench-turns`, or `python -m benchmarks.turns [--workers N] [--rounds N] [--profile FILE]`.
"""

import asyncio
import cProfile
import time
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from statistics import median

from app.jobs.listening import DRAIN_AT_ONCE, drain_inbox
from app.store.database import Database
from benchmarks.world import LANGUAGES, NOW, World, build_world, server, vacuum, write_in

REPLIES = 4000
"""How many a run drains."""

_WORDS = {
    "en": "most of the time", "bn": "বেশিরভাগ সময়", "hi": "ज़्यादातर समय", "vi": "phần lớn thời gian",
    "es": "la mayor parte", "sw": "wakati mwingi", "tr": "çoğu zaman", "km": "ភាគច្រើន",
}  # fmt: skip

_BARE = (
    "WITH taken AS (UPDATE inbox SET state = 'handled', handled_at = %s WHERE id IN (SELECT id FROM inbox"
    " WHERE state = 'new' ORDER BY received_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)"
    " RETURNING programme_id, channel_id, sender_index, carrier) INSERT INTO outbox (id, programme_id, identity_id,"
    " channel_id, carrier, say, language, priority, due_at, created_at) SELECT gen_random_uuid(), taken.programme_id,"
    " identity.id, channel_id, carrier, '{}', 'en', 0, %s, %s FROM taken JOIN identity"
    " ON identity.programme_id = taken.programme_id AND blind_index = sender_index"
)


def said(at: int) -> str:
    """What a worker answers: most a digit, one in four words, one in fifty something nobody understands."""
    if at % 50 == 49:  # noqa: PLR2004
        return "???"
    return _WORDS[LANGUAGES[at % len(LANGUAGES)]] if at % 4 == 0 else str(at % 6)


async def ours(world: World) -> float:
    """Replies a second, of everything that waits."""
    now, done, started = NOW + timedelta(minutes=1), 0, time.perf_counter()
    while handled := await drain_inbox(world.context, now):
        done += handled
    return done / (time.perf_counter() - started)


async def bare(world: World) -> float:
    now, done, started = NOW + timedelta(minutes=1), 0, time.perf_counter()
    while True:
        async with world.context.database.transaction() as store:
            taken = await store.straight(_BARE, now, DRAIN_AT_ONCE, now, now)
        if not taken:
            return done / (time.perf_counter() - started)
        done += taken


async def measure(workers: int, rounds: int, profile: Path | None = None) -> dict[str, float]:
    """Medians of replies a second, ours and bare."""
    with server() as url:
        database = Database(url)
        world = await build_world(database, workers, min(workers, (2 * rounds + 1) * REPLIES))
        rates: dict[str, list[float]] = {"ours": [], "bare": []}
        profiler = cProfile.Profile() if profile else None
        for turn in range(2 * rounds + 1):
            places = range(turn * REPLIES, (turn + 1) * REPLIES)
            await write_in(world, places, said, NOW + timedelta(seconds=turn))
            await vacuum(database)
            if turn == 0:
                await ours(world)  # warm
            elif turn % 2:
                if profiler:
                    profiler.enable()
                rates["ours"].append(await ours(world))
                if profiler:
                    profiler.disable()
            else:
                rates["bare"].append(await bare(world))
        if profiler and profile:
            profiler.dump_stats(profile)
        await database.aclose()
    return {"workers": workers, **{name: median(values) for name, values in rates.items()}}


if __name__ == "__main__":
    asked = ArgumentParser(description=__doc__)
    asked.add_argument("--workers", type=int, default=50_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--profile", type=Path)
    given = asked.parse_args()
    print(asyncio.run(measure(given.workers, given.rounds, given.profile)))
