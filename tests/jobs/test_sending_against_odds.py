"""What must not happen to a text, however unluckily words of carriers, workers and processes cross; found by a review."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from app.carriers.protocol import (
    Accepted,
    Cause,
    Delivery,
    OutboundText,
    Outcome,
    Retry,
    StatusReport,
)
from app.domain.rounds import parse_plan
from app.domain.wording import Say
from app.jobs.asking import begin_due, open_due_rounds
from app.jobs.context import Context
from app.jobs.launching import Launch, launch_round
from app.jobs.listening import drain_inbox
from app.jobs.reporting import take_reports
from app.jobs.roads import Roads
from app.jobs.sending import send_outbox
from app.store.claims import claim_due
from app.store.outbox import REPLY, Outgoing, enqueue
from app.store.programmes import save_channel
from app.store.settling import Settlement, settle
from tests.conftest import AMINA, BILAL, CHAMPA, OTHER_SENDER, World
from tests.steps import Obedient, rows, text, value, write

LATER = timedelta(seconds=30)


async def ready(world: World, *people: str) -> tuple[Obedient, Context]:
    """A round whose first texts wait in the outbox, and a carrier that does as it is told."""
    await world.roster(*(f"{number},gazipur,en,female" for number in people))
    await write(world)
    launch = Launch("pulse", "Round", parse_plan({"spread_minutes": 0}))
    await launch_round(world.context, world.id, launch, world.clock())
    await open_due_rounds(world.context, world.clock())
    await begin_due(world.context, world.clock())
    road = Obedient()
    return road, replace(world.context, carriers={"simulator": road})


async def stop(world: World, number: str) -> None:
    await text(world, number, "STOP")
    await drain_inbox(world.context, world.clock())


async def test_a_question_that_must_wait_is_not_asked_after_stop(world: World) -> None:
    road, context = await ready(world, AMINA)
    await send_outbox(context, world.clock())
    await text(world, AMINA, "YES")
    await drain_inbox(context, world.clock.forward(seconds=5))
    willing = road.send

    async def slow(batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        await stop(world, AMINA)
        return {item.message: Retry(LATER, Cause.BUSY, "connect-failed") for item in batch}

    road.send = slow  # type: ignore[method-assign]
    await send_outbox(context, world.clock())
    road.send = willing  # type: ignore[method-assign]
    before = len(road.handed)
    for _ in range(3):
        await send_outbox(context, world.clock.forward(minutes=6))
    assert [item.text.startswith("You will get no more") for item in road.handed[before:]] == [True], (
        "the goodbye alone"
    )


async def test_whoever_opts_out_behind_the_claim_is_not_texted(world: World) -> None:
    road, context = await ready(world, AMINA, BILAL)
    road.capabilities = replace(road.capabilities, max_batch=1)
    willing = road.send

    async def one_by_one(batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        if not road.handed:
            await stop(world, BILAL if batch[0].to == AMINA else AMINA)
        return await willing(batch)

    road.send = one_by_one  # type: ignore[method-assign]
    await send_outbox(context, world.clock())
    assert len(road.handed) == 1
    assert await value(world, "SELECT count(*) FROM outbox WHERE state = 'cancelled'") == 1


async def test_what_arrived_after_all_is_not_tried_again(world: World) -> None:
    road, context = await ready(world, AMINA)
    await send_outbox(context, world.clock())
    message = str(await value(world, "SELECT id FROM outbox"))
    failed = StatusReport("", message, Delivery.UNDELIVERED, Cause.UNREACHABLE, "30008")
    await take_reports(context, "simulator", [failed], world.clock())
    assert await value(world, "SELECT count(*) FROM outbox WHERE retry_of IS NOT NULL") == 1
    await take_reports(context, "simulator", [StatusReport("", message, Delivery.DELIVERED)], world.clock())
    await send_outbox(context, world.clock.forward(hours=5))
    assert len(road.handed) == 1


async def test_an_outcome_of_an_earlier_claim_frees_no_later_one(world: World) -> None:
    _, context = await ready(world, AMINA)
    now = world.clock()
    async with context.database.transaction() as store:
        first = (await claim_due(store, now, 10)).texts[0]
    outcome = [Settlement(first.id, "queued", unspent=True, claimed_at=first.claimed_at)]
    for claims in (True, False):  # the answer to the first commit was lost, so it is written again, too late
        async with context.database.transaction() as store:
            await settle(store, outcome, now)
        async with context.database.transaction() as store:
            found = (await claim_due(store, now + timedelta(seconds=2), 10)).texts
        assert bool(found) is claims


async def test_a_late_word_of_the_first_try_queues_no_third(world: World) -> None:
    road, context = await ready(world, AMINA)
    road.answer = lambda _item: Retry(LATER, Cause.BUSY, "http-429")
    await send_outbox(context, world.clock())
    message = str(await value(world, "SELECT id FROM outbox"))

    async def told_meanwhile(batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        failed = StatusReport("", message, Delivery.FAILED, Cause.UNREACHABLE, "gsm-27")
        await take_reports(context, "simulator", [failed], world.clock())
        return {item.message: Accepted(f"ref-{item.message}") for item in batch}

    road.send = told_meanwhile  # type: ignore[method-assign]
    await send_outbox(context, world.clock.forward(minutes=6))
    assert await rows(world, "SELECT state, retry_of FROM outbox") == [("accepted", None)]


async def test_a_road_that_is_down_gives_nobody_to_the_simulator(world: World) -> None:
    north = Obedient(lambda _item: Retry(LATER, Cause.BUSY, "connect-failed"))
    north.name = "north"
    async with world.context.database.transaction() as store:
        await save_channel(store, world.id, "north", OTHER_SENDER, world.clock())
    roads = Roads({"simulator": world.simulator, "north": north}, "http://testserver")
    world.wiring = replace(world.wiring, context=replace(world.context, carriers=roads))
    await ready(world, *(f"+88017110001{at:02d}" for at in range(8)))
    for _ in range(4):
        await send_outbox(world.context, world.clock.forward(seconds=1))
    assert north.handed
    assert world.simulator.numbers() == ()


async def test_a_reference_given_twice_costs_no_neighbour_its_outcome(world: World) -> None:
    road, context = await ready(world, AMINA, BILAL, CHAMPA)
    road.answer = lambda item: Accepted("0" if item.to != CHAMPA else "good")
    await send_outbox(context, world.clock())
    found = await rows(world, "SELECT state, reference FROM outbox ORDER BY reference NULLS LAST")
    assert found == [("accepted", "0"), ("accepted", "good"), ("accepted", None)]


async def test_no_two_processes_hold_one_persons_texts(world: World) -> None:
    _, context = await ready(world, AMINA)
    async with context.database.transaction() as store:
        held = (await claim_due(store, world.clock(), 10)).texts[0]
    async with context.database.transaction() as store:
        help_text = Outgoing(world.id, held.identity, held.channel, "simulator", Say("help"), "en", REPLY)
        await enqueue(store, [help_text], world.clock.forward(seconds=1))
    async with context.database.transaction() as store:
        assert (await claim_due(store, world.clock.forward(seconds=1), 10)).texts == ()
