"""A round in an NGO's hands on the pages: planned, looked at, launched, watched, paused, stopped."""

import re
from typing import Any

import httpx2
import pytest

from app.store.keys import create_key
from tests.conftest import AMINA, WANJIRU, World
from tests.steps import PULSE, ask, client, settle, value, write
from tests.web.forms import filled_in, words, wrong_fields

FORM = {
    "survey": "pulse:1", "name": "Spring <pulse>", "sample": "all", "spread_minutes": "0", "opens": "09:00",
    "closes": "20:00", "remind_after_hours": "24", "expire_after_hours": "72", "lasts_days": "7",
}  # fmt: skip


@pytest.fixture
async def staffed(world: World) -> World:
    await world.roster(f"{AMINA},gazipur,en,female", f"{WANJIRU},nairobi,en,female")
    await write(world)
    async with world.context.database.transaction() as store:
        world.keys["reader"] = await create_key(
            store, "ngo", "reader", world.clock(), programme=world.id, grade="reader"
        )
    return world


def seen(answer: httpx2.Response) -> str:
    found = re.search(r'name="seen" value="(\w+)"', answer.text)
    assert found, answer.text
    return found[1]


async def look(http: httpx2.AsyncClient, **changed: Any) -> httpx2.Response:
    return await http.post("/rounds/new", data={**FORM, "step": "preview", **changed})


async def test_a_round_is_looked_at_and_launched_as_it_was_looked_at(staffed: World) -> None:
    async with client(staffed) as http:
        empty = await http.get("/rounds/new")
        assert 'value="pulse:1"' in empty.text
        assert 'name="site:gazipur"' in empty.text
        looked = await look(http, **{"site:gazipur": "1"})
        assert looked.status_code == 200
        assert re.search(r"People asked</dt><dd>1<", looked.text)
        assert "09:00–20:00" in looked.text
        assert "Kenya" not in re.sub(r"(?s)<fieldset.*</fieldset>", "", looked.text), (
            "only the countries it is asked in"
        )
        assert await value(staffed, "SELECT count(*) FROM round") == 0

        changed = {**FORM, "step": "launch", "seen": seen(looked)}
        again = await http.post("/rounds/new", data=changed)
        assert again.status_code == 200, "without the site it is another round: it is looked at anew"
        assert await value(staffed, "SELECT count(*) FROM round") == 0
        made = await http.post("/rounds/new", data={**changed, "site:gazipur": "1", "sample_size": ""})
        assert made.status_code == 303, made.text
        assert "Launched." in (await http.get(made.headers["location"])).text
        twice = await http.post("/rounds/new", data={**changed, "site:gazipur": "1"})
        assert (twice.status_code, "already" in twice.text) == (422, True)
    await settle(staffed)
    assert len(staffed.texts(AMINA)) == 1
    assert staffed.texts(WANJIRU) == []


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        pytest.param({"survey": ""}, "survey", id="no survey"),
        pytest.param({"survey": "none:1"}, "", id="an unknown one"),
        pytest.param({"name": " "}, "name", id="no name"),
        pytest.param({"opens": "25:00"}, "opens", id="no hour"),
        pytest.param({"lasts_days": "long"}, "lasts_days", id="no number"),
        pytest.param({"lasts_days": "100"}, "lasts_days", id="too long"),
        pytest.param({"sample": "share", "sample_size": "x"}, "sample_size", id="no share"),
        pytest.param({"sample": "per_stratum", "sample_size": "2.5"}, "sample_size", id="half a person"),
        pytest.param({"opens_at": "soon"}, "opens_at", id="no moment"),
        pytest.param({"opens_at": "1999-01-01T10:00"}, "opens_at", id="long ago"),
        pytest.param({"opens": "01:00", "closes": "02:00"}, "", id="at night alone"),
    ],
)
async def test_what_is_wrong_is_named_and_what_was_written_is_kept(
    staffed: World, changed: dict[str, str], place: str
) -> None:
    async with client(staffed) as http:
        answer = await look(http, **changed)
    assert answer.status_code == 422
    assert wrong_fields(answer) == ([place] if place else [])
    assert 'role="alert"' in answer.text
    assert "{" not in words(answer), "a document's own writing helps nobody who fills in a form"
    if "name" not in changed:
        assert "Spring &lt;pulse&gt;" in answer.text


