"""Clocks that change, in virtual time: weeks pass in seconds.

Zones put their clocks forward and back, also at midnight and by half an hour; a leap day comes; a government changes
its rules between a launch and the texts.
"""

import asyncio
import zoneinfo
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from app.domain.rounds import RoundPlan, parse_plan
from app.jobs.engine import hear_phones, settle_simulator
from app.jobs.launching import Launch, fire_schedule, launch_round, schedule_round, schedules
from app.store.programmes import save_sites
from app.worker import trigger
from tests.conftest import World
from tests.drills.crowd import INTRO
from tests.drills.stage import questions, survey
from tests.drills.verdict import Findings
from tests.steps import REVIEWED, rows, value, write

_LEAST, _MOST = timedelta(minutes=1), timedelta(hours=12)
_DAY = timedelta(days=1)

# Whoever is asked is given up before the next day, so that its round finds everybody free; a reminder would come at night.
_DAILY = {"spread_minutes": 60, "remind_after_hours": 20, "expire_after_hours": 22, "lasts_days": 1}


@dataclass
class ClockFindings(Findings):
    """What came of weeks around a change of clocks."""

    must_be_empty = ("at_night", "not_asked", "asked_twice", "wrong_rounds")

    days: int = 0
    texts: int = 0
    at_night: list[str] = field(default_factory=list)
    """Texts outside the round's window or within quiet hours, by the clock on the worker's wall."""

    not_asked: list[str] = field(default_factory=list)
    asked_twice: list[str] = field(default_factory=list)
    wrong_rounds: list[str] = field(default_factory=list)
    """Local dates without a round, or with two."""


def changes_of(zone: str, year: int) -> list[date]:
    """The local dates of a year on which a zone's clocks change."""
    days = [datetime(year, 1, 1, 12, tzinfo=ZoneInfo(zone)) + at * _DAY for at in range(366)]
    return [day.date() for before, day in pairwise(days) if before.utcoffset() != day.utcoffset()]


async def live_through(world: World, country: str, zone: str, recurrence: str, first: date, days: int) -> ClockFindings:
    """A daily poll in a zone, from noon of a day on; every tick is heard by two workers."""
    found = ClockFindings(days=days)
    begins = datetime.combine(first, datetime.min.time(), ZoneInfo(zone)).replace(hour=12).astimezone(UTC)
    world.clock.now = begins
    code, numbers = await _staff(world, country, zone, 3)
    plan = parse_plan(_DAILY)
    await schedule_round(world.context, world.id, code, code, recurrence, zone, plan, begins)
    [schedule] = [item for item in await schedules(world.context) if item.name == code]
    ticking = trigger(recurrence, ZoneInfo(zone))
    last, ends = begins, begins + days * _DAY
    while world.clock() < ends:
        tick = ticking.get_next_fire_time(last, last)
        world.clock.now = min(filter(None, (tick, await _next_event(world))))
        if tick is not None and tick <= world.clock():
            last, local = tick, tick.astimezone(ZoneInfo(zone)).date()
            await asyncio.gather(*(fire_schedule(world.context, schedule, local, tick) for _ in range(2)))
        await _settle(world)
    dates = [
        row[0] for row in await rows(world, "SELECT local_date FROM round WHERE schedule_id = :id", id=schedule.id)
    ]
    local_end = ends.astimezone(ZoneInfo(zone)).date()
    _judge_rounds(found, dates, [first + at * _DAY for at in range(1, (local_end - first).days)])
    _judge_texts(world, found, numbers, country, zone, plan)
    return found


async def _staff(world: World, country: str, zone: str, people: int) -> tuple[str, list[str]]:
    """A site in this zone with people of its own, and a survey of one question; their numbers."""
    code = zone.lower().replace("/", "-").replace("_", "-")
    site = {"code": code, "name": code, "country": country, "zone": zone}
    first = 10 * await value(world, "SELECT count(*) FROM site")
    async with world.context.database.transaction() as store:
        await save_sites(store, world.id, [site], world.clock())
    numbers = [f"+88017110{first + at:05}" for at in range(people)]
    await world.roster(*(f"{number},{code},en," for number in numbers))
    await write(world, survey(questions(1)) | {"survey": code, "reviews": REVIEWED})
    return code, numbers


