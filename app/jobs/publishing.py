"""Publishing: snapshots made under the disclosure rule from roll-ups; dashboards and exports read only those."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.disclosure import (
    MILLIONTHS,
    Cell,
    Column,
    Key,
    Measured,
    Protected,
    Rule,
    Stock,
    Suppression,
    protect,
)
from app.domain.dispositions import Disposition
from app.domain.figures import figure_from, rounded, to_the_hour
from app.domain.indicators import IndicatorShape, shape
from app.domain.spreads import Counts, folded, kept, steps
from app.jobs.context import Context
from app.jobs.counting import PENDING, asked_of, funnel, heads, held, rates
from app.store.database import Store
from app.store.figures import (
    RESPONSE,
    figures_of,
    latest_publication,
    ledger_of,
    lock_round,
    rounds_to_publish,
    save_figures,
    save_ledger,
    save_publication,
    save_spreads,
    score_counts,
    spreads_of,
    standard_needs,
)
from app.store.programmes import get_programme, list_sites
from app.store.rollups import CaseCount, ScoreSums, case_counts, score_sums
from app.store.rounds import get_round
from app.store.surveys import load_survey

_EVERY = timedelta(days=1)
_ANSWERED = frozenset({Disposition.COMPLETE, Disposition.PARTIAL})
_OUTSIDE = frozenset({Disposition.NOT_ELIGIBLE, Disposition.NOT_ATTEMPTED})
_RATE = IndicatorShape("share", 0.0, 1.0, "share of those asked")


async def publish_due(context: Context, now: datetime) -> int:
    """Publish open rounds once a day, and closed ones once more."""
    async with context.database.transaction() as store:
        due = await rounds_to_publish(store, now - _EVERY)
    for programme, round_id in due:
        await publish_round(context, programme, round_id, now)
    return len(due)


async def publish_round(context: Context, programme: UUID, round_id: UUID, now: datetime) -> UUID:
    """Make a snapshot of a round's figures; returns the publication's id."""
    async with context.database.transaction() as store:
        return await publish(store, programme, round_id, now)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What all indicators of a snapshot have in common."""

    store: Store
    programme: UUID
    round: UUID
    closed: bool
    k: int
    sites: Mapping[UUID, Key]
    sectors: Mapping[UUID, str]
    heads: Mapping[str, str]
    now: datetime
    publication: UUID
    former: UUID | None
    steps: Mapping[str, Collection[float]]
    asked: Mapping[UUID, Sequence[Column]]


async def publish(store: Store, programme: UUID, round_id: UUID, now: datetime) -> UUID:
    """Make a snapshot within an open transaction."""
    await lock_round(store, round_id)
    asked = await get_round(store, programme, round_id)
    survey = await load_survey(store, asked.survey)
    owner, sites = await get_programme(store, programme), await list_sites(store, programme)
    cases = await case_counts(store, round_id)
    former = await latest_publication(store, programme, round_id)
    counts = funnel(cases) | held(await standard_needs(store, round_id), former, owner.threshold)
    publication = await save_publication(store, programme, round_id, counts, rates(cases), now)
    snapshot = _Snapshot(
        store, programme, round_id, asked.state == "closed", owner.threshold,
        {site["id"]: _key(site) for site in sites}, {site["id"]: site["sector"] for site in sites},
        heads(cases), now, publication, former["id"] if former else None,
        {of.code: scores for of in survey.indicators if (scores := steps(of, survey))}, asked_of(cases),
    )  # fmt: skip
    told = await _publish_responses(snapshot, cases)
    for indicator in survey.indicators:
        await _publish_indicator(snapshot, indicator.code, shape(indicator), told)
    return publication


def _key(site: Mapping[str, Any]) -> Key:
    supplier = (("supplier", site["supplier"]),) if site["supplier"] else ()
    return ("country", site["country"]), *supplier, ("site", str(site["id"]))


# -- who answered ---------------------------------------------------------------------------------


