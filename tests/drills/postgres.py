"""PostgreSQL as drills have it: it forces its writes to the disk, and is stopped as a crash stops it."""

import os
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from app.catalogue.places import shipped
from app.store.database import Database, Store
from app.store.embedded import Server, embedded_server
from app.store.migrating import migrate
from tests.drills.network import EVERYBODY, Network, runs_at

_PATIENCE = 120


@dataclass
class Postgres:
    """A server, and a way to look into it that outlives its stops.

    `within` is a command that it is started by, `settings` more options of its own.
    """

    server: Server
    within: Sequence[str] = ()
    settings: str = ""
    _connection: Any = field(default=None, repr=False)

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator["Postgres"]:
        """One on data of its own; a drill about losing nothing forces every commit to the disk, as a real server does."""
        with embedded_server(folder / "postgres") as server:
            running = cls(server)
            try:
                yield running
            finally:
                running.close()

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """What the database holds; asked again while it is away."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                if self._connection is None:
                    plain = self.server.url.replace("postgresql+psycopg", "postgresql")
                    self._connection = psycopg.connect(plain, autocommit=True, connect_timeout=5)
                found = self._connection.execute(sql.encode(), values)
                return found.fetchall() if found.description else []
            except psycopg.OperationalError:
                self.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def close(self) -> None:
        """Look no more."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def move(self, network: Network, host: str) -> str:
        """Have it run on a host of its own; its address there. Its socket still leads to it from everywhere."""
        self.stop("fast")
        with (self.server.data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {EVERYBODY} trust\n")
        self.within = runs_at(network.name(host), self.server.data.stat().st_uid)
        self.settings = f"-c listen_addresses={network.address(host)}"
        self.start()
        return f"postgresql+psycopg://shiftline@{network.address(host)}:5432/shiftline"

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; `immediate` is as a crash does."""
        self._pg_ctl("-m", mode, "stop")

    def start(self) -> None:
        """Start it again, as it was started before."""
        options = (self.server.data / "postmaster.opts").read_text().split(" ", 1)[1].strip().replace('"', "")
        self._pg_ctl("-o", f"{options} {self.settings}", "-l", str(self.server.data.parent / "postgres.log"), "start")

    def _pg_ctl(self, *arguments: str) -> None:
        # It refuses to run as root.
        user = self.server.data.stat().st_uid if os.geteuid() == 0 and not self.within else None
        subprocess.run(
            [*self.within, self.server.programs / "pg_ctl", "-D", self.server.data, "-w", "-t", "60", *arguments],
            check=True, timeout=90, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            user=user, group=user, extra_groups=[] if user is not None else None, cwd="/",
        )  # fmt: skip


@asynccontextmanager
async def prepared(url: str) -> AsyncIterator[tuple[Store, datetime]]:
    """A migrated database, open to have something written into it."""
    database = Database(url, pool=1)
    try:
        await migrate(database, shipped("migrations"))
        async with database.transaction() as store:
            yield store, now()
    finally:
        await database.aclose()


def now() -> datetime:
    """The real time, which drills of real processes run in."""
    return datetime.now(UTC)  # noqa: TID251 - an entry point of its own
