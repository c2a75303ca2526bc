"""What a match is made of: a need, the services that might meet it, and those that do."""

from dataclasses import dataclass
from datetime import date

from app.domain.registry.model import Location, Service
from app.domain.survey.model import Urgency


@dataclass(frozen=True, slots=True)
class NeedToMatch:
    """What is known of a need: `parents` are the wider categories of its own; degrees are WGS84; language is BCP 47."""

    id: str
    category: str
    urgency: Urgency
    country: str
    latitude: float | None = None
    longitude: float | None = None
    language: str = ""
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A service as it stands now: where it is, its open referrals, and when somebody last verified it.

    `timezone` serves those of its schedules that name none.
    """

    service: Service
    locations: tuple[Location, ...] = ()
    open_referrals: int = 0
    verified_on: date | None = None
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A service that fits, how well (0 to 1, two decimals), and the reasons in words."""

    service: Service
    score: float
    reasons: tuple[str, ...]