async def _publish_responses(snapshot: _Snapshot, cases: Iterable[CaseCount]) -> dict[tuple[Any, ...], float]:
    """The response rate (AAPOR RR2) of each cell that may be told of; it is published as an indicator of its own."""
    sums: dict[tuple[UUID, str, str], list[int]] = {}
    for row in cases:
        if row.step == PENDING or (row.step in set(Disposition) and Disposition(row.step) not in _OUTSIDE):
            answered = row.n if row.step in _ANSWERED else 0
            own = sums.setdefault((row.site, row.split, row.category), [0, 0, 0])
            own[:] = own[0] + answered, own[1] + answered * MILLIONTHS, own[2] + row.n * MILLIONTHS**2
    made = await _protected(snapshot, RESPONSE, sums, Rule(snapshot.k, "response"))
    rows: list[dict[str, Any]] = []
    for cell, verdict in made.cells.items():
        rate = round(cell.tally.n / cell.tally.total_squares, 2) if verdict is Suppression.SHOWN else None
        rows.append({**_where(cell), "shape": _RATE.kind, **_NOTHING, "value": rate, "hidden": _hidden(verdict)})
    kept = await _keep(snapshot, RESPONSE, rows)
    return {_at(row): row["value"] for row in kept if not row["hidden"]}


# -- an indicator ---------------------------------------------------------------------------------

_NOTHING: Mapping[str, Any] = {
    "n": None, "value": None, "low": None, "high": None, "response_rate": None, "spread": None,
}  # fmt: skip
_PLACE = ("level", "country", "supplier", "sector", "site_id", "split", "category")


async def _publish_indicator(
    snapshot: _Snapshot, indicator: str, of: IndicatorShape, rates: Mapping[tuple[Any, ...], float]
) -> None:
    sums = {
        (row.site, row.split, row.category): _exact(row)
        for row in await score_sums(snapshot.store, snapshot.round, indicator)
    }
    made = await _protected(snapshot, indicator, sums, _rule(snapshot.k, of))
    spreads = await _spreads(snapshot, indicator, made) if indicator in snapshot.steps else {}
    rows = [_row(cell, verdict, of, _spread(cell, spreads, snapshot)) for cell, verdict in made.cells.items()]
    await _keep(snapshot, indicator, rows, rates)


async def _spreads(snapshot: _Snapshot, indicator: str, made: Protected) -> dict[Key, Counts]:
    """How the answers of each site are spread, of those and only those its figure tells of."""
    former = await spreads_of(snapshot.store, snapshot.round, indicator)
    counts = await score_counts(snapshot.store, snapshot.round, indicator)
    spreads: dict[Key, Counts] = {}
    for key, (n, total, *_) in made.ledger.sites.places.items():
        site = UUID(key[-1][1])
        spreads[key] = kept(counts.get(site, {}), former.get(site, {}), n, total / MILLIONTHS)
    await save_spreads(snapshot.store, snapshot.round, indicator, {UUID(key[-1][1]): at for key, at in spreads.items()})
    return spreads


def _spread(cell: Cell, spreads: Mapping[Key, Counts], snapshot: _Snapshot) -> dict[str, float] | None:
    """Of a site alone and once the round has closed: a total, or a later one, would be a way to subtract."""
    if cell.level != "site" or cell.split or not snapshot.closed:
        return None
    counts = dict.fromkeys(snapshot.steps.get(cell.indicator, ()), 0) | dict(spreads.get(cell.key, {}))
    told = folded(counts, snapshot.k)
    return {" ".join(f"{at:.10g}" for at in scores): share for scores, share in told.items()} or None


def _exact(row: ScoreSums) -> list[int]:
    return [row.n, int(row.total * MILLIONTHS), int(row.squares * MILLIONTHS**2)]


def _rule(k: int, of: IndicatorShape) -> Rule:
    if of.low is None or of.high is None:
        return Rule(k, "sum")
    return Rule(k, "score", round(of.low * MILLIONTHS), round(of.high * MILLIONTHS))


