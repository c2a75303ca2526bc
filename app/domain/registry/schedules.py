"""HSDS schedules: the RRULE parts that say when a service is open, and their time zone."""

import re
from datetime import time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.registry.model import Schedule
from app.domain.registry.row import Row

_DAY = re.compile(r"(?:[+-]?\d{1,2})?(?:MO|TU|WE|TH|FR|SA|SU)")
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")
_FARTHEST = 14
"""Hours: no place on earth is farther from UTC."""


def read_schedule(row: Row) -> Schedule:
    """A schedule; a part that cannot be read is left out with a warning."""
    opens, closes = _time(row, "opens_at"), _time(row, "closes_at")
    stated = opens.utcoffset() if opens is not None else None
    return Schedule(
        byday=_days(row),
        opens_at=opens and opens.replace(tzinfo=None),
        closes_at=closes and closes.replace(tzinfo=None),
        freq=row.text("freq").upper(),
        timezone=_timezone(row) or (_offset(stated) if stated is not None else ""),
    )


def zone_of(name: str) -> tzinfo | None:
    """The zone of an IANA name or of an offset such as `+06:00`; None when there is no such zone."""
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(ahead if offset[1] == "+" else -ahead) if ahead < timedelta(days=1) else None
    try:
        return ZoneInfo(name)
    # A name such as "../x" is a ValueError, "Asia" (a folder) an OSError, and "" a ValueError or IsADirectoryError.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _time(row: Row, key: str) -> time | None:
    value = row.text(key)
    if not value:
        return None
    try:
        return time.fromisoformat(value)
    except ValueError:
        row.warn(key, "should be a time such as 09:00")
        return None


def _days(row: Row) -> tuple[str, ...]:
    days = [part.strip() for part in row.text("byday").upper().split(",") if part.strip()]
    known = tuple(day for day in days if _DAY.fullmatch(day))
    if len(known) < len(days):
        row.warn("byday", "should be days such as MO,TU,WE")
    return known


def _timezone(row: Row) -> str:
    """HSDS writes hours ahead of UTC as a number; many publishers write the name of the zone instead."""
    value = row.data.get("timezone")
    if isinstance(value, str) and zone_of(value) is not None:
        return value
    hours = row.number("timezone")
    if hours is None:
        return ""
    if abs(hours) > _FARTHEST:
        row.warn("timezone", "should be hours ahead of UTC, or the name of a zone")
        return ""
    return _offset(timedelta(hours=hours))


def _offset(ahead: timedelta) -> str:
    minutes = abs(round(ahead / timedelta(minutes=1)))
    return f"{'-' if ahead < timedelta(0) else '+'}{minutes // 60:02}:{minutes % 60:02}"
