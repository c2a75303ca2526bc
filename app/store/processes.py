"""Which processes live, and what only they can tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.store.database import Store

ALIVE = timedelta(seconds=45)
"""A process that was not heard of for so long is taken for dead; it says that it lives each ten seconds."""

_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Process:
    """A process of ours: `kind` is web, work or both; `word` is what it last told of itself."""

    id: UUID
    kind: str
    host: str
    word: Mapping[str, Any]
    started_at: datetime
    seen_at: datetime
    stopped_at: datetime | None = None

    def alive(self, now: datetime) -> bool:
        """Whether it did not stop, and was heard of lately."""
        return self.stopped_at is None and now - self.seen_at <= ALIVE


async def say_alive(store: Store, process: Process) -> None:
    """Note that a process lives, or that it stopped."""
    await store.run(
        "INSERT INTO process (id, kind, host, word, started_at, seen_at, stopped_at) VALUES (:id, :kind, :host,"
        " CAST(:word AS jsonb), :started, :seen, CAST(:stopped AS timestamptz)) ON CONFLICT (id) DO UPDATE"
        " SET word = excluded.word, seen_at = excluded.seen_at, stopped_at = excluded.stopped_at",
        id=process.id, kind=process.kind, host=process.host, word=dict(process.word), started=process.started_at,
        seen=process.seen_at, stopped=process.stopped_at,
    )  # fmt: skip


async def list_processes(store: Store, now: datetime) -> list[Process]:
    """The processes of the last day, the newest word first."""
    rows = await store.rows(
        "SELECT id, kind, host, word, started_at, seen_at, stopped_at FROM process WHERE seen_at > :since"
        " ORDER BY seen_at DESC LIMIT 1000",
        since=now - _KEPT,
    )
    return [Process(*row) for row in rows]


async def forget_processes(store: Store, now: datetime) -> int:
    """Forget those that were not heard of for a day; how many."""
    return await store.run("DELETE FROM process WHERE seen_at <= :before", before=now - _KEPT)
