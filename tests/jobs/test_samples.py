"""Who answered, what weights make of it, what changed, and how far it can be trusted: through REST, as an NGO reads it."""

from typing import Any
from uuid import UUID

import pytest

from app.domain.quality import Flag, FlagKind
from app.jobs.asking import close_due_rounds
from app.jobs.publishing import publish_round
from app.store.keys import create_key
from app.store.programmes import save_brand
from tests.conftest import World
from tests.jobs.test_publishing import answer, numbers
from tests.steps import PULSE, ask, client, rows, run, write

TOLD: dict[str, Any] = {
    **PULSE,
    "told": "coached",
    "questions": [
        *PULSE["questions"],
        {"code": "coached", "kind": "yes-no", "text": {"en": "Were you told what to answer?"}},
    ],
}


async def staff(world: World, women: int, men: int) -> None:
    genders = ["female"] * women + ["male"] * men
    await world.roster(
        *(
            f"{number},gazipur,en,{gender}"
            for number, gender in zip(numbers("gazipur", len(genders)), genders, strict=True)
        )
    )


async def read(world: World, path: str, key: str = "ngo") -> Any:
    async with client(world, key) as http:
        answered = await http.get(path)
    assert answered.status_code == 200, answered.text
    return answered.json()


async def put_margins(world: World, **margins: Any) -> Any:
    async with client(world) as http:
        return await http.put("/v1/sites/gazipur/margins", json=margins)


async def a_round(world: World, women: list[str], men: list[str], silent: int = 0) -> UUID:
    """Women and men who say how safe their work is, and more women who say nothing."""
    await staff(world, len(women) + silent, len(men))
    await write(world)
    created = await ask(world)
    await answer(world, "gazipur", *[(safe, "1", "2") for safe in women])
    start = len(women) + silent
    await answer(world, "gazipur", *[(safe, "1", "2") for safe in men], start=start)
    await end(world, created)
    return created


async def end(world: World, created: UUID) -> None:
    """The round closes, and its last figures are published."""
    await run(world, "UPDATE round SET state = 'closed' WHERE id = :id", id=created)
    await publish_round(world.context, world.id, created, world.clock.forward(seconds=1))


async def test_who_answered_is_told_by_gender_with_small_groups_together(world: World) -> None:
    created = await a_round(world, ["1", "3"] * 6, ["5", "4"] * 2, silent=8)
    told = await read(world, f"/v1/rounds/{created}/answered")
    assert told["funnel"] == {
        "invited": 24, "sent": 24, "delivered": 24, "started": 16, "partial": 0, "complete": 16, "refused": 0, "unclear": 0,
    }  # fmt: skip
    assert told["dispositions"]["complete"] == 16
    assert told["rates"]["rr1"] == pytest.approx(16 / 24, abs=1e-6)
    assert told["partial_after"] == "safe"
    # Four men alone would be told of by the women and the total.
    assert [row["groups"] for row in told["by"]["gender"]] == [["female", "male"]]
    assert [row["groups"] for row in told["by"]["site"]] == [["gazipur"]]
    assert [row["groups"] for row in told["by"]["language"]] == [["en"]]


async def test_a_weighted_figure_stands_beside_the_published_one(world: World) -> None:
    # 20 women at 25 and 75, 10 men at 100 and 75: 62.5 as they answered; half and half it is 50 and 87.5: 68.75.
    assert (await put_margins(world, gender={"female": 600, "male": 600})).status_code == 200
    created = await a_round(world, ["2", "4"] * 10, ["5", "4"] * 5)
    told = await read(world, f"/v1/rounds/{created}/representativeness")
    assert told["weights"]["converged"]
    assert told["weights"]["largest"] == 1.5
    assert told["weights"]["n_eff"] == 27
    site = next(row for row in told["figures"] if row["indicator"] == "safety" and row["level"] == "site")
    assert site["value"] == pytest.approx(62.5, abs=0.1)
    assert site["weighted"]["value"] == 69
    assert site["weighted"]["low"] < 69 < site["weighted"]["high"]
    assert site["silent"] is None, "where everybody answered, no response rate is published"
    women = next(row for row in told["response"]["gender"] if row["groups"] == ["female"])
    assert (women["asked"], women["answered"], women["share"]) == (20, 20, 1)


