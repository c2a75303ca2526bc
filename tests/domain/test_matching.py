"""The right service for a need, in an order that is fair and can be explained."""

from collections import Counter
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.matching import WEIGHTS, Candidate, NeedToMatch, match
from app.domain.matching.opening import is_open
from app.domain.matching.traits import distance_km
from app.domain.registry import Location, Schedule, Service
from app.domain.survey.model import Urgency

NOON = datetime(2026, 11, 24, 6, tzinfo=UTC)  # a Tuesday, 12:00 in Dhaka
DHAKA, SAVAR, CHATTOGRAM = (23.81, 90.41), (23.85, 90.26), (22.36, 91.78)
NEED = NeedToMatch("n1", "unpaid-overtime", Urgency.NORMAL, "BD", *DHAKA, "bn", ("wages", "labour"))
OFFICE = Schedule(("SU", "MO", "TU", "WE", "TH"), time(9), time(17), "WEEKLY", "Asia/Dhaka")


def at(point: tuple[float, float], country: str = "BD") -> Location:
    return Location("l", "physical", latitude=point[0], longitude=point[1], country=country)


VIRTUAL = Location("v", "virtual")


def candidate(name: str = "s", **changes: object) -> Candidate:
    """The best there could be: at the door, in Bengali, open, empty, verified today. `changes` go to their owner."""
    own = {field.name for field in fields(Candidate)}
    service = Service(name, "o", name, name, "active", "", ("unpaid-overtime",), ("bn",), (OFFICE,), 10)
    service = replace(service, **{key: value for key, value in changes.items() if key not in own})
    best = Candidate(service, (at(DHAKA),), verified_on=NOON.date())
    return replace(best, **{key: value for key, value in changes.items() if key in own})


def names(*candidates: Candidate, need: NeedToMatch = NEED) -> list[str]:
    return [found.service.id for found in match(need, candidates, NOON)]


def test_the_best_there_could_be_scores_one_and_says_why() -> None:
    (found,) = match(NEED, [candidate()], NOON)
    assert found.score == 1
    assert found.reasons == (
        "Offers unpaid-overtime",
        "0 km away",
        "Speaks bn",
        "Open now",
        "10 of 10 places left",
        "Verified on 2026-11-24",
    )


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"status": "temporarily closed"}, id="not active"),
        pytest.param({"categories": ("health",)}, id="offers another thing"),
        pytest.param({"categories": ()}, id="offers nothing named"),
        pytest.param({"capacity": 3, "open_referrals": 3}, id="full"),
        pytest.param({"capacity": 0}, id="no places"),
        pytest.param({"locations": (at(DHAKA, "IN"),)}, id="in another country"),
        pytest.param({"locations": (at(DHAKA, ""),)}, id="in no known country"),
    ],
)
def test_a_service_that_does_not_fit_is_not_offered(changes: dict[str, object]) -> None:
    assert names(candidate(**changes)) == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"categories": ("health", "labour")}, id="a wider category"),
        pytest.param({"capacity": None, "open_referrals": 99}, id="capacity not stated"),
        pytest.param({"locations": ()}, id="nowhere in particular"),
        pytest.param({"locations": (VIRTUAL,)}, id="virtual"),
        pytest.param({"locations": (at(DHAKA, "IN"), at(SAVAR))}, id="one of its places is in the country"),
    ],
)
def test_a_service_that_may_fit_is_offered(changes: dict[str, object]) -> None:
    assert names(candidate(**changes)) == ["s"]


