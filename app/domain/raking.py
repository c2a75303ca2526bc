"""Weights: who answered, brought to the head-counts of those who could have.

Source: Deming & Stephan, Ann. Math. Stat. 11 (1940) 427–444 (raking); Kalton & Flores-Cervantes, J. Off. Stat. 19
(2003) 81–97 (collapsing and trimming).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.estimates import Stratum
from app.domain.statistics import Weighting, kish

MOST_TIMES_MEAN: Final = 5.0
_PASSES: Final = 200
_STILL: Final = 1e-9
_MET: Final = 1e-3
Field = Literal["gender", "age_band", "employment"]
Weights = dict[Stratum, float]


@dataclass(frozen=True, slots=True)
class Margin:
    """Head-counts by a trait: site → category → people."""

    field: Field
    people: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Collapsed:
    """Categories of a site that count as one, since too few of one answered."""

    site: str
    field: Field
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeftOff:
    """A head-count that could not be used, and why; `field` is `site` for the head-counts of whole sites."""

    site: str
    field: Field | Literal["site"]
    reason: Literal["no head-count", "nobody answered", "too few answered", "not in the head-counts"]


@dataclass(frozen=True, slots=True)
class Raked:
    """Weights and how they came about.

    Attributes:
        weights: how many people each respondent of a stratum stands for; their mean is 1 where sites have no
            head-counts.
        converged: whether every margin is met to a thousandth.
        passes: how often all margins were gone through.
        furthest: the largest relative distance from a margin that is left.
        largest: the largest weight, in times the mean one.
        trimmed: respondents whose weight was held at the most allowed.
        collapsed: categories taken together.
        left_off: head-counts that could not be used.
        weighting: what the weights cost (Kish); the clustering by site comes on top.
    """

    weights: Mapping[Stratum, float]
    converged: bool
    passes: int
    furthest: float
    largest: float
    trimmed: int
    collapsed: tuple[Collapsed, ...]
    left_off: tuple[LeftOff, ...]
    weighting: Weighting


@dataclass(frozen=True, slots=True)
class _Goal:
    """Groups of strata, and the share of their people that each should have."""

    parts: tuple[tuple[tuple[Stratum, ...], float], ...]


def rake(
    respondents: Mapping[Stratum, int],
    headcounts: Mapping[str, int | None],
    margins: Sequence[Margin],
    *,
    least: int = 5,
    most: float = MOST_TIMES_MEAN,
) -> Raked | None:
    """Weights that bring respondents to every head-count as nearly as the largest weight allows.

    A category with fewer than `least` respondents is taken together with the next smallest of its site; where one
    category is left, the site has no margin of that trait. Whoever's trait is not known takes no part in its margin.

    Args:
        respondents: how many answered, by stratum.
        headcounts: site → people; None where it is not known, and then sites are not weighted against one another.
        margins: head-counts by trait, which should add up to the site's.
        least: the fewest respondents of a category that stands by itself.
        most: the largest weight allowed, in times the mean one.

    Returns:
        The weights; None where nobody answered.
    """
    held = {stratum: count for stratum, count in sorted(respondents.items()) if count > 0}
    if not held:
        return None
    notes: list[Collapsed | LeftOff] = []
    goals = [goal for margin in margins for goal in _traits(margin, held, least, notes)]
    whole = _sites(held, headcounts, notes)
    goals += [whole] if whole else []
    weights, passes = _settle(held, goals, most)
    people = sum(headcounts.get(site) or 0 for site in {stratum.site for stratum in held}) if whole else None
    return _told(held, weights, goals, passes, most, notes, people)


def _sites(
    held: Mapping[Stratum, int], headcounts: Mapping[str, int | None], notes: list[Collapsed | LeftOff]
) -> _Goal | None:
    """The head-counts of whole sites, if every site where somebody answered has one."""
    answered = sorted({stratum.site for stratum in held})
    unknown = [site for site in answered if not headcounts.get(site)]
    notes += [LeftOff(site, "site", "no head-count") for site in unknown]
    notes += [LeftOff(site, "site", "nobody answered") for site in sorted(headcounts.keys() - set(answered))]
    if unknown:
        return None
    whole = sum(headcounts[site] or 0 for site in answered)
    return _Goal(
        tuple(
            (tuple(stratum for stratum in held if stratum.site == site), (headcounts[site] or 0) / whole)
            for site in answered
        )
    )


def _traits(
    margin: Margin, held: Mapping[Stratum, int], least: int, notes: list[Collapsed | LeftOff]
) -> Iterator[_Goal]:
    """A goal for each site's head-counts by the trait, its small categories taken together."""
    for site, people in sorted(margin.people.items()):
        members = _members(margin.field, site, held)
        if not members:
            continue  # told by the sites already
        if members.keys() - people.keys() - {""}:
            notes.append(LeftOff(site, margin.field, "not in the head-counts"))
        answered = {category: sum(held[stratum] for stratum in members.get(category, ())) for category in people}
        groups = _together(answered, least)
        if len(groups) == 1:
            notes.append(LeftOff(site, margin.field, "too few answered"))
            continue
        notes += [Collapsed(site, margin.field, group) for group in groups if len(group) > 1]
        whole = sum(people.values())
        yield _Goal(
            tuple(
                (
                    tuple(stratum for category in group for stratum in members.get(category, ())),
                    sum(people[category] for category in group) / whole,
                )
                for group in groups
            )
        )


