"""Roads to phones, and which of them a text takes."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, PrimaryKeyConstraint, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from app.store.tables.schema import instant, key, metadata, of_programme, owned, programme

# An account with a carrier. What is secret in its settings is sealed, and leaves the vault for the carrier alone.
roads = Table(
    "road",
    metadata,
    key(),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("settings", JSONB, nullable=False),
    Column("secrets_cipher", LargeBinary, nullable=False),
    Column("key_version", SmallInteger, nullable=False),
    # Rises with every change, whatever a host's clock says: by it a process tells that there is something new.
    Column("revision", BigInteger, nullable=False),
    instant("changed_at"),
    instant("retired_at", nullable=True),
)

# To a country, or to the numbers that begin so, a programme's texts take these channels, in order.
routes = Table(
    "route",
    metadata,
    programme(),
    Column("country", Text, nullable=False),
    Column("prefix", Text, nullable=False, server_default=""),
    Column("position", SmallInteger, nullable=False),
    Column("channel_id", Uuid, nullable=False),
    PrimaryKeyConstraint("programme_id", "country", "prefix", "position"),
    of_programme(),
    owned("channel_id", "channel"),
    Index("ix_route_channel", "channel_id"),
)
