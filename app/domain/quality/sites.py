"""Signs in how people of a site answered, against how people of the round's other sites did."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import comb
from typing import Final

from app.domain.phrases import Phrase, phrase
from app.domain.quality.chance import binomial_tail, poisson_tail
from app.domain.quality.model import Flag, FlagKind, Respondent

RARE: Final = 0.001
_FEWEST: Final = 5
"""Fewer people than this are no pattern, and a flag about them would be about persons."""
_LEAST_ITEMS: Final = 4
_TOO_FAST: Final = timedelta(seconds=4)
_MINUTE: Final = timedelta(minutes=1)
_BURST: Final = timedelta(minutes=10)
_BURST_SHARE: Final = 1 / 3
_BURST_LEAST: Final = 10
_WITHOUT_PEERS: Final = 0.5

People = Sequence[Respondent]


def by_site(respondents: People) -> dict[str, list[Respondent]]:
    """Respondents by where they work."""
    found: dict[str, list[Respondent]] = defaultdict(list)
    for respondent in respondents:
        found[respondent.site].append(respondent)
    return dict(sorted(found.items()))


def alike(respondents: People) -> Iterator[Flag]:
    """Pairs of people who gave the same answers to everything, to the minute together, beyond what chance brings.

    By chance a pair of a site agrees as often as is ordinary at the other sites, whenever they answer, for where all is
    well more people say so alike; where there is no other site, as often as any pair of its own.
    """
    long = [person for person in respondents if len(person.answers) >= _LEAST_ITEMS and person.texts]
    sites = by_site(long)
    agreeing = {site: _agreeing_pairs(people) for site, people in sites.items()}
    for site, people in sites.items():
        others = [name for name in sites if name != site] or [site]
        chance = _worst_ordinary(
            {name: (agreeing[name], pairs) for name in others if (pairs := comb(len(sites[name]), 2))}
        )
        close, same, members = _same_minute(people)
        expected = close * chance
        if len(members) >= _FEWEST and poisson_tail(same, expected) < RARE:
            evidence = phrase(
                "{people} of {of} gave the same answers to everything as somebody in the same minute: {pairs} pairs,"
                " where about {expected} would be chance.",
                people=len(members), of=len(people), pairs=same, expected=round(expected, 1),
            )  # fmt: skip
            yield Flag(site, FlagKind.ALIKE, len(members), len(people), expected, evidence, frozenset(members))


def _agreeing_pairs(people: People) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(person.answers for person in people).values())


def _same_minute(people: People) -> tuple[int, int, set[int]]:
    """Pairs who ended within a minute of one another, those of them who agree, and who they are."""
    ended = sorted(people, key=lambda person: person.texts[-1])
    times = [person.texts[-1] for person in ended]
    close = same = 0
    members: set[int] = set()
    for at, person in enumerate(ended):
        until = bisect_right(times, times[at] + _MINUTE)
        close += until - at - 1
        for other in ended[at + 1 : until]:
            if other.answers == person.answers:
                same += 1
                members |= {person.key, other.key}
    return close, same, members


def straight_lines(respondents: People) -> Iterator[Flag]:
    """People who gave the same step to every question of one kind, beyond the others' share."""
    able = [person for person in respondents if len(person.steps) >= _LEAST_ITEMS]
    yield from _beyond_peers(
        able, FlagKind.STRAIGHT, lambda person: len(set(person.steps)) == 1,
        lambda people, of, expected: phrase(
            "{people} of {of} gave the same step to every question; as at the round's other sites it would be about"
            " {expected}.",
            people=people, of=of, expected=expected,
        ),
    )  # fmt: skip


def rushed(respondents: People) -> Iterator[Flag]:
    """People whose texts came too fast, one after the other, for the question between them to have been read."""
    able = [person for person in respondents if len(person.texts) >= _LEAST_ITEMS]
    yield from _beyond_peers(
        able, FlagKind.RUSHED, _too_fast,
        lambda people, of, expected: phrase(
            "{people} of {of} answered faster than the questions can be read; as at the round's other sites it would be"
            " about {expected}.",
            people=people, of=of, expected=expected,
        ),
    )  # fmt: skip


def _too_fast(person: Respondent) -> bool:
    gaps = [later - earlier for earlier, later in pairwise(person.texts)]
    return 2 * sum(gap < _TOO_FAST for gap in gaps) > len(gaps)


