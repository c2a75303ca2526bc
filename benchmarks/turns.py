"""What a turn costs one worker process: replies in the inbox are understood, their effects committed; no carrier.

Beside it, in turn with it, a bare loop that takes as many rows of the inbox in the same batches, marks them handled and
queues a text for each: nothing is looked up and nothing understood. The same with a hundred times the workers shows
whether a turn grows with their number.

Run: `make bench-turns`, or `python -m benchmarks.turns [--workers N] [--rounds N] [--profile FILE]`.
"""

import asyncio
import gc
import logging
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path

import structlog

from app.jobs.engine import hear
from app.jobs.listening import DRAIN_AT_ONCE
from app.store.database import Database
from benchmarks.timing import BARE, OURS, Stopwatch
from benchmarks.world import LANGUAGES, NOW, World, build_world, server, vacuum, write_in

LEAST_PER_SECOND, MOST_GROWTH = 4000.0, 1.3
REPLIES = 3000
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


def quietly() -> None:
    """Write no line for each reply: a terminal is slower than any engine. The logger is made once, as in production."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING), cache_logger_on_first_use=True
    )


async def ours(world: World) -> int:
    """Handle everything that waits; how many replies."""
    return await hear(world.context, NOW + timedelta(minutes=1))


async def bare(world: World) -> int:
    now, done = NOW + timedelta(minutes=1), 0
    while True:
        async with world.context.database.transaction() as store:
            taken = await store.straight(_BARE, now, DRAIN_AT_ONCE, now, now)
        if not taken:
            return done
        done += taken


async def measure(workers: int, rounds: int, profile: Path | None = None) -> dict[str, float]:
    """Medians of replies a second, and of our own processor time for each, of ours and of the bare loop."""
    with server() as url:
        database = Database(url)
        world = await build_world(database, workers, min(workers, (2 * rounds + 1) * REPLIES))
        told = await played(world, rounds, profile)
        await database.aclose()
    return told


async def played(world: World, rounds: int, profile: Path | None = None) -> dict[str, float]:
    """As `measure`, in a world that is there; nobody answers twice."""
    watch = Stopwatch(profile)
    # As a process in production does, once its words are loaded.
    gc.collect()
    gc.freeze()
    for turn in range(2 * rounds + 1):
        places = range(turn * REPLIES, (turn + 1) * REPLIES)
        await write_in(world, places, said, NOW + timedelta(seconds=turn))
        await vacuum(world.context.database)
        if turn == 0:
            await ours(world)  # warm
        elif turn % 2:
            await watch.run(OURS, lambda: ours(world))
        else:
            await watch.run(BARE, lambda: bare(world))
    return {"workers": world.workers, **watch.told()}


if __name__ == "__main__":
    asked = ArgumentParser(description=__doc__)
    asked.add_argument("--workers", type=int, default=50_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--profile", type=Path)
    given = asked.parse_args()
    quietly()
    for name, value in asyncio.run(measure(given.workers, given.rounds, given.profile)).items():
        print(f"{name:18} {value:>12,.2f}")