async def test_what_could_not_be_weighted_is_told_and_before_the_end_nothing_is_weighted(world: World) -> None:
    await put_margins(world, gender={"female": 600, "male": 600})
    created = await a_round(world, ["2", "4"] * 6, ["5", "4"] * 2, silent=14)
    told = await read(world, f"/v1/rounds/{created}/representativeness")
    assert {"site": "gazipur", "field": "gender", "reason": "too few answered"} in told["weights"]["left_off"]
    shown = next(row for row in told["figures"] if row["indicator"] == "safety" and row["level"] == "site")
    assert shown["silent"]["low"] < shown["value"] < shown["silent"]["high"]
    await run(world, "UPDATE round SET state = 'open' WHERE id = :id", id=created)
    again = await read(world, f"/v1/rounds/{created}/representativeness")
    assert again["figures"] == []


@pytest.mark.parametrize(
    ("margins", "status"),
    [
        pytest.param({"gender": {"female": 800, "male": 400}, "age_band": {"18-25": 1200}}, 200, id="they add up"),
        pytest.param({"gender": {"female": 800, "male": 300}}, 422, id="a hundred are missing"),
        pytest.param({"gender": {"female": -1, "male": 1201}}, 422, id="fewer than nobody"),
        pytest.param({"height": {"tall": 1200}}, 422, id="a trait there is not"),
        pytest.param({}, 200, id="none"),
    ],
)
async def test_head_counts_by_trait_add_up_to_the_sites(world: World, margins: Any, status: int) -> None:
    answered = await put_margins(world, **margins)
    assert answered.status_code in {status, 400 if status == 422 else status}
    kept = await read(world, "/v1/sites/margins")
    assert kept == ({name: {"gazipur": counts} for name, counts in margins.items()} if status == 200 else {})


async def test_no_such_site_has_no_head_counts(world: World) -> None:
    async with client(world) as http:
        assert (await http.put("/v1/sites/nowhere/margins", json={"gender": {"f": 1}})).status_code == 404


async def test_a_change_between_rounds_is_told_in_a_sentence(world: World) -> None:
    first = await a_round(world, ["1", "2"] * 6, [])
    await run(world, "UPDATE round SET opens_at = opens_at - interval '30 days' WHERE id = :id", id=first)
    await run(world, "UPDATE conversation SET open = false, remind_at = NULL, expires_at = NULL")
    second = await ask(world)
    await answer(world, "gazipur", *[(safe, "1", "2") for safe in ["5", "4"] * 6])
    await end(world, second)
    told = await read(world, f"/v1/rounds/{second}/changes")
    assert told["since"]["id"] == str(first)
    change = next(row for row in told["changes"] if row["indicator"] == "safety" and row["level"] == "site")
    assert change["direction"] == "better"
    assert change["sentence"].startswith("Up by ")
    async with client(world) as http:
        assert (await http.get(f"/v1/rounds/{first}/changes")).status_code == 404


async def test_quality_names_sites_and_numbers_and_no_person(world: World) -> None:
    await world.roster(*(f"{number},gazipur,en," for number in numbers("gazipur", 22)))
    await write(world, TOLD)
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2", "1" if at < 11 else "2") for at in range(22)])
    told = await read(world, f"/v1/rounds/{created}/quality")
    assert told["sites"] == {"gazipur": 22}
    assert not [flag for flag in told["flags"] if flag["kind"] == "told-what-to-answer"], "not before the end"
    await run(world, "UPDATE round SET state = 'closed' WHERE id = :id", id=created)
    told = await read(world, f"/v1/rounds/{created}/quality")
    (flag,) = [flag for flag in told["flags"] if flag["kind"] == "told-what-to-answer"]
    assert (flag["site"], flag["people"], flag["of"]) == ("gazipur", 10, 22)
    effect = {row["indicator"]: row for row in flag["effect"]}
    assert effect["safety"]["without"] is not None
    assert effect["food"] == {"indicator": "food", "with": None, "without": None}, "all said the same"
    assert "+880" not in repr(told)


