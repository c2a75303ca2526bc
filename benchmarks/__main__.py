"""The figures of the engine: all eight, each beside a bare loop in the same run, as one table and as JSON.

Run: `make bench`, or `python -m benchmarks [--only NAME …] [--json FILE] [--workers N]`. It takes about half an hour on
two idle cores, most of it to build two worlds of a million. Ratios count, not absolute times: they are of this machine.
"""

import argparse
import asyncio
import json
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.store.database import Database
from benchmarks import claims, clock, sends, turns, webhooks, whole
from benchmarks.timing import PAIR_SECONDS, PAIRS
from benchmarks.world import build_world, server

FEW, MANY = 10_000, 1_000_000
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, the bar it is held to, and what was measured beside it."""

    what: str
    measured: float
    unit: str
    least: float | None = None
    most: float | None = None
    beside: str = ""

    @property
    def reached(self) -> bool:
        """Whether it keeps its bar: the least or the most it may be."""
        return (self.least is None or self.measured >= self.least) and (self.most is None or self.measured <= self.most)


def inbound(_: int) -> Iterator[Figure]:
    told = webhooks.compare(rounds=PAIRS, seconds=PAIR_SECONDS)
    yield Figure(
        "inbound webhook, verified and committed", told["ratio"], "of a bare endpoint", least=webhooks.BAR,
        beside=f"{told['ours']['per_second']:,.0f}/s beside {told['bare']['per_second']:,.0f}/s",
    )  # fmt: skip


def sending(_: int) -> Iterator[Figure]:
    told = asyncio.run(sends.measure(_ROUNDS, 1000))
    yield Figure(
        "send through the Twilio carrier", told["ratio"], "of a bare POST loop", least=sends.BAR,
        beside=f"{told['ours_per_second']:,.0f}/s beside {told['bare_per_second']:,.0f}/s",
    )  # fmt: skip


def whole_turn(_: int) -> Iterator[Figure]:
    told = asyncio.run(whole.measure(PAIRS, PAIR_SECONDS))
    beside = f"{told['ours_per_second']:,.0f}/s beside {told['bare_per_second']:,.0f}/s"
    yield Figure("whole turn", told["ratio"], "of a bare turn", least=whole.BAR, beside=beside)
    yield Figure(
        "whole turn at half load, p95", told["p95_ms"], "ms", most=whole.SLOWEST_MS,
        beside=f"at {told['half_load_per_second']:,.0f}/s, p50 {told['p50_ms']:,.0f} ms",
    )  # fmt: skip


def batch(_: int) -> Iterator[Figure]:
    told = asyncio.run(turns.measure(50_000, _ROUNDS))
    yield Figure(
        "batch turn alone, one process", told["ours_per_second"], "replies/s", least=turns.LEAST_PER_SECOND,
        beside=f"{told['bare_per_second']:,.0f}/s by the bare loop",
    )  # fmt: skip


def claiming(workers: int) -> Iterator[Figure]:
    told = asyncio.run(claims.measure(workers, 200))
    yield Figure(
        f"claim, {workers:,} rows over 200 senders, p99", told["claim_p99_ms"], "ms", most=claims.MOST_MS,
        beside=f"p50 {told['claim_p50_ms']:.0f} ms; bare select p50 {told['bare_p50_ms']:.0f}, p99 {told['bare_p99_ms']:.0f} ms",
    )  # fmt: skip


def growing(workers: int) -> Iterator[Figure]:
    """What needs a million workers: the growth of a turn, timers, and the opening of a round."""
    few, many = asyncio.run(_grown(workers))
    yield Figure(
        f"cost per turn, {FEW:,} → {workers:,} workers", few["ours_per_second"] / many["ours_per_second"], "times",
        most=turns.MOST_GROWTH,
        beside=f"{few['ours_per_second']:,.0f}/s, then {many['ours_per_second']:,.0f}/s;"
        f" the bare loop {few['bare_per_second'] / many['bare_per_second']:.2f} times",
    )  # fmt: skip
    for name in ("reminders", "expiries"):
        yield Figure(
            f"{clock.DUE:,} {name} due of {workers:,} timers", many[f"{name}_s"], "s", most=clock.MOST_SECONDS,
            beside=f"{many['bare_s']:.2f} s by a bare statement",
        )  # fmt: skip
    yield Figure(f"opening a round of {workers:,}", many["opening_s"], "s", most=clock.MOST_OPENING_SECONDS)
    yield Figure("memory of the process that opens it", many["resident_mb"], "MB", most=clock.MOST_MEGABYTES)


async def _grown(workers: int) -> tuple[dict[str, float], dict[str, float]]:
    answering = 3 * turns.REPLIES  # one run to warm, one ours, one bare: the small world has hardly more people
    with server() as url:
        database = Database(url)
        few = await turns.played(await build_world(database, FEW, answering), 1)
        await database.aclose()
    with server() as url:
        database = Database(url)
        world = await build_world(database, workers, answering)
        many = {**await turns.played(world, 1), **await clock.timers(world), **await clock.opening(world, url)}
        await database.aclose()
    return few, many


PARTS: dict[str, Callable[[int], Iterator[Figure]]] = {
    "webhooks": inbound, "sends": sending, "whole": whole_turn, "turns": batch, "claims": claiming, "growth": growing,
}  # fmt: skip


def show(figures: list[Figure]) -> None:
    """One table."""
    print(f"{'what':48} {'measured':>12} {'':20} {'bar':>8}  beside")
    for one in figures:
        bar = f"≥ {one.least:,g}" if one.least is not None else f"≤ {one.most:,g}"
        mark = "" if one.reached else "  MISSED"
        print(f"{one.what:48} {one.measured:>12,.2f} {one.unit:20} {bar:>8}  {one.beside}{mark}")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    asked.add_argument("--json", type=Path, default=Path("var/bench.json"))
    asked.add_argument("--workers", type=int, default=MANY, help="of the large world, and rows of the long queue")
    given = asked.parse_args()
    turns.quietly()
    figures: list[Figure] = []
    for name in given.only:
        figures += PARTS[name](given.workers)
    show(figures)
    machine: dict[str, Any] = {
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
    }
    given.json.parent.mkdir(parents=True, exist_ok=True)
    told = {"machine": machine, "figures": [asdict(one) | {"reached": one.reached} for one in figures]}
    given.json.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
