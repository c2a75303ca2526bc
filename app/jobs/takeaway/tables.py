"""Published figures as the tables of a report: place by place, or sites side by side."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.domain.attention import Reason
from app.domain.change import Change, change
from app.domain.indicators import IndicatorShape
from app.jobs.comparing import wave_of
from app.jobs.overviews import Concern, place_of

MOMENT = "%Y-%m-%d %H:%M"
"""How a report writes a moment, in UTC."""
_LEVELS = ("round", "country", "supplier", "sector", "site")

Row = Mapping[str, Any]
Words = Mapping[str, Any]
Shapes = Mapping[str, IndicatorShape]
Changes = Mapping[tuple[Any, ...], Change]


def by_place(figures: Sequence[Row], shapes: Shapes, words: Words, changes: Changes) -> Iterator[dict[str, Any]]:
    """A table for each place and each category of it, the widest place first."""
    places: dict[tuple[int, str], list[Row]] = {}
    for row in figures:
        places.setdefault((_LEVELS.index(row["level"]), _place(row, words)), []).append(row)
    for (_, name), rows in sorted(places.items(), key=lambda item: item[0]):
        yield {"name": name, "rows": [_row(row, shapes, words, changes.get(place_of(row))) for row in rows]}


def _place(row: Row, words: Words) -> str:
    if row["level"] == "site":
        return f"{row['site_name']} ({row['site']})"
    name = total_named(row["level"], row["country"], row[row["level"]] if row["level"] != "round" else "", words)
    if not row["split"]:
        return name
    category = words["categories"].get(row["category"], row["category"])
    return words["of_category"].format(place=name, split=row["split"], category=category)


def total_named(level: str, country: str, name: str, words: Words) -> str:
    """A total in words, such as that of a supplier within a country."""
    within = f", {country}" if level == "supplier" and country else ""
    return words["levels"][level].format(name=f"{name}{within}")


def side_by_side(figures: Sequence[Row], sites: Sequence[str], shapes: Shapes, words: Words) -> dict[str, Any]:
    """A column for each site and a row for each indicator; what each is from the first site, where both are shown."""
    found = {(row["indicator"], row["site"]): row for row in figures}
    names = {row["site"]: row["site_name"] for row in figures}
    return {
        "columns": [names.get(site, site) for site in sites],
        "rows": [
            {
                "indicator": code, "unit": unit_of(shapes.get(code), words),
                "cells": [_side(found.get((code, site)), found.get((code, sites[0])), shapes, words) for site in sites],
            }
            for code in dict.fromkeys(row["indicator"] for row in figures)
        ],
    }  # fmt: skip


def _side(row: Row | None, first: Row | None, shapes: Shapes, words: Words) -> dict[str, Any] | None:
    if row is None:
        return None
    of = shapes.get(row["indicator"])
    told = None
    if first is not None and row is not first and of and row["low"] is not None and first["low"] is not None:
        told = change(wave_of(first), wave_of(row), of)
    return _row(row, shapes, {**words, "directions": words["apart"]}, told)


def concerned(
    concerns: Sequence[Concern], names: Mapping[str, str], shapes: Shapes, words: Words
) -> Iterator[dict[str, Any]]:
    """The sites that need a look and why, in the order of their surest reason."""
    reasons: dict[str, list[str]] = {}
    for one in concerns:
        share = one.indicator in shapes and shapes[one.indicator].kind == "share"
        by = _difference(one.told.by, share=share) if one.told else ""
        told = words["reasons"][Reason(one.reason).value].format(indicator=one.indicator, by=by)
        reasons.setdefault(one.site, []).append(told)
    for site, told in reasons.items():
        yield {"site": f"{names[site]} ({site})", "reasons": told}


def _row(row: Row, shapes: Shapes, words: Words, told: Change | None) -> dict[str, Any]:
    share, of = row["shape"] == "share", shapes.get(row["indicator"])
    shown = not row["hidden"]
    certain = shown and row["low"] is not None
    return {
        "indicator": row["indicator"], "unit": unit_of(of, words), "hidden": not shown,
        "value": _figure(row["value"], share=share) if shown else "",
        "interval": f"{_figure(row['low'], share=share)} – {_figure(row['high'], share=share)}" if certain else "",
        "n": str(row["n"]) if shown else "",
        "response_rate": "" if row["response_rate"] is None else f"{row['response_rate']:.0%}",
        "moved": _moved(told, words, share=share) if told else "",
        **(_along(row, of) if certain and of else {}),
    }  # fmt: skip


def _moved(told: Change, words: Words, *, share: bool) -> str:
    by, low, high = (_difference(end, share=share) for end in (told.by, told.interval.low, told.interval.high))
    return words["moved"].format(word=words["directions"][told.direction], by=by, low=low, high=high)


def _difference(by: float, *, share: bool) -> str:
    """With its sign; of shares in points of the per cent."""
    return f"{by * (100 if share else 1):+.1f}".replace("-", "−")


def unit_of(of: IndicatorShape | None, words: Words) -> str:
    """An indicator's unit and which end of it is better, where somebody has said so."""
    if of is None:
        return ""
    # Of hours or pay as they were told nobody has said which end is better, and a report must not.
    better = {"high": words["higher"], "low": words["lower"], "": ""}[of.better] if of.low is not None else ""
    unit = words["unit_share"] if of.kind == "share" and of.unit == "share" else of.unit
    return ", ".join(part for part in (unit, better) if part)


def _figure(value: Any, *, share: bool) -> str:
    return f"{value:.0%}" if share else f"{value:.1f}"


def _along(row: Row, of: IndicatorShape) -> dict[str, float]:
    """Where value and interval lie on the scale, 0 to 1; nothing where the scale has no ends."""
    if of.low is None or of.high is None or of.high <= of.low:
        return {}
    at, low, high = ((row[name] - of.low) / (of.high - of.low) for name in ("value", "low", "high"))
    return {"at": min(max(at, 0), 1), "from": min(max(low, 0), 1), "to": min(max(high, 0), 1)}