async def _protected(
    snapshot: _Snapshot, indicator: str, sums: Mapping[tuple[UUID, str, str], Sequence[int]], rule: Rule
) -> Protected:
    ledger = await ledger_of(snapshot.store, snapshot.round, indicator)
    # A site that moved to another supplier stays, within a round, where it was: else the difference of two totals would
    # be that site.
    keys = {**snapshot.sites, **{UUID(key[-1][1]): key for key in (*ledger.sites.places, *ledger.pooled.places)}}
    asked = {column for columns in snapshot.asked.values() for column in columns}
    scored = {(split, category) for _, split, category in sums}
    columns = tuple(sorted({("", ""), *asked, *scored, *ledger.sites.columns}))
    none = (0, 0, 0)
    places = {
        keys[site]: tuple(value for split, name in columns for value in sums.get((site, split, name), none))
        for site in sorted({*snapshot.asked, *(site for site, _, _ in sums)})
    }
    sectors = {keys[site]: sector for site, sector in snapshot.sectors.items()}
    measured = Measured(indicator, Stock(columns, places), ledger, snapshot.closed, snapshot.heads, sectors)
    made = protect(measured, rule)
    if made.ledger != ledger:
        await save_ledger(snapshot.store, snapshot.programme, snapshot.round, indicator, made.ledger)
    return made


def _where(cell: Cell) -> dict[str, Any]:
    place = dict(cell.key)
    return {
        "level": cell.level, "country": place.get("country", ""), "supplier": place.get("supplier", ""),
        "sector": place.get("sector", ""), "site_id": place.get("site"), "split": cell.split, "category": cell.category,
        "indicator": cell.indicator,
    }  # fmt: skip


def _row(cell: Cell, verdict: Suppression, of: IndicatorShape, spread: dict[str, float] | None) -> dict[str, Any]:
    figure = rounded(figure_from(cell, of, verdict))
    interval = figure.interval
    return {
        **_where(cell),
        "shape": of.kind,
        "n": figure.n,
        "value": figure.value,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "response_rate": None,
        "hidden": _hidden(verdict),
        "spread": spread if verdict is Suppression.SHOWN else None,
    }


def _hidden(verdict: Suppression) -> str:
    return "" if verdict is Suppression.SHOWN else verdict.value


def _at(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(str(row[name] or "") for name in _PLACE)


async def _keep(
    snapshot: _Snapshot,
    indicator: str,
    rows: Sequence[dict[str, Any]],
    rates: Mapping[tuple[Any, ...], float] | None = None,
) -> Sequence[Mapping[str, Any]]:
    """Write the rows beside what was published before and still stands: what was shown once is not taken back.

    That is known already; and to take it away would tell that somebody was erased. Moments are told by the hour.
    """
    former = await figures_of(snapshot.store, snapshot.former, indicator) if snapshot.former else []
    known = {_at(row): row for row in former}
    hour = to_the_hour(snapshot.now).isoformat()
    kept = {at: row for at, row in known.items() if row["split"] or not row["hidden"]}
    for row in rows:
        before = known.get(_at(row))
        stands = before is not None and _stands(before, row)
        # That a hidden cell is hidden for another reason is nobody's to see: it may be one person's answer.
        since = before["figured_at"] if before and before["hidden"] and row["hidden"] else hour
        kept[_at(row)] = {
            **(before if before and stands else {**row, "figured_at": since}),
            # Told once: another of the same site would tell of those who made the difference.
            "spread": (before and before["spread"]) or row.get("spread"),
        }
    for at, row in kept.items():
        kept[at] = {**row, "response_rate": (rates or {}).get(at) if not row["hidden"] else None}
    await save_figures(snapshot.store, snapshot.programme, snapshot.publication, snapshot.round, list(kept.values()))
    return list(kept.values())


def _stands(before: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether a row tells nothing new."""
    if before["hidden"] or row["hidden"]:
        return not before["hidden"] or before["hidden"] == row["hidden"]
    return all(row[name] == before[name] for name in ("n", "value", "low", "high"))
