"""The outbox: no text is claimed twice, none is sent again blindly, and a worker's texts leave in order."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from psycopg import IntegrityError

from app.domain.pacing import Candidate
from app.domain.wording import Say
from app.store.budgets import Used, lock_budgets, settle_budgets
from app.store.claims import LEASE, Claim, _take, claim_due
from app.store.database import Database
from app.store.fates import set_pace
from app.store.leases import hand_on, reap
from app.store.outbox import BULK, NOTICE, PRIORITIES, REPLY, Outgoing, enqueue
from app.store.programmes import Channel, list_channels, save_channel, save_programme
from app.store.settling import Settlement, settle
from app.store.vault import ensure_identities
from tests.conftest import AMINA, BILAL, CHAMPA, World
from tests.steps import rows, run


async def sender(world: World, number: str = "", programme: UUID | None = None, pace: float | None = None) -> Channel:
    """A sender of the simulator, made where it is not there; without a number the world's own."""
    async with world.context.database.transaction() as store:
        if not number:
            return (await list_channels(store, world.id))[0]
        made = await save_channel(store, programme or world.id, "simulator", number, world.clock())
        await set_pace(store, made.id, pace)
        return made


async def neighbour(world: World) -> UUID:
    """Another programme."""
    async with world.context.database.transaction() as store:
        return (await save_programme(store, "beta", "Beta programme", "Other Line", 10, world.clock())).id


async def queue(world: World, *texts: tuple[str, int], key: str = "neutral", by: Channel | None = None) -> list[UUID]:
    """Texts of (number, priority), in one transaction."""
    channel = by or await sender(world)
    async with world.context.database.transaction() as store:
        people = await ensure_identities(
            store, world.context.vault, channel.programme, [number for number, _ in texts], world.clock()
        )
        return await enqueue(
            store,
            [
                Outgoing(channel.programme, people[number], channel.id, channel.carrier, Say(key), "en", priority)
                for number, priority in texts
            ],
            world.clock(),
        )


def phones(count: int, area: int = 0) -> list[str]:
    return [f"+880171{area}{at:06}" for at in range(count)]


async def claim(world: World, limit: int = 100) -> list[UUID]:
    async with world.context.database.transaction() as store:
        return [item.id for item in (await claim_due(store, world.clock(), limit)).texts]


async def settled(world: World, *outcomes: Settlement) -> None:
    async with world.context.database.transaction() as store:
        await settle(store, outcomes, world.clock())


@pytest.fixture
async def other_host(database_url: str) -> AsyncIterator[Database]:
    """The same PostgreSQL, as another process sees it."""
    opened = Database(database_url, pool=2)
    yield opened
    await opened.aclose()


async def test_two_processes_never_claim_one_text_and_together_claim_all(world: World, other_host: Database) -> None:
    expected: set[UUID] = set()
    for at in range(6):
        by = await sender(world, f"+150055501{at:02}")
        expected |= set(await queue(world, *((number, BULK) for number in phones(30)), by=by))
    claimed: list[UUID] = []

    async def claimer(database: Database) -> None:
        idle = 0
        while idle < 20:
            async with database.transaction() as store:
                found = await claim_due(store, world.clock(), 7)
            claimed.extend(item.id for item in found.texts)
            idle = 0 if found.texts else idle + 1
            for item in found.texts:
                await settled(world, Settlement(item.id, "accepted", reference=str(item.id)))
            await asyncio.sleep(0)

    await asyncio.gather(*(claimer(host) for host in (world.context.database, other_host) for _ in range(2)))
    assert len(claimed) == len(set(claimed)), "one was claimed twice"
    assert set(claimed) == expected


async def test_a_claim_does_not_wait_for_another_and_comes_back_soon(world: World, other_host: Database) -> None:
    await claim(world)  # the sender has its bucket
    texts = await queue(world, (AMINA, REPLY), (BILAL, REPLY))
    async with world.context.database.transaction() as holder:
        (held,) = (await claim_due(holder, world.clock(), 1)).texts
        async with asyncio.timeout(20), other_host.transaction() as store:
            nothing = await claim_due(store, world.clock(), 10)
    assert nothing.texts == ()
    assert nothing.again_at is not None, "there is work: it is only held for a moment"
    assert await claim(world) == [text for text in texts if text != held.id]


