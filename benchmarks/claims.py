"""How long a claim takes with a million texts waiting, and how long the sweep of a million timers, 10,000 of them due.

Beside the claim, in turn with it and on the same rows, a bare `SELECT … FOR UPDATE SKIP LOCKED LIMIT` that knows
neither order nor fairness nor budgets.

Run: `make bench-claims`, or `python -m benchmarks.claims [--rows N] [--senders N] [--json FILE]`. Its server (PostgreSQL
18, for its `uuidv7`) and data are thrown away at the end.
"""

import asyncio
import json
import time
from argparse import ArgumentParser
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from app.catalogue.catalogue import load_catalogue
from app.catalogue.documents import parse_yaml
from app.catalogue.places import shipped
from app.domain.conversation import Purpose, begin
from app.domain.wording import Say
from app.jobs.context import Context
from app.jobs.sending import SEND_AT_ONCE
from app.jobs.sweeping import expire_talks, send_reminders
from app.jobs.writing import keep_draft, publish
from app.store.database import Database, Store, to_json
from app.store.embedded import embedded_server
from app.store.migrating import migrate
from app.store.outbox import claim_due
from app.store.programmes import save_channel, save_programme, save_sites
from app.store.vault import Keyring, Vault

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
SITE = {"code": "gazipur", "name": "G", "country": "BD", "zone": "Asia/Dhaka"}
PROGRAMMES = 50
CLAIMS = 300
AT_ONCE = SEND_AT_ONCE
DUE = 10_000

BARE = "SELECT id FROM outbox WHERE state = 'queued' AND due_at <= :now LIMIT :limit FOR UPDATE SKIP LOCKED"


async def build(database: Database, senders: int) -> UUID:
    """Programmes and their senders; the first programme."""
    async with database.transaction() as store:
        programmes = [
            await save_programme(store, f"p{at}", f"P{at}", "Bench", 10, NOW) for at in range(min(PROGRAMMES, senders))
        ]
        for at in range(senders):
            await save_channel(store, programmes[at % len(programmes)].id, "bench", f"+1500{at:07}", NOW)
        await save_sites(store, programmes[0].id, [SITE], NOW)
    return programmes[0].id


async def fill_outbox(store: Store, rows: int) -> None:
    """Texts of every sender: one in a hundred answers, the rest of a round; one in ten not due yet."""
    await _freely(store)
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
        " created_at) SELECT uuidv7(), programme_id, phone, channel_id, 'bench', CAST(:say AS jsonb), 'en',"
        " CASE WHEN at % 100 < 1 THEN 0 ELSE 9 END,"
        " CAST(:now AS timestamptz) + CASE WHEN at % 10 = 7 THEN interval '1 hour' ELSE (at - :rows) * interval '1 ms' END, :now"
        " FROM given ORDER BY at",
        now=NOW, rows=rows, say=to_json(Say("neutral").to_json()),
    )  # fmt: skip


async def fill_timers(store: Store, programme: UUID, survey: UUID, rows: int) -> None:
    """Open conversations: 10,000 are to be reminded, as many to end, the others later."""
    await _freely(store)
    channel = await store.value("SELECT id FROM channel WHERE programme_id = :programme LIMIT 1", programme=programme)
    site = await store.value("SELECT id FROM site LIMIT 1")
    state, _ = begin(Purpose.SURVEY, "en")
    given: dict[str, Any] = {
        "programme": programme, "survey": survey, "channel": channel, "site": site, "now": NOW, "rows": rows,
        "round": await store.value("SELECT gen_random_uuid()"), "state": to_json(state.to_json()), "due": DUE,
    }  # fmt: skip
    await store.run(
        "CREATE TEMPORARY TABLE asked ON COMMIT DROP AS SELECT at, gen_random_uuid() AS worker, gen_random_uuid() AS"
        " invitation FROM generate_series(1, CAST(:rows AS int)) AS at", rows=rows,
    )  # fmt: skip
    for statement in (
        (
            "INSERT INTO round (id, programme_id, survey_id, channel_id, name, state, plan, seed, opens_at, closes_at,"
            " created_at) VALUES (:round, :programme, :survey, :channel, 'R', 'open', '{}', 0, :now,"
            " CAST(:now AS timestamptz) + interval '9 days', :now)"
        ),
        "INSERT INTO worker (id, programme_id, consent, created_at) SELECT worker, :programme, 'granted', :now FROM asked",
        (
            "INSERT INTO identity (id, programme_id, worker_id, cipher, key_version, blind_index, stopped, created_at)"
            " SELECT gen_random_uuid(), :programme, worker, '\\x00', 1, CAST('w' || at AS bytea), false, :now FROM asked"
        ),
        (
            "INSERT INTO invitation (id, programme_id, round_id, worker_id, enrolment_id, site_id, country, language,"
            " planned_at, begun, sent_at) SELECT invitation, :programme, :round, worker, worker, :site, 'BD', 'en', :now,"
            " true, :now FROM asked"
        ),
        (
            "INSERT INTO conversation (id, programme_id, worker_id, invitation_id, survey_id, channel_id, state, open,"
            " asked_at, remind_at, expires_at, created_at) SELECT gen_random_uuid(), :programme, worker, invitation,"
            " :survey, :channel, CAST(:state AS jsonb), true, :now,"
            " CAST(:now AS timestamptz) + CASE WHEN at <= :due THEN - at * interval '1 ms' ELSE interval '1 day' END,"
            " CAST(:now AS timestamptz) + CASE WHEN at > :rows - :due THEN - at * interval '1 ms' ELSE interval '3 days' END,"
            " :now FROM asked"
        ),
    ):
        named = {name: value for name, value in given.items() if f":{name}" in statement}
        await store.run(statement, **named)


async def _freely(store: Store) -> None:
    """Build without looking up every key: the rows are made to fit."""
    await store.run("SET LOCAL session_replication_role = replica")
    await store.run("SET LOCAL statement_timeout = 0")


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


async def measure(url: str, rows: int, senders: int) -> dict[str, Any]:
    """Everything; name → figure."""
    database = Database(url)
    await migrate(database, shipped("migrations"))
    context = Context(database, Vault(Keyring({1: bytes(32)}, bytes(32))), {}, load_catalogue())
    programme = await build(database, senders)
    survey = parse_yaml(shipped("surveys").joinpath("who-5.yaml").read_text(encoding="utf-8"), "survey")
    kept = await keep_draft(context, programme, survey, NOW)
    await publish(context, programme, kept.survey.code, NOW)
    async with database.transaction() as store:
        await fill_outbox(store, rows)
    async with database.transaction() as store:
        survey_id = await store.value("SELECT id FROM survey LIMIT 1")
        await fill_timers(store, programme, survey_id, rows)
    async with database.engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.exec_driver_sql("SET statement_timeout = 0")
        await plain.exec_driver_sql("VACUUM ANALYZE")
        await plain.exec_driver_sql("CHECKPOINT")
    figures: dict[str, Any] = {"rows": rows, "senders": senders, **await claims(database)}
    for name, job in (("reminders", send_reminders), ("expiries", expire_talks)):
        done: list[int] = []

        async def sweep(job: Any = job, done: list[int] = done) -> None:
            done.append(await job(context, NOW))

        figures[f"sweep_{name}_s"] = round(await timed(sweep) / 1000, 2)
        figures[f"swept_{name}"] = done[0]
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
    with TemporaryDirectory(prefix="shiftline-bench-") as folder, embedded_server(Path(folder)) as server:
        show(asyncio.run(measure(server.url, given.rows, given.senders)), given.json)
