"""One look at how the whole service does: what the metrics, the operator's page and the alerts all go by."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.domain.alerts import Reading
from app.jobs.tallying import TEXTS
from app.store.database import Store
from app.store.gauges import measure
from app.store.processes import Process, list_processes
from app.store.rounds import Schedule, active_schedules, dates_fired
from app.store.tallies import Sum, list_tallies

Missed = Callable[[Sequence[Schedule], Collection[tuple[UUID, date]], datetime], int]
"""How many rounds of these recurrences were not made, given for which dates some were; the entry point's, who has the
clock of recurrences.
"""

_LEAST_TEXTS = 20
"""Of fewer lately, a share says nothing."""

_FAILED = frozenset({"failed", "retry", "unknown"})
_TAKEN = frozenset({"accepted"})

Sums = Mapping[tuple[str, str, str], Sum]


@dataclass(frozen=True, slots=True)
class Look:
    """What was measured, which processes there are, and what all of them counted."""

    at: datetime
    readings: Sequence[Reading]
    processes: Sequence[Process]
    sums: Sums


async def look(store: Store, now: datetime, missed: Missed) -> Look:
    """Look at everything."""
    readings = await measure(store, now)
    processes = await list_processes(store, now)
    sums = await list_tallies(store)
    found = await active_schedules(store)
    fired = await dates_fired(store, (now - timedelta(days=3)).date()) if found else set[tuple[UUID, date]]()
    return Look(
        now,
        [
            *readings,
            *of_processes(processes, now),
            *error_shares(sums),
            Reading("schedules_missed", float(missed(found, fired, now))),
        ],
        processes,
        sums,
    )


def of_processes(processes: Sequence[Process], now: datetime) -> list[Reading]:
    """What the processes tell of themselves: who lives, what each host's spool holds, which roads rest for how many."""
    alive = [process for process in processes if process.alive(now)]
    kinds = Counter(process.kind for process in alive)
    resting = Counter(str(road) for process in alive for road in process.word.get("resting", ()))
    spools = _spools(processes)
    return [
        *(Reading("processes", float(kinds[kind]), {"kind": kind}) for kind in ("web", "work", "both")),
        Reading("workers_alive", float(kinds["work"] + kinds["both"])),
        Reading("webhooks_waiting", float(sum(process.word.get("waiting", 0) for process in alive))),
        Reading("spool_bytes", float(sum(spool.get("bytes", 0) for spool in spools))),
        Reading("spool_files", float(sum(spool.get("files", 0) for spool in spools))),
        Reading("spool_oldest_seconds", max((float(spool.get("seconds", 0)) for spool in spools), default=0.0)),
        Reading("spool_set_aside", float(sum(spool.get("set_aside", 0) for spool in spools))),
        *(Reading("road_resting", float(count), {"carrier": road}) for road, count in sorted(resting.items())),
    ]


def _spools(processes: Sequence[Process]) -> list[Mapping[str, float]]:
    """Each folder's newest word, also where whoever gave it has died since: what it told of still lies there."""
    newest: dict[tuple[str, str], Mapping[str, float]] = {}
    for process in processes:
        spool = process.word.get("spool", {})
        newest.setdefault((process.host, str(spool.get("folder", ""))), spool)
    return list(newest.values())


def error_shares(sums: Sums) -> list[Reading]:
    """By carrier, which share of the texts handed over lately were not taken, or may not have been."""
    lately: dict[str, Counter[bool]] = {}
    for (name, carrier, outcome), total in sums.items():
        if name == TEXTS and outcome in _FAILED | _TAKEN:
            lately.setdefault(carrier, Counter())[outcome in _FAILED] += round(total.lately)
    return [
        Reading("error_share", counts[True] / counts.total(), {"carrier": carrier})
        for carrier, counts in sorted(lately.items())
        if counts.total() >= _LEAST_TEXTS
    ]
