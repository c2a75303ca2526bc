"""Respondents one by one: for a key of its own scope, under names of one file, none alone in its kind, and logged."""

import csv
import hashlib
import io
from collections import Counter
from typing import Any
from uuid import UUID

import psycopg
import pytest

from app.domain.survey.parse import parse_survey
from app.jobs.takeaway import respondents
from app.jobs.takeaway.respondents import withheld
from app.store.keys import create_key
from tests.conftest import World
from tests.steps import PULSE, ask, client, rows, run, write

SECRET = "my boss is Rahim, call +8801711000001"
REASON = "Thesis on food at the sites, agreed with the board"
SURVEY = {
    **PULSE,
    "questions": [
        *PULSE["questions"],
        {"code": "tell", "kind": "text", "text": {"en": "Anything else?"}},
        {"code": "late", "kind": "single", "text": {"en": "Is pay late?"}, "options": [
            {"code": 1, "value": "never", "text": {"en": "never"}}, {"code": 2, "value": "often", "text": {"en": "often"}},
        ]},
    ],
    "indicators": [*PULSE["indicators"], {"code": "threats", "domain": "safety", "of": ["touched"], "scoring": "mean"}],
}  # fmt: skip


async def answered(world: World, women: int = 12, men: int = 6, elsewhere: int = 3) -> UUID:
    """A closed round in which everybody answered everything; the programme's threshold is 5."""
    await run(world, "UPDATE programme SET threshold = 5")
    phones = [("gazipur", "female")] * women + [("gazipur", "male")] * men + [("nairobi", "female")] * elsewhere
    await world.roster(
        *(
            f"{'+88017110' if site == 'gazipur' else '+2547120'}{at:05},{site},en,{gender}"
            for at, (site, gender) in enumerate(phones)
        )
    )
    await write(world, SURVEY)
    created = await ask(world)
    now = world.clock()
    await run(world, "UPDATE invitation SET disposition = 'complete', closed_at = :now", now=now)
    for question, value in (
        ("safe", "4"),
        ("fed", "true"),
        ("touched", "true"),
        ("tell", f'"{SECRET}"'),
        ("late", "2"),
    ):
        await run(
            world,
            "INSERT INTO answer (id, programme_id, round_id, invitation_id, site_id, question, outcome, value, method,"
            " confidence, at) SELECT gen_random_uuid(), programme_id, round_id, id, site_id, :question, 'answer',"
            " CAST(:value AS jsonb), 'digit', 1, :now FROM invitation",
            question=question, value=value, now=now,
        )  # fmt: skip
    for indicator in ("safety", "threats"):
        await run(
            world,
            "INSERT INTO score (programme_id, invitation_id, round_id, site_id, country, indicator, value)"
            " SELECT programme_id, id, round_id, site_id, country, :indicator, 75 FROM invitation",
            indicator=indicator,
        )
    await run(world, "UPDATE round SET state = 'closed'")
    async with world.context.database.transaction() as store:
        world.keys["analyst"] = await create_key(
            store, "ngo", "Analyst", now, programme=world.id, scopes=["respondents"]
        )
    return created


async def taken(world: World, created: UUID, key: str = "analyst", **body: Any) -> Any:
    async with client(world, key) as http:
        return await http.post(f"/v1/rounds/{created}/respondents", json={"reason": REASON, **body})


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


async def test_every_kind_of_respondent_in_the_file_is_shared_by_as_many_as_the_threshold(world: World) -> None:
    created = await answered(world)
    people = read((await taken(world, created)).content)
    kinds = Counter((row["site"], row["country"], row["gender"], row["age_band"], row["employment"]) for row in people)
    assert kinds == {("gazipur", "BD", "female", "", ""): 12, ("gazipur", "BD", "male", "", ""): 6}


async def test_whoever_is_too_few_is_told_of_more_coarsely(world: World) -> None:
    created = await answered(world, women=8, men=4, elsewhere=3)
    people = read((await taken(world, created)).content)
    kinds = Counter((row["site"], row["country"], row["gender"]) for row in people)
    assert kinds == {("gazipur", "BD", "female"): 8, ("*", "*", "*"): 7}