@pytest.mark.parametrize(
    ("changes", "score", "reason"),
    [
        pytest.param(
            {"categories": ("wages",)}, 0.9, "Offers wages, which includes unpaid-overtime", id="a wider category"
        ),
        pytest.param({"locations": (at(SAVAR),)}, 0.904, "16 km away", id="the next town"),
        pytest.param({"locations": (at(CHATTOGRAM),)}, 0.655, "214 km away", id="the other end of the country"),
        pytest.param({"locations": (at(CHATTOGRAM), at(SAVAR))}, 0.904, "16 km away", id="its nearest place counts"),
        pytest.param({"locations": (at(DHAKA, "IN"), at(SAVAR))}, 0.904, "16 km away", id="its nearest in the country"),
        pytest.param({"locations": (VIRTUAL,)}, 0.825, "Reached from anywhere", id="virtual"),
        pytest.param(
            {"locations": (VIRTUAL, at(CHATTOGRAM))}, 0.825, "Reached from anywhere", id="virtual rather than far"
        ),
        pytest.param({"locations": (VIRTUAL, at(SAVAR))}, 0.904, "16 km away", id="near rather than virtual"),
        pytest.param({"locations": ()}, 0.825, "Reached from anywhere", id="nowhere"),
        pytest.param(
            {"locations": (Location("l", "physical", country="BD"),)}, 0.825, "Distance not known", id="no point"
        ),
        pytest.param({"languages": ("en", "my")}, 0.75, "Does not list bn", id="another language"),
        pytest.param({"languages": ("bn-BD",)}, 1.0, "Speaks bn", id="the language of a region"),
        pytest.param({"languages": ()}, 0.875, "Languages not stated", id="languages not stated"),
        pytest.param({"schedules": (replace(OFFICE, byday=("FR",)),)}, 0.95, "Closed now", id="closed"),
        pytest.param({"schedules": ()}, 0.975, "Opening hours not known", id="hours not known"),
        pytest.param(
            {"schedules": (replace(OFFICE, timezone=""),), "timezone": "Asia/Dhaka"},
            1.0,
            "Open now",
            id="zone of the site",
        ),
        pytest.param({"open_referrals": 5}, 0.9, "5 of 10 places left", id="half full"),
        pytest.param({"capacity": None}, 0.9, "Capacity not stated", id="capacity not stated"),
        pytest.param({"verified_on": None}, 0.85, "Never verified: offered last", id="never verified"),
        pytest.param(
            {"verified_on": date(2024, 1, 1)}, 0.85, "Verified on 2024-01-01: offered last", id="verified long ago"
        ),
        pytest.param(
            {"verified_on": date(2026, 11, 25)},
            1.0,
            "Verified on 2026-11-25",
            id="verified where it is already tomorrow",
        ),
    ],
)
def test_each_trait_costs_its_weight_and_gives_its_reason(
    changes: dict[str, object], score: float, reason: str
) -> None:
    (found,) = match(NEED, [candidate(**changes)], NOON)
    assert found.score == pytest.approx(score, abs=0.0051)
    assert reason in found.reasons


@pytest.mark.parametrize(
    "need",
    [
        pytest.param(replace(NEED, latitude=None), id="no latitude"),
        pytest.param(replace(NEED, longitude=None), id="no longitude"),
    ],
)
def test_a_need_from_nowhere_known_is_matched_all_the_same(need: NeedToMatch) -> None:
    (found,) = match(need, [candidate()], NOON)
    assert "Distance not known" in found.reasons


def test_a_need_without_a_language_costs_no_service_more_than_another() -> None:
    (found,) = match(replace(NEED, language=""), [candidate()], NOON)
    assert "Languages not stated" in found.reasons


def test_in_an_emergency_an_open_door_wins_over_a_near_one() -> None:
    near = candidate("near", schedules=(replace(OFFICE, byday=("FR",)),))
    opened = candidate("open", locations=(at(SAVAR),))
    assert names(near, opened) == ["near", "open"]
    assert names(near, opened, need=replace(NEED, urgency=Urgency.EMERGENCY)) == ["open", "near"]


@pytest.mark.parametrize("urgency", Urgency)
def test_the_weights_add_up_to_one(urgency: Urgency) -> None:
    assert sum(getattr(WEIGHTS[urgency], field.name) for field in fields(WEIGHTS[urgency])) == pytest.approx(1)


def test_of_equals_the_less_busy_comes_first() -> None:
    rivals = [candidate(name, capacity=None, open_referrals=load) for name, load in (("a", 2), ("b", 0), ("c", 1))]
    assert names(*rivals) == ["b", "c", "a"]


def test_over_many_needs_no_equal_is_favoured_by_its_name_or_place_in_the_list() -> None:
    rivals = [candidate(name) for name in "abc"]
    first = Counter(names(*rivals, need=replace(NEED, id=f"need {n}"))[0] for n in range(300))
    # Binomial(300, 1/3): mean 100, standard deviation 8.2.
    assert all(60 < first[name] < 140 for name in "abc")


@given(
    st.permutations(
        [candidate(name, open_referrals=load) for name, load in zip("abcdef", (0, 0, 1, 1, 5, 9), strict=True)]
    )
)
def test_the_order_does_not_depend_on_the_order_of_the_registry(shuffled: list[Candidate]) -> None:
    assert names(*shuffled) == names(*sorted(shuffled, key=lambda one: one.service.id))


