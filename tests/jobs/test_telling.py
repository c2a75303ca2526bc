"""You said, we did: told once to whoever was asked and may be texted, in their language, and never twice."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.domain.action import Action, ActionState, Finding
from app.domain.errors import ConflictError, DraftWordingError, InvalidError, NoReplyRouteError, NotFoundError
from app.domain.survey import Review, Status
from app.jobs.acting import actions_for, mend_action, plan_action
from app.jobs.erasing import erase_worker
from app.jobs.loop import publish_loop
from app.jobs.publishing import publish_round
from app.jobs.telling import preview_telling, tell, tell_due
from app.store.actions import get_action, keep_tellings, next_listeners
from app.store.keys import Caller
from app.store.programmes import save_brand
from tests.conftest import AMINA, BILAL, CHAMPA, WANJIRU, World
from tests.steps import PULSE, REVIEWED, ask, rows, run, say, say_all, settle, value, write

GUARDS = "The cutting tables have guards now."
REVIEW = {"en": Review(Status.REVIEWED, "A tester", "2026-11-01")}
DRAFTS = {"by": "A tester", "reason": "a test reads no wording"}


def action(round_id: UUID, **changes: Any) -> Action:
    finding = Finding(round_id, "Six in ten feel unsafe", indicator="safety", sites=changes.pop("sites", ()))
    made = Action(finding, "Rina", date(2026, 12, 1), ActionState.DONE, {"en": GUARDS}, REVIEW)
    return replace(made, **changes)


async def over(world: World) -> None:
    """A month later, the round is over; noon in Nairobi, afternoon in Gazipur."""
    world.clock.forward(days=30)
    await settle(world)


@pytest.fixture
async def asked(world: World) -> UUID:
    """Amina and Bilal in Gazipur and Wanjiru in Nairobi were asked how safe their work is; the round is over."""
    world.clock.forward(hours=5)
    await world.roster(f"{AMINA},gazipur,en,female", f"{BILAL},gazipur,en,male", f"{WANJIRU},nairobi,en,female")
    await write(world)
    created = await ask(world)
    await say(world, AMINA, "1", "2", "1", "2")
    await over(world)
    return created


async def plan(world: World, round_id: UUID, **changes: Any) -> UUID:
    return await plan_action(world.context, world.id, action(round_id, **changes), world.clock())


async def told(world: World, key: UUID) -> None:
    await tell(world.context, world.id, key, None, world.clock())
    await settle(world)


def heard(world: World, number: str) -> int:
    return sum(GUARDS in text for text in world.texts(number))


async def test_everybody_who_was_asked_is_told_once_also_those_who_said_nothing(world: World, asked: UUID) -> None:
    key = await plan(world, asked)
    await told(world, key)
    assert [heard(world, number) for number in (AMINA, BILAL, WANJIRU)] == [1, 1, 1]
    assert world.texts(AMINA)[-1] == f"Open Line: {GUARDS} STOP ends messages."
    world.clock.forward(days=3)
    await settle(world)
    with pytest.raises(ConflictError, match="told twice"):
        await tell(world.context, world.id, key, None, world.clock())
    await settle(world)
    assert [heard(world, number) for number in (AMINA, BILAL, WANJIRU)] == [1, 1, 1]


async def test_only_whoever_was_asked_at_the_findings_sites_is_told(world: World, asked: UUID) -> None:
    await world.roster(f"{CHAMPA},gazipur,en,female")
    await told(world, await plan(world, asked, sites=("gazipur",)))
    assert [heard(world, number) for number in (AMINA, BILAL, CHAMPA, WANJIRU)] == [1, 1, 0, 0]


@pytest.mark.parametrize("words", ["STOP", "2"], ids=["opted out", "said no"])
async def test_whoever_does_not_want_to_hear_from_us_is_not_told(world: World, words: str) -> None:
    await world.roster(f"{AMINA},gazipur,en,female", f"{BILAL},gazipur,en,male")
    await write(world)
    created = await ask(world)
    await say(world, AMINA, words)
    await over(world)
    key = await plan(world, created)
    preview = await preview_telling(world.context, world.id, key)
    assert (preview.people, preview.not_told) == (1, 1)
    await told(world, key)
    assert (heard(world, AMINA), heard(world, BILAL)) == (0, 1)


async def test_whoever_said_that_it_is_not_safe_is_not_told(world: World, asked: UUID) -> None:
    await run(
        world,
        "UPDATE worker SET apart = true WHERE id = (SELECT worker_id FROM enrolment WHERE gender = 'male')",
    )
    await told(world, await plan(world, asked))
    assert [heard(world, number) for number in (AMINA, BILAL, WANJIRU)] == [1, 0, 1]


async def test_a_stop_between_the_writing_and_the_sending_is_heard(world: World, asked: UUID) -> None:
    await tell(world.context, world.id, await plan(world, asked), None, world.clock())
    assert await tell_due(world.context, world.clock()) == 3
    await run(world, "UPDATE worker SET consent = 'withdrawn'")
    await settle(world)
    assert [heard(world, number) for number in (AMINA, BILAL, WANJIRU)] == [0, 0, 0]


async def test_who_was_erased_or_left_in_the_middle_is_not_told(world: World, asked: UUID) -> None:
    await tell(world.context, world.id, await plan(world, asked), None, world.clock())
    workers = [row[0] for row in await rows(world, "SELECT worker_id FROM invitation ORDER BY worker_id")]
    await tell_due(world.context, world.clock(), limit=1, stopping=_after(1))
    await run(world, "UPDATE worker SET erased_at = now() WHERE id = :id", id=workers[1])
    await run(world, "UPDATE enrolment SET active = false WHERE worker_id = :id", id=workers[2])
    await settle(world)
    assert sum(heard(world, number) for number in (AMINA, BILAL, WANJIRU)) == 1
    assert await value(world, "SELECT told_at IS NOT NULL FROM action")


def _after(passes: int) -> Any:
    left = iter([False] * passes)
    return lambda: next(left, True)


async def test_an_erasure_takes_back_what_waits_and_the_rest_is_told(world: World, asked: UUID) -> None:
    key = await plan(world, asked)
    await tell(world.context, world.id, key, None, world.clock())
    await tell_due(world.context, world.clock())
    await erase_worker(world.context, world.id, BILAL, world.clock())
    await settle(world)
    assert [heard(world, number) for number in (AMINA, BILAL, WANJIRU)] == [1, 0, 1]
    await publish_loop(world.context, world.id, world.clock.forward(days=8))
    (shown,) = await actions_for(world.context, ngo(world))
    assert shown["told"]["told"] == 2


async def test_whoever_takes_over_goes_on_where_the_last_one_stopped(world: World, asked: UUID) -> None:
    await tell(world.context, world.id, await plan(world, asked), None, world.clock())
    assert await tell_due(world.context, world.clock(), limit=1, stopping=_after(1)) == 1
    assert await tell_due(world.context, world.clock(), limit=1) == 2
    assert await tell_due(world.context, world.clock()) == 0
    assert await value(world, "SELECT count(DISTINCT identity_id) FROM outbox WHERE say->>'key' = 'told'") == 3


async def test_that_nobody_is_told_twice_is_a_key_of_the_table(world: World, asked: UUID) -> None:
    key = await plan(world, asked)
    await told(world, key)
    await run(world, "UPDATE action SET told_at = NULL, told_upto = NULL")
    async with world.context.database.transaction() as store:
        kept = await get_action(store, world.id, key)
        people, _ = await next_listeners(store, kept, 10)
    with pytest.raises(Exception, match="pk_telling"):
        async with world.context.database.transaction() as store:
            await keep_tellings(store, kept, [(people[0], uuid4())])


async def test_nobody_is_told_at_night(world: World, asked: UUID) -> None:
    world.clock.now = world.clock.now.replace(hour=17)  # 23:00 in Gazipur, 20:00 in Nairobi
    await told(world, await plan(world, asked))
    assert (heard(world, AMINA), heard(world, BILAL)) == (0, 0)
    world.clock.forward(hours=12)
    await settle(world)
    assert (heard(world, AMINA), heard(world, BILAL)) == (1, 1)


async def test_each_is_told_in_the_language_they_chose(world: World) -> None:
    bengali = {"purpose": "আপনার কাজ"}
    document = {
        **PULSE,
        "languages": ["en", "bn"],
        "reviews": {**REVIEWED, "bn": REVIEWED["en"]},
        "purpose": {**PULSE["purpose"], "bn": bengali["purpose"]},
        "questions": [{**item, "text": {**item["text"], "bn": "প্রশ্ন"}} for item in PULSE["questions"]],
    }
    await world.roster(f"{AMINA},gazipur,bn,female", f"{BILAL},gazipur,en,male")
    await write(world, document)
    created = await ask(world)
    await over(world)
    texts = {"en": GUARDS, "bn": "কাটিং টেবিলে এখন গার্ড আছে।"}
    key = await plan(world, created, texts=texts, reviews={**REVIEW, "bn": REVIEW["en"]})
    await run(world, "UPDATE enrolment SET language = 'ta' WHERE language = 'en'")
    await told(world, key)
    assert texts["bn"] in world.texts(AMINA)[-1]
    assert texts["en"] in world.texts(BILAL)[-1], "a language the survey does not speak changes nothing"


async def test_the_preview_counts_people_segments_and_cost_and_sends_nothing(world: World, asked: UUID) -> None:
    preview = await preview_telling(world.context, world.id, await plan(world, asked))
    assert (preview.people, preview.not_told, preview.by_language) == (3, 0, {"en": 3})
    assert preview.segments == 3
    assert sum(preview.cost.values()) > 0
    assert preview.texts["en"].startswith("Open Line: ")
    await settle(world)
    assert heard(world, AMINA) == 0


async def test_a_draft_wording_needs_somebody_who_takes_it_on_their_name(world: World, asked: UUID) -> None:
    key = await plan(world, asked, reviews={})
    assert "draft" in (await preview_telling(world.context, world.id, key)).warnings[0]
    with pytest.raises(DraftWordingError):
        await tell(world.context, world.id, key, None, world.clock())
    await tell(world.context, world.id, key, DRAFTS, world.clock())
    assert await value(world, "SELECT override FROM action") == DRAFTS


async def test_people_are_told_of_what_is_done_and_of_a_round_that_is_over(world: World, asked: UUID) -> None:
    planned = await plan(world, asked, state=ActionState.PLANNED)
    with pytest.raises(ConflictError, match="planned"):
        await tell(world.context, world.id, planned, None, world.clock())
    still_open = await ask(world)
    with pytest.raises(ConflictError, match="not over"):
        await tell(world.context, world.id, await plan(world, still_open), None, world.clock())


async def test_where_stop_could_not_be_answered_nobody_is_told(world: World, asked: UUID) -> None:
    key = await plan(world, asked)
    await run(world, "UPDATE channel SET two_way = false")
    with pytest.raises(NoReplyRouteError):
        await tell(world.context, world.id, key, None, world.clock())


async def test_what_was_told_stays_as_it_was_read(world: World, asked: UUID) -> None:
    key = await plan(world, asked)
    await mend_action(world.context, world.id, key, {"owner": "Selim", "said": "Unsafe"}, world.clock())
    await told(world, key)
    with pytest.raises(ConflictError, match="stays"):
        await mend_action(world.context, world.id, key, {"texts": {"en": "Other words."}}, world.clock())
    await mend_action(world.context, world.id, key, {"state": ActionState.DROPPED}, world.clock())
    (shown,) = await actions_for(world.context, ngo(world))
    assert (shown["owner"], shown["said"], shown["state"]) == ("Selim", "Unsafe", "dropped")
    assert shown["told"] == {"asked": 3, "written": 3, "told": 3}


async def test_an_action_with_faults_is_not_kept(world: World, asked: UUID) -> None:
    with pytest.raises(InvalidError) as refused:
        await plan(world, asked, texts={"en": "She was raped."}, measured_by=asked)
    assert {fault.place for fault in refused.value.faults} == {"texts.en", "measured_by"}
    assert await actions_for(world.context, ngo(world)) == []
    with pytest.raises(NotFoundError):
        await plan(world, UUID(int=1))


# -- who reads it ---------------------------------------------------------------------------------


def ngo(world: World) -> Caller:
    return Caller(UUID(int=1), "ngo", "test", world.id)


async def brand(world: World, *sites: str) -> Caller:
    async with world.context.database.transaction() as store:
        key = await save_brand(store, world.id, f"b{uuid4().hex[:6]}", "Acme", list(sites), world.clock())
    return Caller(UUID(int=2), "brand", "test", world.id, brand=key)


def phones(site: str, count: int) -> list[str]:
    return [f"+88017110{at:05}" if site == "gazipur" else f"+2547120{at:05}" for at in range(count)]


async def crowd(world: World, **sites: int) -> None:
    await world.roster(*(f"{number},{site},en," for site, count in sites.items() for number in phones(site, count)))


async def test_the_share_told_is_told_of_ten_and_not_where_it_is_everybody(world: World) -> None:
    world.clock.forward(hours=5)
    await crowd(world, gazipur=13, nairobi=12)
    await write(world)
    created = await ask(world)
    await say(world, phones("gazipur", 1)[0], "STOP")
    await over(world)
    await told(world, await plan(world, created))
    await publish_loop(world.context, world.id, world.clock.forward(days=8))
    (shown,) = await actions_for(world.context, ngo(world))
    shares = {(row["level"], row["site"] or row["country"]): row["share"] for row in shown["share_told"]}
    # Of Gazipur's thirteen one had opted out; in Nairobi it was everybody, which would tell of each.
    assert shares == {("site", "gazipur"): 0.92, ("country", "BD"): 0.92, ("round", ""): 0.92}
    assert shown["told"] == {"asked": 25, "written": 24, "told": 24}
    (seen,) = await actions_for(world.context, await brand(world, "gazipur"), created)
    assert [(row["level"], row["site"]) for row in seen["share_told"]] == [("country", None), ("site", "gazipur")]
    assert "told" not in seen
    assert seen["told_at"].minute == 0


async def test_what_arrived_counts_and_what_did_not_does_not(world: World, asked: UUID) -> None:
    await told(world, await plan(world, asked))
    await run(
        world,
        "UPDATE outbox SET state = 'failed' WHERE say->>'key' = 'told' AND id = (SELECT id FROM outbox ORDER BY id DESC LIMIT 1)",
    )
    await publish_loop(world.context, world.id, world.clock.forward(hours=1))
    await run(world, "UPDATE outbox SET state = 'failed' WHERE say->>'key' = 'told'")
    (shown,) = await actions_for(world.context, ngo(world))
    assert shown["told"]["told"] == 2
    assert shown["share_told"] == [], "two are too few to be told of"


async def test_a_brand_reads_what_concerns_its_sites_alone(world: World, asked: UUID) -> None:
    await plan(world, asked, sites=("nairobi",))
    whole = await plan(world, asked)
    seen = await actions_for(world.context, await brand(world, "gazipur"))
    assert [item["id"] for item in seen] == [whole]
    await plan(world, asked, sites=("gazipur", "nairobi"))
    seen = await actions_for(world.context, await brand(world, "gazipur"))
    assert [item["sites"] for item in seen] == [[], ["gazipur"]], "not even the code of another's site"
    assert await actions_for(world.context, await brand(world)) == []
    with pytest.raises(NotFoundError):
        await actions_for(world.context, await brand(world), asked)
    with pytest.raises(NotFoundError):
        await actions_for(world.context, ngo(world), UUID(int=1))


async def test_a_later_round_shows_whether_it_moved_with_its_doubt(world: World) -> None:
    world.clock.forward(hours=5)
    await crowd(world, gazipur=14)
    await write(world)
    rounds = []
    for low in (1, 3):
        rounds.append(await ask(world))
        people = enumerate(phones("gazipur", 12))
        await say_all(world, {number: ("1", str(low + at % 3), "1", "2") for at, number in people})
        await over(world)
        await publish_round(world.context, world.id, rounds[-1], world.clock.forward(minutes=1))
    first, second = rounds
    await plan(world, first, measured_by=second, sites=("gazipur",))
    (shown,) = await actions_for(world.context, ngo(world))
    (change,) = shown["changes"]
    # From 1, 2, 3 to 3, 4, 5 of five: 25 to 75 of a hundred.
    assert (change["site"], change["from"], change["to"], change["direction"]) == ("gazipur", 25, 75, "better")
    assert change["low"] < change["by"] < change["high"]
    assert change["sentence"].startswith("Up by 50.0 points")
    (seen,) = await actions_for(world.context, await brand(world, "gazipur"), first)
    assert seen["changes"] == shown["changes"]


async def test_a_telling_is_followed_for_two_months_and_no_longer(world: World, asked: UUID) -> None:
    await told(world, await plan(world, asked))
    await publish_loop(world.context, world.id, world.clock.now + timedelta(days=61))
    assert await value(world, "SELECT count(*) FROM telling WHERE delivered_at IS NOT NULL") == 0
