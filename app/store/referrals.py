"""The worker's consent to a named service, and the referral it allows, with its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError
from app.domain.referral import DEADLINES, OPEN, Actor, Cause, ReferralState, age
from app.domain.survey import Urgency
from app.store import tables
from app.store.database import Store, new_id


async def refer(
    store: Store,
    *,
    need: UUID,
    service: UUID,
    words: str,
    fields: Sequence[str],
    reasons: Sequence[str],
    now: datetime,
) -> UUID | None:
    """Record the worker's consent to this service for this need, and the referral it allows; requested at once.

    None where the service has no place left, or takes nobody any more: two workers may have raced for the last one;
    or where somebody settled the need meanwhile.
    """
    row = await store.row("SELECT * FROM need WHERE id = :need FOR NO KEY UPDATE", need=need)
    if row is None:
        raise NotFoundError("There is no such need.")
    if row.state not in {"asked", "referred"} or not await _has_place(store, row.programme_id, service):
        return None
    consent, referral = new_id(now), new_id(now)
    await store.insert(
        tables.referral_consents,
        [{
            "id": consent, "programme_id": row.programme_id, "need_id": need, "worker_id": row.worker_id,
            "service_id": service, "words": words, "fields": list(fields), "given_at": now,
        }],
    )  # fmt: skip
    deadline = now + DEADLINES[Urgency(row.urgency)]
    await store.insert(
        tables.referrals,
        [{
            "id": referral, "programme_id": row.programme_id, "need_id": need, "sensitivity": row.sensitivity,
            "service_id": service, "consent_id": consent, "state": ReferralState.REQUESTED.value,
            "urgency": row.urgency, "reasons": list(reasons), "deadline_at": deadline, "created_at": now,
            "updated_at": now,
        }],
    )  # fmt: skip
    await _event(store, row.programme_id, referral, ReferralState.REQUESTED, Actor.REQUESTER, now)
    await store.run(
        "UPDATE need SET state = 'referred', wanted_service_id = NULL, updated_at = :now WHERE id = :need",
        need=need,
        now=now,
    )
    return referral


async def open_referral_of(store: Store, need: UUID) -> UUID | None:
    """The referral with which a service has a need now."""
    return await store.value(
        "SELECT id FROM referral WHERE need_id = :need AND state = ANY(:open) ORDER BY created_at DESC, id DESC LIMIT 1",
        need=need, open=sorted(OPEN),
    )  # fmt: skip


async def give_back(store: Store, referral: "Referral", now: datetime) -> bool:
    """Whether a service that was done is asked again for its need, which is with it from now on.

    Not where it has no place or takes nobody, another service has the need, or the worker was erased or has told of the
    same anew.
    """
    need = await store.row(
        "SELECT need.id FROM need JOIN worker ON worker.id = need.worker_id WHERE need.id = :need AND erased_at IS NULL"
        " AND joined_id IS NULL AND NOT EXISTS (SELECT FROM need AS other WHERE other.worker_id = need.worker_id"
        " AND other.category = need.category AND other.sensitivity = need.sensitivity AND other.id <> need.id"
        " AND other.state NOT IN ('closed', 'declined')) FOR NO KEY UPDATE OF need",
        need=referral.need,
    )
    if need is None or await open_referral_of(store, referral.need) is not None:
        return False
    if not await _has_place(store, referral.programme, referral.service):
        return False
    await store.run(
        "UPDATE need SET state = 'referred', updated_at = :now WHERE id = :need", need=referral.need, now=now
    )
    return True


async def unanswered_referrals(store: Store, now: datetime, limit: int) -> list[tuple[UUID, UUID, bool]]:
    """Requests no service answered in time, and those whose service closed: (referral, programme, closed). Locked."""
    rows = await store.rows(
        "SELECT referral.id, referral.programme_id, service.status IN ('inactive', 'defunct') AS closed FROM referral"
        " JOIN service ON service.programme_id = referral.programme_id AND service.id = service_id"
        " WHERE referral.state = 'requested' AND (deadline_at <= :now OR service.status IN ('inactive', 'defunct'))"
        " ORDER BY deadline_at LIMIT :limit FOR NO KEY UPDATE OF referral SKIP LOCKED",
        now=now, limit=limit,
    )  # fmt: skip
    return [(row.id, row.programme_id, row.closed) for row in rows]


async def _has_place(store: Store, programme: UUID, service: UUID) -> bool:
    # Locked: whoever comes second counts the first one's referral.
    row = await store.row(
        "SELECT status, capacity FROM service WHERE programme_id = :programme AND id = :service FOR NO KEY UPDATE",
        programme=programme, service=service,
    )  # fmt: skip
    if row is None or row.status != "active":
        return False
    taken = await store.value(
        "SELECT count(*) FROM referral WHERE programme_id = :programme AND service_id = :service AND state = ANY(:open)",
        programme=programme, service=service, open=sorted(OPEN),
    )  # fmt: skip
    return row.capacity is None or taken < row.capacity


async def _event(
    store: Store, programme: UUID, referral: UUID, state: ReferralState, actor: Actor, now: datetime,
    cause: Cause = Cause.NONE,
) -> None:  # fmt: skip
    row = {"id": new_id(now), "programme_id": programme, "referral_id": referral, "state": state.value,
           "actor": actor.value, "cause": cause.value, "at": now}  # fmt: skip
    await store.insert(tables.referral_events, [row])


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral with what its next step needs."""

    id: UUID
    programme: UUID
    need: UUID
    service: UUID
    organization: UUID
    state: ReferralState
    urgency: Urgency
    worker: UUID
    identity: UUID | None
    language: str
    category: str
    waits: bool = False
    """The worker may not be contacted now: they opted out of texts, or said that it is not safe."""


