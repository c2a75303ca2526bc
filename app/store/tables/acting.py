"""What was done about findings, who was told of it, and the published figures of the loop."""

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Date,
    Double,
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

from app.domain.action import ActionState
from app.domain.loop import Step
from app.store.tables.schema import instant, key, metadata, of_programme, one_of, owned, owner_key, programme

actions = Table(
    "action",
    metadata,
    key(),
    programme(),
    # The finding: a round, one of its indicators or questions, and the sites it is about; all where there is none.
    Column("round_id", Uuid, nullable=False),
    Column("indicator", Text, nullable=False, server_default=""),
    Column("question", Text, nullable=False, server_default=""),
    Column("sites", ARRAY(Text), nullable=False, server_default="{}"),
    Column("said", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    # Language → what workers are told, and who stands for the wording.
    Column("texts", JSONB, nullable=False),
    Column("reviews", JSONB, nullable=False),
    # Who took a draft wording on their name, and why; null when none was needed.
    Column("override", JSONB),
    # The later round that shows whether it moved.
    Column("measured_by", Uuid),
    # When somebody said that people are to be told; up to which worker that is done; when it was.
    instant("telling_at", nullable=True),
    Column("told_upto", Uuid),
    instant("told_at", nullable=True),
    instant("created_at"),
    instant("updated_at"),
    owner_key(),
    owned("round_id", "round"),
    owned("measured_by", "round"),
    one_of("state", ActionState),
    CheckConstraint("(indicator = '') <> (question = '')", name="about_one_thing"),
    CheckConstraint("told_at IS NULL OR telling_at IS NOT NULL", name="told_after_telling"),
    Index("ix_action_round", "round_id"),
    Index("ix_action_telling", "telling_at", postgresql_where=text("telling_at IS NOT NULL AND told_at IS NULL")),
)

# Whom an action was told to: once, for ever, whatever became of the text.
tellings = Table(
    "telling",
    metadata,
    programme(),
    Column("action_id", Uuid, nullable=False),
    Column("worker_id", Uuid, nullable=False),
    # Where the worker was asked.
    Column("site_id", Uuid, nullable=False),
    # The text, for as long as it is kept; what became of it is noted here as well.
    Column("outbox_id", Uuid),
    instant("delivered_at", nullable=True),
    PrimaryKeyConstraint("action_id", "worker_id"),
    owned("action_id", "action", cascade=True),
    owned("worker_id", "worker", cascade=True),
    owned("site_id", "site"),
    ForeignKeyConstraint(["outbox_id"], ["outbox.id"], ondelete="SET NULL"),
    Index("ix_telling_worker", "worker_id"),
    Index("ix_telling_outbox", "outbox_id", postgresql_where=text("outbox_id IS NOT NULL")),
    Index("ix_telling_waiting", "action_id", postgresql_where=text("delivered_at IS NULL")),
)

# The share of whoever was asked that the telling reached, where it may be told of; what is shown once stays.
told_figures = Table(
    "told_figure",
    metadata,
    programme(),
    Column("action_id", Uuid, nullable=False),
    Column("level", Text, nullable=False),
    Column("country", Text, nullable=False, server_default=""),
    Column("site_id", Uuid),
    Column("share", Double, nullable=False),
    Column("figured_at", Text, nullable=False),
    owned("action_id", "action", cascade=True),
    owned("site_id", "site"),
    one_of("level", ("round", "country", "site")),
    CheckConstraint("share BETWEEN 0 AND 1", name="share_is_one"),
    Index(
        "uq_told_figure_cell",
        "action_id",
        "level",
        "country",
        "site_id",
        unique=True,
        postgresql_nulls_not_distinct=True,
    ),
)

loop_publications = Table(
    "loop_publication",
    metadata,
    key(),
    programme(),
    instant("at"),
    owner_key(),
    of_programme(),
    Index("ix_loop_publication_programme", "programme_id", "at"),
)

# People with a need of the standard tier by how far it came, where they may be told of. What may not be told of has no
# row, for that a row is hidden would tell that somebody has the need.
loop_figures = Table(
    "loop_figure",
    metadata,
    programme(),
    Column("publication_id", Uuid, nullable=False),
    # The quarter in which the needs were raised, by its first day.
    Column("period", Date, nullable=False),
    Column("level", Text, nullable=False),
    Column("country", Text, nullable=False, server_default=""),
    Column("site_id", Uuid),
    Column("organization_id", Uuid),
    Column("category", Text, nullable=False, server_default=""),
    Column("step", Text, nullable=False),
    # Rounded to five.
    Column("people", Integer, nullable=False),
    # From the need to this step, for half of the people; once the quarter is settled.
    Column("median_hours", Double),
    Column("figured_at", Text, nullable=False),
    owned("publication_id", "loop_publication", cascade=True),
    owned("site_id", "site"),
    ForeignKeyConstraint(["programme_id", "organization_id"], ["organization.programme_id", "organization.id"]),
    one_of("level", ("programme", "country", "site", "provider")),
    one_of("step", Step),
    Index(
        "uq_loop_figure_cell",
        "publication_id",
        "period",
        "level",
        "country",
        "site_id",
        "organization_id",
        "category",
        "step",
        unique=True,
        postgresql_nulls_not_distinct=True,
    ),
)

# Whom the figures above tell of, by the name of what is counted; it never leaves the database.
loop_ledgers = Table(
    "loop_ledger",
    metadata,
    programme(),
    Column("name", Text, nullable=False),
    Column("state", JSONB, nullable=False),
    PrimaryKeyConstraint("programme_id", "name"),
    of_programme(),
)
