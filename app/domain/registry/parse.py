"""A registry document, in any of the shapes in which HSDS is exchanged as JSON, into organizations and services."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from app.domain.errors import Fault, InvalidError
from app.domain.registry.locations import read_location
from app.domain.registry.model import Location, Organization, Registry, Service
from app.domain.registry.row import Row, as_rows
from app.domain.registry.services import Owner, read_phones, read_service

_NOT_HSDS = "This is not HSDS: organizations or services were looked for, as objects or lists of objects"
_SERVICE_MARKS = {"organization", "organization_id", "status", "service_at_locations"}
# An organization needs no field that only it has; so what is plainly another thing of HSDS is told by its own.
_OTHER_MARKS = {"location_type", "location", "taxonomy", "term_uri", "version"}
_LISTS = ("organizations", "services", "locations")


def parse_registry(document: object) -> tuple[Registry, list[Fault]]:
    """Reads what stands and reports the rest (HSDS 3.0 and 3.1, JSON).

    Taken: an object with lists under `organizations`, `services` and `locations`, a list of organizations or of
    services, a page of HSDS's API (`contents`), or one organization or service. An organization may hold its
    services, a service its organization; both may point to each other by `organization_id` instead. A service
    that names no location is where its organization is. A thing that comes again with the same id is ignored.

    Args:
        document: Decoded JSON.

    Returns:
        The registry and the faults. An error means that the row at its place was left out; a warning that the
        row stands without that field. Places read `organizations[3].services[0].name`, counted from 0.

    Raises:
        InvalidError: The document is not HSDS at all.
    """
    gathering = _Gathering()
    lists = _lists(document)
    for row in _rows(lists, "locations", gathering):
        gathering.location(row)
    for row in _rows(lists, "organizations", gathering):
        gathering.organization(row)
    for row in _rows(lists, "services", gathering):
        gathering.service(row, gathering.owner(row))
    return gathering.registry(), gathering.faults


def _rows(lists: Mapping[str, list[object]], name: str, gathering: "_Gathering") -> list[Row]:
    return as_rows(lists.get(name, []), name, gathering.faults)


def _lists(document: object) -> dict[str, list[object]]:
    """Brings every shape into one: lists by name."""
    if isinstance(document, list):
        return _named(cast("list[object]", document))
    if not isinstance(document, Mapping):
        raise InvalidError(_NOT_HSDS)
    found = cast("Mapping[str, object]", document)
    if isinstance(found.get("contents"), list):
        return _named(cast("list[object]", found["contents"]))
    if "id" in found:
        return _named([found])
    lists = {name: cast("list[object]", found[name]) for name in _LISTS if isinstance(found.get(name), list)}
    if not lists.keys() & {"organizations", "services"}:
        raise InvalidError(_NOT_HSDS)
    return lists


def _named(rows: list[object]) -> dict[str, list[object]]:
    objects = [cast("Mapping[str, object]", row) for row in rows if isinstance(row, Mapping)]
    if rows and not objects:
        raise InvalidError(_NOT_HSDS)
    services = any(_SERVICE_MARKS & row.keys() for row in objects)
    if not services and any(_OTHER_MARKS & row.keys() for row in objects):
        raise InvalidError(_NOT_HSDS)
    return {"services" if services else "organizations": rows}


@dataclass(frozen=True, slots=True)
class _Gathering:
    """What was read so far, by id."""

    faults: list[Fault] = field(default_factory=list[Fault])
    known: dict[str, Owner] = field(default_factory=dict[str, Owner])
    services: dict[str, Service] = field(default_factory=dict[str, Service])
    locations: dict[str, Location] = field(default_factory=dict[str, Location])

    def registry(self) -> Registry:
        organizations = tuple(known.organization for known in self.known.values())
        return Registry(organizations, tuple(self.services.values()), tuple(self.locations.values()))

    def organization(self, row: Row) -> Owner | None:
        """Reads an organization and the services within it."""
        known = self._organization(row)
        for service in row.rows("services"):
            self.service(service, known)
        return known

    def _organization(self, row: Row) -> Owner | None:
        id_, name = row.identifier(), row.required("name")
        if id_ is None or name is None:
            return None
        if id_ in self.known:
            return self.known[id_]
        if not row.text("description"):
            row.warn("description", "is required")
        organization = Organization(id_, name, row.text("description"), row.data)
        locations = tuple(filter(None, [self.location(location) for location in row.rows("locations")]))
        self.known[id_] = Owner(organization, read_phones(row), locations)
        return self.known[id_]

    def owner(self, row: Row) -> Owner | None:
        """The organization of a service that stands by itself: within it, or known by its id."""
        within = row.row("organization")
        if within is not None:
            return self.organization(within)
        id_ = row.identifier("organization_id")
        return None if id_ is None else self.known.get(id_)

    def service(self, row: Row, owner: Owner | None) -> None:
        if owner is None:
            row.fail("organization", "is missing or was left out, so nobody answers for this service")
            return
        locations = self._places(row) or owner.locations
        service = read_service(row, replace(owner, locations=locations))
        if service is not None:
            self.services.setdefault(service.id, service)

    def _places(self, row: Row) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, [self._place(place) for place in row.rows("service_at_locations")])))

    def _place(self, row: Row) -> str | None:
        within = row.row("location")
        if within is not None:
            return self.location(within)
        id_ = row.identifier("location_id")
        if id_ is not None and id_ not in self.locations:
            row.warn("location_id", "points to a location that is not in the document")
            return None
        return id_

    def location(self, row: Row) -> str | None:
        location = read_location(row)
        if location is None:
            return None
        self.locations.setdefault(location.id, location)
        return location.id
