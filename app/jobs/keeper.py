"""Webhooks by the hundred: what gathers while one commit is under way shares the next; what cannot be committed is spooled.

A webhook is acknowledged when PostgreSQL has it or, where that is away, when this host's disk has it. Once something is
spooled, all that comes later goes behind it until it is replayed, or one person's replies would change places.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

import structlog

from app.carriers.protocol import InboundText
from app.domain.errors import ContentionError, UnavailableError
from app.jobs.context import Context
from app.jobs.keeping import Channels, keep_all
from app.jobs.parcels import Parcel, pack, unpack
from app.jobs.reporting import take_reports
from app.jobs.tallying import SPOOLED
from app.store.line import Line
from app.store.spool import Spool
from app.store.spooled import Spooled, look_into

log = structlog.get_logger()

COMMIT_SECONDS = 3.0
"""How long PostgreSQL may take for a group before it is taken for away; carriers wait for some seconds only."""

REPLAY_SECONDS = 60.0
"""How long a group that is replayed may take: nobody waits for it, and what failed for time must not fail for ever."""

AT_ONCE = 200
REPORTS_AT_ONCE = 50
"""Fewer, for a failure is looked into for each person."""
MOST_WAITING = 1000
_TRIES = 3
_LOOK_SECONDS = 1.0
_LONGEST_SECONDS = 30.0

Strays = tuple[InboundText, ...]
"""The replies of a parcel that are to no channel of ours."""

Outcome = Strays | Exception


class Lane:
    """Gathers what comes while the group before is under way. Nobody waits for a group to fill."""

    def __init__(
        self,
        settle: Callable[[Sequence[Parcel]], Awaitable[Sequence[Outcome]]],
        most_waiting: int,
        at_once: int = AT_ONCE,
    ) -> None:
        self._settle = settle
        self._most_waiting = most_waiting
        self._at_once = at_once
        self._waiting: deque[tuple[Parcel, asyncio.Future[Strays]]] = deque()
        self._running: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    async def put(self, parcel: Parcel) -> Strays:
        """Have a parcel settled with its group.

        Raises:
            UnavailableError: too many wait already, or it could be neither committed nor spooled.
        """
        if len(self._waiting) >= self._most_waiting:
            raise UnavailableError("Too many webhooks at once; try again in a moment.")
        settled: asyncio.Future[Strays] = asyncio.get_running_loop().create_future()
        self._waiting.append((parcel, settled))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await settled

    async def _run(self) -> None:
        try:
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(self._at_once, len(self._waiting)))]
                for (_, settled), outcome in zip(group, await self._outcomes(group), strict=True):
                    if settled.done():
                        continue  # the carrier hung up; what it brought is kept all the same
                    if isinstance(outcome, Exception):
                        settled.set_exception(outcome)
                    else:
                        settled.set_result(outcome)
        finally:
            self._running = None

    async def _outcomes(self, group: Sequence[tuple[Parcel, object]]) -> Sequence[Outcome]:
        try:
            return await self._settle([parcel for parcel, _ in group])
        except Exception as problem:  # noqa: BLE001 - handed to those who wait, each of whom answers with it
            return [problem] * len(group)

    async def finish(self) -> None:
        """Wait until nothing is under way."""
        while self._running is not None:
            await asyncio.wait({self._running})


class Keeper:
    """Keeps what webhooks bring, in PostgreSQL or the spool, and replays the spool.

    Args:
        context: whose database and vault.
        spool: of this process.
        seconds: for a group's commit, before it is spooled.
        most_waiting: webhooks at once, of replies and of reports each; more are told to come later.
    """

    def __init__(
        self, context: Context, spool: Spool, *, seconds: float = COMMIT_SECONDS, most_waiting: int = MOST_WAITING
    ) -> None:
        self._context = context
        self._spool = spool
        self._seconds = seconds
        # Apart, for a report may wait for a row that is being sent, and no reply should wait with it.
        self._replies = Lane(self._settle, most_waiting)
        self._reports = Lane(self._settle, most_waiting, REPORTS_AT_ONCE)
        self._channels: Channels = {}
        self._line = Line(context.database)
        self._given_up: set[asyncio.Task[Any]] = set()
        self._held = False
        self._stopping = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many webhooks wait for their commit."""
        return len(self._replies) + len(self._reports)

    @property
    def spooled_bytes(self) -> int:
        """What is on this host's disk and not yet in PostgreSQL, as far as this process sees to it."""
        return self._spool.bytes_waiting

    @property
    def folder(self) -> str:
        """Where the spool is."""
        return str(self._spool.folder)

    async def spooled(self) -> Spooled:
        """What lies in the spool's folder, of this process and of all that share it."""
        return await asyncio.to_thread(look_into, self._spool.folder)

    async def keep(self, parcel: Parcel) -> Strays:
        """Keep replies; when this returns they are on a disk. Which are to no channel of ours, as far as is known now.

        Raises:
            UnavailableError: nothing was kept; the carrier is to come again.
        """
        return await self._replies.put(parcel)

    async def report(self, parcel: Parcel) -> None:
        """Keep reports, as `keep` does."""
        await self._reports.put(parcel)

    # -- committing -----------------------------------------------------------------------------

    async def _settle(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        if not (self._held or self._spool.pending):
            try:
                return await self._commit(parcels, self._seconds)
            except UnavailableError as problem:
                log.warning("spooling", code=problem.code, webhooks=len(parcels))
        await self._spool.append([pack(parcel) for parcel in parcels])
        for parcel in parcels:
            self._context.tally.count(SPOOLED, parcel.carrier)
            log.info("webhook-spooled", trace=parcel.trace.hex, carrier=parcel.carrier)
        return [()] * len(parcels)

    async def _commit(self, parcels: Sequence[Parcel], seconds: float) -> list[Outcome]:
        """Commit a group, the short way if it may be."""
        try:
            return [*await self._in_time(parcels, self._channels, self._line, seconds)]
        except UnavailableError:
            raise
        except Exception:  # noqa: BLE001 - told by the careful way, which looks everything up anew
            self._channels.clear()
            return await self._carefully(parcels, seconds)

    async def _carefully(self, parcels: Sequence[Parcel], seconds: float) -> list[Outcome]:
        """Commit a group; where something in it is bad, its halves, so that a bad one fails alone."""
        try:
            return [*await self._in_time(parcels, {}, None, seconds)]
        except UnavailableError:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever is wrong with one, its neighbours are kept
            if len(parcels) == 1:
                return [problem]
            half = len(parcels) // 2
            return [
                *await self._carefully(parcels[:half], seconds),
                *await self._carefully(parcels[half:], seconds),
            ]

    async def _in_time(
        self, parcels: Sequence[Parcel], known: Channels, line: Line | None, seconds: float
    ) -> Sequence[Strays]:
        for _ in range(_TRIES - 1):
            try:
                return await self._bounded(self._write(parcels, known, line), seconds)
            except ContentionError:
                continue  # nothing was written, so the same again will do
        return await self._bounded(self._write(parcels, known, line), seconds)

    async def _bounded(self, work: Coroutine[Any, Any, Sequence[Strays]], seconds: float) -> Sequence[Strays]:
        task = asyncio.create_task(work)
        try:
            done, _ = await asyncio.wait({task}, timeout=seconds)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if done:
            return task.result()
        # It is not waited for: on a dead connection even giving up may hang. Should it commit after all, what is
        # replayed from the spool is known already.
        task.cancel()
        self._given_up.add(task)
        task.add_done_callback(self._forget)
        raise UnavailableError("The database takes too long.")

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._given_up.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that nobody complains

    async def _write(self, parcels: Sequence[Parcel], known: Channels, line: Line | None) -> Sequence[Strays]:
        strays = await keep_all(self._context, parcels, known, line)
        reported = [parcel for parcel in parcels if parcel.reports]
        for carrier in dict.fromkeys(parcel.carrier for parcel in reported):
            own = [parcel for parcel in reported if parcel.carrier == carrier]
            reports = [report for parcel in own for report in parcel.reports]
            await take_reports(self._context, carrier, reports, max(parcel.at for parcel in own))
        return strays

    # -- replaying ------------------------------------------------------------------------------

    async def replay(self) -> int:
        """Bring what is spooled into PostgreSQL, oldest first, also what dead processes left; how many webhooks.

        Raises:
            UnavailableError: PostgreSQL is still away; what is left stays where it is.
        """
        await self._spool.adopt()
        replayed = 0
        while chunk := await self._spool.read(AT_ONCE):
            parcels, unread = _unpacked(chunk.records)
            outcomes = await self._commit(parcels, max(REPLAY_SECONDS, self._seconds)) if parcels else []
            await self._set_aside(unread, parcels, outcomes)
            # Should the process die before this line, all is replayed again, and PostgreSQL knows it already.
            await self._spool.replayed(chunk)
            replayed += len(chunk.records)
        if replayed:
            log.info("spool-replayed", webhooks=replayed)
        return replayed

    async def _set_aside(self, unread: Sequence[str], parcels: Sequence[Parcel], outcomes: Sequence[Outcome]) -> None:
        """Keep for an operator what was acknowledged and cannot be handled."""
        refused = [
            parcel if isinstance(outcome, Exception) else replace(parcel, replies=outcome)
            for parcel, outcome in zip(parcels, outcomes, strict=True)
            if outcome
        ]
        if unread or refused:
            await self._spool.refuse([*unread, *map(pack, refused)])
            log.error("spool-refused", webhooks=len(unread) + len(refused))

    def hold(self) -> None:
        """Until `start`, spool everything: the database is away, or not yet brought to this program's tables."""
        self._held = True

    def start(self) -> None:
        """Begin to look after the spool."""
        self._held = False
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        wait = _LOOK_SECONDS
        while not self._stopping.is_set():
            try:
                await self.replay()
                wait = _LOOK_SECONDS
            except UnavailableError:
                wait = min(wait * 2, _LONGEST_SECONDS)
            except Exception as problem:  # noqa: BLE001 - the watch goes on; the kind alone is safe to log
                log.error("replay-broke", kind=type(problem).__name__)
                wait = _LONGEST_SECONDS
            # With jitter, lest all processes of a host come back to PostgreSQL in one moment.
            await self._rest(wait * random.uniform(0.75, 1.25))  # noqa: S311

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def aclose(self) -> None:
        """Settle what is under way and let go of the spool; what is in it is for the next process."""
        self._stopping.set()
        if self._watching is not None:
            await asyncio.wait({self._watching})
        await self._replies.finish()
        await self._reports.finish()
        await self._spool.aclose()
        await self._line.aclose()


def _unpacked(records: Sequence[str]) -> tuple[list[Parcel], list[str]]:
    parcels: list[Parcel] = []
    unread: list[str] = []
    for record in records:
        try:
            parcels.append(unpack(record))
        except (ValueError, KeyError, TypeError):
            unread.append(record)
    return parcels, unread
