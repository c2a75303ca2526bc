"""Our own processes, as `shiftline web` and `shiftline work` start them: killed with -9, and started anew.

They are forked from a process that has read the program and its words already: two cores that spent their time on reading
them after each kill would have none left for the round.
"""

import importlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.drills.network import enter

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.drills.preloaded"])
_PATIENCE = 10


def _become(entry: str, command: str, environment: Mapping[str, str], log: str, network: str) -> None:
    """In the new process: be `shiftline COMMAND`, by the entry point of a module, on the host of a network's name."""
    if network:
        enter(network)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.environ.update(environment)
    sys.argv = ["shiftline", command]
    importlib.import_module(entry).main()


@dataclass
class Process:
    """One process of ours, by the command and the settings it is started with."""

    name: str
    command: str
    environment: Mapping[str, str]
    folder: Path
    entry: str = "app.cli"
    network: str = ""
    started: float = 0.0
    kills: int = 0
    ended_itself: int = 0
    _running: ForkServerProcess | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def alive(self) -> bool:
        return self._running is not None and self._running.is_alive()

    def start(self) -> None:
        # What measures the tests' coverage shall not slow down these.
        measured = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("COVERAGE_")}
        try:
            arguments = (self.entry, self.command, dict(self.environment), str(self.log), self.network)
            self._running = FORKS.Process(target=_become, args=arguments, daemon=True)
            self.started = time.time()  # noqa: TID251 - held against the claims in the database
            self._running.start()
        finally:
            os.environ.update(measured)

    def kill(self) -> None:
        """Ends it with -9, by its id; nothing where it does not run."""
        if self._running is not None and self._running.pid is not None and self._running.is_alive():
            os.kill(self._running.pid, signal.SIGKILL)
            self._running.join(_PATIENCE)
        self._running = None

    def keep_alive(self) -> None:
        """Starts it where it ended by itself, as whoever runs services does."""
        if not self.alive:
            self.ended_itself += 1
            self.start()