async def test_a_brand_reads_which_of_its_sites_are_in_doubt_and_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.roster(*(f"{number},gazipur,en," for number in numbers("gazipur", 22)))
    await write(world, TOLD)
    created = await ask(world)
    await answer(world, "gazipur", *[(str(1 + at % 5), "1", "2", "1" if at < 11 else "2") for at in range(22)])
    async with world.context.database.transaction() as store:
        for code, sites in (("acme", ["gazipur"]), ("zeta", ["nairobi"])):
            brand = await save_brand(store, world.id, code, code, sites, world.clock())
            world.keys[code] = await create_key(store, "brand", code, world.clock(), programme=world.id, brand=brand)
    with monkeypatch.context() as patched:
        seen = Flag("gazipur", FlagKind.BURST, 9, 22, 1.0, "began together", frozenset(range(9)))
        patched.setattr("app.jobs.quality.examine", lambda *_, **__: [seen])
        assert (await read(world, f"/v1/rounds/{created}/quality"))["flags"], "the programme is told at once"
        while_open = await read(world, f"/v1/rounds/{created}/quality", "acme")
        assert while_open["in_doubt"] == [], "a doubt that comes with a reply would tell of it"
    await run(world, "UPDATE round SET state = 'closed' WHERE id = :id", id=created)
    assert await read(world, f"/v1/rounds/{created}/quality", "acme") == {
        "round": str(created),
        "in_doubt": ["gazipur"],
    }
    async with client(world, "zeta") as http:
        assert (await http.get(f"/v1/rounds/{created}/quality")).status_code == 404
        assert (await http.get(f"/v1/rounds/{created}/answered")).status_code == 403


async def test_a_phone_the_roster_gives_twice_is_marked(world: World) -> None:
    one, two, three = numbers("gazipur", 3)
    await world.roster(f"{one},gazipur,en,", f"{one},gazipur,en,", f"{two},gazipur,en,")
    assert await rows(world, "SELECT count(*) FROM identity WHERE shared") == [(1,)]
    from app.jobs.rosters import import_roster
    from tests.conftest import lines

    header = "phone,site,language,gender,other_phone"
    async for _ in import_roster(world.context, world.id, lines(header, f"{three},gazipur,en,,{two}"), world.clock()):
        pass
    assert await rows(world, "SELECT count(*) FROM identity WHERE shared") == [(2,)]


async def test_silence_on_a_phone_nobody_vouches_for_is_nobodys_known(world: World) -> None:
    from app.jobs.rosters import RosterReport, import_roster
    from tests.conftest import lines

    one, two, three = numbers("gazipur", 3)
    report = RosterReport()
    listed = (f"{one},gazipur,en,yes", f"{two},gazipur,en,no", f"{three},gazipur,en,perhaps")
    async for report in import_roster(  # noqa: B007 - the last one counts
        world.context, world.id, lines("phone,site,language,confirmed", *listed), world.clock()
    ):
        pass
    assert [(fault.place, fault.message) for fault in report.faults] == [
        ("row 4, confirmed", "'perhaps' is neither yes nor no")
    ]
    await write(world)
    created = await ask(world, lasts_days=1, expire_after_hours=20, remind_after_hours=5)
    world.clock.forward(days=2)
    await close_due_rounds(world.context, world.clock())
    told = await read(world, f"/v1/rounds/{created}/answered")
    assert (told["dispositions"]["non-contact"], told["dispositions"]["unknown"]) == (1, 1)


async def test_the_published_scales_can_be_read(world: World) -> None:
    told = await read(world, "/v1/instruments")
    assert {"who-5", "fies", "cfpb"} <= {row["instrument"] for row in told}
    assert all(row["source"] and row["terms"] for row in told)
