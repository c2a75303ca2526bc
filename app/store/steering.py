"""A round in somebody's hands: locked, at rest, at its end."""

from datetime import datetime
from uuid import UUID

from app.store.database import Store
from app.store.rounds import Round, get_round


async def lock_round(store: Store, programme: UUID, round_id: UUID) -> Round:
    """The round, locked for this transaction; NotFoundError where the programme has none such."""
    await store.run(
        "SELECT FROM round WHERE id = :round AND programme_id = :programme FOR NO KEY UPDATE",
        round=round_id, programme=programme,
    )  # fmt: skip
    return await get_round(store, programme, round_id)


async def set_paused(store: Store, round_id: UUID, at: datetime | None) -> None:
    """A round rests from a moment on, or (None) goes on."""
    await store.run("UPDATE round SET paused_at = :at WHERE id = :round", at=at, round=round_id)


async def end_round(store: Store, round_id: UUID, now: datetime) -> None:
    """A round ends before its time; one that never opened keeps its planned end."""
    await store.run(
        "UPDATE round SET state = 'closed', paused_at = NULL, closes_at = CASE WHEN opens_at <= :now"
        " THEN least(closes_at, greatest(CAST(:now AS timestamptz), opens_at + interval '1 millisecond')) ELSE closes_at END"
        " WHERE id = :round",
        round=round_id, now=now,
    )  # fmt: skip
