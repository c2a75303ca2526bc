"""The traits of a service that count for a need: each a score from 0 to 1 and its reason in words."""

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from app.domain.matching.model import Candidate, NeedToMatch
from app.domain.matching.opening import is_open
from app.domain.registry.locations import VIRTUAL
from app.domain.registry.model import Location, Service

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""

FRESH_FOR = timedelta(days=365)
"""How long a verification says that a record is true; after that the service is offered last."""

_DECAY_KM = 50.0
_WIDER_CATEGORY = 0.9
_UNKNOWN = 0.5

Trait = tuple[float, str]
"""A score from 0 to 1, and why; what is not known scores half."""


def distance_km(start: tuple[float, float], end: tuple[float, float]) -> float:
    """The great-circle distance of two (latitude, longitude) points in degrees, by the haversine formula, in km."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, point)) for point in (start, end))
    chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    # Rounding may lift the chord of two antipodes a hair above 1, where the arc sine ends.
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


def category(need: NeedToMatch, service: Service) -> Trait:
    """Whole for the category itself, a little less for a wider one; the service offers one of them."""
    if need.category in service.categories:
        return 1.0, f"Offers {need.category}"
    wider = next(parent for parent in need.parents if parent in service.categories)
    return _WIDER_CATEGORY, f"Offers {wider}, which includes {need.category}"


def distance(need: NeedToMatch, locations: Sequence[Location]) -> Trait:
    """1 at the door, 0.37 at 50 km, 0.02 at 200 km, to the nearest place in the need's country.

    A service that is virtual, or nowhere, is never farther than the half that is given to the unknown.
    """
    away = min(_distances(need, locations), default=None)
    near = _UNKNOWN if away is None else math.exp(-away / _DECAY_KM)
    if near <= _UNKNOWN and (not locations or any(place.kind == VIRTUAL for place in locations)):
        return _UNKNOWN, "Reached from anywhere"
    return near, "Distance not known" if away is None else f"{away:.0f} km away"


def _distances(need: NeedToMatch, locations: Sequence[Location]) -> Iterator[float]:
    if need.latitude is None or need.longitude is None:
        return
    for place in locations:
        if place.latitude is not None and place.longitude is not None and place.country == need.country:
            yield distance_km((need.latitude, need.longitude), (place.latitude, place.longitude))


def language(wanted: str, spoken: Sequence[str]) -> Trait:
    """By primary subtag: a worker of pt-BR is understood in pt."""
    if not wanted or not spoken:
        return _UNKNOWN, "Languages not stated"
    if _primary(wanted) in map(_primary, spoken):
        return 1.0, f"Speaks {wanted}"
    return 0.0, f"Does not list {wanted}"


def _primary(language: str) -> str:
    return language.split("-", maxsplit=1)[0].lower()


def open_now(candidate: Candidate, now: datetime) -> Trait:
    """Whether somebody is there at this instant."""
    opened = is_open(candidate.service.schedules, now, candidate.timezone)
    if opened is None:
        return _UNKNOWN, "Opening hours not known"
    return (1.0, "Open now") if opened else (0.0, "Closed now")


def headroom(candidate: Candidate) -> Trait:
    """The share of its places that are left; a service without any was left out before."""
    capacity = candidate.service.capacity
    if capacity is None:
        return _UNKNOWN, "Capacity not stated"
    left = capacity - candidate.open_referrals
    return left / capacity, f"{left} of {capacity} places left"


def is_stale(verified_on: date | None, today: date) -> bool:
    """Whether nobody verified a record within the last year."""
    return verified_on is None or today - verified_on > FRESH_FOR


def freshness(verified_on: date | None, today: date) -> Trait:
    """From 1 on the day of verification down to 0 a year later, or when nobody ever verified it."""
    if verified_on is None:
        return 0.0, "Never verified: offered last"
    age = max(timedelta(0), today - verified_on)
    last = ": offered last" if is_stale(verified_on, today) else ""
    return max(0.0, 1 - age / FRESH_FOR), f"Verified on {verified_on}{last}"
