"""Answers, and the scores respondents get from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError
from app.domain.understanding import Outcome, Understanding
from app.store import tables
from app.store.database import Store, new_ids
from app.store.statements import to_json


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to keep."""

    invitation: UUID
    question: str
    understanding: Understanding
    reply: UUID | None
    at: datetime
    coded_by: UUID | None = None


_SAVE = (
    "INSERT INTO answer (id, programme_id, round_id, invitation_id, site_id, question, outcome, value, method,"
    " confidence, language, inbox_id, coded_by, at) SELECT given.id, invitation.programme_id, round_id, invitation_id,"
    " site_id, question, outcome, value, method, confidence, given.language, inbox_id, coded_by, at"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(id uuid, invitation_id uuid,"
    " question text, outcome text, value jsonb, method text, confidence double precision, language text,"
    " inbox_id uuid, coded_by uuid, at timestamptz) JOIN invitation ON invitation.id = invitation_id"
    " ON CONFLICT (invitation_id, question) DO UPDATE SET outcome = excluded.outcome, value = excluded.value,"
    " method = excluded.method, confidence = excluded.confidence, language = excluded.language,"
    " inbox_id = excluded.inbox_id, coded_by = excluded.coded_by, at = excluded.at"
)


async def save_answers(store: Store, answers: Sequence[Answered]) -> None:
    """Keep answers; the later one to a question replaces the earlier."""
    # Of two answers to a question in one batch of replies the later stands; one statement may not touch a row twice.
    latest = list({(answer.invitation, answer.question): answer for answer in answers}.values())
    if not latest:
        return
    ids = new_ids(max(answer.at for answer in latest), len(latest))
    rows = [
        {
            "id": key, "invitation_id": answer.invitation,
            "question": answer.question, "outcome": answer.understanding.outcome.value,
            "value": answer.understanding.value if answer.understanding.outcome is Outcome.ANSWER else None,
            "method": answer.understanding.method.value, "confidence": answer.understanding.confidence,
            "language": answer.understanding.language, "inbox_id": answer.reply,
            "coded_by": answer.coded_by, "at": answer.at,
        }
        for key, answer in zip(ids, latest, strict=True)
    ]  # fmt: skip
    await store.tell(_SAVE, rows=to_json(rows))


async def _invitations(store: Store, ids: Sequence[UUID]) -> dict[UUID, Any]:
    rows = await store.rows(
        "SELECT id, round_id, site_id, country, gender, age_band, employment FROM invitation WHERE id = ANY(:ids)",
        ids=list(dict.fromkeys(ids)),
    )
    return {row.id: row for row in rows}


async def save_scores(
    store: Store, scores: Mapping[UUID, Mapping[str, float]], programmes: Mapping[UUID, UUID]
) -> None:
    """Keep what respondents score; invitation → indicator → value. Saved again, the new score stands."""
    invitations = await _invitations(store, list(scores))
    rows = [
        {
            "programme_id": programmes[invitation], "invitation_id": invitation,
            "round_id": invitations[invitation].round_id, "site_id": invitations[invitation].site_id,
            "country": invitations[invitation].country, "gender": invitations[invitation].gender,
            "age_band": invitations[invitation].age_band, "employment": invitations[invitation].employment,
            "indicator": indicator, "value": value,
        }
        for invitation, given in scores.items()
        for indicator, value in given.items()
    ]  # fmt: skip
    await store.insert(tables.scores, rows, "(invitation_id, indicator) DO UPDATE SET value = excluded.value")


async def mark_started(store: Store, invitations: Sequence[UUID], now: datetime) -> None:
    """These workers answered at all."""
    if not invitations:
        return
    await store.tell(
        "UPDATE invitation SET started_at = :now WHERE id = ANY(:ids) AND started_at IS NULL",
        ids=list(invitations),
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Unread:
    """A reply that came too early for the open question and is no answer to the one before, which has one already."""

    programme: UUID
    invitation: UUID
    question: str
    language: str
    reply: UUID
    at: datetime


async def keep_unclear(store: Store, replies: Sequence[Unread]) -> None:
    """Keep these for a person to code."""
    ids = new_ids(max(reply.at for reply in replies), len(replies))
    rows = [
        {
            "id": key, "programme_id": reply.programme, "invitation_id": reply.invitation, "question": reply.question,
            "language": reply.language, "inbox_id": reply.reply, "at": reply.at,
        }
        for key, reply in zip(ids, replies, strict=True)
    ]  # fmt: skip
    await store.insert(tables.unclear_replies, rows)


async def drop_unclear(store: Store, reply: UUID) -> None:
    """It is coded; nothing happens where it was an answer and none of these."""
    await store.run("DELETE FROM unclear_reply WHERE id = :reply", reply=reply)


async def unclear_replies(store: Store, programme: UUID, round_id: UUID, limit: int) -> list[dict[str, Any]]:
    """Replies nobody understood, for a person of the programme to code by hand: question and text, never a number."""
    return await store.records(
        "SELECT answer.id, question, inbox.text, coalesce(nullif(answer.language, ''), invitation.language) AS language,"
        " answer.at FROM answer JOIN inbox ON inbox.id = inbox_id"
        " JOIN invitation ON invitation.id = answer.invitation_id WHERE answer.programme_id = :programme"
        " AND answer.round_id = :round AND answer.outcome = 'unclear'"
        " UNION ALL SELECT kept.id, question, inbox.text, kept.language, kept.at FROM unclear_reply AS kept"
        " JOIN inbox ON inbox.id = inbox_id JOIN invitation ON invitation.id = kept.invitation_id"
        " WHERE kept.programme_id = :programme AND round_id = :round ORDER BY at LIMIT :limit",
        programme=programme,
        round=round_id,
        limit=limit,
    )


@dataclass(frozen=True, slots=True)
class UnclearAnswer:
    """An answer nobody understood, with where it belongs."""

    programme: UUID
    round: UUID
    survey: UUID
    invitation: UUID
    worker: UUID
    identity: UUID
    site: UUID
    question: str
    outcome: str
    language: str
    reply: UUID
    text: str


async def unclear_answer(store: Store, programme: UUID, answer: UUID) -> UnclearAnswer:
    """The answer, or the reply that came too early for one, locked; NotFoundError where the programme has none such."""
    row = await store.row(
        "SELECT answer.programme_id, answer.round_id, round.survey_id, invitation_id, worker_id, inbox.identity_id,"
        " answer.site_id, question, outcome, coalesce(nullif(answer.language, ''), invitation.language) AS language,"
        " inbox_id, coalesce(inbox.text, '') AS text FROM answer JOIN invitation ON invitation.id = invitation_id"
        " JOIN round ON round.id = answer.round_id JOIN inbox ON inbox.id = inbox_id"
        " WHERE answer.id = :answer AND answer.programme_id = :programme FOR NO KEY UPDATE OF answer",
        answer=answer,
        programme=programme,
    )
    row = row or await store.row(
        "SELECT kept.programme_id, round_id, round.survey_id, kept.invitation_id, worker_id, inbox.identity_id,"
        " invitation.site_id, question, 'unclear', kept.language, inbox_id, coalesce(inbox.text, '')"
        " FROM unclear_reply AS kept JOIN invitation ON invitation.id = kept.invitation_id"
        " JOIN round ON round.id = round_id JOIN inbox ON inbox.id = inbox_id"
        " WHERE kept.id = :answer AND kept.programme_id = :programme FOR UPDATE OF kept",
        answer=answer,
        programme=programme,
    )
    if row is None:
        raise NotFoundError("There is no such answer in this programme.")
    return UnclearAnswer(*row)
