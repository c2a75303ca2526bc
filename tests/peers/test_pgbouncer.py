"""Two workers behind a real PgBouncer in transaction mode, which gives each transaction another connection."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from app.catalogue.catalogue import Catalogue
from app.jobs.context import Context
from app.store.database import Database
from app.store.vault import Vault
from app.worker import work
from tests.conftest import make_world
from tests.steps import Obedient, rows, text

PGBOUNCER = shutil.which("pgbouncer")
PATIENCE = 60

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(PGBOUNCER is None, reason="!! pgbouncer IS NOT HERE: `apt-get install pgbouncer` brings it"),
]

SETTINGS = """
[databases]
{name} = host={server} dbname={name} user=shiftline
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = 6543
auth_type = any
pool_mode = transaction
default_pool_size = 3
"""


@pytest.fixture
def pooler(database_url: str) -> Iterator[str]:
    """The address of a migrated database behind the pooler, which holds three connections to it."""
    address, _, server = database_url.partition("?host=")
    with TemporaryDirectory(prefix="shiftline-pgbouncer-") as folder:
        Path(folder).chmod(0o755)
        settings = Path(folder, "pgbouncer.ini")
        settings.write_text(SETTINGS.format(name=address.rpartition("/")[2], server=server, folder=folder))
        user = None
        if os.geteuid() == 0:  # it refuses to run as root
            user = 65534
            os.chown(folder, user, -1)
        with subprocess.Popen([str(PGBOUNCER), "-q", settings], user=user) as running:
            try:
                _wait_for(Path(folder, ".s.PGSQL.6543"))
                yield f"{address}?host={folder}&port=6543"
            finally:
                running.terminate()


def _wait_for(socket: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while not socket.exists():
        assert time.monotonic() < ends, "the pooler did not start"
        time.sleep(0.05)


@pytest.fixture
async def pooled(pooler: str) -> AsyncIterator[Database]:
    opened = Database(pooler, pool=8, pooled=True)
    yield opened
    await opened.aclose()


async def test_two_workers_answer_every_reply_once_behind_a_pooler_of_transactions(
    pooled: Database, vault: Vault, catalogue: Catalogue
) -> None:
    carrier, stop, done = Obedient(), asyncio.Event(), asyncio.Event()
    obey, numbers = carrier.answer, [f"+88017118888{at:02}" for at in range(60)]

    def counted(outgoing: object) -> object:
        if len(carrier.handed) >= len(numbers):
            done.set()
        return obey(outgoing)  # type: ignore[arg-type]

    carrier.answer = counted  # type: ignore[assignment]
    async with make_world(pooled, vault, catalogue) as world:
        context = Context(pooled, vault, {"simulator": carrier}, catalogue)
        workers = [asyncio.create_task(work(context, world.clock, stop, pause=0.1)) for _ in range(2)]
        try:
            for number in numbers:
                await text(world, number, "hello")
            async with asyncio.timeout(PATIENCE):
                await done.wait()
        finally:
            stop.set()
            await asyncio.gather(*workers)
        assert sorted(item.to for item in carrier.handed) == numbers
        assert await rows(world, "SELECT DISTINCT state FROM outbox") == [("accepted",)]
        assert await rows(world, "SELECT current_setting('jit'), current_setting('TimeZone')") == [("off", "UTC")]
