"""How the answers to one question are spread, of the very people its published figure tells of."""

from collections.abc import Mapping
from typing import Final

from app.domain.indicators import score
from app.domain.survey import Indicator, Kind, Question, Survey, Value

Counts = Mapping[float, int]
"""Score → people."""

_MOST_STEPS: Final = 11
_DIGITS: Final = 2
_SCORE_DIGITS: Final = 6


def steps(indicator: Indicator, survey: Survey) -> dict[float, tuple[Value, ...]]:
    """Each score the indicator may have with the answers that give it, in the order of the question's options.

    Empty where it is made of several questions, or of one that is not closed: there is nothing to be told apart.
    """
    question = survey.question(indicator.of[0]) if len(indicator.of) == 1 else None
    found: dict[float, tuple[Value, ...]] = {}
    for answer in _answers(question) if question else ():
        worth = score(indicator, survey, {indicator.of[0]: answer})
        if worth is not None:
            at = round(worth, _SCORE_DIGITS)
            found[at] = (*found.get(at, ()), answer)
    return found


def _answers(question: Question) -> tuple[Value, ...]:
    match question:
        case Question(kind=Kind.SINGLE):
            return tuple(option.code for option in question.options)
        case Question(kind=Kind.YES_NO):
            return (True, False)
        case Question(kind=Kind.SCALE, minimum=float() | int() as low, maximum=float() | int() as high):
            return tuple(range(int(low), int(high) + 1)) if high - low < _MOST_STEPS else ()
        case _:
            return ()


def kept(counts: Counts, former: Counts, n: int, total: float) -> Counts:
    """The spread that belongs to a figure: today's where it is of the figure's people, else what belonged to it before.

    People wait until they are a group that may be told of, and a spread that knew them already would tell of them alone.

    Args:
        counts: of everybody with a score.
        former: what was kept at the last publication.
        n: the people the figure tells of.
        total: the sum of their scores.
    """
    same = sum(counts.values()) == n and abs(sum(at * people for at, people in counts.items()) - total) < 1e-3  # noqa: PLR2004
    return counts if same else former


def folded(counts: Counts, k: int) -> dict[tuple[float, ...], float]:
    """Neighbouring scores → the share of people there, to the per cent; at least k stand behind each share.

    Where fewer gave an answer, or nobody, it is told together with the one beside it: that nobody said something is told
    of everybody. Empty where nothing is left to be told apart.
    """
    parts: list[tuple[tuple[float, ...], int]] = [((at,), people) for at, people in sorted(counts.items())]
    while len(parts) > 1 and (few := [at for at, (_, people) in enumerate(parts) if people < k]):
        smallest = min(few, key=lambda at: parts[at][1])
        beside = [at for at in (smallest - 1, smallest + 1) if 0 <= at < len(parts)]
        # With the lesser neighbour, so that what many answered stays apart.
        other = min(beside, key=lambda at: (parts[at][1], at))
        low, high = sorted((smallest, other))
        parts[low : high + 1] = [(parts[low][0] + parts[high][0], parts[low][1] + parts[high][1])]
    everybody = sum(people for _, people in parts)
    if len(parts) <= 1:
        return {}
    return {scores: round(people / everybody, _DIGITS) for scores, people in parts}
