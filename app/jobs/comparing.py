"""A site beside others, and beside itself in earlier rounds: from published figures and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.change import Change, Wave, change
from app.domain.figures import BASE, Part
from app.domain.indicators import IndicatorShape, shapes_of
from app.domain.statistics import Interval
from app.jobs.context import Context
from app.jobs.dashboards import board_in
from app.jobs.snapshots import open_snapshot
from app.store.figures import site_figures
from app.store.keys import Caller, programme_of
from app.store.programmes import get_site
from app.store.surveys import load_surveys

_BESIDE = ("country", "sector", "round")


async def published_at(context: Context, caller: Caller, round_id: UUID, publication: UUID) -> datetime | None:
    """When a snapshot was made.

    Raises:
        NotFoundError: no such publication of the round for this caller.
    """
    async with context.database.transaction() as store:
        told = (await open_snapshot(store, caller, round_id, publication)).publication
    return told["at"] if told else None


async def benchmark(
    context: Context, caller: Caller, round_id: UUID, site: str, publication: UUID | None = None
) -> dict[str, Any]:
    """A site beside the others of its country, its sector and the round, in a snapshot, the newest where none is named.

    A comparison is made where both figures are published and the total holds at least k people who are not of this
    site; the others' value is worked out from the two published ones, as any reader could.

    Raises:
        NotFoundError: no such round, site or publication for this caller.
    """
    async with context.database.transaction() as store:
        snapshot = await open_snapshot(store, caller, round_id, publication)
        found = await get_site(store, snapshot.round.programme, site, caller.brand)
        board = await board_in(store, snapshot, Part(sites=(site,), totals=_BESIDE))
    shapes = shapes_of(snapshot.survey)
    mine = {row["indicator"]: row for row in board["figures"] if row["level"] == "site" and row["site"] == site}
    return {
        "round": board["round"], "site": site, "published_at": board["published_at"],
        "indicators": [
            {
                "indicator": code, "value": row["value"], "low": row["low"], "high": row["high"], "n": row["n"],
                "hidden": row["hidden"],
                "beside": list(_beside(row, found, board["figures"], shapes[code], board["threshold"])),
            }
            for code, row in sorted(mine.items())
        ],
    }  # fmt: skip


async def trend(
    context: Context, caller: Caller, survey: str, site: str, until: datetime | None = None
) -> dict[str, Any]:
    """A site's figures in each round of a survey as published until a moment, and what changed from each to the next.

    Raises:
        NotFoundError: no such site for this caller.
    """
    programme = programme_of(caller)
    async with context.database.transaction() as store:
        found = await get_site(store, programme, site, caller.brand)
        rows = await site_figures(store, programme, survey, found["id"], until)
        surveys = await load_surveys(store, {row["survey_id"] for row in rows})
    shapes = {key: shapes_of(asked) for key, asked in surveys.items()}
    indicators = sorted({row["indicator"] for row in rows})
    return {
        "survey": survey,
        "site": site,
        "indicators": [
            {
                "indicator": code,
                "rounds": list(_steps([row for row in rows if row["indicator"] == code], shapes, caller)),
            }
            for code in indicators
        ],
    }


# -- beside others --------------------------------------------------------------------------------


def _beside(
    row: Mapping[str, Any], site: Mapping[str, Any], figures: Sequence[Mapping[str, Any]], of: IndicatorShape, k: int
) -> Iterator[dict[str, Any]]:
    names = {"country": site["country"], "sector": site["sector"], "round": ""}
    for level in _BESIDE:
        total = next(
            (
                other for other in figures
                if other["indicator"] == row["indicator"] and other["level"] == level
                and other.get(level, "") == names[level]
            ),
            None,
        )  # fmt: skip
        told = others(row, total, of, k) if total is not None and _shown(row) and _shown(total) else None
        difference = _difference(row, told, of) if told else {}
        yield {"level": level, "of": names[level], "compared": told is not None, **difference}


def _difference(row: Mapping[str, Any], beside: Wave, of: IndicatorShape) -> dict[str, Any]:
    return {"others": round(beside.value, 3), "n_others": beside.n, **_told(change(beside, wave_of(row), of))}


def _told(moved: Change) -> dict[str, Any]:
    return {
        "by": round(moved.by, 3), "low": round(moved.interval.low, 3), "high": round(moved.interval.high, 3),
        "direction": moved.direction,
    }  # fmt: skip


def _shown(row: Mapping[str, Any]) -> bool:
    return not row["hidden"] and row["low"] is not None


def wave_of(row: Mapping[str, Any]) -> Wave:
    """A shown figure as it is compared."""
    return Wave(row["value"], Interval(row["low"], row["high"]), row["n"])


def others(row: Mapping[str, Any], total: Mapping[str, Any], of: IndicatorShape, k: int) -> Wave | None:
    """Everybody of a total but a site, worked out from the two published figures as any reader could.

    None where fewer than k people, and five for the rounding, are not of the site.
    """
    n = total["n"] - row["n"]
    if n < k + BASE:
        return None
    value = (total["value"] * total["n"] - row["value"] * row["n"]) / n
    value = min(max(value, of.low if of.low is not None else value), of.high if of.high is not None else value)
    # Fewer than the total, so less sure in proportion to the root of their number.
    wider = (total["n"] / n) ** 0.5
    low, high = ((end - total["value"]) * wider for end in (total["low"], total["high"]))
    return Wave(value, Interval(value + low, value + high), n)


# -- from round to round --------------------------------------------------------------------------


def _steps(
    rows: Sequence[Mapping[str, Any]], shapes: Mapping[UUID, Mapping[str, IndicatorShape]], caller: Caller
) -> Iterator[dict[str, Any]]:
    before: Mapping[str, Any] | None = None
    for row in rows:
        of = shapes[row["survey_id"]].get(row["indicator"])
        moved = None
        if before is not None and of is not None and _shown(row) and row["shape"] == before["shape"]:
            moved = change(wave_of(before), wave_of(row), of)
        yield {
            "round": row["round"], "name": row["name"], "opens_at": row["opens_at"],
            **{name: row[name] for name in ("n", "value", "low", "high", "response_rate")},
            "as_of": datetime.fromisoformat(row["figured_at"]),
            "hidden": "protected" if row["hidden"] and caller.brand else row["hidden"],
            "change": {**_told(moved), "says": moved.sentence} if moved else None,
        }  # fmt: skip
        before = row if _shown(row) else before
