"""Proposals for the tables of words: what a person coded by hand, for review and never entered by itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError
from app.store.database import Store, new_id
from app.store.statements import to_json


async def propose(
    store: Store, programme: UUID, language: str, form: str, meaning: Mapping[str, Any], by: UUID, now: datetime
) -> None:
    """Keep a proposal; the same one again changes nothing."""
    await store.run(
        "INSERT INTO lexicon_proposal (id, programme_id, language, form, meaning, proposed_by, created_at)"
        " VALUES (:id, :programme, :language, :form, CAST(:meaning AS jsonb), :by, :now) ON CONFLICT DO NOTHING",
        id=new_id(now), programme=programme, language=language, form=form, meaning=to_json(meaning), by=by, now=now,
    )  # fmt: skip


async def list_proposals(store: Store, programme: UUID, state: str | None, limit: int) -> list[dict[str, Any]]:
    """Proposals, those waiting for review first."""
    return await store.records(
        "SELECT id, language, form, meaning, state, reviewed_by, created_at, reviewed_at FROM lexicon_proposal"
        " WHERE programme_id = :programme AND (CAST(:state AS text) IS NULL OR state = :state)"
        " ORDER BY state <> 'proposed', language, form LIMIT :limit",
        programme=programme, state=state, limit=limit,
    )  # fmt: skip


async def review(store: Store, programme: UUID, proposal: UUID, state: str, by: str, now: datetime) -> dict[str, Any]:
    """Accept or reject; NotFoundError where the programme has no such proposal."""
    rows = await store.records(
        "UPDATE lexicon_proposal SET state = :state, reviewed_by = :by, reviewed_at = :now"
        " WHERE id = :proposal AND programme_id = :programme"
        " RETURNING id, language, form, meaning, state, reviewed_by, created_at, reviewed_at",
        proposal=proposal, programme=programme, state=state, by=by, now=now,
    )  # fmt: skip
    if not rows:
        raise NotFoundError("There is no such proposal in this programme.")
    return rows[0]
