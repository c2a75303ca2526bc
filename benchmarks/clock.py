"""What the clock brings, with a million workers in the database: timers that are due, and the opening of a round.

Beside the timers, a bare statement that sets as many back and queues a text for each, and knows no conversation; a sweep
does that and ends or reminds each by the rules. The opening runs in a process of its own, whose memory is told.

Run: `make bench-clock`, or `python -m benchmarks.clock [--workers N]`.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from datetime import timedelta

from app.catalogue.catalogue import load_catalogue
from app.domain.rounds import RoundPlan
from app.jobs.asking import open_due_rounds
from app.jobs.context import Context
from app.jobs.sweeping import expire_talks, send_reminders
from app.store.database import Database
from app.store.rounds import create_round
from app.store.vault import Keyring, Vault
from benchmarks.world import NOW, World, build_world, server, vacuum

DUE = 10_000
MOST_SECONDS, MOST_OPENING_SECONDS, MOST_MEGABYTES = 1.0, 60.0, 300.0

_LATE = (
    "UPDATE conversation SET {} = :late WHERE id IN (SELECT id FROM conversation WHERE open AND remind_at > :now"
    " AND expires_at > :now ORDER BY id LIMIT :due)"
)
_BARE = (
    "WITH due AS (UPDATE conversation SET remind_at = NULL WHERE open AND remind_at <= :now RETURNING id, programme_id,"
    " worker_id, channel_id, invitation_id, survey_id) INSERT INTO outbox (id, programme_id, identity_id, channel_id,"
    " conversation_id, invitation_id, survey_id, carrier, say, language, priority, due_at, created_at)"
    " SELECT gen_random_uuid(), due.programme_id, identity.id, channel_id, due.id, invitation_id, survey_id, 'twilio',"
    " '{}', 'en', 9, :now, :now FROM due JOIN identity ON identity.worker_id = due.worker_id AND main"
)


async def timers(world: World) -> dict[str, float]:
    """Seconds that reminders and expiries take, 10,000 of each due, and the bare statement for as many."""
    database, told = world.context.database, dict[str, float]()
    for name, column in (("bare_s", "remind_at"), ("reminders_s", "remind_at"), ("expiries_s", "expires_at")):
        async with database.transaction() as store:
            await store.run(_LATE.format(column), late=NOW - timedelta(seconds=1), now=NOW, due=DUE)
        await vacuum(database)
        started = time.perf_counter()
        if name == "bare_s":
            async with database.transaction() as store:
                swept = await store.run(_BARE, now=NOW)
        else:
            swept = await (send_reminders if name == "reminders_s" else expire_talks)(world.context, NOW)
        told[name] = time.perf_counter() - started
        if swept != DUE:
            raise RuntimeError(f"{swept} were swept, {DUE} were due")
    return told


async def opening(world: World, url: str) -> dict[str, float]:
    """Seconds and megabytes of the process that opens a round of all workers."""
    async with world.context.database.transaction() as store:
        await create_round(
            store, world.programme, survey=world.survey, channel=world.channel.id, name="all", plan=RoundPlan(), seed=1,
            opens_at=NOW, now=NOW,
        )  # fmt: skip
    answer = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "benchmarks.clock", "--open", url], capture_output=True, check=True
    )
    return json.loads(answer.stdout)


async def _open(url: str) -> dict[str, float]:
    database = Database(url)
    context = Context(database, Vault(Keyring({1: bytes(32)}, bytes(32))), {}, load_catalogue())
    started = time.perf_counter()
    written = await open_due_rounds(context, NOW)
    took = time.perf_counter() - started
    await database.aclose()
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"invited": written, "opening_s": took, "resident_mb": resident}


async def measure(workers: int) -> dict[str, float]:
    """Both, in a world of this many."""
    with server() as url:
        database = Database(url)
        world = await build_world(database, workers, 1)
        told = {**await timers(world), **await opening(world, url)}
        await database.aclose()
    return told


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--workers", type=int, default=1_000_000)
    asked.add_argument("--open", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.open:
        print(json.dumps(asyncio.run(_open(given.open))))
    else:
        for name, value in asyncio.run(measure(given.workers)).items():
            print(f"{name:14} {value:>12,.2f}")
