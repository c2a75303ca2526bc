"""The needs desk and the desk of sensitive cases: what stands where, who reads it, and what is done there."""

import re
from uuid import UUID

import httpx2
import pytest

from app.jobs.erasing import erase_worker
from app.store.keys import create_key
from tests.conftest import AMINA, BILAL, World
from tests.steps import ask, client, register, rows, run, say, service, settle, value, write
from tests.web.forms import wrong_fields

GRAVE = "yes, he hits me"


@pytest.fixture
async def desk(world: World) -> World:
    """Amina is with the food bank, Bilal was threatened; Rahima is a focal point, Selim reads alone."""
    await world.roster(f"{AMINA},gazipur,en,female", f"{BILAL},gazipur,en,male")
    await register(world, service("Food bank", "food"), service("Far kitchen", "food", city="Chattogram"))
    await write(world)
    await ask(world)
    await say(world, AMINA, "1", "4", "2", "2", "1")
    await say(world, BILAL, "1", "4", "1", GRAVE)
    await settle(world)
    async with world.context.database.transaction() as store:
        for name, more in (("focal", {"scopes": ["focal-point"]}), ("reader", {"grade": "reader"})):
            world.keys[name] = await create_key(store, "ngo", name, world.clock(), programme=world.id, **more)
    return world


async def need(world: World, category: str) -> UUID:
    return await value(world, "SELECT id FROM need WHERE category = :category", category=category)


def words(answer: httpx2.Response) -> str:
    """What a page says, without its tags."""
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


async def test_the_queue_shows_the_overdue_first_and_nothing_of_the_high_tier(desk: World) -> None:
    await run(
        desk, "UPDATE need SET category = 'food', sensitivity = 'standard', state = 'person' WHERE state <> 'referred'"
    )
    await run(desk, "UPDATE need SET deadline_at = :now WHERE state = 'person'", now=desk.clock())
    async with client(desk) as http:
        found = re.findall(r'class="age (\w+)"', (await http.get("/needs")).text)
        assert found == ["overdue", "fresh"]
    await run(desk, "UPDATE need SET sensitivity = 'high' WHERE state = 'person'")
    async with client(desk) as http:
        told = words(await http.get("/needs"))
        assert "1 need" in told
        assert "Food bank" in told
        assert "Sensitive cases" not in told


async def test_a_need_is_read_with_its_course_what_was_agreed_to_and_what_fits(desk: World) -> None:
    async with client(desk, "reader") as http:
        told = words(await http.get(f"/needs/{await need(desk, 'food')}"))
    for sentence in (
        "It came up in an answer.", "The worker agreed that Food bank may be told.", "phone number, language",
        "Food bank was asked.", "Far kitchen", "asked before", "Speaks English",
    ):  # fmt: skip
        assert sentence in told
    assert AMINA not in told


async def test_a_note_is_sealed_read_by_colleagues_and_stands_in_no_address(desk: World) -> None:
    address = f"/needs/{await need(desk, 'food')}"
    async with client(desk) as http:
        made = await http.post(f"{address}/notes", data={"note": "  She asked for <rice>.  "})
        assert (made.status_code, made.headers["location"]) == (303, f"{address}?done=noted")
        assert "She asked for &lt;rice&gt;." in (await http.get(address)).text
        assert (await http.post(f"{address}/notes", data={"note": " "})).status_code == 422
        long = await http.post(f"{address}/notes", data={"note": "x" * 4001})
        assert (long.status_code, wrong_fields(long)) == (422, ["note"])
    assert "rice" not in str(await rows(desk, "SELECT CAST(need_note AS text) FROM need_note"))
    assert "rice" not in str(await rows(desk, "SELECT CAST(audit AS text) FROM audit"))
    async with client(desk, "reader") as http:
        assert (await http.post(f"{address}/notes", data={"note": "no"})).status_code == 403
    await erase_worker(desk.context, desk.id, AMINA, desk.clock())
    assert await rows(desk, "SELECT id FROM need_note") == [], "it goes with whom it is about"


