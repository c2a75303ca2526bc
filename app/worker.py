"""The work beside the web: the engine's turns, and the clock of recurrences.

APScheduler is only a clock: it says when, the database says whether. Many workers tick, and one of them may tick twice;
the unique key (schedule, local date) makes all but the first a no-op.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from app.carriers.mail import Mailer
from app.carriers.simulator import Simulator
from app.domain.errors import ContentionError, DomainError, InvalidError, UnavailableError
from app.jobs.context import Context
from app.jobs.engine import hear, hear_phones, sweep
from app.jobs.helping import route_needs
from app.jobs.launching import dates_asked, fire_schedule, schedules
from app.jobs.mailing import MAIL_AT_ONCE, send_letters
from app.jobs.reconciling import look_up
from app.jobs.sending import send_outbox
from app.jobs.takeaway.archives import make_next
from app.jobs.trail import let_trail_go
from app.store.rounds import Schedule

log = structlog.get_logger()

_PAUSE_SECONDS = 1.0
_AWAY_SECONDS = 5.0
_LOOK_SECONDS = 30.0
_EXPORT_SECONDS = 3.0
_LET_GO_SECONDS = 3600.0
_MAIL_SECONDS = 5.0
_NEW_CARRIERS_SECONDS = 5.0
_LEAST_SECONDS = 0.01
_HEARING_SECONDS = 0.015
"""How long replies rest after a look: what comes in meanwhile is read together, at the price of one."""
_ROUTING_SECONDS = 0.2
"""How long the needs rest after a look: most replies raise none, and a look costs more than a reply."""
_REFRESH = timedelta(seconds=30)
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


class Bell:
    """Wakes the jobs of this process: rung when somebody wrote work for them."""

    def __init__(self) -> None:
        self._hearers: list[asyncio.Event] = []

    def hearer(self) -> asyncio.Event:
        """An event that is set at each ring; its holder clears it."""
        heard = asyncio.Event()
        self._hearers.append(heard)
        return heard

    def ring(self) -> None:
        """Wake all."""
        for heard in self._hearers:
            heard.set()


async def work(
    context: Context,
    clock: Callable[[], datetime],
    stop: asyncio.Event,
    simulator: Simulator | None = None,
    *,
    pause: float = _PAUSE_SECONDS,
    mailer: Mailer | None = None,
) -> None:
    """Do the jobs until told to stop; what is under way is finished, what was claimed and not begun is given back.

    Reading, what becomes of needs, sending over each carrier, and the clock's jobs go on side by side: a slow carrier
    holds up no reply.

    Args:
        context: the store, the carriers and the rest.
        clock: the entry point's.
        stop: set when it is time to go.
        simulator: whose phones are in this process.
        pause: seconds until the jobs look by themselves, where nobody rang.
        mailer: sends letters, where a mail server is set up.
    """
    bell = Bell()
    sweeper = _Sweeper(context, clock, stop)
    jobs = [
        _repeat(_hearing(context, bell, stop, pause), clock, stop, bell.hearer()),
        _repeat(_routing(context, bell, stop, pause), clock, stop, bell.hearer()),
        _send_over_all(context, clock, stop, simulator, bell, pause),
        _repeat(_looking(context, stop), clock, stop, asyncio.Event()),
        _repeat(sweeper.step, clock, stop, asyncio.Event()),
        _repeat(_exporting(context, stop), clock, stop, asyncio.Event()),
        _repeat(_mailing(context, mailer), clock, stop, asyncio.Event()),
        _repeat(_letting_go(context), clock, stop, asyncio.Event()),
    ]
    listening = asyncio.create_task(_listen(context, bell, stop))
    try:
        await asyncio.gather(*jobs)
    finally:
        listening.cancel()
        sweeper.stop()


Step = Callable[[datetime], Awaitable[float]]
"""One pass of a job: the seconds until the next, unless the bell rings before."""


def _hearing(context: Context, bell: Bell, stop: asyncio.Event, pause: float) -> Step:
    async def step(now: datetime) -> float:
        heard = await hear(context, now, stop.is_set)
        if heard:
            bell.ring()  # there are answers to send, whether or not PostgreSQL's own bell reaches us
        await _first_of(_HEARING_SECONDS, stop)
        return 0.0 if heard else pause

    return step


def _routing(context: Context, bell: Bell, stop: asyncio.Event, pause: float) -> Step:
    async def step(now: datetime) -> float:
        if (await route_needs(context, now)).asked:
            bell.ring()
        await _first_of(_ROUTING_SECONDS, stop)
        return pause

    return step


async def _send_over_all(
    context: Context,
    clock: Callable[[], datetime],
    stop: asyncio.Event,
    simulator: Simulator | None,
    bell: Bell,
    pause: float,
) -> None:
    """A sender of its own for each carrier, also for one that is set up while we run."""
    senders: dict[str, asyncio.Task[None]] = {}
    while not stop.is_set():
        for name in context.carriers:
            if name not in senders:
                step = _sending(context, name, clock, stop, simulator, pause)
                senders[name] = asyncio.create_task(_repeat(step, clock, stop, bell.hearer()))
        await _first_of(_NEW_CARRIERS_SECONDS, stop)
    await asyncio.gather(*senders.values())


def _sending(
    context: Context,
    carrier: str,
    clock: Callable[[], datetime],
    stop: asyncio.Event,
    simulator: Simulator | None,
    pause: float,
) -> Step:
    async def step(now: datetime) -> float:
        sent = await send_outbox(context, now, only={carrier}, stopping=stop.is_set)
        if simulator is not None and simulator.name == carrier:
            await hear_phones(context, simulator, clock())
        if sent.total:
            return 0.0
        if sent.again_at is None:
            return pause
        # A sender's budget is spent: not before it fills again is there anything to find.
        return min(pause, max(_LEAST_SECONDS, (sent.again_at - now).total_seconds()))

    return step


def _looking(context: Context, stop: asyncio.Event) -> Step:
    """A carrier may take minutes over its list. Who is told to stop waits for none: what was not looked up is so later."""

    async def step(now: datetime) -> float:
        looking, stopping = asyncio.create_task(look_up(context, now)), asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({looking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if looking.done():
                looking.result()
        finally:
            for task in (looking, stopping):
                task.cancel()
            await asyncio.wait({looking, stopping})
        return _LOOK_SECONDS

    return step


def _letting_go(context: Context) -> Step:
    async def step(now: datetime) -> float:
        return 0.0 if await let_trail_go(context, now) else _LET_GO_SECONDS

    return step


def _exporting(context: Context, stop: asyncio.Event) -> Step:
    """Beside the clock's jobs, for an archive may take minutes."""

    async def step(now: datetime) -> float:
        return 0.0 if await make_next(context, now, stop.is_set) else _EXPORT_SECONDS

    return step


