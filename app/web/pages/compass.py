"""Where services lie around a site: a drawing of directions and distances, for no map of the world is near enough."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.matching.traits import distance_km

RADIUS = 100.0
"""Units from the site in the middle to the outermost ring."""
RINGS_KM = (5, 25, 100, 500)
"""Each ring as far from the one before: the near is drawn apart, the far still in sight."""


@dataclass(frozen=True, slots=True)
class Point:
    """A service by its number in the list, in units right of the site and below it."""

    number: int
    x: float
    y: float


def around(site: tuple[float, float], places: Sequence[tuple[int, float, float]]) -> Sequence[Point]:
    """Where services stand around a site.

    Args:
        site: its latitude and longitude, in degrees.
        places: number, latitude and longitude of each service.
    """
    return [_point(site, number, (latitude, longitude)) for number, latitude, longitude in places]


def ring(km: float) -> float:
    """How many units from the middle a distance is drawn; what lies beyond the last ring stands on it."""
    outermost = RINGS_KM[-1]
    return RADIUS * math.log1p(min(km, outermost)) / math.log1p(outermost)


def _point(site: tuple[float, float], number: int, place: tuple[float, float]) -> Point:
    north, east = place[0] - site[0], (place[1] - site[1]) * math.cos(math.radians(site[0]))
    bearing = math.atan2(east, north)
    away = ring(distance_km(site, place))
    return Point(number, round(away * math.sin(bearing), 1), round(-away * math.cos(bearing), 1))
