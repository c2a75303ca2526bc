"""What the people of an NGO keep beside the data: notes on a case, and whom to write to when a report is there."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy import text as sql

from app.domain.rhythm import Rhythm
from app.store.tables.schema import instant, key, metadata, of_programme, one_of, owned, programme

need_notes = Table(
    "need_note",
    metadata,
    key(),
    programme(),
    Column("need_id", Uuid, nullable=False),
    # Who wrote it.
    Column("key_id", Uuid, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("key_version", SmallInteger, nullable=False),
    instant("at"),
    owned("need_id", "need", cascade=True),
    ForeignKeyConstraint(["key_id"], ["api_key.id"]),
    Index("ix_need_note_need", "need_id", "at"),
)

report_wishes = Table(
    "report_wish",
    metadata,
    key(),
    programme(),
    # Of an account, whose address is written to for as long as the key holds.
    Column("key_id", Uuid, nullable=False),
    # Null for the overview.
    Column("site_id", Uuid),
    Column("rhythm", Text, nullable=False),
    Column("language", Text, nullable=False, server_default="en"),
    # When the next letter leaves; null where the end of a round decides.
    instant("due_at", nullable=True),
    instant("created_at"),
    of_programme(),
    owned("site_id", "site"),
    ForeignKeyConstraint(["key_id"], ["api_key.id"], ondelete="CASCADE"),
    one_of("rhythm", Rhythm),
    CheckConstraint("(rhythm = 'round') = (due_at IS NULL)", name="due_when"),
    Index("ix_report_wish_key", "key_id"),
    Index("ix_report_wish_due", "due_at", postgresql_where=sql("due_at IS NOT NULL")),
)
