"""Yes and no in languages that put verbs last: what stands before a verb says when, where and to whom."""

from collections.abc import Mapping
from itertools import pairwise

from app.domain.understanding.asked import Asked
from app.domain.understanding.echoes import COMPLAINTS
from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.topics import HARMS, PEOPLE

BOSSES = frozenset({"supervisor", "manager"})
"""Who pays, tells and forbids: a "not" beside them is said of what they do."""
_CASE, _CIRCUMSTANCE, _NEGATION = Sense.CASE, Sense.CIRCUMSTANCE, Sense.NEGATION
_PARTICLES = frozenset(
    {Sense.POLITE, Sense.ACKNOWLEDGE, Sense.FILLER, Sense.APPROX, Sense.UNIT, Sense.OF, Sense.TO, Sense.AND, _CASE}
)
_LIGHT = (Sense.POLITE, Sense.ACKNOWLEDGE, Sense.FILLER, Sense.APPROX, Sense.UNIT, Sense.AND, Sense.YES, _CIRCUMSTANCE)
_BOUNDED = frozenset({4.0, 7.0})  # of food and of leaving freely, "in the morning" says too little
_TWO = 2
_DAYS, _YEARS = 3, 6  # as the tables class units: from 1, minutes
_WHERE, _TO_WHOM, _BY_WHOM = 0, 1, 2  # as the tables class postpositions


def told_by(part: str, asked: Asked) -> bool | None:
    """Whether a part says yes or no here; of a verb with a "not" before it, no."""
    told, (first, _, verb) = asked.echoes.get(part), part.partition(" ")
    denied = told is None and asked.lexicon.says(first, _NEGATION) and asked.echoes.get(verb) is True
    return False if denied else told


def with_denials(parts: list[str], asked: Asked) -> list[str]:
    """The parts, a "not" and the verb right behind it as one."""
    joined: list[str] = []
    for part in parts:
        denied = joined and asked.lexicon.says(joined[-1], _NEGATION) and asked.echoes.get(part) is True
        joined[-1:] = [f"{joined[-1]} {part}"] if denied else [*joined[-1:], part]
    return joined


def without_auxiliaries(parts: list[str], asked: Asked) -> list[str]:
    """The parts but a verb that only completes what is denied or bad before it: Urdu "nahi bataya | gaya", "late | deta"."""
    echoes, lexicon = asked.echoes, asked.lexicon

    def completes(before: str, part: str) -> bool:
        verb, *endings = part.split(" ")
        alone = all(lexicon.says(ending, Sense.FILLER) for ending in endings) and echoes.get(verb) is True
        if not alone or echoes.get(part) is not True or echoes.get(before) is not False:
            return False
        words = (before, *before.split(" "))
        return any(lexicon.says(word, _NEGATION) or lexicon.topics.get(word) in COMPLAINTS for word in words)

    return [part for before, part in pairwise(["", *parts]) if not completes(before, part)]


def ends_late(parts: list[str], told: Mapping[str, bool | None], asked: Asked) -> bool:
    """Whether a verb that says yes is followed by a mere "late" at the end: Urdu "mili hai late"."""
    said = [part for part in parts if told[part] is not None]
    late = bool(parts) and asked.lexicon.topics.get(parts[-1]) == "late" and told[parts[-1]] is False
    return late and len(said) == _TWO and told[said[0]] is True


def is_of_another_verb(at: int, parts: list[str], asked: Asked) -> bool:
    """Whether the "not" at a place denies what stands between it and a verb: "bonus mila, tankhwah nahi"."""
    told = [place for place, part in enumerate(parts[:at]) if asked.echoes.get(part) is True]
    between = parts[told[-1] + 1 : at] if told else []
    return any(not asked.lexicon.says(part, *_LIGHT) for part in between)


def is_hedged(parts: list[str], asked: Asked) -> bool:
    """Whether a postposition stands behind a yes or a verb, where it says "but": Urdu "haan par", "mil gai thi par"."""
    lexicon = asked.lexicon
    behind = [lexicon.says(part, _CASE) for part in parts]
    verbs = [asked.echoes.get(part) is not None for part in parts]
    ended = [False, *(verb and lexicon.says(part, Sense.FILLER) for verb, part in zip(verbs, parts[1:], strict=False))]
    return any(
        case and (verbs[at - 1] or ended[at - 1] or lexicon.says(parts[at - 1], Sense.YES))
        for at, case in enumerate(behind)
        if at
    )


def circumstances(parts: list[str], told: Mapping[str, bool | None], asked: Asked) -> frozenset[int]:
    """The places of what only says when, where or by whom.

    A postposition tells it: Urdu "meeting mein bataya", told at a meeting. Of what a "not" at the end denies, all is such
    but the word right before the verb: "naya hun is liye nahi bataya", while "bonus nahi mila" is about a bonus.
    """
    lexicon = asked.lexicon
    last = max(at for at, part in enumerate(parts) if told[part] is not None)
    denied = told[parts[last]] is False
    named = {at for at, part in enumerate(parts) if lexicon.says(part, _CIRCUMSTANCE)}

    def is_strange(at: int) -> bool:
        return parts[at] not in lexicon.senses and parts[at] not in lexicon.topics

    if denied or asked.echoes.subjects.isdisjoint(_BOUNDED):
        bad = COMPLAINTS if denied else HARMS  # debt may be why something is not so
        marked = [at for at, behind in enumerate(parts[1:]) if lexicon.of(_CASE).get(behind) in {_WHERE, _BY_WHOM}]
        placed = [at for at in marked if _is_particle(parts[at], lexicon) and lexicon.topics.get(parts[at]) not in bad]
        named |= {*placed, *(at + 1 for at in placed)}
        # "Security guard ne", the security guard did
        named |= {at - 1 for at in placed if at and lexicon.of(_CASE)[parts[at + 1]] == _BY_WHOM and is_strange(at - 1)}
    before = range(last - 1)
    named |= {at for at in before if _counts(parts[at], parts[at + 1], lexicon)}
    quiet = all(at in named or told[parts[at]] is not None or _tells_nothing(parts[at], asked) for at in before)
    others = any(lexicon.of(_CASE).get(parts[at + 1]) == _TO_WHOM and parts[at] not in lexicon.senses for at in before)
    return frozenset(named.union(before) if denied and quiet and not others else named)


def _is_particle(part: str, lexicon: Lexicon) -> bool:
    """Whether a word says nothing that could turn an answer, or nobody knows it."""
    return lexicon.senses.get(part, frozenset()) <= _PARTICLES


def _tells_nothing(part: str, asked: Asked) -> bool:
    """Whether a word is such a particle, and at most names somebody or what was asked about."""
    lexicon = asked.lexicon
    told = lexicon.topics.get(part)
    return (told is None or told in PEOPLE | asked.themes) and _is_particle(part, lexicon)


def _counts(part: str, behind: str, lexicon: Lexicon) -> bool:
    """Whether a number counts days, or several months: "do din bhuke rahe"; one month may be a month's pay."""
    number, unit = lexicon.of(Sense.NUMBER).get(part, 0), lexicon.of(Sense.UNIT).get(behind, 0)
    return 0 < unit <= (_YEARS if number > 1 else _DAYS if number else 0)
