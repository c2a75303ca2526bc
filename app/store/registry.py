"""The registry of local services, as HSDS documents with the columns that matching needs beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError
from app.domain.registry import Location, Organization, Registry, Schedule, Service
from app.domain.registry.locations import VIRTUAL
from app.store import tables
from app.store.database import Store

_MOST_PLACES = 2**31 - 1  # PostgreSQL's integer


@dataclass(frozen=True, slots=True)
class RegistryCounts:
    """What an import kept."""

    organizations: int
    services: int
    locations: int


async def lock_registry(store: Store, programme: UUID) -> None:
    """Hold the programme's registry for this transaction: two imports come one behind the other."""
    await store.run(
        "SELECT pg_advisory_xact_lock(hashtextextended(CAST(:programme AS text), 7))", programme=str(programme)
    )


async def save_registry(store: Store, programme: UUID, registry: Registry, now: datetime) -> RegistryCounts:
    """Keep what stands in a registry; imported again it changes nothing. Nothing is deleted."""
    places = {location.id: location for location in registry.locations}
    await store.insert(
        tables.organizations,
        [_organization(programme, organization, now) for organization in registry.organizations],
        _update("organization", "name", "description", "document"),
    )
    await store.insert(
        tables.locations,
        [_location(programme, location) for location in registry.locations],
        "(programme_id, id) DO UPDATE SET kind = excluded.kind, name = excluded.name, country = excluded.country,"
        " city = excluded.city,"
        " latitude = excluded.latitude, longitude = excluded.longitude",
    )
    await store.insert(
        tables.services,
        [_service(programme, service, places, now) for service in registry.services],
        _update("service", "organization_id", "name", "sms_name", "description", "status", "categories", "languages",
                "schedules", "capacity", "verified_on", "anywhere", "document"),
    )  # fmt: skip
    links = [
        _link(programme, service, places[location])
        for service in registry.services
        for location in dict.fromkeys(service.locations)
    ]
    await store.run(
        "DELETE FROM service_at_location WHERE programme_id = :programme AND service_id = ANY(:services)",
        programme=programme,
        services=[service.id for service in registry.services],
    )
    await store.insert(tables.service_locations, links)
    await rest_merged(store, programme, [UUID(str(service.id)) for service in registry.services])
    return RegistryCounts(len(registry.organizations), len(registry.services), len(registry.locations))


async def rest_merged(store: Store, programme: UUID, services: Sequence[UUID]) -> None:
    """These services, and those whose kept twin they are: merged ones are found at no place, others where they are active.

    Who was merged into one that is defunct now is a service of its own, until that one is back.
    """
    changed = await store.rows(
        "UPDATE service SET merged_id = told.kept FROM (SELECT id, (SELECT kept.id FROM registry_twin JOIN service AS kept"
        " ON kept.programme_id = :programme AND kept.id = kept_id AND kept.status <> 'defunct'"
        " WHERE registry_twin.programme_id = :programme AND lost.id IN (one_id, other_id) AND kept_id <> lost.id"
        " ORDER BY decided_at DESC, kept_id LIMIT 1) AS kept FROM ("
        " SELECT unnest(ARRAY[one_id, other_id]) AS id FROM registry_twin WHERE programme_id = :programme"
        " AND (one_id = ANY(:services) OR other_id = ANY(:services)) UNION SELECT id FROM service"
        " WHERE programme_id = :programme AND id = ANY(:services) AND merged_id IS NOT NULL) AS lost) AS told"
        " WHERE programme_id = :programme AND service.id = told.id AND merged_id IS DISTINCT FROM told.kept"
        " RETURNING service.id",
        programme=programme, services=list(services),
    )  # fmt: skip
    await store.run(
        "UPDATE service_at_location SET active = service.status = 'active' AND service.merged_id IS NULL FROM service"
        " WHERE service.programme_id = service_at_location.programme_id AND service.id = service_id"
        " AND service.programme_id = :programme AND service.id = ANY(:services)"
        " AND service_at_location.active <> (service.status = 'active' AND service.merged_id IS NULL)",
        programme=programme, services=[*services, *(row.id for row in changed)],
    )  # fmt: skip


