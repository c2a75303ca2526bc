"""How the store speaks to PostgreSQL: names for values, rows by name, and rows by the hundred."""

from typing import Any

import pytest

from app.domain.wording import Say
from app.store.database import Database, to_json
from app.store.outbox import BULK, Outgoing, enqueue
from app.store.programmes import list_channels
from app.store.vault import ensure_identities
from tests.conftest import AMINA, MONDAY, World
from tests.steps import rows


@pytest.mark.parametrize(
    ("sql", "values", "expected"),
    [
        pytest.param("SELECT 7 % 4", {}, 3, id="a per cent sign alone"),
        pytest.param("SELECT :n % 4", {"n": 7}, 3, id="a per cent sign beside a value"),
        pytest.param(
            "SELECT CAST(:n AS text) || ' 10:30'::text", {"n": 7}, "7 10:30", id="casts and times are no names"
        ),
        pytest.param("SELECT :n + :n", {"n": 2}, 4, id="a value named twice"),
    ],
)
async def test_values_stand_where_their_names_do(
    database: Database, sql: str, values: dict[str, Any], expected: object
) -> None:
    async with database.transaction() as store:
        assert await store.value(sql, **values) == expected


@pytest.mark.parametrize(
    "kept", [{"squares": 123_456_789_012_345_678_901}, [2**63 - 1, 2**64], {"share": 0.1234567890123456}]
)
async def test_numbers_come_back_exactly_however_long(database: Database, kept: object) -> None:
    async with database.transaction() as store:
        assert await store.value("SELECT CAST(:kept AS jsonb)", kept=to_json(kept)) == kept


@pytest.mark.parametrize("squares", [1, 2**70])
def test_a_moment_is_written_alike_whatever_stands_beside_it(squares: int) -> None:
    assert '"2026-11-02T04:00:00+00:00"' in to_json({"at": MONDAY, "squares": squares})


async def test_columns_without_a_name_of_their_own_do_no_harm(database: Database) -> None:
    async with database.transaction() as store:
        (row,) = await store.rows("SELECT 1, 2, 3 AS class, 4 AS n")
        assert (tuple(row), row.n) == ((1, 2, 3, 4), 4)
        assert await store.records("SELECT 3 AS class") == [{"class": 3}]
        assert await store.row("SELECT 1 WHERE false") is None
        assert await store.value("SELECT 1 WHERE false") is None


@pytest.mark.parametrize("number", [pytest.param(3, id="few"), pytest.param(200, id="many, which are copied")])
async def test_rows_are_written_as_they_are_whatever_their_number(world: World, number: int) -> None:
    said = Say("offer", fields={"service": 'tab\t, "quoted", back\\slash, line\nbreak, \\N, বাংলা'})
    async with world.context.database.transaction() as store:
        (channel,) = await list_channels(store, world.id)
        people = await ensure_identities(store, world.context.vault, world.id, [AMINA], world.clock())
        text = Outgoing(world.id, people[AMINA], channel.id, channel.carrier, said, "bn", BULK)
        ids = await enqueue(store, [text] * number, world.clock())
    kept = await rows(world, "SELECT id, say, conversation_id, due_at, state FROM outbox ORDER BY id")
    assert [key for key, *_ in kept] == ids
    assert {
        (Say.from_json(say).fields["service"], conversation, due, state) for _, say, conversation, due, state in kept
    } == {(said.fields["service"], None, world.clock(), "queued")}
