"""The desk in a browser without JavaScript: two clicks, what was agreed to and nothing else."""

import re
from uuid import UUID, uuid4

import pytest

from app.domain.referral import ReferralState
from app.store.contacts import owner_of
from app.store.hooks import Told as HookTold
from app.store.hooks import announce, save_hook, settle_deliveries
from tests.conftest import AMINA, World
from tests.steps import client, rows, settle, value
from tests.web.test_desks import bank, referral, step, the_service

__all__ = ["bank"]  # the fixture is theirs

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def shown(world: World, path: str = "/desk", key: str = "provider") -> str:
    async with client(world, key) as http:
        answer = await http.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


async def press(world: World, path: str, key: str = "provider", **fields: str) -> tuple[int, str]:
    async with client(world, key) as http:
        answer = await http.post(path, data=fields)
    await settle(world)
    return answer.status_code, answer.headers.get("location", "")


async def test_a_request_is_accepted_by_the_first_button_and_nothing_is_told_of_the_worker(bank: World) -> None:
    text = await shown(bank)
    assert "Food bank" in text
    assert "Agreed to: phone number, language" in text, "before anything is pressed"
    assert "<script" not in text
    for word in (AMINA, AMINA[-6:], "gazipur", "Gazipur"):
        assert word not in text
    path = f"/desk/referrals/{await referral(bank)}"
    assert f'action="{path}"' in text
    assert await press(bank, path, state="accepted") == (303, "/desk?done=step")
    assert await value(bank, "SELECT state FROM referral") == "accepted"
    assert bank.texts(AMINA)[-1] == "Food bank has received your request and will contact you."
    assert "The person is told" in await shown(bank, "/desk?done=step")


async def test_the_number_is_shown_while_it_is_open_and_not_before_or_after(bank: World) -> None:
    path = f"/desk/referrals/{await referral(bank)}"
    assert AMINA not in await shown(bank, path)
    await step(bank, ReferralState.ACCEPTED)
    assert f'href="tel:{AMINA}"' in await shown(bank, path)
    assert AMINA not in await shown(bank), "on the page of the one request alone"
    await step(bank, ReferralState.COMPLETED)
    after = await shown(bank, path)
    assert AMINA not in after
    assert "Food</h" not in after
    assert "This request has ended" in after


async def test_a_button_pressed_twice_or_too_late_changes_nothing(bank: World) -> None:
    path = f"/desk/referrals/{await referral(bank)}"
    once = re.findall(r'name="once" value="(\w+)"', await shown(bank))[0]
    for _ in range(2):
        assert await press(bank, path, state="accepted", once=once) == (303, "/desk?done=step")
    assert await press(bank, path, state="rejected", once=uuid4().hex) == (303, "/desk?done=over")
    assert await press(bank, path, state="requested") == (422, "")
    assert await value(bank, "SELECT count(*) FROM referral_event WHERE state = 'accepted'") == 1


async def test_another_service_finds_an_empty_desk_and_locked_doors(bank: World) -> None:
    own, _ = await the_service(bank)
    assert "Food bank" not in await shown(bank, key="clinic")
    path = f"/desk/referrals/{await referral(bank)}"
    for address, fields in (
        (path, {"state": "accepted"}),
        (f"/desk/services/{own}/capacity", {"available": "1"}),
        (f"/desk/services/{own}/verify", {}),
        (f"/desk/services/{own}/hours", {"zone": "Asia/Dhaka"}),
    ):
        assert await press(bank, address, "clinic", **fields) == (404, ""), address
    async with client(bank, "clinic") as http:
        assert (await http.get(path)).status_code == 404
        assert (await http.get(f"/desk/services/{own}")).status_code == 404
    async with client(bank) as http:
        assert (await http.get("/desk")).status_code == 403, "nor is it an NGO's"


