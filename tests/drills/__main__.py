"""The long drills: `make drill` plays the one of kills, `make drill ARGS="carrier --seed 2"` another, `make drills` all.

python -m tests.drills kill --people 2000 --questions 5 --kills 110 --stops 3
"""

import argparse
import asyncio
import random
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.drills.bad_webhooks import Strangers
from tests.drills.carrier import CarrierDrill
from tests.drills.clocks import change_rules, changes_of, live_through
from tests.drills.full_disk import FullDisk, NoFileSystemError
from tests.drills.kill import ALL, HOST, POSTGRES, SENDERS, Drill, Plan
from tests.drills.network import Network, NoNetworkError
from tests.drills.rehearsal import rehearsed
from tests.drills.stage import HOSTS, staged
from tests.drills.two_clocks import Disagreement
from tests.drills.vendors import BadAggregator, BadTwilio
from tests.drills.verdict import Findings
from tests.peers.kannel import BEARERBOX, SMSBOX

Given = argparse.Namespace

_COUNTRIES = {
    "America/New_York": "US", "America/Santiago": "CL", "America/Havana": "CU", "Europe/Paris": "FR", "Africa/Cairo": "EG",
    "Africa/Casablanca": "MA", "Asia/Beirut": "LB", "Asia/Jerusalem": "IL", "Australia/Lord_Howe": "AU",
    "Pacific/Auckland": "NZ", "America/Mexico_City": "MX", "Asia/Dhaka": "BD",
}  # fmt: skip


class CannotError(Exception):
    """This machine cannot play the drill; the message says why."""


