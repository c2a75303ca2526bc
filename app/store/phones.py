"""The telephones that the registry has of services: their own, and their organization's."""

from collections.abc import Collection
from uuid import UUID

from app.store.database import Store

JOIN_PHONES = (
    "JOIN registry_link AS link ON link.programme_id = service.programme_id AND link.kind = 'phone'"
    " AND link.target_kind IN ('service', 'organization') AND link.target IN (service.id, service.organization_id)"
    " JOIN registry_record AS phone ON phone.programme_id = link.programme_id AND phone.kind = 'phone'"
    " AND phone.id = link.id AND phone.gone_at IS NULL"
)
"""Beside a `service`: each `phone` of it or of its organization that is not gone, and the `link` that says which."""


async def phones_of(store: Store, programme: UUID, services: Collection[UUID]) -> dict[UUID, str]:
    """Service → a telephone as written: its own, else its organization's; services without are left out."""
    rows = await store.rows(
        f"SELECT DISTINCT ON (service.id) service.id, phone.data->>'number' AS number FROM service {JOIN_PHONES}"
        " WHERE service.programme_id = :programme AND service.id = ANY(:services)"
        " ORDER BY service.id, link.target_kind = 'organization', phone.place",
        programme=programme, services=list(services),
    )  # fmt: skip
    return {row.id: row.number for row in rows if row.number}
