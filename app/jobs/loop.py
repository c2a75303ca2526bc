"""The figures of the loop: needs by kind, how far they came and in what time, published under the disclosure rule."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.catalogue.catalogue import Catalogue
from app.domain.disclosure import Key, Ledger, level_of
from app.domain.figures import coarse, to_the_hour
from app.domain.loop import (
    ALL_KINDS,
    BY_PROVIDER,
    OTHER_PROVIDERS,
    Step,
    Way,
    all_kinds,
    by_provider,
    by_site,
    coarse_hours,
    median_of,
    quarter_of,
    settles_at,
    stages,
    tell,
)
from app.jobs.brands import counts_for_brand
from app.jobs.context import Context
from app.jobs.telling import publish_told
from app.store.database import Store
from app.store.keys import Caller, programme_of
from app.store.loop import (
    Kind,
    latest_loop,
    ledgers_of,
    lock_loop,
    loop_figures,
    loop_of,
    loops_to_publish,
    named_loop_figures,
    organization_names,
    save_ledgers,
    save_loop,
    staff,
    ways,
)
from app.store.programmes import get_programme, list_sites

_EVERY = timedelta(days=1)
_LOOK_BACK = timedelta(days=730)


async def publish_loops_due(context: Context, now: datetime) -> int:
    """Publish the figures of each programme's loop once a day."""
    async with context.database.transaction() as store:
        due = await loops_to_publish(store, now - _EVERY)
    for programme in due:
        await publish_loop(context, programme, now)
    return len(due)


async def publish_loop(context: Context, programme: UUID, now: datetime) -> UUID:
    """Make a snapshot of the loop's figures, and of the shares told; its id.

    A quarter is counted anew until it is settled; what was published of it then stands.
    """
    async with context.database.transaction() as store:
        await lock_loop(store, programme)
        await publish_told(store, programme, now)
        former = await latest_loop(store, programme)
        known = await loop_figures(store, former["id"]) if former else []
        since = _unsettled(former["at"]) if former else quarter_of(now - _LOOK_BACK)
        fresh = await _figures(store, context.catalogue, programme, since, now)
        return await save_loop(store, programme, _beside(known, fresh, since, now), now)


def _unsettled(at: datetime) -> date:
    """The first quarter that was not settled at a moment."""
    quarter = quarter_of(at)
    while settles_at(before := quarter_of(_begins(quarter) - _EVERY)) > at:
        quarter = before
    return quarter


def _begins(quarter: date) -> datetime:
    return datetime.combine(quarter, time(), UTC)


def counted(catalogue: Catalogue) -> list[Kind]:
    """What each code is counted as: the widest kind it stands below, so that groups are larger and nothing grave has a name."""
    return [Kind(code, catalogue.with_parents(code)[-1]) for code in catalogue.categories]


async def _figures(
    store: Store, catalogue: Catalogue, programme: UUID, since: date, now: datetime
) -> list[dict[str, Any]]:
    k = (await get_programme(store, programme)).threshold
    people = await staff(store, programme)
    quarters: dict[date, list[Way]] = defaultdict(list)
    for item in await ways(store, programme, counted(catalogue), _begins(since), now):
        quarters[item.quarter].append(item.way)
    found: list[dict[str, Any]] = []
    for quarter, gone in sorted(quarters.items()):
        known = await ledgers_of(store, programme, f"{quarter}:")
        counting = _Counting(quarter, people, k, settled=now >= settles_at(quarter))
        rows, ledgers = counting.figures(gone, known)
        await save_ledgers(store, programme, {name: kept for name, kept in ledgers.items() if kept != known[name]})
        found += rows
    return found


@dataclass(frozen=True, slots=True)
class _Counting:
    """What the counts of a quarter have in common."""

    quarter: date
    staff: Mapping[Key, int]
    k: int
    settled: bool

    def figures(
        self, gone: Sequence[Way], known: Mapping[str, Ledger]
    ) -> tuple[list[dict[str, Any]], Mapping[str, Ledger]]:
        """The cells that may be told of, and what to remember."""
        there = _by_place(gone)
        kinds = sorted({way.category for way in gone} | {name.split(":")[1] for name in known})
        rows: list[dict[str, Any]] = []
        ledgers: dict[str, Ledger] = {}
        for step in Step:
            told: dict[str, Mapping[Key, int]] = {}
            for kind in kinds:
                name = f"{self.quarter}:{kind}:{step}"
                of_kind = by_site((way for way in gone if way.category == kind), step)
                counted = tell(of_kind, self.staff, known.get(name, Ledger()), self.k, settled=self.settled)
                told[kind], ledgers[name] = counted.people, counted.ledger
            for kind, cells in [*told.items(), (ALL_KINDS, all_kinds(told.values()))]:
                # Of all kinds together, those that are told of there.
                kept = {place: [kind] if kind else [one for one in kinds if place in told[one]] for place in cells}
                rows += [
                    self._row(place, kind, step, n, [way for one in kept[place] for way in there.get((place, one), ())])
                    for place, n in cells.items()
                ]
            if self.settled and step in BY_PROVIDER:
                counted_here = [ledgers[f"{self.quarter}:{kind}:{step}"] for kind in kinds]
                rows += [
                    self._of_provider(name, step, n, [way for way in gone if way.provider == name])
                    for name, n in by_provider(counted_here, self.k).items()
                ]
        return rows, ledgers

    def _of_provider(self, name: str, step: Step, people: int, there: Sequence[Way]) -> dict[str, Any]:
        who = None if name == OTHER_PROVIDERS else name
        return {**self._row((), ALL_KINDS, step, people, there), "level": "provider", "organization_id": who}

    def _row(self, place: Key, kind: str, step: Step, people: int, there: Sequence[Way]) -> dict[str, Any]:
        # A median is no sum of groups: it is told once, when nobody is expected any more, and coarsely.
        span = median_of(there, step) if self.settled and step is not Step.RAISED else None
        where = dict(place)
        return {
            "period": self.quarter, "level": _LEVEL.get(level_of(place), level_of(place)),
            "country": where.get("country", ""), "site_id": where.get("site"), "organization_id": None,
            "category": kind, "step": step.value, "people": coarse(people),
            "median_hours": None if span is None else coarse_hours(span),
        }  # fmt: skip


