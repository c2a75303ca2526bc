"""Records of two sources that may be one service: how alike they are, with the reasons in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from rapidfuzz.fuzz import token_sort_ratio

from app.domain.matching.traits import distance_km

LIKELY: Final = 0.6
"""From here on a pair is put before somebody; it merges nothing by itself."""

_NEAR_KM = 0.3
_SAME_NAME, _LIKE_NAME = 95.0, 80.0  # of 100, by rapidfuzz's token_sort_ratio
_WEIGHTS: Final = {"phone": 0.5, "name": 0.4, "like": 0.25, "near": 0.25, "organization": 0.2}


@dataclass(frozen=True, slots=True)
class Entry:
    """A service as it is compared: names, telephones as digits alone, and degrees where it has a place."""

    id: str
    source: str
    name: str
    organization: str
    phones: frozenset[str] = frozenset()
    latitude: float | None = None
    longitude: float | None = None
    country: str = ""


@dataclass(frozen=True, slots=True)
class Twins:
    """Two entries that may be one: how likely, 0 to 1, and why."""

    one: Entry
    other: Entry
    likeness: float
    reasons: tuple[str, ...]


def twins(entries: Iterable[Entry]) -> list[Twins]:
    """The likely pairs among a few entries of different sources, the likeliest first.

    Args:
        entries: whatever shares a telephone, a name or a place; every pair of them is compared.
    """
    found = [pair for one, other in combinations(entries, 2) if (pair := _compared(one, other)) is not None]
    return sorted(found, key=lambda pair: (-pair.likeness, pair.one.id, pair.other.id))


def _compared(one: Entry, other: Entry) -> Twins | None:
    if one.source == other.source or one.id == other.id:
        return None
    told = dict[str, str]()
    if one.phones & other.phones:
        told["phone"] = "the same telephone"
    alike = token_sort_ratio(one.name.casefold(), other.name.casefold())
    if alike >= _SAME_NAME:
        told["name"] = "the same name"
    elif alike >= _LIKE_NAME:
        told["like"] = "names that are much alike"
    away = _km(one, other)
    if away is not None and away <= _NEAR_KM:
        told["near"] = "the same place"
    if token_sort_ratio(one.organization.casefold(), other.organization.casefold()) >= _SAME_NAME:
        told["organization"] = "the same organization"
    if one.country and other.country and one.country != other.country:
        return None
    likeness = round(min(1.0, sum(_WEIGHTS[reason] for reason in told)), 2)
    if likeness < LIKELY:
        return None
    first, second = sorted((one, other), key=lambda entry: entry.id)
    return Twins(first, second, likeness, tuple(told.values()))


def _km(one: Entry, other: Entry) -> float | None:
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return None
    return distance_km((one.latitude, one.longitude), (other.latitude, other.longitude))