async def test_a_text_that_is_just_being_taken_back_is_stepped_over_and_costs_its_sender_nothing(
    world: World, other_host: Database
) -> None:
    slow = await sender(world, "+15005550200", pace=2.0)
    taken_back, other = await queue(world, (AMINA, BULK), (BILAL, BULK), by=slow)
    async with other_host.transaction() as store:
        await store.run("UPDATE outbox SET state = 'cancelled' WHERE id = :text", text=taken_back)
        async with asyncio.timeout(20):
            assert await claim(world) == [other]
    assert await rows(world, "SELECT tokens FROM sender_budget WHERE channel_id = :id", id=slow.id) == [(9,)]


async def test_a_text_that_was_given_another_sender_meanwhile_is_left_to_that_one(world: World) -> None:
    one, other = await sender(world, "+15005550200"), await sender(world, "+15005550201")
    (text,) = await queue(world, (AMINA, BULK), by=one)
    async with world.context.database.transaction() as store:
        (budget,) = await lock_budgets(store, None, PRIORITIES, world.clock())
        await store.run("UPDATE outbox SET channel_id = :other WHERE id = :text", other=other.id, text=text)
        chosen = [Candidate(text, 0, 0, BULK)]
        assert await _take(store, [budget], chosen, [text], world.clock()) == []
    assert await claim(world) == [text]


async def test_where_nothing_waits_nobody_looks_again_soon(world: World) -> None:
    async with world.context.database.transaction() as store:
        assert await claim_due(store, world.clock(), 10) == Claim()


# -- budgets --------------------------------------------------------------------------------------


async def test_a_sender_hands_over_no_more_than_its_budget_and_it_is_known_when_it_fills(world: World) -> None:
    slow = await sender(world, "+15005550200", pace=2.0)
    await queue(world, *((number, BULK) for number in phones(30)), by=slow)
    assert len(await claim(world)) == 10, "five seconds at two a second"
    async with world.context.database.transaction() as store:
        spent = await claim_due(store, world.clock(), 100)
    assert spent.texts == ()
    assert spent.again_at == world.clock() + timedelta(seconds=0.5)
    world.clock.forward(seconds=0.5)
    assert len(await claim(world)) == 1
    world.clock.forward(seconds=3)
    assert len(await claim(world)) == 6


async def test_a_budget_is_one_for_all_processes(world: World, other_host: Database) -> None:
    slow = await sender(world, "+15005550200", pace=2.0)
    await queue(world, *((number, BULK) for number in phones(30)), by=slow)
    claimed = 0
    for host in (world.context.database, other_host, world.context.database):
        async with host.transaction() as store:
            claimed += len((await claim_due(store, world.clock(), 100)).texts)
    assert claimed == 10


async def test_what_long_texts_needed_is_settled_and_remembered(world: World) -> None:
    slow = await sender(world, "+15005550200", pace=1.0)
    await queue(world, *((number, BULK) for number in phones(40)), by=slow)
    assert len(await claim(world)) == 10
    async with world.context.database.transaction() as store:
        await settle_budgets(store, [Used(slow.id, charged=10, texts=10, segments=30)])
    assert await rows(world, "SELECT tokens, mean FROM sender_budget WHERE channel_id = :id", id=slow.id) == [
        (-20, pytest.approx(1.4))
    ]
    world.clock.forward(seconds=21)
    assert await claim(world) == [], "a text is taken for 1.4 segments now"
    world.clock.forward(seconds=1)
    assert len(await claim(world)) == 1


async def test_what_was_not_handed_over_is_paid_back(world: World) -> None:
    slow = await sender(world, "+15005550200", pace=1.0)
    await queue(world, *((number, BULK) for number in phones(40)), by=slow)
    await claim(world)
    async with world.context.database.transaction() as store:
        await settle_budgets(store, [Used(slow.id, charged=10, texts=0, segments=0)])
    assert await rows(world, "SELECT tokens, mean FROM sender_budget WHERE channel_id = :id", id=slow.id) == [(10, 1)]


