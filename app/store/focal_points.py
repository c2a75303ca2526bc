"""A programme's focal points, how they are reached, and the sensitive cases that wait for one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError
from app.domain.referral import ALERT_EVERY
from app.domain.survey import Urgency
from app.store import tables
from app.store.database import Store, new_id
from app.store.vault import Vault, ensure_identities


@dataclass(frozen=True, slots=True)
class FocalPoint:
    """A person trained for sensitive cases; `email` and `number` (E.164) are empty where they have none."""

    name: str
    email: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    language: str = "en"


async def set_focal_points(
    store: Store, vault: Vault, programme: UUID, people: Sequence[FocalPoint], now: datetime
) -> None:
    """These and no others are told of a programme's sensitive cases."""
    await store.run("DELETE FROM focal_point WHERE programme_id = :programme", programme=programme)
    await add_focal_points(store, vault, programme, people, now)


async def add_focal_points(
    store: Store, vault: Vault, programme: UUID, people: Sequence[FocalPoint], now: datetime
) -> None:
    """These are told of a programme's sensitive cases too."""
    numbers = [person.number for person in people if person.number]
    identities = await ensure_identities(store, vault, programme, numbers, now) if numbers else {}
    rows: list[dict[str, Any]] = []
    for person in people:
        key = new_id(now)
        sealed = vault.seal("focal_point", key, programme, person.email) if person.email else None
        rows.append({
            "id": key, "programme_id": programme, "name": person.name, "language": person.language,
            "sealed": sealed.cipher if sealed else None, "key_version": sealed.key_version if sealed else None,
            "identity_id": identities.get(person.number), "created_at": now,
        })  # fmt: skip
    await store.insert(tables.focal_points, rows)


async def drop_focal_point(store: Store, programme: UUID, key: UUID) -> None:
    """One of them is told no more.

    Raises:
        NotFoundError: the programme has no such focal point.
    """
    found = await store.value(
        "DELETE FROM focal_point WHERE programme_id = :programme AND id = :key RETURNING id",
        programme=programme,
        key=key,
    )
    if found is None:
        raise NotFoundError("There is no such focal point in this programme.")


async def list_focal_points(store: Store, programme: UUID) -> list[dict[str, Any]]:
    """Who they are and by which ways they are reached; never an address or a number."""
    return await store.records(
        "SELECT id, name, language, sealed IS NOT NULL AS by_email, identity_id IS NOT NULL AS by_text FROM focal_point"
        " WHERE programme_id = :programme ORDER BY name, id",
        programme=programme,
    )


@dataclass(frozen=True, slots=True)
class Reached:
    """A focal point, and how: `email` is empty and `identity` None where they have none."""

    email: str = field(repr=False)
    identity: UUID | None
    language: str


async def reach_focal_points(store: Store, vault: Vault, programme: UUID) -> list[Reached]:
    """How a programme's focal points are told; an address no key opens any more counts as none."""
    rows = await store.rows(
        # Who stopped our texts is told by letter alone.
        "SELECT focal_point.id, sealed, focal_point.key_version, CASE WHEN NOT stopped THEN identity_id END AS identity_id,"
        " language FROM focal_point LEFT JOIN identity ON identity.id = identity_id"
        " WHERE focal_point.programme_id = :programme ORDER BY focal_point.created_at, focal_point.id",
        programme=programme,
    )
    found = list[Reached]()
    for row in rows:
        sealed = bytes(row.sealed) if row.sealed else b""
        email = vault.open_if_it_fits("focal_point", row.id, sealed, row.key_version) if sealed else None
        found.append(Reached(email or "", row.identity_id, row.language))
    return found


@dataclass(frozen=True, slots=True)
class WaitingCase:
    """A sensitive case that presses and that nobody acknowledged; `alerted_at` is when they were last told of it."""

    need: UUID
    programme: UUID
    urgency: Urgency
    alerted_at: datetime | None


async def cases_to_tell(store: Store, now: datetime, limit: int) -> list[WaitingCase]:
    """Cases whose focal points are to be told, or told again; locked, and marked as told by this call."""
    rows = await store.rows(
        "SELECT id, programme_id, urgency, alerted_at FROM need WHERE sensitivity = 'high' AND acknowledged_at IS NULL"
        " AND state NOT IN ('closed', 'declined') AND urgency <> 'normal' AND (alerted_at IS NULL"
        " OR (urgency = 'emergency' AND alerted_at <= :emergency) OR (urgency = 'urgent' AND alerted_at <= :urgent))"
        " ORDER BY alerted_at NULLS FIRST, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED",
        emergency=now - ALERT_EVERY[Urgency.EMERGENCY], urgent=now - ALERT_EVERY[Urgency.URGENT], limit=limit,
    )  # fmt: skip
    await store.run("UPDATE need SET alerted_at = :now WHERE id = ANY(:needs)", now=now, needs=[row.id for row in rows])
    return [WaitingCase(row.id, row.programme_id, Urgency(row.urgency), row.alerted_at) for row in rows]


async def tell_again(store: Store, need: UUID) -> None:
    """The worker named another time: whoever took the case up is told anew."""
    await store.run("UPDATE need SET alerted_at = NULL, acknowledged_at = NULL WHERE id = :need", need=need)


async def hand_case(store: Store, need: UUID, now: datetime) -> None:
    """The worker may be called about it: it is a person's, open again where it was closed, and told anew."""
    await store.run(
        "UPDATE need SET state = 'person', alerted_at = NULL, acknowledged_at = NULL, acknowledged_by = NULL,"
        " updated_at = :now WHERE id = :need",
        need=need,
        now=now,
    )


async def acknowledge(store: Store, programme: UUID, need: UUID, caller: UUID, now: datetime) -> datetime:
    """A focal point takes a case up, and nobody is told of it again; when that was first.

    Raises:
        NotFoundError: the programme has no such case.
    """
    found = await store.value(
        "UPDATE need SET acknowledged_at = coalesce(acknowledged_at, :now),"
        " acknowledged_by = coalesce(acknowledged_by, :caller), updated_at = :now"
        " WHERE id = :need AND programme_id = :programme AND sensitivity = 'high' RETURNING acknowledged_at",
        need=need, programme=programme, caller=caller, now=now,
    )  # fmt: skip
    if found is None:
        raise NotFoundError("There is no such case.")
    return found
