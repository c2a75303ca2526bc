"""The outbox: no text is claimed twice, none is sent again blindly, and a worker's texts leave in order."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from app.domain.wording import Say
from app.store.outbox import BULK, LEASE, NOTICE, REPLY, Outgoing, Settlement, claim_due, enqueue, reap, settle
from app.store.programmes import list_channels
from app.store.vault import ensure_identities
from tests.conftest import AMINA, BILAL, CHAMPA, World
from tests.steps import rows


async def queue(world: World, *texts: tuple[str, int], key: str = "neutral") -> list[UUID]:
    """Texts of (number, priority), in one transaction."""
    async with world.context.database.transaction() as store:
        (channel,) = await list_channels(store, world.id)
        people = await ensure_identities(
            store, world.context.vault, world.id, [number for number, _ in texts], world.clock()
        )
        return await enqueue(
            store,
            [
                Outgoing(world.id, people[number], channel.id, channel.carrier, Say(key), "en", priority)
                for number, priority in texts
            ],
            world.clock(),
        )


async def claim(world: World, limit: int = 100) -> list[UUID]:
    async with world.context.database.transaction() as store:
        return [item.id for item in await claim_due(store, world.clock(), limit)]


async def settled(world: World, *outcomes: Settlement) -> None:
    async with world.context.database.transaction() as store:
        await settle(store, outcomes, world.clock())


async def test_two_claimers_at_once_never_get_the_same_text(world: World) -> None:
    numbers = [f"+88017110{at:05}" for at in range(40)]
    await queue(world, *((number, BULK) for number in numbers))
    together = asyncio.Barrier(2)

    async def claimer() -> list[UUID]:
        async with world.context.database.transaction() as store:
            await together.wait()
            claimed = [item.id for item in await claim_due(store, world.clock(), 30)]
            # Both hold their locks before either commits.
            await together.wait()
            return claimed

    first, second = await asyncio.gather(claimer(), claimer())
    assert not set(first) & set(second)
    assert len(first) + len(second) == 40
    assert len(first) == 30 or len(second) == 30


async def test_what_another_holds_is_stepped_over_and_not_waited_for(world: World) -> None:
    await queue(world, (AMINA, REPLY), (BILAL, REPLY))
    async with world.context.database.transaction() as holder:
        (held,) = await claim_due(holder, world.clock(), 1)
        async with asyncio.timeout(5):
            (other,) = await claim(world)
    assert other != held.id


async def test_answers_leave_before_word_of_referrals_and_those_before_bulk(world: World) -> None:
    bulk, notice, reply = await queue(world, (AMINA, BULK), (BILAL, NOTICE), (CHAMPA, REPLY))
    assert await claim(world, 1) == [reply]
    assert await claim(world, 1) == [notice]
    assert await claim(world, 1) == [bulk]


async def test_a_text_is_not_claimed_before_it_is_due(world: World) -> None:
    (text,) = await queue(world, (AMINA, BULK))
    await claim(world)
    await settled(world, Settlement(text, "queued", cause="busy", due_at=world.clock.now.replace(hour=5)))
    assert await claim(world) == []
    world.clock.forward(hours=1)
    assert await claim(world) == [text]


async def test_a_workers_texts_leave_in_order_one_at_a_time(world: World) -> None:
    texts = await queue(world, *[(AMINA, REPLY)] * 5)
    for text in texts:
        assert await claim(world) == [text]
        assert await claim(world) == [], "the next waits while one is under way"
        await settled(world, Settlement(text, "accepted", reference=str(text)))


async def test_a_text_that_must_wait_holds_back_the_same_workers_later_one(world: World) -> None:
    first, second = await queue(world, (AMINA, REPLY), (AMINA, REPLY))
    await claim(world)
    await settled(world, Settlement(first, "queued", cause="busy", due_at=world.clock.now.replace(hour=9)))
    assert await claim(world) == []
    world.clock.forward(hours=6)
    assert await claim(world) == [first]
    await settled(world, Settlement(first, "failed"))
    assert await claim(world) == [second]


async def test_an_answer_does_not_wait_behind_the_same_workers_bulk_text(world: World) -> None:
    _, reply = await queue(world, (AMINA, BULK), (AMINA, REPLY))
    assert await claim(world, 1) == [reply]


async def test_a_claim_whose_holder_died_becomes_unknown_and_is_never_claimed_again(world: World) -> None:
    await queue(world, (AMINA, REPLY))
    await claim(world)
    world.clock.now += LEASE
    async with world.context.database.transaction() as store:
        assert await reap(store, world.clock()) == 0, "the lease holds to its last moment"
        assert await reap(store, world.clock.forward(seconds=1)) == 1
    assert await rows(world, "SELECT state, cause, lease_until FROM outbox") == [("unknown", "timeout", None)]
    world.clock.forward(days=30)
    assert await claim(world) == []


async def test_a_carriers_reference_belongs_to_one_text(world: World) -> None:
    one, other = await queue(world, (AMINA, REPLY), (BILAL, REPLY))
    await claim(world)
    await settled(world, Settlement(one, "accepted", reference="SM1"))
    with pytest.raises(IntegrityError, match="uq_outbox_carrier_reference"):
        await settled(world, Settlement(other, "accepted", reference="SM1"))


async def test_waiting_for_a_decent_hour_is_no_failed_try(world: World) -> None:
    (text,) = await queue(world, (AMINA, BULK))
    for cause, attempts in (("quiet-hours", 0), ("busy", 1), ("quiet-hours", 1)):
        await claim(world)
        await settled(world, Settlement(text, "queued", cause=cause, due_at=world.clock()))
        assert await rows(world, "SELECT attempts FROM outbox") == [(attempts,)]


async def test_a_word_that_came_before_the_settlement_stands_and_the_segments_are_still_counted(world: World) -> None:
    (text,) = await queue(world, (AMINA, REPLY))
    await claim(world)
    async with world.context.database.transaction() as store:
        await store.run("UPDATE outbox SET state = 'delivered', lease_until = NULL WHERE id = :text", text=text)
    await settled(world, Settlement(text, "accepted", reference="SM1", segments=3))
    assert await rows(world, "SELECT state, reference, segments FROM outbox") == [("delivered", "SM1", 3)]


async def test_a_holder_that_was_only_slow_may_still_say_what_became_of_its_texts(world: World) -> None:
    (text,) = await queue(world, (AMINA, REPLY))
    await claim(world)
    async with world.context.database.transaction() as store:
        await reap(store, world.clock.forward(minutes=5))
    await settled(world, Settlement(text, "accepted", reference="SM1", segments=1))
    assert await rows(world, "SELECT state, reference, segments FROM outbox") == [("accepted", "SM1", 1)]
