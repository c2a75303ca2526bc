"""Nobody is woken, and nobody waits longer than the clock on their wall demands."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.errors import InvalidError
from app.domain.hours import QuietHours, Window, closures, next_allowed, open_hours, spread

NIGHT = QuietHours(time(20), time(9))
NEVER = QuietHours(time(0), time(0))
DAY = Window(time(9), time(20))
ALL_DAY = Window(time(0), time(23, 59))
DHAKA, NEW_YORK, CAIRO = ZoneInfo("Asia/Dhaka"), ZoneInfo("America/New_York"), ZoneInfo("Africa/Cairo")
SAO_PAULO, APIA, LORD_HOWE = ZoneInfo("America/Sao_Paulo"), ZoneInfo("Pacific/Apia"), ZoneInfo("Australia/Lord_Howe")


def at(text: str, zone: ZoneInfo, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


@pytest.mark.parametrize(
    ("wall", "covered"),
    [
        pytest.param("19:59", False, id="just before"),
        pytest.param("20:00", True, id="first quiet minute"),
        pytest.param("03:00", True, id="past midnight"),
        pytest.param("08:59", True, id="last quiet minute"),
        pytest.param("09:00", False, id="open again"),
    ],
)
def test_quiet_hours_run_past_midnight(wall: str, *, covered: bool) -> None:
    assert NIGHT.cover(at(f"2026-11-23T{wall}", DHAKA)) is covered


def test_quiet_hours_within_a_day_and_quiet_days_cover_what_they_say() -> None:
    noon = QuietHours(time(12), time(14), frozenset({4}))
    assert noon.cover(at("2026-11-23T13:00", DHAKA))
    assert not noon.cover(at("2026-11-23T14:00", DHAKA))
    assert noon.cover(at("2026-11-27T18:00", DHAKA)), "a Friday"


def test_quiet_hours_that_end_as_they_start_are_none() -> None:
    assert not NEVER.cover(at("2026-11-23T00:00", DHAKA))


@pytest.mark.parametrize(
    ("moment", "zone", "quiet", "window", "allowed"),
    [
        pytest.param("2026-11-23T10:00", DHAKA, NIGHT, DAY, "2026-11-23T04:00Z", id="already allowed: at once"),
        pytest.param("2026-11-23T05:00", DHAKA, NIGHT, DAY, "2026-11-23T03:00Z", id="early: at nine"),
        pytest.param("2026-11-23T20:00", DHAKA, NIGHT, DAY, "2026-11-24T03:00Z", id="late: at nine tomorrow"),
        pytest.param("2026-11-23T10:00", DHAKA, QuietHours(time(9), time(11)), DAY, "2026-11-23T05:00Z", id="after quiet hours"),
        pytest.param(
            "2026-11-26T20:30", DHAKA, QuietHours(time(20), time(9), frozenset({4, 5})), DAY, "2026-11-29T03:00Z",
            id="over a weekend",
        ),
        pytest.param(
            "2026-12-15T20:30", DHAKA, QuietHours(time(20), time(9), holidays={date(2026, 12, 16)}), DAY,
            "2026-12-17T03:00Z", id="over a holiday",
        ),
        pytest.param(
            "2026-11-27T12:00", DHAKA, QuietHours(time(0), time(0), frozenset({4})), Window(time(22), time(6)),
            "2026-11-27T18:00Z", id="a quiet day ends at midnight within a night window",
        ),
        pytest.param(
            "2026-11-23T12:00", DHAKA, QuietHours(time(0), time(0), frozenset(range(1, 7))), Window(time(8), time(9)),
            "2026-11-30T02:00Z", id="one hour a week",
        ),
        pytest.param(
            "2026-03-08T01:00", NEW_YORK, NEVER, Window(time(2, 30), time(4)), "2026-03-08T07:00Z",
            id="the opening falls into the hour that is skipped: at the jump",
        ),
        pytest.param(
            "2026-03-08T01:00", NEW_YORK, NEVER, Window(time(2, 10), time(2, 20)), "2026-03-09T06:10Z",
            id="the whole window is skipped: the next day",
        ),
        pytest.param(
            "2026-11-01T00:30", NEW_YORK, NEVER, Window(time(1, 30), time(1, 45)), "2026-11-01T05:30Z",
            id="the hour that comes twice: the first",
        ),
        pytest.param(
            "2026-11-01T01:50", NEW_YORK, NEVER, Window(time(1, 30), time(1, 45)), "2026-11-01T06:30Z",
            id="the hour that comes twice: the second, after the first",
        ),
        pytest.param(
            "2026-11-01T01:50", NEW_YORK, NEVER, Window(time(0, 30), time(1, 45)), "2026-11-01T06:00Z",
            id="the clock falls back into the window",
        ),
        pytest.param(
            "2018-11-03T23:00", SAO_PAULO, NEVER, Window(time(0, 0), time(0, 30)), "2018-11-05T02:00Z",
            id="midnight is skipped with the window",
        ),
        pytest.param(
            "2011-12-29T12:00", APIA, QuietHours(time(0), time(0), frozenset({3, 5})), ALL_DAY, "2011-12-31T10:00Z",
            id="the Friday that Samoa left out",
        ),
    ],
)  # fmt: skip
def test_the_next_allowed_instant_is_the_earliest(
    moment: str, zone: ZoneInfo, quiet: QuietHours, window: Window, allowed: str
) -> None:
    found = next_allowed(at(moment, zone), zone, quiet, window)
    assert found == datetime.fromisoformat(allowed)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("quiet", "window"),
    [
        pytest.param(NIGHT, Window(time(21), time(23)), id="within the night"),
        pytest.param(NIGHT, Window(time(20), time(9)), id="exactly the night"),
        pytest.param(QuietHours(time(0), time(0), frozenset(range(7))), DAY, id="every day is quiet"),
        pytest.param(NEVER, Window(time(9), time(9)), id="the window closes as it opens"),
    ],
)
def test_a_window_wholly_in_quiet_hours_is_refused(quiet: QuietHours, window: Window) -> None:
    with pytest.raises(InvalidError, match="quiet hours"):
        next_allowed(at("2026-11-23T12:00", DHAKA), DHAKA, quiet, window)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidError, match="time zone"):
        next_allowed(datetime(2026, 11, 23, 12), DHAKA, NIGHT, DAY)  # noqa: DTZ001 - that is the fault


def by_walking(moment: datetime, zone: ZoneInfo, quiet: QuietHours, window: Window) -> datetime | None:
    """The slow truth: minute by minute through three days."""
    for minutes in range(3 * 24 * 60):
        instant = moment + timedelta(minutes=minutes)
        local = instant.astimezone(zone)
        if window.cover(local) and not quiet.cover(local):
            return instant
    return None


def minutes_of_day() -> st.SearchStrategy[time]:
    return st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))


ZONES = [DHAKA, NEW_YORK, CAIRO, SAO_PAULO, LORD_HOWE, ZoneInfo("Europe/Dublin"), ZoneInfo("Africa/Casablanca")]
CHANGES = [
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York forward
    datetime(2026, 11, 1, 6, tzinfo=UTC),  # and back
    datetime(2018, 11, 4, 3, tzinfo=UTC),  # São Paulo skips midnight
    datetime(2018, 2, 18, 2, tzinfo=UTC),  # and repeats the hour before it
    datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe turns half an hour
    datetime(2026, 4, 23, 22, tzinfo=UTC),  # Cairo skips midnight
    datetime(2026, 10, 29, 21, tzinfo=UTC),  # and repeats the hour before it
    datetime(2026, 2, 15, 2, tzinfo=UTC),  # Casablanca, Ramadan
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Dublin
]


@settings(max_examples=120, deadline=None)
@given(
    change=st.sampled_from(CHANGES),
    minutes=st.integers(-30 * 60, 30 * 60),
    zone=st.sampled_from(ZONES),
    quiet=st.builds(
        QuietHours, minutes_of_day(), minutes_of_day(), st.sets(st.integers(0, 6), max_size=2).map(frozenset)
    ),
    window=st.builds(Window, minutes_of_day(), minutes_of_day()),
)
@example(CHANGES[3], -60, SAO_PAULO, QuietHours(time(0), time(23, 30)), Window(time(23, 15), time(0, 30)))
def test_the_next_allowed_instant_agrees_with_walking_through_every_minute(
    change: datetime, minutes: int, zone: ZoneInfo, quiet: QuietHours, window: Window
) -> None:
    moment = change + timedelta(minutes=minutes)
    walked = by_walking(moment, zone, quiet, window)
    try:
        found = next_allowed(moment, zone, quiet, window)
    except InvalidError:
        assert walked is None
    else:
        assert walked == found if walked else found - moment >= timedelta(days=3)


@settings(max_examples=60, deadline=None)
@given(
    change=st.sampled_from(CHANGES),
    minutes=st.integers(-30 * 60, 30 * 60),
    lasts=st.integers(0, 3 * 24 * 60),
    zone=st.sampled_from(ZONES),
    quiet=st.builds(
        QuietHours, minutes_of_day(), minutes_of_day(), st.sets(st.integers(0, 6), max_size=2).map(frozenset)
    ),
    window=st.builds(Window, minutes_of_day(), minutes_of_day()),
)
@example(CHANGES[3], -60, 600, SAO_PAULO, QuietHours(time(0), time(23, 30)), Window(time(23, 15), time(0, 30)))
def test_closures_move_every_moment_to_the_next_allowed(
    change: datetime, minutes: int, lasts: int, zone: ZoneInfo, quiet: QuietHours, window: Window
) -> None:
    starts = change + timedelta(minutes=minutes)
    ends = starts + timedelta(minutes=lasts)
    try:
        found = closures(starts, ends, zone, quiet, window)
        for ahead in range(0, lasts + 1, 13):
            moment = starts + timedelta(minutes=ahead)
            moved = [one.ends for one in found if one.starts <= moment < one.ends]
            assert [next_allowed(moment, zone, quiet, window)] == (moved or [moment])
    except InvalidError:
        assert by_walking(starts, zone, quiet, window) is None


def test_texts_are_spread_evenly_and_the_first_leaves_at_once() -> None:
    assert [spread(index, 4, timedelta(hours=2)) for index in range(4)] == [timedelta(minutes=30 * n) for n in range(4)]


@pytest.mark.parametrize(
    ("index", "total"),
    [pytest.param(-1, 4, id="before"), pytest.param(4, 4, id="after"), pytest.param(0, 0, id="none")],
)
def test_a_text_outside_the_batch_cannot_be_spread(index: int, total: int) -> None:
    with pytest.raises(InvalidError):
        spread(index, total, timedelta(hours=1))


@pytest.mark.parametrize(
    ("day", "quiet", "hours"),
    [
        pytest.param(2, QuietHours(time(21), time(8)), [(time(9), time(20))], id="the window alone"),
        pytest.param(2, QuietHours(time(18), time(10)), [(time(10), time(18))], id="what the night leaves of it"),
        pytest.param(
            2, QuietHours(time(12), time(14)), [(time(9), time(12)), (time(14), time(20))], id="a rest at noon"
        ),
        pytest.param(6, QuietHours(time(21), time(8), frozenset({4})), [], id="a day of rest"),
        pytest.param(6, QuietHours(time(21), time(8), holidays={date(2026, 11, 6)}), [], id="a holiday"),
        pytest.param(2, QuietHours(time(8), time(21)), [], id="never"),
    ],
)
def test_a_day_has_its_hours_for_texts(day: int, quiet: QuietHours, hours: list[tuple[time, time]]) -> None:
    window = Window(time(9), time(20))
    assert open_hours(date(2026, 11, day), ZoneInfo("Asia/Dhaka"), quiet, window) == hours


def test_a_day_without_a_night_is_open_from_midnight_to_midnight() -> None:
    never, always = QuietHours(time(0), time(0)), Window(time(0), time(23, 59, 59, 999999))
    ((starts, _),) = open_hours(date(2026, 11, 2), ZoneInfo("Asia/Dhaka"), never, always)
    assert starts == time(0)
