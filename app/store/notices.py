"""What services are to be told of: steps of their referrals, and deadlines that come near."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.referral import Actor, ReferralState
from app.domain.survey import Urgency
from app.store.database import Store


@dataclass(frozen=True, slots=True)
class Notice:
    """A step of a referral, or where `actor` is None its deadline; `standing` is the state it is in by now."""

    referral: UUID
    programme: UUID
    organization: UUID
    service: UUID
    state: ReferralState
    standing: ReferralState
    actor: Actor | None
    urgency: Urgency
    deadline_at: datetime


_OF = (
    "referral.id, referral.programme_id, organization_id, service_id, referral.state AS standing, referral.urgency,"
    " deadline_at"
)
_WITH_SERVICE = "JOIN service ON service.programme_id = referral.programme_id AND service.id = service_id"


async def take_steps(store: Store, limit: int) -> list[Notice]:
    """Steps that services were not told of, in order; this transaction's to tell."""
    rows = await store.rows(
        "WITH taken AS (DELETE FROM step_notice WHERE event_id = ANY(ARRAY(SELECT event_id FROM step_notice"
        " ORDER BY event_id LIMIT :limit FOR UPDATE SKIP LOCKED)) RETURNING event_id)"
        f" SELECT event.state, event.actor, {_OF} FROM taken JOIN referral_event AS event ON event.id = event_id"
        f" JOIN referral ON referral.id = referral_id {_WITH_SERVICE} ORDER BY event.id",
        limit=limit,
    )
    return [_notice(row, ReferralState(row.state), Actor(row.actor)) for row in rows]


async def take_deadlines(store: Store, before: Mapping[Urgency, timedelta], now: datetime, limit: int) -> list[Notice]:
    """Referrals nobody answered whose deadline is near, each deadline once; `before` is how near, by urgency."""
    rows = await store.rows(
        "WITH near AS (INSERT INTO deadline_notice SELECT referral.id, deadline_at FROM referral"
        " JOIN unnest(CAST(:urgencies AS text[]), CAST(:leads AS interval[])) AS near(urgency, lead)"
        " ON near.urgency = referral.urgency WHERE state = 'requested' AND deadline_at > :now"
        " AND deadline_at <= CAST(:now AS timestamptz) + lead AND NOT EXISTS (SELECT FROM deadline_notice AS told"
        " WHERE told.referral_id = referral.id AND told.deadline_at = referral.deadline_at)"
        " ORDER BY deadline_at LIMIT :limit ON CONFLICT (referral_id) DO UPDATE SET deadline_at = excluded.deadline_at"
        " WHERE deadline_notice.deadline_at <> excluded.deadline_at RETURNING referral_id)"
        f" SELECT {_OF} FROM near JOIN referral ON referral.id = referral_id {_WITH_SERVICE} ORDER BY referral.id",
        urgencies=[urgency.value for urgency in before], leads=list(before.values()), now=now, limit=limit,
    )  # fmt: skip
    return [_notice(row, ReferralState(row.standing), None) for row in rows]


async def waiting_notices(store: Store, programme: UUID, organization: UUID, limit: int) -> list[Notice]:
    """The requests that wait for an organization's answer, as if each had just been made."""
    rows = await store.rows(
        f"SELECT {_OF} FROM referral {_WITH_SERVICE} WHERE referral.programme_id = :programme"
        " AND organization_id = :organization AND referral.state = 'requested' ORDER BY deadline_at, referral.id LIMIT :limit",
        programme=programme, organization=organization, limit=limit,
    )  # fmt: skip
    return [_notice(row, ReferralState.REQUESTED, Actor.REQUESTER) for row in rows]


def _notice(row: Any, state: ReferralState, actor: Actor | None) -> Notice:
    return Notice(
        row.id, row.programme_id, row.organization_id, row.service_id, state, ReferralState(row.standing), actor,
        Urgency(row.urgency), row.deadline_at,
    )  # fmt: skip
