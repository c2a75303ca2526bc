"""HSDS as it was imported: a record for each thing, and what each names."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.store.tables.schema import instant, metadata, of_programme, owned, programme

registry_records = Table(
    "registry_record",
    metadata,
    programme(),
    Column("kind", Text, nullable=False),
    Column("id", Uuid, nullable=False),
    # The record's own fields, in HSDS's names.
    Column("data", JSONB, nullable=False),
    # Where it came from; a later import from there that lacks it says that it is gone.
    Column("source", Text, nullable=False),
    Column("place", Integer, nullable=False),
    instant("modified_at"),
    instant("gone_at", nullable=True),
    # HSDS ids come from elsewhere and may stand in two programmes.
    PrimaryKeyConstraint("programme_id", "kind", "id"),
    of_programme(),
    Index("ix_registry_record_source", "programme_id", "source", postgresql_where=text("gone_at IS NULL")),
)

registry_links = Table(
    "registry_link",
    metadata,
    programme(),
    Column("kind", Text, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("field", Text, nullable=False),
    Column("target_kind", Text, nullable=False),
    # May dangle: what it names may come with a later import.
    Column("target", Uuid, nullable=False),
    PrimaryKeyConstraint("programme_id", "kind", "id", "field"),
    ForeignKeyConstraint(
        ["programme_id", "kind", "id"],
        ["registry_record.programme_id", "registry_record.kind", "registry_record.id"],
        ondelete="CASCADE",
    ),
    Index("ix_registry_link_target", "programme_id", "target_kind", "target"),
)

# What somebody decided of two services: the one that is kept, or null where they are two.
registry_twins = Table(
    "registry_twin",
    metadata,
    programme(),
    Column("one_id", Uuid, nullable=False),
    Column("other_id", Uuid, nullable=False),
    Column("kept_id", Uuid),
    Column("key_id", Uuid, nullable=False),
    instant("decided_at"),
    PrimaryKeyConstraint("programme_id", "one_id", "other_id"),
    of_programme(),
    owned("one_id", "service"),
    owned("other_id", "service"),
    CheckConstraint("one_id < other_id", name="ordered"),
    CheckConstraint("kept_id IN (one_id, other_id)", name="kept_is_one_of_them"),
)
