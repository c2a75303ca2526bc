"""A worker's own view: their open requests, whether they may be contacted, and where they could ask themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.referral import OPEN, ReferralState
from app.domain.survey import Sensitivity
from app.store.database import Store

_LISTED = 5
_OPEN = sorted(OPEN)
_IN_HAND = sorted({*OPEN, ReferralState.COMPLETED})


@dataclass(frozen=True, slots=True)
class Request:
    """A need of a worker that is not settled, and the referral it stands with, if there is one."""

    need: UUID
    category: str
    sensitivity: Sensitivity
    state: str
    referral: UUID | None
    referral_state: ReferralState | None
    service: UUID | None


async def open_requests(store: Store, worker: UUID) -> list[Request]:
    """What a worker has open, the newest first; five at most, so that it fits a text.

    Nothing is locked: a step of a referral holds that one before its need, and nobody may wait the other way round.
    """
    rows = await store.rows(
        "SELECT need.id, category, need.sensitivity, need.state, referral.id AS referral, referral.state AS standing,"
        " service_id FROM need"
        " LEFT JOIN LATERAL (SELECT id, state, service_id FROM referral WHERE need_id = need.id AND state = ANY(:states)"
        " ORDER BY created_at DESC, id DESC LIMIT 1) AS referral ON true"
        " WHERE need.worker_id = :worker AND need.state NOT IN ('closed', 'declined')"
        " ORDER BY need.created_at DESC, need.id DESC LIMIT :most",
        worker=worker, states=_IN_HAND, most=_LISTED,
    )  # fmt: skip
    return [
        Request(
            row.id, row.category, Sensitivity(row.sensitivity), row.state, row.referral,
            ReferralState(row.standing) if row.standing else None, row.service_id,
        )
        for row in rows
    ]  # fmt: skip


async def case_of(store: Store, worker: UUID) -> UUID | None:
    """The newest sensitive need a worker has open."""
    return await store.value(
        "SELECT id FROM need WHERE worker_id = :worker AND sensitivity = 'high' AND state NOT IN ('closed', 'declined')"
        " ORDER BY created_at DESC, id DESC LIMIT 1",
        worker=worker,
    )


async def let_go(store: Store, worker: UUID, now: datetime) -> None:
    """What a worker was being asked about when they wished for something else: offered anew later, or a person's."""
    await store.run(
        "UPDATE need SET state = CASE sensitivity WHEN 'high' THEN 'person' ELSE 'new' END, updated_at = :now"
        " WHERE worker_id = :worker AND state = 'asked'",
        worker=worker,
        now=now,
    )


async def set_apart(store: Store, workers: Sequence[UUID], *, apart: bool) -> None:
    """Note that these workers may not be contacted now, or may again."""
    await store.run("UPDATE worker SET apart = :apart WHERE id = ANY(:workers)", apart=apart, workers=list(workers))


async def is_apart(store: Store, worker: UUID) -> bool:
    """Whether a worker said that contact is not safe."""
    return await store.value("SELECT apart FROM worker WHERE id = :worker", worker=worker)


async def pause_referrals(store: Store, worker: UUID, now: datetime) -> set[UUID]:
    """Nobody contacts the worker for now: pauses what is with services; which these are."""
    rows = await store.rows(
        "UPDATE referral SET paused_at = coalesce(paused_at, :now) FROM need WHERE need.id = need_id"
        " AND worker_id = :worker AND need.state NOT IN ('closed', 'declined') AND referral.state = ANY(:open)"
        " RETURNING service_id",
        worker=worker, now=now, open=_OPEN,
    )  # fmt: skip
    return {row.service_id for row in rows}


async def resume_referrals(store: Store, worker: UUID) -> None:
    """The worker wants what was paused to go on."""
    await store.run(
        "UPDATE referral SET paused_at = NULL FROM need WHERE need.id = need_id AND worker_id = :worker", worker=worker
    )


async def paused_referrals(store: Store, worker: UUID) -> list[tuple[UUID, UUID]]:
    """The open referrals of a worker that wait for their word, each with its programme."""
    rows = await store.rows(
        "SELECT referral.id, referral.programme_id FROM referral JOIN need ON need.id = need_id"
        " WHERE worker_id = :worker AND paused_at IS NOT NULL AND referral.state = ANY(:open) ORDER BY referral.id",
        worker=worker, open=_OPEN,
    )  # fmt: skip
    return [(row.id, row.programme_id) for row in rows]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a worker's site is; without degrees where nobody measured it."""

    country: str
    latitude: float | None
    longitude: float | None


async def site_of(store: Store, worker: UUID) -> Site:
    """The worker's site; nowhere for one who is enrolled at none."""
    row = await store.row(
        "SELECT country, latitude, longitude FROM enrolment JOIN site ON site.id = site_id"
        " WHERE worker_id = :worker AND active",
        worker=worker,
    )
    return Site(row.country, row.latitude, row.longitude) if row is not None else Site("", None, None)
