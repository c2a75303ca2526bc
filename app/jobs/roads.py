"""The roads this process has open: those of its settings, and the accounts in the database, changed without a restart."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import structlog

from app.carriers.protocol import Carrier
from app.carriers.roads import open_road
from app.domain.errors import DomainError, InvalidError
from app.domain.routing import Breaker
from app.store.database import Database
from app.store.roads import Road, last_change, load_roads, recall_roads, remember_roads
from app.store.vault import Vault

log = structlog.get_logger()

_LONGEST_BATCH_SECONDS = 1200.0
_EVERY_SECONDS = 5.0
"""How often a process looks whether an account was changed."""


class Roads(Mapping[str, Carrier]):
    """Name → carrier. Those given at the start stay; the database's come, change and go with `refresh`.

    Args:
        fixed: what this process was started with; no account of the database takes such a name.
        public_url: where vendors reach us, without the path.
        frozen: never look at the database: a rehearsal reaches nobody.
        memory: the file in which this host remembers the database's accounts, sealed, for when it starts without it.
    """

    def __init__(
        self, fixed: Mapping[str, Carrier], public_url: str, *, frozen: bool = False, memory: Path | None = None
    ) -> None:
        self._fixed = dict(fixed)
        self.frozen: bool = frozen
        self.known: bool = frozen
        """Whether the accounts were read, from the database or this host's memory: else a name may yet be one."""
        self._memory = memory
        self._public_url = public_url
        self._kept: dict[str, tuple[int, Carrier]] = {}
        self.retired: frozenset[str] = frozenset()
        """Accounts over which no text leaves any more, from any process."""
        self._seen = -1
        self._left: list[tuple[float, Carrier]] = []
        self._breakers: dict[str, Breaker] = {}
        self._refreshing: asyncio.Task[None] | None = None

    def __getitem__(self, name: str) -> Carrier:
        return self._fixed[name] if name in self._fixed else self._kept[name][1]

    def __iter__(self) -> Iterator[str]:
        yield from self._fixed
        yield from (name for name in self._kept if name not in self._fixed)

    def __len__(self) -> int:
        return len({*self._fixed, *self._kept})

    def is_fixed(self, name: str) -> bool:
        """Whether the road came with this process's settings."""
        return name in self._fixed

    async def refresh(self, database: Database, vault: Vault) -> None:
        """Open what is new or was changed, let go of what was retired; does next to nothing where nothing changed."""
        if self.frozen:
            return
        async with database.transaction() as store:
            seen = await last_change(store)
            found = await load_roads(store, vault) if seen != self._seen else None
        # Whoever still spoke over an old one when it was replaced has had longer than any batch takes.
        now = asyncio.get_running_loop().time()
        for carrier in [carrier for since, carrier in self._left if now - since > _LONGEST_BATCH_SECONDS]:
            await carrier.aclose()
        self._left = [(since, carrier) for since, carrier in self._left if now - since <= _LONGEST_BATCH_SECONDS]
        if found is None:
            return
        self._take_all(found)
        self._seen = seen
        if self._memory is not None:
            await asyncio.to_thread(self._remember, self._memory, vault, found)

    def recall(self, vault: Vault) -> None:
        """Open what this host remembers, with the database away; the next `refresh` puts it right."""
        found = recall_roads(self._memory, vault) if self._memory is not None and not self.frozen else None
        if found is not None:
            self._take_all(found)

    def _remember(self, memory: Path, vault: Vault, found: Sequence[Road]) -> None:
        try:
            remember_roads(memory, vault, found)
        except OSError as problem:  # a full disk: this process knows them all the same
            log.warning("roads-not-remembered", kind=type(problem).__name__)

    def _take_all(self, found: Sequence[Road]) -> None:
        self.known = True
        current = {road.name: road for road in found if road.retired_at is None}
        self.retired = frozenset(road.name for road in found) - current.keys() - self._fixed.keys()
        for name in [name for name in self._kept if name not in current]:
            self._leave(name)
        for road in current.values():
            self._take(road)

    def _take(self, road: Road) -> None:
        known = self._kept.get(road.name)
        if known is not None and known[0] == road.revision:
            return
        if road.secrets is None:
            log.error("road-sealed", road=road.name)
            return
        try:
            carrier = open_road(road.kind, road.name, {**road.settings, **road.secrets}, self._public_url)
        except InvalidError as problem:
            log.error("road-unfit", road=road.name, code=problem.code)
            return
        self._leave(road.name)
        self._kept[road.name] = (road.revision, carrier)

    def _leave(self, name: str) -> None:
        known = self._kept.pop(name, None)
        if known is not None:
            self._left.append((asyncio.get_running_loop().time(), known[1]))
        self._breakers.pop(name, None)

    def down(self, now: datetime) -> frozenset[str]:
        """The roads that rest, because they refused too often."""
        return frozenset(name for name, breaker in self._breakers.items() if not breaker.is_open(now))

    def heard(self, name: str, *, refused: int, taken: int, now: datetime) -> None:
        """What a road did with a batch: how many texts it refused for its own sake, and how many it took."""
        before = self._breakers.get(name, Breaker())
        after = before.after(refused=refused, taken=taken, now=now)
        if after.closed_until != before.closed_until and after.closed_until is not None:
            log.warning("road-rests", road=name, until=after.closed_until.isoformat())
        self._breakers[name] = after

    def start_refreshing(self, database: Database, vault: Vault) -> None:
        """Look for changes from now on, until `stop_refreshing`."""
        self._refreshing = asyncio.create_task(self._keep_fresh(database, vault))

    async def stop_refreshing(self) -> None:
        """Let the database alone."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait({self._refreshing})

    async def _keep_fresh(self, database: Database, vault: Vault) -> None:
        """With the database away, what is open stays open."""
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            try:
                await self.refresh(database, vault)
            except DomainError as problem:
                log.warning("roads-not-refreshed", code=problem.code)
            except Exception as problem:  # noqa: BLE001 - the look goes on; the kind alone is safe to log
                log.error("roads-not-refreshed", kind=type(problem).__name__)

    async def aclose(self) -> None:
        """Close every road."""
        for carrier in [*self.values(), *(carrier for _, carrier in self._left)]:
            await carrier.aclose()
