"""One throw-away PostgreSQL for the run, a fresh migrated database for each test that asks, and a small world in it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest

from app.carriers.posting import Poster
from app.carriers.simulator import Simulator
from app.catalogue.catalogue import Catalogue, load_catalogue
from app.catalogue.places import shipped
from app.jobs.context import Context
from app.jobs.keeper import Keeper
from app.jobs.roads import Roads
from app.jobs.rosters import RosterReport, import_roster
from app.jobs.watching import Watch
from app.store.database import Database
from app.store.embedded import Server, embedded_server
from app.store.keys import create_key
from app.store.migrating import migrate
from app.store.programmes import Programme, save_channel, save_programme, save_sites
from app.store.spool import Spool
from app.store.vault import Keyring, Vault
from app.web.wiring import Wiring
from app.worker import missed_rounds, upcoming

MONDAY = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)  # 10:00 in Dhaka
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
_ROOM = 3 * 2**30  # bytes: every worker's server, with its write-ahead log


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate", action="store_true", help="write the golden dialogues anew")


@pytest.fixture
def regenerate(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--regenerate"))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server of this worker's own, gone when the run ends."""
    # Not pytest's own folder: it is closed to others, and under root PostgreSQL runs as somebody else.
    with (
        TemporaryDirectory(prefix="shiftline-test-", dir=_roomy_memory(), ignore_cleanup_errors=True) as folder,
        embedded_server(Path(folder), _FAST) as running,
    ):
        yield running


def _roomy_memory() -> str | None:
    """Where files are kept in memory, if there is room: a database a test is 15 times cheaper there than on a disk."""
    memory = Path("/dev/shm")  # noqa: S108 - what is made in it has a random name and is closed to others
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= _ROOM
    return str(memory) if roomy else None


def _address(server: Server, name: str) -> str:
    return server.url.replace("/shiftline?", f"/{name}?")


Admin = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(scope="session")
def serving(server: Server) -> Iterator[Admin]:
    """Who makes and drops databases, on one connection for the run."""
    plain = server.url.replace("postgresql+psycopg", "postgresql").replace("/shiftline?", "/postgres?")
    with psycopg.connect(plain, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def template(server: Server, serving: Admin) -> str:
    """A migrated database that tests copy instead of migrating anew."""
    serving.execute("CREATE DATABASE template_shiftline")
    asyncio.run(_migrated(_address(server, "template_shiftline")))
    return "template_shiftline"


async def _migrated(address: str) -> None:
    database = Database(address, pool=1)
    await migrate(database, shipped("migrations"))
    await database.aclose()


@pytest.fixture
def empty_url(server: Server, serving: Admin) -> Iterator[str]:
    """The address of a database nobody migrated."""
    name = f"t{uuid4().hex}"
    serving.execute(f"CREATE DATABASE {name}".encode())
    yield _address(server, name)
    serving.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def database_url(server: Server, serving: Admin, template: str) -> Iterator[str]:
    """The address of a migrated database of this test's own."""
    name = f"t{uuid4().hex}"
    serving.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
    yield _address(server, name)
    serving.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, pool=5)
    yield opened
    await opened.aclose()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault(Keyring({1: bytes(range(32))}, bytes(range(32, 64))))


@dataclass
class Clock:
    """Time that stands until a test moves it."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


SENDER = "+15005550006"
OTHER_SENDER = "+15005550007"

# A cast with names, so that a failing test reads as a story. Amina and Bilal work in Gazipur, Wanjiru in Nairobi.
AMINA, BILAL, CHAMPA, WANJIRU = "+8801711000001", "+8801711000002", "+8801711000003", "+254712000001"
STRANGER = "+8801799999999"

SITES = [
    {
        "code": "gazipur", "name": "Gazipur Garments", "supplier": "Alpha", "country": "BD", "place": "Gazipur",
        "zone": "Asia/Dhaka", "latitude": 23.99, "longitude": 90.42, "headcount": 1200,
    },
    {
        "code": "nairobi", "name": "Nairobi Flowers", "supplier": "Beta", "country": "KE", "place": "Nairobi",
        "zone": "Africa/Nairobi", "latitude": -1.29, "longitude": 36.82, "headcount": 300,
    },
]  # fmt: skip


@dataclass
class World:
    """A wired Shiftline with one programme, two sites and a few workers on simulated phones."""

    wiring: Wiring
    clock: Clock
    simulator: Simulator
    programme: Programme
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def context(self) -> Context:
        return self.wiring.context

    @property
    def id(self) -> UUID:
        return self.programme.id

    def texts(self, number: str) -> list[str]:
        """What a phone received, oldest first."""
        return [text.text for text in self.simulator.handset(number).texts if text.direction == "received"]

    async def roster(self, *rows: str) -> RosterReport:
        """Import rows of phone,site,language,gender."""
        report = RosterReport()
        async for report in import_roster(  # noqa: B007 - the last one counts
            self.context, self.id, lines("phone,site,language,gender", *rows), self.clock()
        ):
            pass
        return report


async def lines(*rows: str) -> AsyncIterator[bytes]:
    for row in rows:
        yield f"{row}\n".encode()


@asynccontextmanager
async def make_wiring(
    database: Database, vault: Vault, catalogue: Catalogue
) -> AsyncIterator[tuple[Wiring, Clock, Simulator]]:
    """Shiftline over a database, on simulated phones; nobody is in it yet."""
    clock = Clock()
    simulator = Simulator(clock)
    roads = Roads({"simulator": simulator}, "http://testserver")
    roads.known = True  # there is no account in its database yet
    context = Context(database, vault, roads, catalogue)
    with TemporaryDirectory(prefix="shiftline-spool-") as folder:
        keeper = Keeper(context, Spool(Path(folder), vault, 1_000_000))
        poster = Poster(private=True)
        watch = Watch(context, keeper, poster, "both", "host", missed_rounds, clock())
        wiring = Wiring(
            context,
            keeper,
            clock,
            upcoming,
            1_000_000,
            50_000_000,
            secure_cookies=False,
            watch=watch,
            simulator=simulator,
        )
        yield wiring, clock, simulator
        await keeper.aclose()
        await poster.aclose()


@asynccontextmanager
async def make_world(database: Database, vault: Vault, catalogue: Catalogue) -> AsyncIterator[World]:
    async with make_wiring(database, vault, catalogue) as (wiring, clock, simulator):
        async with database.transaction() as store:
            programme = await save_programme(store, "alpha", "Alpha programme", "Open Line", 10, clock())
            await save_channel(store, programme.id, "simulator", SENDER, clock())
            await save_sites(store, programme.id, SITES, clock())
            keys = {
                "operator": await create_key(store, "operator", "test", clock()),
                "ngo": await create_key(store, "ngo", "test", clock(), programme=programme.id),
            }
        yield World(wiring, clock, simulator, programme, keys)


@pytest.fixture
async def world(database: Database, vault: Vault, catalogue: Catalogue) -> AsyncIterator[World]:
    async with make_world(database, vault, catalogue) as made:
        yield made


@pytest.fixture(scope="session")
def zone() -> ZoneInfo:
    return ZoneInfo("Asia/Dhaka")


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parent.parent
