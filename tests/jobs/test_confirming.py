"""A phone that was named as a service's is told nothing of a referral until somebody who reads it says so."""

import asyncio
import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.jobs.confirming import ask_phones
from app.store.contacts import NewContact, set_contacts
from tests.conftest import AMINA, World
from tests.jobs.test_services import DESK, JANA, OTHER, organization, organization_in, say
from tests.steps import ask, client, register, rows, service, settle, step, value, write

PHONE = NewContact(phone=JANA, country="BD", zone="Asia/Dhaka")
WAITS = "Shiftline: a request"


@pytest.fixture
async def named(world: World) -> World:
    """The food bank has Jana's phone, which nobody confirmed; Amina's need is known, and she said yes to the bank."""
    await world.roster(f"{AMINA},gazipur,en,female")
    await register(world, service("Food bank", "food"))
    await name(world, PHONE)
    await settle(world)
    await write(world)
    await ask(world)
    await say(world, AMINA, "1", "4", "2", "2", "1")
    return world


async def name(world: World, *given: NewContact) -> None:
    async with world.context.database.transaction() as store:
        await set_contacts(
            store, world.context.vault, world.id, await organization_in(store), list(given), world.clock()
        )


def asked(world: World, phone: str = JANA) -> list[str]:
    """The codes a phone was sent to confirm it."""
    return [
        re.findall(r"\d{4}", text)[0]
        for text in world.texts(phone)
        if "named this phone to be told of requests" in text
    ]


def told(world: World, phone: str = JANA) -> list[str]:
    return [text for text in world.texts(phone) if text.startswith(WAITS)]


async def confirmed(world: World) -> list[bool]:
    return [done for (done,) in await rows(world, "SELECT confirmed_at IS NOT NULL FROM provider_contact ORDER BY id")]


async def confirm_by_hand(world: World, code: str, key: str = "ngo", contact: UUID | None = None) -> int:
    found = contact or await value(world, "SELECT id FROM provider_contact")
    async with client(world, key) as http:
        answer = await http.post(
            f"/v1/organizations/{await organization(world)}/contacts/{found}/confirm", json={"code": code}
        )
    await settle(world)
    return answer.status_code


async def test_nothing_of_a_referral_goes_to_a_phone_before_its_code_came_back(named: World) -> None:
    (code,) = asked(named)
    (text,) = named.texts(JANA)
    assert text == (
        f"Shiftline: Open Line named this phone to be told of requests. Reply {code} 1 to confirm."
        " If you do not know of it, ignore this. STOP ends messages."
    )
    assert await value(named, "SELECT state FROM referral") == "requested"
    await step(named, "cancelled")
    assert len(named.texts(JANA)) == 1, "nor that it ended"
    kept = str(await rows(named, "SELECT say FROM outbox")) + str(await rows(named, "SELECT * FROM provider_contact"))
    assert code not in re.sub(r"[0-9a-f-]{32,36}", "", kept), "the code stands nowhere"


@pytest.mark.parametrize("answer", ["{} 1", "{}", "({}) 1."])
async def test_its_code_sent_back_confirms_it_and_it_is_told_of_what_waits(named: World, answer: str) -> None:
    texts = await say(named, JANA, answer.format(asked(named)[0]))
    assert "Thank you, this phone is confirmed. Requests will come here." in texts
    assert len(told(named)) == 1
    given = re.findall(r"\d{4}", told(named)[0])[0]
    await say(named, JANA, f"{given} 1")
    assert await value(named, "SELECT state FROM referral") == "accepted"
    assert len(asked(named)) == 1, "asked once"


async def test_a_no_or_a_wrong_code_confirms_nothing(named: World) -> None:
    (code,) = asked(named)
    await say(named, JANA, f"{code} 2", "1111 1" if code != "1111" else "2222 1")
    assert await confirmed(named) == [False]
    await say(named, OTHER, f"{code} 1")
    assert await confirmed(named) == [False], "nor does another phone"


