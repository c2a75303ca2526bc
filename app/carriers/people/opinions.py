"""What a virtual worker would answer: mostly well, sometimes badly, by site and by person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from app.domain.survey import Condition, Kind, Option, Question, Survey, Value

_SITE_SHARES = (0.05, 0.09, 0.13, 0.18, 0.30)  # 15 % on average
_PERSON_FACTORS = (0.4, 0.7, 1.0, 1.9)  # 1 on average: bad news comes to the same people
_EVEN = 0.5
_PLAIN_RANGE = (1, 12)
_FEW = 30


@dataclass(frozen=True, slots=True)
class Temper:
    """How often this person's answer is a bad one, 0–1."""

    bad_share: float


def draw_temper(site: Random, person: Random) -> Temper:
    """The site's share, bent by the person's own luck; the two generators are seeded with the site and the number."""
    return Temper(min(0.95, site.choice(_SITE_SHARES) * person.choice(_PERSON_FACTORS)))


def draw_value(question: Question, survey: Survey, temper: Temper, rng: Random) -> Value:
    """What the person means to say. Bad is what scores low, or what raises a need where nothing is scored."""
    bad = rng.random() < temper.bad_share
    good_options, bad_options = _halves(question, survey)
    options = (bad_options if bad else good_options) or question.options
    match question.kind:
        case Kind.SINGLE:
            return _pick(options, rng)
        case Kind.MANY:
            return _several(options, rng, bad=bad)
        case Kind.YES_NO:
            return _yes_no(question, survey, rng, bad=bad)
        case Kind.NUMBER | Kind.SCALE:
            return _number(question, survey, rng, bad=bad)
        case Kind.TEXT | Kind.NOTE:
            return ""


def _halves(question: Question, survey: Survey) -> tuple[list[Option], list[Option]]:
    """The good options and the bad ones, each best first. Bad is what raises a need; without needs, the lower half."""
    sign = 1 if _higher_is_worse(question.code, survey) else -1
    ranked = sorted(question.options, key=lambda option: sign * option.score if option.score is not None else 0.0)
    needy = {value for leaf in _alarms(question.code, survey) for value in leaf.values}
    good = [option for option in ranked if not {option.code, option.value} & needy]
    if 0 < len(good) < len(ranked):
        return good, [option for option in ranked if option not in good]
    middle = (len(ranked) + 1) // 2
    return ranked[:middle], ranked[middle:]


def _higher_is_worse(code: str, survey: Survey) -> bool:
    return any(code in indicator.of and indicator.better == "low" for indicator in survey.indicators)


def _alarms(code: str, survey: Survey) -> list[Condition]:
    """The tests on this question that raise a need."""
    return [leaf for need in survey.needs for leaf in _leaves(need.when) if leaf.question == code]


def _leaves(condition: Condition) -> Iterator[Condition]:
    if condition.group == "not":
        return
    if not condition.group:
        yield condition
    for part in condition.parts:
        yield from _leaves(part)


def _pick(options: Sequence[Option], rng: Random) -> int:
    # The lower of two draws leans towards the front: the best of the good, the mildest of the bad.
    return options[min(rng.randrange(len(options)), rng.randrange(len(options)))].code


def _several(options: Sequence[Option], rng: Random, *, bad: bool) -> tuple[int, ...]:
    count = rng.randint(1, len(options)) if bad else 1
    return tuple(sorted({_pick(options, rng) for _ in range(count)}))


def _yes_no(question: Question, survey: Survey, rng: Random, *, bad: bool) -> bool:
    needy = [value for leaf in _alarms(question.code, survey) for value in leaf.values if isinstance(value, bool)]
    if question.scores:
        sign = -1 if _higher_is_worse(question.code, survey) else 1
        best = max((True, False), key=lambda value: sign * question.scores.get(value, 0.0))
        return best is not bad
    if needy:
        return needy[0] is bad
    return rng.random() >= _EVEN


def _number(question: Question, survey: Survey, rng: Random, *, bad: bool) -> int:
    low, high = _bounds(question)
    worse = _worse_side(question, survey, low, high)
    if worse is not None:
        inside, outside = worse
        return rng.randint(*(outside if bad else inside))
    if question.kind is Kind.NUMBER:
        few = range(low, min(high, low + _FEW) + 1)
        return min(rng.choice(few), rng.choice(few))  # days, children, accidents: small numbers are the common ones
    if _higher_is_worse(question.code, survey):
        bad = not bad
    third = (high - low) // 3
    return rng.randint(low, low + third) if bad else rng.randint(min(low + third + 1, high), high)


def _bounds(question: Question) -> tuple[int, int]:
    low = int(question.minimum) if question.minimum is not None else _PLAIN_RANGE[0]
    high = int(question.maximum) if question.maximum is not None else max(low, _PLAIN_RANGE[1])
    return low, max(low, high)


Span = tuple[int, int]


def _worse_side(question: Question, survey: Survey, low: int, high: int) -> tuple[Span, Span] | None:
    """(good span, bad span) where a need has a threshold on this number, else None."""
    for leaf in _alarms(question.code, survey):
        over = leaf.over if leaf.over is not None else leaf.at_least
        if over is not None:
            edge = min(int(over), high)
            # People sit near a limit, not all over the scale: 50 to 60 hours, not 3.
            return (max(low, edge - max(2, edge // 5)), max(low, edge - 1)), (min(edge + 1, high), min(edge + 12, high))
        under = leaf.under if leaf.under is not None else leaf.at_most
        if under is not None:
            edge = max(int(under), low)
            return (min(edge + 1, high), high), (low, max(low, edge - 1))
    return None
