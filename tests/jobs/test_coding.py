"""Replies nobody understood, coded by hand: the answer, the need it raises, the proposal; and who may not."""

from uuid import UUID

import httpx2
import pytest

from app.jobs.listening import drain_inbox
from tests.conftest import AMINA, BILAL, World
from tests.steps import ask, client, rows, say, settle, text, value, write
from tests.web.forms import wrong_fields


@pytest.fixture
async def unclear(world: World) -> UUID:
    """Amina could not be understood about how safe her work is, and went on."""
    await world.roster(f"{AMINA},gazipur,en,female", f"{BILAL},gazipur,en,male")
    await write(world)
    asked = await ask(world)
    await say(world, AMINA, "1", "kinda meh", "kinda meh", "1", "2")
    return asked


async def listed(world: World, asked: UUID, key: str = "ngo") -> list[dict[str, object]]:
    async with client(world, key) as web:
        return (await web.get(f"/v1/rounds/{asked}/unclear")).json()


async def code(world: World, answer: object, key: str = "ngo", **body: object) -> httpx2.Response:
    async with client(world, key) as web:
        return await web.post(f"/v1/answers/{answer}/code", json=body)


async def test_an_unclear_reply_is_listed_with_what_it_may_mean(world: World, unclear: UUID) -> None:
    (row,) = await listed(world, unclear)
    assert (row["question"], row["text"], row["kind"], row["language"]) == ("safe", "kinda meh", "scale", "en")
    assert row["asked"] == "How safe is your work?"


async def test_coding_it_records_scores_and_proposes(world: World, unclear: UUID) -> None:
    (row,) = await listed(world, unclear)
    said = await code(world, row["id"], value=3)
    assert (said.status_code, said.json()["value"], said.json()["method"]) == (200, 3, "hand")
    assert await rows(world, "SELECT value, method FROM answer WHERE question = 'safe'") == [(3, "hand")]
    assert await value(world, "SELECT count(*) FROM score WHERE indicator = 'safety'") == 1
    assert await value(world, "SELECT disposition FROM invitation WHERE closed_at IS NOT NULL") == "complete"
    assert await listed(world, unclear) == []
    assert await rows(world, "SELECT language, form, state FROM lexicon_proposal") == [("en", "kinda meh", "proposed")]


async def test_a_coding_twice_is_refused_and_changes_nothing(world: World, unclear: UUID) -> None:
    (row,) = await listed(world, unclear)
    await code(world, row["id"], value=3)
    assert (await code(world, row["id"], value=5)).status_code == 409
    assert await rows(world, "SELECT value FROM answer WHERE question = 'safe'") == [(3,)]


@pytest.mark.parametrize("wrong", [9, "3", True, [1], None])
async def test_an_answer_the_question_cannot_have_is_refused(world: World, unclear: UUID, wrong: object) -> None:
    (row,) = await listed(world, unclear)
    assert (await code(world, row["id"], value=wrong)).status_code == 422
    assert await value(world, "SELECT count(*) FROM answer WHERE outcome = 'unclear'") == 1


async def test_a_coded_answer_raises_the_need_it_tells(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    asked = await ask(world)
    await say(world, AMINA, "1", "4", "kinda meh", "kinda meh")
    (row,) = await listed(world, asked)
    await code(world, row["id"], value=False, suggest=False)
    assert await rows(world, "SELECT category, source FROM need") == [("food", "answer")]
    assert await value(world, "SELECT count(*) FROM lexicon_proposal") == 0


async def test_a_reply_to_a_sensitive_question_is_for_a_focal_point(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    asked = await ask(world)
    await say(world, AMINA, "1", "4", "1", "kinda meh", "kinda meh")
    (row,) = await listed(world, asked)
    assert (row["question"], row["text"]) == ("touched", None)
    assert (await code(world, row["id"], value=True)).status_code == 403
    assert await value(world, "SELECT count(*) FROM need") == 0


async def test_what_could_hold_a_number_is_never_proposed(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    asked = await ask(world)
    await say(world, AMINA, "1", "call 01711000001", "call 01711000001")
    (row,) = await listed(world, asked)
    await code(world, row["id"], value=3)
    assert await value(world, "SELECT count(*) FROM lexicon_proposal") == 0


async def test_a_proposal_is_accepted_by_name_and_enters_no_table_by_itself(world: World, unclear: UUID) -> None:
    (row,) = await listed(world, unclear)
    await code(world, row["id"], value=3)
    async with client(world, "ngo") as web:
        (proposal,) = (await web.get("/v1/lexicon/proposals?state=proposed")).json()
        accepted = await web.post(
            f"/v1/lexicon/proposals/{proposal['id']}", json={"state": "accepted", "reviewed_by": "A native speaker"}
        )
        assert accepted.json()["reviewed_by"] == "A native speaker"
        missing = await web.post(f"/v1/lexicon/proposals/{unclear}", json={"state": "accepted", "reviewed_by": "A"})
        assert missing.status_code == 404
    assert "kinda meh" not in world.context.catalogue.lexicons["en"].senses


async def test_the_page_codes_a_reply_with_a_form(world: World, unclear: UUID) -> None:
    (row,) = await listed(world, unclear)
    async with client(world, "ngo") as web:
        shown = await web.get(f"/rounds/{unclear}/unclear")
        assert "kinda meh" in shown.text
        wrong = await web.post(f"/rounds/{unclear}/unclear/{row['id']}", data={"kind": "scale", "code": "three"})
        assert (wrong.status_code, wrong_fields(wrong)) == (422, [f"code-{row['id']}"])
        assert 'value="three"' in wrong.text, "what was typed is still there"
        done = await web.post(
            f"/rounds/{unclear}/unclear/{row['id']}",
            content="kind=scale&code=3&suggest=1",
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert (done.status_code, done.headers["location"]) == (303, f"/rounds/{unclear}/unclear?done=coded")
        assert "No unclear reply waits" in (await web.get(f"/rounds/{unclear}/unclear")).text


async def test_an_early_text_that_fits_nothing_is_listed_beside_the_answer_and_may_replace_it(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    asked = await ask(world)
    await say(world, AMINA, "1")
    for words in ("4", "well kinda meh"):  # both before the next question leaves
        await text(world, AMINA, words)
        await drain_inbox(world.context, world.clock())
    await settle(world)
    (row,) = await listed(world, asked)
    assert (row["question"], row["text"], row["language"]) == ("safe", "well kinda meh", "en")
    assert await rows(world, "SELECT value FROM answer WHERE question = 'safe'") == [(4,)]
    assert (await code(world, row["id"], value=2, suggest=False)).status_code == 200
    assert await rows(world, "SELECT value, method FROM answer WHERE question = 'safe'") == [(2, "hand")]
    assert await listed(world, asked) == []
    assert (await code(world, row["id"], value=5)).status_code == 404