@given(
    st.builds(
        Candidate, st.just(candidate().service), open_referrals=st.integers(0, 9), verified_on=st.none() | st.dates()
    )
)
def test_a_score_lies_between_none_and_one(one: Candidate) -> None:
    assert all(0 <= found.score <= 1 for found in match(NEED, [one], NOON))


@pytest.mark.parametrize(
    ("start", "end", "km"),
    [
        pytest.param((0, 0), (0, 0), 0, id="here"),
        pytest.param((0, 0), (0, 180), 20015.1, id="half around the equator"),
        pytest.param((90, 0), (-90, 77), 20015.1, id="pole to pole"),
        pytest.param((8, 0), (-8, 180), 20015.1, id="antipodes that rounding sets a hair too far apart"),
        pytest.param((0, 179.5), (0, -179.5), 111.2, id="across the date line"),
        pytest.param((51.5007, -0.1246), (40.6892, -74.0445), 5574.8, id="Big Ben to the Statue of Liberty"),
    ],
)
def test_distances_follow_the_great_circle(start: tuple[float, float], end: tuple[float, float], km: float) -> None:
    assert distance_km(start, end) == pytest.approx(km, abs=0.1)


POINTS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(POINTS, POINTS)
def test_a_distance_is_the_same_both_ways_and_at_most_half_the_earth(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    assert distance_km(start, end) == pytest.approx(distance_km(end, start))
    assert 0 <= distance_km(start, end) <= 20015.2


NIGHT = Schedule(("TU",), time(22), time(2), "WEEKLY", "+06:00")


@pytest.mark.parametrize(
    ("schedule", "moment", "expected"),
    [
        pytest.param(OFFICE, "2026-11-24T09:00+06:00", True, id="opens"),
        pytest.param(OFFICE, "2026-11-24T17:00+06:00", False, id="closed at the end"),
        pytest.param(OFFICE, "2026-11-27T12:00+06:00", False, id="a Friday"),
        pytest.param(OFFICE, "2026-11-24T12:00+00:00", False, id="noon elsewhere"),
        pytest.param(replace(OFFICE, byday=()), "2026-11-27T12:00+06:00", True, id="no days named: every day"),
        pytest.param(replace(OFFICE, freq=""), "2026-11-24T12:00+06:00", True, id="no frequency named: weekly"),
        pytest.param(replace(OFFICE, freq="MONTHLY"), "2026-11-24T12:00+06:00", None, id="monthly cannot be read"),
        pytest.param(replace(OFFICE, timezone=""), "2026-11-24T12:00+06:00", None, id="no zone"),
        pytest.param(replace(OFFICE, opens_at=None), "2026-11-24T12:00+06:00", None, id="no opening"),
        pytest.param(replace(OFFICE, closes_at=None), "2026-11-24T12:00+06:00", None, id="no closing"),
        pytest.param(NIGHT, "2026-11-24T23:00+06:00", True, id="before midnight"),
        pytest.param(NIGHT, "2026-11-25T01:59+06:00", True, id="past midnight, of yesterday"),
        pytest.param(NIGHT, "2026-11-24T01:00+06:00", False, id="past midnight, of no Monday"),
        pytest.param(NIGHT, "2026-11-25T23:00+06:00", False, id="a Wednesday night"),
        pytest.param(NIGHT, "2026-11-24T12:00+06:00", False, id="between"),
        pytest.param(
            replace(NIGHT, byday=(), opens_at=time(0), closes_at=time(0)),
            "2026-11-24T12:00+06:00",
            True,
            id="round the clock",
        ),
    ],
)
def test_a_schedule_is_open_in_its_own_time(schedule: Schedule, moment: str, *, expected: bool | None) -> None:
    assert is_open([schedule], datetime.fromisoformat(moment)) is expected


def test_one_open_schedule_opens_and_one_unknown_leaves_it_open_whether_it_is_closed() -> None:
    unknown, closed = replace(OFFICE, timezone=""), replace(OFFICE, byday=("FR",))
    assert is_open([unknown, OFFICE], NOON) is True
    assert is_open([unknown, closed], NOON) is None
    assert is_open([closed, closed], NOON) is False


def test_a_service_nobody_verified_for_a_year_comes_behind_every_other() -> None:
    never, long_ago = candidate("never", verified_on=None), candidate("long ago", verified_on=date(2025, 11, 23))
    far = candidate("far", locations=(at(CHATTOGRAM),), languages=("en",), verified_on=date(2025, 11, 24))
    assert names(never, long_ago, far)[0] == "far"
    assert names(never, long_ago) != [], "and is offered all the same where no other fits"
