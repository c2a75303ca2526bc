"""How long a claim takes with a million texts waiting.

Beside the claim, in turn with it and on the same rows, a bare `SELECT … FOR UPDATE SKIP LOCKED LIMIT` that knows
neither order nor fairness nor budgets.

Run: `make bench-claims`, or `python -m benchmarks.claims [--rows N] [--senders N] [--json FILE]`. Its server (PostgreSQL
18, for its `uuidv7`) and data are thrown away at the end.
"""

import asyncio
import gc
import json
import time
from argparse import ArgumentParser
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import quantiles
from typing import Any

from app.catalogue.places import shipped
from app.domain.wording import Say
from app.jobs.sending import SEND_AT_ONCE
from app.store.claims import claim_due
from app.store.database import Database, Store
from app.store.migrating import migrate
from app.store.programmes import save_channel, save_programme
from app.store.statements import to_json
from benchmarks.world import NOW, freely, server, vacuum

MOST_MS = 20.0
PROGRAMMES = 50
CLAIMS = 300
WARM = 12  # by then PostgreSQL keeps the plans of both: a process claims for weeks
AT_ONCE = SEND_AT_ONCE

BARE = "SELECT id FROM outbox WHERE state = 'queued' AND due_at <= :now LIMIT :limit FOR UPDATE SKIP LOCKED"


async def build(database: Database, senders: int) -> None:
    """Programmes and their senders."""
    async with database.transaction() as store:
        programmes = [
            await save_programme(store, f"p{at}", f"P{at}", "Bench", 10, NOW) for at in range(min(PROGRAMMES, senders))
        ]
        for at in range(senders):
            await save_channel(store, programmes[at % len(programmes)].id, "bench", f"+1500{at:07}", NOW)


async def fill_outbox(store: Store, rows: int) -> None:
    """Texts of every sender: one in a hundred answers, the rest a round's questions; one in ten not due yet."""
    await freely(store)
    await store.run(
        "CREATE TEMPORARY TABLE given ON COMMIT DROP AS SELECT at, gen_random_uuid() AS phone, channel.id AS channel_id,"
        " channel.programme_id FROM generate_series(1, CAST(:rows AS int)) AS at JOIN (SELECT id, programme_id,"
        " row_number() OVER (ORDER BY sender) AS place, count(*) OVER () AS senders FROM channel) AS channel"
        " ON place = 1 + at % senders",
        rows=rows,
    )
    await store.run(
        "INSERT INTO identity (id, programme_id, cipher, key_version, blind_index, stopped, created_at)"
        " SELECT phone, programme_id, '\\x00', 1, CAST(at::text AS bytea), false, :now FROM given",
        now=NOW,
    )
    await store.run(
        "INSERT INTO outbox (id, programme_id, identity_id, channel_id, carrier, say, language, priority, due_at,"
        " created_at) SELECT uuidv7(), programme_id, phone, channel_id, 'bench',"
        " CASE WHEN at % 100 < 1 THEN CAST(:answer AS jsonb) ELSE CAST(:question AS jsonb) END, 'en',"
        " CASE WHEN at % 100 < 1 THEN 0 ELSE 9 END,"
        " CAST(:now AS timestamptz) + CASE WHEN at % 10 = 7 THEN interval '1 hour' ELSE (at - :rows) * interval '1 ms' END, :now"
        " FROM given ORDER BY at",
        now=NOW, rows=rows, answer=to_json(Say("neutral").to_json()),
        question=to_json(Say("question", "cheerful").to_json()),
    )  # fmt: skip


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await work()
    return (time.perf_counter() - started) * 1000


async def claims(database: Database) -> dict[str, Any]:
    """Claims and bare selects in turn, each a transaction with its commit; milliseconds."""
    sizes: list[int] = []

    async def ours() -> None:
        async with database.transaction() as store:
            sizes.append(len((await claim_due(store, NOW, AT_ONCE)).texts))

    async def bare() -> None:
        async with database.transaction() as store:
            await store.rows(BARE, now=NOW, limit=AT_ONCE)

    took: dict[str, list[float]] = {"claim": [], "bare": []}
    # As a process in production does, once its words are loaded.
    gc.collect()
    gc.freeze()
    for _ in range(WARM):
        await bare()
        await ours()
    sizes.clear()
    for _ in range(CLAIMS):
        took["bare"].append(await timed(bare))
        took["claim"].append(await timed(ours))
    return {
        **{f"{name}_{place}_ms": round(value, 2) for name, times in took.items() for place, value in _places(times)},
        "texts_a_claim": sum(sizes) / len(sizes),
    }


def _places(times: list[float]) -> list[tuple[str, float]]:
    cuts = quantiles(times, n=100)
    return [("p50", cuts[49]), ("p99", cuts[98])]


async def measure(rows: int, senders: int) -> dict[str, Any]:
    """Everything; name → figure."""
    with server() as url:
        database = Database(url)
        await migrate(database, shipped("migrations"))
        await build(database, senders)
        async with database.transaction() as store:
            await fill_outbox(store, rows)
        await vacuum(database)
        figures = {"rows": rows, "senders": senders, **await claims(database)}
        await database.aclose()
    return figures


def show(figures: dict[str, Any], kept: Path | None) -> None:
    """A table, and the same as JSON where it is asked for."""
    for name, value in figures.items():
        print(f"{name:24} {value:>12,}")
    if kept is not None:
        kept.write_text(json.dumps({"benchmark": "claims", **figures}, indent=2) + "\n")


if __name__ == "__main__":
    asked = ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--senders", type=int, default=200)
    asked.add_argument("--json", type=Path)
    given = asked.parse_args()
    show(asyncio.run(measure(given.rows, given.senders)), given.json)
