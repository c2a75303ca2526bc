"""What figures cost: a dashboard at 100,000 and at 10,000,000 answers, publishing a large programme, a roll-up in a turn.

For the first two the roll-ups are generated, not the answers behind them: dashboards and publications read no answers.

Run: `make bench-figures`, or `python -m benchmarks.figures [dashboard publishing turn]`.
"""

import asyncio
import logging
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from statistics import median, quantiles
from typing import Any
from uuid import UUID

import structlog

from app.catalogue.catalogue import load_catalogue
from app.catalogue.places import shipped
from app.domain.rounds import parse_plan
from app.jobs.context import Context
from app.jobs.dashboards import dashboard
from app.jobs.listening import drain_inbox
from app.jobs.publishing import publish_round
from app.jobs.writing import keep_draft, publish
from app.store.database import Database
from app.store.keys import Caller
from app.store.migrating import migrate
from app.store.programmes import save_channel, save_programme, save_sites
from app.store.rounds import create_round
from app.store.vault import Keyring, Vault
from benchmarks.turns import REPLIES, said
from benchmarks.world import NOW, build_world, server, vacuum, write_in

COUNTRIES = ("BD", "IN", "KH", "VN", "KE", "TR", "ID", "LK")
_ASKED = 400
_BATCH = 200

# People of each site by gender, age and employment, unevenly; each indicator's scores around a middle of its own.
_FILL = """
INSERT INTO score_rollup (programme_id, round_id, indicator, site_id, gender, age_band, employment, n, total, squares, fresh)
SELECT :programme, :round, 'i' || indicator, id, gender, age_band, employment, n, n * middle, n * (middle * middle + 300), false
  FROM (SELECT id, row_number() OVER (ORDER BY code) AS at FROM site WHERE programme_id = :programme) AS sites,
       generate_series(1, :indicators) AS indicator,
       (VALUES ('female', 4), ('male', 2)) AS genders(gender, women),
       (VALUES ('18-24', 3), ('25-34', 3), ('35+', 1)) AS ages(age_band, young),
       (VALUES ('permanent', 3), ('contract', 1)) AS contracts(employment, fixed),
       LATERAL (SELECT ceil(:people * women * young * fixed * (0.2 + (at * 37 % 100) / 60.0) / 168)::int AS n,
                       (30 + (at * 13 + indicator * 7 + women * young) % 40)::numeric AS middle) AS made
"""
_CASES = """
INSERT INTO case_rollup (programme_id, round_id, step, site_id, gender, age_band, employment, n, fresh)
SELECT programme_id, round_id, step, site_id, gender, age_band, employment,
       CASE step WHEN 'complete' THEN n WHEN 'pending' THEN n + 3 ELSE 2 * n + 3 END, false
  FROM score_rollup, (VALUES ('invited'), ('sent'), ('delivered'), ('complete'), ('pending')) AS steps(step)
 WHERE round_id = :round AND indicator = 'i1'
"""


def document_of(indicators: int) -> dict[str, Any]:
    questions = [
        {"code": f"q{at}", "kind": "scale", "min": 0, "max": 100, "text": {"en": f"Question {at}?"}}
        for at in range(1, indicators + 1)
    ]
    measures = [
        {"code": f"i{at}", "domain": "pay", "of": [f"q{at}"], "scoring": "mean"} for at in range(1, indicators + 1)
    ]
    return {
        "survey": "bench", "title": "Bench", "languages": ["en"], "purpose": {"en": "your work"},
        "reviews": {"en": {"status": "reviewed", "by": "nobody", "on": "2026-11-01"}},
        "questions": questions, "indicators": measures,
    }  # fmt: skip


