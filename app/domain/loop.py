"""From a need to "it helped": how many people came how far, in what time, and of whom that may be told."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final

from app.domain.disclosure import OTHERS, Key, Ledger, Rule, Split, Stock, Sums
from app.domain.disclosure.admitting import admit
from app.domain.disclosure.model import plus
from app.domain.disclosure.splitting import Part, by_category, split_up

SETTLES_AFTER: Final = timedelta(days=90)
"""How long after a quarter its needs are followed: the longest deadline is two weeks, and a service may be asked anew."""

ALL_KINDS: Final = ""
"""The category under which all kinds of needs are told together."""

_HALF: Final = 0.5
_ROUNDING: Final = 1e-12
_A_QUARTER: Final = 3
_HOURS_UNTIL: Final = timedelta(days=2)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class Step(StrEnum):
    """How far a need came; each step stands on the one before."""

    RAISED = "raised"
    OFFERED = "offered"
    CONSENTED = "consented"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    HELPED = "helped"


BY_PROVIDER: Final = (Step.CONSENTED, Step.ACCEPTED, Step.COMPLETED, Step.HELPED)
"""The steps at which a need is with a provider."""


@dataclass(frozen=True, slots=True)
class Way:
    """How far one person came with needs of one kind within a quarter.

    Attributes:
        place: where the worker is enrolled, country and site.
        category: the kind of need.
        reached: step → how long after the first such need; RAISED is at nought.
        seen: how long it was looked at so far.
        ended: whether it is over, so that what was not reached never will be.
        provider: the organization that was first agreed to, "" before.
    """

    place: Key
    category: str
    reached: Mapping[Step, timedelta]
    seen: timedelta
    ended: bool = False
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """How many people reached a step, and the time by which half of all had."""

    step: Step
    people: int
    median: timedelta | None


def stages(ways: Sequence[Way]) -> list[Stage]:
    """The funnel of some people, a stage for each step."""
    return [Stage(step, sum(step in way.reached for way in ways), median_of(ways, step)) for step in Step]


def median_of(ways: Iterable[Way], step: Step) -> timedelta | None:
    """The median time to a step."""
    reached, waiting, never = list[timedelta](), list[timedelta](), 0
    for way in ways:
        if step in way.reached:
            reached.append(way.reached[step])
        elif way.ended:
            never += 1
        else:
            waiting.append(way.seen)
    return median_time(reached, waiting, never)


def median_time(reached: Sequence[timedelta], waiting: Sequence[timedelta] = (), never: int = 0) -> timedelta | None:
    """The time by which half of all people had reached a step; None where that cannot be seen yet, or never was.

    The median of the product-limit estimate (Kaplan & Meier, J. Am. Stat. Assoc. 53 (1958) 457–481): a plain median
    of those who reached it would tell of the quick ones alone. Whoever waits counts for as long as was looked; whoever's
    need ended before the step stays in the denominator for ever (Fine & Gray, J. Am. Stat. Assoc. 94 (1999) 496–509),
    for else a refusal would shorten the time.

    Args:
        reached: how long it took, each person's.
        waiting: how long others have waited so far.
        never: how many others can reach it no more.
    """
    at_risk = len(reached) + len(waiting) + never
    left = 1.0
    # Who reached it at an instant was still at risk beside whoever was last seen then.
    moments = sorted([(span, 0) for span in reached] + [(span, 1) for span in waiting])
    for (span, lost), same in groupby(moments):
        count = len(list(same))
        if not lost:
            left *= 1 - count / at_risk
            if left <= _HALF + _ROUNDING:
                return span
        at_risk -= count
    return None


def coarse_hours(span: timedelta) -> float:
    """A time as it is published, in hours: to the hour, from two days on to the day, and never nought."""
    unit = _HOUR if span < _HOURS_UNTIL else _DAY
    return max(1, round(span / unit)) * unit / _HOUR


def whole_days(hours: float) -> int | None:
    """The days of a published time, as `coarse_hours` rounds it; None of one that is told in hours."""
    span = timedelta(hours=hours)
    return None if span < _HOURS_UNTIL else round(span / _DAY)


# -- quarters -------------------------------------------------------------------------------------


def quarter_of(moment: datetime) -> date:
    """The first day of the quarter, in UTC, that an aware instant is in."""
    day = moment.astimezone(UTC).date()
    return date(day.year, day.month - (day.month - 1) % _A_QUARTER, 1)


def settles_at(quarter: date) -> datetime:
    """From when on a quarter's figures stand: its needs have been followed for long enough."""
    later = quarter.replace(day=1) + timedelta(days=31 * _A_QUARTER)
    return datetime.combine(quarter_of(datetime.combine(later, time(), UTC)), time(), UTC) + SETTLES_AFTER


