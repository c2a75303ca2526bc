"""A service by REST: its own and nobody else's, what was agreed to and only while it is open, and nothing twice."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from app.domain.referral import Actor, ReferralState
from app.jobs.helping import answer_referral
from app.store.keys import create_key
from app.store.offerings import Whereabouts, offerings
from tests.conftest import AMINA, World
from tests.steps import ask, client, rows, say, service, settle, value, write


@pytest.fixture
async def bank(world: World) -> World:
    """Amina agreed that the food bank may be told; it has a key, and so has a clinic beside it."""
    await world.roster(f"{AMINA},gazipur,en,female")
    async with client(world) as http:
        for name, category in (("Food bank", "food"), ("Clinic", "health")):
            answer = await http.post(
                "/v1/registry",
                params={"source": name.split()[0].lower()},
                json={"organizations": [service(name, category)]},
            )
            assert answer.status_code == 200, answer.text
    for role, name in (("provider", "Food bank"), ("clinic", "Clinic")):
        organization = await value(world, "SELECT organization_id FROM service WHERE name = :name", name=name)
        async with world.context.database.transaction() as store:
            world.keys[role] = await create_key(
                store, "provider", role, world.clock(), programme=world.id, organization=organization
            )
    await write(world)
    await ask(world)
    await say(world, AMINA, "1", "4", "2", "2", "1")
    await settle(world)
    return world


async def the_service(world: World, name: str = "Food bank") -> tuple[UUID, UUID]:
    (found,) = await rows(world, "SELECT id, organization_id FROM service WHERE name = :name", name=name)
    return found[0], found[1]


async def referral(world: World) -> UUID:
    return await value(world, "SELECT id FROM referral")


async def step(world: World, to: ReferralState, actor: Actor = Actor.PROVIDER) -> None:
    await answer_referral(world.context, world.id, await referral(world), to, actor, world.clock())
    await settle(world)


async def test_a_service_sees_what_was_agreed_to_while_it_is_open_and_not_after(bank: World) -> None:
    address = f"/v1/referrals/{await referral(bank)}"
    async with client(bank, "provider") as http:
        (listed,) = (await http.get("/v1/referrals")).json()
        assert (listed["category"], listed["consented"]) == ("food", ["phone number", "language"])
        assert (listed["age_hours"], listed["overdue"]) == (0, False)
        assert listed["next"] == ["accepted", "rejected", "cancelled"]
        for seen in (listed, (await http.get(address)).json()):
            assert AMINA not in str(seen)
            assert "gazipur" not in str(seen).lower()
        assert (await http.get(f"{address}/contact")).status_code == 409, "not before it is accepted"
        await step(bank, ReferralState.ACCEPTED)
        assert (await http.get(f"{address}/contact")).json() == {"number": AMINA, "language": "en"}
        await step(bank, ReferralState.COMPLETED)
        assert (await http.get(f"{address}/contact")).status_code == 409
        for seen in ((await http.get("/v1/referrals")).json()[0], (await http.get(address)).json()):
            assert seen["open"] is False
            assert not {"category", "urgency", "consented"} & seen.keys()


async def test_a_service_is_not_told_why_a_worker_ended_a_request(bank: World) -> None:
    await say(bank, AMINA, "cancel my request", "1")
    async with client(bank, "provider") as http:
        seen = (await http.get(f"/v1/referrals/{await referral(bank)}")).json()
    assert [(step["state"], step["cause"]) for step in seen["history"]] == [("requested", ""), ("cancelled", "")]


async def test_open_referrals_stand_first_with_their_age_and_what_is_overdue(bank: World) -> None:
    bank.clock.forward(hours=30)
    async with client(bank, "provider") as http:
        (listed,) = (await http.get("/v1/referrals")).json()
    assert listed["age_hours"] == 30


async def test_another_service_sees_nothing_and_sets_nothing(bank: World) -> None:
    own, organization = await the_service(bank)
    hooks = f"/v1/hooks?organization={organization}"
    async with client(bank, "provider") as http:
        made = (await http.post("/v1/hooks", json={"url": "http://127.0.0.1:9/a"})).json()["id"]
    async with client(bank, "clinic") as http:
        assert (await http.get("/v1/referrals")).json() == []
        seen = [
            await http.get(f"/v1/referrals/{await referral(bank)}"),
            await http.get(f"/v1/organizations/{organization}/contacts"),
            await http.put(f"/v1/organizations/{organization}/contacts", json={"contacts": []}),
            await http.put(f"/v1/services/{own}/capacity", json={"available": 1}),
            await http.put(f"/v1/services/{own}/hours", json={"hours": [], "time_zone": "Asia/Dhaka"}),
            await http.get(hooks),
            await http.delete(f"/v1/hooks/{made}"),
            await http.post(f"/v1/hooks/{made}/deliveries/{uuid4()}/replay"),
        ]
        assert [answer.status_code for answer in seen] == [404] * len(seen)
        assert (await http.get(f"/v1/hooks/{made}/deliveries")).json() == []


async def test_a_step_asked_for_twice_under_one_name_is_taken_once(bank: World) -> None:
    address, name = f"/v1/referrals/{await referral(bank)}/state", {"Idempotency-Key": "mine-1"}
    async with client(bank, "provider") as http:
        first = await http.post(address, json={"state": "accepted"}, headers=name)
        again = await http.post(address, json={"state": "accepted"}, headers=name)
        assert (first.status_code, again.status_code) == (200, 200)
        assert first.json() == again.json()
        assert (await http.post(address, json={"state": "accepted"})).status_code == 409, "without a name it is a step"
        assert (await http.post(address, json={"state": "completed"}, headers=name)).status_code == 409
        await settle(bank)
    assert await value(bank, "SELECT count(*) FROM referral_event WHERE state = 'accepted'") == 1


async def test_a_step_that_failed_may_be_tried_again_under_its_name(bank: World) -> None:
    address, name = f"/v1/referrals/{await referral(bank)}/state", {"Idempotency-Key": "mine-1"}
    async with client(bank, "provider") as http:
        assert (await http.post(address, json={"state": "completed"}, headers=name)).status_code == 409
        await step(bank, ReferralState.ACCEPTED)
        assert (await http.post(address, json={"state": "completed"}, headers=name)).status_code == 200


async def test_contacts_are_shown_in_half_and_every_fault_has_its_place(bank: World) -> None:
    own, organization = await the_service(bank)
    address = f"/v1/organizations/{organization}/contacts"
    async with client(bank, "provider") as http:
        given = {
            "contacts": [
                {"email": "Jana@Bank.example", "service_id": str(own)},
                {"phone": "01911-000001", "country": "BD"},
            ]
        }
        answer = await http.put(address, json=given)
        assert answer.status_code == 200, answer.text
        shown = (await http.get(address)).json()
        assert [item["email"] for item in shown] == ["J…@bank.example", None]
        assert shown[1]["phone"].endswith("01")
        assert "911000" not in str(shown)
        assert await rows(bank, "SELECT zone FROM provider_contact ORDER BY id") == [("",), ("Asia/Dhaka",)]
        for bad, place in (
            ({}, "contacts.0.email"),
            ({"phone": "01911000001"}, "contacts.0.country"),
            ({"phone": "0700", "country": "FR"}, "contacts.0.time_zone"),
            ({"phone": "0700", "country": "BD"}, "contacts.0.phone"),
            ({"email": "jana"}, "contacts.0.email"),
        ):
            answer = await http.put(address, json={"contacts": [bad]})
            assert (answer.status_code, answer.json()["errors"][0]["place"]) == (422, place)
            assert "jana" not in answer.text
        stranger = {"contacts": [{"email": "a@b.example", "service_id": str(uuid4())}]}
        assert (await http.put(address, json=stranger)).status_code == 404
        assert len((await http.get(address)).json()) == 2, "a refused list changes nothing"
        assert (await http.put(address, json={"contacts": []})).json() == []


async def offered(world: World) -> list[int | None]:
    async with world.context.database.transaction() as store:
        return [item.service.capacity for item in await offerings(store, world.id, ["food"], Whereabouts("BD"))]


async def test_a_service_says_how_many_more_it_takes_and_the_registry_says_so_too(bank: World) -> None:
    own, _ = await the_service(bank)
    async with client(bank, "provider") as http:
        for places in (3, 0):
            answer = await http.put(f"/v1/services/{own}/capacity", json={"available": places})
            assert answer.status_code == 204, answer.text
            assert await offered(bank) == [places]
    async with client(bank) as http:
        shown = (await http.get(f"/hsds/services/{own}")).json()
    assert [item["available"] for item in shown["capacities"]] == [0]
    assert shown["name"] == "Food bank", "the rest stands as it was"


async def test_a_service_says_when_it_is_open_and_what_was_said_before_goes(bank: World) -> None:
    own, _ = await the_service(bank)
    first = {
        "hours": [
            {"days": ["MO", "TU"], "opens": "09:00", "closes": "17:00"},
            {"days": ["SA"], "opens": "10:00", "closes": "12:00"},
        ],
        "time_zone": "Asia/Dhaka",
    }
    second = {"hours": [{"days": ["SU"], "opens": "22:00", "closes": "02:00"}], "time_zone": "Asia/Dhaka"}
    async with client(bank, "provider") as http:
        for given in (first, second):
            assert (await http.put(f"/v1/services/{own}/hours", json=given)).status_code == 204
        unknown = {**second, "time_zone": "Asia/Nowhere"}
        assert (await http.put(f"/v1/services/{own}/hours", json=unknown)).status_code == 422
    kept: list[Any] = await value(bank, "SELECT schedules FROM service WHERE id = :own", own=own)
    assert [(item["byday"], item["opens_at"], item["timezone"]) for item in kept] == [(["SU"], "22:00:00", "+06:00")]


async def test_a_webhook_is_told_and_an_event_is_posted_again_under_its_id(bank: World) -> None:
    async with client(bank, "provider") as http:
        made = await http.post("/v1/hooks", json={"url": "http://127.0.0.1:9/a", "events": ["referral.changed"]})
        assert made.status_code == 201, made.text
        hook = made.json()["id"]
        assert made.json()["secret"].startswith("whsec_")
        assert "secret" not in str((await http.get("/v1/hooks")).json())
        await step(bank, ReferralState.ACCEPTED)
        (first,) = (await http.get(f"/v1/hooks/{hook}/deliveries")).json()
        assert first["kind"] == "referral.changed"
        address = f"/v1/hooks/{hook}/deliveries/{first['id']}/replay"
        assert (await http.post(address)).status_code == 204
        (again,) = (await http.get(f"/v1/hooks/{hook}/deliveries")).json()
        assert (again["id"], again["state"]) == (first["id"], "waiting")
        assert (
            await http.post("/v1/hooks", json={"url": "http://127.0.0.1:9/", "events": ["alert.begun"]})
        ).status_code == 422
        assert (await http.delete(f"/v1/hooks/{hook}")).status_code == 204
        assert (await http.post(address)).status_code == 409
    async with client(bank) as http:
        assert (await http.get("/v1/hooks")).status_code == 422, "an NGO says whose"
        _, organization = await the_service(bank)
        assert len((await http.get(f"/v1/hooks?organization={organization}")).json()) == 1
