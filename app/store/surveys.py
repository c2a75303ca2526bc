"""Versioned surveys; a published version never changes (the database refuses it as well)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.domain.errors import ConflictError, NotFoundError
from app.domain.phrases import phrase
from app.domain.survey import Survey
from app.domain.survey.parse import parse_survey
from app.store.database import Store, new_id
from app.store.statements import to_json


@dataclass(frozen=True, slots=True)
class SurveyVersion:
    """A kept survey: its document as it was given, and what it means."""

    id: UUID
    version: int
    status: str
    document: Mapping[str, Any]
    survey: Survey
    created_at: datetime


def _version(row: Any) -> SurveyVersion:
    return SurveyVersion(row.id, row.version, row.status, row.document, parse_survey(row.document), row.created_at)


async def save_draft(
    store: Store, programme: UUID, survey: Survey, document: Mapping[str, Any], now: datetime
) -> SurveyVersion:
    """Keep a draft: the present draft of this code is replaced; after a published version comes the next number."""
    row = await store.row(
        "UPDATE survey SET document = CAST(:document AS jsonb) WHERE programme_id = :programme AND code = :code"
        " AND status = 'draft' RETURNING *",
        document=to_json(document), programme=programme, code=survey.code,
    )  # fmt: skip
    if row is None:
        row = await store.row(
            "INSERT INTO survey (id, programme_id, code, version, status, document, created_at)"
            " SELECT :id, :programme, :code, coalesce(max(version), 0) + 1, 'draft', CAST(:document AS jsonb), :now"
            " FROM survey WHERE programme_id = :programme AND code = :code RETURNING *",
            id=new_id(now), programme=programme, code=survey.code, document=to_json(document), now=now,
        )  # fmt: skip
    return _version(row)


async def publish_survey(store: Store, programme: UUID, code: str, now: datetime) -> SurveyVersion:
    """Publish the draft of this code; ConflictError where there is none."""
    row = await store.row(
        "UPDATE survey SET status = 'published', published_at = :now WHERE programme_id = :programme AND code = :code"
        " AND status = 'draft' RETURNING *",
        programme=programme, code=code, now=now,
    )  # fmt: skip
    if row is None:
        await latest_survey(store, programme, code)
        raise ConflictError(
            phrase("Survey {code!r} has no draft to publish: its newest version is published already.", code=code)
        )
    return _version(row)


async def latest_survey(store: Store, programme: UUID, code: str, version: int | None = None) -> SurveyVersion:
    """The newest version of a survey, or the one asked for; NotFoundError where there is none."""
    row = await store.row(
        "SELECT * FROM survey WHERE programme_id = :programme AND code = :code"
        " AND (CAST(:version AS integer) IS NULL OR version = :version) ORDER BY version DESC LIMIT 1",
        programme=programme, code=code, version=version,
    )  # fmt: skip
    if row is None:
        raise NotFoundError(
            phrase("There is no survey {code!r} version {version} in this programme.", code=code, version=version)
            if version
            else phrase("There is no survey {code!r} in this programme.", code=code)
        )
    return _version(row)


async def list_surveys(store: Store, programme: UUID) -> list[SurveyVersion]:
    """Every version, by code, the newest first."""
    rows = await store.rows(
        "SELECT * FROM survey WHERE programme_id = :programme ORDER BY code, version DESC", programme=programme
    )
    return [_version(row) for row in rows]


_MOST_KNOWN = 256
_published: dict[UUID, Survey] = {}


async def load_surveys(store: Store, ids: set[UUID]) -> dict[UUID, Survey]:
    """Surveys by id, for a batch of conversations or messages; a published one is read once."""
    found = {key: survey for key in ids if (survey := _published.get(key)) is not None}
    if missing := ids - found.keys():
        rows = await store.rows(
            "SELECT id, document::text AS text, status FROM survey WHERE id = ANY(:ids)", ids=list(missing)
        )
        for row in rows:
            found[row.id] = _parsed(row.text)
            if row.status == "published":
                _keep(row.id, found[row.id])
    return found


async def load_survey(store: Store, key: UUID) -> Survey:
    """The same for one."""
    return (await load_surveys(store, {key}))[key]


def _keep(key: UUID, survey: Survey) -> None:
    while len(_published) >= _MOST_KNOWN:
        del _published[next(iter(_published))]
    _published[key] = survey


@lru_cache(maxsize=64)
def _parsed(text: str) -> Survey:
    """Keyed by the document itself: every programme has the same bundled surveys, and a changed draft is another."""
    return parse_survey(json.loads(text))
