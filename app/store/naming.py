"""The names of services, of which texts tell one: the only place that reads what a text may call them."""

from collections.abc import Collection
from uuid import UUID

from app.domain.errors import NotFoundError
from app.domain.naming import Called
from app.store.database import Store

_HOUSES = (
    "SELECT service.organization_id UNION SELECT twin.organization_id FROM registry_twin JOIN service AS twin"
    " ON twin.programme_id = registry_twin.programme_id AND twin.id IN (one_id, other_id)"
    " WHERE registry_twin.programme_id = service.programme_id AND service.id IN (one_id, other_id) AND kept_id IS NOT NULL"
)
"""A service's organization, as each source has it that tells of the same service."""


async def names_of(
    store: Store, programme: UUID, services: Collection[UUID], grave: Collection[str]
) -> dict[UUID, Called]:
    """What services are called; `grave` are the codes of the high tier, of which one makes all its organization's so."""
    rows = await store.rows(
        "SELECT id, sms_name, discreet_name, EXISTS (SELECT FROM service AS sister"
        f" WHERE sister.programme_id = service.programme_id AND sister.organization_id = ANY(ARRAY({_HOUSES}))"
        " AND sister.categories && CAST(:grave AS text[])) AS grave,"
        " coalesce((SELECT city FROM service_at_location AS place JOIN location ON location.programme_id ="
        " place.programme_id AND location.id = location_id WHERE place.programme_id = service.programme_id"
        " AND service_id = service.id AND city <> '' ORDER BY location_id LIMIT 1), '') AS city"
        " FROM service WHERE programme_id = :programme AND id = ANY(:services)",
        programme=programme, services=list(services), grave=sorted(grave),
    )  # fmt: skip
    return {row.id: Called(row.sms_name, row.discreet_name, row.city, row.grave) for row in rows}


async def set_discreet_name(store: Store, programme: UUID, service: UUID, name: str) -> None:
    """What texts call a service from now on, whatever its own name is; empty for none. No import undoes it.

    Raises:
        NotFoundError: the programme has no such service.
    """
    changed = await store.run(
        "UPDATE service SET discreet_name = :name WHERE programme_id = :programme AND id = :service",
        programme=programme, service=service, name=name,
    )  # fmt: skip
    if not changed:
        raise NotFoundError("There is no such service in this programme.")
