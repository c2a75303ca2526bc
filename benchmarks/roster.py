"""How fast a roster of 100,000 rows streams in, and how much memory it takes, beside a bare CSV loop over the same rows.

Run: `make bench-roster`, or `python -m benchmarks.roster [ROWS]`. Its server and data are thrown away at the end.
"""

import asyncio
import csv
import resource
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from app.catalogue.catalogue import load_catalogue
from app.catalogue.places import shipped
from app.jobs.context import Context
from app.jobs.rosters import RosterReport, import_roster
from app.store.database import Database
from app.store.embedded import embedded_server
from app.store.migrating import migrate
from app.store.programmes import save_programme, save_sites
from app.store.vault import Keyring, Vault

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
SITE = {"code": "gazipur", "name": "G", "country": "BD", "zone": "Asia/Dhaka"}


def rows(count: int) -> Iterator[str]:
    yield "phone,site,language,gender\n"
    for index in range(count):
        yield f"+88017{index:08d},gazipur,bn,{'female' if index % 3 else 'male'}\n"


async def chunks(count: int) -> AsyncIterator[bytes]:
    for row in rows(count):
        yield row.encode()


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def measure(url: str, count: int) -> None:
    database = Database(url)
    await migrate(database, shipped("migrations"))
    context = Context(database, Vault(Keyring({1: bytes(32)}, bytes(32))), {}, load_catalogue())
    async with database.transaction() as store:
        programme = await save_programme(store, "bench", "Bench", "Bench", 10, NOW)
        await save_sites(store, programme.id, [SITE], NOW)
    started = time.perf_counter()
    for _ in csv.reader(rows(count)):
        pass
    bare = time.perf_counter() - started
    for turn in ("first", "again"):
        before, started, report = peak(), time.perf_counter(), RosterReport()
        async for report in import_roster(context, programme.id, chunks(count), NOW):  # noqa: B007
            pass
        took = time.perf_counter() - started
        print(
            f"{turn}: {report.rows:,} rows, {report.added:,} added, {report.unchanged:,} unchanged, {report.bad} bad in"
            f" {took:.1f} s ({report.rows / took:,.0f} rows/s; bare CSV loop {bare:.2f} s);"
            f" peak memory {peak():.0f} MiB, {peak() - before:.0f} more than before"
        )
    await database.aclose()


if __name__ == "__main__":
    with TemporaryDirectory(prefix="shiftline-bench-") as folder, embedded_server(Path(folder)) as server:
        asyncio.run(measure(server.url, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
