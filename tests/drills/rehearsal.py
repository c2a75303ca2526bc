"""What drills in one process share: a world on a PostgreSQL of its own, and the verdict on a round in it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.catalogue.catalogue import load_catalogue
from app.catalogue.places import shipped
from app.store.database import Database
from app.store.embedded import embedded_server
from app.store.migrating import migrate
from app.store.vault import Keyring, Vault, new_key, open_numbers
from tests.conftest import World, make_world
from tests.drills.crowd import Person, Question
from tests.drills.verdict import RoundFindings
from tests.steps import rows, value


@asynccontextmanager
async def rehearsed() -> AsyncIterator[World]:
    """The world, until it is left."""
    # Not a closed folder: under root PostgreSQL runs as somebody else.
    with (
        TemporaryDirectory(prefix="shiftline-drill-", ignore_cleanup_errors=True) as folder,
        embedded_server(Path(folder)) as server,
    ):
        database = Database(server.url)
        try:
            await migrate(database, shipped("migrations"))
            vault = Vault(Keyring.parse(f"1:{new_key()}", new_key()))
            async with make_world(database, vault, load_catalogue()) as world:
                yield world
        finally:
            await database.aclose()


async def numbers_of(world: World) -> dict[Any, str]:
    """Every identity's number: a drill holds the vault's keys."""
    async with world.context.database.transaction() as store:
        identities = [row.id for row in await store.rows("SELECT id FROM identity")]
        return await open_numbers(store, world.context.vault, identities)


async def still_open(world: World) -> int:
    """How many conversations have not ended, or not begun."""
    return await value(
        world,
        "SELECT (SELECT count(*) FROM conversation WHERE open)"
        " + (SELECT count(*) FROM invitation WHERE NOT begun AND closed_at IS NULL)",
    )


async def judge_round(
    world: World, found: RoundFindings, people: Mapping[str, Person], asked: Sequence[Question]
) -> None:
    """Hold what the phones know against the database."""
    numbers = await numbers_of(world)
    found.open = await still_open(world)
    found.replies = sum(len(person.typed) for person in people.values())
    inbox = await rows(world, "SELECT identity_id, text FROM inbox ORDER BY arrived_no")
    found.judge_replies(people, [(numbers.get(identity, "nobody"), text) for identity, text in inbox])
    recorded = await rows(
        world,
        "SELECT identity.id, question, value FROM answer JOIN invitation ON invitation.id = invitation_id"
        " JOIN identity ON identity.worker_id = invitation.worker_id",
    )
    found.judge_answers(people, asked, {(numbers[who], code): meant for who, code, meant in recorded})
