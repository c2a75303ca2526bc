"""A process's part in the watch: it says that it lives, adds what it counted, judges with the others, and tells.

Every process watches, so that the last one alive still tells. Of what the database knows one process judges at a time.
That the database is away a web process tells from its memory, for itself alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.carriers.posting import Post, Poster
from app.catalogue.alerts import shipped_rules
from app.domain.alerts import Changes, Reading, Rule, Topic, changes, struck
from app.domain.errors import ContentionError, DomainError, UnavailableError
from app.jobs.context import Context
from app.jobs.delivering import DELIVER_AT_ONCE, deliver_due
from app.jobs.keeper import Keeper
from app.jobs.looking import Missed, look
from app.jobs.routing import down_roads
from app.jobs.tallying import ERRORS, TEXTS, Key
from app.store.alerts import effective_rules, forget_alerts, is_our_watch, save_changes, standing_alerts
from app.store.database import Store, new_id
from app.store.hooks import Hook, announce, envelope, forget_deliveries, open_hooks
from app.store.processes import Process, forget_processes, say_alive
from app.store.tallies import add_tallies, mark_tallies

log = structlog.get_logger()

BEGUN, ENDED, TEST = "alert.begun", "alert.ended", "test"
EVENTS = (BEGUN, ENDED, TEST)
"""What an operator's webhook may be told of."""

BEAT_SECONDS = 10.0
"""How often a process says that it lives, and the alerts are judged."""

_DELIVER_SECONDS = 2.0
_MARK = timedelta(minutes=10)
_KEPT = timedelta(days=90)
_AWAY = "database-away"


@dataclass(frozen=True, slots=True)
class Away:
    """Since when this process cannot reach the database, and whether that was told."""

    since: datetime
    told: bool = False


