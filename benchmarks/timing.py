"""Two loops in turn, so that whatever else the machine does meets both: what each does in a second, and what it costs."""

import cProfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from app.main import log_to

OURS, BARE = "ours", "bare"
PAIRS, PAIR_SECONDS = 9, 1.5
"""Ours and a bare server in turn, often and briefly: a machine's fast and slow phases last for seconds."""


class Stopwatch:
    """Times runs of ours and of the bare loop, and profiles ours where a file is given."""

    def __init__(self, profile: Path | None = None) -> None:
        self._rates: dict[str, list[float]] = defaultdict(list)
        self._costs: dict[str, list[float]] = defaultdict(list)
        self._profile = profile
        self._profiler = cProfile.Profile()

    async def run(self, kind: str, work: Callable[[], Awaitable[int]]) -> None:
        """Time one run; `work` tells how many it did."""
        profiled = self._profile is not None and kind == OURS
        began, used = time.perf_counter(), time.process_time()
        if profiled:
            self._profiler.enable()
        done = await work()
        if profiled:
            self._profiler.disable()
        self._rates[kind].append(done / (time.perf_counter() - began))
        self._costs[kind].append((time.process_time() - used) / done * 1e6)

    def told(self) -> dict[str, float]:
        """Medians: the ratio pair by pair, how many a second, and microseconds of our own processor time for each."""
        if self._profile:
            self._profiler.dump_stats(self._profile)
        return {
            "ratio": median(full / plain for full, plain in zip(self._rates[OURS], self._rates[BARE], strict=True)),
            **{f"{kind}_per_second": median(self._rates[kind]) for kind in (OURS, BARE)},
            **{f"{kind}_cpu_us": median(self._costs[kind]) for kind in (OURS, BARE)},
        }


def log_as_served(file: Path, level: str) -> None:
    """Log as `shiftline serve` does, to a file: a line of JSON for each webhook and each text."""
    file.parent.mkdir(parents=True, exist_ok=True)
    log_to(file.open("a", buffering=1, encoding="utf-8"), level, settled=True)
