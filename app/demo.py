"""The demo: a week of a poll in seven countries, played in under a minute and a half. Time is simulated, not slept."""

import heapq
import json
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.carriers.people import Crowd
from app.carriers.protocol import InboundText, OutboundText, Outcome
from app.carriers.simulator import Simulator
from app.catalogue.catalogue import load_catalogue
from app.catalogue.places import DATA
from app.domain.errors import TransitionError
from app.domain.referral import Actor, ReferralState
from app.domain.rounds import parse_plan
from app.domain.survey import Survey
from app.jobs.context import Context
from app.jobs.dashboards import dashboard
from app.jobs.engine import answer, hear_phones, sweep
from app.jobs.helping import answer_referral
from app.jobs.keeping import keep
from app.jobs.launching import Launch, launch_round
from app.jobs.publishing import publish_round
from app.jobs.registry import import_records, read_upload
from app.jobs.rosters import RosterReport, import_roster
from app.jobs.writing import load_bundled
from app.store.keys import FOCAL_POINT, Caller, create_key
from app.store.outbox import outbox_counts, spoken
from app.store.programmes import (
    Programme,
    list_sites,
    save_brand,
    save_channel,
    save_programme,
    save_sites,
)
from app.store.referrals import list_referrals
from app.store.surveys import load_surveys

SEED = 2026
PROGRAMME = "demo"
SENDER = "+15005550006"
_LASTS = timedelta(days=8)
_STEP = timedelta(minutes=12)
_LULL = timedelta(hours=1)
_TURNS_A_TICK = 6
_DEMO = DATA / "demo"


class DemoPhones(Simulator):
    """The simulator, remembering what it delivered since it was last asked."""

    def __init__(self, clock: "DemoClock", crowd: Crowd) -> None:
        super().__init__(clock, dead=crowd.is_dead)
        self.fresh: list[OutboundText] = []

    async def send(self, batch: Sequence[OutboundText]) -> "dict[str, Outcome]":
        """Deliver, and remember."""
        self.fresh += batch
        return dict(await super().send(batch))


@dataclass(slots=True)
class DemoClock:
    """Simulated time; the real one once the week is over."""

    now: datetime
    real: bool = False

    def __call__(self) -> datetime:
        """The moment it is."""
        return datetime.now(UTC) if self.real else self.now  # noqa: TID251 - an entry point


@dataclass(frozen=True, slots=True)
class Stage:
    """What the demo set up."""

    programme: Programme
    round: UUID
    people: int
    keys: dict[str, str]


@dataclass(order=True, slots=True)
class _Due:
    at: datetime
    order: int
    number: str = field(compare=False)
    text: str = field(compare=False)


def roster() -> Iterator[str]:
    """The demo's roster as lines of CSV: every site's workers, with numbers nobody was given by us."""
    yield "phone,site,language,gender,age_band,employment"
    chance = random.Random(SEED)  # noqa: S311 - a play, not a secret
    for site in json.loads((_DEMO / "sites.json").read_text(encoding="utf-8")):
        for index in range(site["workers"]):
            language = site["languages"][0] if chance.random() < 0.9 else site["languages"][-1]  # noqa: PLR2004
            gender = "female" if chance.random() < site["women"] else "male"
            age = chance.choices(["18-24", "25-34", "35-44", "45+"], [30, 40, 20, 10])[0]
            employment = chance.choices(["permanent", "contract"], [70, 30])[0]
            yield f"{site['numbers']}{index:03d},{site['code']},{language},{gender},{age},{employment}"


async def _chunks(lines: Iterator[str]) -> AsyncIterator[bytes]:
    for line in lines:
        yield f"{line}\n".encode()


