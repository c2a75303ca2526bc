"""Bringing a database to the newest revision."""

from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.store.database import Database, meant
from app.store.tables import metadata


def _config(migrations: Path, connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def migrate(database: Database, migrations: Path) -> None:
    """Bring the database up to date; does nothing where it is already.

    Raises:
        UnavailableError: PostgreSQL is away, or goes away meanwhile.
    """
    await database.version()  # an UnavailableError that says so, where no server answers
    try:
        async with database.engine.connect() as connection:
            await connection.run_sync(lambda sync: command.upgrade(_config(migrations, sync), "head"))
            await connection.commit()
    except (DBAPIError, psycopg.Error) as problem:
        raise meant(problem) from problem


async def unmigrate(database: Database, migrations: Path) -> None:
    """Take every table away; for tests, never for production."""
    async with database.engine.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(_config(migrations, sync), "base"))
        await connection.commit()


async def drift(database: Database) -> list[Any]:
    """What the tables in the program and those in the database do not agree on; empty when they do."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(
            lambda sync: list(compare_metadata(MigrationContext.configure(sync), metadata))
        )