async def test_a_sender_whose_carrier_is_busy_rests_and_then_tries_one(world: World) -> None:
    rested = await sender(world, "+15005550200", pace=4.0)
    await queue(world, *((number, BULK) for number in phones(40)), by=rested)
    async with world.context.database.transaction() as store:
        await claim_due(store, world.clock(), 1)
        await settle_budgets(store, [Used(rested.id, 1, 1, 1, pause=timedelta(seconds=30))])
    world.clock.forward(seconds=29)
    assert await claim(world) == []
    world.clock.forward(seconds=1)
    assert len(await claim(world)) == 1


async def test_only_the_carriers_a_process_has_are_claimed_and_at_their_pace(world: World) -> None:
    await queue(world, *((number, BULK) for number in phones(30)))
    async with world.context.database.transaction() as store:
        assert (await claim_due(store, world.clock(), 100, {"twilio": 1.0})).texts == ()
        assert len((await claim_due(store, world.clock(), 100, {"simulator": 1.0})).texts) == 10


# -- whose turn -----------------------------------------------------------------------------------


async def test_a_big_queue_of_one_programme_does_not_delay_ten_texts_of_another(world: World) -> None:
    await queue(world, *((number, BULK) for number in phones(300)))
    small = await sender(world, "+15005550300", await neighbour(world))
    ten = await queue(world, *((number, BULK) for number in phones(10, area=1)), by=small)
    assert set(ten) <= set(await claim(world, 20))


async def test_senders_are_served_in_turn_where_a_claim_is_smaller_than_their_number(world: World) -> None:
    for at in range(5):
        by = await sender(world, f"+150055504{at:02}")
        await queue(world, *((number, BULK) for number in phones(5, area=at)), by=by)
    await queue(world, *((number, BULK) for number in phones(5, area=9)))
    served: set[UUID] = set()
    for _ in range(6):
        async with world.context.database.transaction() as store:
            (one,) = (await claim_due(store, world.clock(), 1)).texts
            served.add(one.channel)
    assert len(served) == 6


async def test_senders_with_empty_buckets_keep_nobody_from_their_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.budgets._MOST_SENDERS", 2)
    slow = [await sender(world, f"+1500555050{at}", pace=1.0) for at in range(3)]
    quick = await sender(world, "+15005550510")
    for area, by in enumerate(slow):
        await queue(world, *((number, BULK) for number in phones(11, area=area)), by=by)
    assert (len(await claim(world)), len(await claim(world))) == (20, 10)
    assert await claim(world) == []
    await run(world, "UPDATE sender_budget SET served_no = nextval('turn_seq') WHERE channel_id = :id", id=quick.id)
    (text,) = await queue(world, (phones(1, area=9)[0], BULK), by=quick)
    assert await claim(world) == [text]


async def test_senders_whose_texts_wait_for_earlier_ones_give_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.budgets._MOST_SENDERS", 2)
    for at, number in enumerate(phones(2)):
        by = await sender(world, f"+1500555050{at}")
        tomorrow, _ = await queue(world, (number, BULK), (number, BULK), by=by)
        await run(world, "UPDATE outbox SET due_at = due_at + interval '1 day' WHERE id = :text", text=tomorrow)
    other = await sender(world, "+15005550510")
    await claim(world)  # each has its bucket
    await run(world, "UPDATE sender_budget SET served_no = nextval('turn_seq') WHERE channel_id = :id", id=other.id)
    (text,) = await queue(world, (phones(1, area=9)[0], BULK), by=other)
    async with world.context.database.transaction() as store:
        nothing = await claim_due(store, world.clock(), 10)
    assert (nothing.texts, nothing.again_at) == ((), world.clock() + timedelta(milliseconds=50))
    assert await claim(world) == [text]


async def test_who_opted_out_is_not_claimed_and_holds_up_nobody(world: World) -> None:
    unwanted, goodbye, wanted = await queue(world, (AMINA, BULK), (AMINA, REPLY), (BILAL, BULK))
    await run(world, "UPDATE identity SET stopped = true WHERE id = (SELECT identity_id FROM outbox WHERE id = :text)",
              text=unwanted)  # fmt: skip
    assert set(await claim(world)) == {goodbye, wanted}
    assert await rows(
        world, "SELECT state, attempts, lease_until, claimed_at FROM outbox WHERE id = :text", text=unwanted
    ) == [("cancelled", 0, None, None)]


