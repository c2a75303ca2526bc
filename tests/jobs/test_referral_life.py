"""A referral through deadlines, transfers, races and erasure: nothing illegal, and nothing disclosed without consent."""

import random
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.domain.errors import ConflictError, DomainError, InvalidError, NotFoundError, TransitionError
from app.domain.referral import OPEN, TRANSITIONS, Actor, ReferralState
from app.domain.routing import Route
from app.domain.survey import Sensitivity, Urgency
from app.jobs.casework import join, name_focal_points, propose_transfer, take_up
from app.jobs.chasing import UNHEARD
from app.jobs.erasing import erase_worker
from app.jobs.helping import answer_referral, disclose_contact, open_case
from app.store.focal_points import FocalPoint
from app.store.needs import Raised, close_need, raise_needs
from app.store.roads import save_routes
from tests.conftest import AMINA, BILAL, World
from tests.jobs.test_listening import other_phone
from tests.steps import ask, register, rows, run, say, service, settle, step, the_referral, value, write

FOCAL = "+8801711000099"


async def hungry(world: World, *numbers: str, services: list[dict[str, Any]]) -> None:
    """Workers who had not enough to eat, each offered the best service."""
    await world.roster(*(f"{number},gazipur,en,female" for number in numbers))
    await register(world, *services)
    await write(world)
    await ask(world)
    for number in numbers:
        await say(world, number, "1", "4", "2", "2")


async def need(world: World) -> str:
    return await value(world, "SELECT state FROM need WHERE category = 'food'")


# -- deadlines ------------------------------------------------------------------------------------


async def test_a_silent_service_gives_way_at_its_deadline_to_the_next_and_at_last_to_a_person(world: World) -> None:
    await hungry(world, AMINA, services=[service(f"Kitchen {place}", "food") for place in range(4)])
    for _ in range(3):
        assert "May they contact you?" in world.texts(AMINA)[-1]
        await say(world, AMINA, "1")
        assert await need(world) == "referred"
        world.clock.forward(hours=73)  # urgent: 72 hours
        await settle(world)
        assert "We are looking for another service for you." in world.texts(AMINA)
    assert await need(world) == "person", "three services in vain"
    ended = await rows(world, "SELECT state, actor, cause FROM referral_event WHERE state = 'cancelled'")
    assert ended == [("cancelled", "clock", "no-answer")] * 3
    assert len({row[0] for row in await rows(world, "SELECT service_id FROM referral")}) == 3
    assert await value(world, "SELECT count(*) FROM referral_consent") == 3, "each by a yes of its own"