def shared_phones(respondents: People) -> Iterator[Flag]:
    """Phones that the roster gives to several people, beyond the others' share."""
    yield from _beyond_peers(
        respondents, FlagKind.SHARED, lambda person: person.shared,
        lambda people, of, expected: phrase(
            "{people} of {of} answered on a phone the roster names twice; as at the round's other sites it would be"
            " about {expected}.",
            people=people, of=of, expected=expected,
        ),
    )  # fmt: skip


def told_what_to_answer(respondents: People, least: int) -> Iterator[Flag]:
    """People who say so themselves; so many must that nobody stands out, and no more is told than that they are so many."""
    for site, people in by_site([person for person in respondents if person.told is not None]).items():
        members = frozenset(person.key for person in people if person.told)
        if len(members) >= least:
            evidence = phrase(
                "At least {people} of {of} said that they were told what to answer.", people=least, of=len(people)
            )
            yield Flag(site, FlagKind.TOLD, least, len(people), 0.0, evidence, members)


def _beyond_peers(
    people: People, kind: FlagKind, sign: Callable[[Respondent], bool], told: Callable[[int, int, float], Phrase]
) -> Iterator[Flag]:
    sites = by_site(people)
    marked = {site: frozenset(person.key for person in group if sign(person)) for site, group in sites.items()}
    for site, group in sites.items():
        hits, n = len(marked[site]), len(group)
        others = {name: len(members) for name, members in sites.items() if name != site}
        share = _worst_ordinary({name: (len(marked[name]), count) for name, count in others.items()})
        if hits >= _FEWEST and binomial_tail(hits, n, share) < RARE:
            evidence = told(hits, n, round(share * n, 1))
            yield Flag(site, kind, hits, n, share * n, evidence, marked[site])


def _worst_ordinary(others: Mapping[str, tuple[int, int]]) -> float:
    """The share that is ordinary among the other sites: their mean and two spreads, for honest sites differ too.

    Args:
        others: of each, how many show a sign, and of how many: people, or pairs of them.
    """
    people = sum(count for _, count in others.values())
    if not people:
        return _WITHOUT_PEERS
    mean = (sum(hits for hits, _ in others.values()) + 1) / (people + 2)
    extra = sum((hits - count * mean) ** 2 / count for hits, count in others.values()) / len(others)
    between = max(0.0, extra - mean * (1 - mean)) / (people / len(others))
    return min(1.0, mean + 2 * between**0.5)


def bursts(respondents: People) -> Iterator[Flag]:
    """Ten minutes in which a third of a site began to answer, though the texts had not gone out so.

    What is expected follows from when each was asked and from how long people of the other sites take; a break that
    all sites have is in it.
    """
    sites = by_site([person for person in respondents if person.texts])
    waits = {site: sorted(person.texts[0] - person.asked_at for person in people) for site, people in sites.items()}
    for site, people in sites.items():
        others = sorted(wait for name, rows in waits.items() if name != site for wait in rows)
        if len(people) < _BURST_LEAST or not others:
            continue
        start, members = _densest(people)
        expected = sum(_within(others, start - person.asked_at) for person in people)
        many = len(members) >= max(_BURST_LEAST, _BURST_SHARE * len(people))
        # Many windows were looked at for the densest one.
        if many and poisson_tail(len(members), 2 * expected) < RARE / len(people):
            evidence = phrase(
                "{people} of {of} began within ten minutes, where about {expected} would follow from when they were"
                " asked.",
                people=len(members), of=len(people), expected=round(expected, 1),
            )  # fmt: skip
            yield Flag(site, FlagKind.BURST, len(members), len(people), expected, evidence, members)


def _densest(people: People) -> tuple[datetime, frozenset[int]]:
    began = sorted(people, key=lambda person: person.texts[0])
    times = [person.texts[0] for person in began]
    at = max(range(len(times)), key=lambda at: bisect_right(times, times[at] + _BURST) - at)
    return times[at], frozenset(person.key for person in began[at : bisect_right(times, times[at] + _BURST)])


def _within(waits: Sequence[timedelta], since: timedelta) -> float:
    """The share of waits that end in the ten minutes from `since` on, both ends among them, as `_densest` counts."""
    return (bisect_right(waits, since + _BURST) - bisect_left(waits, since)) / len(waits)