async def test_guessing_is_locked_by_text_and_by_hand_alike(named: World) -> None:
    (code,) = asked(named)
    wrong = [str(number) for number in range(1000, 1010) if str(number) != code]
    assert [await confirm_by_hand(named, one) for one in wrong[:5]] == [422] * 5
    assert await confirm_by_hand(named, code) == 409
    await say(named, JANA, f"{code} 1")
    assert await confirmed(named) == [False]
    named.clock.forward(hours=25)
    assert await confirm_by_hand(named, code) == 204
    assert await confirmed(named) == [True]
    assert len(told(named)) == 1


async def test_codes_tried_at_the_same_moment_are_counted_too(named: World) -> None:
    (code,) = asked(named)
    wrong = [str(number) for number in range(1000, 1020) if str(number) != code][:12]
    found = await value(named, "SELECT id FROM provider_contact")
    async with client(named) as http:
        address = f"/v1/organizations/{await organization(named)}/contacts/{found}/confirm"
        answers = await asyncio.gather(*(http.post(address, json={"code": one}) for one in wrong))
    assert sorted(answer.status_code for answer in answers) == [409] * 7 + [422] * 5


async def test_a_phone_that_is_named_before_there_is_a_channel_is_asked_when_there_is_one(world: World) -> None:
    await register(world, service("Food bank", "food"))
    await name(world, PHONE)
    assert await ask_phones(replace(world.context, carriers={}), world.clock()) == 0
    await settle(world)
    assert len(asked(world)) == 1


async def test_a_contact_of_another_organization_is_not_confirmed(named: World) -> None:
    found = await value(named, "SELECT id FROM provider_contact")
    async with client(named) as http:
        address = f"/v1/organizations/{found}/contacts/{found}/confirm"
        assert (await http.post(address, json={"code": asked(named)[0]})).status_code == 404


async def test_a_phone_named_again_stays_confirmed_and_one_that_was_dropped_is_asked_anew(named: World) -> None:
    await say(named, JANA, f"{asked(named)[0]} 1")
    await name(named, NewContact(email=DESK), PHONE)
    assert await confirmed(named) == [False, True]
    await name(named)
    await name(named, PHONE)
    assert await confirmed(named) == [False]
    await settle(named)
    assert len(asked(named)) == 1, "a phone that anybody may name is texted once a day"
    named.clock.forward(hours=25)
    await settle(named)
    assert len(asked(named)) == 2


async def test_who_has_an_address_is_asked_for_no_code(world: World) -> None:
    await register(world, service("Food bank", "food"))
    await name(world, NewContact(email=DESK, phone=JANA, country="BD", zone="Asia/Dhaka"))
    await settle(world)
    assert world.texts(JANA) == []
    async with client(world) as http:
        shown = await http.get(f"/v1/organizations/{await organization(world)}/contacts")
    assert [item["confirmed"] for item in shown.json()] == [None]


async def test_stop_is_heeded_and_start_brings_the_code(world: World) -> None:
    await register(world, service("Food bank", "food"))
    await name(world, PHONE)
    world.clock.now = world.clock.now.replace(hour=19)  # one in the morning in Dhaka: the code waits
    await settle(world)
    await say(world, JANA, "STOP")
    world.clock.forward(hours=32)
    await settle(world)
    assert asked(world) == []
    await say(world, JANA, "START")
    assert len(asked(world)) == 1


@pytest.mark.parametrize(
    ("spoken", "start"),
    [(["bn", "en"], "Shiftline: অনুরোধ"), ([], "Shiftline: Open Line"), (["de"], "Shiftline: Open Line")],
)
async def test_a_service_reads_the_language_it_speaks(world: World, spoken: list[str], start: str) -> None:
    made: dict[str, Any] = service("Food bank", "food")
    made["services"][0]["languages"] = [{"code": code} for code in spoken]
    await register(world, made)
    await name(world, PHONE)
    await settle(world)
    assert world.texts(JANA)[0].startswith(start)
