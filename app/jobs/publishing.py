"""Publishing: snapshots made under the disclosure rule; dashboards and exports read only those."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.disclosure import Cell, Key, Suppression, indicators_with_news, suppress
from app.domain.dispositions import Disposition, outcome_rates
from app.domain.figures import Figure, figure_from
from app.domain.indicators import shape
from app.domain.statistics import Tally
from app.domain.survey import Survey
from app.jobs.context import Context
from app.store.database import Store
from app.store.figures import (
    baseline,
    dispositions,
    funnel,
    latest_publication,
    lock_round,
    published_figures,
    replace_baseline,
    rounds_to_publish,
    save_publication,
    score_cells,
)
from app.store.programmes import get_programme
from app.store.rounds import get_round
from app.store.surveys import load_surveys

_EVERY = timedelta(days=1)


async def publish_due(context: Context, now: datetime) -> int:
    """Publish open rounds once a day: each publication must wait for k newcomers, so seldom is more."""
    async with context.database.transaction() as store:
        due = await rounds_to_publish(store, now - _EVERY)
    for programme, round_id in due:
        await publish_round(context, programme, round_id, now)
    return len(due)


async def publish_round(context: Context, programme: UUID, round_id: UUID, now: datetime) -> UUID:
    """Make a snapshot of a round's figures; returns the publication's id."""
    async with context.database.transaction() as store:
        return await publish(store, programme, round_id, now)


async def publish(store: Store, programme: UUID, round_id: UUID, now: datetime) -> UUID:
    """Make a snapshot within an open transaction."""
    await lock_round(store, round_id)
    asked = await get_round(store, programme, round_id)
    survey = (await load_surveys(store, {asked.survey}))[asked.survey]
    threshold = (await get_programme(store, programme)).threshold
    cells = _cells(await score_cells(store, round_id), await baseline(store, round_id))
    verdict = suppress(cells, threshold)
    counts = await _counts(store, round_id)
    former = await _former(store, programme, round_id)
    rows = [
        _row(_figure(cell, verdict[cell], survey, counts), former.get((cell.indicator, cell.key)), now)
        for cell in cells
    ]
    # Only where something new was shown does the count of newcomers begin anew; else a slow trickle never adds up.
    news = indicators_with_news(verdict)
    remembered = [_remembered(cell, verdict[cell]) for cell in cells if cell.indicator in news]
    await replace_baseline(store, programme, round_id, remembered, sorted(news))
    rates = {name: _rounded(value) for name, value in asdict(outcome_rates(counts[()])).items()} if counts else {}
    return await save_publication(store, programme, round_id, rows, await funnel(store, round_id), rates, now)


def _key(country: str, site: UUID | None) -> Key:
    if site is not None:
        return (("country", country), ("site", str(site)))
    return (("country", country),) if country else ()


def _cells(now: Sequence[Any], before: Sequence[Any]) -> list[Cell]:
    known = {(row.indicator, _key(row.country, row.site_id)): row for row in before}
    cells: list[Cell] = []
    for row in now:
        key = _key(row.country, row.site_id)
        past = known.get((row.indicator, key))
        former = Tally(past.n, past.total, past.squares) if past else Tally()
        cells.append(
            Cell(key, row.indicator, Tally(row.n, row.total, row.squares), former, published=bool(past and past.shown))
        )
    return cells


async def _counts(store: Store, round_id: UUID) -> dict[Key, Counter[Disposition]]:
    """People by disposition for every cell; whoever has none yet counts as unknown."""
    counts: dict[Key, Counter[Disposition]] = defaultdict(Counter)
    for row in await dispositions(store, round_id):
        known = Disposition.UNKNOWN if row.disposition == "pending" else Disposition(row.disposition)
        for key in ((), _key(row.country, None), _key(row.country, row.site_id)):
            counts[key][known] += row.people
    return dict(counts)


def _figure(cell: Cell, verdict: Suppression, survey: Survey, counts: Mapping[Key, Counter[Disposition]]) -> Figure:
    indicator = next(indicator for indicator in survey.indicators if indicator.code == cell.indicator)
    rate = outcome_rates(counts[cell.key]).rr2 if cell.key in counts else None
    return figure_from(cell, shape(indicator), verdict, rate)


async def _former(store: Store, programme: UUID, round_id: UUID) -> dict[tuple[str, Key], Mapping[str, Any]]:
    """The figures shown in the last publication."""
    publication = await latest_publication(store, programme, round_id)
    rows = await published_figures(store, publication["id"]) if publication else []
    return {(row["indicator"], _key(row["country"], row["site_id"])): row for row in rows if not row["hidden"]}


def _row(figure: Figure, former: Mapping[str, Any] | None, now: datetime) -> dict[str, Any]:
    country = dict(figure.key).get("country", "")
    where = {"level": figure.level, "country": country, "site_id": dict(figure.key).get("site")}
    what = {"indicator": figure.indicator, "shape": figure.shape.kind}
    unchanged = former is not None and figure.n == former["n"] and _rounded(figure.value) == former["value"]
    if former is not None and (unchanged or figure.suppression.keeps_former):
        # Known already and safe by itself: it stays, with the moment it was made and the response rate of then.
        kept = {name: former[name] for name in ("n", "value", "low", "high", "response_rate", "figured_at")}
        return {**where, **what, **kept, "hidden": ""}
    return {
        **where,
        **what,
        "n": figure.n,
        "value": _rounded(figure.value),
        "low": _rounded(figure.interval.low if figure.interval else None),
        "high": _rounded(figure.interval.high if figure.interval else None),
        "response_rate": _rounded(figure.response_rate),
        "hidden": "" if figure.suppression is Suppression.SHOWN else figure.suppression.value,
        "figured_at": now.isoformat(),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _remembered(cell: Cell, verdict: Suppression) -> dict[str, Any]:
    where = dict(cell.key)
    return {
        "indicator": cell.indicator, "country": where.get("country", ""), "site_id": where.get("site"),
        "n": cell.tally.n, "total": cell.tally.total, "squares": cell.tally.total_squares,
        "shown": verdict is Suppression.SHOWN,
    }  # fmt: skip
