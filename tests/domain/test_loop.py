"""The loop: published medians come out, groups of k are told of and nobody else, an intruder learns nothing by subtracting."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.disclosure import Key, Ledger
from app.domain.loop import (
    OTHER_PROVIDERS,
    Stage,
    Step,
    Told,
    Way,
    all_kinds,
    by_provider,
    by_site,
    coarse_hours,
    median_of,
    median_time,
    quarter_of,
    settles_at,
    stages,
    tell,
    whole_days,
)


def weeks(*numbers: float) -> list[timedelta]:
    return [timedelta(weeks=number) for number in numbers]


# Freireich et al., Blood 21 (1963): weeks to relapse, as printed in Gehan, Biometrika 52 (1965) 203–223.
TREATED = weeks(6, 6, 6, 7, 10, 13, 16, 22, 23), weeks(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
PLACEBO = weeks(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)


def test_the_medians_of_a_published_trial_come_out() -> None:
    assert median_time(*TREATED) == timedelta(weeks=23)
    assert median_time(PLACEBO) == timedelta(weeks=8)


def test_without_the_waiting_the_quick_ones_alone_would_be_told_of() -> None:
    reached, waiting = TREATED
    assert median_time(reached) == timedelta(weeks=10)
    assert median_time(reached, waiting) == timedelta(weeks=23)


@pytest.mark.parametrize(
    ("reached", "waiting", "never", "median"),
    [
        pytest.param([], [], 0, None, id="nobody"),
        pytest.param([1], [], 0, 1, id="one"),
        pytest.param([1, 3], [], 0, 1, id="half of two"),
        pytest.param([1, 2, 3], [], 0, 2, id="the middle of three"),
        pytest.param([1, 2], [], 2, 2, id="just half although the others never will"),
        pytest.param([1, 2], [], 3, None, id="fewer than half ever"),
        pytest.param([1, 2], [1, 1, 1], 0, 2, id="who is seen no longer leaves after the event"),
        pytest.param([5], [1, 1, 1], 0, 5, id="of those still seen"),
    ],
)
def test_a_median_is_when_half_had_reached_it(
    reached: Sequence[float], waiting: Sequence[float], never: int, median: float | None
) -> None:
    told = median_time(weeks(*reached), weeks(*waiting), never)
    assert told == (None if median is None else timedelta(weeks=median))


GAZIPUR: Key = (("country", "BD"), ("site", "gazipur"))
SAVAR: Key = (("country", "BD"), ("site", "savar"))
NAIROBI: Key = (("country", "KE"), ("site", "nairobi"))
CROWD = {GAZIPUR: 1000, SAVAR: 1000, NAIROBI: 1000}


def way(hours: float | None, *, seen: float = 100, ended: bool = False) -> Way:
    reached = {Step.RAISED: timedelta(0)}
    if hours is not None:
        reached[Step.OFFERED] = timedelta(hours=hours)
    return Way(GAZIPUR, "food", reached, timedelta(hours=seen), ended)


def test_a_funnel_counts_people_and_tells_when_half_were_there() -> None:
    ways = [way(2), way(4), way(6), way(None, seen=1), way(None, ended=True)]
    assert stages(ways)[:3] == [
        Stage(Step.RAISED, 5, timedelta(0)),
        # At risk 5; one was seen for an hour only: 4 left; after 2 h 3/4, after 4 h 1/2.
        Stage(Step.OFFERED, 3, timedelta(hours=4)),
        Stage(Step.CONSENTED, 0, None),
    ]
    assert median_of([way(None, ended=True)] * 3, Step.OFFERED) is None
    assert by_site(ways, Step.OFFERED) == {GAZIPUR: Counter({"": 3})}


@pytest.mark.parametrize(
    ("span", "hours"),
    [
        pytest.param(timedelta(minutes=2), 1, id="never nought"),
        pytest.param(timedelta(hours=5, minutes=40), 6, id="to the hour"),
        pytest.param(timedelta(hours=50), 48, id="to the day"),
        pytest.param(timedelta(days=9, hours=13), 240, id="up to the next day"),
    ],
)
def test_a_published_time_is_coarse(span: timedelta, hours: float) -> None:
    assert coarse_hours(span) == hours


@pytest.mark.parametrize(
    ("moment", "quarter", "settled"),
    [
        pytest.param(datetime(2026, 10, 1, tzinfo=UTC), date(2026, 10, 1), date(2027, 4, 1), id="first instant"),
        pytest.param(datetime(2026, 12, 31, 23, 59, tzinfo=UTC), date(2026, 10, 1), date(2027, 4, 1), id="last"),
        pytest.param(datetime(2026, 2, 28, tzinfo=UTC), date(2026, 1, 1), date(2026, 6, 30), id="a short one"),
    ],
)
def test_a_quarter_is_followed_for_ninety_days(moment: datetime, quarter: date, settled: date) -> None:
    assert quarter_of(moment) == quarter
    assert settles_at(quarter).date() == settled


# -- of whom may be told --------------------------------------------------------------------------


def told_of(counts: Mapping[Key, int], staff: Mapping[Key, int], ledger: Ledger, k: int, *, settled: bool) -> Told:
    return tell({place: Counter({"": n}) for place, n in counts.items()}, staff, ledger, k, settled=settled)


def test_nine_are_told_of_nowhere_and_ten_everywhere() -> None:
    assert told_of({GAZIPUR: 9}, CROWD, Ledger(), 10, settled=False).people == {}
    told = told_of({GAZIPUR: 10, SAVAR: 9}, CROWD, Ledger(), 10, settled=False).people
    assert told == {GAZIPUR: 10, GAZIPUR[:1]: 10, (): 10}, "Savar's nine are in no total, or it would give them"


def test_one_more_person_changes_nothing_and_ten_more_do() -> None:
    first = told_of({GAZIPUR: 10}, CROWD, Ledger(), 10, settled=False)
    for n in range(11, 20):
        assert told_of({GAZIPUR: n}, CROWD, first.ledger, 10, settled=False).people == first.people
    assert told_of({GAZIPUR: 20}, CROWD, first.ledger, 10, settled=False).people[GAZIPUR] == 20


def test_who_was_erased_is_made_up_for_before_anything_changes() -> None:
    first = told_of({GAZIPUR: 10}, CROWD, Ledger(), 10, settled=False)
    fewer = told_of({GAZIPUR: 9}, CROWD, first.ledger, 10, settled=False)
    assert fewer.people == first.people, "a figure that went down would tell that somebody was erased"
    assert told_of({GAZIPUR: 19}, CROWD, fewer.ledger, 10, settled=False).people == first.people


def test_once_nobody_is_expected_the_few_are_put_together() -> None:
    counts = {GAZIPUR: 6, SAVAR: 7, NAIROBI: 4}
    told = told_of(counts, CROWD, Ledger(), 10, settled=True).people
    assert told == {GAZIPUR[:1]: 13, (): 13}, "Nairobi's four count nowhere"


def test_a_site_where_it_is_true_of_everybody_is_not_told_of() -> None:
    assert told_of({GAZIPUR: 12}, {GAZIPUR: 12}, Ledger(), 10, settled=True).people == {}
    assert told_of({GAZIPUR: 12}, {GAZIPUR: 13}, Ledger(), 10, settled=True).people[GAZIPUR] == 12


def test_all_kinds_are_the_sum_of_what_is_told_of_each() -> None:
    food = told_of({GAZIPUR: 12}, CROWD, Ledger(), 10, settled=False).people
    money = told_of({GAZIPUR: 3}, CROWD, Ledger(), 10, settled=False).people
    assert all_kinds([food, money])[GAZIPUR] == 12, "the three would be had by subtraction"


def test_a_ledger_is_kept_and_read_again() -> None:
    told = told_of({GAZIPUR: 6, SAVAR: 7, NAIROBI: 40}, CROWD, Ledger(), 10, settled=True)
    assert Ledger.from_json(told.ledger.to_json()) == told.ledger


ARRIVALS = st.lists(st.lists(st.integers(0, 14), min_size=3, max_size=3), min_size=1, max_size=8)


@given(days=ARRIVALS, k=st.sampled_from([5, 10]))
def test_an_intruder_who_subtracts_snapshots_and_places_learns_of_no_fewer_than_k(
    days: list[list[int]], k: int
) -> None:
    counts, ledger = dict.fromkeys(CROWD, 0), Ledger()
    snapshots = list[dict[Key, int]]()
    for at, arrivals in enumerate(days):
        counts = {place: counts[place] + came for place, came in zip(CROWD, arrivals, strict=True)}
        told = told_of(counts, CROWD, ledger, k, settled=at == len(days) - 1)
        ledger = told.ledger
        snapshots.append(dict(told.people))
    for place in {place for told in snapshots for place in told}:
        seen = [told.get(place, 0) for told in snapshots]
        assert all(abs(later - earlier) == 0 or abs(later - earlier) >= k for earlier, later in combinations(seen, 2))
    for told in snapshots:
        for place in told:
            inside = [inner for inner in told if len(inner) == len(place) + 1 and inner[: len(place)] == place]
            rest = told[place] - sum(told[inner] for inner in inside)
            assert not inside or rest == 0 or rest >= k


# -- by provider ----------------------------------------------------------------------------------


def settled(**sites: Mapping[str, int]) -> Ledger:
    """Everybody is told of by place; who is with which provider, by site."""
    counts = {(("country", "BD"), ("site", site)): Counter(of) for site, of in sites.items()}
    return tell(counts, dict.fromkeys(counts, 1000), Ledger(), 10, settled=True).ledger


@pytest.mark.parametrize(
    ("sites", "told"),
    [
        pytest.param({"a": {"A": 30, "B": 20}, "b": {"A": 10, "B": 25}}, {"A": 40, "B": 45}, id="two large ones"),
        pytest.param(
            {"a": {"A": 30, "B": 4}, "b": {"A": 10, "C": 25, "D": 9}},
            {"A": 40, "C": 25, OTHER_PROVIDERS: 13},
            id="small ones together",
        ),
        pytest.param(
            {"a": {"A": 40, "B": 4}, "b": {"A": 10, "C": 25}},
            {"A": 50, OTHER_PROVIDERS: 29},
            id="the last few with the smallest",
        ),
        pytest.param({"a": {"A": 40, "B": 4}}, {OTHER_PROVIDERS: 44}, id="nobody by name"),
        pytest.param({"a": {"A": 5}, "b": {"B": 4}}, {}, id="too few in all"),
    ],
)
def test_a_provider_is_told_of_ten_and_the_rest_together(
    sites: Mapping[str, Mapping[str, int]], told: Mapping[str, int]
) -> None:
    assert by_provider([settled(**sites)], 10) == told


PEOPLE = st.dictionaries(st.sampled_from("ABCD"), st.integers(1, 40), max_size=4)


@given(sites=st.dictionaries(st.sampled_from("abcd"), PEOPLE, min_size=1, max_size=4))
def test_providers_and_places_are_two_margins_of_which_neither_gives_the_other_away(
    sites: dict[str, dict[str, int]],
) -> None:
    ledger = settled(**sites)
    told = by_provider([ledger], 10)
    whole = sum(sums[0] for stock in (ledger.sites, ledger.pools) for sums in stock.places.values())
    assert all(n >= 10 for n in told.values())
    left_out = whole - sum(told.values())
    assert left_out == 0 or left_out >= 10


def test_providers_are_remembered_from_one_publication_to_the_next() -> None:
    staff = {GAZIPUR: 1000}
    first = tell({GAZIPUR: Counter({"A": 12})}, staff, Ledger(), 10, settled=False)
    kept = Ledger.from_json(first.ledger.to_json())
    second = tell({GAZIPUR: Counter({"A": 12, "B": 15})}, staff, kept, 10, settled=True)
    assert second.people[GAZIPUR] == 27
    assert by_provider([second.ledger], 10) == {"A": 12, "B": 15}


@pytest.mark.parametrize(("hours", "days"), [(5, None), (47, None), (48, 2), (240, 10)])
def test_a_published_time_is_told_in_days_from_two_on(hours: float, days: int | None) -> None:
    assert whole_days(hours) == days