class Watch:
    """The watch of one process.

    Args:
        context: whose database, roads and counts.
        keeper: whose spool.
        poster: what posts to others.
        kind: web, work or both.
        host: this machine's name.
        missed: see `looking.Missed`.
        now: when the process began.
    """

    def __init__(
        self, context: Context, keeper: Keeper, poster: Poster, kind: str, host: str, missed: Missed, now: datetime
    ) -> None:
        self._context = context
        self._keeper = keeper
        self.poster = poster
        self.missed = missed
        self.me = Process(new_id(now), kind, host, {}, now, now)
        self._hooks: list[Hook] = []
        self.rules: Mapping[str, Rule] = shipped_rules()
        self._spooling_since: datetime | None = None
        self._away: Away | None = None

    @property
    def subject(self) -> str:
        """This process, as an alert names it."""
        return f"{self.me.host}-{self.me.id.hex[-6:]}"

    # -- saying that we live --------------------------------------------------------------------

    async def beat(self, now: datetime, *, stopped: bool = False) -> None:
        """Say that this process lives, and add what it counted; with the database away, tell of that.

        Raises:
            UnavailableError: the database is away.
        """
        self.me = replace(await self.myself(now), stopped_at=now if stopped else None)
        counted = self._context.tally.take()
        try:
            await _bounded(self._write_down(counted, now))
        except BaseException as problem:
            self._context.tally.put_back(counted)
            if isinstance(problem, UnavailableError) and not isinstance(problem, ContentionError):
                await self._miss(now)
            raise
        self._away = None

    async def _write_down(self, counted: Mapping[Key, float], now: datetime) -> None:
        async with self._context.database.transaction() as store:
            await say_alive(store, self.me)
            await add_tallies(store, counted)
            self._hooks = await open_hooks(store, self._context.vault)
            self.rules = await effective_rules(store, shipped_rules())
            await self._back(store, now)

    async def myself(self, now: datetime) -> Process:
        """This process as it is now, with what only it can tell."""
        return replace(self.me, word=await self._word(now), seen_at=now)

    async def _word(self, now: datetime) -> dict[str, Any]:
        spooled = await self._keeper.spooled()
        self._spooling_since = (self._spooling_since or now) if spooled.bytes else None
        return {
            "resting": sorted(down_roads(self._context, now)),
            "waiting": self._keeper.waiting,
            "spool": {
                "folder": self._keeper.folder, "bytes": spooled.bytes, "files": spooled.files,
                "set_aside": spooled.set_aside,
                "seconds": (now - self._spooling_since).total_seconds() if self._spooling_since else 0,
            },
        }  # fmt: skip

    # -- the database, from memory --------------------------------------------------------------

    async def _miss(self, now: datetime) -> None:
        """Once the database was away for too long, tell whoever is known to want it, until one has it."""
        self._away = self._away or Away(now)
        seconds = (now - self._away.since).total_seconds()
        rule = self.rules[_AWAY]
        if self.me.kind == "work" or self._away.told or not rule.strikes(self._away_reading(seconds)):
            return
        topic = Topic(_AWAY, self.subject)
        log.warning("alert-begun", rule=_AWAY, subject=self.subject)
        body = envelope(BEGUN, _event(topic, rule, seconds, self._away.since), now)
        post_id = f"msg_{self.me.id.hex}_{int(self._away.since.timestamp())}"
        wanting = [hook for hook in self._hooks if hook.wants(BEGUN)]
        answers = await asyncio.gather(
            *(self.poster.post(Post(post_id, hook.url, hook.secret, body), now) for hook in wanting)
        )
        if not wanting or any(answer.taken for answer in answers):
            self._away = replace(self._away, told=True)

    def _away_reading(self, seconds: float) -> Reading:
        return Reading("database_away_seconds", seconds, {"process": self.subject})

    async def _back(self, store: Store, now: datetime) -> None:
        """What was told from memory is written down, and its end told."""
        if self._away is None or not self._away.told:
            return
        topic, seconds = Topic(_AWAY, self.subject), (now - self._away.since).total_seconds()
        await save_changes(store, Changes({topic: seconds}, {}, frozenset()), self.rules, self._away.since)
        await save_changes(store, Changes({}, {}, frozenset({topic})), self.rules, now)
        await announce(store, ENDED, _event(topic, self.rules[_AWAY], seconds, self._away.since), now)

    # -- judging --------------------------------------------------------------------------------

    async def judge(self, now: datetime) -> Changes | None:
        """Let alerts begin and end; None where another process is just doing it."""
        async with self._context.database.transaction() as store:
            if not await is_our_watch(store):
                return None
            rules = await effective_rules(store, shipped_rules())
            seen = await look(store, now, self.missed)
            standing = await standing_alerts(store)
            changed = changes(
                rules, {topic: item.seen_at for topic, item in standing.items()},
                struck(rules.values(), seen.readings), now,
            )  # fmt: skip
            await save_changes(store, changed, rules, now)
            for topic, value in changed.begun.items():
                await announce(store, BEGUN, _event(topic, rules[topic.rule], value, now), now)
            for topic in changed.ended:
                item = standing[topic]
                rule = rules.get(topic.rule, Rule(topic.rule, "", item.bar))
                await announce(store, ENDED, _event(topic, rule, item.value, item.began_at), now)
            for name in (TEXTS, ERRORS):
                await mark_tallies(store, name, now, _MARK)
            await forget_processes(store, now)
            await forget_deliveries(store, now)
            await forget_alerts(store, now - _KEPT)
        for topic in changed.begun:
            log.warning("alert-begun", rule=topic.rule, subject=topic.subject)
        for topic in changed.ended:
            log.info("alert-ended", rule=topic.rule, subject=topic.subject)
        return changed

    # -- going on -------------------------------------------------------------------------------

    async def keep_on(self, clock: Callable[[], datetime], stop: asyncio.Event) -> None:
        """Watch until told to stop; whatever breaks, the watch goes on."""

        async def deliver() -> None:
            while not stop.is_set() and await deliver_due(self._context, self.poster, clock()) == DELIVER_AT_ONCE:
                continue

        async def watch() -> None:
            await self.beat(clock())
            await self.judge(clock())

        await asyncio.gather(_again(watch, BEAT_SECONDS, stop), _again(deliver, _DELIVER_SECONDS, stop))
        with suppress(DomainError):
            await self.beat(clock(), stopped=True)


def _event(topic: Topic, rule: Rule, value: float, began_at: datetime) -> dict[str, Any]:
    return {
        "rule": topic.rule, "subject": topic.subject, "title": rule.title, "value": round(value, 3), "bar": rule.bar,
        "unit": rule.unit, "began_at": began_at,
    }  # fmt: skip


async def _bounded(work: Coroutine[Any, Any, None]) -> None:
    """Raises UnavailableError where it takes too long; it is not waited for, since on a dead line giving up may hang."""
    task = asyncio.create_task(work)
    done, _ = await asyncio.wait({task}, timeout=BEAT_SECONDS)
    if not done:
        task.cancel()
        task.add_done_callback(lambda late: late.cancelled() or late.exception())  # looked at, so that nobody complains
        raise UnavailableError("The database takes too long.")
    task.result()


async def _again(job: Callable[[], Awaitable[None]], seconds: float, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await job()
        except DomainError as problem:
            log.warning("watch-broke", code=problem.code)
        except Exception as problem:  # noqa: BLE001 - the watch goes on; the kind alone is safe to log
            log.error("watch-broke", kind=type(problem).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)
