"""What the database itself refuses, whatever the program believes."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import Error, IntegrityError

from app.store.database import Store
from app.store.programmes import save_programme, save_sites
from app.store.registry import save_registry
from tests.conftest import AMINA, BILAL, SITES, World
from tests.steps import ask, register, rows, run, say, service, value, write


@dataclass
class Scene:
    """Amina has a food need, two services could take it, and Bilal has a sensitive one."""

    world: World
    worker: UUID
    need: UUID
    sensitive: UUID
    service: UUID
    other_service: UUID

    async def add(self, table: str, **columns: Any) -> UUID:
        """One row; `now` and the programme come along."""
        row: dict[str, Any] = {"id": uuid4(), "programme_id": self.world.id, **columns}
        names = ", ".join(f'"{name}"' for name in row)
        places = ", ".join(f":{name}" for name in row)
        await run(self.world, f"INSERT INTO {table} ({names}) VALUES ({places})", **row)
        return row["id"]

    async def consent(self, **columns: Any) -> UUID:
        return await self.add(
            "referral_consent",
            **{
                "need_id": self.need, "worker_id": self.worker, "service_id": self.service, "words": "May they call?",
                "fields": ["phone number"], "given_at": self.world.clock(), **columns,
            },
        )  # fmt: skip

    async def refer(self, consent: UUID, **columns: Any) -> UUID:
        now = self.world.clock()
        return await self.add(
            "referral",
            **{
                "need_id": self.need, "sensitivity": "standard", "service_id": self.service, "consent_id": consent,
                "state": "requested", "urgency": "normal", "reasons": [], "deadline_at": now, "created_at": now,
                "updated_at": now, **columns,
            },
        )  # fmt: skip


@pytest.fixture
async def scene(world: World) -> Scene:
    await world.roster(f"{AMINA},gazipur,en,female", f"{BILAL},gazipur,en,male")
    await register(world, service("Food bank", "food"), service("Soup kitchen", "food"))
    first, second = [key for (key,) in await rows(world, "SELECT id FROM service ORDER BY name")]
    workers = [key for (key,) in await rows(world, "SELECT id FROM worker ORDER BY id")]
    scene = Scene(world, workers[0], uuid4(), uuid4(), first, second)
    now = world.clock()
    for need, worker, sensitivity in ((scene.need, workers[0], "standard"), (scene.sensitive, workers[1], "high")):
        await scene.add(
            "need", id=need, worker_id=worker, category="food", urgency="normal", sensitivity=sensitivity,
            source="words", state="asked", deadline_at=now, created_at=now, updated_at=now,
        )  # fmt: skip
    return scene


# -- referrals ------------------------------------------------------------------------------------


async def test_a_referral_with_the_workers_consent_to_this_service_stands(scene: Scene) -> None:
    await scene.refer(await scene.consent())


async def test_a_referral_the_worker_never_agreed_to_is_refused_in_every_form(scene: Scene) -> None:
    consent = await scene.consent()
    refusals: list[tuple[str, dict[str, Any]]] = [
        ("consent_id", {"consent_id": None}),
        ("fk_referral_consent", {"consent_id": uuid4()}),
        ("fk_referral_consent", {"service_id": scene.other_service}),
        ("fk_referral", {"need_id": scene.sensitive}),
        ("only_standard", {"sensitivity": "high"}),
        ("state_known", {"state": "sent"}),
    ]
    for name, columns in refusals:
        with pytest.raises(IntegrityError, match=name):
            await scene.refer(consent, **columns)
    assert await value(scene.world, "SELECT count(*) FROM referral") == 0


async def test_one_consent_carries_one_referral(scene: Scene) -> None:
    consent = await scene.consent()
    await scene.refer(consent)
    with pytest.raises(IntegrityError, match="uq_referral_consent"):
        await scene.refer(consent)


async def test_a_sensitive_need_cannot_be_referred_even_with_consent(scene: Scene) -> None:
    worker = await value(scene.world, "SELECT worker_id FROM need WHERE id = :id", id=scene.sensitive)
    consent = await scene.consent(need_id=scene.sensitive, worker_id=worker)
    for sensitivity, name in (("standard", "fk_referral_sensitivity"), ("high", "only_standard")):
        with pytest.raises(IntegrityError, match=name):
            await scene.refer(consent, need_id=scene.sensitive, sensitivity=sensitivity)
    for state in ("referred", "unmatched"):
        with pytest.raises(IntegrityError, match="high_never_leaves"):
            await run(scene.world, "UPDATE need SET state = :state WHERE id = :need", state=state, need=scene.sensitive)


@pytest.mark.parametrize(
    "columns", [pytest.param({"words": ""}, id="no words"), pytest.param({"fields": []}, id="no fields")]
)
async def test_a_consent_says_to_what(scene: Scene, columns: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="says_what"):
        await scene.consent(**columns)


# -- what never changes ---------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["worker", "identity", "invitation", "conversation"])
async def test_what_texts_replies_and_answers_name_is_never_deleted(asked: World, table: str) -> None:
    with pytest.raises(IntegrityError, match="never deleted"):
        await run(asked, f"DELETE FROM {table}")


async def test_the_ledgers_are_append_only(scene: Scene) -> None:
    consent = await scene.consent()
    referral = await scene.refer(consent)
    now = scene.world.clock()
    await scene.add("referral_event", referral_id=referral, state="requested", actor="requester", at=now)
    await scene.add("consent_ledger", worker_id=scene.worker, act="granted", how="sms", at=now)
    for table, column in (("referral_consent", "words"), ("referral_event", "actor"), ("consent_ledger", "how")):
        for sql in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with pytest.raises(Error, match="append-only"):
                await run(scene.world, sql)


async def test_a_published_survey_never_changes(world: World) -> None:
    await write(world)
    for sql in (
        "UPDATE survey SET document = '{}'",
        "UPDATE survey SET status = 'draft', published_at = NULL",
        "UPDATE survey SET version = 7",
        "DELETE FROM survey",
    ):
        with pytest.raises(Error, match="never changes"):
            await run(world, sql)


async def test_a_worker_has_one_open_conversation(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    await ask(world)
    again = (
        "INSERT INTO conversation (id, programme_id, worker_id, channel_id, state, open, created_at) SELECT"
        " :id, programme_id, worker_id, channel_id, state, :open, created_at FROM conversation LIMIT 1"
    )
    with pytest.raises(IntegrityError, match="uq_conversation_open"):
        await run(world, again, id=uuid4(), open=True)
    await run(world, again, id=uuid4(), open=False)


# -- programmes -----------------------------------------------------------------------------------


async def test_nothing_refers_across_programmes(scene: Scene) -> None:
    world, now = scene.world, scene.world.clock()
    async with world.context.database.transaction() as store:
        beta = (await save_programme(store, "beta", "Beta", "Beta Line", 10, now)).id
        await save_sites(store, beta, SITES, now)
        site = await store.value("SELECT id FROM site WHERE programme_id = :beta LIMIT 1", beta=beta)
    consent = await scene.consent()
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("enrolment", {"worker_id": scene.worker, "site_id": site, "language": "en", "active": False, "created_at": now}),
        ("consent_ledger", {"programme_id": beta, "worker_id": scene.worker, "act": "granted", "how": "sms", "at": now}),
        ("need", {"programme_id": beta, "worker_id": scene.worker, "category": "wages", "urgency": "normal",
                  "sensitivity": "standard", "source": "words", "state": "new", "deadline_at": now, "created_at": now,
                  "updated_at": now}),
        ("referral_consent", {"programme_id": beta, "need_id": scene.need, "worker_id": scene.worker,
                              "service_id": scene.service, "words": "x", "fields": ["x"], "given_at": now}),
        ("referral", {"programme_id": beta, "need_id": scene.need, "sensitivity": "standard", "consent_id": consent,
                      "service_id": scene.service, "state": "requested", "urgency": "normal", "reasons": [],
                      "deadline_at": now, "created_at": now, "updated_at": now}),
    ]  # fmt: skip
    for table, columns in attempts:
        with pytest.raises(IntegrityError, match=rf"fk_{table}"):
            await scene.add(table, **columns)


async def test_a_brand_or_providers_key_cannot_name_anothers(world: World) -> None:
    now = world.clock()
    for role, column in (("brand", "brand_id"), ("provider", "organization_id")):
        for given in (None, uuid4()):
            with pytest.raises(IntegrityError):
                await run(
                    world,
                    f"INSERT INTO api_key (id, programme_id, role, label, prefix, hash, {column}, created_at)"
                    " VALUES (:id, :programme, :role, 'x', 'x', 'x', :given, :now)",
                    id=uuid4(), programme=world.id, role=role, given=given, now=now,
                )  # fmt: skip


@pytest.mark.parametrize(("threshold", "good"), [(4, False), (0, False), (-1, False), (5, True)])
async def test_a_programme_protects_at_least_five(world: World, threshold: int, *, good: bool) -> None:
    change = run(world, "UPDATE programme SET threshold = :threshold", threshold=threshold)
    if good:
        await change
    else:
        with pytest.raises(IntegrityError, match="threshold_protects"):
            await change


async def test_a_hidden_figure_can_hold_nothing(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    await ask(world)
    await say(world, AMINA, "1", "4", "1", "2")
    await run(
        world,
        "INSERT INTO publication (id, programme_id, round_id, funnel, rates, at)"
        " SELECT :id, programme_id, id, '{}', '{}', :now FROM round",
        id=uuid4(),
        now=world.clock(),
    )
    figure = (
        "INSERT INTO figure (programme_id, publication_id, round_id, level, indicator, shape, hidden, figured_at, {})"
        " SELECT programme_id, id, round_id, 'round', 'food', 'mean', :hidden, '', {} FROM publication LIMIT 1"
    )
    for column in ("n", "value", "low", "high", "response_rate"):
        with pytest.raises(IntegrityError, match="hidden_holds_nothing"):
            await run(world, figure.format(column, 1), hidden="too-few")
    await run(world, figure.format("n", "NULL"), hidden="too-few")


# -- messages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        pytest.param("UPDATE outbox SET state = 'sending'", "leased_while_sending", id="sending without a lease"),
        pytest.param("UPDATE outbox SET state = 'lost'", "state_known", id="a state nobody knows"),
        pytest.param("UPDATE invitation SET disposition = 'complete'", "closed_with_disposition", id="half closed"),
        pytest.param("UPDATE round SET closes_at = opens_at", "closes_later", id="a round of no length"),
        pytest.param("UPDATE round SET local_date = '2026-11-02'", "scheduled_whole", id="half scheduled"),
        pytest.param("UPDATE site SET country = 'bd'", "country_iso", id="country in small letters"),
        pytest.param("UPDATE site SET latitude = NULL", "place_whole", id="half a place"),
        pytest.param("UPDATE worker SET consent = 'yes'", "consent_known", id="a consent nobody knows"),
    ],
)
async def test_a_wrong_state_cannot_be_written(asked: World, sql: str, name: str) -> None:
    with pytest.raises(IntegrityError, match=name):
        await run(asked, sql)


@pytest.fixture
async def asked(world: World) -> World:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    await ask(world)
    return world


async def test_registries_of_two_programmes_may_hold_the_same_service(scene: Scene) -> None:
    from app.domain.registry import parse_registry

    world = scene.world
    shared = service("Shared clinic", "health")
    registry, _ = parse_registry([shared])
    async with world.context.database.transaction() as store:
        beta = (await save_programme(store, "beta", "Beta", "Beta Line", 10, world.clock())).id
        for programme in (world.id, beta, beta):
            await save_registry(store, programme, registry, world.clock())
    assert await value(world, "SELECT count(*) FROM service WHERE name = 'Shared clinic'") == 2


async def test_an_error_rolls_the_whole_unit_of_work_back(world: World) -> None:
    async def half_way(store: Store) -> None:
        await save_programme(store, "beta", "Beta", "Beta Line", 10, world.clock())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        async with world.context.database.transaction() as store:
            await half_way(store)
    assert await value(world, "SELECT count(*) FROM programme") == 1
