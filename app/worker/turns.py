"""The turns of the engine, side by side until they are told to stop."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from app.carriers.mail import Mailer
from app.carriers.simulator import Simulator
from app.domain.errors import ContentionError, DomainError, UnavailableError
from app.jobs.context import Context
from app.jobs.engine import hear, hear_phones, sweep
from app.jobs.helping import route_needs
from app.jobs.mailing import MAIL_AT_ONCE, send_letters
from app.jobs.reconciling import look_up
from app.jobs.sending import send_outbox
from app.jobs.takeaway.archives import make_next
from app.jobs.trail import let_trail_go
from app.worker.recurrences import Recurrences

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
