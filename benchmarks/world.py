"""A world to measure in: workers of one programme in the middle of a survey, built by PostgreSQL out of thin air.

Those who are to answer have numbers that the vault opens; the others only fill the tables. Needs PostgreSQL 18, for
its `uuidv7`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from app.catalogue.catalogue import load_catalogue
from app.catalogue.documents import parse_yaml
from app.catalogue.places import shipped
from app.domain.conversation import Purpose, Stage, begin
from app.domain.rounds import RoundPlan
from app.domain.wording import Say
from app.jobs.context import Context
from app.jobs.writing import keep_draft, publish
from app.store.database import Database, Store, new_ids
from app.store.embedded import embedded_server
from app.store.inbox import Arrived, keep_replies
from app.store.migrating import migrate
from app.store.programmes import Channel, save_channel, save_programme, save_sites
from app.store.statements import to_json
from app.store.vault import Keyring, Vault

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
"""Ten in the morning in Dhaka."""

CARRIER, SENDER = "twilio", "+15005550010"
LANGUAGES = ("en", "bn", "hi", "vi", "es", "sw", "tr", "km")
_FIRST_QUESTION = "cheerful"
_SITE = {"code": "gazipur", "name": "Gazipur", "country": "BD", "zone": "Asia/Dhaka"}


@dataclass(frozen=True, slots=True)
class World:
    """Where everything is; `answering` of the `workers` have real numbers, spread evenly among the others."""

    context: Context
    programme: UUID
    survey: UUID
    channel: Channel
    workers: int
    answering: int

    def number(self, at: int) -> str:
        """The number of the worker who is to answer at this place, from 0."""
        return f"+88017{at:08d}"


@contextmanager
def server() -> Iterator[str]:
    """A PostgreSQL of one's own, as it is shipped, thrown away at the end; its address."""
    with TemporaryDirectory(prefix="shiftline-bench-") as folder, embedded_server(Path(folder)) as running:
        yield running.url


async def build_world(
    database: Database, workers: int, answering: int, vault: Vault | None = None, now: datetime = NOW
) -> World:
    """Workers who were asked the first question of WHO-5, a moment ago.

    Args:
        database: an empty one.
        workers: how many.
        answering: how many of them have numbers that the vault opens.
        vault: another than one with keys of zeros.
        now: the moment.
    """
    await migrate(database, shipped("migrations"))
    context = Context(database, vault or Vault(Keyring({1: bytes(32)}, bytes(32))), {}, load_catalogue())
    async with database.transaction() as store:
        programme = (await save_programme(store, "bench", "Bench", "Bench", 10, now)).id
        await save_sites(store, programme, [_SITE], now)
        channel = await save_channel(store, programme, CARRIER, SENDER, now)
    survey = parse_yaml(shipped("surveys").joinpath("who-5.yaml").read_text(encoding="utf-8"), "survey")
    kept = await keep_draft(context, programme, survey, now)
    await publish(context, programme, kept.survey.code, now)
    world = World(context, programme, kept.id, channel, workers, answering)
    async with database.transaction() as store:
        await freely(store)
        await _fill(store, world, now)
    await vacuum(database)
    return world


async def freely(store: Store) -> None:
    """Build without looking up every key: the rows are made to fit."""
    await store.run("SET LOCAL session_replication_role = replica")
    await store.run("SET LOCAL statement_timeout = 0")
    await store.run("SET LOCAL work_mem = '256MB'")


async def vacuum(database: Database) -> None:
    """Leave the tables as a quiet night would."""
    async with database.engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in ("SET statement_timeout = 0", "VACUUM ANALYZE", "CHECKPOINT"):
            await plain.exec_driver_sql(statement)


async def _fill(store: Store, world: World, now: datetime) -> None:
    state, _ = begin(Purpose.SURVEY, "en")
    asked = state.to_json() | {"stage": Stage.ASKING.value, "question": _FIRST_QUESTION, "before": "consent"}
    given: dict[str, Any] = {
        "programme": world.programme, "survey": world.survey, "channel": world.channel.id, "now": now,
        "round": new_ids(now, 1)[0], "plan": to_json(RoundPlan().to_json()), "carrier": CARRIER,
        "state": to_json(asked), "say": to_json(Say("question", _FIRST_QUESTION).to_json()),
        "rows": world.workers, "every": world.workers // world.answering, "languages": list(LANGUAGES),
    }  # fmt: skip
    for statement in _STATEMENTS:
        await store.run(statement, **{name: value for name, value in given.items() if f":{name}" in statement})
    await _give_numbers(store, world)


