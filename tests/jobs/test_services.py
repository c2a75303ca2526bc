"""A service's side: told without a word of the need, answering by code, and seeing only what was agreed to."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.carriers.mail import Mail
from app.carriers.posting import Post, signed
from app.domain.referral import Actor, ReferralState
from app.jobs.helping import answer_referral
from app.jobs.mailing import send_letters
from app.jobs.notifying import tell_services
from app.store.contacts import NewContact, owner_of, set_contacts
from app.store.hooks import save_hook
from tests import steps
from tests.conftest import AMINA, BILAL, World
from tests.jobs.test_mailing import Postman
from tests.steps import ask, register, rows, run, service, settle, value, write

JANA, OTHER = "+8801911000001", "+8801911000002"
"""Jana answers for the food bank with a phone and nothing else."""
DESK = "desk@bank.example"


@pytest.fixture
async def bank(world: World) -> World:
    """A food bank that is told by text, and Amina, who just said that she had not enough to eat."""
    await world.roster(f"{AMINA},gazipur,en,female")
    await register(world, service("Food bank", "food"))
    await contacts(world, NewContact(phone=JANA, country="BD", zone="Asia/Dhaka"))
    await write(world)
    await ask(world)
    await say(world, AMINA, "1", "4", "2", "2")
    return world


async def say(world: World, number: str, *words: str) -> list[str]:
    """Texts typed on a phone, and all that follows, a sweep among it; what the phone received in all."""
    for one in words:
        await steps.say(world, number, one)
        await settle(world)
    return world.texts(number)


async def organization(world: World, name: str = "Food bank") -> UUID:
    return await value(world, "SELECT organization_id FROM service WHERE name = :name", name=name)


async def contacts(world: World, *given: NewContact) -> None:
    """Contacts whose phones somebody confirmed."""
    async with world.context.database.transaction() as store:
        await set_contacts(
            store, world.context.vault, world.id, await organization_in(store), list(given), world.clock()
        )
        await store.run("UPDATE provider_contact SET asked_at = :now, confirmed_at = :now", now=world.clock())


async def organization_in(store: Any) -> UUID:
    return await store.value("SELECT organization_id FROM service WHERE name = 'Food bank'")


async def agree(world: World) -> str:
    """Amina says yes; the code Jana is texted."""
    await say(world, AMINA, "1")
    return code(world)


def code(world: World, phone: str = JANA) -> str:
    found = re.search(r"\d{4}", world.texts(phone)[-1])
    assert found is not None, world.texts(phone)
    return found.group()


async def state(world: World) -> str:
    return await value(world, "SELECT state FROM referral")


async def told(world: World) -> list[str]:
    return [kind for (kind,) in await rows(world, "SELECT kind FROM delivery ORDER BY id")]


async def test_a_request_comes_by_text_with_a_code_and_nothing_of_the_worker(bank: World) -> None:
    given = await agree(bank)
    (text,) = bank.texts(JANA)
    assert text == f"Shiftline: a request {given} waits. Reply {given} 1 to accept, {given} 2 to decline."
    for word in ("food", "Amina", AMINA[-6:], "Gazipur", "urgent", "Food"):
        assert word not in text
    kept = str(await rows(bank, "SELECT * FROM referral_code")) + str(await rows(bank, "SELECT say FROM outbox"))
    assert given not in re.sub(r"[0-9a-f-]{32,36}", "", kept), "the code stands nowhere"
    assert not await tell_services(bank.context, bank.clock()), "told once"


async def test_a_code_and_1_accepts_and_the_worker_is_told(bank: World) -> None:
    given = await agree(bank)
    texts = await say(bank, JANA, f"{given} 1")
    assert await state(bank) == "accepted"
    assert texts[-1] == "Thank you, accepted. Open Line will tell you how to reach the person."
    assert bank.texts(AMINA)[-1] == "Food bank has received your request and will contact you."
    assert await rows(bank, "SELECT actor FROM referral_event WHERE state = 'accepted'") == [("provider",)]


async def test_a_code_and_2_declines_and_another_service_is_looked_for(bank: World) -> None:
    given = await agree(bank)
    texts = await say(bank, JANA, f"{given}-2.")
    assert await state(bank) == "rejected"
    assert texts[-1].startswith("Thank you, declined")
    assert AMINA not in "".join(texts)


async def test_a_code_is_good_once(bank: World) -> None:
    given = await agree(bank)
    texts = await say(bank, JANA, f"{given} 1", f"{given} 2")
    assert texts[-1].startswith("That request does not wait for an answer any more")
    assert await state(bank) == "accepted"


async def test_a_code_is_good_from_its_own_phone_alone(bank: World) -> None:
    given = await agree(bank)
    await contacts(
        bank,
        NewContact(phone=JANA, country="BD", zone="Asia/Dhaka"),
        NewContact(phone=OTHER, country="BD", zone="Asia/Dhaka"),
    )
    texts = await say(bank, OTHER, f"{given} 1")
    assert texts[-1].startswith("We do not know that code")
    assert await state(bank) == "requested"
    # A phone nobody knows is a stranger's, whatever it writes.
    await say(bank, "+8801911000009", f"{given} 1")
    assert await state(bank) == "requested"


async def test_a_code_ends_after_three_days(bank: World) -> None:
    given = await agree(bank)
    await run(bank, "UPDATE referral SET deadline_at = :later", later=bank.clock() + timedelta(days=30))
    bank.clock.forward(hours=72)
    texts = await say(bank, JANA, f"{given} 1")
    assert texts[-1].startswith("That request does not wait")
    assert await state(bank) == "requested"


async def test_whoever_guesses_is_locked_out_even_with_the_right_code(bank: World) -> None:
    given = await agree(bank)
    wrong = [f"{number} 1" for number in range(1000, 1010) if str(number) != given][:5]
    texts = await say(bank, JANA, *wrong)
    assert texts[-1].startswith("There were too many wrong codes")
    assert await say(bank, JANA, f"{given} 1", "5555 1") == texts, "nothing tells right from wrong"
    assert await state(bank) == "requested"
    bank.clock.forward(hours=25)
    await say(bank, JANA, f"{given} 1")
    assert await state(bank) == "accepted"


async def test_a_phone_that_is_no_contact_any_more_cannot_answer(bank: World) -> None:
    given = await agree(bank)
    await contacts(bank, NewContact(phone=OTHER, country="BD", zone="Asia/Dhaka"))
    await say(bank, JANA, f"{given} 1")
    assert await state(bank) == "requested"


async def test_two_requests_have_two_codes_and_each_answers_its_own(bank: World) -> None:
    await bank.roster(f"{BILAL},gazipur,en,male")
    first = await agree(bank)
    await ask(bank)
    await say(bank, BILAL, "1", "4", "2", "2", "1")
    second = code(bank)
    assert first != second
    await say(bank, JANA, f"{second} 2")
    assert await rows(bank, "SELECT state FROM referral ORDER BY id") == [("requested",), ("rejected",)]
    await say(bank, JANA, f"{first} 1")
    assert await rows(bank, "SELECT state FROM referral ORDER BY id") == [("accepted",), ("rejected",)]


async def test_a_request_the_worker_ended_is_over_for_the_service_too(bank: World) -> None:
    given = await agree(bank)
    referral = await value(bank, "SELECT id FROM referral")
    await answer_referral(bank.context, bank.id, referral, ReferralState.CANCELLED, Actor.REQUESTER, bank.clock())
    await settle(bank)
    assert bank.texts(JANA)[-1] == "Shiftline: a request to you has ended. Nothing needs to be done."
    texts = await say(bank, JANA, f"{given} 1")
    assert texts[-1].startswith("That request does not wait")
    assert await state(bank) == "cancelled"


async def test_a_silent_service_is_reminded_once_with_a_new_code_in_time(bank: World) -> None:
    given = await agree(bank)
    deadline: datetime = await value(bank, "SELECT deadline_at FROM referral")
    bank.clock.now = deadline - timedelta(hours=19)
    await settle(bank)
    assert len(bank.texts(JANA)) == 1
    bank.clock.now = deadline - timedelta(hours=18)  # a quarter of 72 hours
    await settle(bank)
    await settle(bank)
    assert len(bank.texts(JANA)) == 2
    assert "still waits" in bank.texts(JANA)[-1]
    assert code(bank) != given
    texts = await say(bank, JANA, f"{given} 1", f"{code(bank)} 1")
    assert texts[-2].startswith("That request does not wait"), "the newest code alone is good"
    assert await state(bank) == "accepted"


async def test_a_service_phone_sleeps_at_night(bank: World) -> None:
    bank.clock.now = bank.clock.now.replace(hour=19)  # one in the morning in Dhaka
    await agree_by_night(bank)
    assert bank.texts(JANA) == []
    bank.clock.forward(hours=8)
    await settle(bank)
    assert len(bank.texts(JANA)) == 1


async def agree_by_night(world: World) -> None:
    await say(world, AMINA, "1")
    assert await state(world) == "requested"


async def test_stop_from_a_service_phone_ends_its_texts_and_start_begins_them(bank: World) -> None:
    texts = await say(bank, JANA, "STOP")
    assert texts == ["You will get no more messages from us. To start again reply START."]
    await say(bank, AMINA, "1")
    assert bank.texts(JANA) == texts
    await say(bank, JANA, "START")
    assert bank.texts(JANA)[-1].startswith("You will get our messages again")


async def test_other_words_are_told_what_to_do_once_a_day_and_a_cry_is_heard(bank: World) -> None:
    texts = await say(bank, JANA, "hello", "what is this")
    assert [text for text in texts if text.startswith("Shiftline for Open Line")] == texts
    assert len(texts) == 1
    await say(bank, JANA, "I want to kill myself")
    assert await rows(bank, "SELECT sensitivity, state FROM need WHERE worker_id IS NULL") == [("high", "person")]


async def test_a_phone_that_is_a_workers_too_is_a_workers_but_for_a_code(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await register(world, service("Food bank", "food"))
    await contacts(world, NewContact(phone=AMINA, country="BD", zone="Asia/Dhaka"))
    await write(world)
    await ask(world)
    texts = await say(world, AMINA, "1", "4", "2", "2", "1")
    given = code(world, AMINA)
    assert await value(world, "SELECT count(*) FROM inbox WHERE conversation_id IS NULL") == 0
    await say(world, AMINA, f"{given} 1")
    assert await state(world) == "accepted"
    assert len(world.texts(AMINA)) > len(texts)


async def test_who_has_an_address_gets_a_letter_that_says_nothing_but_where_to_look(bank: World) -> None:
    await contacts(bank, NewContact(email=DESK, phone=JANA, country="BD", zone="Asia/Dhaka"))
    await say(bank, AMINA, "1")
    postman = Postman()
    await send_letters(bank.context, postman, bank.clock())
    (letter,) = postman.handed
    assert letter.recipient == DESK
    assert "http://127.0.0.1:8000/desk" in letter.body
    for word in ("food", AMINA[-6:], "Gazipur", "urgent", "Food bank"):
        assert word not in letter.subject + letter.body
    assert bank.texts(JANA) == [], "a text is for those who have only a phone"


async def test_a_letter_is_in_the_language_of_whom_it_goes_to(bank: World) -> None:
    await contacts(bank, NewContact(email=DESK, language="fr"))
    await say(bank, AMINA, "1")
    postman = Postman()
    await send_letters(bank.context, postman, bank.clock())
    (letter,) = postman.handed
    assert letter.subject == "Shiftline : quelque chose attend sur votre bureau"
    assert letter.body.startswith("Il y a quelque chose sur votre bureau.")


async def test_a_service_is_told_by_letter_of_steps_by_others_and_not_of_its_own(bank: World) -> None:
    await contacts(bank, NewContact(email=DESK))
    await say(bank, AMINA, "1")
    referral, postman = await value(bank, "SELECT id FROM referral"), Postman()
    for to, actor in ((ReferralState.ACCEPTED, Actor.PROVIDER), (ReferralState.CANCELLED, Actor.REQUESTER)):
        await answer_referral(bank.context, bank.id, referral, to, actor, bank.clock())
        await settle(bank)
    await send_letters(bank.context, postman, bank.clock())
    assert len(set(letters(postman))) == 2, "of the request, and that it ended"


def letters(postman: Postman) -> list[str]:
    return [mail.id for mail in handed(postman)]


def handed(postman: Postman) -> list[Mail]:
    return postman.handed


async def test_events_are_the_services_own_and_hold_nothing_of_the_worker(bank: World) -> None:
    mine, now = await organization(bank), bank.clock()
    async with bank.context.database.transaction() as store:
        await save_hook(
            store, bank.context.vault, "https://a.example", "a.example", "whsec_AA", [], now, owner_of(bank.id, mine)
        )
        # The same organization's id in another programme is another owner.
        await save_hook(
            store, bank.context.vault, "https://b.example", "b.example", "whsec_AA", [], now, owner_of(mine, mine)
        )
    await agree(bank)
    referral = await value(bank, "SELECT id FROM referral")
    await answer_referral(bank.context, bank.id, referral, ReferralState.ACCEPTED, Actor.PROVIDER, now)
    await settle(bank)
    assert await told(bank) == ["referral.requested", "referral.changed"]
    assert await rows(bank, "SELECT DISTINCT host FROM delivery JOIN hook ON hook.id = hook_id") == [("a.example",)]
    bodies = str(await rows(bank, "SELECT body FROM delivery"))
    assert str(referral) in bodies
    for word in ("food", AMINA[-6:], "gazipur"):
        assert word not in bodies


async def test_a_service_that_answers_after_the_request_went_on_changes_nothing(bank: World) -> None:
    given = await agree(bank)
    bank.clock.now = await value(bank, "SELECT deadline_at FROM referral") + timedelta(minutes=1)
    await settle(bank)
    ended = await state(bank)
    assert ended not in {"requested", "accepted"}, "the clock took it away"
    latest = code(bank) if "waits" in bank.texts(JANA)[-1] else given
    texts = await say(bank, JANA, f"{latest} 1")
    assert texts[-1].startswith("That request does not wait")
    assert await state(bank) == ended


async def test_an_event_that_somebody_replays_later_is_refused_by_the_standards_own_library() -> None:
    secret, body = "whsec_c2hoaGhoaGhoaGhoaGhoaGhoaGhoaGho", '{"type": "referral.due"}'
    now = datetime.now(UTC)  # noqa: TID251 - the library looks at the clock, too
    post = Post("msg_1", "https://a.example", secret, body)
    assert Webhook(secret).verify(body, signed(post, now)) == {"type": "referral.due"}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, signed(post, now - timedelta(minutes=10)))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace("due", "requested"), signed(post, now))
