"""What the characters of the stories do: ask, answer, send, import a registry; and a carrier that does as it is told."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx2

from app.carriers.protocol import Accepted, OutboundText, Outcome
from app.carriers.simulator import Simulator
from app.domain.referral import Actor, ReferralState
from app.domain.registry import parse_registry
from app.domain.rounds import parse_plan
from app.jobs.engine import hear_phones, settle_simulator
from app.jobs.helping import answer_referral
from app.jobs.keeping import keep
from app.jobs.launching import Launch, launch_round
from app.jobs.writing import keep_draft, publish
from app.store.registry import save_registry
from app.web.app import create_app
from tests.conftest import SENDER, Clock, World

REVIEWED = {"en": {"status": "reviewed", "by": "A tester", "on": "2026-11-01"}}

PULSE: dict[str, Any] = {
    "survey": "pulse",
    "title": "Pulse",
    "languages": ["en"],
    "reviews": REVIEWED,
    "purpose": {"en": "your work"},
    "partial_after": "safe",
    "questions": [
        {"code": "safe", "kind": "scale", "min": 1, "max": 5, "text": {"en": "How safe is your work?"}},
        {"code": "fed", "kind": "yes-no", "score": {"yes": 100, "no": 0}, "text": {"en": "Had you enough to eat?"}},
        {"code": "touched", "kind": "yes-no", "score": {"yes": 0, "no": 100}, "text": {"en": "Were you threatened?"}},
    ],
    "indicators": [
        {"code": "safety", "domain": "safety", "of": ["safe"], "scoring": "mean"},
        {"code": "food", "domain": "food", "of": ["fed"], "scoring": "mean"},
    ],
    "needs": [
        {"category": "food", "urgency": "urgent", "sensitivity": "standard", "when": {"question": "fed", "is": ["no"]}},
        {
            "category": "harassment",
            "urgency": "emergency",
            "sensitivity": "high",
            "when": {"question": "touched", "is": ["yes"]},
        },
    ],
}
"""Three questions nobody needs to take on their name: the wording is reviewed."""


async def write(world: World, document: Mapping[str, Any] = PULSE) -> str:
    """Keep and publish a survey; its code."""
    kept = await keep_draft(world.context, world.id, document, world.clock())
    await publish(world.context, world.id, kept.survey.code, world.clock())
    return kept.survey.code


async def ask(world: World, survey: str = "pulse", **plan: Any) -> UUID:
    """Launch a round that texts all at once, if it may, and let it open."""
    launch = Launch(survey, f"Round {uuid4()}", parse_plan({"spread_minutes": 0, **plan}))
    created = await launch_round(world.context, world.id, launch, world.clock())
    await settle(world)
    return created


async def settle(world: World) -> None:
    """Turn the engine until the phones are quiet."""
    await settle_simulator(world.context, world.simulator, world.clock())
    await hear_phones(world.context, world.simulator, world.clock())


async def text(world: World, number: str, words: str, to: str = SENDER) -> None:
    """A text typed on a phone and kept, nothing more."""
    await keep(world.context, "simulator", [world.simulator.type_text(number, to, words, world.clock())], world.clock())


async def say(world: World, number: str, *words: str) -> list[str]:
    """Texts typed on a phone, each with all that follows; what the phone received in all."""
    for one in words:
        await text(world, number, one)
        await settle(world)
    return world.texts(number)


async def say_all(world: World, people: Mapping[str, Sequence[str]]) -> None:
    """Texts typed on many phones, each with all that follows; all type their first, then all their second, and so on."""
    for at in range(max(map(len, people.values()), default=0)):
        now = world.clock()
        typed = [
            world.simulator.type_text(number, SENDER, words[at], now)
            for number, words in people.items()
            if at < len(words)
        ]
        await keep(world.context, "simulator", typed, now)
        await settle(world)


async def rows(world: World, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """What the database holds."""
    async with world.context.database.transaction() as store:
        return [tuple(row) for row in await store.rows(sql, **values)]


async def value(world: World, sql: str, **values: Any) -> Any:
    """The first column of the first row."""
    async with world.context.database.transaction() as store:
        return await store.value(sql, **values)


async def run(world: World, sql: str, **values: Any) -> int:
    """Change the database behind the program's back."""
    async with world.context.database.transaction() as store:
        return await store.run(sql, **values)