async def test_a_transfer_waits_for_the_workers_yes_and_an_end_closes_the_need(desk: World) -> None:
    address = f"/needs/{await need(desk, 'food')}"
    other = await value(desk, "SELECT id FROM service WHERE name = 'Far kitchen'")
    async with client(desk) as http:
        asked = await http.post(f"{address}/transfer", data={"service": str(other)})
        assert asked.headers["location"] == f"{address}?done=proposed"
        assert "To be offered next: Far kitchen" in words(await http.get(address))
        assert (await http.post(f"{address}/transfer", data={"service": "x"})).status_code == 404
        assert (await http.post(f"{address}/close")).status_code == 409, "a service has it"
        assert (await http.post(f"{address}/end")).headers["location"] == f"{address}?done=ended"
        assert "The request to Food bank ended." in words(await http.get(address))
        assert (await http.post(f"{address}/end")).status_code == 404
    assert await value(desk, "SELECT state FROM need WHERE category = 'food'") == "closed"


async def test_two_needs_of_one_worker_are_joined_with_their_notes(desk: World) -> None:
    first = await need(desk, "food")
    await run(
        desk,
        "INSERT INTO need (id, programme_id, worker_id, identity_id, site_id, category, urgency, sensitivity, source, state,"
        " deadline_at, created_at, updated_at) SELECT gen_random_uuid(), programme_id, worker_id, identity_id, site_id,"
        " 'money', urgency, sensitivity, source, 'person', deadline_at, created_at, updated_at FROM need WHERE id = :first",
        first=first,
    )  # fmt: skip
    second = await need(desk, "money")
    async with client(desk) as http:
        await http.post(f"/needs/{second}/notes", data={"note": "the same as the other"})
        assert (await http.post(f"/needs/{second}/join", data={"into": str(second)})).status_code == 409
        joined = await http.post(f"/needs/{second}/join", data={"into": str(first)})
        assert joined.headers["location"] == f"/needs/{first}?done=joined"
        assert "the same as the other" in words(await http.get(f"/needs/{first}"))
        assert "Joined with another need." in words(await http.get(f"/needs/{second}"))
        assert "Money" in words(await http.get("/needs?over=1"))


async def test_a_sensitive_case_is_for_a_focal_point_alone_and_each_look_is_written_down(desk: World) -> None:
    case = await need(desk, "harassment")
    async with client(desk) as http:
        for path in ("/cases", f"/cases/{case}"):
            assert (await http.get(path)).status_code == 403
        assert (await http.get(f"/needs/{case}")).status_code == 404
        for step in ("notes", "close", "join", "transfer", "end"):
            assert (await http.post(f"/needs/{case}/{step}", data={"note": "x", "into": str(case)})).status_code == 404
        for step in ("notes", "close", "join", "acknowledge"):
            assert (await http.post(f"/cases/{case}/{step}", data={"note": "x"})).status_code == 403
        assert 'href="/cases"' not in (await http.get("/needs")).text
    await run(desk, "UPDATE need SET state = 'person' WHERE id = :case", case=case)
    async with client(desk, "focal") as http:
        listed = await http.get("/cases")
        assert GRAVE not in listed.text
        assert BILAL not in listed.text
        opened = await http.get(f"/cases/{case}")
        assert GRAVE in words(opened)
        assert "Nobody is told when a case comes up" in words(opened), (
            "no focal point is named, and it does not say one is"
        )
        assert BILAL in words(opened)
        assert "transfer" not in opened.text.lower()
        assert (await http.post(f"/cases/{case}/acknowledge")).headers["location"].endswith("?done=taken-up")
        assert "A focal point took it up." in words(await http.get(f"/cases/{case}"))
        await http.post(f"/cases/{case}/notes", data={"note": "called, safe now"})
        assert (await http.post(f"/cases/{case}/close")).status_code == 303
        assert "called, safe now" in words(await http.get(f"/cases/{case}"))
        assert (await http.get(f"/cases/{await need(desk, 'food')}")).status_code == 404, "each desk its own"
    looks = await rows(
        desk,
        "SELECT outcome FROM audit WHERE action = 'GET /cases/{need}' AND object = :case ORDER BY id",
        case=str(case),
    )
    assert [outcome for (outcome,) in looks] == [403, 200, 200, 200]


async def test_who_is_not_safe_is_shown_no_number_to_call(desk: World) -> None:
    case = await need(desk, "harassment")
    await run(desk, "UPDATE need SET state = 'person' WHERE id = :case", case=case)
    await run(desk, "UPDATE worker SET apart = true")
    async with client(desk, "focal") as http:
        told = words(await http.get(f"/cases/{case}"))
    assert BILAL not in told
    assert "not safe now" in told