async def set_up(context: Context, now: datetime) -> Stage:
    """Load surveys, sites, roster and registry, make a key for every role, and launch the round."""
    sites: list[dict[str, Any]] = json.loads((_DEMO / "sites.json").read_text(encoding="utf-8"))
    registry = read_upload((DATA / "registry_demo.json").read_bytes())
    organizations = [id_ for kind, id_ in registry.records if kind == "organization"]
    async with context.database.transaction() as store:
        programme = await save_programme(store, PROGRAMME, "Demo programme", "Open Line", 10, now)
        await save_channel(store, programme.id, "simulator", SENDER, now)
        columns = ("code", "name", "supplier", "country", "place", "zone", "latitude", "longitude", "headcount")
        await save_sites(store, programme.id, [{name: site[name] for name in columns} for site in sites], now)
        half = [site["code"] for site in sites[: len(sites) // 2]]
        brand = await save_brand(store, programme.id, "north", "Northwind (demo brand)", half, now)
    await import_records(context, programme.id, "demo", registry, now)
    async with context.database.transaction() as store:
        keys = {
            "operator": await create_key(store, "operator", "demo", now),
            "ngo": await create_key(store, "ngo", "demo", now, programme=programme.id),
            "focal point": await create_key(
                store, "ngo", "demo", now, programme=programme.id, scopes=[FOCAL_POINT]
            ),
            "brand": await create_key(store, "brand", "demo", now, programme=programme.id, brand=brand),
            "provider": await create_key(
                store, "provider", "demo", now,
                programme=programme.id, organization=UUID(organizations[0]),
            ),
        }  # fmt: skip
    await load_bundled(context, programme.id, now)
    report = RosterReport()
    async for report in import_roster(  # noqa: B007 - the last one counts
        context, programme.id, _chunks(roster()), now
    ):
        pass
    round_id = await launch_round(context, programme.id, _launch(now), now)
    return Stage(programme, round_id, report.added, keys)


def _launch(now: datetime) -> Launch:
    plan = parse_plan({"spread_minutes": 90, "remind_after_hours": 24, "expire_after_hours": 72, "lasts_days": 6})
    accepted = {"by": "demo", "reason": "virtual workers only: nobody reads these draft wordings"}
    return Launch("factory-pulse", "Factory pulse, demo week", plan, None, now, SEED, accepted)


class Week:
    """Plays the week: texts go out, virtual workers answer in their own time, services take referrals."""

    def __init__(self, context: Context, stage: Stage, phones: DemoPhones, crowd: Crowd, clock: DemoClock) -> None:
        self._context = context
        self._stage = stage
        self._phones = phones
        self._crowd = crowd
        self._clock = clock
        self._due: list[_Due] = []
        self._order = 0
        self._surveys: dict[UUID, Survey] = {}
        self._looked = clock.now
        self.sent = 0
        self.replies = 0

    async def play(self, progress: Progress) -> None:
        """Until the week is over."""
        start = self._clock.now
        bar = progress.add_task("The week", total=_LASTS / timedelta(hours=1), sent=0, replies=0)
        while self._clock.now < start + _LASTS:
            await self._tick()
            self._clock.now = self._next()
            hours = (self._clock.now - start) / timedelta(hours=1)
            progress.update(
                bar, completed=min(hours, _LASTS / timedelta(hours=1)), sent=self.sent, replies=self.replies
            )

    async def _tick(self) -> None:
        now = self._clock.now
        typed: list[InboundText] = []
        while self._due and self._due[0].at <= now:
            due = heapq.heappop(self._due)
            typed.append(self._phones.type_text(due.number, SENDER, due.text, now))
        if typed:
            await keep(self._context, self._phones.name, typed, now)
        self.replies += len(typed)
        await sweep(self._context, now)
        for _ in range(_TURNS_A_TICK):
            done = await answer(self._context, now)
            await hear_phones(self._context, self._phones, now)
            await self._listen()
            if not done.busy:
                break
        await self._services(now)

    def _next(self) -> datetime:
        """The next moment worth a look: soon while replies are due, an hour on while all are silent."""
        soonest = self._due[0].at if self._due else self._clock.now + _LULL
        return min(max(soonest, self._clock.now + _STEP), self._clock.now + _LULL)

    async def _listen(self) -> None:
        """Each virtual worker reads what arrived and decides what to type, and when."""
        fresh, self._phones.fresh = self._phones.fresh, []
        self.sent += len(fresh)
        if not fresh:
            return
        async with self._context.database.transaction() as store:
            said = {item.message: item for item in await spoken(store, [UUID(text.message) for text in fresh])}
            wanted = {item.survey for item in said.values() if item.survey} - self._surveys.keys()
            self._surveys |= await load_surveys(store, wanted)
        for text in fresh:
            item = said[UUID(text.message)]
            survey = self._surveys.get(item.survey) if item.survey else None
            for typed in self._crowd.respond(
                text.to,
                item.language,
                survey,
                item.say.key,
                item.say.question,
                occasion=item.say.fields.get("service", ""),
            ):
                self._order += 1
                heapq.heappush(self._due, _Due(self._clock.now + typed.delay, self._order, text.to, typed.text))

    async def _services(self, now: datetime) -> None:
        """Services answer within hours, and finish within a day or two; one in eight declines."""
        if now < self._looked + _LULL:
            return
        self._looked = now
        async with self._context.database.transaction() as store:
            rows = await list_referrals(store, self._stage.programme.id, now, limit=1000)
        for row in rows:
            answer = _service_answer(row, now)
            if answer is not None:
                try:
                    await answer_referral(
                        self._context, self._stage.programme.id, row["id"], answer, Actor.PROVIDER, now
                    )
                except TransitionError:  # pragma: no cover - a worker's reply came between the look and the step
                    continue


def _service_answer(row: Any, now: datetime) -> ReferralState | None:
    lot = row["id"].int % 8
    waited = now - row["updated_at"]
    if row["state"] == "requested" and waited >= timedelta(hours=2 + lot):
        # A reopened referral is taken again; only a first request may be declined.
        return ReferralState.REJECTED if lot == 0 and row["helped"] is None else ReferralState.ACCEPTED
    if row["state"] == "accepted" and waited >= timedelta(hours=12 + 3 * lot):
        return ReferralState.COMPLETED
    return None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The closing summary."""

    stage: Stage
    dashboard: dict[str, Any]
    texts: dict[str, int]
    replies: int
    sites: int
    countries: int


async def play(context: Context, phones: DemoPhones, crowd: Crowd, clock: DemoClock, progress: Progress) -> Outcomes:
    """Set up and play the whole demo."""
    setting = progress.add_task("Surveys, sites, roster, registry", total=1, sent=0, replies=0)
    stage = await set_up(context, clock.now)
    progress.update(setting, completed=1)
    week = Week(context, stage, phones, crowd, clock)
    await week.play(progress)
    await publish_round(context, stage.programme.id, stage.round, clock.now)
    caller = Caller(stage.round, "ngo", "demo", stage.programme.id)
    async with context.database.transaction() as store:
        texts = await outbox_counts(store, stage.programme.id)
        sites = await list_sites(store, stage.programme.id)
    shown = await dashboard(context, caller, stage.round)
    countries = len({site["country"] for site in sites})
    return Outcomes(stage, shown, texts, week.replies, len(sites), countries)


def crowd_of() -> Crowd:
    """The demo's virtual workers."""
    return Crowd(SEED, load_catalogue().lexicons)


def progress_bars() -> Progress:
    """The bars a person watches."""
    return Progress(
        TextColumn("[bold]{task.description:<32}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[sent]:>6} texts  {task.fields[replies]:>6} replies"),
        TimeElapsedColumn(),
    )


def beginning(now: datetime) -> datetime:
    """When the simulated week starts: on a morning in Asia, so long ago that it ends before `now`."""
    return (now - _LASTS - timedelta(days=1)).replace(hour=3, minute=0, second=0, microsecond=0)


def data_folder(var: Path) -> Path:
    """Where the demo keeps its own database, made afresh at every run."""
    return var / "demo"
