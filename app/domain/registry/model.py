"""Organizations, services and locations as the domain sees them; the document they came from stays beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

Raw = Mapping[str, object]
"""An object of the document, as it was received."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a service is open, as parts of an RRULE (RFC 5545).

    `byday` holds two-letter days, with an ordinal for MONTHLY; none means every day. The times are local to
    `timezone`: an IANA name, an offset such as `+06:00`, or empty when the document gives none.
    """

    byday: tuple[str, ...] = ()
    opens_at: time | None = None
    closes_at: time | None = None
    freq: str = ""
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class Organization:
    """Who answers for services. `id` is a UUID."""

    id: str
    name: str
    description: str = ""
    raw: Raw = field(default_factory=dict[str, object], compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Location:
    """Where a service is: `kind` is physical, postal or virtual; degrees are WGS84; `country` is ISO 3166-1 alpha-2."""

    id: str
    kind: str
    name: str = ""
    latitude: float | None = None
    longitude: float | None = None
    country: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """What is offered.

    `sms_name` is the short name that may stand in a text; `categories` are codes of taxonomy terms; `languages`
    are BCP 47, none when not stated; `capacity` is how many more it can take, None when not stated; `locations`
    are ids; `assured_on` is when somebody last checked the record.
    """

    id: str
    organization_id: str
    name: str
    sms_name: str
    status: str
    description: str = ""
    categories: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    capacity: int | None = None
    phones: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    assured_on: date | None = None
    raw: Raw = field(default_factory=dict[str, object], compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Registry:
    """All that stood in a document, each thing once, in the order of the document."""

    organizations: tuple[Organization, ...] = ()
    services: tuple[Service, ...] = ()
    locations: tuple[Location, ...] = ()
