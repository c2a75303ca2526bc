"""Two workers on one database with clocks of their own, and web processes that disagree with them, in virtual time."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app.domain.errors import ContentionError
from app.domain.rounds import parse_plan
from app.jobs.engine import answer, hear_phones, sweep
from app.jobs.keeping import keep
from app.jobs.launching import Launch, launch_round
from tests.conftest import SENDER, World
from tests.drills.crowd import INTRO, THANKS, Person
from tests.drills.rehearsal import judge_round, still_open
from tests.drills.stage import questions, survey
from tests.drills.verdict import RoundFindings
from tests.steps import REVIEWED, write

SKEW = timedelta(seconds=90)


@dataclass
class SkewFindings(RoundFindings):
    """What came of a round that two workers played, one of them ahead."""

    must_be_empty = (*RoundFindings.must_be_empty, "early")

    early: list[str] = field(default_factory=list)
    """Texts before the window by more than the one is ahead."""

    earliest: str = ""


class Disagreement:
    """A round over two workers with clocks of their own; the true time is the world's."""

    def __init__(self, world: World, people: int, count: int, seed: int, ahead: timedelta = SKEW) -> None:
        self._world = world
        self._ahead = ahead
        self._asked = questions(count)
        self._dice = random.Random(seed)  # noqa: S311 - a drill is played again by its seed
        self.found = SkewFindings(people=people)
        self.people = {
            number: Person(number, {item.code: self._dice.choice(item.replies) for item in (INTRO, *self._asked)})
            for number in (f"+8801711{at:06}" for at in range(people))
        }
        self._read: Counter[str] = Counter()

    async def run(self) -> SkewFindings:
        """Launched in the evening, asked from the morning on, until all have ended."""
        world = self._world
        world.clock.now = datetime(2026, 11, 2, 15, tzinfo=UTC)  # 21:00 in Dhaka
        await world.roster(*(f"{number},gazipur,en," for number in self.people))
        code = await write(world, survey(self._asked) | {"reviews": REVIEWED})
        plan = {"spread_minutes": 0, "remind_after_hours": 48}
        await launch_round(world.context, world.id, Launch(code, "Two clocks", parse_plan(plan)), world.clock())
        morning = datetime(2026, 11, 3, 2, 57, tzinfo=UTC)
        await self._turns()
        world.clock.now = morning
        for _ in range(60):
            world.clock.forward(seconds=20)
            await self._turns()
            await self._reply()
            if not await still_open(self._world):
                break
        await self._judge()
        return self.found

    async def _turns(self) -> None:
        await asyncio.gather(*(self._turn(self._world.clock() + ahead) for ahead in (timedelta(0), self._ahead)))

    async def _turn(self, now: datetime) -> None:
        try:
            await answer(self._world.context, now)
            await sweep(self._world.context, now)
            await hear_phones(self._world.context, self._world.simulator, now)
        except ContentionError:
            pass  # the next turn does it, as in a worker

    async def _reply(self) -> None:
        """Whoever has something new on the phone answers it, to a web process with either clock."""
        for number, person in self.people.items():
            received = self._world.texts(number)
            for text in received[self._read[number] :]:
                asked = next((item for item in (INTRO, *self._asked, THANKS) if item.words in text), None)
                if asked is None:
                    self.found.strange[text[:60]] += 1
                elif asked.replies and asked.code not in person.answered:
                    person.answered.add(asked.code)
                    await self._type(person, person.answers[asked.code][0])
            self._read[number] = len(received)

    async def _type(self, person: Person, reply: str) -> None:
        person.typed.append(reply)
        now = self._world.clock()
        typed = self._world.simulator.type_text(person.number, SENDER, reply, now)
        await keep(self._world.context, "simulator", [typed], now + self._dice.choice((timedelta(0), self._ahead)))

    async def _judge(self) -> None:
        found, opens = self.found, datetime(2026, 11, 3, 3, tzinfo=UTC)  # 9:00 in Dhaka
        landed = [
            (number, text)
            for number in self.people
            for text in self._world.simulator.handset(number).texts
            if text.direction == "received"
        ]
        found.texts = len(landed)
        counted = Counter((number, text.text) for number, text in landed)
        found.twice = [which for which, times in counted.items() if times > 1]
        moments = sorted(text.at for _, text in landed)
        found.early = [f"{moment:%H:%M:%S}" for moment in moments if moment < opens - self._ahead]
        found.earliest = f"{moments[0]:%H:%M:%S}" if moments else ""
        await judge_round(self._world, found, self.people, self._asked)