@contextmanager
def _folder(given: Given) -> Iterator[Path]:
    # Not a closed folder: under root PostgreSQL runs as somebody else.
    with TemporaryDirectory(prefix="shiftline-drill-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
        if given.keep:
            shutil.copytree(folder, given.keep, ignore=shutil.ignore_patterns("postgres"), dirs_exist_ok=True)


def _over_kannel(given: Given, plan: Plan, network: Network | None = None, entry: str = "app.cli") -> Findings:
    if not (BEARERBOX.exists() and SMSBOX.exists()):
        raise CannotError("Kannel is not here; `make kannel` installs it, as root on Debian")
    with (
        _folder(given) as folder,
        staged(
            folder, given.people, given.questions, given.pace, seed=given.seed, entry=entry, network=network
        ) as stage,
    ):
        return Drill(stage, plan, lambda word: print(word, flush=True)).run()


def kill(given: Given) -> Iterator[Findings]:
    """kill -9 at random of web, work and Kannel, and PostgreSQL stopped besides."""
    entry, victims = ("tests.drills.naive_worker", (SENDERS,)) if given.naive else ("app.cli", ALL)
    plan = Plan(given.kills, tuple(given.pauses), victims, given.stops, patience=1200, seed=given.seed)
    yield _over_kannel(given, plan, entry=entry)


def postgres(given: Given) -> Iterator[Findings]:
    """PostgreSQL stopped with -m immediate under load."""
    yield _over_kannel(given, Plan(given.stops, (3, 8), (POSTGRES,), patience=1200, seed=given.seed))


def hosts(given: Given) -> Iterator[Findings]:
    """Hosts cut off for up to a minute and healed, in network namespaces."""
    try:
        with Network("db", *HOSTS) as network:
            plan = Plan(given.cuts, (2, 6), (HOST,), cuts=(5, 60), patience=1200, seed=given.seed)
            yield _over_kannel(given, plan, network)
    except NoNetworkError as problem:
        raise CannotError(f"no network can be made here: {problem}") from None


def disk(given: Given) -> Iterator[Findings]:
    """A full disk for the spool while PostgreSQL is away."""
    try:
        with _folder(given) as folder:
            yield FullDisk(folder, 300, given.seed).run()
    except NoFileSystemError as problem:
        raise CannotError(f"no small file system can be mounted here: {problem}") from None


def carrier(given: Given) -> Iterator[Findings]:
    """Twilio, and an aggregator of templates, on a bad day."""

    async def play(fake: type[BadTwilio | BadAggregator]) -> Findings:
        dice = random.Random(given.seed)  # noqa: S311 - a drill is played again by its seed
        async with rehearsed() as world, fake(dice=dice) as vendor:
            return await CarrierDrill(world, vendor, given.people, given.questions, given.seed).run()

    for fake in (BadTwilio, BadAggregator):
        yield asyncio.run(play(fake))


def webhooks(given: Given) -> Iterator[Findings]:
    """Bad requests at every road and REST."""

    async def play() -> Findings:
        async with rehearsed() as world:
            return await Strangers(world, given.requests, given.seed).run()

    yield asyncio.run(play())


def clocks(given: Given) -> Iterator[Findings]:
    """Every change of clocks of a year in a dozen zones, a leap day, changed rules, and two workers that disagree."""

    async def one(play: Callable[..., Awaitable[Findings]], *arguments: Any) -> Findings:
        began = time.monotonic()
        async with rehearsed() as world:
            found = await play(world, *arguments)
        found.seconds = time.monotonic() - began
        return found

    for zone, country in _COUNTRIES.items():
        for day in changes_of(zone, given.year):
            for line in ("0 0 * * *", "30 1 * * *", "30 2 * * *"):
                yield asyncio.run(one(live_through, country, zone, line, day - timedelta(days=2), 5))
    for before, after in (("Asia/Dhaka", "Asia/Karachi"), ("Asia/Dhaka", "Asia/Tokyo"), ("Asia/Tokyo", "Asia/Karachi")):
        yield asyncio.run(one(change_rules, before, after))
    yield asyncio.run(one(lambda world: Disagreement(world, 60, 4, given.seed).run()))


DRILLS: dict[str, Callable[[Given], Iterator[Findings]]] = {
    "kill": kill, "postgres": postgres, "hosts": hosts, "disk": disk, "carrier": carrier, "webhooks": webhooks, "clocks": clocks,
}  # fmt: skip


def _given() -> Given:
    parser = argparse.ArgumentParser(prog="drills", description=__doc__)
    parser.add_argument("drill", nargs="?", choices=[*DRILLS, "all"], default="kill")
    parser.add_argument("--people", type=int, help="2000; 200 where all are played")
    parser.add_argument("--questions", type=int, default=5)
    parser.add_argument("--kills", type=int, default=110)
    parser.add_argument("--stops", type=int, default=3, help="of PostgreSQL, with -m immediate")
    parser.add_argument("--cuts", type=int, default=6, help="of a host's network")
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--year", type=int, default=2027, help="whose changes of clocks are lived through")
    parser.add_argument("--pace", type=float, default=40, help="segments a second over Kannel")
    parser.add_argument("--pauses", type=float, nargs=2, default=(0.5, 3.5), help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--naive", action="store_true", help="the mutant that must be caught: POST, then commit")
    parser.add_argument("--keep", type=Path, help="where the logs are put")
    given = parser.parse_args()
    given.people = given.people or (200 if given.drill == "all" else 2000)
    return given


def _play(name: str, given: Given) -> tuple[str, int, float, list[str]]:
    """One drill: how it ended, how many rounds it had, its seconds and its faults."""
    began, faults, rounds = time.monotonic(), list[str](), 0
    print(f"== {name}: {DRILLS[name].__doc__}", flush=True)
    try:
        for found in DRILLS[name](given):
            rounds += 1
            print(found.told(), flush=True)
            faults += [f"{fault}: {str(what)[:2000]}" for fault, what in found.faults().items()]
    except CannotError as problem:
        print(f"!! {name.upper()} IS NOT DRILLED: {problem}.", flush=True)
        return "not drilled", rounds, time.monotonic() - began, faults
    for fault in faults:
        print(f"FAULT {fault}", flush=True)
    return "faults" if faults else "whole", rounds, time.monotonic() - began, faults


def main() -> int:
    """Plays the drill, or all; 1 where one found a fault, which for the naive sender is as it should be, 2 where one cannot be."""
    given = _given()
    names = list(DRILLS) if given.drill == "all" else [given.drill]
    ended = {name: _play(name, given) for name in names}
    print(f"\n{'drill':<10} {'ended':<12} {'rounds':>6} {'seconds':>8} {'faults':>7}")
    for name, (how, rounds, seconds, faults) in ended.items():
        print(f"{name:<10} {how:<12} {rounds:>6} {seconds:>8.0f} {len(faults):>7}")
    outcomes = {how for how, *_ in ended.values()}
    return 1 if "faults" in outcomes else 2 if outcomes == {"not drilled"} else 0


if __name__ == "__main__":
    sys.exit(main())
