"""How often an honest site is flagged, and how often a coached one: simulated rounds, by seed.

`python -m benchmarks.quality [rounds]` prints a line for each flag.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from app.domain.quality import FlagKind, Respondent, SiteFigure, examine
from app.domain.statistics import Tally

NINE = datetime(2026, 11, 2, 9, tzinfo=UTC)
QUESTIONS = 8
SITES = 12
# Half of those who answer do so within twenty minutes, one in four waits for the noon break.
QUICK = timedelta(minutes=20)
OBEY, TELL = 0.9, 0.3


def answer(rng: Random, lean: float) -> int:
    """A step from 1 to 5, leaning to one end."""
    return max(1, min(5, round(rng.gauss(3 + lean, 1.1))))


def person(key: int, site: str, rng: Random, lean: float) -> Respondent:
    """Somebody who answers by themselves; one in twelve gives one step to everything, one in fifty is in a hurry."""
    own = lean + rng.gauss(0, 0.5)
    steps = [answer(rng, own)] * QUESTIONS if rng.random() < 1 / 12 else [answer(rng, own) for _ in range(QUESTIONS)]
    asked = NINE + timedelta(seconds=rng.random() * 3600)
    noon = NINE.replace(hour=12) + timedelta(minutes=rng.random() * 60)
    began = noon if rng.random() < 1 / 4 else asked + timedelta(seconds=rng.expovariate(1 / QUICK.total_seconds()) + 15)
    pace = 2.5 if rng.random() < 1 / 50 else 25
    texts = [began]
    for _ in range(QUESTIONS - 1):
        texts.append(texts[-1] + timedelta(seconds=1 + rng.expovariate(1 / pace)))
    return _respondent(key, site, steps, asked, texts, shared=rng.random() < 1 / 60, told=rng.random() < 1 / 100)


def coached(key: int, site: str, rng: Random, began: datetime) -> Respondent:
    """Somebody who answers what a supervisor said, in the break, beside the others, one in five on a phone that was lent."""
    steps = [5] * QUESTIONS if rng.random() < OBEY else [answer(rng, 1) for _ in range(QUESTIONS)]
    asked = NINE + timedelta(seconds=rng.random() * 3600)
    texts = [began + timedelta(seconds=rng.random() * 240)]
    for _ in range(QUESTIONS - 1):
        texts.append(texts[-1] + timedelta(seconds=1 + rng.expovariate(1 / 2)))
    return _respondent(key, site, steps, asked, texts, shared=key % 5 == 0, told=rng.random() < TELL)


def _respondent(
    key: int, site: str, steps: list[int], asked: datetime, texts: list[datetime], *, shared: bool, told: bool
) -> Respondent:
    answers = tuple((f"q{number}", step) for number, step in enumerate(steps))
    return Respondent(key, site, answers, tuple(steps), asked, tuple(texts), shared, told)


def honest_round(rng: Random, sites: int = SITES) -> list[Respondent]:
    """Sites that differ in how good they are and in how many answer."""
    people: list[Respondent] = []
    for number in range(sites):
        lean = rng.gauss(0.3, 0.4)
        people += [person(len(people) + at, f"site-{number}", rng, lean) for at in range(rng.randint(12, 120))]
    return people


def with_a_coached_site(people: list[Respondent], rng: Random, size: int = 60) -> list[Respondent]:
    """The round, with one site more in which three of four were coached."""
    noon = NINE.replace(hour=12, minute=20)
    own = [coached(10_000 + at, "coached", rng, noon) for at in range(3 * size // 4)]
    return [*people, *own, *(person(20_000 + at, "coached", rng, 0.3) for at in range(size // 4))]


def figures(people: list[Respondent]) -> list[SiteFigure]:
    """Every question as an indicator."""
    tallies: dict[tuple[str, int], Tally] = {}
    for one in people:
        for number, step in enumerate(one.steps):
            place = (one.site, number)
            tallies[place] = tallies.get(place, Tally()) + Tally(1, step, step * step)
    return [SiteFigure(site, f"q{number}", tally, "high") for (site, number), tally in sorted(tallies.items())]


def rates(rounds: int, seed: int) -> Iterator[tuple[FlagKind, float, float]]:
    """Of each flag: the share of honest sites that carry it, and of coached ones."""
    rng = Random(seed)  # noqa: S311 - a simulation
    honest: Counter[FlagKind] = Counter()
    found: Counter[FlagKind] = Counter()
    for _ in range(rounds):
        people = honest_round(rng)
        honest.update(kind for _, kind in {(flag.site, flag.kind) for flag in examine(people, figures(people))})
        crowd = with_a_coached_site(people, rng)
        found.update({flag.kind for flag in examine(crowd, figures(crowd)) if flag.site == "coached"})
    for kind in FlagKind:
        yield kind, honest[kind] / (rounds * SITES), found[kind] / rounds


def main() -> None:
    """Print the rates."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(f"{rounds} rounds of {SITES} honest sites, then one coached site more in each; seed 1")
    for kind, honest, found in rates(rounds, 1):
        print(f"{kind:24}  honest sites flagged {honest:7.3%}   coached sites flagged {found:6.1%}")


if __name__ == "__main__":
    main()
