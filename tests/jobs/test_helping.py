"""From a need to a service and back to the worker: nothing leaves without a yes, and what is sensitive never leaves."""

import re
from typing import Any

import pytest

from app.domain.errors import ConflictError, NotFoundError, TransitionError
from app.domain.referral import Actor
from app.jobs.helping import disclose_contact, route_needs
from app.jobs.registry.amending import set_capacity
from tests.conftest import AMINA, BILAL, CHAMPA, World
from tests.sensitive import LANGUAGES, hints
from tests.steps import ask, client, register, rows, run, say, service, settle, step, text, the_referral, value, write


@pytest.fixture
async def hungry(world: World) -> World:
    """Amina just said that she had not enough to eat, and finished the survey; nobody is registered yet."""
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    await ask(world)
    await say(world, AMINA, "1", "4", "2")
    return world


async def finish(world: World, *organizations: dict[str, Any]) -> str:
    """Register services, let Amina answer the last question; what she is asked then."""
    await register(world, *organizations)
    await say(world, AMINA, "2")
    await settle(world)
    return world.texts(AMINA)[-1]


async def need(world: World) -> str:
    return await value(world, "SELECT state FROM need WHERE category = 'food'")


async def test_a_need_is_offered_accepted_told_completed_and_found_not_to_have_helped(hungry: World) -> None:
    world = hungry
    offer = await finish(world, service("Far kitchen", "food", city="Chattogram"), service("Food bank", "food"))
    assert "Food bank" in offer
    assert "your phone number and language" in offer
    assert await need(world) == "asked"
    assert await value(world, "SELECT count(*) FROM referral") == 0, "nothing before the worker agrees"

    await say(world, AMINA, "1")
    assert "Food bank" in world.texts(AMINA)[-1]
    (consent,) = await rows(world, "SELECT words, fields FROM referral_consent")
    assert consent == (offer, ["phone number", "language"]), "the words are those the worker read"
    assert await rows(world, "SELECT state, urgency FROM referral") == [("requested", "urgent")]
    assert await need(world) == "referred"

    referral, organization = await the_referral(world)
    with pytest.raises(ConflictError):
        await disclose_contact(world.context, world.id, referral, organization)
    await step(world, "accepted")
    assert world.texts(AMINA)[-1] == "Food bank has received your request and will contact you."
    shown = await disclose_contact(world.context, world.id, referral, organization)
    assert (shown.number, shown.language) == (AMINA, "en")

    await step(world, "completed")
    assert "Did it help?" in world.texts(AMINA)[-1]
    with pytest.raises(ConflictError):
        await disclose_contact(world.context, world.id, referral, organization)

    world.clock.forward(hours=1)
    await say(world, AMINA, "2")
    assert world.texts(AMINA)[-1].startswith("We are sorry")
    assert await rows(world, "SELECT state, helped FROM referral") == [("requested", False)]
    assert await value(world, "SELECT deadline_at > :now FROM referral", now=world.clock())

    await step(world, "accepted")
    world.clock.forward(hours=1)
    await step(world, "completed")
    assert "Did it help?" in world.texts(AMINA)[-1], "asked again after the second time"
    await say(world, AMINA, "1")
    assert await need(world) == "closed"
    assert await value(world, "SELECT helped FROM referral") is True
    steps = [state for (state,) in await rows(world, "SELECT state FROM referral_event ORDER BY at, id")]
    assert len(steps) == 6
    assert steps.count("requested") == 2


async def test_nobody_sees_the_contact_but_the_service_that_accepted(hungry: World) -> None:
    await finish(hungry, service("Food bank", "food"))
    await say(hungry, AMINA, "1")
    await step(hungry, "accepted")
    referral, _ = await the_referral(hungry)
    await register(hungry, service("Other", "health"))
    other = await value(hungry, "SELECT organization_id FROM service WHERE name = 'Other'")
    with pytest.raises(NotFoundError):
        await disclose_contact(hungry.context, hungry.id, referral, other)


async def test_a_service_that_declines_gives_way_to_the_next_and_is_not_asked_again(hungry: World) -> None:
    await finish(hungry, service("Food bank", "food"), service("Far kitchen", "food", city="Chattogram"))
    await say(hungry, AMINA, "1")
    await step(hungry, "rejected")
    assert "We are looking for another service for you." in hungry.texts(AMINA)
    assert "Far kitchen" in hungry.texts(AMINA)[-1]
    assert await value(hungry, "SELECT count(*) FROM referral_consent") == 1, "the next needs a yes of its own"
    await say(hungry, AMINA, "1")
    await step(hungry, "rejected")
    await settle(hungry)
    assert await need(hungry) == "unmatched"


async def test_an_unmatched_need_is_tried_again_when_a_service_comes(hungry: World) -> None:
    await finish(hungry)
    assert await need(hungry) == "unmatched"
    await register(hungry, service("Food bank", "food"))
    await settle(hungry)
    assert await need(hungry) == "unmatched"
    hungry.clock.forward(hours=24)
    await settle(hungry)
    assert "Food bank" in hungry.texts(AMINA)[-1]


