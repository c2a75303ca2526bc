"""The disk under the spool is full while PostgreSQL is away: what cannot be kept is not acknowledged, and comes again.

A real web process, a small file system of its own for the spool, and a carrier that repeats what was not acknowledged.
"""

import asyncio
import itertools
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from app.store.programmes import save_channel, save_programme
from app.store.vault import new_key
from tests.carriers.fake_twilio import ACCOUNT, TOKEN
from tests.drills.postgres import Postgres, prepared
from tests.drills.processes import Process
from tests.drills.vendors import PUBLIC, SENDER, signed_by_twilio
from tests.drills.verdict import Findings
from tests.peers.kannel import free_port, wait_until

_SIZE = 400_000
_BALLAST = 300_000
_AT_ONCE = 8
_PATIENCE = 120


class NoFileSystemError(Exception):
    """No file system can be mounted here; its message says why."""


@dataclass
class DiskFindings(Findings):
    """What came of it."""

    must_be_empty = ("lost", "stored_twice", "not_taken", "out_of_order", "left_over", "never_full", "never_again")

    statuses: Counter[int] = field(default_factory=Counter)
    spooled: int = 0
    refused: int = 0
    repeated: int = 0

    lost: list[str] = field(default_factory=list)
    """Acknowledged, and not in the inbox."""

    stored_twice: list[str] = field(default_factory=list)
    not_taken: list[str] = field(default_factory=list)
    """In the inbox, though the carrier was never told so."""

    out_of_order: list[str] = field(default_factory=list)
    """Phones whose replies stand in another order than they were acknowledged."""

    left_over: list[str] = field(default_factory=list)
    """Files in the spool at the end: something in them could not be read."""

    never_full: bool = False
    never_again: bool = False
    """After room was made still nothing was kept."""


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A file system of so many bytes; NoFileSystemError where none can be mounted."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "shiftline-drill", folder], capture_output=True, check=False
    )  # fmt: skip
    if mounted.returncode != 0:
        raise NoFileSystemError(mounted.stderr.decode(errors="replace").strip() or "mount failed")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=False)


class FullDisk:
    """One drill in a folder of its own."""

    def __init__(self, folder: Path, replies: int, seed: int) -> None:
        self._folder = folder
        self._replies = replies
        self._dice = random.Random(seed)  # noqa: S311 - a drill is played again by its seed
        self._numbers = itertools.count()
        self._taken: list[tuple[str, str]] = []
        self._refused: list[tuple[str, str]] = []
        self.found = DiskFindings()

    def run(self) -> DiskFindings:
        """Away, full, room again, killed, back."""
        began = time.monotonic()
        with ExitStack() as stack:
            spool = stack.enter_context(small_disk(self._folder / "disk", _SIZE))
            postgres = stack.enter_context(Postgres.running(self._folder))
            asyncio.run(_prepare(postgres.server.url))
            self._web = Process("web", "web", self._environment(postgres.server.url, spool), self._folder)
            stack.callback(self._web.kill)
            self._start()
            self._send(20)
            postgres.stop()
            ballast = spool / "ballast"
            ballast.write_bytes(b"x" * _BALLAST)
            self._until_full()
            ballast.unlink()
            self._again()
            self._send(self._replies)
            self._web.kill()  # in the midst of nothing: what it acknowledged is on the disk
            postgres.start()
            self._start()
            self._send(20)
            self._judge(postgres, spool)
        self.found.seconds = time.monotonic() - began
        return self.found

    def _environment(self, url: str, spool: Path) -> dict[str, str]:
        self._port = free_port()
        return {
            "DATABASE_URL": url, "SHIFTLINE_VAULT_KEYS": f"1:{new_key()}", "SHIFTLINE_VAULT_INDEX_KEY": new_key(),
            "SHIFTLINE_VAR": str(self._folder), "SHIFTLINE_SPOOL": str(spool / "spool"), "SHIFTLINE_PORT": str(self._port),
            "SHIFTLINE_PUBLIC_URL": PUBLIC, "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN,
        }  # fmt: skip

    def _start(self) -> None:
        self._web.start()
        wait_until(self._serves, "the web to serve", _PATIENCE)

    def _serves(self) -> bool:
        with suppress(httpx2.HTTPError):
            return httpx2.get(f"http://127.0.0.1:{self._port}/health", timeout=5, trust_env=False).is_success
        return False

    # -- the carrier ------------------------------------------------------------------------------

    def _until_full(self) -> None:
        """Replies until the disk takes none for a while; texts of all lengths, so that it fills to the brim."""
        while self.found.statuses[503] < 5 * _AT_ONCE and next(self._numbers) < 10_000:
            self._send(_AT_ONCE)
        self.found.never_full = not self._refused

    def _again(self) -> None:
        """The carrier repeats what was not acknowledged, now that there is room."""
        waiting, self._refused = self._refused, []
        self.found.refused, self.found.repeated = len(waiting), len(waiting)
        asyncio.run(self._post(waiting))
        self.found.never_again = bool(self._refused)

    def _send(self, count: int) -> None:
        asyncio.run(self._post([(f"SM{next(self._numbers):032x}", self._text()) for _ in range(count)]))

    def _text(self) -> str:
        return "x" * self._dice.choice((1, 40, 160, 1500))

    async def _post(self, replies: list[tuple[str, str]]) -> None:
        left = iter(replies)
        async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:

            async def phone(at: int) -> None:
                number = f"+8801711{at:06}"
                for reference, text in left:
                    form = {"MessageSid": reference, "From": number, "To": SENDER, "Body": text}
                    asked = signed_by_twilio("/carriers/twilio/inbound", form)
                    url = f"http://127.0.0.1:{self._port}{asked.path}"
                    status = (await http.post(url, content=asked.body, headers=dict(asked.headers))).status_code
                    self.found.statuses[status] += 1
                    if status == 200:
                        self._taken.append((number, reference))
                    else:
                        self._refused.append((reference, text))

            await asyncio.gather(*(phone(at) for at in range(_AT_ONCE)))

    # -- judging ------------------------------------------------------------------------------------

    def _judge(self, postgres: Postgres, spool: Path) -> None:
        found, taken = self.found, [reference for _, reference in self._taken]
        wait_until(
            lambda: len(postgres.rows("SELECT 1 FROM inbox")) >= len(taken), "the spool to be replayed", _PATIENCE
        )
        kept = [row[0] for row in postgres.rows("SELECT reference FROM inbox ORDER BY arrived_no")]
        counted = Counter(kept)
        found.spooled = len(taken) - 40
        found.lost = sorted(set(taken) - counted.keys())
        found.stored_twice = [reference for reference, times in counted.items() if times > 1]
        found.not_taken = sorted(counted.keys() - set(taken))
        place = {reference: at for at, reference in enumerate(kept)}
        for number in {number for number, _ in self._taken}:
            places = [place.get(reference, -1) for phone, reference in self._taken if phone == number]
            if places != sorted(places):
                found.out_of_order.append(number)
        found.left_over = [path.name for path in (spool / "spool").iterdir() if path.suffix in {".damaged", ".refused"}]


async def _prepare(url: str) -> None:
    async with prepared(url) as (store, now):
        programme = await save_programme(store, "drill", "Drill", "Open Line", 10, now)
        await save_channel(store, programme.id, "twilio", SENDER, now)
