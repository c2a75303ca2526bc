"""A world on a PostgreSQL of its own, for drills that the tests play on theirs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from app.catalogue.catalogue import load_catalogue
from app.catalogue.places import shipped
from app.store.database import Database
from app.store.embedded import embedded_server
from app.store.migrating import migrate
from app.store.vault import Keyring, Vault, new_key
from tests.conftest import World, make_world


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
