"""Which services fit a need, in what order, and why: every point of a score can be read in its reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType

from app.domain.matching import traits
from app.domain.matching.model import Candidate, Match, NeedToMatch
from app.domain.registry.locations import VIRTUAL
from app.domain.registry.model import Location, Service
from app.domain.survey.model import Urgency


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each trait counts; they add up to 1."""

    distance: float
    language: float
    open_now: float
    headroom: float
    freshness: float


WEIGHTS: Mapping[Urgency, Weights] = MappingProxyType(
    {
        Urgency.EMERGENCY: Weights(distance=0.30, language=0.25, open_now=0.30, headroom=0.10, freshness=0.05),
        Urgency.URGENT: Weights(distance=0.30, language=0.25, open_now=0.20, headroom=0.15, freshness=0.10),
        Urgency.NORMAL: Weights(distance=0.35, language=0.25, open_now=0.05, headroom=0.20, freshness=0.15),
    }
)
"""Our judgement, not a published scale: the sooner an answer is due, the more an open door counts."""


def match(need: NeedToMatch, candidates: Sequence[Candidate], now: datetime) -> list[Match]:
    """The services that fit a need, the best first.

    A service must be active, offer the category or a wider one, have a place left, and be in the need's country
    unless it is virtual or nowhere. What is not known scores half. One that nobody verified for a year comes behind all
    others. Equal scores go first to the service with fewer
    open referrals, then by a hash of need and service, so that over many needs no service is favoured by its name.

    Args:
        need: What is sought.
        candidates: The registry with its present load; each service once.
        now: An aware instant.
    """
    fitting = [candidate for candidate in candidates if _fits(need, candidate)]
    ranked = [(_score(need, candidate, now), candidate) for candidate in fitting]
    # Nobody is sent to a door that may be gone while another fits.
    ranked.sort(
        key=lambda pair: (
            traits.is_stale(pair[1].verified_on, now.date()),
            -pair[0].score,
            pair[1].open_referrals,
            _lot(need, pair[0].service),
        )
    )
    return [found for found, _ in ranked]


def _fits(need: NeedToMatch, candidate: Candidate) -> bool:
    service = candidate.service
    offered = not {need.category, *need.parents}.isdisjoint(service.categories)
    left = service.capacity is None or service.capacity > candidate.open_referrals
    return service.status == "active" and offered and left and _within_reach(need, candidate.locations)


def _within_reach(need: NeedToMatch, locations: Sequence[Location]) -> bool:
    return not locations or any(place.kind == VIRTUAL or place.country == need.country for place in locations)


def _score(need: NeedToMatch, candidate: Candidate, now: datetime) -> Match:
    weights = WEIGHTS[need.urgency]
    fit, offer = traits.category(need, candidate.service)
    weighed = [
        (weights.distance, traits.distance(need, candidate.locations)),
        (weights.language, traits.language(need.language, candidate.service.languages)),
        (weights.open_now, traits.open_now(candidate, now)),
        (weights.headroom, traits.headroom(candidate)),
        (weights.freshness, traits.freshness(candidate.verified_on, now.date())),
    ]
    total = fit * sum(weight * score for weight, (score, _) in weighed)
    # Two decimals make near-equals equal, so that the tie-break can share the work between them.
    return Match(candidate.service, round(total, 2), (offer, *(reason for _, (_, reason) in weighed)))


def _lot(need: NeedToMatch, service: Service) -> str:
    return sha256(f"{need.id}|{service.id}".encode()).hexdigest()
