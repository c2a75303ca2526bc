"""Alembic's entry: the address comes from whoever calls, or from DATABASE_URL when used by hand."""

import os

from alembic import context
from sqlalchemy import Connection, create_engine, pool

from app.store.tables import metadata


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_type=True, compare_server_default=True)
    with context.begin_transaction():
        # Two processes that start at once must not migrate at once.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7316)")
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = create_engine(
        os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"), poolclass=pool.NullPool
    )
    with engine.connect() as connection:
        run(connection)