async def get_referral(store: Store, programme: UUID, referral: UUID, organization: UUID | None = None) -> Referral:
    """The referral, locked; NotFoundError where it is not this programme's, or not this organization's."""
    row = await store.row(
        "SELECT referral.id, referral.programme_id, referral.need_id, referral.service_id, organization_id,"
        " referral.state, referral.urgency, need.worker_id, identity.id AS identity, coalesce(language, 'en') AS language,"
        " category, paused_at IS NOT NULL OR apart AS waits"
        " FROM referral JOIN service ON service.programme_id = referral.programme_id AND service.id = service_id"
        " JOIN need ON need.id = need_id JOIN worker ON worker.id = need.worker_id"
        " LEFT JOIN identity ON identity.worker_id = need.worker_id AND main"
        " LEFT JOIN enrolment ON enrolment.worker_id = need.worker_id AND active"
        " WHERE referral.id = :referral AND referral.programme_id = :programme"
        " AND (CAST(:organization AS uuid) IS NULL OR organization_id = :organization) FOR NO KEY UPDATE OF referral",
        referral=referral, programme=programme, organization=organization,
    )  # fmt: skip
    if row is None:
        raise NotFoundError("There is no such referral for this key.")
    return Referral(
        row.id, row.programme_id, row.need_id, row.service_id, row.organization_id,
        ReferralState(row.state), Urgency(row.urgency), row.worker_id, row.identity, row.language, row.category, row.waits,
    )  # fmt: skip


async def step_referral(
    store: Store,
    referral: Referral,
    state: ReferralState,
    actor: Actor,
    now: datetime,
    *,
    deadline: datetime | None = None,
    cause: Cause = Cause.NONE,
) -> None:
    """Write a step the life cycle allowed; a reopened referral gets a new deadline."""
    await store.run(
        "UPDATE referral SET state = :state, updated_at = :now, deadline_at = coalesce(:deadline, deadline_at)"
        " WHERE id = :referral",
        state=state.value, now=now, deadline=deadline, referral=referral.id,
    )  # fmt: skip
    await _event(store, referral.programme, referral.id, state, actor, now, cause)


async def list_referrals(store: Store, programme: UUID, now: datetime, limit: int = 200) -> list[dict[str, Any]]:
    """Referrals, open ones first and of those the nearest deadline. No number, no worker.

    Each with how its waiting stands at `now`, and whether the worker may not be contacted for the time being.
    """
    rows = await store.rows(
        "SELECT referral.id, referral.state, referral.urgency, category, service.name AS service, referral.service_id,"
        " reasons, helped, referral.deadline_at, referral.created_at, referral.updated_at,"
        " paused_at IS NOT NULL OR apart AS waits FROM referral JOIN need ON need.id = need_id"
        " JOIN worker ON worker.id = need.worker_id"
        " JOIN service ON service.programme_id = referral.programme_id AND service.id = service_id"
        " WHERE referral.programme_id = :programme ORDER BY referral.state IN ('completed', 'rejected', 'failed', 'cancelled',"
        " 'entered-in-error'), referral.deadline_at, referral.id LIMIT :limit",
        programme=programme, limit=limit,
    )  # fmt: skip
    return [
        {
            "id": row.id, "state": row.state, "urgency": row.urgency, "category": row.category, "service": row.service,
            "service_id": row.service_id, "reasons": row.reasons, "helped": row.helped, "created_at": row.created_at,
            "updated_at": row.updated_at, "deadline_at": row.deadline_at, "waits": row.waits,
            "age": age(ReferralState(row.state), Urgency(row.urgency), row.updated_at, now).value,
        }
        for row in rows
    ]  # fmt: skip


async def history(store: Store, referral: UUID) -> list[dict[str, Any]]:
    """The steps a referral took."""
    return await store.records(
        "SELECT state, actor, cause, at FROM referral_event WHERE referral_id = :referral ORDER BY at, id",
        referral=referral,
    )


async def referrals_by_state(store: Store, programme: UUID, round_id: UUID) -> list[Any]:
    """How many referrals of a round stand where, and how many workers said it helped."""
    return list(
        await store.rows(
            "SELECT referral.state, count(*) AS referrals, count(*) FILTER (WHERE helped) AS helped,"
            " count(*) FILTER (WHERE NOT helped) AS not_helped FROM referral JOIN need ON need.id = need_id"
            " WHERE referral.programme_id = :programme AND need.round_id = :round GROUP BY 1 ORDER BY 1",
            programme=programme, round=round_id,
        )
    )  # fmt: skip


async def tried_services(store: Store, need: UUID) -> set[UUID]:
    """Services this need was referred to before."""
    return {
        row.service_id for row in await store.rows("SELECT service_id FROM referral WHERE need_id = :need", need=need)
    }
