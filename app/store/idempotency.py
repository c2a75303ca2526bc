"""Answers kept for whoever asks twice under one name (`Idempotency-Key`), so that a step is not taken twice."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.domain.errors import ConflictError
from app.store import tables
from app.store.database import Store
from app.store.statements import to_json

KEPT = timedelta(days=7)
"""How long an answer is kept."""


async def recall(store: Store, key: UUID, name: str, asked: Mapping[str, Any], now: datetime) -> dict[str, Any] | None:
    """What was answered to this request before; None for the first time, when `keep_answer` is to follow.

    Whoever asks the same at the same time waits here until the first is done.

    Raises:
        ConflictError: the same name was given to another request.
    """
    fingerprint = sha256(to_json(dict(asked)).encode()).digest()
    row = {"key_id": key, "name": name, "fingerprint": fingerprint, "created_at": now}
    if await store.insert(tables.kept_answers, [row], "(key_id, name) DO NOTHING"):
        return None
    kept = await store.row(
        "SELECT fingerprint, answer FROM kept_answer WHERE key_id = :key AND name = :name", key=key, name=name
    )
    if kept is None or bytes(kept.fingerprint) != fingerprint:
        raise ConflictError("This Idempotency-Key was given to another request; take a new one for each.")
    return kept.answer


async def keep_answer(store: Store, key: UUID, name: str, answer: Mapping[str, Any]) -> None:
    """Keep what is answered, in the transaction of the step."""
    await store.run(
        "UPDATE kept_answer SET answer = CAST(:answer AS jsonb) WHERE key_id = :key AND name = :name",
        answer=to_json(dict(answer)), key=key, name=name,
    )  # fmt: skip


async def forget_answers(store: Store, now: datetime) -> int:
    """Forget what was answered a week ago."""
    return await store.run("DELETE FROM kept_answer WHERE created_at < :before", before=now - KEPT)
