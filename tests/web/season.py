"""A season of a programme, from an empty database on, over the interface an NGO has: two rounds, what was done between, needs."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.catalogue.catalogue import Catalogue
from app.domain.referral import Actor, ReferralState
from app.jobs.helping import answer_referral
from app.jobs.keeping import keep
from app.jobs.loop import publish_loop
from app.store.database import Database
from app.store.keys import create_key
from app.store.programmes import programme_by_code
from app.store.vault import Vault
from tests.conftest import SENDER, World, make_wiring
from tests.steps import REVIEWED, client, rows, service, settle
from tests.web.test_accounts import QUICK

Of = Callable[[str, int], Any]
"""What a person of a site types: by the site's code, and the person's place among its people."""
PEOPLE = 16
PLACES: Sequence[dict[str, Any]] = [
    {"code": "gazipur", "name": "Gazipur Garments", "supplier": "Alpha", "country": "BD", "place": "Gazipur",
     "zone": "Asia/Dhaka", "latitude": 23.99, "longitude": 90.42, "headcount": 1200},
    {"code": "savar", "name": "Savar Knitting", "supplier": "Alpha", "country": "BD", "place": "Savar",
     "zone": "Asia/Dhaka", "latitude": 23.85, "longitude": 90.27, "headcount": 700},
    {"code": "nairobi", "name": "Nairobi Flowers", "supplier": "Beta", "country": "KE", "place": "Nairobi",
     "zone": "Africa/Nairobi", "latitude": -1.29, "longitude": 36.82, "headcount": 300},
    {"code": "lahore", "name": "Lahore Leather", "supplier": "Gamma", "country": "PK", "place": "Lahore",
     "zone": "Asia/Karachi", "latitude": 31.55, "longitude": 74.34, "headcount": 450},
    {"code": "hanoi", "name": "Hanoi Footwear", "supplier": "Delta", "country": "VN", "place": "Hanoi",
     "zone": "Asia/Ho_Chi_Minh", "latitude": 21.03, "longitude": 105.85, "headcount": 900},
]  # fmt: skip
OWN = ("gazipur", "savar", "nairobi")
"""Where the brand buys."""
NUMBERS = {
    "gazipur": "+88017110001",
    "savar": "+88017110002",
    "nairobi": "+2547120001",
    "lahore": "+9230012301",
    "hanoi": "+849012301",
}
BOTH = {"en": REVIEWED["en"], "fr": REVIEWED["en"]}
SURVEY: dict[str, Any] = {
    "survey": "season", "title": "Work and well-being", "languages": ["en", "fr"], "reviews": BOTH,
    "purpose": {"en": "your work", "fr": "votre travail"}, "partial_after": "safe",
    "questions": [
        {"code": "safe", "kind": "scale", "min": 1, "max": 5,
         "text": {"en": "How safe is your work, from 1 to 5?", "fr": "Votre travail est-il sûr, de 1 à 5 ?"}},
        {"code": "heard", "kind": "single",
         "text": {"en": "When you raise a problem, does anybody listen?", "fr": "Vous écoute-t-on quand vous signalez un problème ?"},
         "options": [
             {"code": 1, "value": "always", "score": 100, "text": {"en": "always", "fr": "toujours"}},
             {"code": 2, "value": "sometimes", "score": 50, "text": {"en": "sometimes", "fr": "parfois"}},
             {"code": 3, "value": "never", "score": 0, "text": {"en": "never", "fr": "jamais"}},
         ]},
        {"code": "fed", "kind": "yes-no", "score": {"yes": 100, "no": 0},
         "text": {"en": "Had you enough to eat last week?", "fr": "Avez-vous mangé à votre faim la semaine dernière ?"}},
    ],
    "indicators": [
        {"code": "safety", "domain": "safety", "of": ["safe"], "scoring": "mean"},
        {"code": "voice", "domain": "voice", "of": ["heard"], "scoring": "mean"},
        {"code": "food", "domain": "food", "of": ["fed"], "scoring": "mean"},
    ],
    "needs": [
        {"category": "food", "urgency": "urgent", "sensitivity": "standard", "when": {"question": "fed", "is": ["no"]}},
        {"category": "contract", "urgency": "normal", "sensitivity": "standard", "when": {"question": "heard", "is": [3]}},
    ],
}  # fmt: skip
GUARDS = {"en": "The cutting tables have guards now.", "fr": "Les tables de coupe ont maintenant des protections."}


@dataclass
class Season:
    """What stands when the brand's people come: the rounds, the oldest first."""

    world: World
    rounds: list[UUID] = field(default_factory=list[UUID])

    async def call(self, method: str, path: str, key: str = "ngo", **sent: Any) -> Any:
        """A request that must succeed; what it answered."""
        async with client(self.world, key) as http:
            answer = await http.request(method, path, **sent)
        assert answer.status_code < 400, (path, answer.text)
        return answer.json() if answer.content else None

    async def texts(self, sites: Sequence[str], words: Of, people: Iterable[int] = range(PEOPLE)) -> None:
        """Everybody of these sites types a text, and all that follows; `words` tells which, by site and person."""
        world = self.world
        for site in sites:
            for at in people:
                if said := words(site, at):
                    typed = world.simulator.type_text(number(site, at), SENDER, said, world.clock())
                    await keep(world.context, "simulator", [typed], world.clock())
        await settle(world)

    async def ask(self, name: str, safe: Of, people: int = PEOPLE - 2) -> UUID:
        """Ask a round, which so many of each site answer."""
        created = UUID((await self.call("POST", "/v1/rounds", json={
            "survey": "season", "name": name, "plan": {"spread_minutes": 0, "lasts_days": 6, "remind_after_hours": 24},
        }))["id"])  # fmt: skip
        await settle(self.world)
        self.rounds.append(created)
        await self.answered(list(NUMBERS), safe, people)
        return created

    async def answered(self, sites: Sequence[str], safe: Of, people: int, first: int = 0) -> None:
        """What people of each site answer, from one of them on."""
        there = range(first, people)
        await self.texts(sites, lambda _site, _at: "1", there)
        await self.texts(sites, lambda site, at: str(safe(site, at)), there)
        # In Gazipur nobody listens and most go hungry: needs of enough people to be told of.
        hard = {"gazipur": 12}
        await self.texts(sites, lambda site, at: "3" if at < hard.get(site, 0) else str(at % 3 + 1), there)
        await self.texts(sites, lambda site, at: "no" if at < hard.get(site, 4) else "yes", there)

    async def over(self, created: UUID) -> None:
        """The round's end, and its figures."""
        self.world.clock.forward(days=8)
        await settle(self.world)
        await self.call("POST", f"/v1/rounds/{created}/publish")


