"""What pages cost at 500 sites and 20 rounds of 10 indicators: processor time of this process, and the time of a clock.

Publications are generated, figures by chance around a middle; pages read nothing else.

Run: `make bench-pages`, or `python -m benchmarks.pages [sites] [rounds]`.
"""

import asyncio
import gzip
import logging
import sys
import time
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import httpx2
import structlog

from app.domain.rounds import parse_plan
from app.jobs.context import Context
from app.jobs.writing import keep_draft, publish
from app.main import wire
from app.settings import Settings
from app.store.keys import create_key
from app.store.programmes import save_channel, save_programme, save_sites
from app.store.rounds import create_round
from app.web.app import create_app
from benchmarks.figures import COUNTRIES, document_of
from benchmarks.world import NOW, server, vacuum

_INDICATORS = 10
_TIMES = 7
_BAR = 200.0  # milliseconds
_PUBLICATION = """
INSERT INTO publication (id, programme_id, round_id, funnel, rates, at)
VALUES (:publication, :programme, :round, CAST(:funnel AS jsonb), '{"rr2": 0.61}', CAST(:at AS timestamptz))
"""
# Sites, and totals of a country, of a supplier in it and of the round, each with figures around a middle of its own.
_FIGURES = """
INSERT INTO figure (programme_id, publication_id, round_id, level, country, supplier, site_id, indicator, shape, n, value,
                    low, high, response_rate, figured_at, spread)
SELECT :programme, :publication, :round, level, country, supplier, site_id, 'i' || indicator, 'mean', n, middle, middle - doubt,
       middle + doubt, 0.6, '2026-11-02T04:00:00+00:00', '{"0": 0.2, "50": 0.3, "100": 0.5}'
  FROM (SELECT 'site' AS level, country, supplier, id AS site_id, 40 AS n, 15.0 AS doubt FROM site WHERE programme_id = :programme
        UNION ALL SELECT 'supplier', country, supplier, NULL, 160, 7.0 FROM site WHERE programme_id = :programme GROUP BY 2, 3
        UNION ALL SELECT 'country', country, '', NULL, 2000, 2.0 FROM site WHERE programme_id = :programme GROUP BY 2
        UNION ALL SELECT 'round', '', '', NULL, 20000, 0.5) AS places,
       generate_series(1, :indicators) AS indicator,
       LATERAL (SELECT (60 + doubt * (random() + random() - 1) + 0 * (indicator + length(country)))::numeric(6, 3) AS middle)
       AS made
"""
_FUNNEL = '{"invited": 33000, "sent": 33000, "delivered": 31000, "started": 22000, "complete": 20000, "partial": 500}'


async def _programme(context: Context, sites: int, rounds: int) -> tuple[UUID, UUID]:
    """A programme with closed rounds, each published once; the programme, and its newest round."""
    async with context.database.transaction() as store:
        programme = (await save_programme(store, "pages", "Bench", "Bench", 10, NOW)).id
        channel = await save_channel(store, programme, "simulator", "+15005550006", NOW)
        rows = [
            {"code": f"s{at:04}", "name": f"Site {at}", "supplier": f"Supplier {at // 4}", "country": COUNTRIES[at // 4 % 8],
             "zone": "UTC", "latitude": at % 50 - 10.0, "longitude": at % 110 - 0.0}
            for at in range(sites)
        ]  # fmt: skip
        await save_sites(store, programme, rows, NOW)
    kept = await keep_draft(context, programme, document_of(_INDICATORS), NOW)
    await publish(context, programme, "bench", NOW)
    newest = None
    async with context.database.transaction() as store:
        for back in range(rounds):
            opens = NOW - timedelta(days=30 * back)
            created = await create_round(
                store, programme, survey=kept.id, channel=channel.id, name=f"Bench {back}", plan=parse_plan({}), seed=1,
                opens_at=opens, now=NOW,
            )  # fmt: skip
            where = {"programme": programme, "round": created, "publication": uuid4()}
            await store.run(_PUBLICATION, **where, funnel=_FUNNEL, at=opens + timedelta(days=8))
            await store.run(_FIGURES, **where, indicators=_INDICATORS)
            newest = newest or created
        await store.run("UPDATE round SET state = 'closed'")
    if newest is None:
        raise RuntimeError("the rounds are there already")
    return programme, newest


def _yardstick() -> float:
    """Milliseconds of processor for a million additions, to tell a busy or slow machine from a slow page."""
    began = time.process_time()
    total = 0
    for at in range(1_000_000):
        total += at
    return 1000 * (time.process_time() - began)


async def measure(sites: int, rounds: int) -> None:
    """Each page some times over; the slowest of the first and the usual of the others."""
    print(f"yardstick: a million additions take {median(_yardstick() for _ in range(5)):.0f} ms", flush=True)
    with server() as url, TemporaryDirectory() as folder:
        async with wire(Settings(var=Path(folder)), url) as wired:
            programme, created = await _programme(wired.context, sites, rounds)
            await vacuum(wired.context.database)
            async with wired.context.database.transaction() as store:
                key = await create_key(store, "ngo", "bench", NOW, programme=programme)
            transport = httpx2.ASGITransport(app=create_app(wired))
            headers = {"Authorization": f"Bearer {key}", "Accept": "text/html"}
            async with httpx2.AsyncClient(
                transport=transport, base_url="http://bench", headers=headers, timeout=60
            ) as client:
                for path in (
                    f"/overview?round={created}", f"/overview?round={created}&country=BD", f"/rounds/{created}",
                    f"/sites/s0000?round={created}", f"/compare?round={created}&site=s0000&site=s0001", "/rounds",
                ):  # fmt: skip
                    await _page(client, path.replace(str(created), "ID"), path)


async def _page(client: httpx2.AsyncClient, name: str, path: str) -> None:
    took: list[float] = []
    clock: list[float] = []
    size = 0
    for _ in range(_TIMES):
        began, started = time.process_time(), time.perf_counter()
        answer = await client.get(path)
        took.append(1000 * (time.process_time() - began))
        clock.append(1000 * (time.perf_counter() - started))
        answer.raise_for_status()
        size = len(gzip.compress(answer.content, 5))
    verdict = "" if median(took) <= _BAR else f"  over the bar of {_BAR:.0f} ms"
    print(
        f"{name}: processor median {median(took):.0f} ms, most {max(took):.0f} ms; clock median {median(clock):.0f} ms;"
        f" {size / 1024:.0f} kB compressed{verdict}",
        flush=True,
    )


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    given = [int(one) for one in sys.argv[1:]]
    asyncio.run(measure(*(given or [500, 20])))
