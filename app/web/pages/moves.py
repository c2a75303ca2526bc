"""Changes and differences, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.change import Change
from app.domain.statistics import Interval
from app.web.pages import formats
from app.web.pages.languages import gettext, marked
from app.web.pages.scales import SCORE, Scale

_WORDS: Mapping[str, str] = {
    "better": marked("better"),
    "worse": marked("worse"),
    "up": marked("up"),
    "down": marked("down"),
    "none": marked("no clear change"),
}
_BESIDE: Mapping[str, str] = {
    **_WORDS,
    "up": marked("higher"),
    "down": marked("lower"),
    "none": marked("no clear difference"),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """A change as it is read: how much, in a word, its 95 % interval; `direction` draws it."""

    by: str
    word: str
    interval: str
    direction: str


def moved_by(change: Change, scale: Scale) -> Moved:
    """What changed from one round to the next."""
    return _read(change, scale, _WORDS)


def apart_by(change: Change, scale: Scale) -> Moved:
    """How far a figure is from another of the same round."""
    return _read(change, scale, _BESIDE)


def _read(change: Change, scale: Scale, words: Mapping[str, str]) -> Moved:
    low, high = (scale.difference(end) for end in (change.interval.low, change.interval.high))
    interval = gettext("%(low)s to %(high)s") % {"low": low, "high": high}
    return Moved(scale.difference(change.by), gettext(words[change.direction]), interval, change.direction)


def told_move(row: Mapping[str, Any], scales: Mapping[str, Scale], sites: Mapping[str, str]) -> tuple[str, Moved]:
    """A change as `changes` tells it: of which indicator and where, and how far it moved."""
    change = Change(row["by"], Interval(row["low"], row["high"]), row["direction"], row["meaningful"], "")
    place = sites.get(row["site"], row["site"]) if row["site"] else formats.country(row["country"])
    name = formats.named(row["indicator"])
    return f"{name}, {place}" if place else name, moved_by(change, scales.get(row["indicator"], SCORE))
