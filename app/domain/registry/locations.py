"""HSDS locations: where a service is, or that it is nowhere in particular."""

import re

from app.domain.registry.model import Location
from app.domain.registry.row import Row

VIRTUAL = "virtual"
KINDS = ("physical", "postal", VIRTUAL)
_COUNTRY = re.compile(r"[A-Z]{2}")


def read_location(row: Row) -> Location | None:
    """A location; None, with errors noted, when it has no UUID or no known type."""
    id_, kind = row.identifier(), row.required("location_type")
    if kind is not None and kind not in KINDS:
        row.fail("location_type", f"is none of: {', '.join(KINDS)}")
        return None
    if id_ is None or kind is None:
        return None
    latitude, longitude = _point(row)
    country, city = _address(row, kind)
    return Location(id_, kind, row.text("name"), latitude, longitude, country, city)


def _point(row: Row) -> tuple[float | None, float | None]:
    """Both degrees or neither: half a point would be somewhere else."""
    latitude, longitude = _degrees(row, "latitude", 90), _degrees(row, "longitude", 180)
    return (None, None) if latitude is None or longitude is None else (latitude, longitude)


def _degrees(row: Row, key: str, limit: float) -> float | None:
    value = row.number(key)
    if value is not None and abs(value) > limit:
        row.warn(key, f"should lie between -{limit} and {limit} degrees")
        return None
    return value


def _address(row: Row, kind: str) -> tuple[str, str]:
    """Country and city of the first address."""
    addresses = row.rows("addresses")
    if not addresses:
        if kind != VIRTUAL:
            row.warn("addresses", "names no country, so a service here is matched to no need")
        return "", ""
    country = addresses[0].text("country").upper()
    if not _COUNTRY.fullmatch(country):
        addresses[0].warn("country", "should be two letters of ISO 3166-1; a service here is matched to no need")
        country = ""
    return country, addresses[0].text("city")