_LEVEL = {"round": "programme"}
"""The whole of a publication is called a round's in the disclosure rule."""


def _by_place(gone: Iterable[Way]) -> Mapping[tuple[Key, str], Sequence[Way]]:
    """Those of each kind at each site and in each total."""
    found: dict[tuple[Key, str], list[Way]] = defaultdict(list)
    for way in gone:
        for depth in range(len(way.place) + 1):
            found[way.place[:depth], way.category].append(way)
    return found


_CELL = ("period", "level", "country", "site_id", "organization_id", "category", "step")


def _beside(
    known: Sequence[Mapping[str, Any]], fresh: Sequence[Mapping[str, Any]], since: date, now: datetime
) -> list[dict[str, Any]]:
    """The fresh figures beside the settled ones; what was shown stays, and what says the same keeps its moment."""
    hour = to_the_hour(now).isoformat()
    before = {_at(row): dict(row) for row in known}
    kept = {at: row for at, row in before.items() if row["period"] < since}
    kept |= {at: row for at, row in before.items() if at not in kept}
    for row in fresh:
        former = before.get(_at(row))
        same = former is not None and all(former[name] == row[name] for name in ("people", "median_hours"))
        kept[_at(row)] = former if former is not None and same else {**row, "figured_at": hour}
    return list(kept.values())


def _at(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name] or "") for name in _CELL)


# -- who reads it ---------------------------------------------------------------------------------


async def loop_for(context: Context, caller: Caller, now: datetime, publication: UUID | None = None) -> dict[str, Any]:
    """The loop as its caller may know it: published figures, the newest where none are named; for the programme its own desk
    exactly as well, unless it asks for what was published.

    A brand reads its own sites, and totals in which no single site of others stands bare. Nobody reads of the high
    tier here.

    Raises:
        NotFoundError: no such publication for this caller.
    """
    programme = programme_of(caller)
    async with context.database.transaction() as store:
        owner = await get_programme(store, programme)
        latest = await (loop_of(store, programme, publication) if publication else latest_loop(store, programme))
        figures = await named_loop_figures(store, latest["id"]) if latest else []
        sites = await list_sites(store, programme)
        if caller.brand is not None:
            own = {site["code"] for site in await list_sites(store, programme, caller.brand)}
            figures = counts_for_brand(figures, sites, own)
        exact = None if caller.brand or publication else await _desk(store, context.catalogue, programme, now)
    told = {
        "programme": owner.name, "threshold": owner.threshold, "publication": latest["id"] if latest else None,
        "published_at": to_the_hour(latest["at"]) if latest else None,
        "figures": [_shown(row, latest["at"]) for row in figures] if latest else [],
    }  # fmt: skip
    return told if exact is None else {**told, **exact}


def narrowed(
    figures: Sequence[Mapping[str, Any]], quarter: date | None = None, country: str = "", site: str = ""
) -> list[Mapping[str, Any]]:
    """Figures of a quarter, and of a country or a site; all where nothing is said."""
    return [
        row
        for row in figures
        if quarter in {None, row["quarter"]} and country in {"", row["country"]} and site in {"", row["site"]}
    ]


def _shown(row: Mapping[str, Any], published: datetime) -> dict[str, Any]:
    return {
        "quarter": row["period"], "settled": settles_at(row["period"]) <= published, "level": row["level"],
        "country": row["country"], "site": row["site"], "provider": row["provider"], "category": row["category"],
        "step": row["step"], "people": row["people"], "median_hours": row["median_hours"],
        "as_of": datetime.fromisoformat(row["figured_at"]),
    }  # fmt: skip


async def _desk(store: Store, catalogue: Catalogue, programme: UUID, now: datetime) -> dict[str, Any]:
    """The programme's own needs, code by code: whole, by place and by provider; no rounding, nobody left out."""
    codes = [Kind(code, code) for code in catalogue.categories]
    gone = [item.way for item in await ways(store, programme, codes, now - _LOOK_BACK, now)]
    providers = sorted({UUID(way.provider) for way in gone if way.provider})
    names = await organization_names(store, programme, providers)
    sites = {str(site["id"]): site["code"] for site in await list_sites(store, programme)}
    groups: dict[tuple[str, str, str], list[Way]] = defaultdict(list)
    for way in gone:
        place = dict(way.place)
        groups["", "", ""].append(way)
        groups["category", way.category, ""].append(way)
        groups["country", place["country"], way.category].append(way)
        groups["site", sites.get(place["site"], ""), way.category].append(way)
        if way.provider:
            groups["provider", names.get(way.provider, ""), ""].append(way)
    return {
        "desk": [
            {"by": by, "of": of, "category": category, "steps": [_stage(told) for told in stages(some)]}
            for (by, of, category), some in sorted(groups.items())
        ]
    }  # fmt: skip


def _stage(told: Any) -> dict[str, Any]:
    hours = None if told.median is None else round(told.median / timedelta(hours=1), 1)
    return {"step": told.step, "people": told.people, "median_hours": hours}
