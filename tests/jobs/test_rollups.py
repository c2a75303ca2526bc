"""Roll-ups: every way a score or a case can change moves the sums with it, and made anew they are the same."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.jobs.rollups import Rebuilt, rebuild_figures, squash_rollups
from app.jobs.rosters import import_roster
from app.store.rollups import case_counts, score_sums
from tests.conftest import AMINA, BILAL, CHAMPA, World, lines
from tests.steps import ask, rows, run, say, value, write


async def staff(world: World) -> None:
    """Two women, one of them on contract, and a man."""
    roster = lines(
        "phone,site,language,gender,age_band,employment",
        f"{AMINA},gazipur,en,female,18-24,contract",
        f"{BILAL},gazipur,en,male,25-34,permanent",
        f"{CHAMPA},gazipur,en,female,25-34,permanent",
    )
    async for _ in import_roster(world.context, world.id, roster, world.clock()):
        pass


async def polled(world: World) -> UUID:
    """A round that Amina finds safe (4 of 5), Bilal not (2 of 5); Champa is silent."""
    await staff(world)
    await write(world)
    created = await ask(world)
    await say(world, AMINA, "1", "4", "1", "2")
    await say(world, BILAL, "1", "2", "1", "2")
    return created


async def sums(
    world: World, created: UUID, indicator: str = "safety"
) -> dict[tuple[str, str], tuple[int, Decimal, Decimal]]:
    async with world.context.database.transaction() as store:
        found = await score_sums(store, created, indicator)
    return {(row.split, row.category): (row.n, row.total, row.squares) for row in found}


async def cases(world: World, created: UUID, split: str = "") -> dict[Any, int]:
    async with world.context.database.transaction() as store:
        found = await case_counts(store, created)
    return {(row.category, row.step) if split else row.step: row.n for row in found if row.split == split}


async def test_sums_are_kept_for_the_site_and_each_of_its_strata(world: World) -> None:
    created = await polled(world)
    assert await sums(world, created) == {
        ("", ""): (2, 100, 6250),
        ("gender", "female"): (1, 75, 5625),
        ("gender", "male"): (1, 25, 625),
        ("age_band", "18-24"): (1, 75, 5625),
        ("age_band", "25-34"): (1, 25, 625),
        ("employment", "contract"): (1, 75, 5625),
        ("employment", "permanent"): (1, 25, 625),
    }
    assert await cases(world, created) == {
        "invited": 3, "sent": 3, "delivered": 3, "started": 2, "complete": 2, "pending": 1,
    }  # fmt: skip
    assert (await cases(world, created, "gender"))["female", "pending"] == 1


async def test_a_late_reply_a_correction_and_an_erasure_move_the_sums(world: World) -> None:
    created = await polled(world)
    await squash_rollups(world.context)
    await say(world, CHAMPA, "1", "5", "1", "2")
    assert (await sums(world, created))["", ""] == (3, 200, 16250)
    await run(world, "UPDATE score SET value = 50 WHERE value = 25")
    assert (await sums(world, created))["gender", "male"] == (1, 50, 2500)
    await run(world, "DELETE FROM score WHERE indicator = 'safety' AND gender = 'male'")
    assert (await sums(world, created))["", ""] == (2, 175, 15625)
    assert ("gender", "male") not in await sums(world, created)
    await run(world, "UPDATE invitation SET disposition = 'partial' WHERE gender = 'male'")
    assert (await cases(world, created, "gender"))["male", "partial"] == 1
    assert ("male", "complete") not in await cases(world, created, "gender")


async def test_squashing_changes_no_number_and_leaves_one_row_a_stratum(world: World) -> None:
    created = await polled(world)
    before = await sums(world, created), await cases(world, created)
    assert await value(world, "SELECT count(*) FROM score_rollup WHERE fresh") > 0
    assert await squash_rollups(world.context) == 1
    assert await squash_rollups(world.context) == 0
    assert (await sums(world, created), await cases(world, created)) == before
    assert await rows(world, "SELECT indicator, count(*), bool_or(fresh) FROM score_rollup GROUP BY 1 ORDER BY 1") == [
        ("food", 2, False),
        ("safety", 2, False),
    ]


async def test_two_that_squash_at_once_count_nobody_twice(world: World) -> None:
    created = await polled(world)
    before = await sums(world, created)
    await asyncio.gather(*(squash_rollups(world.context) for _ in range(3)))
    assert await sums(world, created) == before


async def test_sums_do_not_depend_on_the_order_they_are_added_in(world: World) -> None:
    """0.1 + 0.2 + 0.3 is not 0.3 + 0.2 + 0.1 in floating point; nor is a third three times a whole."""
    created = await polled(world)
    kept = await sums(world, created)
    for awkward in (0.1, 0.2, 100 / 3, 1e9 / 7):
        await run(
            world, "UPDATE score SET value = :value WHERE gender = 'female' AND indicator = 'safety'", value=awkward
        )
    await run(world, "UPDATE score SET value = 75 WHERE gender = 'female' AND indicator = 'safety'")
    assert await sums(world, created) == kept


async def test_made_anew_from_the_answers_the_numbers_are_the_same_to_the_last_digit(world: World) -> None:
    created = await polled(world)
    before = await sums(world, created), await cases(world, created)
    assert await rebuild_figures(world.context, world.id) == Rebuilt(rounds=1, people=2)
    assert (await sums(world, created), await cases(world, created)) == before


async def test_a_rebuild_mends_what_went_wrong_and_says_how_much(world: World) -> None:
    created = await polled(world)
    before = await sums(world, created), await cases(world, created)
    await run(world, "UPDATE score SET value = 1 WHERE gender = 'male' AND indicator = 'safety'")
    await run(
        world,
        "INSERT INTO score (programme_id, invitation_id, round_id, site_id, country, gender, age_band, employment, indicator,"
        " value) SELECT programme_id, invitation_id, round_id, site_id, country, gender, age_band, employment,"
        " 'never-asked', 1 FROM score WHERE gender = 'male' LIMIT 1",
    )
    await run(world, "UPDATE score_rollup SET total = total + 1 WHERE indicator = 'food' AND gender = 'female'")
    await run(world, "DELETE FROM case_rollup WHERE step = 'invited' AND gender = 'male'")
    assert await rebuild_figures(world.context, world.id) == Rebuilt(rounds=1, people=2, scores=1, strata=2)
    assert (await sums(world, created), await cases(world, created)) == before
    assert await value(world, "SELECT count(*) FROM score_rollup WHERE indicator = 'never-asked'") == 0