def _members(field: Field, site: str, held: Mapping[Stratum, int]) -> dict[str, list[Stratum]]:
    found: dict[str, list[Stratum]] = {}
    for stratum in held:
        if stratum.site == site:
            found.setdefault(getattr(stratum, field), []).append(stratum)
    return found


def _together(answered: Mapping[str, int], least: int) -> list[tuple[str, ...]]:
    """Categories in groups of enough respondents, the two smallest joined until each has."""
    groups = [(category,) for category in answered]

    def size(group: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
        return sum(answered[category] for category in group), group

    groups.sort(key=size)
    while len(groups) > 1 and size(groups[0])[0] < max(least, 1):
        groups = sorted([tuple(sorted(groups[0] + groups[1])), *groups[2:]], key=size)
    return groups


def _settle(held: Mapping[Stratum, int], goals: Sequence[_Goal], most: float) -> tuple[Weights, int]:
    """Goes through the margins until nothing moves, holding the largest weight after each pass."""
    weights = dict.fromkeys(held, 1.0)
    for passes in range(1, _PASSES + 1):
        before = dict(weights)
        for goal in goals:
            _scale(weights, held, goal)
        weights = _trimmed(weights, held, most)
        if all(abs(weights[stratum] / before[stratum] - 1) < _STILL for stratum in held):
            return weights, passes
    return weights, _PASSES


def _scale(weights: Weights, held: Mapping[Stratum, int], goal: _Goal) -> None:
    reached = [_people(weights, held, part) for part, _ in goal.parts]
    whole = sum(reached)
    for (part, share), people in zip(goal.parts, reached, strict=True):
        for stratum in part:
            # A category of nobody in the head-counts, in which somebody answered, keeps next to no weight.
            weights[stratum] *= max(share * whole / people, _STILL)


def _people(weights: Weights, held: Mapping[Stratum, int], part: Sequence[Stratum]) -> float:
    return sum(weights[stratum] * held[stratum] for stratum in part)


def _trimmed(weights: Weights, held: Mapping[Stratum, int], most: float) -> Weights:
    """No weight over `most` times the mean, which falls with every weight that is held."""
    mean = _people(weights, held, list(held)) / sum(held.values())
    while max(weights.values()) > most * mean * (1 + _STILL):
        weights = {stratum: min(weight, most * mean) for stratum, weight in weights.items()}
        mean = _people(weights, held, list(held)) / sum(held.values())
    return weights


def _told(
    held: Mapping[Stratum, int],
    weights: Weights,
    goals: Sequence[_Goal],
    passes: int,
    most: float,
    notes: Sequence[Collapsed | LeftOff],
    people: float | None,
) -> Raked:
    count, whole = sum(held.values()), _people(weights, held, list(held))
    mean = whole / count
    furthest = max((_distance(weights, held, goal) for goal in goals), default=0.0)
    limit = most * mean * (1 - _MET)
    return Raked(
        weights={
            stratum: weight * (count if people is None else people) / whole for stratum, weight in weights.items()
        },
        converged=furthest < _MET,
        passes=passes,
        furthest=furthest,
        largest=max(weights.values()) / mean,
        trimmed=sum(held[stratum] for stratum, weight in weights.items() if weight >= limit),
        collapsed=tuple(note for note in notes if isinstance(note, Collapsed)),
        left_off=tuple(note for note in notes if isinstance(note, LeftOff)),
        weighting=kish([weight for stratum, weight in weights.items() for _ in range(held[stratum])]),
    )


def _distance(weights: Weights, held: Mapping[Stratum, int], goal: _Goal) -> float:
    reached = [_people(weights, held, part) for part, _ in goal.parts]
    whole = sum(reached)
    return max(
        abs(people / (share * whole) - 1) for people, (_, share) in zip(reached, goal.parts, strict=True) if share > 0
    )
