"""What a worker asks of the line out of the blue, by text alone: how requests stand, their end, services, a call, quiet."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.domain.errors import ConflictError
from app.jobs.erasing import erase_worker
from app.jobs.helping import disclose_contact
from app.jobs.registry.importing import import_records
from app.jobs.registry.reading import read_upload
from tests.conftest import AMINA, BILAL, World
from tests.steps import ask, register, rows, run, say, service, settle, step, value, write

_SERVICES, _STATUS, _CALL, _END, _QUIET = "1", "2", "3", "4", "5"


@pytest.fixture
async def hungry(world: World) -> World:
    """Amina told that she had not enough to eat, and finished; she is offered the food bank."""
    await world.roster(f"{AMINA},gazipur,en,female")
    await register(world, service("Food bank", "food"))
    await write(world)
    await ask(world)
    await say(world, AMINA, "1", "4", "2", "2")
    return world


@pytest.fixture
async def referred(hungry: World) -> World:
    """She agreed, and the food bank took it on."""
    await say(hungry, AMINA, "1")
    await step(hungry, "accepted")
    return hungry


async def last(world: World, *words: str) -> str:
    world.clock.forward(minutes=5)
    return (await say(world, AMINA, *words))[-1]


async def referral(world: World) -> Any:
    (found,) = await rows(world, "SELECT state, helped, paused_at IS NOT NULL FROM referral")
    return found


async def contact(world: World) -> str:
    (found,) = await rows(
        world, "SELECT referral.id, organization_id FROM referral JOIN service ON service.id = service_id"
    )
    return (await disclose_contact(world.context, world.id, found[0], found[1])).number


# -- how requests stand, and their end ------------------------------------------------------------


async def test_status_follows_a_request_through_its_life(hungry: World) -> None:
    world = hungry
    assert await last(world, "status") == "Your requests: food: we wait for your reply"
    assert "May they contact you" not in (await last(world, "status")), "the offer still stands open"
    await say(world, AMINA, "1")
    assert await last(world, "Status?") == "Your requests: food: Food bank was asked"
    for to, told in (
        ("accepted", "Food bank will contact you"),
        ("on-hold", "Food bank needs more time"),
        ("in-progress", "Food bank has begun"),
    ):
        await step(world, to)
        assert await last(world, "my request") == f"Your requests: food: {told}"
    await step(world, "completed")
    await say(world, AMINA, "1")
    assert await last(world, "STATUS") == "You have no open request. To see what we can do reply HELP."


async def test_each_step_is_told_in_neutral_words(referred: World) -> None:
    await step(referred, "on-hold")
    assert referred.texts(AMINA)[-1] == "Food bank needs a little more time for your request."
    await step(referred, "in-progress")
    assert referred.texts(AMINA)[-1] == "Food bank has begun with your request."


async def test_a_worker_ends_a_request_and_the_service_sees_no_contact_any_more(referred: World) -> None:
    world = referred
    assert await last(world, "cancel my request") == "Which request shall end? 1 = food (Food bank), 0 = none"
    assert await last(world, "1") == "All right, that request has ended. Thank you."
    assert (await referral(world))[0] == "cancelled"
    (event,) = await rows(world, "SELECT actor, cause FROM referral_event WHERE state = 'cancelled'")
    assert event == ("worker", "withdrawn")
    assert await value(world, "SELECT state FROM need WHERE category = 'food'") == "closed"
    with pytest.raises(ConflictError):
        await contact(world)


async def test_none_of_them_ends_none(referred: World) -> None:
    await say(referred, AMINA, "cancel my request")
    assert await last(referred, "0") == "We received your message. Thank you."
    assert (await referral(referred))[0] == "accepted"


async def test_a_request_that_is_only_offered_can_be_ended_too(hungry: World) -> None:
    assert "1 = food" in await last(hungry, "i don't need it anymore")
    await say(hungry, AMINA, "1")
    assert await value(hungry, "SELECT state FROM need WHERE category = 'food'") == "closed"
    await settle(hungry)
    assert "A local service" not in hungry.texts(AMINA)[-1]


# -- the menu -------------------------------------------------------------------------------------


async def test_help_out_of_the_blue_is_a_menu_in_the_workers_language(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,bn,female")
    told = await last(world, "help")
    assert all(f"{number} = " in told for number in range(1, 6))
    assert told != (await _menu_in(world, "en"))


async def _menu_in(world: World, language: str) -> str:
    return world.context.catalogue.text("menu", language)


async def test_a_stranger_learns_only_what_this_is(world: World) -> None:
    assert "1 = services" not in (await say(world, BILAL, "help"))[-1]


async def test_verified_services_near_are_told_with_their_telephones(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    near = with_phone(service("Pay clinic", "wages"), "+8801711000001")
    far = with_phone(service("Far clinic", "wages", city="Chattogram"), "+8801711000002")
    silent = service("No phone", "wages")
    shelter = with_phone(service("Refuge", "shelter", "violence-at-home"), "+8801711000003")
    await upload(world, near, far, silent, shelter)
    await run(world, "UPDATE service SET verified_on = :day", day=world.clock().date())
    told = await last(world, "HELP", _SERVICES)
    assert told == "Services near you for: 1 = pay. Reply one number.", "no topic that only a sensitive service has"
    told = await last(world, "pay")
    assert told == "You can ask there yourself: Pay clinic +8801711000001; Far clinic +8801711000002"


async def test_a_service_nobody_verified_within_the_year_is_not_told(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await upload(world, with_phone(service("Pay clinic", "wages"), "+8801711000001"))
    await run(world, "UPDATE service SET verified_on = :day", day=world.clock().date() - timedelta(days=366))
    assert await last(world, "HELP", _SERVICES) == "We know of no service near you yet. You can reply HELP any time."


async def upload(world: World, *organizations: dict[str, Any]) -> None:
    gathering = read_upload(json.dumps(organizations).encode())
    await import_records(world.context, world.id, "test", gathering, world.clock())


def with_phone(organization: dict[str, Any], number: str) -> dict[str, Any]:
    return {**organization, "phones": [{"id": str(uuid4()), "number": number}]}


async def test_a_menu_nobody_answers_keeps_no_survey_waiting(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    await say(world, AMINA, "help")
    world.clock.forward(hours=3)
    await settle(world)
    await ask(world)
    await settle(world)
    assert "asks about" in world.texts(AMINA)[-1]


# -- a call, and quiet ----------------------------------------------------------------------------


async def test_a_call_that_is_asked_for_is_a_persons_and_names_nothing(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    told = await last(world, "help", _CALL)
    assert told == "We received your message. May someone call you? Reply 1 and a good time, or 2 for no."
    await say(world, AMINA, "1 after nine")
    assert await rows(world, "SELECT category, sensitivity, state FROM need") == [("call", "high", "person")]
    assert await last(world, "status") == "Thank you. We will try to call at a good time."
    await last(world, "help", _CALL)
    await say(world, AMINA, "1 sunday morning")
    assert await value(world, "SELECT count(*) FROM need") == 1, "a new time for the same case"


async def test_not_safe_ends_all_texts_and_hides_the_contact_until_the_worker_says_so(referred: World) -> None:
    world = referred
    assert await contact(world) == AMINA
    assert await last(world, "not safe") == "We received your message. Thank you.", "nothing that tells what was asked"
    with pytest.raises(ConflictError):
        await contact(world)
    before = len(world.texts(AMINA))
    await step(world, "in-progress")
    await step(world, "completed")
    await world.roster(f"{BILAL},gazipur,en,male")
    await ask(world)
    world.clock.forward(days=10)
    await settle(world)
    assert len(world.texts(AMINA)) == before, "no step, no question, no survey"
    assert "5 = contact me again" in await last(world, "help")
    await say(world, AMINA, _QUIET)
    await settle(world)
    assert "Did it help?" in world.texts(AMINA)[-1]


async def test_not_safe_to_a_question_about_a_call_leaves_it_with_a_person(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await say(world, AMINA, "my supervisor hits me")
    assert "May someone call you" in world.texts(AMINA)[-1]
    assert await last(world, "it is not safe") == "We received your message. Thank you."
    assert await rows(world, "SELECT state FROM need") == [("person",)]
    assert await last(world, "status") == "We received your message. Thank you.", "another may hold the phone"


async def test_not_safe_to_an_offer_waits_with_it(hungry: World) -> None:
    await say(hungry, AMINA, "not safe")
    assert await value(hungry, "SELECT state FROM need WHERE category = 'food'") == "new"
    await settle(hungry)
    assert "A local service" not in hungry.texts(AMINA)[-1]
    await say(hungry, AMINA, "START")
    assert "A local service" in hungry.texts(AMINA)[-1]


# -- stop -----------------------------------------------------------------------------------------


async def test_stop_with_a_request_at_a_service_asks_in_the_goodbye_whether_it_goes_on(referred: World) -> None:
    world = referred
    told = await last(world, "STOP")
    assert told == (
        "You will get no more messages from us. May your request to Food bank go on? 1 = yes. Without a 1 it ends."
    )
    with pytest.raises(ConflictError):
        await contact(world)
    before = len(world.texts(AMINA))
    await say(world, AMINA, "1")
    assert await contact(world) == AMINA, "by the worker's word"
    await step(world, "completed")
    world.clock.forward(days=5)
    await settle(world)
    assert len(world.texts(AMINA)) == before, "but no text any more"


@pytest.mark.parametrize("reply", ["2", None])
async def test_a_request_ends_with_stop_unless_the_worker_says_otherwise(referred: World, reply: str | None) -> None:
    await say(referred, AMINA, "STOP")
    if reply:
        await say(referred, AMINA, reply)
    referred.clock.forward(days=4)
    await settle(referred)
    assert (await referral(referred))[0] == "cancelled"
    assert await value(referred, "SELECT cause FROM referral_event WHERE state = 'cancelled'") == "stopped"
    assert await value(referred, "SELECT state FROM need WHERE category = 'food'") == "closed"


async def test_stop_without_a_request_is_a_plain_goodbye(hungry: World) -> None:
    assert await last(hungry, "STOP") == "You will get no more messages from us. To start again reply START."


# -- did it help ----------------------------------------------------------------------------------


async def test_not_yet_is_asked_again_in_a_week(referred: World) -> None:
    world = referred
    await step(world, "completed")
    assert await last(world, "not yet") == "All right. We will ask again another day."
    assert await referral(world) == ("completed", None, False)
    world.clock.forward(days=6)
    await settle(world)
    assert "Did it help?" not in world.texts(AMINA)[-1]
    world.clock.forward(days=1, hours=1)
    await settle(world)
    assert "Did it help?" in world.texts(AMINA)[-1]


async def test_silence_is_followed_up_once(referred: World) -> None:
    world = referred
    await step(world, "completed")
    for _ in range(5):
        world.clock.forward(days=4)
        await settle(world)
    assert sum("Did it help?" in told for told in world.texts(AMINA)) == 2


# -- what a second look found ---------------------------------------------------------------------


async def test_not_safe_in_the_middle_of_a_survey_ends_it_unless_it_answers_the_question(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    await ask(world)
    await say(world, AMINA, "1")
    before = len(world.texts(AMINA))
    assert await last(world, "i am not alone") == "We received your message. Thank you."
    world.clock.forward(days=2)
    await settle(world)
    assert len(world.texts(AMINA)) == before + 1, "neither asked again nor reminded"


async def test_whoever_opted_out_may_still_say_that_it_is_not_safe_and_is_not_answered(referred: World) -> None:
    world = referred
    await say(world, AMINA, "STOP", "1")
    assert await contact(world) == AMINA
    before = len(world.texts(AMINA))
    await say(world, AMINA, "do not call me")
    assert len(world.texts(AMINA)) == before
    with pytest.raises(ConflictError):
        await contact(world)


async def test_start_lifts_the_silence_from_within_the_menu_too(referred: World) -> None:
    await say(referred, AMINA, "not safe")
    await say(referred, AMINA, "help")
    await say(referred, AMINA, "START")
    assert await contact(referred) == AMINA


async def test_whoever_was_erased_may_come_back_by_start(referred: World) -> None:
    await erase_worker(referred.context, referred.id, AMINA, referred.clock())
    assert await last(referred, "START") == "You will get our messages again. To end them reply STOP."


async def test_a_second_stop_closes_the_contact_that_the_first_was_asked_to_keep(referred: World) -> None:
    world = referred
    await say(world, AMINA, "STOP", "1")
    assert await contact(world) == AMINA
    before = len(world.texts(AMINA))
    await say(world, AMINA, "STOP")
    with pytest.raises(ConflictError):
        await contact(world)
    assert len(world.texts(AMINA)) == before
