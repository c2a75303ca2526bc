"""Why a service fits, in the language at hand; and where it lies around a site."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from app.domain.matching import Candidate, NeedToMatch
from app.domain.matching.traits import category, distance, freshness, headroom, language, open_now
from app.domain.registry.model import Location, Schedule, Service
from app.domain.survey import Urgency
from app.web.pages import compass
from app.web.pages.languages import Visit, _visit
from app.web.pages.reasons import reason

TODAY = date(2026, 11, 2)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
NEED = NeedToMatch("1", "food", Urgency.URGENT, "BD", 24.0, 90.0, "bn", ("money",))


def service(*categories: str, capacity: int | None = None, schedules: tuple[Schedule, ...] = ()) -> Service:
    return Service(
        id="s", organization_id="o", name="S", sms_name="S", status="active", categories=categories,
        capacity=capacity, schedules=schedules,
    )  # fmt: skip


def place(latitude: float | None) -> Location:
    return Location("l", "physical", "", latitude, None if latitude is None else 90.0, "BD", "")


def said() -> list[str]:
    """Every form in which matching tells a reason."""
    always = Schedule(("MO",), datetime.min.time(), None, "WEEKLY", "UTC")
    return [
        category(NEED, service("food"))[1], category(NEED, service("money"))[1],
        distance(NEED, [place(24.1)])[1], distance(NEED, [place(None)])[1], distance(NEED, [])[1],
        language("bn", ["bn"])[1], language("bn", ["en"])[1], language("", [])[1],
        open_now(Candidate(service("food")), NOON)[1], open_now(Candidate(service("food", schedules=(always,))), NOON)[1],
        "Open now", "Closed now", headroom(Candidate(service("food", capacity=3)))[1], headroom(Candidate(service("food")))[1],
        freshness(None, TODAY)[1], freshness(TODAY, TODAY)[1], freshness(date(2020, 1, 1), TODAY)[1],
    ]  # fmt: skip


@pytest.fixture
def in_bengali() -> Iterator[None]:
    before = _visit.get()
    _visit.set(Visit("bn"))
    yield
    _visit.set(before)


@pytest.mark.usefixtures("in_bengali")
def test_every_reason_that_matching_gives_is_told_in_the_language_at_hand() -> None:
    for one in said():
        assert reason(one) != one, one
    assert reason("3 of 5 places left") == "৫ জায়গার মধ্যে ৩ খালি"
    assert reason("something new") == "something new"


def test_services_are_drawn_where_they_lie_the_near_apart_and_the_far_in_sight() -> None:
    north, east, here, far = compass.around(
        (24.0, 90.0), [(1, 24.1, 90.0), (2, 24.0, 90.5), (3, 24.0, 90.0), (4, -60.0, 90.0)]
    )
    assert (north.x, north.y < 0) == (0.0, True)
    assert (east.x > 0, abs(east.y)) == (True, 0.0)
    assert (here.x, here.y) == (0.0, 0.0)
    assert abs(far.y) == compass.RADIUS, "on the last ring"
    assert 0 < -north.y < east.x