# -- of whom may be told --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a count may tell of: people by place, and what to remember of it."""

    people: Mapping[Key, int] = field(default_factory=dict[Key, int])
    ledger: Ledger = field(default_factory=Ledger)


_PROVIDER: Final = "provider"
_EVERYBODY: Final = ("", "")


def _as_sums(n: int) -> Sums:
    """So many people. A count has no scores that could all be the same: as if half stood at either end, it is diverse."""
    return n, 0, n


def _rule(k: int) -> Rule:
    return Rule(k, "score", -1, 1)


def tell(
    counts: Mapping[Key, Counter[str]], staff: Mapping[Key, int], ledger: Ledger, k: int, *, settled: bool
) -> Told:
    """Of whom a count of people may tell: they are admitted by groups of k, site by site, as in every figure.

    Only what may be told of is there: that a place is hidden would itself tell that it has somebody. A site where it is
    true of everybody is not told of either.

    Args:
        counts: everybody of whom it is true, by site and provider.
        staff: everybody of whom it could be, by site.
        ledger: whom the count told of so far.
        k: the fewest people.
        settled: whether nobody is expected any more; whoever still waits is then put together, by country, else all.
    """
    some = {place: of for place, of in counts.items() if 0 < of.total() < staff.get(place, 0)}
    known = {(_PROVIDER, name) for of in some.values() for name in of} | set(ledger.sites.columns) - {_EVERYBODY}
    columns = (_EVERYBODY, *sorted(known))
    places = {
        place: tuple(sum((_as_sums(of.total() if column == _EVERYBODY else of[column[1]]) for column in columns), ()))
        for place, of in some.items()
    }
    now = admit(Stock(columns, places), ledger, _rule(k), closed=settled)
    return Told({place: sums[0] for place, sums in added_up(now).items()}, now)


def added_up(ledger: Ledger) -> dict[Key, Sums]:
    """Each site told of, and each total of sites and of those who were put together."""
    found: dict[Key, Sums] = {}
    for stock in (ledger.sites, ledger.pools):
        for key, sums in stock.places.items():
            for depth in range(len(key) + 1):
                found[key[:depth]] = plus(found[key[:depth]], sums) if key[:depth] in found else sums
    return found


def all_kinds(kinds: Iterable[Mapping[Key, int]]) -> dict[Key, int]:
    """All kinds of needs together: the sum of what is told of each, for the number of people with any would give the rest."""
    found: dict[Key, int] = {}
    for told in kinds:
        for place, n in told.items():
            found[place] = found.get(place, 0) + n
    return found


def by_site(ways: Iterable[Way], step: Step) -> dict[Key, Counter[str]]:
    """How many people of each site reached a step, by provider; "" before one was agreed to."""
    found: dict[Key, Counter[str]] = {}
    for way in ways:
        if step in way.reached:
            found.setdefault(way.place, Counter())[way.provider if step in BY_PROVIDER else ""] += 1
    return found


OTHER_PROVIDERS: Final = OTHERS
"""Those who are too small to be told of by themselves."""


def by_provider(ledgers: Iterable[Ledger], k: int) -> dict[str, int]:
    """How many of those told of by place may be told of by provider: once, when nobody is expected any more.

    The same people told in another way are the other margin of a table: as with filters, what a reader could work out
    of its inside is bounded, and whoever would be laid bare is left out.

    Args:
        ledgers: of one step, of each kind of need.
        k: the fewest people.
    """
    parts = [
        (key, Counter({name: sums[3 * at] for at, (_, name) in enumerate(stock.columns) if at}))
        for ledger in ledgers
        for stock in (ledger.sites, ledger.pools)
        for key, sums in stock.places.items()
    ]
    names = _large(sum((of for _, of in parts), Counter()), k)
    known = [Part(key, tuple(sum((_as_sums(n) for n in _merged(of, names)), ()))) for key, of in parts]
    groups = split_up(known, Split(_PROVIDER, frozenset({"round"})), _rule(k))
    found = Counter[str]()
    for group in groups:
        for name, sums in zip((*names, OTHER_PROVIDERS), by_category(group.sums), strict=True):
            found[name] += sums[0]
    return {name: n for name, n in found.items() if n}


def _large(people: Counter[str], k: int) -> list[str]:
    """The providers with k people, without as many of the smallest of them as the others need to be k themselves."""
    large = sorted((name for name, n in people.items() if n >= k), key=lambda name: (-people[name], name))
    while large and 0 < people.total() - sum(people[name] for name in large) < k:
        large.pop()
    return sorted(large)


def _merged(of: Counter[str], names: Sequence[str]) -> list[int]:
    return [*(of[name] for name in names), of.total() - sum(of[name] for name in names)]
