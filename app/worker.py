"""The work beside the web: the engine's turns, and the clock of recurrences.

APScheduler is only a clock: it says when, the database says whether. Its cron trigger fires twice when clocks go back;
the unique key (schedule, local date) makes the second a no-op.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from app.carriers.simulator import Simulator
from app.domain.errors import ContentionError, DomainError, InvalidError
from app.jobs.asking import fire_schedule, schedules
from app.jobs.context import Context
from app.jobs.engine import hear_phones, turn
from app.store.rounds import Schedule

log = structlog.get_logger()

_PAUSE_SECONDS = 1.0
_AWAY_SECONDS = 5.0
_REFRESH = timedelta(seconds=30)
_MISFIRE_SECONDS = 3600
_SHOWN = 3
_FIELDS = 5
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def _with_named_days(recurrence: str) -> str:
    """The same line with its weekdays by name: cron counts from Sunday = 0, APScheduler from Monday = 0."""
    fields = recurrence.split()
    if len(fields) == _FIELDS:
        fields[-1] = re.sub(r"(?<![/\d])[0-7](?!\d)", lambda day: _DAYS[int(day.group()) % 7], fields[-1])
    return " ".join(fields)


def trigger(recurrence: str, zone: ZoneInfo) -> CronTrigger:
    """A cron line of five fields in a zone; InvalidError where it is malformed."""
    try:
        return CronTrigger.from_crontab(_with_named_days(recurrence), timezone=zone)
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


class Recurrences:
    """Keeps the scheduler's jobs in step with the schedules in the database."""

    def __init__(self, context: Context, clock: Callable[[], datetime]) -> None:
        self._context = context
        self._clock = clock
        self._scheduler = AsyncIOScheduler()
        self._known: set[UUID] = set()

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
            self._scheduler.remove_job(str(gone))
        for key in found.keys() - self._known:
            schedule = found[key]
            self._scheduler.add_job(
                self._fire, trigger(schedule.recurrence, ZoneInfo(schedule.zone)), [schedule], id=str(key),
                coalesce=True, misfire_grace_time=_MISFIRE_SECONDS,
            )  # fmt: skip
        self._known = set(found)

    async def _fire(self, schedule: Schedule) -> None:
        now = self._clock()
        try:
            await fire_schedule(self._context, schedule, now.astimezone(ZoneInfo(schedule.zone)).date(), now)
        except DomainError as problem:
            log.error("schedule-broke", schedule=str(schedule.id), code=problem.code)


async def work(
    context: Context, clock: Callable[[], datetime], stop: asyncio.Event, simulator: Simulator | None = None
) -> None:
    """Turn the engine until told to stop; a turn under way is finished first."""
    recurrences = Recurrences(context, clock)
    recurrences.start()
    refreshed: datetime | None = None
    try:
        while not stop.is_set():
            pause = _PAUSE_SECONDS
            try:
                if refreshed is None or clock() - refreshed >= _REFRESH:
                    await recurrences.refresh()
                    refreshed = clock()
                done = await turn(context, clock())
                if simulator is not None:
                    await hear_phones(context, simulator, clock())
                pause = 0.0 if done.busy else _PAUSE_SECONDS
            except ContentionError:
                pause = _PAUSE_SECONDS
            except DomainError as problem:
                log.error("turn-broke", code=problem.code)
                pause = _AWAY_SECONDS
            except Exception as problem:  # noqa: BLE001 - the work goes on; the kind alone is safe to log
                log.error("turn-broke", kind=type(problem).__name__)
                pause = _AWAY_SECONDS
            await _pause(stop, pause)
    finally:
        recurrences.stop()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