def _update(table: str, *columns: str) -> str:
    fresh = ", ".join(
        # Who verified a record here is not undone by an import that knows less.
        f"{column} = greatest({table}.{column}, excluded.{column})"
        if column == "verified_on"
        else f"{column} = excluded.{column}"
        for column in columns
    )
    # `modified_at` moves only when the document did, so that a reader's "modified after" stays true.
    moved = f"CASE WHEN {table}.document = excluded.document THEN {table}.modified_at ELSE excluded.modified_at END"
    return f"(programme_id, id) DO UPDATE SET {fresh}, modified_at = {moved}"


def _organization(programme: UUID, organization: Organization, now: datetime) -> dict[str, Any]:
    return {
        "programme_id": programme, "id": organization.id, "name": organization.name,
        "description": organization.description, "document": dict(organization.raw), "modified_at": now,
    }  # fmt: skip


def _location(programme: UUID, location: Location) -> dict[str, Any]:
    return {
        "programme_id": programme, "id": location.id, "kind": location.kind, "name": location.name,
        "country": location.country, "city": location.city, "latitude": location.latitude, "longitude": location.longitude,
    }  # fmt: skip


def _service(programme: UUID, service: Service, places: Mapping[str, Location], now: datetime) -> dict[str, Any]:
    kinds = {places[place].kind for place in service.locations}
    return {
        "programme_id": programme, "id": service.id, "organization_id": service.organization_id, "name": service.name,
        "sms_name": service.sms_name, "description": service.description, "status": service.status,
        "categories": list(service.categories), "languages": list(service.languages),
        "schedules": [_schedule(schedule) for schedule in service.schedules],
        "capacity": None if service.capacity is None else min(service.capacity, _MOST_PLACES),
        "verified_on": service.assured_on, "anywhere": not kinds or VIRTUAL in kinds,
        "document": dict(service.raw), "modified_at": now,
    }  # fmt: skip


def _link(programme: UUID, service: Service, place: Location) -> dict[str, Any]:
    return {
        "programme_id": programme, "service_id": service.id, "location_id": place.id,
        "active": service.status == "active", "categories": list(service.categories), "country": place.country,
        "latitude": place.latitude, "longitude": place.longitude,
    }  # fmt: skip


def _schedule(schedule: Schedule) -> dict[str, Any]:
    return {
        "byday": list(schedule.byday), "freq": schedule.freq, "timezone": schedule.timezone,
        "opens_at": schedule.opens_at, "closes_at": schedule.closes_at,
    }  # fmt: skip


async def list_services(
    store: Store, programme: UUID, *, search: str = "", category: str = "", limit: int = 50, offset: int = 0
) -> tuple[int, list[dict[str, Any]]]:
    """A page of services and how many there are in all; the documents stay HSDS."""
    rows = await store.records(
        "SELECT service.*, organization.name AS organization, count(*) OVER () AS total FROM service JOIN organization ON"
        " organization.programme_id = service.programme_id AND organization.id = organization_id"
        " WHERE service.programme_id = :programme AND (:search = '' OR service.name ILIKE :pattern)"
        " AND (:category = '' OR :category = ANY(categories)) ORDER BY service.name, service.id LIMIT :limit OFFSET :offset",
        programme=programme, search=search, pattern=f"%{literal(search)}%", category=category, limit=limit, offset=offset,
    )  # fmt: skip
    return (rows[0]["total"] if rows else 0), rows