async def _next_event(world: World) -> datetime:
    """When something waits to be done."""
    waiting = await value(
        world,
        "SELECT least((SELECT min(opens_at) FROM round WHERE state = 'planned'),"
        " (SELECT min(planned_at) FROM invitation WHERE NOT begun AND closed_at IS NULL),"
        " (SELECT min(due_at) FROM outbox WHERE state = 'queued'),"
        " (SELECT min(least(remind_at, expires_at)) FROM conversation WHERE open),"
        " (SELECT min(closes_at) FROM round WHERE state = 'open'))",
    )
    now = world.clock()
    return max(now + _LEAST, min(waiting or now + _MOST, now + _MOST))


async def _settle(world: World) -> None:
    await settle_simulator(world.context, world.simulator, world.clock())
    await hear_phones(world.context, world.simulator, world.clock())


def _judge_rounds(found: ClockFindings, made: Sequence[date], expected: Sequence[date]) -> None:
    counted = Counter(made)
    found.wrong_rounds += [f"{day}: {counted[day]}" for day in expected if counted[day] != 1]


def _judge_texts(
    world: World, found: ClockFindings, numbers: Sequence[str], country: str, zone: str, plan: RoundPlan
) -> None:
    """Everybody was asked once on each whole day, and texted at decent hours alone."""
    quiet = world.context.catalogue.quiet_hours(country)
    for number in numbers:
        asked = Counter[date]()
        for text in world.simulator.handset(number).texts:
            local = text.at.astimezone(ZoneInfo(zone))
            found.texts += 1
            asked[local.date()] += INTRO.words in text.text
            # A reminder keeps the quiet hours, not the round's window.
            if quiet.cover(local) or (INTRO.words in text.text and not plan.window.cover(local)):
                found.at_night.append(f"{zone} {local:%d %b %H:%M}")
        whole = sorted(asked)[1:-1]
        days = [whole[0] + at * _DAY for at in range((whole[-1] - whole[0]).days + 1)] if whole else []
        found.not_asked += [f"{zone} {day}" for day in days if not asked[day]] + ([] if days else [zone])
        found.asked_twice += [f"{zone} {day}" for day in days if asked[day] > 1]


# -- rules that change ----------------------------------------------------------------------------


@contextmanager
def zone_like(zone: str, other: str) -> Iterator[Path]:
    """A zone of our own with the rules of another; its file, to be overwritten when its government decides so."""
    with TemporaryDirectory(prefix="shiftline-zones-") as folder:
        path = Path(folder, zone)
        path.parent.mkdir(parents=True)
        path.write_bytes(_rules(other))
        zoneinfo.reset_tzpath([folder])
        try:
            yield path
        finally:
            zoneinfo.reset_tzpath()
            ZoneInfo.clear_cache(only_keys=[zone])


def _rules(zone: str) -> bytes:
    area, _, place = zone.partition("/")
    return files("tzdata").joinpath("zoneinfo", area, place).read_bytes()


async def change_rules(world: World, before: str, after: str) -> ClockFindings:
    """A round is launched on the evening before under one rule, and its texts leave under another."""
    zone, found = "Drill/Moved", ClockFindings(days=2)
    with zone_like(zone, before) as path:
        world.clock.now = datetime(2026, 11, 2, 14, tzinfo=UTC)
        code, numbers = await _staff(world, "BD", zone, 3)
        plan = parse_plan({"spread_minutes": 0})
        await launch_round(world.context, world.id, Launch(code, "Moved", plan), world.clock())
        await _settle(world)
        path.write_bytes(_rules(after))
        ZoneInfo.clear_cache(only_keys=[zone])  # as a process does that starts with the new tables
        ends = world.clock() + 2 * _DAY
        while world.clock() < ends:
            world.clock.now = min(ends, await _next_event(world))
            await _settle(world)
        quiet = world.context.catalogue.quiet_hours("BD")
        for number in numbers:
            told = [text.at.astimezone(ZoneInfo(zone)) for text in world.simulator.handset(number).texts]
            found.texts += len(told)
            found.at_night += [f"{local:%d %b %H:%M}" for local in told if quiet.cover(local)]
            found.not_asked += [] if told else [number]
    return found
