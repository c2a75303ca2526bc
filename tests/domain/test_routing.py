"""Which channel a text takes, and when a road is left alone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.routing import Breaker, Route, channels_to, first_open

ALL, BANGLADESH, GRAMEENPHONE, SECOND = (UUID(int=number) for number in range(1, 5))
ROUTES = [
    Route("", "", 0, ALL),
    Route("BD", "", 0, BANGLADESH),
    Route("BD", "", 1, SECOND),
    Route("BD", "88017", 0, GRAMEENPHONE),
]
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "number", "expected"),
    [
        pytest.param("BD", "+8801711000001", [GRAMEENPHONE, BANGLADESH, SECOND, ALL], id="the longest prefix first"),
        pytest.param("BD", "+8801811000001", [BANGLADESH, SECOND, ALL], id="another operator"),
        pytest.param("BD", "", [BANGLADESH, SECOND, ALL], id="a number that is not known"),
        pytest.param("KE", "+254712000001", [ALL], id="a country without a route of its own"),
    ],
)
def test_the_nearest_route_comes_first(country: str, number: str, expected: list[UUID]) -> None:
    assert channels_to(ROUTES, country, number) == expected


def test_no_route_leads_nowhere_and_a_channel_named_twice_stands_once() -> None:
    assert channels_to([Route("BD", "", 0, BANGLADESH)], "KE", "") == []
    assert channels_to([Route("BD", "88017", 0, ALL), Route("BD", "", 0, ALL)], "BD", "+88017") == [ALL]


def test_past_channels_whose_road_is_down() -> None:
    assert first_open([ALL, SECOND], ()) == ALL
    assert first_open([ALL, SECOND], {ALL}) == SECOND
    assert first_open([ALL, SECOND], {ALL, SECOND}) == ALL, "waiting there is no worse than elsewhere"
    assert first_open([], ()) is None


def test_a_road_rests_after_refusals_in_a_row_each_time_longer_and_is_forgiven_at_once() -> None:
    breaker = Breaker()
    for _ in range(4):
        breaker = breaker.after(refused=1, taken=0, now=NOW)
        assert breaker.is_open(NOW)
    breaker = breaker.after(refused=1, taken=0, now=NOW)
    assert not breaker.is_open(NOW + timedelta(seconds=29))
    assert breaker.is_open(NOW + timedelta(seconds=30))
    again = breaker.after(refused=1, taken=0, now=NOW)
    assert not again.is_open(NOW + timedelta(seconds=59)), "one refusal after a rest is enough for a longer one"
    for _ in range(20):
        again = again.after(refused=9, taken=0, now=NOW)
    assert again.is_open(NOW + timedelta(minutes=10)), "the longest rest"
    assert again.after(refused=9, taken=1, now=NOW) == Breaker(), "whoever takes a text is up"
    assert Breaker(failures=2).after(refused=0, taken=0, now=NOW) == Breaker(failures=2), "an Unknown says nothing"
