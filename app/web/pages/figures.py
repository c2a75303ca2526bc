"""Published figures as rows and cells of a page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from markupsafe import Markup

from app.domain.change import Change
from app.jobs.overviews import place_of
from app.web.pages import charts, formats
from app.web.pages.languages import gettext, marked
from app.web.pages.locks import lock
from app.web.pages.moves import Moved, moved_by
from app.web.pages.scales import SCORE, SHARE, Scale

DOMAINS = ("pay", "hours", "safety", "respect", "voice", "health", "food", "money", "care", "freedom")

_CATEGORIES = {"": marked("not stated"), "*": marked("all others")}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as it is read; a hidden one has a lock's word and nothing else.

    `step` is its place on the scale in tenths, for the tint and the bar.
    """

    value: str = ""
    interval: str = ""
    n: str = ""
    step: int = 0
    lock: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """An indicator at one place, and what changed since the round before; None where nothing was to compare."""

    name: str
    unit: str
    cell: Cell
    chart: Markup
    marks: tuple[str, str]
    response: str
    as_of: datetime
    moved: Moved | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A country or a site: a cell for each column, None where nobody there was asked for it; `site` is a site's code."""

    name: str
    place: str
    response: str
    cells: Sequence[Cell | None]
    as_of: datetime
    site: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """Lines under their columns: (name, unit) of each indicator."""

    columns: Sequence[tuple[str, str]]
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Reading:
    """How figures are to be read: the scale of each indicator, and the threshold their locks name."""

    scales: Mapping[str, Scale]
    threshold: int

    def scale(self, row: Row) -> Scale:
        """The scale of a figure."""
        return self.scales.get(row["indicator"]) or (SHARE if row["shape"] == "share" else SCORE)

    def cell(self, row: Row) -> Cell:
        """The cell of a figure."""
        if row["hidden"]:
            return Cell(lock=lock(row["hidden"], self.threshold).word)
        scale = self.scale(row)
        interval = _interval(row)
        return Cell(
            value=scale.written(row["value"]),
            interval=scale.span(*interval) if interval else "",
            n=formats.count(row["n"]),
            step=charts.step(row["value"], *scale.ends),
        )

    def measure(self, row: Row, change: Change | None = None) -> Measure:
        """A figure with its chart."""
        scale, cell = self.scale(row), self.cell(row)
        name = formats.named(row["indicator"])
        chart = (
            Markup()
            if cell.lock
            else charts.whisker(row["value"], _interval(row), scale.ends, _said(name, cell, scale))
        )
        moved = moved_by(change, scale) if change else None
        return Measure(name, scale.told_unit, cell, chart, scale.marks, _response(row), row["as_of"], moved)


def _interval(row: Row) -> tuple[float, float] | None:
    return None if row["low"] is None or row["high"] is None else (row["low"], row["high"])


def _said(name: str, cell: Cell, scale: Scale) -> str:
    told = {
        "name": name, "value": cell.value, "interval": cell.interval, "low": scale.marks[0], "high": scale.marks[1],
    }  # fmt: skip
    if cell.interval:
        return gettext("%(name)s: %(value)s, 95 %% interval %(interval)s, on a scale from %(low)s to %(high)s") % told
    return gettext("%(name)s: %(value)s, on a scale from %(low)s to %(high)s") % told


def _response(row: Row) -> str:
    return "–" if row["response_rate"] is None else formats.percent(row["response_rate"])


def in_order(rows: Sequence[Row]) -> list[Row]:
    """Figures in the order of the domains."""
    return sorted(rows, key=_order)


def _order(row: Row) -> tuple[int, str]:
    known = row["domain"] in DOMAINS
    return (DOMAINS.index(row["domain"]) if known else len(DOMAINS), row["indicator"])


def by_domain(
    rows: Sequence[Row],
    reading: Reading,
    level: str = "round",
    changes: Mapping[tuple[Any, ...], Change] | None = None,
) -> Sequence[tuple[str, Sequence[Measure]]]:
    """The indicators of one place under their domains, in the order of the vocabulary.

    Args:
        rows: figures; of the level there is one for each indicator.
        reading: how they are read.
        level: of the place: round, country, supplier or site.
        changes: of figures, by `place_of`.
    """
    moved = changes or {}
    ordered = sorted((row for row in rows if row["level"] == level), key=_order)
    return [
        (
            formats.named(domain or "other"),
            [reading.measure(row, moved.get(place_of(row)) if moved else None) for row in group],
        )
        for domain, group in groupby(ordered, key=lambda row: row["domain"])
    ]


def by_country(rows: Sequence[Row], reading: Reading) -> Grid:
    """A line for each country."""
    found = [row for row in rows if row["level"] == "country"]
    return _grid(found, reading, lambda row: (formats.country(row["country"]), ""))


def by_supplier(rows: Sequence[Row], reading: Reading) -> Grid:
    """A line for each supplier, those of a country together."""
    found = [row for row in rows if row["level"] == "supplier"]
    return _grid(found, reading, lambda row: (formats.country(row["country"]), row["supplier"]))


def by_category(rows: Sequence[Row], reading: Reading, level: str = "round") -> Grid:
    """A line for each category of a filter, at one place."""
    found = [row for row in rows if row["level"] == level and row["split"]]
    return _grid(found, reading, lambda row: (formats.named(row["split"]), _category(row["category"])))


def _category(name: str) -> str:
    return gettext(_CATEGORIES[name]) if name in _CATEGORIES else formats.named(name)


def by_site(rows: Sequence[Row], reading: Reading) -> Grid:
    """A line for each site, those of a country together."""
    found = [row for row in rows if row["level"] == "site"]
    return _grid(found, reading, lambda row: (formats.country(row["country"]), row["site_name"] or row["site"] or ""))


def _grid(rows: Sequence[Row], reading: Reading, place: Callable[[Row], tuple[str, str]]) -> Grid:
    heads = {row["indicator"]: row for row in sorted(rows, key=_order)}
    columns = [(formats.named(code), _unit(reading.scale(row))) for code, row in heads.items()]
    ordered = sorted(rows, key=lambda row: (place(row), row["site"] or ""))
    lines = [
        _line(*key[0], list(group), list(heads), reading)
        for key, group in groupby(ordered, key=lambda row: (place(row), row["site"]))
    ]
    return Grid(columns, lines)


def _unit(scale: Scale) -> str:
    return gettext("%(low)s to %(high)s") % {"low": scale.marks[0], "high": scale.marks[1]}


def _line(country: str, site: str, rows: Sequence[Row], columns: Sequence[str], reading: Reading) -> Line:
    found = {row["indicator"]: row for row in rows}
    newest = max(rows, key=lambda row: (not row["hidden"], row["as_of"]))
    return Line(
        name=site or country,
        place=country if site else "",
        response=_response(newest),
        cells=[reading.cell(found[code]) if code in found else None for code in columns],
        as_of=newest["as_of"],
        site=newest["site"] or "",
    )
