"""What services offer, as matching looks at them: where they are, and how many people each has in hand."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import time
from typing import Any
from uuid import UUID

from app.domain.matching import Candidate
from app.domain.registry import Location, Schedule, Service
from app.store.database import Store
from app.store.statements import to_json


@dataclass(frozen=True, slots=True)
class Offering:
    """A service with its places and how many open referrals it has."""

    service: Service
    locations: tuple[Location, ...]
    load: int

    @property
    def candidate(self) -> Candidate:
        """As matching looks at it."""
        return Candidate(self.service, self.locations, self.load, verified_on=self.service.assured_on)


NEAREST = 60
"""How many services matching looks at, of those with a place, and of those that are reached from anywhere."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where help is sought: ISO 3166-1 alpha-2, and degrees where they are known."""

    country: str
    latitude: float | None = None
    longitude: float | None = None

    @property
    def known(self) -> bool:
        """Whether the degrees are known."""
        return self.latitude is not None and self.longitude is not None


# `{of}` is where the values of one question come from: its own, or a row of several.
_FITS = "programme_id = :programme AND categories && CAST({of}categories AS text[])"
_THERE = (
    f"SELECT service_id AS id FROM service_at_location AS place WHERE {_FITS} AND active AND country = {{of}}country"
)
# Degrees on a plane only choose whom to look at; how far they are is worked out on the sphere.
_NEAR = (
    f"({_THERE} AND latitude IS NOT NULL"
    " ORDER BY point(longitude, latitude) <-> point({of}longitude, {of}latitude) LIMIT :limit)"
)
# A service in the country whose place nobody measured is as likely as any.
_UNMEASURED = f"({_THERE} AND latitude IS NULL LIMIT :limit)"
_IN_COUNTRY = f"({_THERE} ORDER BY service_id LIMIT :limit)"
_ANYWHERE = (
    f"(SELECT id FROM service WHERE {_FITS} AND anywhere AND status = 'active' AND merged_id IS NULL"
    " ORDER BY id LIMIT :limit)"
)
_AROUND = f"{_NEAR} UNION {_UNMEASURED} UNION {_ANYWHERE}"
_SOMEWHERE = f"{_IN_COUNTRY} UNION {_ANYWHERE}"
_OFFERINGS = (
    "SELECT id, organization_id, name, sms_name, description, status, categories, languages, schedules, capacity,"
    " verified_on, (SELECT count(*) FROM referral WHERE referral.programme_id = service.programme_id"
    " AND service_id = service.id AND state IN ('requested', 'accepted', 'in-progress', 'on-hold'))"
    " + (SELECT count(*) FROM conversation WHERE conversation.programme_id = service.programme_id"
    " AND conversation.service_id = service.id AND open) AS load FROM service"
    " WHERE programme_id = :programme AND id = ANY({ids})"
)
_EACH = (
    "SELECT asked.at, found.id FROM jsonb_to_recordset(CAST(:asked AS jsonb))"
    " AS asked(at int, categories text[], country text, latitude float8, longitude float8)"
    " CROSS JOIN LATERAL ({ways}) AS found"
)


async def offerings(
    store: Store, programme: UUID, categories: Sequence[str], near: Whereabouts, limit: int = NEAREST
) -> list[Offering]:
    """The active services that take any of these needs, the nearest, each with its places and load.

    An offer that waits for the worker's answer counts as load: a yes must not find the place gone.

    Args:
        store: a transaction.
        programme: whose registry.
        categories: of the need, and the wider ones.
        near: where it is. Without degrees, any of the country.
        limit: how many with a place in the country, and how many that are nowhere in particular.
    """
    ways = (_AROUND if near.known else _SOMEWHERE).format(of=":")
    rows = await store.rows(
        _OFFERINGS.format(ids=f"ARRAY({ways})"),
        programme=programme, categories=list(categories), country=near.country, limit=limit,
        **({"latitude": near.latitude, "longitude": near.longitude} if near.known else {}),
    )  # fmt: skip
    return await _read(store, programme, rows)


async def offerings_of_each(
    store: Store, programme: UUID, asked: Sequence[tuple[Sequence[str], Whereabouts]], limit: int = NEAREST
) -> list[list[Offering]]:
    """What `offerings` gives of each of these categories and places, in as many questions as of one."""
    found: list[list[UUID]] = [[] for _ in asked]
    for known, ways in ((True, _AROUND), (False, _SOMEWHERE)):
        sought = [
            {"at": at, "categories": list(categories), **asdict(near)}
            for at, (categories, near) in enumerate(asked)
            if near.known is known
        ]
        sql = _EACH.format(ways=ways.format(of="asked."))
        for row in await store.rows(sql, programme=programme, asked=to_json(sought), limit=limit):
            found[row.at].append(row.id)
    every = list({key for keys in found for key in keys})
    rows = await store.rows(_OFFERINGS.format(ids=":ids"), programme=programme, ids=every)
    there = {item.service.id: item for item in await _read(store, programme, rows)}
    return [[there[str(key)] for key in keys] for keys in found]


async def _read(store: Store, programme: UUID, rows: Sequence[Any]) -> list[Offering]:
    places = await places_of(store, programme, [row.id for row in rows])
    return [
        Offering(_read_service(row, places.get(row.id, ())), tuple(places.get(row.id, ())), row.load) for row in rows
    ]


async def taken_by(store: Store, programme: UUID, services: Sequence[UUID]) -> set[str]:
    """The categories of needs that some of these services take now."""
    rows = await store.rows(
        "SELECT DISTINCT unnest(categories) AS category FROM service WHERE programme_id = :programme"
        " AND id = ANY(:services) AND status = 'active' AND merged_id IS NULL AND capacity IS DISTINCT FROM 0",
        programme=programme,
        services=list(services),
    )
    return {row.category for row in rows}


async def places_of(store: Store, programme: UUID, services: Sequence[UUID]) -> dict[UUID, list[Location]]:
    """Where services are: service → its places; one that is nowhere in particular is left out."""
    rows = await store.rows(
        "SELECT service_id, location.* FROM service_at_location JOIN location ON location.programme_id ="
        " service_at_location.programme_id AND location.id = location_id"
        " WHERE service_at_location.programme_id = :programme AND service_id = ANY(:services)",
        programme=programme,
        services=list(services),
    )
    places: dict[UUID, list[Location]] = {}
    for row in rows:
        place = Location(str(row.id), row.kind, row.name, row.latitude, row.longitude, row.country, row.city)
        places.setdefault(row.service_id, []).append(place)
    return places


def _read_service(row: Any, places: Sequence[Location]) -> Service:
    return Service(
        id=str(row.id), organization_id=str(row.organization_id), name=row.name, sms_name=row.sms_name,
        status=row.status, description=row.description, categories=tuple(row.categories),
        languages=tuple(row.languages), schedules=tuple(_read_schedule(item) for item in row.schedules),
        capacity=row.capacity, locations=tuple(place.id for place in places), assured_on=row.verified_on,
    )  # fmt: skip


def _read_schedule(kept: Mapping[str, Any]) -> Schedule:
    opens, closes = (time.fromisoformat(kept[name]) if kept[name] else None for name in ("opens_at", "closes_at"))
    return Schedule(tuple(kept["byday"]), opens, closes, kept["freq"], kept["timezone"])
