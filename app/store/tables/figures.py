"""Scores, the roll-ups they are added up in, and the figures published from these."""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.store.tables.schema import instant, key, metadata, one_of, owned, owner_key, programme

STRATA = ("gender", "age_band", "employment")
"""What a worker is told apart by, beside the site, in roll-ups and filters."""


def strata() -> list[Column[Any]]:
    """As they stood when the worker was invited; "" is not stated."""
    return [Column(name, Text, nullable=False, server_default="") for name in STRATA]


scores = Table(
    "score",
    metadata,
    programme(),
    Column("invitation_id", Uuid, nullable=False),
    Column("round_id", Uuid, nullable=False),
    Column("site_id", Uuid, nullable=False),
    Column("country", Text, nullable=False),
    *strata(),
    Column("indicator", Text, nullable=False),
    Column("value", Double, nullable=False),
    PrimaryKeyConstraint("invitation_id", "indicator"),
    owned("invitation_id", "invitation"),
    owned("round_id", "round"),
    Index("ix_score_round", "round_id", "indicator"),
)

# Sums of scores by indicator, site and strata, as signed deltas: triggers on `score` write them in the transaction that
# changes a score, so that no writer, correction or erasure can forget to. A job adds them up; a row that is added up
# already is not `fresh`. Numeric adds exactly and in any order.
score_rollups = Table(
    "score_rollup",
    metadata,
    programme(),
    Column("round_id", Uuid, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("site_id", Uuid, nullable=False),
    *strata(),
    Column("n", Integer, nullable=False),
    Column("total", Numeric, nullable=False),
    Column("squares", Numeric, nullable=False),
    Column("fresh", Boolean, nullable=False, server_default="true"),
    Index("ix_score_rollup_round", "round_id", "indicator"),
    Index("ix_score_rollup_fresh", "round_id", postgresql_where=text("fresh")),
)

# People by how far they came: invited, sent, delivered, started, reminded, and a disposition or `pending`; the same way,
# by triggers on `invitation`.
case_rollups = Table(
    "case_rollup",
    metadata,
    programme(),
    Column("round_id", Uuid, nullable=False),
    Column("step", Text, nullable=False),
    Column("site_id", Uuid, nullable=False),
    *strata(),
    Column("n", Integer, nullable=False),
    Column("fresh", Boolean, nullable=False, server_default="true"),
    Index("ix_case_rollup_round", "round_id"),
    Index("ix_case_rollup_fresh", "round_id", postgresql_where=text("fresh")),
)

publications = Table(
    "publication",
    metadata,
    key(),
    programme(),
    Column("round_id", Uuid, nullable=False),
    Column("funnel", JSONB, nullable=False),
    Column("rates", JSONB, nullable=False),
    instant("at"),
    owner_key(),
    owned("round_id", "round"),
    Index("ix_publication_round", "round_id", "at"),
)

figures = Table(
    "figure",
    metadata,
    programme(),
    Column("publication_id", Uuid, nullable=False),
    Column("round_id", Uuid, nullable=False),
    # Where: the level, and what it is within.
    Column("level", Text, nullable=False),
    Column("country", Text, nullable=False, server_default=""),
    Column("supplier", Text, nullable=False, server_default=""),
    Column("sector", Text, nullable=False, server_default=""),
    Column("site_id", Uuid),
    # Whom: everybody (""), or one category of a filter; "*" is everybody but the filter's largest category.
    Column("split", Text, nullable=False, server_default=""),
    Column("category", Text, nullable=False, server_default=""),
    Column("indicator", Text, nullable=False),
    Column("shape", Text, nullable=False),
    Column("n", Integer),
    Column("value", Double),
    Column("low", Double),
    Column("high", Double),
    Column("response_rate", Double),
    Column("hidden", Text, nullable=False, server_default=""),
    Column("figured_at", Text, nullable=False),
    # Scores → share of those a site’s figure tells of, told once; NULL where nothing may be told apart.
    Column("spread", JSONB),
    owned("publication_id", "publication", cascade=True),
    owned("round_id", "round"),
    one_of("level", ("round", "country", "supplier", "site", "sector")),
    one_of("split", ("", *STRATA)),
    # What is hidden is not in the table at all, so no query, export or mistake can show it.
    CheckConstraint(
        "hidden = '' OR (n IS NULL AND value IS NULL AND low IS NULL AND high IS NULL AND response_rate IS NULL)",
        name="hidden_holds_nothing",
    ),
    CheckConstraint("hidden = '' OR spread IS NULL", name="hidden_spreads_nothing"),
    Index(
        "uq_figure_cell",
        "publication_id",
        "split",
        "level",
        "indicator",
        "country",
        "supplier",
        "sector",
        "site_id",
        "category",
        unique=True,
        postgresql_nulls_not_distinct=True,
    ),
)

# Whom each figure tells of, so that the next one tells of k people more or of none; it never leaves the database.
ledgers = Table(
    "figure_ledger",
    metadata,
    programme(),
    Column("round_id", Uuid, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("state", JSONB, nullable=False),
    # Site → score → people, of those its figure tells of.
    Column("spreads", JSONB, nullable=False, server_default=text("'{}'")),
    PrimaryKeyConstraint("round_id", "indicator"),
    owned("round_id", "round"),
)
