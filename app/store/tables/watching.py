"""What an operator watches: processes, counts, alerts, and what is posted to others' webhooks."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.store.tables.schema import instant, key, metadata, one_of

# Each process says now and then that it lives, and what only it can know: its spool, the roads that rest for it.
processes = Table(
    "process",
    metadata,
    key(),
    Column("kind", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("word", JSONB, nullable=False),
    instant("started_at"),
    instant("seen_at"),
    instant("stopped_at", nullable=True),
    one_of("kind", ("web", "work", "both")),
)

# Sums over all processes that ever were, so that one look sees them all and none falls when a process ends.
# `mark` and `prior` are the sum as it was at the last two marks: what was counted lately is the sum less the prior.
tallies = Table(
    "tally",
    metadata,
    Column("name", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("value", Double, nullable=False),
    Column("mark", Double, nullable=False, server_default="0"),
    Column("prior", Double, nullable=False, server_default="0"),
    instant("marked_at", nullable=True),
    PrimaryKeyConstraint("name", "label", "detail"),
)

alerts = Table(
    "alert",
    metadata,
    key(),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("value", Double, nullable=False),
    Column("bar", Double, nullable=False),
    instant("began_at"),
    instant("seen_at"),
    instant("ended_at", nullable=True),
    # Told once when it begins: whoever comes second finds it here.
    Index("uq_alert_standing", "rule", "subject", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index("ix_alert_began", "began_at"),
)

# Where an operator wants another bar than the one that is shipped, or no alert of this rule at all.
alert_bars = Table(
    "alert_bar",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("bar", Double),
    Column("active", Boolean, nullable=False),
    instant("changed_at"),
)

# Whom we post events to. The address is sealed as the secret is, for it may hold one; its host alone is shown.
hooks = Table(
    "hook",
    metadata,
    key(),
    # Null for the operator's; else whose it is.
    Column("owner_id", Uuid),
    Column("host", Text, nullable=False),
    Column("kinds", JSONB, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("key_version", SmallInteger, nullable=False),
    instant("created_at"),
    instant("retired_at", nullable=True),
)

deliveries = Table(
    "delivery",
    metadata,
    key(),
    Column("hook_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("status", SmallInteger),
    Column("fault", Text),
    # While it is being posted: when another process may try.
    instant("due_at"),
    instant("created_at"),
    instant("settled_at", nullable=True),
    ForeignKeyConstraint(["hook_id"], ["hook.id"]),
    one_of("state", ("waiting", "delivered", "failed")),
    CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="settled_when"),
    Index("ix_delivery_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
    Index("ix_delivery_failed", "settled_at", postgresql_where=text("state = 'failed'")),
    Index("ix_delivery_created", "created_at"),
)