async def imported(world: World, *organizations: dict[str, Any]) -> None:
    async with client(world) as http:
        answer = await http.post("/v1/registry", params={"source": "town"}, json={"organizations": list(organizations)})
    assert answer.status_code == 200, answer.text


async def test_whoever_waits_is_offered_a_service_as_soon_as_it_is_imported(hungry: World) -> None:
    await finish(hungry)
    await imported(hungry, service("Clinic", "health"))
    await settle(hungry)
    assert await need(hungry) == "unmatched", "that is no help against hunger"
    await imported(hungry, service("Food bank", "food", capacity=0))
    await settle(hungry)
    assert await need(hungry) == "unmatched", "it has no place"
    bank = await value(hungry, "SELECT id FROM service WHERE name = 'Food bank'")
    await set_capacity(hungry.context, hungry.id, bank, 1, hungry.clock())
    await settle(hungry)
    assert "Food bank" in hungry.texts(AMINA)[-1]


async def test_an_import_raises_nothing_that_was_settled(hungry: World) -> None:
    await finish(hungry, service("Food bank", "food"))
    await say(hungry, AMINA, "2")
    await imported(hungry, service("Other bank", "food"))
    await settle(hungry)
    assert await need(hungry) == "declined"


@pytest.mark.parametrize(
    ("reply", "state"), [pytest.param("2", "declined", id="no"), pytest.param("STOP", "declined", id="stop")]
)
async def test_without_a_yes_nothing_leaves(hungry: World, reply: str, state: str) -> None:
    await finish(hungry, service("Food bank", "food"))
    await say(hungry, AMINA, reply)
    assert await need(hungry) == state
    assert await value(hungry, "SELECT count(*) FROM referral_consent") == 0


async def test_an_unclear_answer_is_no_yes(hungry: World) -> None:
    await finish(hungry, service("Food bank", "food"))
    await say(hungry, AMINA, "perhaps later", "who knows")
    assert await need(hungry) == "declined"
    assert await value(hungry, "SELECT count(*) FROM referral") == 0


async def test_an_offer_nobody_answers_is_declined(hungry: World) -> None:
    await finish(hungry, service("Food bank", "food"))
    for _ in range(4):
        hungry.clock.forward(hours=24)
        await settle(hungry)
    assert await need(hungry) == "declined"
    assert await value(hungry, "SELECT count(*) FROM conversation WHERE open") == 0
    assert len([words for words in hungry.texts(AMINA) if "Food bank" in words]) == 1, "and it is asked once"


async def test_a_worker_who_opted_out_is_never_texted_about_the_referral(hungry: World) -> None:
    await finish(hungry, service("Food bank", "food"))
    await say(hungry, AMINA, "1", "STOP")
    count = len(hungry.texts(AMINA))
    for state in ("accepted", "completed"):
        await step(hungry, state)
        hungry.clock.forward(days=1)
        await settle(hungry)
    assert len(hungry.texts(AMINA)) == count


async def test_a_need_of_somebody_who_opted_out_goes_to_a_person(hungry: World) -> None:
    await say(hungry, AMINA, "STOP")
    await register(hungry, service("Food bank", "food"))
    await settle(hungry)
    assert await need(hungry) == "person"
    assert not any("Food bank" in words for words in hungry.texts(AMINA))


async def test_word_of_a_referral_waits_for_the_morning(hungry: World) -> None:
    await finish(hungry, service("Food bank", "food"))
    await say(hungry, AMINA, "1")
    count = len(hungry.texts(AMINA))
    hungry.clock.forward(hours=13)  # 23:00 in Dhaka
    await step(hungry, "accepted")
    assert len(hungry.texts(AMINA)) == count
    hungry.clock.forward(hours=10)
    await settle(hungry)
    assert len(hungry.texts(AMINA)) == count + 1


# -- what is sensitive ----------------------------------------------------------------------------


async def test_a_sensitive_need_is_met_with_a_neutral_question_and_never_referred(hungry: World) -> None:
    world = hungry
    await register(world, service("Shelter", "harassment"), service("Food bank", "wages"))
    await say(world, AMINA, "1")  # threatened: yes
    await settle(world)
    question = world.texts(AMINA)[-1]
    assert question.startswith("We received your message. May someone call you?")
    for word in ("harass", "violence", "threat", "Shelter"):
        assert word not in question
    await say(world, AMINA, "1 after eight in the evening")
    assert await value(world, "SELECT state FROM need WHERE sensitivity = 'high'") == "person"
    for _ in range(4):
        world.clock.forward(days=1)
        await settle(world)
    assert await value(world, "SELECT count(*) FROM referral") == 0
    assert await value(world, "SELECT count(*) FROM referral_consent") == 0
    assert not any("Shelter" in words for words in world.texts(AMINA))


