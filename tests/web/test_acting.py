"""Actions and the loop over REST: an NGO writes and tells, a brand reads what is published, faults are named."""

from typing import Any
from uuid import UUID

import pytest

from app.store.keys import create_key
from app.store.programmes import save_brand
from tests.conftest import AMINA, World
from tests.steps import ask, client, run, settle, write
from tests.web.forms import wrong_fields

TEXT = "The cutting tables have guards now."
WORDS = {
    "said": "Six in ten feel unsafe", "indicator": "safety", "owner": "Rina", "due_on": "2026-12-01", "state": "done",
    "texts": {"en": TEXT},
}  # fmt: skip


@pytest.fixture
async def asked(world: World) -> UUID:
    """Amina was asked in a round that is over; a brand buys at her site."""
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    created = await ask(world)
    world.clock.forward(days=30)
    await settle(world)
    async with world.context.database.transaction() as store:
        brand = await save_brand(store, world.id, "acme", "Acme", ["gazipur"], world.clock())
        world.keys["brand"] = await create_key(
            store, "brand", "b", world.clock(), programme=world.id, brand=brand
        )  # fmt: skip
    return created


def body(created: UUID, **changes: Any) -> dict[str, Any]:
    return {"round": str(created), **WORDS, **changes}


async def test_an_action_is_written_looked_at_told_and_read(world: World, asked: UUID) -> None:
    async with client(world) as http:
        made = await http.post("/v1/actions", json=body(asked))
        assert made.status_code == 201, made.text
        address = f"/v1/actions/{made.json()['id']}"
        preview = (await http.post(f"{address}/tell/preview")).json()
        assert (preview["people"], preview["segments"]) == (1, 1)
        assert "draft" in preview["warnings"][0]
        refused = await http.post(f"{address}/tell", json={})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/draft-wording")
        assert (await http.patch(address, json={"owner": "Selim", "measured_by": None})).status_code == 204
        reviewed = {"reviews": {"en": {"status": "reviewed", "by": "Rina", "on": "2026-11-20"}}}
        assert (await http.patch(address, json=reviewed)).status_code == 204
        assert (await http.post(f"{address}/tell", json={})).status_code == 202
        await settle(world)
        assert TEXT in world.texts(AMINA)[-1]
        (shown,) = (await http.get("/v1/actions")).json()
        assert (shown["owner"], shown["told"]) == ("Selim", {"asked": 1, "written": 1, "told": 1})
        assert (await http.patch(address, json={"texts": {"en": "Else."}})).status_code == 409
        assert (await http.post(f"{address}/tell", json={})).status_code == 409
    async with client(world, "brand") as http:
        (read,) = (await http.get(f"/v1/rounds/{asked}/actions")).json()
        assert read["texts"] == {"en": TEXT}
        assert "told" not in read
        assert read["share_told"] == []
        assert (await http.post("/v1/actions", json=body(asked))).status_code == 403


async def test_every_fault_is_named_by_its_place(world: World, asked: UUID) -> None:
    async with client(world) as http:
        wrong = body(asked, indicator="", question="touched", sites=["nairobi"], texts={"fr": "Fait."})
        answer = await http.post("/v1/actions", json=wrong)
        assert answer.status_code == 422
        places = {fault["place"] for fault in answer.json()["errors"]}
        assert places == {"finding", "finding.sites", "texts.en", "texts.fr"}
        assert (await http.post("/v1/actions", json=body(UUID(int=1)))).status_code == 404


@pytest.mark.parametrize("blank", [{"said": " "}, {"owner": "\t"}, {"texts": {"en": "\n"}}])
async def test_an_action_says_something(world: World, asked: UUID, blank: dict[str, Any]) -> None:
    async with client(world) as http:
        assert (await http.post("/v1/actions", json=body(asked, **blank))).status_code == 422


async def test_the_loop_and_its_gaps_are_read_and_taken_away(world: World, asked: UUID) -> None:
    async with client(world) as http:
        assert (await http.post("/v1/programme/loop/publish")).status_code == 200
        told = (await http.get("/v1/programme/loop")).json()
        assert told["figures"] == []
        assert told["published_at"]
        for name in ("programme/loop", "loop/gaps"):
            sheet = await http.get(f"/v1/{name}/export")
            assert sheet.headers["content-type"].startswith("text/csv")
            assert '"category"' in sheet.text.splitlines()[0]
        assert (await http.get("/v1/loop/gaps")).json() == []
    async with client(world, "brand") as http:
        assert "desk" not in (await http.get("/v1/programme/loop")).json()
        assert (await http.post("/v1/programme/loop/publish")).status_code == 403


