"""What a flag means for the figures: with the flagged and without them, told only where neither side is about persons."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from app.domain.quality.model import Flag
from app.domain.statistics import Tally


@dataclass(frozen=True, slots=True)
class Effect:
    """An indicator with and without those flagged; both None where either would tell of too few."""

    indicator: str
    with_them: float | None
    without: float | None


def effects(
    flag: Flag,
    members: AbstractSet[int],
    scores: Mapping[int, Mapping[str, float]],
    everyone: Iterable[int],
    may_show: Callable[[Tally], bool],
) -> list[Effect]:
    """The figures a flag bears on.

    Args:
        flag: the sign.
        members: whom it is about; all of the site where it is about the site.
        scores: respondent → indicator → score.
        everyone: the respondents of the figure: the site's, or the round's where the flag is about a site.
        may_show: whether a tally may be told of by itself.
    """
    people = list(everyone)
    names = [flag.indicator] if flag.indicator else sorted({name for key in people for name in scores.get(key, {})})
    return [_effect(members, name, scores, people, may_show) for name in names]


def _effect(
    members: AbstractSet[int],
    name: str,
    scores: Mapping[int, Mapping[str, float]],
    people: Iterable[int],
    may_show: Callable[[Tally], bool],
) -> Effect:
    inside, outside = Tally(), Tally()
    for key in people:
        value = scores.get(key, {}).get(name)
        if value is not None and key in members:
            inside += Tally(1, value, value * value)
        elif value is not None:
            outside += Tally(1, value, value * value)
    # With and without together give the flagged themselves, so all three must be fit to be told.
    if not all(may_show(tally) for tally in (inside, outside, inside + outside)):
        return Effect(name, None, None)
    whole = inside + outside
    return Effect(name, whole.total / whole.n, outside.total / outside.n)