async def test_whatever_is_wrong_with_a_round_is_told_at_once(staffed: World) -> None:
    wrong = {
        "name": "",
        "opens": "25:00",
        "spread_minutes": "-1",
        "lasts_days": "x",
        "sample": "share",
        "sample_size": "400",
    }
    async with client(staffed) as http:
        answer = await look(http, **wrong)
    assert wrong_fields(answer) == ["name", "sample_size", "opens", "spread_minutes", "lasts_days"]


async def test_a_draft_wording_is_taken_on_a_name_beneath_what_was_looked_at(staffed: World) -> None:
    await write(staffed, {**PULSE, "survey": "draft", "reviews": {}})
    async with client(staffed) as http:
        form = filled_in(await http.get("/rounds/new?survey=draft:1"))
        looked = await http.post("/rounds/new", data={**form, "name": "Spring", "step": "preview"})
        assert "Who takes it on their name" in looked.text
        refused = await http.post("/rounds/new", data={**filled_in(looked), "step": "launch"})
        assert (refused.status_code, wrong_fields(refused)) == (422, ["by"])
        assert "What a launch would mean" in refused.text, "what was looked at stays, with its button"
        taken = {**filled_in(refused), "by": "Rina", "reason": "a try", "step": "launch"}
        made = await http.post("/rounds/new", data=taken)
        assert made.status_code == 303, words(made)
    assert await value(staffed, "SELECT override->>'by' FROM round") == "Rina"


async def test_a_form_that_was_changed_since_it_was_looked_at_says_why_it_came_back(staffed: World) -> None:
    told = "Nothing was launched"
    async with client(staffed) as http:
        form = filled_in(await http.get("/rounds/new"))
        looked = await http.post("/rounds/new", data={**form, "name": "Spring", "step": "preview"})
        assert told not in words(looked)
        changed = await http.post("/rounds/new", data={**filled_in(looked), "site:nairobi": "1", "step": "launch"})
        assert (changed.status_code, told in words(changed)) == (200, True)
        assert re.search(r"People asked</dt><dd>1<", changed.text), "what it would mean now"
        made = await http.post("/rounds/new", data={**filled_in(changed), "step": "launch"})
        assert made.status_code == 303, words(made)
        unseen = await http.post("/rounds/new", data={**form, "name": "Autumn", "step": "launch"})
        assert (unseen.status_code, told in words(unseen)) == (200, True), (
            "what nobody looked at is not launched either"
        )
    assert await value(staffed, "SELECT count(*) FROM round") == 1


async def test_a_second_round_of_a_name_is_refused_with_the_reason(staffed: World) -> None:
    async with client(staffed) as http:
        for status in (303, 422):
            form = {**filled_in(await http.get("/rounds/new")), "name": "Spring"}
            looked = await http.post("/rounds/new", data={**form, "step": "preview"})
            answer = await http.post("/rounds/new", data={**filled_in(looked), "step": "launch"})
            assert answer.status_code == status, words(answer)
        assert "already" in words(answer)


async def test_the_enter_key_in_a_field_looks_and_does_not_launch(staffed: World) -> None:
    async with client(staffed) as http:
        looked = await look(http)
    assert (
        re.findall(r'<button[^>]* value="(\w+)"', looked.text[looked.text.index('action="/rounds/new"') :])[0]
        == "preview"
    ), "a browser presses a form's first button"


async def test_a_round_is_watched_paused_let_go_on_and_stopped(staffed: World) -> None:
    asked = await ask(staffed)
    address = f"/rounds/{asked}"
    async with client(staffed) as http:
        shown = (await http.get(f"{address}/monitor")).text
        for said in ("Invited", "No unclear reply waits.", "simulator", "too few texts lately", "Bangladesh", "Pause"):
            assert said in shown
        assert "As of" in (await http.get(f"{address}/monitor/now")).text
        assert (await http.post(f"{address}/pause")).headers["location"] == f"{address}/monitor?done=paused"
        paused = (await http.get(f"{address}/monitor?done=paused")).text
        assert "Go on" in paused
        assert "Rests since" in paused
        assert "Paused" in (await http.get("/rounds")).text
        assert (await http.post(f"{address}/resume")).status_code == 303
        assert (await http.post(f"{address}/stop")).status_code == 303
        late = await http.post(f"{address}/pause")
        assert (late.status_code, "nothing to pause" in late.text) == (409, True)
        assert "Stop it now" not in late.text
    async with client(staffed, "reader") as http:
        assert (await http.get(f"{address}/monitor")).status_code == 200
        assert (await http.post(f"{address}/stop")).status_code == 403
