"""What pages cost at 500 sites and 20 rounds of 10 indicators: processor time of this process, and the time of a clock.

The rounds after the first are copies of its publication with figures moved by chance; pages read publications alone.

Run: `make bench-pages`, or `python -m benchmarks.pages [sites] [rounds]`.
"""

import asyncio
import gzip
import logging
import random
import sys
import time
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import httpx2
import structlog

from app.jobs.context import Context
from app.jobs.publishing import publish_round
from app.main import wire
from app.settings import Settings
from app.store.keys import create_key
from app.web.app import create_app
from benchmarks.figures import large_programme
from benchmarks.world import NOW, server, vacuum

_INDICATORS, _PEOPLE = 10, 200
_TIMES = 7
_BAR = 200.0  # milliseconds
_ROUND = """
INSERT INTO round SELECT (jsonb_populate_record(null::round, to_jsonb(round) || jsonb_build_object(
  'id', CAST(:new AS uuid), 'name', CAST(:name AS text), 'opens_at', opens_at - make_interval(days => :back)))).*
  FROM round WHERE id = :round
"""
_PUBLICATION = """
INSERT INTO publication (id, programme_id, round_id, funnel, rates, at)
SELECT :publication, programme_id, :new, funnel, rates, at - make_interval(days => :back) FROM publication
 WHERE round_id = :round ORDER BY at DESC LIMIT 1
"""
_FIGURES = """
INSERT INTO figure
SELECT (jsonb_populate_record(null::figure, to_jsonb(figure) || jsonb_build_object(
  'publication_id', CAST(:publication AS uuid), 'round_id', CAST(:new AS uuid),
  'value', value + moved, 'low', low + moved, 'high', high + moved))).*
  FROM figure, LATERAL (SELECT :by * (random() - 0.5) + 0 * length(figure.indicator) AS moved) AS shift
 WHERE publication_id = (SELECT id FROM publication WHERE round_id = :round ORDER BY at DESC LIMIT 1)
"""


async def _earlier(context: Context, created: UUID, rounds: int) -> None:
    chance = random.Random(1)  # noqa: S311 - a play, not a secret
    async with context.database.transaction() as store:
        for at in range(1, rounds):
            new, publication = uuid4(), uuid4()
            where = {"round": created, "new": new, "back": 30 * at}
            await store.run(_ROUND, **where, name=f"Bench {at}")
            await store.run(_PUBLICATION, **where, publication=publication)
            await store.run(_FIGURES, round=created, new=new, publication=publication, by=chance.uniform(2, 8))


async def measure(sites: int, rounds: int) -> None:
    """Each page some times over; the slowest of the first and the usual of the others."""
    with server() as url, TemporaryDirectory() as folder:
        async with wire(Settings(var=Path(folder)), url) as wired:
            programme, created = await large_programme(wired.context, sites, _INDICATORS, _PEOPLE, "pages")
            await publish_round(wired.context, programme, created, NOW + timedelta(days=1))
            await _earlier(wired.context, created, rounds)
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
        f" {size / 1024:.0f} kB compressed{verdict}"
    )


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    given = [int(one) for one in sys.argv[1:]]
    asyncio.run(measure(*(given or [500, 20])))
