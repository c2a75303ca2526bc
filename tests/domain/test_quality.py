"""Signs of coaching: found where it is simulated, seldom where people were honest, and never about a few."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from scipy import stats

from app.domain.quality import Flag, FlagKind, Respondent, SiteFigure, examine, far_above_peers
from app.domain.quality.chance import binomial_tail, poisson_tail
from app.domain.quality.effect import Effect, effects
from app.domain.quality.sites import alike, bursts, rushed, shared_phones, straight_lines, told_what_to_answer
from app.domain.statistics import Tally
from benchmarks.quality import NINE, SITES, figures, honest_round, person, rates, with_a_coached_site


def of(site: str, size: int, seed: int = 0) -> list[Respondent]:
    rng = Random(seed)  # noqa: S311 - a simulation
    return [person(1000 * seed + at, site, rng, 0.3) for at in range(size)]


PEERS = [one for seed in range(1, 6) for one in of(f"peer-{seed}", 40, seed)]


def test_honest_sites_are_flagged_less_than_once_in_a_hundred_and_coached_ones_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    measured = {kind: (honest, found) for kind, honest, found in rates(rounds=25, seed=7)}
    with capsys.disabled():
        print(  # noqa: T201 - the rates are what is measured here
            f"\nhonest sites flagged, of {25 * SITES}: "
            + ", ".join(f"{kind} {rate:.2%}" for kind, (rate, _) in measured.items())
        )
    assert all(honest <= 0.01 for honest, _ in measured.values())
    for kind in set(FlagKind) - {FlagKind.ABOVE}:
        assert measured[kind][1] >= 0.9, kind


def test_a_coached_site_carries_its_evidence_in_numbers() -> None:
    people = with_a_coached_site(honest_round(Random(3)), Random(4))  # noqa: S311 - a simulation
    flags = [flag for flag in examine(people, figures(people)) if flag.site == "coached"]
    assert {flag.kind for flag in flags} >= {FlagKind.ALIKE, FlagKind.STRAIGHT, FlagKind.BURST}
    for flag in flags:
        assert flag.evidence == flag.evidence.template.format(**flag.evidence.values)
        assert flag.kind is FlagKind.ABOVE or flag.evidence.values["of"] == flag.of
        assert flag.people <= flag.of
        assert flag.kind is FlagKind.ABOVE or len(flag.members) >= 5


def marked(people: list[Respondent], count: int, **change: object) -> list[Respondent]:
    return [replace(one, **change) if at < count else one for at, one in enumerate(people)]  # type: ignore[arg-type]


@pytest.mark.parametrize(("count", "found"), [(4, 0), (15, 1)])
def test_shared_phones_are_a_sign_from_five_people_on(count: int, found: int) -> None:
    site = marked(of("site", 30), count, shared=True)
    assert len([flag for flag in shared_phones([*PEERS, *site]) if flag.site == "site"]) == found


def test_straight_lines_are_judged_by_what_the_others_do() -> None:
    site = marked(of("site", 30), 15, steps=(3,) * 8)
    (flag,) = [flag for flag in straight_lines([*PEERS, *site]) if flag.site == "site"]
    assert (flag.kind, flag.people, flag.of) == (FlagKind.STRAIGHT, flag.people, 30)
    everybody = marked([*PEERS, *site], 230, steps=(3,) * 8)
    assert list(straight_lines(everybody)) == []
    assert list(straight_lines(marked(site, 30, steps=(3, 3)))) == []


def test_without_peers_only_what_most_do_is_a_sign() -> None:
    assert list(straight_lines(marked(of("site", 30), 15, steps=(3,) * 8))) == []
    assert len(list(straight_lines(marked(of("site", 30), 30, steps=(3,) * 8)))) == 1
    assert list(alike(marked(of("site", 30), 30, answers=(("q", 1),) * 4, texts=(NINE,)))) == []


def test_answers_given_in_one_text_are_not_in_a_hurry() -> None:
    site = marked(of("site", 30), 30, texts=(NINE,))
    assert [flag for flag in rushed([*PEERS, *site]) if flag.site == "site"] == []


def test_the_same_answers_at_different_times_are_no_sign() -> None:
    same = [
        replace(one, answers=(("q", 1), ("r", 2), ("s", 3), ("t", 4)), texts=(NINE + timedelta(minutes=5 * at),))
        for at, one in enumerate(of("site", 30))
    ]
    assert [flag for flag in alike([*PEERS, *same]) if flag.site == "site"] == []
    together = [replace(one, texts=(NINE + timedelta(seconds=2 * at),)) for at, one in enumerate(same)]
    (flag,) = [flag for flag in alike([*PEERS, *together]) if flag.site == "site"]
    assert flag.people == 30


def content(site: str, size: int, count: int) -> list[Respondent]:
    """People of whom `count` have the same answers to give, as where all is well; each at a time of their own."""
    apart = [replace(one, texts=(NINE + timedelta(minutes=5 * at),)) for at, one in enumerate(of(site, size))]
    return marked(apart, count, answers=(("q", 1), ("r", 1), ("s", 1), ("t", 1)))


def test_a_site_that_agrees_as_the_best_of_the_others_do_may_agree_within_a_minute() -> None:
    peers = [one for count in (0, 4, 8, 12, 16) for one in content(f"peer-{count}", 40, count)]
    hasty = [replace(one, texts=(NINE,)) for one in content("site", 30, 13)]
    assert list(alike([*peers, *hasty])) == []
    coached = [replace(one, texts=(NINE,)) for one in content("site", 30, 25)]
    assert [flag.site for flag in alike([*peers, *coached])] == ["site"]


def test_who_is_asked_at_once_may_answer_at_once() -> None:
    prompt = [
        replace(one, asked_at=NINE, texts=(NINE + timedelta(minutes=at % 8),)) for at, one in enumerate(of("site", 30))
    ]
    others = [replace(one, asked_at=NINE, texts=(NINE + timedelta(minutes=at % 9),)) for at, one in enumerate(PEERS)]
    assert list(bursts([*others, *prompt])) == []
    assert list(bursts(prompt)) == []
    late = [replace(one, texts=(NINE + timedelta(hours=3, minutes=at % 8),)) for at, one in enumerate(prompt)]
    assert [flag.site for flag in bursts([*others, *late])] == ["site"]
    # Where everybody everywhere takes as long to the second, that is no sign of any site.
    steady = [replace(one, texts=(NINE + timedelta(minutes=12),)) for one in [*others, *prompt]]
    assert list(bursts(steady)) == []


def test_what_was_said_of_coaching_is_told_of_ten_people_and_no_number_more() -> None:
    site = marked(of("site", 30), 30, told=False)
    assert list(told_what_to_answer(marked(site, 9, told=True), 10)) == []
    (flag,) = told_what_to_answer(marked(site, 23, told=True), 10)
    assert flag.evidence == "At least 10 of 30 said that they were told what to answer."
    assert len(flag.members) == 23
    assert list(told_what_to_answer([replace(one, told=None) for one in site], 10)) == []


def at_site(site: str, mean: float, n: int = 40, better: str = "high") -> SiteFigure:
    return SiteFigure(site, "voice", Tally(n, mean * n, n * (mean * mean + 100)), better)  # type: ignore[arg-type]


def test_a_site_far_better_than_its_peers_is_one_to_ask_about_and_a_far_worse_one_is_not() -> None:
    peers = [at_site(f"p{at}", 50 + at) for at in range(8)]
    assert [flag.site for flag in far_above_peers([*peers, at_site("x", 95)])] == ["x"]
    assert list(far_above_peers([*peers, at_site("x", 5)])) == []
    assert list(far_above_peers([*peers, at_site("x", 58)])) == []
    assert list(far_above_peers([at_site("x", 95), *peers[:3]])) == [], "too few peers"
    assert list(far_above_peers([*peers, at_site("x", 95, n=6)])) == [], "too few people"


def test_better_may_be_less() -> None:
    peers = [at_site(f"p{at}", 50 + at, better="low") for at in range(8)]
    assert [flag.site for flag in far_above_peers([*peers, at_site("x", 5, better="low")])] == ["x"]
    assert list(far_above_peers([*peers, at_site("x", 95, better="low")])) == []
    neither = [replace(row, better="") for row in (*peers, at_site("x", 5))]
    assert list(far_above_peers(neither)) == []


def shown(tally: Tally) -> bool:
    return tally.n >= 10 and not tally.uniform


def test_the_effect_is_the_figure_with_and_without_where_neither_side_is_about_persons() -> None:
    scores = {at: {"voice": 100.0 if at < 12 else 10.0 * (at % 5)} for at in range(40)} | {50: {"pay": 1.0}}
    flag = Flag("s", FlagKind.STRAIGHT, 12, 40, 1, "")
    assert effects(flag, frozenset(range(12)), scores, range(40), shown) == [Effect("voice", None, None)], (
        "all the same"
    )
    scores[0] = {"voice": 90.0}
    (told,) = effects(flag, frozenset(range(12)), scores, range(40), shown)
    assert told.with_them == pytest.approx((1190 + 10 * sum(at % 5 for at in range(12, 40))) / 40)
    assert told.without == pytest.approx(10 * sum(at % 5 for at in range(12, 40)) / 28)
    (few,) = effects(flag, frozenset(range(9)), scores, range(40), shown)
    assert few == Effect("voice", None, None)
    assert effects(replace(flag, indicator="pay"), frozenset({1}), scores, range(3), shown) == [
        Effect("pay", None, None)
    ]


@pytest.mark.parametrize(
    ("hits", "n", "p"), [(0, 10, 0.3), (3, 10, 0.3), (10, 10, 0.3), (40, 50, 0.4), (2, 10, 0), (2, 10, 1)]
)
def test_the_binomial_tail_is_scipys(hits: int, n: int, p: float) -> None:
    assert binomial_tail(hits, n, p) == pytest.approx(stats.binom.sf(hits - 1, n, p), abs=1e-12)


@pytest.mark.parametrize(("hits", "mean"), [(0, 2), (3, 2), (8, 2), (3, 0), (2, 9)])
def test_the_poisson_tail_is_scipys(hits: int, mean: float) -> None:
    assert poisson_tail(hits, mean) == pytest.approx(stats.poisson.sf(hits - 1, mean), abs=1e-9)
    assert poisson_tail(200, 3.0) < 1e-100