async def test_a_claim_that_found_only_unwanted_texts_looks_again_at_once(world: World) -> None:
    await queue(world, (AMINA, BULK))
    await run(world, "UPDATE identity SET stopped = true")
    async with world.context.database.transaction() as store:
        assert await claim_due(store, world.clock(), 10) == Claim(again_at=world.clock())
        assert await claim_due(store, world.clock(), 10) == Claim()


# -- order ----------------------------------------------------------------------------------------


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
    (text,) = await queue(world, (AMINA, REPLY))
    await claim(world)
    world.clock.now += LEASE
    async with world.context.database.transaction() as store:
        assert await reap(store, world.clock()) == [], "the lease holds to its last moment"
        assert [lost.id for lost in await reap(store, world.clock.forward(seconds=1))] == [text]
    assert await rows(world, "SELECT state, cause, lease_until FROM outbox") == [("unknown", "timeout", None)]
    world.clock.forward(days=30)
    assert await claim(world) == []


async def test_what_a_dead_holder_never_handed_over_goes_back_to_the_queue_within_a_minute(world: World) -> None:
    first, second, third = await queue(world, *((number, REPLY) for number in phones(3)))
    async with world.context.database.transaction() as store:
        texts = (await claim_due(store, world.clock(), 10, at_once={"simulator": 1})).texts
        assert [text.left_no is not None for text in texts] == [True, False, False]
        assert await hand_on(store, texts[1:2]) == {second}
    untouched = "SELECT count(*) FROM outbox WHERE state = 'sending' AND left_no IS NULL"
    async with world.context.database.transaction() as store:
        await reap(store, world.clock.forward(minutes=1))
    assert await rows(world, untouched) == [(1,)], "a holder that lives has a minute for it"
    async with world.context.database.transaction() as store:
        assert await reap(store, world.clock.forward(seconds=1)) == []
    assert await rows(world, "SELECT state, attempts, claimed_at FROM outbox WHERE id = :third", third=third) == [
        ("queued", 0, None)
    ]
    async with world.context.database.transaction() as store:
        lost = await reap(store, world.clock() + LEASE)
    assert [item.id for item in lost] == [first, second], "they may be on their phones"
    assert await claim(world) == [third]
    # A holder that was only slow neither hands on what is another's by now nor says what became of it.
    async with world.context.database.transaction() as store:
        assert await hand_on(store, texts[2:]) == set()
    await settled(world, Settlement(third, "queued", unspent=True, claimed_at=texts[2].claimed_at))
    assert await rows(world, "SELECT state FROM outbox WHERE id = :third", third=third) == [("sending",)]


async def test_a_mark_whose_commit_lost_its_answer_is_made_again_and_its_texts_leave(world: World) -> None:
    await queue(world, *((number, REPLY) for number in phones(2)))
    async with world.context.database.transaction() as store:
        texts = (await claim_due(store, world.clock(), 10, at_once={"simulator": 1})).texts
    for _ in range(2):
        async with world.context.database.transaction() as store:
            assert await hand_on(store, texts[1:]) == {texts[1].id}


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
        unspent = cause == "quiet-hours"
        await settled(world, Settlement(text, "queued", cause=cause, due_at=world.clock(), unspent=unspent))
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


async def test_a_conversation_whose_text_was_taken_back_is_not_waited_for_for_ever(world: World) -> None:
    (unwanted,) = await queue(world, (AMINA, BULK))
    async with world.context.database.transaction() as store:
        await store.run("SET LOCAL session_replication_role = replica")
        await store.run(
            "INSERT INTO conversation (id, programme_id, worker_id, channel_id, state, open, created_at)"
            " SELECT id, programme_id, id, channel_id, '{}', true, created_at FROM outbox"
        )
        await store.run("UPDATE outbox SET conversation_id = id")
        await store.run("UPDATE identity SET stopped = true")
    assert await claim(world) == []
    assert await rows(world, "SELECT id, expires_at FROM conversation") == [(unwanted, world.clock())]
