"""Respondents of a round one by one, for the NGO's own analysis; and the log of whoever took them away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.store import tables
from app.store.database import Store, new_id


@dataclass(frozen=True, slots=True)
class Respondent:
    """Somebody's traits, answers and scores; there is no way back from here to a number, a text or a time."""

    site: str
    country: str
    gender: str
    age_band: str
    employment: str
    disposition: str
    answers: Mapping[str, Any]
    scores: Mapping[str, float]


async def respondents(store: Store, programme: UUID, round_id: UUID, most: int) -> list[Respondent]:
    """Whoever answered to the partial point at least, and has neither withdrawn consent nor been erased; `most` at most."""
    rows = await store.rows(
        "SELECT site.code, invitation.country, gender, age_band, employment, disposition,"
        " (SELECT coalesce(jsonb_object_agg(question, value), '{}') FROM answer WHERE invitation_id = invitation.id"
        " AND outcome = 'answer') AS answers,"
        " (SELECT coalesce(jsonb_object_agg(indicator, value), '{}') FROM score WHERE invitation_id = invitation.id) AS scores"
        " FROM invitation JOIN worker ON worker.id = worker_id JOIN site ON site.id = site_id"
        " WHERE invitation.programme_id = :programme AND round_id = :round AND disposition IN ('complete', 'partial')"
        " AND consent <> 'withdrawn' AND erased_at IS NULL LIMIT :most",
        programme=programme, round=round_id, most=most,
    )  # fmt: skip
    return [Respondent(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Taken:
    """One taking-away, as it is logged: by whose key, of which round, why, in which form, with which k."""

    programme: UUID
    key: UUID
    round: UUID
    reason: str
    form: str
    threshold: int
    people: int
    left_out: int
    sha256: bytes


async def log_taken(store: Store, taken: Taken, now: datetime) -> None:
    """Note it for ever."""
    row = {
        "id": new_id(now), "programme_id": taken.programme, "key_id": taken.key, "round_id": taken.round,
        "reason": taken.reason, "form": taken.form, "threshold": taken.threshold, "people": taken.people,
        "left_out": taken.left_out, "sha256": taken.sha256, "at": now,
    }  # fmt: skip
    await store.insert(tables.respondent_exports, [row])


async def list_taken(store: Store, programme: UUID, most: int) -> list[dict[str, Any]]:
    """Who took respondents' answers away, the newest first."""
    return await store.records(
        "SELECT at, api_key.label AS by, key_id AS key, round_id AS round, reason, form AS format, threshold, people,"
        " left_out, encode(sha256, 'hex') AS sha256 FROM respondent_export JOIN api_key ON api_key.id = key_id"
        " WHERE respondent_export.programme_id = :programme ORDER BY at DESC, respondent_export.id DESC LIMIT :most",
        programme=programme, most=most,
    )  # fmt: skip