def number(site: str, at: int) -> str:
    """A worker's number."""
    return f"{NUMBERS[site]}{at:02d}"


@asynccontextmanager
async def season(database: Database, vault: Vault, catalogue: Catalogue) -> AsyncIterator[Season]:
    """From the first key of an empty database to the second round, which is over."""
    async with make_wiring(database, vault, catalogue) as (wiring, clock, simulator):
        clock.now = datetime(2026, 8, 31, 5, 0, tzinfo=UTC)
        async with database.transaction() as store:
            keys = {"operator": await create_key(store, "operator", "first", clock())}
        made = Season(World(replace(wiring, passwords=QUICK), clock, simulator, None, keys))  # type: ignore[arg-type]
        await _set_up(made)
        first = await made.ask("Autumn", lambda _site, at: 3 + at % 3)
        await _helped(made)
        await made.over(first)
        action = await _done(made, first)
        await publish_loop(made.world.context, made.world.id, clock.forward(days=8))
        second = await made.ask("Winter", lambda site, at: 1 + at % 2 if site == "gazipur" else 3 + at % 3)
        await made.call("PATCH", f"/v1/actions/{action}", json={"measured_by": str(second)})
        await made.over(second)
        clock.forward(days=130)  # the quarter of the first needs is settled
        await settle(made.world)
        await publish_loop(made.world.context, made.world.id, clock.forward(minutes=1))
        yield made


async def _set_up(made: Season) -> None:
    world = made.world
    where = {"code": "line", "name": "The open line", "organiser": "Open Line"}
    await made.call("POST", "/v1/programmes", "operator", json=where)
    await made.call("POST", "/v1/programmes/line/channels", "operator", json={"carrier": "simulator", "sender": SENDER})
    key = {"role": "ngo", "label": "Programme lead", "programme": "line", "grade": "admin"}
    world.keys["ngo"] = (await made.call("POST", "/v1/operator/keys", "operator", json=key))["key"]
    async with world.context.database.transaction() as store:
        world.programme = await programme_by_code(store, "line")
    await made.call("PUT", "/v1/sites", json=list(PLACES))
    people = [f"{number(site, at)},{site},{'fr' if at % 5 == 4 else 'en'},{'female' if at % 3 else 'male'}" for site in NUMBERS for at in range(PEOPLE)]  # fmt: skip
    sheet = "\n".join(["phone,site,language,gender", *people])
    await made.call("POST", "/v1/workers", content=sheet, headers={"Content-Type": "text/csv"})
    await made.call("POST", "/v1/surveys", json=SURVEY)
    await made.call("POST", "/v1/surveys/season/publish")
    await made.call("PUT", "/v1/brands/north", json={"name": "Northwind", "sites": list(OWN)})
    await made.call("POST", "/v1/registry", json=[service("Food bank", "food")])


async def _done(made: Season, first: UUID) -> UUID:
    """What was found is mended, and everybody told; two phones are off."""
    action = {
        "round": str(first), "said": "Four in ten feel unsafe at the cutting tables", "indicator": "safety",
        "sites": ["gazipur", "savar"], "owner": "Rina, safety committee", "due_on": "2026-10-01", "state": "done",
        "texts": GUARDS, "reviews": BOTH,
    }  # fmt: skip
    key = (await made.call("POST", "/v1/actions", json=action))["id"]
    await made.call("POST", f"/v1/actions/{key}/tell", json={})
    await settle(made.world)
    # Whose phone is off is told nothing: the simulator's phones are always on.
    async with made.world.context.database.transaction() as store:
        await store.run(
            "DELETE FROM telling WHERE worker_id IN (SELECT worker_id FROM (SELECT worker_id, row_number() OVER"
            " (PARTITION BY site_id ORDER BY worker_id) AS at FROM telling) AS numbered WHERE at <= 2)"
        )
    return key


async def _helped(made: Season) -> None:
    """Those who went hungry in Gazipur say yes to the food bank, which helps, and most say so."""
    world = made.world
    await made.texts(["gazipur"], lambda _site, at: "yes" if at < 12 else "")
    for state in (ReferralState.ACCEPTED, ReferralState.COMPLETED):
        world.clock.forward(hours=3)
        for referral, organization in await rows(
            world, "SELECT referral.id, organization_id FROM referral JOIN service ON service.id = service_id"
        ):  # fmt: skip
            await answer_referral(world.context, world.id, referral, state, Actor.PROVIDER, world.clock(), organization)
        await settle(world)
    world.clock.forward(days=3)
    await settle(world)
    await made.texts(["gazipur"], lambda _site, at: "yes" if at < 11 else "")
