"""A site beside others and beside itself: from published figures alone, and only where that tells of enough people."""

from datetime import datetime
from uuid import UUID

import pytest

from app.domain.errors import NotFoundError
from app.jobs.comparing import benchmark, trend
from app.jobs.publishing import publish_round
from app.store.keys import Caller
from app.store.programmes import save_brand
from tests.conftest import AMINA, World
from tests.steps import ask, client, run, score_site, value, write


def ngo(world: World) -> Caller:
    return Caller(UUID(int=1), "ngo", "test", world.id)


async def asked(world: World) -> UUID:
    """A round of one worker, who is silent."""
    await world.roster(f"{AMINA},gazipur,en,")
    await write(world)
    return await ask(world)


async def scored(world: World, created: UUID, country: str = "BD", **people: tuple[int, float]) -> None:
    """Sites with people whose safety is spread around a mean, written behind the program's back; then published."""
    for name, (count, mean) in people.items():
        await run(
            world,
            "INSERT INTO site (id, programme_id, code, name, country, zone, sector) VALUES (gen_random_uuid(), :programme,"
            " :code, :code, :country, 'UTC', 'garments') ON CONFLICT (programme_id, code) DO NOTHING",
            programme=world.id, code=name, country=country,
        )  # fmt: skip
        await score_site(world, created, name, count, mean)
    await publish_round(world.context, world.id, created, world.clock())


async def beside(world: World, created: UUID, site: str) -> dict[str, dict[str, object]]:
    told = await benchmark(world.context, ngo(world), created, site)
    return {row["level"]: row for row in told["indicators"][0]["beside"]}


async def test_a_site_is_set_beside_the_others_of_its_country_its_sector_and_the_round(world: World) -> None:
    created = await asked(world)
    await scored(world, created, north=(100, 40.0), south=(100, 60.0), east=(200, 70.0))
    found = await beside(world, created, "north")
    # (100 × 60 + 200 × 70) ÷ 300 = 66.7
    assert (found["country"]["others"], found["country"]["n_others"]) == (pytest.approx(66.7, abs=0.1), 300)
    assert (found["country"]["by"], found["country"]["direction"]) == (pytest.approx(-26.7, abs=0.1), "worse")
    assert found["country"]["low"] < found["country"]["by"] < found["country"]["high"]
    assert found["sector"]["compared"]
    assert found["round"]["compared"]


async def test_nothing_is_compared_where_too_few_others_are_there(world: World) -> None:
    created = await asked(world)
    await scored(world, created, north=(100, 40.0), south=(9, 60.0))
    assert not (await beside(world, created, "north"))["country"]["compared"]
    assert "others" not in (await beside(world, created, "north"))["country"]
    assert not (await beside(world, created, "south"))["country"]["compared"], "a hidden site is compared with nobody"


async def test_a_trend_says_what_changed_from_round_to_round(world: World) -> None:
    first = await asked(world)
    await scored(world, first, north=(100, 40.0))
    world.clock.forward(days=30)
    second = await ask(world)
    await scored(world, second, north=(100, 60.0))
    world.clock.forward(days=30)
    third = await ask(world)
    await scored(world, third, north=(6, 90.0))
    told = await trend(world.context, ngo(world), "pulse", "north")
    rounds = told["indicators"][0]["rounds"]
    assert [(row["n"], row["value"], row["hidden"]) for row in rounds] == [
        (100, 40.0, ""),
        (100, 60.0, ""),
        (None, None, "too-few"),
    ]
    assert rounds[0]["change"] is None
    assert rounds[2]["change"] is None
    assert (rounds[1]["change"]["by"], rounds[1]["change"]["direction"]) == (20.0, "better")
    assert rounds[1]["change"]["low"] > 0
    assert "better" in rounds[1]["change"]["says"]


async def test_an_address_shows_the_same_again_whatever_is_published_since(world: World) -> None:
    first = await asked(world)
    await scored(world, first, north=(100, 40.0), south=(100, 60.0))
    world.clock.forward(days=30)
    second = await ask(world)
    await scored(world, second, north=(100, 60.0), south=(100, 60.0))
    kept = await value(
        world, "SELECT id FROM publication WHERE round_id = :round ORDER BY at DESC LIMIT 1", round=second
    )
    part = f"round={second}&publication={kept}"
    async with client(world) as http:
        shown = [(await http.get(path)).text for path in (f"/sites/north?{part}", f"/overview?{part}")]
        world.clock.forward(days=1)
        # Both rounds are published anew, and figures of both move.
        await scored(world, first, north=(100, 80.0), south=(100, 20.0))
        await scored(world, second, north=(100, 20.0), south=(100, 20.0))
        again = [(await http.get(path)).text for path in (f"/sites/north?{part}", f"/overview?{part}")]
        assert again == shown
        assert (await http.get(f"/sites/north?round={second}")).text != shown[0]
        data = f"/v1/rounds/{second}/benchmarks?site=north"
        assert (await http.get(f"{data}&publication={kept}")).json() != (await http.get(data)).json()
        assert (await http.get(f"{data}&publication={first}")).status_code == 404


async def test_a_brand_compares_its_own_sites_alone(world: World) -> None:
    created = await asked(world)
    await scored(world, created, north=(100, 40.0), south=(100, 60.0), east=(100, 60.0))
    async with world.context.database.transaction() as store:
        brand = await save_brand(store, world.id, "acme", "Acme", ["north"], world.clock())
    acme = Caller(UUID(int=2), "brand", "acme", world.id, brand=brand)
    for ask_of in (
        lambda: trend(world.context, acme, "pulse", "south"),
        lambda: benchmark(world.context, acme, created, "south"),
    ):
        with pytest.raises(NotFoundError):
            await ask_of()


async def test_both_are_there_over_rest(world: World) -> None:
    created = await asked(world)
    await scored(world, created, north=(100, 40.0), south=(100, 60.0))
    async with client(world) as rest:
        told = (await rest.get(f"/v1/rounds/{created}/benchmarks", params={"site": "north"})).json()
        assert told["indicators"][0]["beside"][0]["compared"]
        told = (await rest.get("/v1/trends", params={"survey": "pulse", "site": "north"})).json()
        assert datetime.fromisoformat(told["indicators"][0]["rounds"][0]["as_of"]).tzinfo is not None
        assert (await rest.get("/v1/trends", params={"survey": "pulse", "site": "nowhere"})).status_code == 404
        split = (await rest.get(f"/v1/rounds/{created}", params={"split": "gender", "indicator": "safety"})).json()
        assert (split["split"], split["figures"]) == ("gender", [])
        assert (await rest.get(f"/v1/rounds/{created}", params={"split": "shoe-size"})).status_code == 422
