"""Where a need finds no service: nobody there, nobody with a place left, nobody known to be still there, or only far away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from app.domain.matching import Candidate, NeedToMatch, is_stale, match
from app.domain.matching.traits import distance_km
from app.domain.registry.locations import VIRTUAL

FAR_KM: Final = 50.0
"""Farther than this a service is out of reach without a day off. Our judgement; matching lets a place at this distance
count for 0.37."""


class Coverage(StrEnum):
    """Whether a need would find a service."""

    NONE = "none"
    FULL = "full"
    STALE = "stale"
    FAR = "far"
    SERVED = "served"


@dataclass(frozen=True, slots=True)
class Gap:
    """What a need would find: how many services fit, and how far the nearest is, in km, where both places are known."""

    coverage: Coverage
    services: int
    nearest_km: float | None


def gap(need: NeedToMatch, candidates: Sequence[Candidate], now: datetime) -> Gap:
    """What a need would find among services as they stand now.

    Args:
        need: what is sought and where.
        candidates: those that offer its kind, with their load.
        now: an aware instant.
    """
    free = {found.service.id for found in match(need, candidates, now)}
    roomy = [replace(item, service=replace(item.service, capacity=None)) for item in candidates]
    fitting = {found.service.id for found in match(need, roomy, now)}
    fresh = [item for item in candidates if item.service.id in free and not is_stale(item.verified_on, now.date())]
    away = list(_distances(need, fresh))
    nearest = min((km for km in away if km is not None), default=None)
    if not fitting:
        coverage = Coverage.NONE
    elif not free:
        coverage = Coverage.FULL
    elif not fresh:
        coverage = Coverage.STALE
    else:
        # One whose distance nobody knows may be near.
        coverage = Coverage.FAR if nearest is not None and nearest > FAR_KM and None not in away else Coverage.SERVED
    return Gap(coverage, len(fitting), None if nearest is None else round(nearest, 1))


def _distances(need: NeedToMatch, candidates: Iterable[Candidate]) -> Iterable[float | None]:
    """How far each service is; None for one that is reached from anywhere, or whose place nobody measured."""
    for candidate in candidates:
        places = [place for place in candidate.locations if place.country == need.country and place.kind != VIRTUAL]
        anywhere = not candidate.locations or any(place.kind == VIRTUAL for place in candidate.locations)
        if anywhere or need.latitude is None or need.longitude is None:
            yield None
            continue
        known = [
            distance_km((need.latitude, need.longitude), (place.latitude, place.longitude))
            for place in places
            if place.latitude is not None and place.longitude is not None
        ]
        yield min(known, default=None)