def service(name: str, *categories: str, capacity: int | None = None, city: str = "Gazipur") -> dict[str, Any]:
    """An organization with one service in Bangladesh, as HSDS."""
    place = {"latitude": 23.99, "longitude": 90.42} if city == "Gazipur" else {"latitude": 22.36, "longitude": 91.78}
    return {
        "id": str(uuid4()),
        "name": f"{name} house",
        "description": "Help",
        "services": [
            {
                "id": str(uuid4()),
                "name": name,
                "alternate_name": name,
                "status": "active",
                "languages": [{"id": str(uuid4()), "code": "en"}],
                "attributes": [
                    {"id": str(uuid4()), "taxonomy_term": {"id": str(uuid4()), "code": code, "name": code}}
                    for code in categories
                ],
                **({} if capacity is None else {"capacities": [{"id": str(uuid4()), "available": capacity}]}),
                "service_at_locations": [
                    {
                        "id": str(uuid4()),
                        "location": {
                            "id": str(uuid4()),
                            "location_type": "physical",
                            "name": city,
                            "addresses": [{"id": str(uuid4()), "country": "BD", "city": city}],
                            **place,
                        },
                    }
                ],
            }
        ],
    }


async def register(world: World, *organizations: dict[str, Any]) -> None:
    """Import organizations into the programme's registry."""
    registry, faults = parse_registry(list(organizations))
    assert not [fault for fault in faults if fault.severity == "error"]
    async with world.context.database.transaction() as store:
        await save_registry(store, world.id, registry, world.clock())


async def the_referral(world: World) -> tuple[UUID, UUID]:
    """The newest referral and the organization it is with."""
    (found,) = await rows(
        world,
        "SELECT referral.id, organization_id FROM referral JOIN service ON service.id = service_id"
        " ORDER BY referral.created_at DESC, referral.id DESC LIMIT 1",
    )
    return found[0], found[1]


async def step(world: World, to: str, actor: Actor = Actor.PROVIDER) -> None:
    """A step of the newest referral, and what follows."""
    referral, organization = await the_referral(world)
    given = organization if actor is Actor.PROVIDER else None
    await answer_referral(world.context, world.id, referral, ReferralState(to), actor, world.clock(), given)
    world.clock.forward(seconds=1)
    await settle(world)


class Obedient(Simulator):
    """A carrier that answers each text as it is told, and remembers what it was handed."""

    def __init__(self, answer: Callable[[OutboundText], Outcome] | None = None) -> None:
        super().__init__(Clock())
        self.handed: list[OutboundText] = []
        self.answer = answer or (lambda text: Accepted(f"ref-{text.message}"))

    async def send(self, batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        self.handed += batch
        return {text.message: self.answer(text) for text in batch}


def client(world: World, key: str | None = "ngo") -> httpx2.AsyncClient:
    """The REST interface as the holder of one of the world's keys, or (None) as nobody."""
    headers = {"Authorization": f"Bearer {world.keys[key]}"} if key else {}
    transport = httpx2.ASGITransport(app=create_app(world.wiring), raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)


async def score_site(world: World, created: UUID, site: str, people: int, mean: float) -> None:
    """Give a site people whose safety is spread by 10 around a mean, behind the program's back."""
    await run(
        world,
        "INSERT INTO score_rollup (programme_id, round_id, indicator, site_id, n, total, squares)"
        " SELECT :programme, :round, 'safety', id, CAST(:n AS int), :n * CAST(:mean AS numeric),"
        " :n * (CAST(:mean AS numeric) * :mean + 100) FROM site WHERE code = :code AND programme_id = :programme",
        programme=world.id, round=created, n=people, mean=mean, code=site,
    )  # fmt: skip