async def _programme(context: Context, sites: int, indicators: int, people: int, code: str) -> tuple[UUID, UUID]:
    """A programme with an open round of which everything is generated but the answers; `people` at an average site."""
    async with context.database.transaction() as store:
        programme = (await save_programme(store, code, "Bench", "Bench", 10, NOW)).id
        channel = await save_channel(store, programme, "simulator", f"+1500555{abs(hash(code)) % 10000:04}", NOW)
        rows = [
            {"code": f"s{at:04}", "name": f"Site {at}", "supplier": f"Supplier {at // 4}", "sector": f"sector {at % 5}",
             "country": COUNTRIES[at // 4 % len(COUNTRIES)], "zone": "UTC"}
            for at in range(sites)
        ]  # fmt: skip
        await save_sites(store, programme, rows, NOW)
    kept = await keep_draft(context, programme, document_of(indicators), NOW)
    await publish(context, programme, "bench", NOW)
    async with context.database.transaction() as store:
        created = await create_round(
            store, programme, survey=kept.id, channel=channel.id, name="Bench", plan=parse_plan({}), seed=1,
            opens_at=NOW, now=NOW,
        )  # fmt: skip
        if created is None:
            raise RuntimeError("the round is there already")
        await store.run("UPDATE round SET state = 'open'")
        await store.run(_FILL, programme=programme, round=created, indicators=indicators, people=people)
        await store.run(_CASES, round=created)
    return programme, created


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _answers(context: Context, created: UUID) -> int:
    async with context.database.transaction() as store:
        return await store.value("SELECT sum(n) FROM score_rollup WHERE round_id = :round", round=created)


async def measure_dashboards(context: Context) -> None:
    """50 sites and 10 indicators, so that 100,000 answers are 200 people a site; then a hundred times as many."""
    found: list[float] = []
    for people in (200, 20_000):
        programme, created = await _programme(context, 50, 10, people, f"dashboard-{people}")
        started = time.perf_counter()
        await publish_round(context, programme, created, NOW + timedelta(days=1))
        published = time.perf_counter() - started
        await vacuum(context.database)
        caller = Caller(UUID(int=1), "ngo", "bench", programme)
        took: list[float] = []
        for at in range(_ASKED):
            started = time.perf_counter()
            await dashboard(context, caller, created, indicator=f"i{1 + at % 10}")
            took.append(1000 * (time.perf_counter() - started))
        whole: list[float] = []
        for _ in range(_ASKED // 20):
            started = time.perf_counter()
            board = await dashboard(context, caller, created)
            whole.append(1000 * (time.perf_counter() - started))
        found.append(quantiles(took, n=20)[-1])
        print(
            f"dashboard, {await _answers(context, created):,} answers: one indicator p50 {median(took):.1f} ms, p95"
            f" {found[-1]:.1f} ms; whole board ({len(board['figures'])} figures) p95 {quantiles(whole, n=20)[-1]:.1f} ms;"
            f" published in {published:.1f} s"
        )
    print(f"dashboard: p95 at a hundred times the answers is {found[1] / found[0]:.2f} times as long (at most 1.3)")


async def measure_publishing(context: Context) -> None:
    """500 sites, 40 indicators, every filter of the lattice."""
    programme, created = await _programme(context, 500, 40, 120, "publishing")
    answers = await _answers(context, created)
    await vacuum(context.database)

    async def timed(what: str, day: int, work: Callable[[], Awaitable[object]]) -> None:
        started, used = time.perf_counter(), time.process_time()
        await work()
        took, cpu = time.perf_counter() - started, time.process_time() - used
        async with context.database.transaction() as store:
            rows = await store.rows(
                "SELECT count(*) AS all, count(*) FILTER (WHERE hidden = '') AS shown FROM figure"
                " JOIN publication ON publication.id = publication_id WHERE publication.at >= :at",
                at=NOW + timedelta(days=day),
            )
        print(
            f"publishing {what}, {answers:,} answers: {took:.1f} s ({cpu:.1f} s of this process's time; at most 60),"
            f" {rows[0].shown:,} of {rows[0].all:,} figures shown; peak memory {_peak():.0f} MiB (at most 500)"
        )

    await timed("while open", 1, lambda: publish_round(context, programme, created, NOW + timedelta(days=1)))
    async with context.database.transaction() as store:
        await store.run("UPDATE round SET state = 'closed' WHERE id = :round", round=created)
    await timed("when closed", 9, lambda: publish_round(context, programme, created, NOW + timedelta(days=9)))
    await timed("once more", 10, lambda: publish_round(context, programme, created, NOW + timedelta(days=10)))


async def measure_turn(database: Database) -> None:
    """How much of a turn PostgreSQL spends in the triggers that write roll-ups, by its own count."""
    world = await build_world(database, 2 * REPLIES, 2 * REPLIES)
    await write_in(world, range(REPLIES), said, NOW)
    await vacuum(database)
    now = NOW + timedelta(minutes=1)
    started = time.perf_counter()
    while await drain_inbox(world.context, now):
        continue
    turn = 1000 * (time.perf_counter() - started) / REPLIES
    spent = await _in_triggers(database)
    async with database.transaction() as store:
        for _ in range(REPLIES // _BATCH):
            await store.run(
                "WITH ended AS (UPDATE invitation SET disposition = 'complete', closed_at = :now WHERE id IN"
                " (SELECT id FROM invitation WHERE closed_at IS NULL LIMIT :batch) RETURNING *)"
                " INSERT INTO score (programme_id, invitation_id, round_id, site_id, country, indicator, value)"
                " SELECT programme_id, id, round_id, site_id, country, 'who-5', 48 FROM ended",
                now=now, batch=_BATCH,
            )  # fmt: skip
    ending = await _in_triggers(database) - spent
    answer = (spent + ending / 5) / REPLIES
    print(
        f"turn: {turn:.3f} ms a reply; roll-ups {spent / REPLIES:.4f} ms an answer and {ending / REPLIES:.4f} ms an ended"
        f" talk, of five answers: {answer:.4f} ms an answer, {100 * answer / turn:.1f} % of a turn (at most 10)"
    )


async def _in_triggers(database: Database) -> float:
    """Milliseconds spent in the roll-ups' triggers so far."""
    await asyncio.sleep(1)  # PostgreSQL hands its counts on when a session is idle
    async with database.transaction() as store:
        await store.run("SELECT pg_stat_force_next_flush()")
    async with database.transaction() as store:
        return await store.value(
            "SELECT coalesce(sum(total_time), 0) FROM pg_stat_user_functions WHERE funcname IN ('note_scores', 'note_cases')"
        )


async def measure(parts: list[str]) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    if {"dashboard", "publishing"} & set(parts):
        with server() as url:
            database = Database(url)
            await migrate(database, shipped("migrations"))
            context = Context(database, Vault(Keyring({1: bytes(32)}, bytes(32))), {}, load_catalogue())
            if "dashboard" in parts:
                await measure_dashboards(context)
            if "publishing" in parts:
                await measure_publishing(context)
            await database.aclose()
    if "turn" in parts:
        with server() as url:
            counted = f"{url}{'&' if '?' in url else '?'}options=-c%20track_functions%3Dpl"
            database = Database(counted)
            await measure_turn(database)
            await database.aclose()


if __name__ == "__main__":
    asyncio.run(measure(sys.argv[1:] or ["dashboard", "publishing", "turn"]))