async def test_places_hours_and_that_all_is_right(bank: World) -> None:
    own, _ = await the_service(bank)
    assert await press(bank, f"/desk/services/{own}/capacity", available="4") == (303, "/desk?done=saved")
    assert await press(bank, f"/desk/services/{own}/capacity", available="-1") == (422, "")
    assert await press(bank, f"/desk/services/{own}/verify") == (303, "/desk?done=saved")
    hours = {"opens-MO": "09:00", "closes-MO": "17:00", "opens-TU": "", "zone": "Asia/Dhaka"}
    assert await press(bank, f"/desk/services/{own}/hours", **hours) == (303, "/desk?done=saved")
    assert (await press(bank, f"/desk/services/{own}/hours", **{**hours, "closes-MO": ""}))[0] == 422
    page = await shown(bank, f"/desk/services/{own}")
    assert 'name="opens-MO" type="time" value="09:00"' in page
    assert 'name="opens-TU" type="time" value=""' in page
    assert await rows(bank, "SELECT capacity, verified_on FROM service WHERE id = :own", own=own) == [
        (4, bank.clock().date())
    ]


async def test_who_is_told_is_added_and_removed(bank: World) -> None:
    assert await press(bank, "/desk/contacts", email="jana@bank.example") == (303, "/desk?done=saved")
    assert await press(bank, "/desk/contacts", phone="01911000001", country="bd") == (303, "/desk?done=saved")
    assert (await press(bank, "/desk/contacts", phone="01911000001"))[0] == 422
    text = await shown(bank)
    assert "j…@bank.example" in text
    assert "911000" not in text
    for found in re.findall(r"/desk/contacts/([0-9a-f-]+)/remove", text):
        assert await press(bank, f"/desk/contacts/{found}/remove") == (303, "/desk?done=saved")
    assert await value(bank, "SELECT count(*) FROM provider_contact") == 0


async def test_a_phone_is_confirmed_by_the_code_it_was_sent(bank: World) -> None:
    await press(bank, "/desk/contacts", phone="01911000001", country="bd")
    code = re.findall(r"\d{4}", bank.texts("+8801911000001")[-1])[0]
    (found,) = re.findall(r"/desk/contacts/([0-9a-f-]+)/confirm", await shown(bank))
    wrong = "1111" if code != "1111" else "2222"
    assert await press(bank, f"/desk/contacts/{found}/confirm", code=wrong) == (422, "")
    assert await press(bank, f"/desk/contacts/{found}/confirm", "clinic", code=code) == (404, "")
    assert await press(bank, f"/desk/contacts/{found}/confirm", code=code) == (303, "/desk?done=saved")
    assert "/confirm" not in await shown(bank)


async def test_an_event_is_posted_again_from_the_page(bank: World) -> None:
    _, organization = await the_service(bank)
    owner, now = owner_of(bank.id, organization), bank.clock()
    async with bank.context.database.transaction() as store:
        await save_hook(store, bank.context.vault, "https://a.example/secret", "a.example", "whsec_AA", [], now, owner)
        await announce(store, "referral.due", {}, now, owner=owner)
    delivery: UUID = await value(bank, "SELECT id FROM delivery")
    async with bank.context.database.transaction() as store:
        await settle_deliveries(store, [HookTold(delivery, "failed", 500, "")], now)
    text = await shown(bank, "/desk/hooks")
    assert "a.example" in text
    assert "secret" not in text.replace("its address and secret are", "")
    assert await press(bank, f"/desk/hooks/{delivery}/replay", "clinic") == (404, "")
    assert await press(bank, f"/desk/hooks/{delivery}/replay") == (303, "/desk/hooks?done=again")
    assert await rows(bank, "SELECT state, attempts FROM delivery") == [("waiting", 0)]


@pytest.mark.parametrize(
    ("language", "word"), [("fr", "Votre bureau"), ("es", "Su mesa"), ("bn", "আপনার ডেস্ক")], ids=["fr", "es", "bn"]
)
async def test_the_desk_speaks_the_languages_of_the_pages(bank: World, language: str, word: str) -> None:
    assert word in await shown(bank, f"/desk?lang={language}")
