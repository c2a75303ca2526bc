"""What of the loop's figures is looked at together: a quarter, everywhere or at one place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.loop import ALL_KINDS, Step
from app.jobs.loop import narrowed

Row = Mapping[str, Any]
Ways = Mapping[str, Mapping[str, Row]]
"""Kinds, places or providers by their codes → step → figure."""
_BELOW: Mapping[str, str] = {"programme": "country", "country": "site"}


@dataclass(frozen=True, slots=True)
class Quarter:
    """Figures of a quarter.

    Attributes:
        quarters: the first days of all of which something is published, the newest first.
        begins: that of this one; None where nothing is published.
        countries: where there are figures of it.
        kinds: of the place that was asked for.
        places: the countries of all, or the sites of a country; none below a site.
        below: what those are, `country` or `site`; "" for none.
        providers: of the whole programme; none where a place was asked for.
        settled: whether times are told.
    """

    quarters: Sequence[date]
    begins: date | None
    countries: Sequence[str]
    kinds: Ways
    places: Ways
    below: str
    providers: Ways
    settled: bool


def quarter_of_figures(figures: Sequence[Row], wanted: str = "", country: str = "", site: str = "") -> Quarter:
    """The quarter that begins on the day `wanted` (ISO 8601), or the newest where none does."""
    quarters = sorted({row["quarter"] for row in figures}, reverse=True)
    begins = next((one for one in quarters if one.isoformat() == wanted), quarters[0] if quarters else None)
    whole = narrowed(figures, begins)
    there = narrowed(whole, begins, country, site)
    level = "site" if site else "country" if country else "programme"
    below = _BELOW.get(level, "")
    return Quarter(
        quarters, begins, sorted({row["country"] for row in whole if row["country"]}),
        _ways((row for row in there if row["level"] == level), "category"),
        _ways((row for row in there if row["level"] == below and row["category"] == ALL_KINDS), below), below,
        _ways((row for row in whole if row["level"] == "provider" and level == "programme"), "provider"),
        settled=any(row["settled"] for row in there),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reached:
    """How many people reached a step, their share of those with the need (0–1), and the hours for half of all.

    None where that is unknown, and of the first step, which everybody with the need is at.
    """

    people: int
    share: float | None
    hours: float | None


def reached(steps: Mapping[str, Row]) -> list[Reached | None]:
    """Each step in order; None where nothing may be told."""
    raised = steps.get(Step.RAISED, {}).get("people", 0)
    return [_reached(row, raised, later=step != Step.RAISED) if (row := steps.get(step)) else None for step in Step]


def _reached(row: Row, raised: int, *, later: bool) -> Reached:
    share = min(row["people"] / raised, 1.0) if raised and later else None
    return Reached(row["people"], share, row["median_hours"] if later else None)


def _ways(rows: Iterable[Row], by: str) -> Ways:
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        found.setdefault(row[by] or "", {})[row["step"]] = row
    return dict(sorted(found.items()))
