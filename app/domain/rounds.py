"""How a round asks: whom, when, how often; read from a document, with every fault named."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any, cast

from app.domain.errors import Fault, InvalidError
from app.domain.hours import Window
from app.domain.phrases import phrase
from app.domain.sampling import SampleKind, SamplePlan

_MOST_DAYS = 60


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """One asking of a survey. Durations are `timedelta`; the window is in each worker's local time."""

    window: Window = field(default_factory=lambda: Window(time(9), time(20)))
    spread: timedelta = timedelta(hours=1)
    remind_after: timedelta = timedelta(hours=24)
    expire_after: timedelta = timedelta(hours=72)
    lasts: timedelta = timedelta(days=7)
    sample: SamplePlan = field(default_factory=lambda: SamplePlan(SampleKind.ALL))
    sites: tuple[str, ...] = ()
    rest_on_holidays: bool = False

    def to_json(self) -> dict[str, Any]:
        """The plain form kept in the store and shown by REST."""
        return {
            "window": {"opens": f"{self.window.opens:%H:%M}", "closes": f"{self.window.closes:%H:%M}"},
            "spread_minutes": self.spread / timedelta(minutes=1),
            "remind_after_hours": self.remind_after / timedelta(hours=1),
            "expire_after_hours": self.expire_after / timedelta(hours=1),
            "lasts_days": self.lasts / timedelta(days=1),
            "sample": {"kind": self.sample.kind.value, "share": self.sample.share, "n": self.sample.n},
            "sites": list(self.sites),
            "rest_on_holidays": self.rest_on_holidays,
        }


def parse_plan(document: Mapping[str, Any]) -> RoundPlan:
    """The plan a document describes; what it leaves out has a sensible default.

    Raises:
        InvalidError: with a fault for every wrong place.
    """
    faults: list[Fault] = []
    plan = RoundPlan()
    known = set(plan.to_json())
    faults += [
        Fault(name, phrase("is not known here; known are: {known}", known=", ".join(sorted(known))))
        for name in document.keys() - known
    ]
    parsed = RoundPlan(
        window=_window(document.get("window"), plan.window, faults),
        spread=_span(document, "spread_minutes", timedelta(minutes=1), plan.spread, timedelta(days=7), faults, least=0),
        remind_after=_span(
            document, "remind_after_hours", timedelta(hours=1), plan.remind_after, timedelta(days=14), faults
        ),
        expire_after=_span(
            document, "expire_after_hours", timedelta(hours=1), plan.expire_after, timedelta(days=30), faults
        ),
        lasts=_span(document, "lasts_days", timedelta(days=1), plan.lasts, timedelta(days=_MOST_DAYS), faults),
        sample=_sample(document.get("sample"), faults),
        sites=_sites(document.get("sites"), faults),
        rest_on_holidays=_truth(document, "rest_on_holidays", faults),
    )
    if not faults and parsed.remind_after >= parsed.expire_after:
        faults.append(
            Fault("remind_after_hours", "must be less than `expire_after_hours`: a reminder needs time to work")
        )
    if faults:
        raise InvalidError(phrase("The plan has {number} fault(s).", number=len(faults)), faults)
    return parsed


def _window(given: object, default: Window, faults: list[Fault]) -> Window:
    if given is None:
        return default
    try:
        document = cast("Mapping[str, str]", given)
        window = Window(_local(document["opens"]), _local(document["closes"]))
    except (KeyError, TypeError, ValueError):
        faults.append(Fault("window", 'must read {"opens": "09:00", "closes": "20:00"}'))
        return default
    if window.opens >= window.closes:
        faults.append(Fault("window", "`opens` must come before `closes`"))
    return window


def _local(text: str) -> time:
    """A time without a zone: every worker has their own."""
    read = time.fromisoformat(text)
    if read.tzinfo is not None:
        raise ValueError(text)
    return read


def _span(
    document: Mapping[str, Any],
    name: str,
    unit: timedelta,
    default: timedelta,
    most: timedelta,
    faults: list[Fault],
    least: float = 0.01,
) -> timedelta:
    given = document.get(name)
    if given is None:
        return default
    if isinstance(given, bool) or not isinstance(given, int | float) or not least <= given <= most / unit:
        faults.append(Fault(name, phrase("must be a number from {least:g} to {most:g}", least=least, most=most / unit)))
        return default
    return given * unit


def _sample(given: object, faults: list[Fault]) -> SamplePlan:
    if given is None:
        return SamplePlan(SampleKind.ALL)
    document = cast("Mapping[str, Any]", given) if isinstance(given, Mapping) else {}
    kind, share, n = document.get("kind"), document.get("share"), document.get("n")
    if kind == "all":
        return SamplePlan(SampleKind.ALL)
    if kind == "share" and isinstance(share, int | float) and not isinstance(share, bool) and 0 < share <= 1:
        return SamplePlan(SampleKind.SHARE, share=float(share))
    if kind == "per_stratum" and isinstance(n, int) and not isinstance(n, bool) and n > 0:
        return SamplePlan(SampleKind.PER_STRATUM, n=n)
    message = 'must read {"kind": "all"}, {"kind": "share", "share": 0.3} or {"kind": "per_stratum", "n": 50}'
    faults.append(Fault("sample", message))
    return SamplePlan(SampleKind.ALL)


def _truth(document: Mapping[str, Any], name: str, faults: list[Fault]) -> bool:
    given = document.get(name)
    if given is not None and not isinstance(given, bool):
        faults.append(Fault(name, "must be true or false"))
    return given is True


def _sites(given: object, faults: list[Fault]) -> tuple[str, ...]:
    if given is None:
        return ()
    if isinstance(given, list) and all(isinstance(code, str) for code in cast("list[object]", given)):
        return tuple(cast("list[str]", given))
    faults.append(Fault("sites", "must be a list of site codes"))
    return ()
