"""The words all tables are made of: names of constraints, keys, instants, and who owns a row."""

from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKeyConstraint, MetaData, UniqueConstraint, Uuid

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def key() -> Column[Any]:
    """A UUIDv7 made by the client, so that rows can be written in bulk without asking for their keys."""
    return Column("id", Uuid, primary_key=True)


def instant(name: str, *, nullable: bool = False) -> Column[Any]:
    """A moment, always with its zone."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def programme() -> Column[Any]:
    """The programme a row belongs to."""
    return Column("programme_id", Uuid, nullable=False)


def of_programme() -> ForeignKeyConstraint:
    """The row's programme exists."""
    return ForeignKeyConstraint(["programme_id"], ["programme.id"])


def owned(column: str, table: str, *, cascade: bool = False) -> ForeignKeyConstraint:
    """A reference that cannot leave its programme: (programme_id, column) points to (programme_id, id)."""
    return ForeignKeyConstraint(
        ["programme_id", column],
        [f"{table}.programme_id", f"{table}.id"],
        ondelete="CASCADE" if cascade else None,
    )


def owner_key() -> UniqueConstraint:
    """What `owned` points to."""
    return UniqueConstraint("programme_id", "id")


def one_of(column: str, values: type[StrEnum] | tuple[str, ...]) -> CheckConstraint:
    """The column holds one of these words."""
    words = ", ".join(
        f"'{value}'" for value in ((item.value for item in values) if isinstance(values, type) else values)
    )
    return CheckConstraint(f"{column} IN ({words})", name=f"{column}_known")
