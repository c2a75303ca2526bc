"""Letters by e-mail: queued in the transaction that caused them, forgotten in content once they are sent."""

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, SmallInteger, Table, Text, Uuid, text

from app.store.tables.schema import instant, key, metadata, of_programme, one_of

letters = Table(
    "letter",
    metadata,
    key(),
    # Null for letters of the whole service.
    Column("programme_id", Uuid),
    Column("purpose", Text, nullable=False),
    # What may be written once only, by a name its writer chose.
    Column("once", Text),
    # By which the letters that wait for one recipient are counted; the address itself is sealed.
    Column("recipient_index", LargeBinary, nullable=False),
    # Recipient, subject and body; they go once the letter is gone.
    Column("sealed", LargeBinary),
    Column("key_version", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("fault", Text),
    # While it is being handed over: when another process may try.
    instant("due_at"),
    instant("created_at"),
    instant("settled_at", nullable=True),
    of_programme(),
    one_of("state", ("waiting", "sent", "failed")),
    CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="settled_when"),
    CheckConstraint("(state = 'sent') = (sealed IS NULL)", name="kept_until_sent"),
    Index("uq_letter_once", "once", unique=True, postgresql_where=text("once IS NOT NULL")),
    Index("ix_letter_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
    Index("ix_letter_recipient", "recipient_index", postgresql_where=text("state = 'waiting'")),
    Index("ix_letter_failed", "settled_at", postgresql_where=text("state = 'failed'")),
    Index("ix_letter_created", "created_at"),
)
