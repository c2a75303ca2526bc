"""The trail of who looked at what and who changed what: written once, read by filters, gone by age alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.store import tables
from app.store.database import Store, new_id, new_ids
from app.store.keys import Caller

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows: those that fit all that is said. `before` is the last id of the page before."""

    who: UUID | None = None
    action: str = ""
    object: str = ""
    failed: bool = False
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None


async def write_down(store: Store, caller: Caller, action: str, touched: str, outcome: int, now: datetime) -> None:
    """One row: who did what to which thing, and what came of it, as an HTTP status.

    Args:
        store: the transaction.
        caller: who.
        action: the method and the route's pattern; never what stood in the address or the body.
        touched: the id or code of the thing; empty for none.
        outcome: the status that was answered.
        now: the moment.
    """
    await store.run(
        "INSERT INTO audit (id, programme_id, key_id, action, object, outcome, at)"
        " VALUES (:id, CAST(:programme AS uuid), :key, :action, nullif(:object, ''), :outcome, :now)",
        id=new_id(now), programme=caller.programme, key=caller.key, action=action, object=touched, outcome=outcome,
        now=now,
    )  # fmt: skip


async def write_refused(
    store: Store, places: Sequence[tuple[UUID, UUID | None]], action: str, outcome: int, now: datetime
) -> None:
    """Somebody was not let in: a row wherever the account belongs that was tried.

    Args:
        store: the transaction.
        places: the account's keys with their programmes. For none, because nobody has such an account, one row tells
            operators that somebody tried and does not say as whom.
        action: as of `write_down`.
        outcome: as of `write_down`.
        now: the moment.
    """
    tried = places or [(None, None)]
    await store.insert(
        tables.audits,
        [
            {"id": row, "programme_id": programme, "key_id": key, "action": action, "outcome": outcome, "at": now}
            for row, (key, programme) in zip(new_ids(now, len(tried)), tried, strict=True)
        ],
    )


async def read_trail(
    store: Store, programme: UUID | None, of: Filter, limit: int, *, everything: bool = False
) -> list[dict[str, Any]]:
    """The trail, the newest first: of a programme, for None of the operators; with `everything` of all."""
    return await store.records(
        "SELECT audit.id, at, coalesce(label, '') AS by, key_id AS who, coalesce(role, '') AS role, action, object, outcome,"
        " coalesce(programme.code, '') AS programme"
        " FROM audit LEFT JOIN api_key ON api_key.id = key_id LEFT JOIN programme ON programme.id = audit.programme_id"
        " WHERE (CAST(:everything AS boolean) OR audit.programme_id IS NOT DISTINCT FROM CAST(:programme AS uuid))"
        " AND (CAST(:who AS uuid) IS NULL OR key_id = :who OR account_id = :who)"
        " AND (:action = '' OR strpos(action, :action) > 0) AND (:object = '' OR object = :object)"
        " AND (NOT CAST(:failed AS boolean) OR outcome >= 400)"
        " AND (CAST(:since AS timestamptz) IS NULL OR at >= :since) AND (CAST(:until AS timestamptz) IS NULL OR at < :until)"
        " AND (CAST(:before AS uuid) IS NULL OR audit.id < :before)"
        " ORDER BY audit.id DESC LIMIT :limit",
        everything=everything, programme=programme, who=of.who, action=of.action, object=of.object, failed=of.failed,
        since=of.since, until=of.until, before=of.before, limit=limit,
    )  # fmt: skip


async def forget_trail(store: Store, before: datetime) -> int:
    """Let some of the rows go that are older; how many, none when all are gone."""
    await store.run(
        "SELECT set_config('shiftline.audit_until', CAST(:before AS text), true)", before=before.isoformat()
    )
    return await store.run(
        "DELETE FROM audit WHERE id = ANY(ARRAY(SELECT id FROM audit WHERE at < :before ORDER BY at LIMIT :most))",
        before=before, most=_AT_ONCE,
    )  # fmt: skip
