"""How often somebody wants to be told that a report is there."""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

_HOUR = time(6, tzinfo=UTC)
_WEEK = 7


class Rhythm(StrEnum):
    """Every Monday, the first of every month, or whenever a round has closed."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    ROUND = "round"


def next_due(rhythm: Rhythm, after: datetime) -> datetime | None:
    """The next time after an aware instant, at six o'clock UTC; None where no clock decides."""
    day = after.astimezone(UTC).date()
    match rhythm:
        case Rhythm.WEEKLY:
            monday = datetime.combine(day - timedelta(days=day.weekday()), _HOUR)
            return monday if monday > after else monday + timedelta(days=_WEEK)
        case Rhythm.MONTHLY:
            first = datetime.combine(day.replace(day=1), _HOUR)
            # A month is over within 32 days of its first.
            return (
                first if first > after else datetime.combine((first + timedelta(days=32)).date().replace(day=1), _HOUR)
            )
        case Rhythm.ROUND:
            return None
