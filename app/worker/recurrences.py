"""The clock of recurrences.

APScheduler is only a clock: it says when, the database says whether. Many workers tick, and one of them may tick twice;
the unique key (schedule, local date) makes all but the first a no-op.
"""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from app.domain.errors import ContentionError, DomainError, InvalidError, UnavailableError
from app.jobs.context import Context
from app.jobs.launching import dates_asked, fire_schedule, schedules
from app.store.rounds import Schedule

log = structlog.get_logger()

_MISFIRE_SECONDS = 3600
_LATE = timedelta(hours=24)
"""How late a tick may still be made up for, that came while no worker ran; its round then opens late, not never."""
_LOOK_BACK = timedelta(days=7)
"""How far back ticks are looked for that are too old to make up for, so that somebody is told."""
_UNDER_WAY = timedelta(minutes=1)
"""How long the clock of the recurrences is given for a tick, before it is taken for missed."""
_LONG_MISSED = timedelta(minutes=15)
_LONGEST_JUMP = timedelta(hours=3)
"""More than clocks are ever put forward by in a night; Samoa's lost day is a day without a round."""
_SHOWN = 3
_FIELDS = 5
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def _with_named_days(recurrence: str) -> str:
    """The same line with its weekdays by name: cron counts from Sunday = 0, APScheduler from Monday = 0."""
    fields = recurrence.split()
    if len(fields) == _FIELDS:
        fields[-1] = re.sub(r"(?<![/\d])[0-7](?!\d)", lambda day: _DAYS[int(day.group()) % 7], fields[-1])
    return " ".join(fields)


