"""Sums of what all processes counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.store.database import Store


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum since ever, and how much of it came lately: since the mark before the last."""

    value: float
    lately: float


async def add_tallies(store: Store, counted: Mapping[tuple[str, str, str], float]) -> None:
    """Add what a process counted."""
    if not counted:
        return
    keys = sorted(counted)  # in one order everywhere, or two processes could wait for each other
    await store.run(
        "INSERT INTO tally (name, label, detail, value) SELECT * FROM unnest(CAST(:names AS text[]),"
        " CAST(:labels AS text[]), CAST(:details AS text[]), CAST(:values AS float8[]))"
        " ON CONFLICT (name, label, detail) DO UPDATE SET value = tally.value + excluded.value",
        names=[key[0] for key in keys], labels=[key[1] for key in keys], details=[key[2] for key in keys],
        values=[float(counted[key]) for key in keys],
    )  # fmt: skip


async def mark_tallies(store: Store, name: str, now: datetime, every: timedelta) -> int:
    """Mark the sums of a name as they are, where they were not just marked; how many."""
    return await store.run(
        "UPDATE tally SET prior = mark, mark = value, marked_at = :now WHERE name = :name AND NOT EXISTS"
        " (SELECT FROM tally AS other WHERE other.name = :name AND other.marked_at > :before)",
        name=name, now=now, before=now - every,
    )  # fmt: skip


async def list_tallies(store: Store) -> dict[tuple[str, str, str], Sum]:
    """Every sum."""
    rows = await store.rows("SELECT name, label, detail, value, value - prior AS lately FROM tally")
    return {(row.name, row.label, row.detail): Sum(row.value, row.lately) for row in rows}
