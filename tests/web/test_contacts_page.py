"""An NGO says whom a service's requests are told to; no whole address and no whole number comes back."""

import re
from uuid import UUID, uuid4

import pytest

from tests.conftest import World
from tests.steps import client, register, rows, service, settle, value

PHONE = "+8801811000009"


@pytest.fixture
async def aid(world: World) -> UUID:
    await register(world, service("Legal aid", "wages"))
    return await value(world, "SELECT id FROM organization")


async def test_a_contact_is_added_shown_masked_and_taken_away(world: World, aid: UUID) -> None:
    address = f"/registry/organizations/{aid}/contacts"
    async with client(world) as http:
        assert "Nobody is told yet" in (await http.get(address)).text
        given = {"email": "kamala@aid.example", "phone": "01811000009", "country": "bd", "language": "bn"}
        added = await http.post(address, data=given)
        assert (added.status_code, added.headers["location"]) == (303, f"{address}?done=saved")
        shown = (await http.get(address)).text
        assert "Bangla" in shown
        for secret in ("kamala@", PHONE, PHONE[1:], "01811000009"):
            assert secret not in shown
        (contact,) = await rows(world, "SELECT id, zone, language FROM provider_contact")
        assert tuple(contact)[1:] == ("Asia/Dhaka", "bn")
        assert (await http.post(f"{address}/{contact[0]}/remove")).status_code == 303
        assert "Nobody is told yet" in (await http.get(address)).text


async def test_a_phone_is_confirmed_by_whoever_was_told_its_code(world: World, aid: UUID) -> None:
    address = f"/registry/organizations/{aid}/contacts"
    async with client(world) as http:
        await http.post(address, data={"phone": "01811000009", "country": "bd", "language": "en"})
        await settle(world)
        code = re.findall(r"\d{4}", world.texts(PHONE)[-1])[0]
        (found,) = re.findall(rf"{address}/([0-9a-f-]+)/confirm", (await http.get(address)).text)
        refused = await http.post(f"{address}/{found}/confirm", data={"code": "1111" if code != "1111" else "2222"})
        assert (refused.status_code, "That is not the code." in refused.text) == (422, True)
        assert (await http.post(f"{address}/{found}/confirm", data={"code": f" {code} "})).status_code == 303
        assert "/confirm" not in (await http.get(address)).text


@pytest.mark.parametrize(
    ("given", "field"),
    [
        pytest.param({}, "email", id="nothing"),
        pytest.param({"email": "no address"}, "email", id="no address"),
        pytest.param({"phone": "01811000009"}, "country", id="a phone of nowhere"),
        pytest.param({"phone": "12", "country": "BD"}, "phone", id="no number"),
        pytest.param({"email": "a@b.example", "service": "mine"}, "service", id="no service"),
        pytest.param({"email": "a@b.example", "country": "Bangladesh"}, "country", id="no country"),
    ],
)
async def test_what_reaches_nobody_is_refused_at_its_field(
    world: World, aid: UUID, given: dict[str, str], field: str
) -> None:
    async with client(world) as http:
        answer = await http.post(f"/registry/organizations/{aid}/contacts", data=given)
    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', answer.text), "the field is marked"
    assert f'id="wrong-{field}"' in answer.text, "with its words beside it"
    assert "01811000009" not in answer.text, "no number stands on a page"
    assert await value(world, "SELECT count(*) FROM provider_contact") == 0


async def test_contacts_are_for_who_may_change_the_programme(world: World, aid: UUID) -> None:
    async with client(world) as http:
        assert (await http.get(f"/registry/organizations/{uuid4()}/contacts")).status_code == 404
        found = await value(world, "SELECT id FROM service")
        assert f"/registry/organizations/{aid}/contacts" in (await http.get(f"/registry/services/{found}")).text
    async with client(world, "operator") as http:
        assert (await http.get(f"/registry/organizations/{aid}/contacts")).status_code == 403
