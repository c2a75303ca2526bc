"""Which channel a text takes: by country and the first digits of the number, in order, past roads that are down."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

_FAILURES = 5
_FIRST_REST = timedelta(seconds=30)
_LONGEST_REST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Route:
    """To a country (ISO 3166-1 alpha-2; empty for all), and there to numbers that begin with `prefix` (E.164 digits
    without the plus; empty for all), a text takes this channel; the lowest `position` comes first.
    """

    country: str
    prefix: str
    position: int
    channel: UUID


def channels_to(routes: Iterable[Route], country: str, number: str) -> list[UUID]:
    """The channels to a number, the best first: those of its longest prefix, then of its country, then of all.

    A channel that several routes name stands where it is named first. Empty where no route fits.

    Args:
        routes: of one programme.
        country: where the worker is, ISO 3166-1 alpha-2.
        number: E.164; empty where it is not known, and then no route with a prefix fits.
    """
    digits = number.lstrip("+")
    fitting = [
        route
        for route in routes
        if route.country in {"", country} and (not route.prefix or (digits and digits.startswith(route.prefix)))
    ]
    fitting.sort(key=lambda route: (-len(route.prefix), not route.country, route.position))
    return list(dict.fromkeys(route.channel for route in fitting))


def first_open(channels: Iterable[UUID], closed: Collection[UUID]) -> UUID | None:
    """The first channel whose road is not down; the very first where all are, for waiting there is no worse."""
    known = list(channels)
    return next((channel for channel in known if channel not in closed), known[0] if known else None)


@dataclass(frozen=True, slots=True)
class Breaker:
    """Whether a road is worth trying: after so many refusals in a row it rests, each time twice as long, up to a bound.

    Only what was surely not taken counts against a road: a text of unknown fate is never given to another.
    """

    failures: int = 0
    rests: int = 0
    closed_until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether texts may be handed over; after a rest a single batch tries it."""
        return self.closed_until is None or now >= self.closed_until

    def after(self, *, refused: int, taken: int, now: datetime) -> "Breaker":
        """The breaker after a batch, of which the road refused some texts for its own sake and took others."""
        if taken:
            return Breaker()
        if not refused:
            return self
        failures = self.failures + refused
        if failures < _FAILURES and not self.rests:
            return replace(self, failures=failures)
        rest = min(_FIRST_REST * 2**self.rests, _LONGEST_REST)
        return Breaker(0, min(self.rests + 1, 10), now + rest)
