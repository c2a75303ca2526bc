"""A report on needs met: how many people came how far in a quarter, everywhere or at one place, as it was published."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from babel import Locale

from app.catalogue.reports import report_texts
from app.domain.errors import ConflictError
from app.domain.loop import Step, whole_days
from app.jobs.quarters import Quarter, Reached, Ways, quarter_of_figures, reached
from app.jobs.takeaway.tables import MOMENT, Words


def needs_met_report(
    told: Mapping[str, Any],
    names: Mapping[str, str],
    quarter: str,
    country: str,
    site: str,
    *,
    language: str,
    link: str,
) -> tuple[dict[str, Any], datetime]:
    """What the report says, and when its figures were published.

    Args:
        told: what its reader may know of the loop.
        names: of the sites, by their codes.
        quarter: its first day; "" for the newest.
        country: "" for all.
        site: its code; "" for all.
        language: of the texts, where there are any; English else.
        link: where the same figures are found again as data.

    Raises:
        ConflictError: nothing of this was published.
    """
    words = report_texts(language)
    found = quarter_of_figures(told["figures"], quarter, country, site)
    if not found.kinds:
        raise ConflictError("Nothing has been published of these needs yet.")
    land = Locale.parse(words["language"]).territories
    place = names.get(site) or land.get(country, country) or words["everywhere"]
    published = f"{told['published_at']:{MOMENT}} UTC"
    facts = [
        (words["programme"], told["programme"]), (words["where"], place),
        (words["quarter"], str(found.begins)), (words["published"], published),
    ]  # fmt: skip
    notes = [words["note_ways"].format(k=told["threshold"]), words["note_again"].format(link=link)]
    return {
        "title": words["needs_met"], "subtitle": place, "programme": told["programme"], "round": str(found.begins),
        "language": words["language"], "words": words, "facts": facts, "since": "", "parts": [], "questions": [],
        "ways": list(_tables(found, names, land, words)), "notes": notes,
    }, told["published_at"]  # fmt: skip


def _tables(
    found: Quarter, names: Mapping[str, str], land: Mapping[str, str], words: Words
) -> Iterator[dict[str, Any]]:
    kinds: Mapping[str, str] = words["kinds"]
    tables: Sequence[tuple[str, Ways, Callable[[str], str]]] = [
        (words["by_kind"], found.kinds, lambda code: kinds.get(code, code)),
        (words["by_place"].get(found.below, ""), found.places, lambda code: names.get(code) or land.get(code, code)),
        (words["by_provider"], found.providers, lambda name: name or str(words["all_others"])),
    ]
    heads = [words["steps"][step.value] for step in Step]
    yield from ({"name": name, "heads": heads, "rows": _rows(ways, of, words)} for name, ways, of in tables if ways)


def _rows(ways: Ways, called: Callable[[str], str], words: Words) -> list[dict[str, Any]]:
    return [
        {"name": called(code), "cells": [one and _cell(one, words) for one in reached(steps)]}
        for code, steps in ways.items()
    ]


def _cell(of: Reached, words: Words) -> dict[str, str]:
    share = "" if of.share is None else f"{of.share:.0%}"
    return {"people": f"~{of.people}", "share": share, "after": "" if of.hours is None else _span(of.hours, words)}


def _span(hours: float, words: Words) -> str:
    days = whole_days(hours)
    return words["hours"].format(number=round(hours)) if days is None else words["days"].format(number=days)
