"""What is read of a publication: the figures a page shows, and of all others where they are and why they are hidden."""

from typing import Any
from uuid import UUID

from app.domain.figures import WHOLE, Part
from app.jobs.dashboards import board_page, dashboard
from app.jobs.publishing import publish_round
from app.jobs.snapshots import PROTECTED, figures_in, open_snapshot, places_in
from app.store.keys import Caller
from app.store.programmes import save_brand
from tests.conftest import AMINA, World
from tests.steps import ask, run, score_site, write

_SITES = {"north": (100, 40.0), "south": (100, 60.0), "east": (200, 70.0), "west": (4, 50.0), "few": (30, 55.0)}


def ngo(world: World) -> Caller:
    return Caller(UUID(int=1), "ngo", "test", world.id)


async def published(world: World) -> UUID:
    """A round with figures of four sites in Bangladesh and one in Kenya; too few answered in the west."""
    await world.roster(f"{AMINA},gazipur,en,")
    await write(world)
    created = await ask(world)
    for name, (count, mean) in _SITES.items():
        await run(
            world,
            "INSERT INTO site (id, programme_id, code, name, country, zone, sector) VALUES (gen_random_uuid(), :programme,"
            " :code, :code, :country, 'UTC', 'garments')",
            programme=world.id, code=name, country="KE" if name == "few" else "BD",
        )  # fmt: skip
        await score_site(world, created, name, count, mean)
    await publish_round(world.context, world.id, created, world.clock())
    return created


def cells(rows: list[dict[str, Any]]) -> set[tuple[str, str, str | None]]:
    return {(row["level"], row["country"], row["site"]) for row in rows}


async def test_a_part_is_of_the_totals_it_names_and_of_the_sites_it_names(world: World) -> None:
    created = await published(world)
    async with world.context.database.transaction() as store:
        snapshot = await open_snapshot(store, ngo(world), created)
        every = await figures_in(store, snapshot)
        totals = await figures_in(store, snapshot, Part(totals=("round",)))
        both = await figures_in(store, snapshot, Part(totals=("country",), sites=("north",)))
        abroad = await figures_in(store, snapshot, Part("KE", totals=("country",)))
    assert cells(totals) == {("round", "", None)}
    assert cells(both) == {("country", "BD", None), ("country", "KE", None), ("site", "BD", "north")}
    assert cells(abroad) == {("country", "KE", None)}
    assert [row for row in every if row["level"] == "round"] == totals
    told = await dashboard(world.context, ngo(world), created, part=Part("KE"), brief=True)
    assert told["figures"] == [row for row in every if row["country"] == "KE"]


async def test_places_count_the_figures_of_a_snapshot_shown_and_hidden(world: World) -> None:
    created = await published(world)
    async with world.context.database.transaction() as store:
        snapshot = await open_snapshot(store, ngo(world), created)
        every, places = await figures_in(store, snapshot, WHOLE), await places_in(store, snapshot)
    assert sum(place.figures for place in places) == len(every)
    assert sorted(why for place in places for why in place.hidden) == sorted(
        row["hidden"] for row in every if row["hidden"]
    )
    (west,) = [place for place in places if place.site == "west"]
    assert (west.shown, bool(west.hidden)) == (0, True)


async def test_a_page_of_a_round_holds_its_totals_and_the_sites_of_the_page(world: World) -> None:
    created = await published(world)
    pages = [await board_page(world.context, ngo(world), created, None, first=first, count=2) for first in (0, 2, 4)]
    there = [[site for _, _, site in sorted(cells(page.board["figures"]), key=str) if site] for page in pages]
    assert [len(sites) for sites in there] == [2, 2, pages[0].sites - 4]
    assert {site for sites in there for site in sites} >= set(_SITES)
    assert all(("round", "", None) in cells(page.board["figures"]) for page in pages)


async def test_a_brand_counts_what_it_reads_and_no_reason(world: World) -> None:
    created = await published(world)
    async with world.context.database.transaction() as store:
        brand = await save_brand(store, world.id, "acme", "Acme", ["gazipur", "north", "west"], world.clock())
    acme = Caller(UUID(int=2), "brand", "acme", world.id, brand)
    async with world.context.database.transaction() as store:
        snapshot = await open_snapshot(store, acme, created)
        every, places = await figures_in(store, snapshot), await places_in(store, snapshot)
        alone = await figures_in(store, snapshot, Part(sites=("north", "south")))
    assert {row["site"] for row in every if row["level"] == "site"} <= {"gazipur", "north", "west"}
    assert cells(every) == {(place.level, place.country, place.site) for place in places}
    assert {why for place in places for why in place.hidden} == {PROTECTED}
    assert {row["site"] for row in alone} == {"north"}
