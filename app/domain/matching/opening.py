"""Whether a service is open at an instant, by its schedules."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from app.domain.registry.model import Schedule
from app.domain.registry.schedules import zone_of

_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_READABLE = frozenset({"", "DAILY", "WEEKLY"})


def is_open(schedules: Sequence[Schedule], now: datetime, timezone: str = "") -> bool | None:
    """Whether any schedule is open.

    Hours that close when or before they open run past midnight, so 00:00 to 00:00 is the whole day. Monthly rules,
    and schedules without times or a known zone, cannot be read: they neither open a service nor prove it closed.

    Args:
        schedules: RRULE parts, in the service's own time.
        now: An aware instant.
        timezone: Of the schedules that name none: IANA name or offset.

    Returns:
        None when nothing can be told.
    """
    told = [_is_open(schedule, now, schedule.timezone or timezone) for schedule in schedules]
    if True in told:
        return True
    return None if None in told or not told else False


def _is_open(schedule: Schedule, now: datetime, timezone: str) -> bool | None:
    zone, opens, closes = zone_of(timezone), schedule.opens_at, schedule.closes_at
    if zone is None or opens is None or closes is None or schedule.freq not in _READABLE:
        return None
    local = now.astimezone(zone)
    if opens < closes:
        return _on(schedule, local) and opens <= local.time() < closes
    since_yesterday = local.time() < closes and _on(schedule, local - timedelta(days=1))
    return since_yesterday or (local.time() >= opens and _on(schedule, local))


def _on(schedule: Schedule, local: datetime) -> bool:
    return not schedule.byday or _DAYS[local.weekday()] in schedule.byday