def literal(search: str) -> str:
    """A text as LIKE takes it, with nothing in it that stands for another."""
    return search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def get_service(store: Store, programme: UUID, service: UUID) -> dict[str, Any]:
    """One service; NotFoundError where the programme has none such."""
    rows = await store.records(
        "SELECT service.*, organization.name AS organization FROM service JOIN organization ON"
        " organization.programme_id = service.programme_id AND organization.id = organization_id"
        " WHERE service.programme_id = :programme AND service.id = :service",
        programme=programme,
        service=service,
    )
    if not rows:
        raise NotFoundError("There is no such service in this programme.")
    return rows[0]


async def owned_by(store: Store, programme: UUID, service: UUID, organization: UUID | None) -> bool:
    """Whether the programme has this service, and an organization (where one is named) answers for it."""
    return await store.value(
        "SELECT EXISTS (SELECT FROM service WHERE programme_id = :programme AND id = :service"
        " AND (CAST(:owner AS uuid) IS NULL OR organization_id = :owner))",
        programme=programme, service=service, owner=organization,
    )  # fmt: skip


async def verify_service(
    store: Store, programme: UUID, service: UUID, on: date, organization: UUID | None = None
) -> date:
    """Note that somebody looked whether a service's record is true; the latest such day.

    Args:
        store: a transaction.
        programme: whose registry.
        service: which.
        on: the day.
        organization: a provider's own; None for the programme's staff.

    Raises:
        NotFoundError: no such service for this caller.
    """
    found = await store.value(
        "UPDATE service SET verified_on = greatest(verified_on, CAST(:day AS date)) WHERE programme_id = :programme"
        " AND id = :service AND (CAST(:owner AS uuid) IS NULL OR organization_id = :owner) RETURNING verified_on",
        programme=programme, service=service, day=on, owner=organization,
    )  # fmt: skip
    if found is None:
        raise NotFoundError("There is no such service in this programme.")
    return found


async def stale_services(store: Store, programme: UUID, since: date, limit: int) -> list[dict[str, Any]]:
    """The active services nobody verified since a day, the longest first: matching offers them last."""
    return await store.records(
        "SELECT service.id, service.name, organization.name AS organization, verified_on FROM service JOIN organization ON"
        " organization.programme_id = service.programme_id AND organization.id = organization_id"
        " WHERE service.programme_id = :programme AND service.status = 'active' AND merged_id IS NULL"
        " AND (verified_on IS NULL OR verified_on < :since) ORDER BY verified_on NULLS FIRST, service.name, service.id"
        " LIMIT :limit",
        programme=programme, since=since, limit=limit,
    )  # fmt: skip


async def organizations_to_remind(store: Store, since: date, month: str, limit: int) -> list[tuple[UUID, UUID]]:
    """(programme, organization) with an address by mail and an active service nobody verified since a day, once a month."""
    rows = await store.rows(
        "SELECT DISTINCT service.programme_id, service.organization_id FROM service JOIN provider_contact AS contact"
        " ON contact.programme_id = service.programme_id AND contact.organization_id = service.organization_id"
        " AND contact.sealed IS NOT NULL"
        " WHERE service.status = 'active' AND service.merged_id IS NULL"
        " AND coalesce(verified_on, CAST(service.modified_at AS date)) < :since"
        " AND NOT EXISTS (SELECT FROM letter WHERE once LIKE 'verify:' || service.programme_id || ':'"
        " || service.organization_id || ':' || :month || '%') ORDER BY 1, 2 LIMIT :limit",
        since=since, month=month, limit=limit,
    )  # fmt: skip
    return [(row.programme_id, row.organization_id) for row in rows]


async def get_organization(store: Store, programme: UUID, organization: UUID) -> dict[str, Any]:
    """One organization; NotFoundError where the programme has none such."""
    rows = await store.records(
        "SELECT * FROM organization WHERE programme_id = :programme AND id = :organization",
        programme=programme,
        organization=organization,
    )
    if not rows:
        raise NotFoundError("There is no such organization in this programme.")
    return rows[0]
