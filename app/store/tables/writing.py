"""Surveys as somebody is typing them."""

from sqlalchemy import Column, Integer, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from app.store.tables.schema import instant, metadata, of_programme, programme

sketches = Table(
    "survey_sketch",
    metadata,
    programme(),
    Column("code", Text, nullable=False),
    # The document it was begun from: what no field of the editor shows is kept from there.
    Column("base", JSONB, nullable=False),
    Column("fields", JSONB, nullable=False),
    # Counts the savings; `page` is the opened editor that saved last, whose own savings may overtake each other.
    Column("stamp", Integer, nullable=False),
    Column("page", Text, nullable=False),
    Column("saved_by", Text, nullable=False),
    instant("saved_at"),
    PrimaryKeyConstraint("programme_id", "code"),
    of_programme(),
)