async def test_an_ngo_writes_an_action_on_a_page_and_has_people_told(world: World, asked: UUID) -> None:
    async with client(world) as http:
        empty = await http.get("/actions")
        assert "No action has been written yet." in empty.text
        assert f"/rounds/{asked}/actions" in empty.text
        form = await http.get(f"/rounds/{asked}/actions")
        assert 'value="indicator:safety"' in form.text
        assert 'value="question:touched"' not in form.text, "what is sensitive cannot even be chosen"
        written = {
            "about": "indicator:safety", "site:gazipur": "1", "said": "Unsafe <tables>", "owner": "Rina",
            "due_on": "2026-12-01", "state": "done", "text:en": "She was raped.",
        }  # fmt: skip
        refused = await http.post(f"/rounds/{asked}/actions", data=written)
        assert refused.status_code == 422
        assert wrong_fields(refused) == ["text-en"]
        assert "She was raped." in refused.text, "what was written is not lost"
        nothing = await http.post(f"/rounds/{asked}/actions", data={"about": "question:touched", "text:en": ""})
        assert wrong_fields(nothing) == ["about", "said", "owner", "due_on", "text-en"], "all of it at once"
        made = await http.post(f"/rounds/{asked}/actions", data={**written, "text:en": TEXT})
        address = made.headers["location"]
        shown = await http.get(address)
        assert "Unsafe &lt;tables&gt;" in shown.text
        assert f"Open Line: {TEXT}" in shown.text
        draft = await http.post(f"{address}/tell", data={})
        assert (draft.status_code, "say who takes it on their name" in draft.text) == (422, True)
        assert "accept_drafts" not in draft.text, "what a program sends is no word of a page"
        late = await http.post(address, data={**written, "due_on": "soon", "text:en": TEXT})
        assert wrong_fields(late) == ["due_on"]
        emptied = await http.post(address, data={**written, "owner": "", "text:en": TEXT})
        assert wrong_fields(emptied) == ["owner"]
        assert 'value="Rina"' not in emptied.text, "the field stands as it was sent"
        saved = await http.post(address, data={**written, "owner": "Selim", "text:en": TEXT, "by:en": "Rina"})
        assert saved.headers["location"] == f"{address}?done=saved"
        told = await http.post(f"{address}/tell", data={})
        assert told.headers["location"] == f"{address}?done=telling"
        await settle(world)
        assert TEXT in world.texts(AMINA)[-1]
        after = await http.get(address)
        assert "Tell people now" not in after.text
        assert "Reached" in after.text
        assert (await http.get("/actions/00000000-0000-0000-0000-000000000001")).status_code == 404
    async with client(world, "brand") as http:
        seen = await http.get("/actions")
        assert TEXT in seen.text
        assert "Selim" in seen.text
        assert "Write an action" not in seen.text
        assert (await http.get(address)).status_code == 403


async def test_where_no_road_leads_an_action_can_still_be_written(world: World, asked: UUID) -> None:
    async with client(world) as http:
        made = await http.post("/v1/actions", json=body(asked))
        await run(world, "UPDATE channel SET two_way = false")
        shown = await http.get(f"/actions/{made.json()['id']}")
        assert shown.status_code == 200
        assert "can be replied to" in shown.text
        assert "Tell people now" not in shown.text


async def test_a_round_that_measures_what_was_done_tells_of_it_on_its_page_too(world: World, asked: UUID) -> None:
    world.clock.forward(days=30)
    later = await ask(world)
    async with client(world) as http:
        key = (await http.post("/v1/actions", json=body(asked))).json()["id"]
        page = f"/rounds/{later}/said"
        assert body(asked)["said"] not in (await http.get(page)).text
        assert (await http.patch(f"/v1/actions/{key}", json={"measured_by": str(later)})).status_code == 204
        assert body(asked)["said"] in (await http.get(page)).text
        assert (await http.get(f"/v1/rounds/{later}/actions")).json() == []
        (told,) = (await http.get(f"/v1/rounds/{later}/actions", params={"measured": "true"})).json()
        assert (told["id"], told["round"]) == (key, str(asked))
