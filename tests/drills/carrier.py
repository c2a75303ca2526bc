"""A round over a vendor on a bad day, and the verdict, which reads the vendor's own ledger.

Hand-overs are slow, refused, and fail or hang over texts that were taken; callbacks are lost, doubled, out of order and
earlier than the answer they belong to, and so are people's replies. Time is virtual: it leaps when all is still.
"""

import asyncio
import random
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import httpx2

from app.domain.errors import ContentionError
from app.domain.rounds import parse_plan
from app.jobs.context import Context
from app.jobs.engine import answer, sweep
from app.jobs.launching import Launch, launch_round
from app.jobs.reconciling import look_up
from app.store.fates import UNDECIDED
from app.store.programmes import save_channel
from app.web.app import create_app
from tests.conftest import World
from tests.drills.crowd import INTRO, THANKS, Person, Question
from tests.drills.kill import code_of
from tests.drills.rehearsal import judge_round, numbers_of, still_open
from tests.drills.stage import questions, survey
from tests.drills.vendors import SENDER, Landed, Vendor, Webhook
from tests.drills.verdict import RoundFindings
from tests.steps import REVIEWED, client, rows, value, write

DROPPED, DOUBLED, EARLY = 0.15, 0.2, 0.3
"""How likely a callback never comes, comes twice, and comes at once: before the answer to the hand-over."""

_LONGEST_CALLBACK = 0.08
_WEBHOOK_TRIES = 5
_LEAST_LEAP, _FIRST_LEAP, _LONGEST_LEAP = timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=6)
_MOST_LEAPS = 400
# Nobody is reminded and nobody given up while operators decide what the vendor did.
_PLAN = {"spread_minutes": 0, "remind_after_hours": 300, "expire_after_hours": 600, "lasts_days": 50}


@dataclass
class CarrierFindings(RoundFindings):
    """What came of it."""

    must_be_empty = (*RoundFindings.must_be_empty, "unlisted", "refused")

    vendor: str = ""
    webhooks: int = 0
    dropped: int = 0
    states: Counter[str] = field(default_factory=Counter)
    unlisted: int = 0
    """Texts of unknown fate that the operator's list did not show."""

    refused: int = 0
    """Webhooks of the vendor's that were not acknowledged, however often it came again."""


class Street:
    """The people behind a vendor: each answers every question once, and the vendor tells of it in its own way."""

    def __init__(
        self,
        world: World,
        vendor: Vendor,
        people: int,
        asked: list[Question],
        dice: random.Random,
        found: CarrierFindings,
    ) -> None:
        self._vendor = vendor
        self._dice = dice
        self._found = found
        self._seen = 0
        self._questions = [INTRO, *asked, THANKS]
        self._calls: set[asyncio.Task[None]] = set()
        transport = httpx2.ASGITransport(app=create_app(world.wiring), raise_app_exceptions=False)
        self._http = httpx2.AsyncClient(transport=transport, base_url="http://10.0.0.7:8000")
        self.people = {
            number: Person(number, {item.code: dice.choice(item.replies) for item in [INTRO, *asked]})
            for number in (f"+8801711{at:06}" for at in range(people))
        }
        self.has: set[tuple[str, str]] = set()
        """Which texts of the round are on which phones."""

    @property
    def quiet(self) -> bool:
        """Whether nothing is on its way from the vendor to us."""
        return not self._calls and self._seen == len(self._vendor.ledger)

    async def watch(self) -> None:
        """Look at what lands, for as long as the drill lasts."""
        while True:
            first, self._seen = self._seen, len(self._vendor.ledger)
            for text in self._vendor.landed(first):
                self._got(text)
            await asyncio.sleep(0.002)

    def _got(self, text: Landed) -> None:
        asked, person = self._asked(text.text), self.people.get(text.number)
        if asked is None or person is None:
            self._found.strange[text.text[:60]] += 1
            return
        if (text.number, asked.code) in self.has:
            self._found.twice.append((text.number, text.text))
        self.has.add((text.number, asked.code))
        for webhook in self._vendor.reports(text):
            self._tell(webhook, may_be_lost=True)
        if asked.replies and asked.code not in person.answered:
            person.answered.add(asked.code)
            reply = person.answers[asked.code][0]
            person.typed.append(reply)
            self._tell(self._vendor.replied(text, reply), may_be_lost=self._vendor.tells_of_replies)

    def _asked(self, text: str) -> Question | None:
        return next((item for item in self._questions if item.words in text), None)

    # -- the vendor's callbacks ---------------------------------------------------------------

    def _tell(self, webhook: Webhook, *, may_be_lost: bool) -> None:
        if may_be_lost and self._dice.random() < DROPPED:
            self._found.dropped += 1
            return
        for _ in range(2 if self._dice.random() < DOUBLED else 1):
            # Each after a while of its own: they change places.
            after = 0.0 if self._dice.random() < EARLY else self._dice.uniform(0, _LONGEST_CALLBACK)
            call = asyncio.create_task(self._call(webhook, after))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

    async def _call(self, webhook: Webhook, after: float) -> None:
        for _ in range(_WEBHOOK_TRIES):
            await asyncio.sleep(after)
            answered = await self._http.post(webhook.path, content=webhook.body, headers=webhook.headers)
            self._found.webhooks += 1
            if answered.is_success:
                return
        self._found.refused += 1

    async def aclose(self) -> None:
        """Hang up."""
        for call in self._calls:
            call.cancel()
        await self._http.aclose()