_STATEMENTS = (
    (
        # Rosters came in one order, and the round asked in that of its draw.
        "CREATE TEMPORARY TABLE made ON COMMIT DROP AS SELECT *, uuidv7() AS invitation, uuidv7() AS conversation FROM"
        " (SELECT at, uuidv7() AS worker, uuidv7() AS phone, uuidv7() AS enrolment, (SELECT id FROM site LIMIT 1) AS site,"
        " (CAST(:languages AS text[]))[1 + at / :every % cardinality(CAST(:languages AS text[]))] AS language"
        " FROM generate_series(0, CAST(:rows AS int) - 1) AS at ORDER BY at OFFSET 0) AS listed ORDER BY hashint4(at)"
    ),
    (
        "INSERT INTO round (id, programme_id, survey_id, channel_id, name, state, plan, seed, opens_at, closes_at,"
        " created_at) VALUES (:round, :programme, :survey, :channel, 'R', 'open', CAST(:plan AS jsonb), 0, :now,"
        " CAST(:now AS timestamptz) + interval '9 days', :now)"
    ),
    "INSERT INTO worker (id, programme_id, consent, created_at) SELECT worker, :programme, 'granted', :now FROM made",
    (
        "INSERT INTO identity (id, programme_id, worker_id, cipher, key_version, blind_index, stopped, created_at)"
        " SELECT phone, :programme, worker, CAST('no number is in this, but as long as one' AS bytea), 1,"
        " sha256(CAST(at::text AS bytea)), false, :now FROM made"
    ),
    (
        "INSERT INTO enrolment (id, programme_id, worker_id, site_id, language, created_at)"
        " SELECT enrolment, :programme, worker, site, language, :now FROM made"
    ),
    (
        "INSERT INTO invitation (id, programme_id, round_id, worker_id, enrolment_id, site_id, country, language,"
        " planned_at, begun, sent_at, delivered_at, started_at) SELECT invitation, :programme, :round, worker, enrolment,"
        " site, 'BD', language, :now, true, :now, :now, :now FROM made"
    ),
    (
        "INSERT INTO conversation (id, programme_id, worker_id, invitation_id, survey_id, channel_id, state, open,"
        " asked_at, remind_at, expires_at, created_at) SELECT conversation, :programme, worker, invitation, :survey,"
        " :channel, CAST(:state AS jsonb) || jsonb_build_object('language', language), true, :now,"
        " CAST(:now AS timestamptz) + interval '1 day', CAST(:now AS timestamptz) + interval '3 days', :now FROM made"
    ),
    (
        "INSERT INTO outbox (id, programme_id, identity_id, channel_id, conversation_id, invitation_id, survey_id,"
        " carrier, say, language, priority, state, attempts, reference, segments, due_at, claimed_at, left_no, sent_at,"
        " settled_at, created_at) SELECT uuidv7(), :programme, phone, :channel, conversation, invitation, :survey,"
        " :carrier, CAST(:say AS jsonb), language, 0, 'delivered', 1, 'SM' || at, 1, :now, :now, nextval('turn_seq'),"
        " :now, :now, :now FROM made"
    ),
)


async def _give_numbers(store: Store, world: World) -> None:
    """Numbers that can be opened, for every so-manieth worker."""
    every = world.workers // world.answering
    phones = [
        row.phone
        for row in await store.rows("SELECT phone FROM made WHERE at % :every = 0 ORDER BY at LIMIT :answering",
                                    every=every, answering=world.answering)
    ]  # fmt: skip
    sealed = [
        world.context.vault.seal("identity", phone, world.programme, world.number(at))
        for at, phone in enumerate(phones)
    ]
    await store.run(
        "UPDATE identity SET cipher = given.cipher, blind_index = given.blind_index FROM unnest(CAST(:ids AS uuid[]),"
        " CAST(:ciphers AS bytea[]), CAST(:indexes AS bytea[])) AS given(id, cipher, blind_index)"
        " WHERE identity.id = given.id",
        ids=phones, ciphers=[one.cipher for one in sealed], indexes=[one.blind_index for one in sealed],
    )  # fmt: skip


async def write_in(world: World, places: Sequence[int], said: Callable[[int], str], now: datetime) -> None:
    """Have these workers answer: their replies are in the inbox, as webhooks leave them."""
    for start in range(0, len(places), 1000):
        replies = [
            Arrived(world.channel, f"IN{at}-{now:%H%M%S%f}", world.number(at), said(at), now)
            for at in places[start : start + 1000]
        ]
        async with world.context.database.transaction() as store:
            await keep_replies(store, world.context.vault, replies, now)
