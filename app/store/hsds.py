"""What HSDS's interface asks of the registry: pages of services, organizations and the places of services."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.registry.records import Key
from app.store.database import Store
from app.store.records import list_records
from app.store.registry import literal

_TERM = (
    "EXISTS (SELECT FROM registry_link AS owner JOIN registry_link AS term USING (programme_id, kind, id)"
    " WHERE owner.programme_id = :programme AND owner.kind = 'attribute' AND owner.field = 'link_id'"
    " AND owner.target = {service} AND term.field = 'taxonomy_term_id' AND {fits})"
)
_OF_TAXONOMY = (
    "EXISTS (SELECT FROM registry_link AS scheme WHERE scheme.programme_id = :programme AND scheme.kind = 'taxonomy_term'"
    " AND scheme.id = term.target AND scheme.field = 'taxonomy_id' AND scheme.target = CAST(:taxonomy AS uuid))"
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; all are ANDed. `code` is that of a term of our own taxonomy, `own` all of them."""

    search: str = ""
    organization: UUID | None = None
    term: UUID | None = None
    code: str = ""
    taxonomy: UUID | None = None
    own: bool = False
    modified_after: datetime | None = None
    postcode: str = ""
    metres: float | None = None

    def sql(self, service: str) -> tuple[list[str], dict[str, Any]]:
        """Conditions on a service whose id is the expression `service`, and their values."""
        told = list[str]()
        if self.term is not None and not self.code:
            told.append(_TERM.format(service=service, fits="term.target = CAST(:term AS uuid)"))
        if self.taxonomy is not None and not self.own:
            told.append(_TERM.format(service=service, fits=_OF_TAXONOMY))
        values = {"term": self.term, "taxonomy": self.taxonomy, "code": self.code}
        return told, {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class Found:
    """A page: how many there are in all, and the documents on it, each with when it last changed."""

    total: int
    documents: tuple[Mapping[str, Any], ...]


async def find_services(
    store: Store, programme: UUID, filters: Filters, limit: int, offset: int, own_codes: Collection[str] = ()
) -> Found:
    """Services in full, by name."""
    told, values = filters.sql("service.id")
    told += _common(filters, "service")
    if filters.code:
        told.append(":code = ANY(categories)")
    if filters.own:
        told.append("categories && CAST(:own AS text[])")
        values["own"] = list(own_codes)
    return await _documents(store, programme, "service", told, filters, values, limit, offset)


async def find_organizations(store: Store, programme: UUID, filters: Filters, limit: int, offset: int) -> Found:
    """Organizations in full, without their services, by name."""
    inner, values = filters.sql("service.id")
    if filters.code:
        inner.append(":code = ANY(categories)")
    told = _common(filters, "organization")
    if inner:
        told.append(
            "EXISTS (SELECT FROM service WHERE service.programme_id = organization.programme_id"
            f" AND service.organization_id = organization.id AND {' AND '.join(inner)})"
        )
    return await _documents(store, programme, "organization", told, filters, values, limit, offset)


async def services_of(store: Store, programme: UUID, organization: UUID) -> list[Mapping[str, Any]]:
    """An organization's services in full, by name."""
    rows = await store.rows(
        "SELECT document FROM service WHERE programme_id = :programme AND organization_id = :organization ORDER BY name, id",
        programme=programme,
        organization=organization,
    )
    return [row.document for row in rows]


async def find_places(
    store: Store, programme: UUID, filters: Filters, limit: int, offset: int
) -> tuple[int, list[Key]]:
    """Which services at which locations, by the order of their import."""
    service = "CAST(record.data ->> 'service_id' AS uuid)"
    told, values = filters.sql(service)
    of_service = (
        "EXISTS (SELECT FROM service WHERE service.programme_id = :programme AND service.id = {service} AND {fits})"
    )
    for wanted, fits in (
        (filters.search, "service.name ILIKE :pattern"),
        (filters.organization, "service.organization_id = CAST(:organization AS uuid)"),
        (filters.code, ":code = ANY(service.categories)"),
    ):
        if wanted:
            told.append(of_service.format(service=service, fits=fits))
    if filters.modified_after is not None:
        told.append("record.modified_at >= :after")
    if filters.postcode:
        told.append(_near(filters))
    return await list_records(
        store, programme, "service_at_location", where=" AND ".join(told) or "true", limit=limit, offset=offset,
        **values, **_values(filters),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """What a list of taxonomies or terms is narrowed to."""

    search: str = ""
    taxonomy: UUID | None = None
    parent: UUID | None = None
    top_only: bool = False

    def fits(self, term: Mapping[str, object]) -> bool:
        """Whether a term's own fields fit."""
        return (
            (self.taxonomy is None or term.get("taxonomy_id") == str(self.taxonomy))
            and (self.parent is None or term.get("parent_id") == str(self.parent))
            and not (self.top_only and "parent_id" in term)
            and self.search.casefold() in str(term.get("name", "")).casefold()
        )


async def find_terms(
    store: Store, programme: UUID, kind: str, wanted: Terms, limit: int, offset: int
) -> tuple[int, list[Key]]:
    """The imported taxonomies or terms that fit, by the order of their import."""
    told, values = list[str](), dict[str, Any]()
    for name, value in (("taxonomy_id", wanted.taxonomy), ("parent_id", wanted.parent)):
        if value is not None:
            told.append(f"record.data ->> '{name}' = :{name}")
            values[name] = str(value)
    if wanted.top_only:
        told.append("NOT jsonb_exists(record.data, 'parent_id')")
    if wanted.search:
        told.append("record.data ->> 'name' ILIKE :pattern")
        values["pattern"] = f"%{literal(wanted.search)}%"
    where = " AND ".join(told) or "true"
    return await list_records(store, programme, kind, where=where, limit=limit, offset=offset, **values)


def _near(filters: Filters) -> str:
    """Places with this postcode or, with a distance, within it of the middle of the places that have it."""
    at = "CAST(record.data ->> 'location_id' AS uuid)"
    posted = (
        "SELECT address.data ->> 'location_id' FROM registry_record AS address WHERE address.programme_id = :programme"
        " AND address.kind = 'address' AND lower(address.data ->> 'postal_code') = lower(:postcode)"
    )
    if filters.metres is None:
        return f"record.data ->> 'location_id' IN ({posted})"
    middle = (
        "SELECT avg(latitude) AS lat, avg(longitude) AS lon FROM location WHERE programme_id = :programme"
        f" AND CAST(id AS text) IN ({posted})"
    )
    # The haversine formula, with the earth's mean radius in metres (IUGG).
    away = (
        "12742017.6 * asin(least(1, sqrt(power(sin(radians(place.latitude - middle.lat) / 2), 2) + cos(radians(middle.lat))"
        " * cos(radians(place.latitude)) * power(sin(radians(place.longitude - middle.lon) / 2), 2))))"
    )
    return (
        f"EXISTS (SELECT FROM location AS place, ({middle}) AS middle WHERE place.programme_id = :programme"
        f" AND place.id = {at} AND {away} <= :metres)"
    )


def _common(filters: Filters, table: str) -> list[str]:
    told = list[str]()
    if filters.search:
        told.append(f"({table}.name ILIKE :pattern OR {table}.description ILIKE :pattern)")
    if filters.organization is not None:
        told.append(f"{'organization_id' if table == 'service' else 'id'} = CAST(:organization AS uuid)")
    if filters.modified_after is not None:
        told.append("modified_at >= :after")
    return told


def _values(filters: Filters) -> dict[str, Any]:
    values = {
        "pattern": f"%{literal(filters.search)}%" if filters.search else None, "organization": filters.organization,
        "after": filters.modified_after, "postcode": filters.postcode or None, "metres": filters.metres,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


async def _documents(
    store: Store,
    programme: UUID,
    table: str,
    told: list[str],
    filters: Filters,
    values: dict[str, Any],
    limit: int,
    offset: int,
) -> Found:
    found = f"FROM {table} WHERE programme_id = :programme AND {' AND '.join(told) or 'true'}"
    values = {**values, **_values(filters), "programme": programme}
    total = await store.value(f"SELECT count(*) {found}", **values)
    rows = await store.rows(
        f"SELECT document, modified_at {found} ORDER BY name, id LIMIT :limit OFFSET :offset",
        limit=limit, offset=offset, **values,
    )  # fmt: skip
    return Found(total, tuple({**row.document, "last_modified": row.modified_at.isoformat()} for row in rows))