class CarrierDrill:
    """One round over one vendor, sent and read by two workers at once."""

    def __init__(self, world: World, vendor: Vendor, people: int, count: int, seed: int) -> None:
        dice = random.Random(seed)  # noqa: S311 - a drill is played again by its seed
        self._world = world
        self._vendor = vendor
        self._asked = questions(count)
        self._road = vendor.carrier()
        context = world.context
        world.wiring = replace(
            world.wiring,
            context=Context(context.database, context.vault, {self._road.name: self._road}, context.catalogue),
        )
        self.found = CarrierFindings(people=people, vendor=self._road.name)
        self._operator = client(world, "operator")
        self.street = Street(world, vendor, people, self._asked, dice, self.found)

    async def run(self) -> CarrierFindings:
        """Play the round to its end and judge it."""
        began = time.monotonic()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._road.aclose)
            stack.push_async_callback(self.street.aclose)
            stack.push_async_callback(self._operator.aclose)
            await self._launch()
            watching = asyncio.create_task(self.street.watch())
            stack.callback(watching.cancel)
            await self._play()
            await self._judge()
        self.found.seconds = time.monotonic() - began
        return self.found

    async def _launch(self) -> None:
        world = self._world
        async with world.context.database.transaction() as store:
            await save_channel(store, world.id, self._road.name, SENDER, world.clock())
        await world.roster(*(f"{number},gazipur,en," for number in self.street.people))
        code = await write(world, survey(self._asked) | {"reviews": REVIEWED})
        await launch_round(world.context, world.id, Launch(code, "Drill", parse_plan(_PLAN)), world.clock())

    async def _play(self) -> None:
        leap = _FIRST_LEAP
        for _ in range(_MOST_LEAPS):
            if await self._until_still() or await self._decide():
                leap = _FIRST_LEAP
            elif not await still_open(self._world) and not await self._still_leaving():
                return
            self._world.clock.now = await self._next_moment(leap)
            leap = min(leap * 2, _LONGEST_LEAP)

    async def _still_leaving(self) -> bool:
        """Whether a text, such as the last thanks, still waits for its turn or for its fate."""
        waiting = "SELECT EXISTS (SELECT FROM outbox WHERE state IN ('queued', 'sending', 'unknown'))"
        return await value(self._world, waiting)

    async def _next_moment(self, leap: timedelta) -> datetime:
        """When a text is due, a person may decide, or the vendor is asked again."""
        due = await value(self._world, "SELECT min(due_at) FROM outbox WHERE state = 'queued'")
        unknown = await value(self._world, "SELECT min(sent_at) FROM outbox WHERE state = 'unknown'")
        now = self._world.clock()
        moments = [due, unknown and unknown + UNDECIDED, now + leap if self._road.capabilities.looks_up else None]
        return max(now + _LEAST_LEAP, min(filter(None, moments), default=now + leap))

    async def _until_still(self) -> bool:
        """Work until nothing moves at this hour; whether anything did."""
        moved = False
        while True:
            # On a busy machine a commit may take so long that a webhook was spooled.
            worked = bool(await self._world.wiring.keeper.replay())
            worked = any(await asyncio.gather(self._turn(), self._turn())) or worked
            moved = moved or worked
            if not worked and self.street.quiet:
                return moved
            await asyncio.sleep(0.002)

    async def _turn(self) -> bool:
        context, now = self._world.context, self._world.clock()
        try:
            done = await answer(context, now)
            await sweep(context, now)
            await look_up(context, now)
        except ContentionError:
            return True
        return done.busy

    # -- the operator's hour ------------------------------------------------------------------

    async def _decide(self) -> int:
        """What no look-up will settle any more is looked up in the vendor's ledger by a person; how many were."""
        decided = 0
        listed = {item["id"]: item for item in (await self._operator.get("/v1/operator/unknown")).json()}
        unknown = await rows(self._world, "SELECT id, identity_id, say FROM outbox WHERE state = 'unknown'")
        self.found.unlisted += sum(str(row[0]) not in listed for row in unknown)
        numbers = await numbers_of(self._world)
        for message, identity, say in unknown:
            if not listed.get(str(message), {}).get("decide"):
                continue
            word = "sent" if (numbers[identity], code_of(say)) in self.street.has else "again"
            answered = await self._operator.post(f"/v1/operator/unknown/{message}/{word}")
            assert answered.is_success or answered.status_code == 409, answered.text
            self.found.unknown += 1
            self.found.found_sent += word == "sent"
            self.found.sent_again += word == "again"
            decided += answered.is_success
        return decided

    # -- judging ------------------------------------------------------------------------------

    async def _judge(self) -> None:
        self.found.texts = len(self.street.has)
        await judge_round(self._world, self.found, self.street.people, self._asked)
        states = await rows(self._world, "SELECT state FROM outbox")
        self.found.states = Counter(row[0] for row in states)
