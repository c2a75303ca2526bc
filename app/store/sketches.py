"""Surveys as somebody is typing them: one sketch a survey, and never saved over what its writer has not seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.store.database import Store
from app.store.statements import to_json


@dataclass(frozen=True, slots=True)
class Sketch:
    """A sketch: the document it was begun from, the editor's fields, and who saved it last from which opened page."""

    code: str
    base: Mapping[str, Any]
    fields: Mapping[str, Any]
    stamp: int
    page: str
    saved_by: str
    saved_at: datetime


def _sketch(row: Any) -> Sketch:
    return Sketch(row.code, row.base, row.fields, row.stamp, row.page, row.saved_by, row.saved_at)


async def get_sketch(store: Store, programme: UUID, code: str) -> Sketch | None:
    """The sketch of a survey, or None."""
    row = await store.row(
        "SELECT * FROM survey_sketch WHERE programme_id = :programme AND code = :code", programme=programme, code=code
    )
    return None if row is None else _sketch(row)


async def list_sketches(store: Store, programme: UUID) -> list[Sketch]:
    """Every sketch, by code."""
    rows = await store.rows(
        "SELECT * FROM survey_sketch WHERE programme_id = :programme ORDER BY code", programme=programme
    )
    return [_sketch(row) for row in rows]


async def save_sketch(store: Store, programme: UUID, sketch: Sketch, *, leaves: bool = False) -> Sketch | None:
    """Save it, unless somebody else's page saved since `sketch.stamp`; None where it was not saved.

    A page goes on from its own savings, which may arrive before it knows their stamps; from anybody's it has seen. One
    that `leaves` with this saving does not: what it typed before and is still on its way must not be written over this.
    """
    row = await store.row(
        "INSERT INTO survey_sketch AS kept (programme_id, code, base, fields, stamp, page, saved_by, saved_at)"
        " VALUES (:programme, :code, CAST(:base AS jsonb), CAST(:fields AS jsonb), 1, :left, :by, :at)"
        " ON CONFLICT (programme_id, code) DO UPDATE SET base = excluded.base, fields = excluded.fields,"
        " stamp = kept.stamp + 1, page = excluded.page, saved_by = excluded.saved_by, saved_at = excluded.saved_at"
        " WHERE kept.stamp = :stamp OR kept.page = nullif(:page, '') RETURNING *",
        programme=programme, code=sketch.code, base=to_json(sketch.base), fields=to_json(sketch.fields), page=sketch.page,
        by=sketch.saved_by, at=sketch.saved_at, stamp=sketch.stamp, left="" if leaves else sketch.page,
    )  # fmt: skip
    return None if row is None else _sketch(row)


async def drop_sketch(store: Store, programme: UUID, code: str) -> None:
    """Let a sketch go: it was published, or is not wanted."""
    await store.run(
        "DELETE FROM survey_sketch WHERE programme_id = :programme AND code = :code", programme=programme, code=code
    )