def _mailing(context: Context, mailer: Mailer | None) -> Step:
    """Beside the rest, for a mail server may be slow."""

    async def step(now: datetime) -> float:
        return 0.0 if await send_letters(context, mailer, now) == MAIL_AT_ONCE else _MAIL_SECONDS

    return step


class _Sweeper:
    """The clock's jobs: rounds, timers, leases, and the scheduler of recurrences."""

    def __init__(self, context: Context, clock: Callable[[], datetime], stop: asyncio.Event) -> None:
        self._context = context
        self._stop = stop
        self._recurrences = Recurrences(context, clock)
        self._recurrences.start()
        self._refreshed: datetime | None = None

    async def step(self, now: datetime) -> float:
        if self._refreshed is None or now - self._refreshed >= _REFRESH:
            await self._recurrences.refresh()
            self._refreshed = now
        await sweep(self._context, now, self._stop.is_set)
        return _PAUSE_SECONDS

    def stop(self) -> None:
        self._recurrences.stop()


async def _repeat(step: Step, clock: Callable[[], datetime], stop: asyncio.Event, heard: asyncio.Event) -> None:
    while not stop.is_set():
        heard.clear()  # before the step: what is written during it is not missed
        try:
            pause = await step(clock())
        except ContentionError:
            pause = _PAUSE_SECONDS
        except DomainError as problem:
            log.error("turn-broke", code=problem.code)
            pause = _AWAY_SECONDS
        except Exception as problem:  # noqa: BLE001 - the work goes on; the kind alone is safe to log
            log.error("turn-broke", kind=type(problem).__name__)
            pause = _AWAY_SECONDS
        await _first_of(pause, stop, heard)


async def _listen(context: Context, bell: Bell, stop: asyncio.Event) -> None:
    """Ring when PostgreSQL says that there is work. Without it the jobs look by themselves, each second."""
    if context.database.pooled:
        log.info("no-notifications", reason="a pooler of transactions stands before the database")
        return
    while not stop.is_set():
        try:
            await context.database.listen(bell.ring)
        except UnavailableError as problem:
            log.warning("no-notifications", code=problem.code)
        await _first_of(_AWAY_SECONDS, stop)


async def _first_of(seconds: float, *events: asyncio.Event) -> None:
    """Wait until one of the events is set, or so long; at once where there is nothing to wait for."""
    if seconds <= 0 or any(event.is_set() for event in events):
        await asyncio.sleep(0)
        return
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
