"""Exports made in the background, kept for a week; and the log of whoever took respondent-level data away."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.store.tables.schema import instant, key, metadata, of_programme, one_of, owned, programme

exports = Table(
    "export",
    metadata,
    key(),
    programme(),
    # Whose key asked; it is made as this key reads when it is made, and not at all once the key is revoked.
    Column("key_id", Uuid, nullable=False),
    Column("asked", JSONB, nullable=False),
    # What the same key asks again while this stands is this.
    Column("fingerprint", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", Double, nullable=False, server_default="0"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("fault", Text, nullable=False, server_default=""),
    Column("content", LargeBinary),
    # While it is being made: when another process may try.
    instant("due_at"),
    instant("created_at"),
    instant("settled_at", nullable=True),
    of_programme(),
    ForeignKeyConstraint(["key_id"], ["api_key.id"]),
    one_of("state", ("waiting", "ready", "failed")),
    CheckConstraint("(state = 'ready') = (content IS NOT NULL)", name="ready_with_content"),
    CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="settled_when"),
    CheckConstraint("done BETWEEN 0 AND 1", name="done_is_share"),
    Index("ix_export_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
    Index("ix_export_created", "created_at"),
    Index("uq_export_asked", "key_id", "fingerprint", unique=True, postgresql_where=text("state <> 'failed'")),
)

# Who took respondent-level data away, when, of what, and for which reason; append-only, as a trigger sees to.
respondent_exports = Table(
    "respondent_export",
    metadata,
    key(),
    programme(),
    Column("key_id", Uuid, nullable=False),
    Column("round_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("form", Text, nullable=False),
    # The k it was made with, the people told of, and those left out for being too few of a kind.
    Column("threshold", SmallInteger, nullable=False),
    Column("people", Integer, nullable=False),
    Column("left_out", Integer, nullable=False),
    # Of the file, by which one that turns up is known.
    Column("sha256", LargeBinary, nullable=False),
    instant("at"),
    of_programme(),
    owned("round_id", "round"),
    ForeignKeyConstraint(["key_id"], ["api_key.id"]),
    Index("ix_respondent_export_programme", "programme_id", "at"),
)
