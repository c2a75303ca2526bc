"""Two needs that turned out to be one."""

from datetime import datetime
from uuid import UUID

from app.domain.errors import ConflictError, NotFoundError
from app.store.database import Store

_OVER = frozenset({"closed", "declined"})


async def join_needs(store: Store, programme: UUID, need: UUID, into: UUID, now: datetime, *, sensitive: bool) -> None:
    """Close `need` as the same as `into`, which takes over the nearer deadline and the higher urgency.

    Raises:
        NotFoundError: no such need for this caller.
        ConflictError: they are one already, of two workers, of two tiers, or over.
    """
    rows = await store.rows(
        "SELECT id, worker_id, sensitivity, state FROM need WHERE programme_id = :programme AND id = ANY(:both)"
        " AND (:sensitive OR sensitivity = 'standard') ORDER BY id FOR NO KEY UPDATE",
        programme=programme, both=[need, into], sensitive=sensitive,
    )  # fmt: skip
    found = {row.id: row for row in rows}
    if need == into:
        raise ConflictError("A need cannot be joined with itself.")
    if len(found) != len({need, into}):
        raise NotFoundError("There is no such need for this key.")
    one, other = found[need], found[into]
    # A stranger's need may turn out to be a known worker's; two known workers are never one.
    if one.worker_id is not None and one.worker_id != other.worker_id:
        raise ConflictError("The two needs are of two workers.")
    if one.sensitivity != other.sensitivity:
        raise ConflictError(
            "One of the two is sensitive: they stay apart, so that nothing of it is seen with the other."
        )
    if one.state in _OVER or other.state in _OVER:
        raise ConflictError("One of the two is over; only open needs can be joined.")
    await store.run(
        "UPDATE need SET urgency = CASE WHEN array_position(:order, other.urgency) < array_position(:order, need.urgency)"
        " THEN other.urgency ELSE need.urgency END, deadline_at = least(need.deadline_at, other.deadline_at),"
        " updated_at = :now FROM need AS other WHERE need.id = :into AND other.id = :need",
        order=["emergency", "urgent", "normal"], into=into, need=need, now=now,
    )  # fmt: skip
    await store.run(
        "UPDATE need SET state = 'closed', joined_id = :into, wanted_service_id = NULL, updated_at = :now WHERE id = :need",
        into=into, need=need, now=now,
    )  # fmt: skip
