"""A service whose organization is known for grave things is asked of a worker under a name that tells nothing."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from app.domain.survey import Sensitivity, Urgency
from app.jobs.casework import propose_transfer
from app.jobs.registry.twinning import settle_twins
from tests.conftest import AMINA, World
from tests.jobs.test_referral_life import raised
from tests.jobs.test_wishing import upload, with_phone
from tests.steps import ask, client, register, run, say, service, settle, step, the_referral, value, write

REFUGE = "Refuge"


def refuge(*categories: str) -> dict[str, Any]:
    """A women's refuge that also hands out food, under two services of one organization."""
    made = service(f"{REFUGE} kitchen", *(categories or ("food",)))
    other = service(f"{REFUGE} beds", "violence-at-home")
    return {**made, "services": [*made["services"], *other["services"]]}


async def hungry(world: World, *organizations: dict[str, Any], language: str = "en") -> None:
    await world.roster(f"{AMINA},gazipur,{language},female")
    await register(world, *organizations)
    await write(world)
    await ask(world)
    await say(world, AMINA, "1", "4", "2", "2")


async def kitchen(world: World) -> UUID:
    return await value(world, "SELECT id FROM service WHERE name LIKE '%kitchen'")


@pytest.mark.parametrize(
    "organization", [refuge(), service(f"{REFUGE} kitchen", "food", "harassment")], ids=["a sister", "itself"]
)
async def test_no_text_of_a_whole_referral_names_it(world: World, organization: dict[str, Any]) -> None:
    await hungry(world, organization)
    assert world.texts(AMINA)[-1].startswith("A local service, Service Gazipur, can help you")
    assert (await say(world, AMINA, "1"))[-1] == "Thank you. Service Gazipur will get your request."
    for state in ("accepted", "on-hold", "in-progress"):
        await step(world, state)
        assert "Service Gazipur" in world.texts(AMINA)[-1]
        world.clock.forward(minutes=5)
        assert "Service Gazipur" in (await say(world, AMINA, "STATUS"))[-1]
    assert "Service Gazipur" in (await say(world, AMINA, "HELP", "4"))[-1]
    await say(world, AMINA, "0", "STOP")
    assert "Service Gazipur" in world.texts(AMINA)[-1]
    await say(world, AMINA, "1", "START")
    await step(world, "completed")
    world.clock.forward(days=1)
    await settle(world)
    assert world.texts(AMINA)[-1].startswith("Service Gazipur: We hope")
    assert REFUGE not in "".join(world.texts(AMINA))
    assert REFUGE not in await value(world, "SELECT words FROM referral_consent"), "what was agreed to is what was read"


@pytest.mark.parametrize(
    ("name", "language", "hidden"),
    [
        pytest.param("Domestic violence kitchen", "en", True, id="english"),
        pytest.param("Cocina contra la violencia", "es", True, id="their language"),
        pytest.param("Domestic violence kitchen", "es", True, id="english to a reader of spanish"),
        pytest.param("Women's kitchen", "en", False, id="nothing grave"),
    ],
)
async def test_a_name_that_tells_by_itself_is_in_no_text_though_the_service_is_for_ordinary_needs(
    world: World, name: str, language: str, *, hidden: bool
) -> None:
    await world.roster(f"{AMINA},gazipur,{language},female")
    await register(world, service(name, "food"))
    await raised(world, "food", Urgency.URGENT, Sensitivity.STANDARD)
    assert (name in world.texts(AMINA)[-1]) is not hidden
    assert ("Gazipur" in world.texts(AMINA)[-1]) is hidden


async def test_a_transfer_names_it_no_more_than_an_offer(world: World) -> None:
    await hungry(world, service("Food bank", "food"))
    await say(world, AMINA, "1")
    await register(world, refuge())
    first, _ = await the_referral(world)
    await propose_transfer(world.context, world.id, first, await kitchen(world), world.clock())
    await settle(world)
    assert "Service Gazipur" in world.texts(AMINA)[-1]


async def test_what_one_source_knows_of_its_organization_holds_for_its_twin_of_another_source(world: World) -> None:
    plain, known = service(f"{REFUGE} kitchen", "food"), refuge()
    await register(world, plain, known)
    one, other = (UUID(made["services"][0]["id"]) for made in (plain, known))
    await settle_twins(world.context, world.id, one, other, one, uuid4(), world.clock())
    await hungry(world)
    assert world.texts(AMINA)[-1].startswith("A local service, Service Gazipur, can help you")
    assert REFUGE not in "".join(world.texts(AMINA))


@pytest.mark.parametrize("organization", [refuge(), service("Violence helpline", "food")], ids=["a sister", "its name"])
async def test_it_is_in_no_list_of_services_to_call(world: World, organization: dict[str, Any]) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await upload(world, with_phone(organization, "+8801711000001"))
    await run(world, "UPDATE service SET verified_on = :day", day=world.clock().date())
    assert (await say(world, AMINA, "HELP", "1"))[-1].startswith("We know of no service near you yet")


async def name(world: World, told: str, key: str = "ngo") -> httpx2.Response:
    async with client(world, key) as http:
        return await http.put(f"/v1/services/{await kitchen(world)}/name", json={"discreet_name": told})


async def test_the_ngo_gives_it_a_name_that_no_import_undoes(world: World) -> None:
    organization = refuge()
    await register(world, organization)
    assert (await name(world, " Lotus house ")).status_code == 204
    await hungry(world, organization)
    assert world.texts(AMINA)[-1].startswith("A local service, Lotus house, can help you")


@pytest.mark.parametrize("told", ["Domestic violence refuge", "Suicide helpline", "x" * 41])
async def test_a_name_that_tells_is_refused(world: World, told: str) -> None:
    await register(world, refuge())
    refused = await name(world, told)
    assert refused.status_code == 422
    assert "discreet_name" in refused.text
    assert told not in refused.text


async def test_a_service_of_another_programme_is_not_named(world: World) -> None:
    async with client(world) as http:
        assert (await http.put(f"/v1/services/{uuid4()}/name", json={"discreet_name": "x"})).status_code == 404