async def test_a_service_that_answers_after_its_deadline_is_told_that_it_is_too_late(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food")])
    await say(world, AMINA, "1")
    world.clock.forward(hours=73)
    await settle(world)
    with pytest.raises(TransitionError, match="cancelled"):
        await step(world, "accepted")
    referral, organization = await the_referral(world)
    with pytest.raises(ConflictError):
        await disclose_contact(world.context, world.id, referral, organization)


async def test_what_a_service_took_on_in_time_is_its_own(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food")])
    await say(world, AMINA, "1")
    await step(world, "accepted")
    world.clock.forward(days=20)
    await settle(world)
    assert await rows(world, "SELECT state FROM referral") == [("accepted",)]


async def test_a_service_that_closed_before_it_answered_is_not_waited_for(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food"), service("Pantry", "food")])
    await say(world, AMINA, "1")
    await run(world, "UPDATE service SET status = 'defunct' WHERE id = (SELECT service_id FROM referral)")
    await settle(world)
    assert await rows(world, "SELECT cause FROM referral_event WHERE state = 'cancelled'") == [("service-gone",)]
    await settle(world)
    assert "May they contact you?" in world.texts(AMINA)[-1]


async def test_a_need_no_service_fits_in_time_is_a_persons(world: World) -> None:
    await hungry(world, AMINA, services=[])
    assert await need(world) == "unmatched"
    world.clock.forward(hours=73)
    await settle(world)
    assert await need(world) == "person"


async def test_two_workers_race_for_the_last_place(world: World) -> None:
    await hungry(world, AMINA, BILAL, services=[service("Kitchen", "food", capacity=2)])
    await run(world, "UPDATE service SET capacity = 1")
    await say(world, AMINA, "1")
    told = await say(world, BILAL, "1")
    assert "We are looking for another service for you." in told
    assert "Kitchen will get your request" not in told[-1]
    assert await value(world, "SELECT count(*) FROM referral") == 1
    assert await value(world, "SELECT count(*) FROM referral_consent") == 1


# -- transfer, duplicates -------------------------------------------------------------------------


async def test_a_transfer_waits_for_the_workers_yes(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food"), service("Pantry", "food")])
    await say(world, AMINA, "1")
    await step(world, "accepted")
    first, organization = await the_referral(world)
    other = await value(
        world, "SELECT id FROM service WHERE id <> (SELECT service_id FROM referral WHERE id = :first)", first=first
    )
    await propose_transfer(world.context, world.id, first, other, world.clock(), organization)
    await settle(world)
    assert "May they contact you?" in world.texts(AMINA)[-1]
    assert (await disclose_contact(world.context, world.id, first, organization)).number == AMINA, (
        "still with the first"
    )
    await say(world, AMINA, "1")
    assert await rows(world, "SELECT state FROM referral ORDER BY created_at, id") == [("cancelled",), ("requested",)]
    assert await rows(world, "SELECT actor, cause FROM referral_event WHERE state = 'cancelled'") == [
        ("worker", "transferred")
    ]
    with pytest.raises(ConflictError):
        await disclose_contact(world.context, world.id, first, organization)
    assert await need(world) == "referred"


@pytest.mark.parametrize("reply", ["2", None])
async def test_a_transfer_the_worker_does_not_want_changes_nothing(world: World, reply: str | None) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food"), service("Pantry", "food")])
    await say(world, AMINA, "1")
    await step(world, "accepted")
    first, _ = await the_referral(world)
    other = await value(
        world, "SELECT id FROM service WHERE id <> (SELECT service_id FROM referral WHERE id = :first)", first=first
    )
    await propose_transfer(world.context, world.id, first, other, world.clock())
    await settle(world)
    if reply:
        await say(world, AMINA, reply)
    world.clock.forward(days=4)
    await settle(world)
    assert await rows(world, "SELECT state FROM referral") == [("accepted",)]
    assert await need(world) == "referred"
    with pytest.raises(InvalidError):
        await propose_transfer(world.context, world.id, first, await _service_of(world, first), world.clock())
    with pytest.raises(NotFoundError):
        await propose_transfer(world.context, world.id, first, other, world.clock(), uuid4())


async def _service_of(world: World, referral: UUID) -> UUID:
    return await value(world, "SELECT service_id FROM referral WHERE id = :referral", referral=referral)


async def test_two_needs_that_are_one_are_joined_and_the_service_is_not_kept_busy(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food")])
    await say(world, AMINA, "1")
    await say(world, AMINA, "they did not pay me my salary")
    found = {category: key for key, category in await rows(world, "SELECT id, category FROM need")}
    one, other = found["food"], next(key for category, key in found.items() if category != "food")
    await join(world.context, world.id, one, other, world.clock(), sensitive=False)
    assert await rows(world, "SELECT state, joined_id FROM need WHERE category = 'food'") == [("closed", other)]
    assert await rows(world, "SELECT state FROM referral") == [("cancelled",)]
    assert await value(world, "SELECT urgency FROM need WHERE id = :other", other=other) == "urgent"
    with pytest.raises(ConflictError):
        await join(world.context, world.id, one, other, world.clock(), sensitive=False)


async def test_needs_of_two_workers_or_two_tiers_stay_apart(world: World) -> None:
    await hungry(world, AMINA, BILAL, services=[])
    one, other = (row[0] for row in await rows(world, "SELECT id FROM need ORDER BY id"))
    with pytest.raises(ConflictError, match="two workers"):
        await join(world.context, world.id, one, other, world.clock(), sensitive=True)
    await say(world, AMINA, "my supervisor hits me")
    grave = await value(world, "SELECT id FROM need WHERE sensitivity = 'high'")
    mine = await value(
        world,
        "SELECT id FROM need WHERE sensitivity = 'standard'"
        " AND worker_id = (SELECT worker_id FROM need WHERE id = :grave)",
        grave=grave,
    )
    with pytest.raises(NotFoundError):
        await join(world.context, world.id, mine, grave, world.clock(), sensitive=False)
    with pytest.raises(ConflictError, match="sensitive"):
        await join(world.context, world.id, mine, grave, world.clock(), sensitive=True)


async def test_a_transfer_to_a_service_without_a_place_leaves_it_where_it_is(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food"), service("Pantry", "food")])
    await say(world, AMINA, "1")
    await step(world, "accepted")
    first, _ = await the_referral(world)
    other = await value(
        world, "SELECT id FROM service WHERE id <> (SELECT service_id FROM referral WHERE id = :first)", first=first
    )
    await propose_transfer(world.context, world.id, first, other, world.clock())
    await settle(world)
    await run(world, "UPDATE service SET capacity = 0 WHERE id = :other", other=other)
    await say(world, AMINA, "1")
    assert await rows(world, "SELECT state FROM referral") == [("accepted",)]
    assert await need(world) == "referred"


async def test_no_transfer_has_a_text_name_a_service_of_the_high_tier(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food"), service("Shelter", "harassment")])
    await say(world, AMINA, "1")
    first, _ = await the_referral(world)
    grave = await value(world, "SELECT id FROM service WHERE name = 'Shelter'")
    with pytest.raises(InvalidError, match="no text may name"):
        await propose_transfer(world.context, world.id, first, grave, world.clock())


# -- what a third look found ----------------------------------------------------------------------


async def test_a_need_ends_with_the_last_silence_so_that_it_can_be_told_of_again(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food")])
    await say(world, AMINA, "1")
    await step(world, "accepted")
    await step(world, "completed")
    for _ in range(4):
        assert await need(world) in {"referred", "closed"}
        world.clock.forward(days=4)
        await settle(world)
    assert await need(world) == "closed"
    await ask(world)
    await say(world, AMINA, "1", "4", "2", "2")
    assert await value(world, "SELECT count(*) FROM need WHERE category = 'food'") == 2
    assert "May they contact you?" in world.texts(AMINA)[-1]


async def test_a_former_service_marked_in_error_leaves_the_need_with_the_one_that_has_it(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food"), service("Pantry", "food")])
    await say(world, AMINA, "1")
    first, _ = await the_referral(world)
    await step(world, "rejected")
    await say(world, AMINA, "1")
    await answer_referral(
        world.context, world.id, first, ReferralState.ENTERED_IN_ERROR, Actor.REQUESTER, world.clock()
    )
    assert await need(world) == "referred"


async def test_a_yes_to_an_offer_of_what_was_settled_meanwhile_refers_nothing(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food")])
    key = await value(world, "SELECT id FROM need")
    async with world.context.database.transaction() as store:
        await close_need(store, world.id, key, world.clock(), sensitive=False)
    assert (await say(world, AMINA, "1"))[-1] == "We received your message. Thank you."
    assert await value(world, "SELECT count(*) FROM referral") == 0
    assert await need(world) == "closed"


async def test_a_service_that_is_full_by_now_is_not_asked_again_and_another_is_looked_for(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food"), service("Pantry", "food")])
    await say(world, AMINA, "1")
    await step(world, "accepted")
    await step(world, "completed")
    await run(world, "UPDATE service SET capacity = 0 WHERE id = (SELECT service_id FROM referral)")
    with pytest.raises(ConflictError):
        await step(world, "requested", Actor.REQUESTER)
    assert "May they contact you?" in (await say(world, AMINA, "2"))[-1]
    assert await rows(world, "SELECT state FROM referral") == [("completed",)]


async def test_a_need_whose_worker_lost_the_number_is_a_persons_and_keeps_nobody_waiting(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food"), service("Pantry", "food")])
    await say(world, AMINA, "1", "wrong number")
    assert await value(world, "SELECT count(*) FROM identity WHERE worker_id IS NOT NULL") == 0
    await step(world, "rejected")
    assert await need(world) == "person"


async def test_a_case_is_called_on_the_workers_other_number_once_the_first_is_somebody_elses(world: World) -> None:
    await other_phone(world, AMINA, BILAL)
    await say(world, AMINA, "my supervisor hits me", "1")
    case = await value(world, "SELECT id FROM need")
    assert (await open_case(world.context, world.id, case)).number == AMINA
    await say(world, AMINA, "wrong number")
    assert (await open_case(world.context, world.id, case)).number == BILAL
    await say(world, BILAL, "wrong number")
    assert (await open_case(world.context, world.id, case)).number == "", "a stranger is not called about it"


# -- who cannot be asked --------------------------------------------------------------------------


async def test_who_wants_no_texts_but_help_has_their_need_closed_when_the_service_is_done(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food")])
    await say(world, AMINA, "1")
    await step(world, "accepted")
    texts = await say(world, AMINA, "STOP", "1")
    await step(world, "completed")
    assert await need(world) == "closed"
    assert await rows(world, "SELECT state, helped, check_at FROM referral") == [("completed", None, None)]
    assert world.texts(AMINA) == texts


async def test_whoever_is_not_safe_for_two_months_is_not_asked_any_more(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food")])
    await say(world, AMINA, "1")
    await step(world, "accepted")
    await say(world, AMINA, "not safe")
    await step(world, "completed")
    world.clock.forward(days=59)
    await settle(world)
    assert await need(world) == "referred", "they may say that it is safe again"
    world.clock.forward(days=1)
    await settle(world)
    assert await need(world) == "closed"


async def without_road(world: World, country: str) -> None:
    """The programme's texts lead to this country alone."""
    async with world.context.database.transaction() as store:
        channel = await store.value("SELECT id FROM channel")
        await save_routes(store, world.id, [Route(country, "", 0, channel)])


async def test_a_need_in_a_country_without_a_road_is_looked_at_twice_a_day_and_stands_before_nobody(
    world: World,
) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food")])
    await run(world, "UPDATE conversation SET open = false")
    await run(world, "UPDATE need SET state = 'new'")
    await without_road(world, "KE")
    await settle(world)
    assert await need(world) == "unmatched"
    before = await value(world, "SELECT updated_at FROM need")
    world.clock.forward(hours=11)
    await settle(world)
    assert await value(world, "SELECT updated_at FROM need") == before
    await without_road(world, "BD")
    world.clock.forward(hours=1)
    await settle(world)
    assert await need(world) == "asked"


async def test_a_sensitive_need_without_a_road_is_a_persons_at_once(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await without_road(world, "KE")
    await say(world, AMINA, "my supervisor hits me")
    assert await value(world, "SELECT state FROM need") == "person"


async def test_whom_no_road_reaches_is_asked_later_whether_it_helped(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food")])
    await say(world, AMINA, "1")
    await step(world, "accepted")
    await without_road(world, "KE")
    await step(world, "completed")
    assert await rows(world, "SELECT check_at - updated_at > '23 hours', checks FROM referral") == [(True, 0)]
    await without_road(world, "BD")
    world.clock.forward(days=1)
    await settle(world)
    assert "Did it help?" in world.texts(AMINA)[-1]


# -- focal points ---------------------------------------------------------------------------------


async def test_a_second_cry_about_a_case_that_was_taken_up_is_told_anew_with_its_words(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await name_focal_points(world.context, world.id, [FocalPoint("Rina", "", FOCAL)], world.clock())
    await say(world, AMINA, "my supervisor hits me", "not safe")
    await settle(world)
    case = await value(world, "SELECT id FROM need")
    await take_up(world.context, world.id, case, uuid4(), world.clock())
    world.clock.forward(days=2)
    await say(world, AMINA, "the supervisor hits me again")
    await settle(world)
    assert len(world.texts(FOCAL)) == 2
    assert "the supervisor hits me again" in (await open_case(world.context, world.id, case)).said


async def raised(world: World, category: str, urgency: Urgency, sensitivity: Sensitivity) -> None:
    """Amina tells of a need some minutes later."""
    ((identity, worker, site),) = await rows(
        world,
        "SELECT identity.id, worker_id, site_id FROM identity JOIN enrolment USING (worker_id) WHERE active",
    )
    told = Raised(world.id, identity, worker, site, category, urgency, sensitivity, "words")
    async with world.context.database.transaction() as store:
        await raise_needs(store, [told], world.clock.forward(minutes=5))
    await settle(world)


async def test_a_case_that_comes_to_press_more_is_told_of_at_once(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await name_focal_points(world.context, world.id, [FocalPoint("Rina", "", FOCAL)], world.clock())
    for told, urgency in enumerate((Urgency.URGENT, Urgency.EMERGENCY, Urgency.EMERGENCY), start=1):
        await raised(world, "harassment", urgency, Sensitivity.HIGH)
        assert len(world.texts(FOCAL)) == min(told, 2), "and once: the third says nothing new"


async def test_a_need_that_comes_to_press_more_is_looked_at_again_at_once(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await raised(world, "food", Urgency.NORMAL, Sensitivity.STANDARD)
    assert await need(world) == "unmatched"
    await register(world, service("Kitchen", "food"))
    await raised(world, "food", Urgency.NORMAL, Sensitivity.STANDARD)
    assert await need(world) == "unmatched", "later, with the others"
    await raised(world, "food", Urgency.URGENT, Sensitivity.STANDARD)
    assert await need(world) == "asked"
    assert world.texts(AMINA)[-1].startswith("A local service, Kitchen, can help you")


async def test_focal_points_are_told_on_two_ways_until_one_takes_the_case_up(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    people = [FocalPoint("Rina", "rina@example.org", FOCAL)]
    await name_focal_points(world.context, world.id, people, world.clock())
    await say(world, AMINA, "my supervisor hits me")
    await settle(world)
    waits = "Shiftline: something urgent waits on your desk. Please sign in."
    assert world.texts(FOCAL) == [waits]
    assert await value(world, "SELECT count(*) FROM letter WHERE purpose = 'case'") == 1
    world.clock.forward(minutes=29)
    await settle(world)
    assert len(world.texts(FOCAL)) == 1
    world.clock.forward(minutes=2)
    await settle(world)
    assert world.texts(FOCAL) == [waits, waits]
    assert await value(world, "SELECT count(*) FROM letter WHERE purpose = 'case'") == 2
    case = await value(world, "SELECT id FROM need")
    await take_up(world.context, world.id, case, uuid4(), world.clock())
    world.clock.forward(hours=5)
    await settle(world)
    assert len(world.texts(FOCAL)) == 2
    with pytest.raises(NotFoundError):
        await take_up(world.context, world.id, uuid4(), uuid4(), world.clock())


async def test_a_case_nobody_is_named_for_is_told_to_the_operator(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, dict[str, Any]]] = []

    async def heard(_store: object, kind: str, data: dict[str, Any], *_: object, **__: object) -> int:
        told.append((kind, data))
        return 1

    monkeypatch.setattr("app.jobs.chasing.announce", heard)
    await world.roster(f"{AMINA},gazipur,en,female")
    await say(world, AMINA, "my supervisor hits me")
    await settle(world)
    assert told == [(UNHEARD, {"programme": str(world.id), "cases": 1})]


# -- erasure --------------------------------------------------------------------------------------


async def test_erasure_in_the_middle_ends_the_request_and_leaves_nothing_of_the_person(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food")])
    await say(world, AMINA, "1")
    await step(world, "accepted")
    referral, organization = await the_referral(world)
    before = len(world.texts(AMINA))
    await erase_worker(world.context, world.id, AMINA, world.clock())
    await settle(world)
    assert await rows(world, "SELECT state FROM referral") == [("cancelled",)]
    with pytest.raises(ConflictError):
        await disclose_contact(world.context, world.id, referral, organization)
    for table, told in (
        ("inbox", "text IS NOT NULL OR sender_cipher <> ''"), ("answer", "true"), ("score", "true"),
        ("conversation", "open OR state->'answers' <> '{}'"), ("identity", "worker_id IS NOT NULL OR cipher <> ''"),
        ("enrolment", "active OR gender <> ''"), ("need", "inbox_id IS NOT NULL OR state <> 'closed'"),
    ):  # fmt: skip
        assert await value(world, f"SELECT count(*) FROM {table} WHERE {told}") == 0, table
    assert len(world.texts(AMINA)) == before
    with pytest.raises(NotFoundError):
        await erase_worker(world.context, world.id, AMINA, world.clock())
    await world.roster(f"{AMINA},gazipur,en,female")
    assert await rows(world, "SELECT consent FROM worker WHERE erased_at IS NULL") == [("withdrawn",)], (
        "no roster brings them back against their will"
    )


@pytest.mark.parametrize("cries", [False, True])
async def test_a_yes_to_a_call_is_not_lost_over_a_case_that_was_closed_meanwhile(world: World, *, cries: bool) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await say(world, AMINA, "my supervisor hits me")
    case = await value(world, "SELECT id FROM need")
    async with world.context.database.transaction() as store:
        await close_need(store, world.id, case, world.clock(), sensitive=True)
    if cries:
        await say(world, AMINA, "my supervisor hits me")
    await say(world, AMINA, "1 at eight")
    assert await rows(world, "SELECT state FROM need WHERE state <> 'closed'") == [("person",)]


async def test_whoever_was_erased_and_cries_for_help_can_be_called(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await erase_worker(world.context, world.id, AMINA, world.clock())
    await say(world, AMINA, "my supervisor hits me")
    case = await value(world, "SELECT id FROM need")
    assert (await open_case(world.context, world.id, case)).number == AMINA


# -- whatever happens -----------------------------------------------------------------------------

_TYPED = ("1", "2", "3", "status", "not safe", "START", "STOP", "help", "cancel my request", "no", "hello")


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_all_actors_do_no_state_is_illegal_and_nothing_is_disclosed_without_consent(
    world: World, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - a sequence is played again by its seed
    services = [service(f"Kitchen {place}", "food", capacity=dice.choice([1, 5])) for place in range(3)]
    await hungry(world, AMINA, BILAL, services=services)
    for _ in range(14):
        await _anything(world, dice)
        await _holds(world)


async def _anything(world: World, dice: random.Random) -> None:
    """One move of a worker, a service, the NGO or the clock."""
    match dice.randrange(5):
        case 0 | 1:
            await say(world, dice.choice([AMINA, BILAL]), dice.choice(_TYPED))
        case 2 | 3:
            found = await rows(
                world, "SELECT referral.id, organization_id FROM referral JOIN service ON service.id = service_id"
            )
            if found:
                referral, organization = dice.choice(found)
                actor = dice.choice([Actor.PROVIDER, Actor.REQUESTER])
                to = dice.choice(list(ReferralState))
                given = organization if actor is Actor.PROVIDER else None
                with suppress(DomainError):  # refused, and nothing changed: the next look tells
                    await answer_referral(world.context, world.id, referral, to, actor, world.clock(), given)
        case _:
            world.clock.forward(hours=dice.choice([1, 80, 200]))
    await settle(world)


async def _holds(world: World) -> None:
    for referral, organization, state, consented in await rows(
        world,
        "SELECT referral.id, organization_id, referral.state, EXISTS (SELECT FROM referral_consent AS given"
        " WHERE given.id = consent_id AND given.service_id = referral.service_id AND given.need_id = referral.need_id)"
        " FROM referral JOIN service ON service.id = service_id",
    ):
        assert consented
        steps = [
            ReferralState(row[0])
            for row in await rows(
                world, "SELECT state FROM referral_event WHERE referral_id = :id ORDER BY at, id", id=referral
            )
        ]
        assert steps[-1] == state
        assert steps[0] is ReferralState.REQUESTED
        assert all(after in TRANSITIONS[before] for before, after in pairwise(steps))
        apart = await value(
            world,
            "SELECT apart OR paused_at IS NOT NULL FROM referral JOIN need ON need.id = need_id"
            " JOIN worker ON worker.id = worker_id WHERE referral.id = :id",
            id=referral,
        )
        try:
            await disclose_contact(world.context, world.id, referral, organization)
        except ConflictError:
            continue
        assert ReferralState(state) in OPEN - {ReferralState.REQUESTED}
        assert not apart
    over = await value(
        world,
        "SELECT count(*) FROM service WHERE capacity < (SELECT count(*) FROM referral WHERE service_id = service.id"
        " AND state IN ('requested', 'accepted', 'in-progress', 'on-hold'))",
    )
    assert over == 0, "no more workers than places"


async def test_a_deadline_is_of_its_urgency(world: World) -> None:
    await hungry(world, AMINA, services=[service("Kitchen", "food")])
    await say(world, AMINA, "1")
    given = await value(world, "SELECT deadline_at - created_at FROM referral")
    assert given == timedelta(hours=72)
