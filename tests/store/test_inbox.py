"""The inbox: each reply is kept once for ever, and one person's replies are in one pair of hands."""

import asyncio
from uuid import UUID

import pytest

from app.store.inbox import Arrived, Waiting, claim_replies, keep_replies, mark_failed, mark_handled
from app.store.programmes import list_channels
from app.store.vault import ensure_identities
from tests.conftest import AMINA, BILAL, World
from tests.steps import rows


async def arrive(world: World, *texts: tuple[str, str, str]) -> int:
    """Replies of (reference, number, text), in one transaction."""
    async with world.context.database.transaction() as store:
        (channel,) = await list_channels(store, world.id)
        replies = [Arrived(channel, reference, number, text) for reference, number, text in texts]
        return await keep_replies(store, world.context.vault, replies, world.clock())


async def claimed(world: World, limit: int = 100) -> list[Waiting]:
    async with world.context.database.transaction() as store:
        return await claim_replies(store, world.context.vault, limit)


async def handle(world: World, *replies: UUID) -> None:
    async with world.context.database.transaction() as store:
        people = await ensure_identities(store, world.context.vault, world.id, [AMINA], world.clock())
        await mark_handled(store, [(reply, people[AMINA], None) for reply in replies], world.clock())


async def test_a_reply_with_the_same_reference_is_kept_once(world: World) -> None:
    assert await arrive(world, ("r1", AMINA, "1"), ("r2", BILAL, "2")) == 2
    assert await arrive(world, ("r1", AMINA, "1")) == 0
    assert await arrive(world, ("r1", BILAL, "other"), ("r3", BILAL, "3")) == 1
    assert sorted(await rows(world, "SELECT reference, text FROM inbox")) == [("r1", "1"), ("r2", "2"), ("r3", "3")]


async def test_a_reference_stays_taken_after_the_reply_was_handled(world: World) -> None:
    await arrive(world, ("r1", AMINA, "1"))
    await handle(world, *[reply.id for reply in await claimed(world)])
    world.clock.forward(days=400)
    assert await arrive(world, ("r1", AMINA, "1")) == 0
    assert await claimed(world) == []


async def test_the_same_reference_twice_in_one_batch_is_kept_once(world: World) -> None:
    assert await arrive(world, ("r1", AMINA, "1"), ("r1", AMINA, "1")) == 1


async def test_a_persons_replies_come_one_at_a_time_in_the_order_they_were_kept(world: World) -> None:
    await arrive(world, *((f"r{at}", AMINA, str(at)) for at in range(8)))
    seen = []
    for _ in range(8):
        (reply,) = await claimed(world)
        seen.append(reply.text)
        await handle(world, reply.id)
    assert seen == [str(at) for at in range(8)]


async def test_two_drainers_at_once_never_hold_one_person(world: World) -> None:
    people = [f"+88017110{at:05}" for at in range(20)]
    await arrive(world, *((f"{number}-{at}", number, "1") for number in people for at in range(2)))
    together = asyncio.Barrier(2)

    async def drainer() -> list[str]:
        async with world.context.database.transaction() as store:
            await together.wait()
            mine = [reply.sender for reply in await claim_replies(store, world.context.vault, 100)]
            await together.wait()
            return mine

    first, second = await asyncio.gather(drainer(), drainer())
    assert not set(first) & set(second)
    assert len(first) == len(set(first))
    assert sorted(first + second) == sorted(people)


async def test_a_persons_second_reply_is_not_taken_while_another_handles_the_first(world: World) -> None:
    await arrive(world, ("r1", AMINA, "first"), ("r2", AMINA, "second"))
    async with world.context.database.transaction() as holder:
        (reply,) = await claim_replies(holder, world.context.vault, 10)
        assert reply.text == "first"
        assert await claimed(world) == []


async def test_a_reply_that_fails_three_times_is_set_aside(world: World) -> None:
    await arrive(world, ("r1", AMINA, "1"))
    for state in ("new", "new", "failed"):
        (reply,) = await claimed(world)
        async with world.context.database.transaction() as store:
            assert await mark_failed(store, reply.id, world.clock()) == state
    assert await claimed(world) == []


async def test_a_reply_that_cannot_be_opened_is_set_aside_and_holds_up_nobody(world: World) -> None:
    await arrive(world, ("r1", AMINA, "1"), ("r2", BILAL, "2"))
    async with world.context.database.transaction() as store:
        await store.run("UPDATE inbox SET key_version = 9 WHERE reference = 'r1'")
    assert [reply.sender for reply in await claimed(world)] == [BILAL]
    assert await rows(world, "SELECT state FROM inbox WHERE reference = 'r1'") == [("failed",)]


@pytest.mark.parametrize(("text", "kept"), [pytest.param("a\x00b", "ab", id="NUL"), pytest.param("", "", id="empty")])
async def test_what_a_phone_sent_is_kept_whatever_it_holds(world: World, text: str, kept: str) -> None:
    await arrive(world, ("r1", AMINA, text))
    assert [reply.text for reply in await claimed(world)] == [kept]
