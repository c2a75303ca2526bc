"""Strangers at the door: random, truncated, forged, replayed and oversized requests, over the wire, at every road and REST.

Among them are true letters of every carrier, so that it is known what may be in the inbox: theirs and nothing else.
Then the carriers themselves write nonsense, signed as it must be. No request may be answered 5xx.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import uvicorn

from app.domain.wording import Say
from app.jobs.context import Context
from app.store.outbox import REPLY, Outgoing, enqueue
from app.store.programmes import save_channel
from app.store.vault import ensure_identities
from app.web.app import create_app
from tests.conftest import AMINA, World
from tests.drills.letters import Desk, Letter, changed, cut_short, forged, noisy, oversized, roads
from tests.drills.vendors import SENDER
from tests.drills.verdict import Findings
from tests.steps import rows, run, value

KNOCKERS = 12
"""Requests at once."""

_PATIENCE = 20.0
_SIGNS_ITS_WORDS = ("twilio", "vonage", "android")
_BREAKS_OFF = ("cut short", "garbage")
_HEARS_NOTHING = (*_BREAKS_OFF, "oversized")
"""Who breaks the line off, or is still talking when it is cut."""

_MOST_GROWTH = 60.0
"""Megabytes; caches fill, and the knockers live in the same process."""

_COUNTED = ("programme", "survey", "round", "worker", "identity", "site", "api_key", "channel", "carrier_account")
_REST = (
    "/v1/programmes", "/v1/surveys", "/v1/surveys/check", "/v1/rounds", "/v1/rounds/preview", "/v1/workers", "/v1/sites",
    "/v1/keys", "/v1/operator/keys", "/v1/operator/unknown", "/v1/registry", "/v1/schedules", "/v1/carriers/twilio",
    "/v1/needs", "/v1/referrals", "/v1/answers/x/code", "/v1/simulator/texts", "/sign-in", "/rounds/x", "/health", "/",
)  # fmt: skip


@dataclass
class WebhookFindings(Findings):
    """What came of it."""

    must_be_empty = ("faults_5xx", "unanswered", "not_signed", "lost", "believed", "changed_tables", "leaked")

    requests: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    true_letters: int = 0
    grown_megabytes: float = 0

    faults_5xx: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    not_signed: list[tuple[str, ...]] = field(default_factory=list)
    """What stands in the inbox and no carrier wrote."""

    lost: list[tuple[str, ...]] = field(default_factory=list)
    believed: list[str] = field(default_factory=list)
    """Roads of which a forged report was taken for true."""

    changed_tables: list[str] = field(default_factory=list)
    leaked: int = 0
    """Megabytes by which the process grew, where that is more than it may."""


class Strangers:
    """So many requests, at a real server over real connections."""

    def __init__(self, world: World, count: int, seed: int) -> None:
        self._world = world
        self._count = count
        self._dice = random.Random(seed)  # noqa: S311 - a drill is played again by its seed
        self._desks = [Desk(road, world.clock()) for road in roads().values()]
        self._messages: dict[str, UUID] = {}
        self._true: dict[tuple[str, str], str] = {}
        self.found = WebhookFindings()

    async def run(self) -> WebhookFindings:
        """Knock so often, and judge what is inside."""
        began = time.monotonic()
        await self._prepare()
        before = await self._counts()
        async with self._serving() as port:
            await self._knock(port, self._from_outside, self._count // 10)
            start = _resident()
            await self._knock(port, self._from_outside, self._count * 6 // 10)
            await self._judge(before)
            await self._knock(port, self._from_carriers, self._count - self._count // 10 - self._count * 6 // 10)
            self.found.grown_megabytes = (_resident() - start) / 1e6
        if self.found.grown_megabytes > _MOST_GROWTH:
            self.found.leaked = round(self.found.grown_megabytes)
        self.found.seconds = time.monotonic() - began
        return self.found

    # -- the house ------------------------------------------------------------------------------

    async def _prepare(self) -> None:
        """A channel on each road, and on each one text that the carrier took."""
        world, open_roads = self._world, {desk.road.name: desk.road for desk in self._desks}
        context = Context(world.context.database, world.context.vault, open_roads, world.context.catalogue)
        world.wiring = replace(world.wiring, context=context)
        async with context.database.transaction() as store:
            [identity] = (await ensure_identities(store, context.vault, world.id, [AMINA], world.clock())).values()
            for name in open_roads:
                channel = await save_channel(store, world.id, name, SENDER, world.clock())
                said = Outgoing(world.id, identity, channel.id, name, Say("neutral"), "en", REPLY)
                [self._messages[name]] = await enqueue(store, [said], world.clock())
        await run(world, "UPDATE outbox SET state = 'accepted', reference = 'ref-' || carrier")

    @asynccontextmanager
    async def _serving(self) -> AsyncIterator[int]:
        """The application behind a real server on a port of its own."""
        config = uvicorn.Config(create_app(self._world.wiring), port=0, log_level="critical", access_log=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        async with asyncio.timeout(_PATIENCE):
            while not server.started:  # noqa: ASYNC110 - it has no event to wait for
                await asyncio.sleep(0.01)
        try:
            yield server.servers[0].sockets[0].getsockname()[1]
        finally:
            server.should_exit = True
            await serving

    async def _counts(self) -> dict[str, int]:
        known = {row[0] for row in await rows(self._world, "SELECT relname FROM pg_class WHERE relkind = 'r'")}
        return {name: await value(self._world, f'SELECT count(*) FROM "{name}"') for name in _COUNTED if name in known}

    # -- at the door ----------------------------------------------------------------------------

    async def _knock(self, port: int, write: Callable[[], tuple[str, bytes]], count: int) -> None:
        left = iter(range(count))

        async def knocker() -> None:
            for _ in left:
                kind, raw = write()
                self.found.requests += 1
                self.found.kinds[kind] += 1
                self._heard(kind, await _asked(port, raw, breaks_off=kind in _BREAKS_OFF))

        await asyncio.gather(*(knocker() for _ in range(KNOCKERS)))

    def _heard(self, kind: str, status: int | None) -> None:
        if status is None:
            self.found.statuses["none"] += 1
            if kind not in _HEARS_NOTHING:
                self.found.unanswered[kind] += 1
        else:
            self.found.statuses[f"{status // 100}xx"] += 1
            if status >= 500:
                self.found.faults_5xx[f"{kind}: {status}"] += 1

    def _from_outside(self) -> tuple[str, bytes]:  # noqa: PLR0911 - one per kind
        """What anybody may send who knows no secret, or has seen true letters pass."""
        dice, desk = self._dice, self._dice.choice(self._desks)
        kind = dice.choice(
            ("true", "replayed", "forged", "changed", "cut short", "oversized", "noisy", "rest", "garbage")
        )
        match kind:
            case "rest":
                return kind, self._at_rest().raw()
            case "garbage":
                return kind, dice.randbytes(dice.randint(1, 2000)) + dice.choice((b"", b"\r\n\r\n"))
            case "true":
                return kind, self._true_letter(desk).raw()
            case "replayed" if self._true:
                (name, reference), text = dice.choice(list(self._true.items())[-500:])
                return kind, next(one for one in self._desks if one.road.name == name).reply(reference, text).raw()
            case "changed" if desk.road.name in _SIGNS_ITS_WORDS:
                return kind, changed(desk.reply(_reference(dice), "word for word"), dice).raw()
            case "cut short":
                return kind, cut_short(self._any_letter(desk), dice).raw()
            case "oversized":
                return kind, oversized(forged(self._any_letter(desk), dice), dice).raw()
            case "noisy":
                return kind, noisy(self._any_letter(desk), dice).raw()
            case _:
                return "forged", forged(self._any_letter(desk), dice).raw()

    def _true_letter(self, desk: Desk) -> Letter:
        reference, text = _reference(self._dice), f"word {self._dice.randint(0, 10**9)}"
        self._true[desk.road.name, reference] = text
        return desk.reply(reference, text)

    def _any_letter(self, desk: Desk) -> Letter:
        """One that would be believed if its proof were true."""
        name = desk.road.name
        if self._dice.random() < 0.3:
            return desk.report(str(self._messages[name]), f"ref-{name}")
        return desk.reply(_reference(self._dice), "forged word")

    def _at_rest(self) -> Letter:
        """A request of REST or a page, with no key or one that is none."""
        dice = self._dice
        keys = (
            {}, {"authorization": f"Bearer {_reference(dice)}"}, {"authorization": "Bearer "},
            {"authorization": "Basic eDp5"}, {"cookie": f"shiftline_session={_reference(dice)}"},
        )  # fmt: skip
        path = dice.choice(_REST) + dice.choice(("", "", "/", "/%2e%2e/x", f"/{_reference(dice)}", "/\u00e4", "//"))
        headers = {
            **dice.choice(keys),
            "content-type": dice.choice(("application/json", "application/yaml", "text/csv")),
        }
        return Letter(path, body=_document(dice), headers=headers, method=dice.choice(("GET", "POST", "PUT", "DELETE")))

    def _from_carriers(self) -> tuple[str, bytes]:
        """Nonsense in a carrier's own hand, and of people who have a key."""
        dice, desk = self._dice, self._dice.choice(self._desks)
        if dice.random() < 0.3:
            key = self._world.keys[dice.choice(list(self._world.keys))]
            letter = self._at_rest()
            return "keyed", replace(letter, headers={**letter.headers, "authorization": f"Bearer {key}"}).raw()
        if dice.random() < 0.5:
            text = "".join(
                chr(dice.choice((0, 10, 34, 37, 38, 60, 0x200F, 0x9BF, 0x1F64F, dice.randint(1, 0xD7FF))))
                for _ in range(60)
            )
            return "odd words", desk.reply(dice.choice((_reference(dice), "", "x" * 5000, "\x00")), text).raw()
        letter = self._any_letter(desk)
        spoilt = bytearray(letter.body or b"x")
        for _ in range(dice.randint(1, 8)):
            at = dice.randrange(len(spoilt))
            spoilt[at : at + dice.randint(0, 9)] = dice.randbytes(dice.randint(0, 4))
            spoilt = spoilt or bytearray(b"x")
        return "garbled", replace(letter, body=bytes(spoilt)).raw()

    # -- inside -------------------------------------------------------------------------------------

    async def _judge(self, before: dict[str, int]) -> None:
        found = self.found
        # By their words, which are each letter's own; a road may keep another reference than the carrier's.
        stored = Counter(tuple(row) for row in await rows(self._world, "SELECT carrier, text FROM inbox"))
        written = Counter((name, text) for (name, _), text in self._true.items())
        found.true_letters = written.total()
        found.not_signed, found.lost = list((stored - written).elements()), list((written - stored).elements())
        told = await rows(
            self._world, "SELECT carrier FROM outbox WHERE state <> 'accepted' AND reference LIKE 'ref-%'"
        )
        found.believed = [row[0] for row in told]
        after = await self._counts()
        found.changed_tables = [name for name, count in after.items() if count != before[name]]


async def _asked(port: int, raw: bytes, *, breaks_off: bool) -> int | None:
    """The status a raw request is answered with; None where the line closes without a word."""
    with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(raw)
                if breaks_off:
                    writer.write_eof()
                first = await reader.readline()
                await reader.read()
                return int(first.split(b" ")[1]) if first.startswith(b"HTTP/1.1 ") else None
            finally:
                writer.close()
    return None


def _reference(dice: random.Random) -> str:
    return f"{dice.getrandbits(80):020x}"


def _document(dice: random.Random) -> bytes:
    documents: tuple[Any, ...] = (
        {}, [], None, 7, {"code": "\u0000"}, {"survey": ["x"] * 50}, [{"code": -1, "zone": "Mars/Base"}], "x",
        {"code": "a", "name": "b", "organiser": {"x": [[[]]]}}, {"role": "operator"},
    )  # fmt: skip
    return dice.choice(
        (json.dumps(dice.choice(documents)).encode(), dice.randbytes(50), b"[" * 5000, b"a: &a [*a]", b"")
    )


def _resident() -> int:
    """How much memory this process holds, in bytes; 0 where the system does not tell."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * 4096 if told.exists() else 0
