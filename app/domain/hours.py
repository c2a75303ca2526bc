"""When a text may be sent: the hours of a round, the quiet hours of a country, and the earliest instant within both."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.errors import InvalidError

_DAY = timedelta(days=1)
_EVENING = time(18, 30)
_BEFORE_THE_END = timedelta(hours=24)
_REACHES = (1, 16)
"""Days to search: nearly always the next day will do; two weeks and two days see every weekday twice."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local hours in which nobody is texted, and whole local days: of the week (0 is Monday), and holidays.

    The hours run past midnight when they start later than they end, and never when both are equal.
    """

    starts: time
    ends: time
    quiet_days: frozenset[int] = frozenset()
    holidays: Container[date] = frozenset()

    def cover(self, local: datetime) -> bool:
        """Whether this local moment is quiet."""
        if local.weekday() in self.quiet_days or local.date() in self.holidays:
            return True
        return _within(local.time(), self.starts, self.ends)


@dataclass(frozen=True, slots=True)
class Window:
    """Local hours in which a round texts: from `opens` until `closes`, past midnight when it opens later."""

    opens: time
    closes: time

    def cover(self, local: datetime) -> bool:
        """Whether this local moment is within the window."""
        return _within(local.time(), self.opens, self.closes)


_ANY_HOUR = Window(time(0), time(23, 59, 59, 999999))


def _within(moment: time, starts: time, ends: time) -> bool:
    if starts <= ends:
        return starts <= moment < ends
    return moment >= starts or moment < ends


def next_allowed(moment: datetime, zone: ZoneInfo, quiet: QuietHours, window: Window) -> datetime:
    """The earliest instant, not before `moment`, when the people of a zone may be texted.

    Where the clocks jump over the opening, it is the instant of the jump; where an hour comes twice, both count.
    Exact for zones that change their clocks at most once a day and at a whole second, as all have since 1972.

    Args:
        moment: An aware instant.
        zone: Where the people are.
        quiet: Their country's quiet hours and days.
        window: The round's hours.

    Returns:
        An aware instant in UTC.

    Raises:
        InvalidError: `moment` has no zone, or the window lies wholly in quiet hours.
    """
    if moment.tzinfo is None:
        raise InvalidError("A moment needs its time zone")
    start = moment.astimezone(UTC)
    if _allowed(start, zone, quiet, window):
        return start
    for days in _REACHES:
        openings = (at for at in _changes(start, zone, quiet, window, days) if _allowed(at, zone, quiet, window))
        opening = min((at for at in openings if at > start), default=None)
        if opening is not None:
            return opening
    raise InvalidError("The window lies wholly in quiet hours: nobody could ever be texted")


@dataclass(frozen=True, slots=True)
class Closure:
    """From `starts` until `ends` nobody is texted; who was to be is texted at `ends`."""

    starts: datetime
    ends: datetime


def closures(starts: datetime, ends: datetime, zone: ZoneInfo, quiet: QuietHours, window: Window) -> list[Closure]:
    """When the people of a zone may not be texted between two instants: what `next_allowed` says of all moments there.

    Raises:
        InvalidError: as `next_allowed` does.
    """
    clocks = {window.opens, window.closes, quiet.starts, quiet.ends, time.min}
    first, last = starts.astimezone(UTC), ends.astimezone(UTC)
    edges = {first}
    for ahead in range(-1, (last - first).days + 3):
        edges.update(_readings(first.astimezone(zone).date() + ahead * _DAY, zone, clocks))
        edges.update(_jump(first + ahead * _DAY, zone))
    found: list[Closure] = []
    for edge in sorted(at for at in edges if first <= at <= last):
        covered = found and edge < found[-1].ends
        if not covered and (opening := next_allowed(edge, zone, quiet, window)) > edge:
            found.append(Closure(edge, opening))
    return found


def open_hours(day: date, zone: ZoneInfo, quiet: QuietHours, window: Window) -> list[tuple[time, time]]:
    """The local hours of a day in which the people of a zone may be texted, each from its start until its end.

    An end at midnight is that of the day.
    """
    starts, ends = datetime.combine(day, time.min, zone), datetime.combine(day + _DAY, time.min, zone)
    try:
        shut = closures(starts, ends, zone, quiet, window)
    except InvalidError:  # at no hour of any day
        return []
    found: list[tuple[datetime, datetime]] = []
    at = starts.astimezone(UTC)
    for closure in shut:
        if closure.starts > at:
            found.append((at, closure.starts))
        at = max(at, closure.ends)
    if at < ends:
        found.append((at, ends.astimezone(UTC)))
    return [(start.astimezone(zone).time(), end.astimezone(zone).time()) for start, end in found]


def resume_moment(now: datetime, when: int, zone: ZoneInfo, quiet: QuietHours, closes_at: datetime | None) -> datetime:
    """When to ask again somebody who asked for another time.

    Args:
        now: an aware instant.
        when: 1 this evening (18:30, or tomorrow's where that has passed), 2 tomorrow at this hour, 3 in a week.
        zone: where the worker is.
        quiet: the country's quiet hours.
        closes_at: the end of the round, which a wish beyond it cannot move: a day before it is the latest.

    Returns:
        An aware instant in UTC, outside quiet hours.
    """
    local = now.astimezone(zone)
    evening = datetime.combine(local.date(), _EVENING, zone)
    wished = {
        1: evening if local < evening else datetime.combine(local.date() + _DAY, _EVENING, zone),
        2: local + _DAY,
        3: local + 7 * _DAY,
    }[when]
    if closes_at is not None:
        wished = max(min(wished, closes_at - _BEFORE_THE_END), now)
    return next_allowed(wished, zone, quiet, _ANY_HOUR)


def spread(index: int, total: int, over: timedelta) -> timedelta:
    """How long after the first text the one at `index` (from 0) leaves, for `total` texts evenly `over` a span.

    Raises:
        InvalidError: `index` is not one of `total`.
    """
    if not 0 <= index < total:
        raise InvalidError(f"There is no text {index} of {total}")
    return over * index / total


def _allowed(instant: datetime, zone: ZoneInfo, quiet: QuietHours, window: Window) -> bool:
    local = instant.astimezone(zone)
    return window.cover(local) and not quiet.cover(local)


def _changes(start: datetime, zone: ZoneInfo, quiet: QuietHours, window: Window, days: int) -> Iterator[datetime]:
    """Every instant of the coming days at which texting may become allowed."""
    today = start.astimezone(zone).date()
    for ahead in range(-1, days + 2):
        yield from _readings(today + ahead * _DAY, zone, {window.opens, quiet.ends, time.min})
        yield from _jump(start + ahead * _DAY, zone)


def _readings(day: date, zone: ZoneInfo, times: set[time]) -> Iterator[datetime]:
    """Each wall time of a day as the instants at which a clock shows it; the two agree outside of clock changes."""
    for wall in times:
        for fold in (0, 1):
            yield datetime.combine(day, wall, zone).replace(fold=fold).astimezone(UTC)


def _jump(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The instant in the 24 hours after `start` at which the zone changes its clocks, if it does, to the second."""
    before, after = start.replace(microsecond=0), start.replace(microsecond=0) + _DAY
    if _offset(before, zone) == _offset(after, zone):
        return
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        before, after = (before, middle) if _offset(middle, zone) != _offset(before, zone) else (middle, after)
    yield after


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()
