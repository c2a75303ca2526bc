"""A round is paused, goes on, is stopped: who is texted then, and who is heard."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.domain.errors import ConflictError, NotFoundError
from app.domain.rounds import parse_plan
from app.jobs.asking import begin_due, open_due_rounds
from app.jobs.launching import Launch, launch_round
from app.jobs.steering import pause_round, resume_round, stop_round
from tests.conftest import AMINA, BILAL, World
from tests.steps import ask, client, rows, say, settle, value, write


@pytest.fixture
async def asked(world: World) -> UUID:
    """Amina and Bilal were asked whether they take part."""
    await world.roster(*(f"{number},gazipur,en,female" for number in (AMINA, BILAL)))
    await write(world)
    return await ask(world)


async def launch(world: World, **plan: object) -> UUID:
    planned = Launch("pulse", f"Round {uuid4()}", parse_plan({"spread_minutes": 0, **plan}))
    return await launch_round(world.context, world.id, planned, world.clock())


async def test_in_a_paused_round_nobody_is_asked_anew_and_whoever_answers_is_heard(world: World, asked: UUID) -> None:
    await say(world, AMINA, "1")
    await pause_round(world.context, world.id, asked, world.clock())
    await say(world, AMINA, "4", "1")
    assert "threatened" in world.texts(AMINA)[-1], "the next question is an answer to what she wrote"
    before = len(world.texts(BILAL))
    world.clock.forward(hours=25)
    await settle(world)
    assert len(world.texts(BILAL)) == before, "no reminder leaves"

    await resume_round(world.context, world.id, asked, world.clock())
    await settle(world)
    assert len(world.texts(BILAL)) == before + 1, "the reminder that waited"


async def test_what_was_queued_when_a_round_was_paused_stays_and_leaves_when_it_goes_on(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    created = await launch(world)
    await open_due_rounds(world.context, world.clock())
    assert await begin_due(world.context, world.clock()) == 1
    await pause_round(world.context, world.id, created, world.clock())
    for _ in range(3):
        world.clock.forward(minutes=11)
        await settle(world)
    assert world.texts(AMINA) == []
    assert await rows(world, "SELECT state, attempts, left_no FROM outbox") == [("queued", 0, None)]
    await resume_round(world.context, world.id, created, world.clock())
    await settle(world)
    assert len(world.texts(AMINA)) == 1


async def test_a_planned_round_that_rests_does_not_open_and_nobody_begins(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    created = await launch(world)
    await pause_round(world.context, world.id, created, world.clock())
    await settle(world)
    assert await value(world, "SELECT state FROM round") == "planned"
    await resume_round(world.context, world.id, created, world.clock())
    await open_due_rounds(world.context, world.clock())
    await pause_round(world.context, world.id, created, world.clock())
    assert await begin_due(world.context, world.clock()) == 0
    await pause_round(world.context, world.id, created, world.clock() + timedelta(hours=1))
    assert await value(world, "SELECT paused_at FROM round") == world.clock(), (
        "since when it rests, however often it is said"
    )


async def test_a_paused_round_ends_in_its_time(world: World, asked: UUID) -> None:
    await pause_round(world.context, world.id, asked, world.clock())
    world.clock.forward(days=8)
    await settle(world)
    assert await value(world, "SELECT state FROM round") == "closed"
    with pytest.raises(ConflictError):
        await resume_round(world.context, world.id, asked, world.clock())
    with pytest.raises(ConflictError):
        await pause_round(world.context, world.id, asked, world.clock())


async def test_a_stopped_round_keeps_what_was_answered_and_takes_back_what_was_not_sent(
    world: World, asked: UUID
) -> None:
    await say(world, AMINA, "1", "4", "1")
    await pause_round(world.context, world.id, asked, world.clock())
    await stop_round(world.context, world.id, asked, world.clock())
    before = len(world.texts(BILAL))
    world.clock.forward(hours=25)
    await settle(world)
    assert len(world.texts(BILAL)) == before
    found = await rows(world, "SELECT question, value FROM answer ORDER BY question")
    assert [question for question, _ in found] == ["fed", "safe"]
    assert await value(world, "SELECT count(*) FROM invitation WHERE closed_at IS NULL") == 0
    assert await value(world, "SELECT closes_at < :now AND paused_at IS NULL FROM round", now=world.clock())
    with pytest.raises(ConflictError):
        await stop_round(world.context, world.id, asked, world.clock())


async def test_a_round_that_never_opened_is_stopped_and_asks_nobody(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    planned = Launch("pulse", "Later", parse_plan({}), opens_at=world.clock() + timedelta(days=1))
    created = await launch_round(world.context, world.id, planned, world.clock())
    await stop_round(world.context, world.id, created, world.clock())
    world.clock.forward(days=2)
    await settle(world)
    assert world.texts(AMINA) == []
    assert await value(world, "SELECT state FROM round") == "closed"


async def test_a_round_is_steered_by_rest_within_its_programme(world: World, asked: UUID) -> None:
    async with client(world) as http:
        for step in ("pause", "pause", "resume", "stop"):
            assert (await http.post(f"/v1/rounds/{asked}/{step}")).status_code == 204
        assert (await http.post(f"/v1/rounds/{asked}/stop")).status_code == 409
        assert (await http.post(f"/v1/rounds/{uuid4()}/pause")).status_code == 404
    with pytest.raises(NotFoundError):
        await stop_round(world.context, uuid4(), asked, world.clock())