async def test_a_cry_in_any_language_brings_texts_that_name_nothing_and_no_service(world: World) -> None:
    phones = {language: f"+88017110001{place:02}" for place, language in enumerate(LANGUAGES)}
    await world.roster(*(f"{phone},gazipur,{language},female" for language, phone in phones.items()))
    await register(world, service("Lotus Shelter", "harassment", "safety"))
    for phone in phones.values():
        await text(world, phone, "my boss beats me")
    await settle(world)
    for phone in phones.values():
        await text(world, phone, "who are you?")
    await settle(world)
    for phone in phones.values():
        await text(world, phone, "1 after eight")
    for _ in range(3):
        await settle(world)
        world.clock.forward(days=1)
    assert await rows(world, "SELECT state, sensitivity, count(*) FROM need GROUP BY 1, 2") == [("person", "high", 27)]
    assert await value(world, "SELECT count(*) FROM referral") == 0
    assert await rows(world, "SELECT DISTINCT state->'fields' FROM conversation") == [({},)]
    for language, phone in phones.items():
        received = world.texts(phone)
        assert len(received) >= 3, "what a cry is answered, the question about a call, and thanks"
        for words in received:
            assert not hints(words, language), words
            assert not re.search("lotus|shelter|gazipur|[4-9]|\\+", words, re.IGNORECASE), words


@pytest.mark.parametrize(
    ("replies", "state"),
    [
        pytest.param(["2"], "declined", id="no call"),
        pytest.param(["hm", "hm"], "person", id="unclear stays with a person"),
        pytest.param([], "person", id="silence stays with a person"),
    ],
)
async def test_what_the_worker_says_about_a_call_decides(hungry: World, replies: list[str], state: str) -> None:
    await say(hungry, AMINA, "1")
    await settle(hungry)
    await say(hungry, AMINA, *replies)
    for _ in range(4):
        hungry.clock.forward(days=1)
        await settle(hungry)
    assert await value(hungry, "SELECT state FROM need WHERE sensitivity = 'high'") == state


async def test_the_most_urgent_need_is_asked_about_first(hungry: World) -> None:
    await register(hungry, service("Food bank", "food"))
    await say(hungry, AMINA, "1")
    await settle(hungry)
    assert "May someone call you?" in hungry.texts(AMINA)[-1]
    await say(hungry, AMINA, "2")
    await settle(hungry)
    assert "Food bank" in hungry.texts(AMINA)[-1], "the other one once this is settled"


# -- capacity and steps ---------------------------------------------------------------------------


async def test_a_service_is_offered_to_no_more_workers_than_it_has_places(world: World) -> None:
    await world.roster(*(f"{number},gazipur,en,female" for number in (AMINA, BILAL, CHAMPA)))
    await register(world, service("Food bank", "food", capacity=2))
    await write(world)
    await ask(world)
    for number in (AMINA, BILAL, CHAMPA):
        await say(world, number, "1", "4", "2")
    # All three finish before anybody is asked.
    from app.jobs.listening import drain_inbox
    from tests.steps import text

    for number in (AMINA, BILAL, CHAMPA):
        await text(world, number, "2")
    await drain_inbox(world.context, world.clock())
    routed = await route_needs(world.context, world.clock())
    assert (routed.offered, routed.unmatched) == (2, 1)
    await settle(world)
    offered = [number for number in (AMINA, BILAL, CHAMPA) if "Food bank" in world.texts(number)[-1]]
    for number in offered:
        await say(world, number, "1")
    assert await value(world, "SELECT count(*) FROM referral") == 2
    await step(world, "rejected")
    world.clock.forward(hours=24)
    await settle(world)
    (left,) = {AMINA, BILAL, CHAMPA} - set(offered)
    assert any("Food bank" in words for words in world.texts(left)), "a place that came free is offered"


@pytest.mark.parametrize(
    ("to", "actor"),
    [
        pytest.param("completed", Actor.PROVIDER, id="completed before accepted"),
        pytest.param("accepted", Actor.REQUESTER, id="the NGO speaks for the service"),
        pytest.param("requested", Actor.PROVIDER, id="back to the start"),
    ],
)
async def test_a_step_the_life_cycle_does_not_know_changes_nothing(hungry: World, to: str, actor: Actor) -> None:
    await finish(hungry, service("Food bank", "food"))
    await say(hungry, AMINA, "1")
    with pytest.raises(TransitionError):
        await step(hungry, to, actor)
    assert await value(hungry, "SELECT state FROM referral") == "requested"
    assert await value(hungry, "SELECT count(*) FROM referral_event") == 1


async def test_a_cancelled_referral_closes_the_need(hungry: World) -> None:
    await finish(hungry, service("Food bank", "food"))
    await say(hungry, AMINA, "1")
    await step(hungry, "cancelled", Actor.REQUESTER)
    assert await need(hungry) == "closed"


async def test_a_service_of_another_country_is_not_offered(hungry: World) -> None:
    await run(hungry, "UPDATE site SET country = 'IN'")
    await finish(hungry, service("Food bank", "food"))
    assert await need(hungry) == "unmatched"