async def test_answers_are_told_by_their_names_and_never_in_words_or_of_the_gravest(world: World) -> None:
    created = await answered(world)
    answer = await taken(world, created)
    first = read(answer.content)[0]
    assert (first["q_safe"], first["q_fed"], first["q_late"], first["i_safety"]) == ("4", "yes", "often", "75")
    assert not {"q_tell", "q_touched", "i_threats"} & first.keys()
    assert b"Rahim" not in answer.content
    assert b"8801711" not in answer.content
    kept = await rows(
        world, "SELECT id::text FROM worker UNION SELECT id::text FROM invitation UNION SELECT id::text FROM identity"
    )
    assert not [
        one for (one,) in kept if one.encode() in answer.content or one.replace("-", "").encode() in answer.content
    ]


async def test_nobody_keeps_a_name_or_a_place_from_one_file_to_the_next(world: World) -> None:
    created = await answered(world)
    once, again = [read((await taken(world, created)).content) for _ in range(2)]
    assert not {row["respondent"] for row in once} & {row["respondent"] for row in again}
    assert len({row["respondent"] for row in once}) == len(once) == 18
    assert [row["gender"] for row in once] != [row["gender"] for row in again], "by chance in 1 of 18,564 runs"


async def test_who_withdrew_or_was_erased_is_not_in_it(world: World) -> None:
    created = await answered(world)
    women = "SELECT worker_id FROM invitation WHERE gender = 'female' AND country = 'BD' ORDER BY id"
    await run(world, f"UPDATE worker SET consent = 'withdrawn' WHERE id IN ({women} LIMIT 2)")
    await run(world, f"UPDATE worker SET erased_at = now() WHERE id IN ({women} LIMIT 1 OFFSET 2)")
    people = read((await taken(world, created)).content)
    assert Counter(row["gender"] for row in people) == {"female": 9, "male": 6}


async def test_it_is_logged_who_took_what_when_and_why_and_nobody_changes_that(world: World) -> None:
    created = await answered(world)
    answer = await taken(world, created, format="json")
    async with client(world) as http:
        (entry,) = (await http.get("/v1/respondents/log")).json()
    assert (entry["by"], entry["round"], entry["reason"], entry["format"]) == ("Analyst", str(created), REASON, "json")
    assert (entry["threshold"], entry["people"], entry["left_out"]) == (5, 18, 3)
    assert entry["sha256"] == hashlib.sha256(answer.content).hexdigest()
    for change in ("UPDATE respondent_export SET reason = 'none'", "DELETE FROM respondent_export"):
        with pytest.raises(psycopg.IntegrityError):
            await run(world, change)


@pytest.mark.parametrize("key", ["ngo", "operator", None])
async def test_no_other_key_gets_it(world: World, key: str | None) -> None:
    created = await answered(world)
    answer = await taken(world, created, key)
    assert answer.status_code == (403 if key else 401)
    assert await rows(world, "SELECT * FROM respondent_export") == []


async def test_an_open_round_and_a_missing_reason_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    created = await answered(world)
    assert (await taken(world, created, reason="")).status_code == 422
    monkeypatch.setattr(respondents, "MOST_PEOPLE", 20)
    assert (await taken(world, created)).status_code == 422
    await run(world, "UPDATE round SET state = 'open'")
    assert (await taken(world, created)).status_code == 409
    assert await rows(world, "SELECT * FROM respondent_export") == []


async def test_a_file_that_cannot_be_logged_is_not_handed_out(world: World) -> None:
    created = await answered(world)
    await run(world, "ALTER TABLE respondent_export ADD CONSTRAINT never CHECK (people < 0) NOT VALID")
    answer = await taken(world, created)
    assert answer.status_code == 500
    assert b"respondent," not in answer.content


async def test_a_key_gives_the_scope_only_where_it_has_it(world: World) -> None:
    await answered(world)
    wanted = {"role": "ngo", "label": "x", "scopes": ["respondents"]}
    async with client(world) as http:
        assert (await http.post("/v1/keys", json=wanted)).status_code == 403
    async with client(world, "analyst") as http:
        assert (await http.post("/v1/keys", json=wanted)).status_code == 201


def test_questions_within_groups_of_grave_conditions_are_withheld_too() -> None:
    any_of = {"any": [{"question": "touched", "is": ["yes"]}, {"question": "safe", "under": 2}]}
    document = {**PULSE, "needs": [{**PULSE["needs"][1], "when": any_of}], "told": "fed"}
    assert withheld(parse_survey(document)) == {"touched", "safe", "fed"}