class WallClock(BaseTrigger):
    """A cron line as a clock on the wall shows it: each of its times once on each day that has it on its calendar.

    APScheduler's own trigger in a zone that changes its clocks fires twice where an hour comes twice, and where clocks
    jump over midnight it leaves out a whole day. Here the first of two counts, and the time that is jumped over comes
    as long after the jump as it would have stood after its beginning.
    """

    def __init__(self, walls: CronTrigger, zone: ZoneInfo) -> None:
        self._walls = walls  # in UTC, where no clock ever changes
        self._zone = zone

    def get_next_fire_time(  # pyright: ignore[reportIncompatibleMethodOverride] - the library's says it returns nothing
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """The next instant, not before `now` and after the last one; None where there is none."""
        least = now.astimezone(UTC)
        if previous_fire_time is not None:
            least = max(least, previous_fire_time.astimezone(UTC) + timedelta(microseconds=1))
        # From before any jump that a time near `least` may have been moved by.
        wall = least.astimezone(self._zone).replace(tzinfo=UTC) - _LONGEST_JUMP
        while found := self._walls.get_next_fire_time(None, wall):
            moment = found.replace(tzinfo=self._zone, fold=0).astimezone(UTC)
            if moment >= least:
                return moment.astimezone(self._zone)
            wall = found + timedelta(seconds=1)
        return None


def trigger(recurrence: str, zone: ZoneInfo) -> WallClock:
    """A cron line of five fields in a zone; InvalidError where it is malformed."""
    try:
        return WallClock(CronTrigger.from_crontab(_with_named_days(recurrence), timezone=UTC), zone)
    except ValueError:
        raise InvalidError(
            f"{recurrence!r} is no cron line; write five fields, such as `0 10 * * mon` for Mondays at 10."
        ) from None


def upcoming(recurrence: str, zone: ZoneInfo, after: datetime) -> list[datetime]:
    """The next three times of a recurrence; InvalidError where it never comes."""
    ticking, moments = trigger(recurrence, zone), list[datetime]()
    last = after
    while len(moments) < _SHOWN and (moment := ticking.get_next_fire_time(None, last + timedelta(seconds=1))):
        moments.append(moment)
        last = moment
    if not moments:
        raise InvalidError(f"{recurrence!r} never comes.")
    return moments


def first_ticks(ticking: WallClock, zone: ZoneInfo, since: datetime, until: datetime) -> list[datetime]:
    """The first time of a recurrence on each local date, after `since` and not after `until`."""
    found = list[datetime]()
    while (moment := ticking.get_next_fire_time(None, since + timedelta(microseconds=1))) and moment <= until:
        found.append(moment)
        since = datetime.combine(moment.astimezone(zone).date(), time.max, zone)
    return found


def missed_rounds(found: Sequence[Schedule], asked: Collection[tuple[UUID, date]], now: datetime) -> int:
    """How many rounds of recurrences should have been made within a day, and were not for a quarter of an hour."""
    missed = 0
    for schedule in found:
        try:
            zone = ZoneInfo(schedule.zone)
            ticking = trigger(schedule.recurrence, zone)
        except (DomainError, ValueError, OSError):
            missed += 1  # its zone is gone from the tables of zones: it will never tick again
            continue
        missed += len(_unasked(schedule, ticking, zone, asked, (now - _LATE, now - _LONG_MISSED)))
    return missed


def _unasked(
    schedule: Schedule,
    ticking: WallClock,
    zone: ZoneInfo,
    asked: Collection[tuple[UUID, date]],
    between: tuple[datetime, datetime],
) -> list[tuple[datetime, date]]:
    """The first tick of each local date since the schedule was made for which there is no round: when, and which date."""
    since, until = between
    moments = first_ticks(ticking, zone, max(since, schedule.created_at), until)
    dated = [(moment, moment.astimezone(zone).date()) for moment in moments]
    return [(moment, local) for moment, local in dated if (schedule.id, local) not in asked]


class Recurrences:
    """Keeps the scheduler's jobs in step with the schedules in the database, and makes up for ticks nobody was there for."""

    def __init__(self, context: Context, clock: Callable[[], datetime]) -> None:
        self._context = context
        self._clock = clock
        self._scheduler = AsyncIOScheduler()
        self._known: set[UUID] = set()
        self._made_up: set[tuple[UUID, date]] = set()

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """End; a tick under way is let finish by its own transaction."""
        self._scheduler.shutdown(wait=False)

    async def refresh(self) -> None:
        """Add what is new; drop what ended."""
        found = {schedule.id: schedule for schedule in await schedules(self._context)}
        for gone in self._known - found.keys():
            if self._scheduler.get_job(str(gone)) is not None:
                self._scheduler.remove_job(str(gone))
        for key in found.keys() - self._known:
            schedule = found[key]
            try:
                ticking = trigger(schedule.recurrence, ZoneInfo(schedule.zone))
            except (DomainError, ValueError, OSError) as problem:
                # Its zone may be gone from the tables of zones; the others tick on.
                log.error("schedule-broke", schedule=str(key), kind=type(problem).__name__)
                continue
            self._scheduler.add_job(
                self._fire, ticking, [schedule], id=str(key), coalesce=True, misfire_grace_time=_MISFIRE_SECONDS
            )
        self._known = set(found)
        await self._make_up([found[key] for key in found if self._scheduler.get_job(str(key)) is not None])

    async def _make_up(self, found: Sequence[Schedule]) -> None:
        """Fire what came while no worker ran, each until it is settled; what is too old is only told of."""
        now = self._clock()
        asked = await dates_asked(self._context, (now - _LOOK_BACK - timedelta(days=1)).date()) if found else set()
        for schedule in found:
            zone = ZoneInfo(schedule.zone)
            ticking, between = trigger(schedule.recurrence, zone), (now - _LOOK_BACK, now - _UNDER_WAY)
            for moment, local in _unasked(schedule, ticking, zone, asked | self._made_up, between):
                late = now - moment <= _LATE
                log.warning("schedule-late" if late else "schedule-missed", schedule=str(schedule.id), date=str(local))
                if not late or await self._fire(schedule, local):
                    self._made_up.add((schedule.id, local))

    async def _fire(self, schedule: Schedule, local: date | None = None) -> bool:
        """Make the round of a tick; whether that is settled: with the database away, or another in the way, it is not."""
        now = self._clock()
        try:
            today = now.astimezone(ZoneInfo(schedule.zone)).date()
            await fire_schedule(self._context, schedule, local or today, now)
        except (UnavailableError, ContentionError) as problem:
            log.warning("schedule-waits", schedule=str(schedule.id), code=problem.code)
            return False
        except DomainError as problem:
            log.error("schedule-broke", schedule=str(schedule.id), code=problem.code)
        except Exception as problem:  # noqa: BLE001 - a trace of the scheduler's might quote a row
            log.error("schedule-broke", schedule=str(schedule.id), kind=type(problem).__name__)
        return True
