"""Did it help? Whom to ask when a service was done, and what they said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.referral import UNASKED
from app.store.database import Store
from app.store.needs import REACHED


async def close_unanswered(store: Store, referrals: Sequence[UUID], now: datetime) -> None:
    """Close the needs of services that were done where nobody is asked any more whether it helped.

    Else they would stand open for ever, and who tells of the same another time would not be heard.
    """
    await store.run(
        "UPDATE need SET state = 'closed', updated_at = :now FROM referral WHERE need.id = need_id"
        " AND referral.id = ANY(:referrals) AND referral.state = 'completed' AND check_at IS NULL AND need.state = 'referred'",
        referrals=list(referrals), now=now,
    )  # fmt: skip


async def close_unasked(store: Store, now: datetime) -> int:
    """Close the needs of services that were done where nobody can ask whether it helped; how many.

    The worker opted out, or has no number any more; or could not be asked for `UNASKED`, as one for whom it is not safe.
    What they would have said is not known, and stays so.
    """
    return await store.run(
        "WITH over AS (UPDATE referral SET check_at = NULL FROM need, worker WHERE need.id = need_id"
        " AND worker.id = need.worker_id AND referral.state = 'completed' AND check_at <= :now"
        " AND (consent = 'withdrawn' OR referral.updated_at <= :since"
        " OR NOT EXISTS (SELECT FROM identity WHERE identity.worker_id = worker.id AND main)) RETURNING need_id)"
        " UPDATE need SET state = 'closed', updated_at = :now FROM over WHERE need.id = need_id AND state = 'referred'",
        now=now, since=now - UNASKED,
    )  # fmt: skip


async def set_check(store: Store, referral: UUID, at: datetime | None, *, anew: bool = False) -> None:
    """When the worker may be asked next whether it helped, None for never; `anew` forgets how often that was asked."""
    await store.run(
        "UPDATE referral SET check_at = :at, checks = CASE WHEN :anew THEN 0 ELSE checks END WHERE id = :referral",
        referral=referral, at=at, anew=anew,
    )  # fmt: skip


async def checks_of(store: Store, referral: UUID) -> int:
    """How often the worker was asked whether it helped, since the service was done."""
    return await store.value("SELECT checks FROM referral WHERE id = :referral", referral=referral)


async def count_check(store: Store, referral: UUID, again_at: datetime | None) -> None:
    """The worker is being asked whether it helped, and once more at `again_at`, unless they say something before."""
    await store.run(
        "UPDATE referral SET check_at = :at, checks = checks + 1 WHERE id = :referral", referral=referral, at=again_at
    )


async def set_helped(store: Store, referral: UUID, *, helped: bool) -> None:
    """The worker's word on "did it help?"."""
    await store.run("UPDATE referral SET helped = :helped WHERE id = :referral", helped=helped, referral=referral)


async def was_reopened(store: Store, referral: UUID) -> bool:
    """Whether the worker said once before that it did not help."""
    return await store.value(
        "SELECT EXISTS (SELECT FROM referral_event WHERE referral_id = :referral AND state = 'requested'"
        " AND actor = 'worker')",
        referral=referral,
    )


@dataclass(frozen=True, slots=True)
class ToCheck:
    """A completed referral whose worker is to be asked whether it helped; `checks` is how often they were."""

    referral: UUID
    programme: UUID
    worker: UUID
    service: UUID
    checks: int


async def referrals_to_check(store: Store, carriers: Sequence[str], now: datetime, limit: int) -> list[ToCheck]:
    """Whom to ask now whether it helped; nobody who is in a conversation, opted out, or is not safe."""
    rows = await store.rows(
        "SELECT referral.id, referral.programme_id, worker_id, service_id, checks FROM referral JOIN need ON need.id = need_id"
        " JOIN worker ON worker.id = worker_id WHERE check_at <= :now AND consent <> 'withdrawn' AND NOT apart"
        f" AND {REACHED.format('need')}"
        " AND NOT EXISTS (SELECT FROM conversation WHERE conversation.worker_id = need.worker_id AND open)"
        " ORDER BY check_at LIMIT :limit FOR NO KEY UPDATE OF referral SKIP LOCKED",
        limit=limit, now=now, carriers=list(carriers),
    )  # fmt: skip
    return [ToCheck(row.id, row.programme_id, row.worker_id, row.service_id, row.checks) for row in rows]
