"""What a service sees of the referrals made to it: what was agreed to, and only while the referral is open."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError
from app.domain.referral import OPEN, Actor, Cause, ReferralState, allowed_next
from app.store.database import Store
from app.store.referrals import history

_SHOWN = timedelta(days=30)
"""How long what is over is still listed, by its state alone."""

_DESK = (
    "SELECT referral.id, referral.state, referral.urgency, category, referral.service_id, service.name AS service,"
    " referral.deadline_at, referral.created_at, referral.updated_at, referral_consent.fields,"
    " referral_consent.given_at, paused_at IS NOT NULL OR apart AS waits"
    " FROM referral JOIN need ON need.id = referral.need_id JOIN worker ON worker.id = need.worker_id"
    " JOIN referral_consent ON referral_consent.id = consent_id"
    " JOIN service ON service.programme_id = referral.programme_id AND service.id = referral.service_id"
    " WHERE referral.programme_id = :programme AND organization_id = :organization"
)


async def desk_referrals(
    store: Store, programme: UUID, organization: UUID, now: datetime, limit: int = 200
) -> list[dict[str, Any]]:
    """An organization's referrals: the open ones, of those the nearest deadline first; then what ended lately."""
    rows = await store.rows(
        f"{_DESK} AND (referral.state = ANY(:open) OR referral.updated_at > :since)"
        " ORDER BY referral.state = ANY(:open) DESC, CASE WHEN referral.state = ANY(:open) THEN referral.deadline_at END,"
        " referral.updated_at DESC, referral.id LIMIT :limit",
        programme=programme, organization=organization, open=_OPEN, since=now - _SHOWN, limit=limit,
    )  # fmt: skip
    return [_shown(row, now) for row in rows]


async def desk_referral(
    store: Store, programme: UUID, organization: UUID, referral: UUID, now: datetime
) -> dict[str, Any]:
    """One of them; NotFoundError where it is not theirs."""
    row = await store.row(
        f"{_DESK} AND referral.id = :referral", programme=programme, organization=organization, referral=referral
    )
    if row is None:
        raise NotFoundError("There is no such referral for this key.")
    return _shown(row, now)


_OPEN = sorted(state.value for state in OPEN)


def _shown(row: Any, now: datetime) -> dict[str, Any]:
    state = ReferralState(row.state)
    always = {
        "id": row.id, "state": row.state, "open": state in OPEN, "service_id": row.service_id, "service": row.service,
        "created_at": row.created_at, "updated_at": row.updated_at,
        "next": [step.value for step in allowed_next(state, Actor.PROVIDER)],
    }  # fmt: skip
    if state not in OPEN:
        return always
    waits = state is ReferralState.REQUESTED
    return {
        **always, "urgency": row.urgency, "category": row.category, "consented": list(row.fields),
        "consented_at": row.given_at, "deadline_at": row.deadline_at if waits else None,
        "age_hours": int((now - row.updated_at) / timedelta(hours=1)), "overdue": waits and now > row.deadline_at,
        "not_now": bool(row.waits),
    }  # fmt: skip


async def desk_history(store: Store, referral: UUID) -> list[dict[str, Any]]:
    """The steps a referral took, without why a worker or the programme ended it: that is theirs alone."""
    return [
        {**step, "cause": step["cause"] if step["cause"] in _TOLD else ""} for step in await history(store, referral)
    ]


_TOLD = frozenset({Cause.NO_ANSWER, Cause.GONE, Cause.NOT_HELPED})


async def desk_services(store: Store, programme: UUID, organization: UUID) -> list[dict[str, Any]]:
    """An organization's services: places left, hours, and when somebody last looked whether it is true."""
    return await store.records(
        "SELECT id, name, status, capacity, schedules, verified_on FROM service WHERE programme_id = :programme"
        " AND organization_id = :organization AND status <> 'defunct' ORDER BY name, id LIMIT 200",
        programme=programme, organization=organization,
    )  # fmt: skip
