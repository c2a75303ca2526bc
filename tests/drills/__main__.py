"""The long drill: `make drill`, or `python -m tests.drills --people 2000 --questions 5 --kills 110 --stops 3`."""

import argparse
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.drills.kill import ALL, SENDERS, Drill, Plan
from tests.drills.stage import staged
from tests.peers.kannel import BEARERBOX, SMSBOX


def main() -> int:
    """Plays one drill; 1 where it found a fault, which for the naive sender is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--questions", type=int, default=5)
    parser.add_argument("--kills", type=int, default=110)
    parser.add_argument("--stops", type=int, default=3, help="of PostgreSQL, with -m immediate")
    parser.add_argument("--pace", type=float, default=40, help="segments a second")
    parser.add_argument("--pauses", type=float, nargs=2, default=(0.5, 3.5), help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--naive", action="store_true", help="the mutant that must be caught: POST, then commit")
    parser.add_argument("--keep", type=Path, help="where what is left of a drill with faults is put")
    given = parser.parse_args()
    if not (BEARERBOX.exists() and SMSBOX.exists()):
        print("!! KANNEL IS NOT HERE: nothing was drilled; `make kannel` installs it, as root on Debian.")
        return 2
    entry, victims = ("tests.drills.naive_worker", (SENDERS,)) if given.naive else ("app.cli", ALL)
    plan = Plan(given.kills, tuple(given.pauses), victims, given.stops, patience=1200, seed=given.seed)
    # Not a closed folder: under root PostgreSQL runs as somebody else.
    with (
        TemporaryDirectory(prefix="shiftline-drill-", ignore_cleanup_errors=True) as folder,
        staged(Path(folder), given.people, given.questions, given.pace, seed=given.seed, entry=entry) as stage,
    ):
        verdict = Drill(stage, plan, lambda word: print(word, flush=True)).run()
        if given.keep and verdict.faults():
            shutil.copytree(folder, given.keep, ignore=shutil.ignore_patterns("postgres"), dirs_exist_ok=True)
    print(verdict.told())
    for name, found in verdict.faults().items():
        print(f"FAULT {name}: {str(found)[:2000]}")
    return 1 if verdict.faults() else 0


if __name__ == "__main__":
    sys.exit(main())
