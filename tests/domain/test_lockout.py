"""Waits between tries that fail: they grow, end, and are the same whoever asks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.lockout import OF_ACCOUNT, OF_ADDRESS, Policy, Tries, is_refused, still_counted

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        pytest.param(4, 0, id="nothing at first"),
        pytest.param(5, 10, id="ten seconds"),
        pytest.param(6, 20, id="twice as long"),
        pytest.param(8, 80, id="and again"),
        pytest.param(12, 900, id="a quarter of an hour"),
        pytest.param(5000, 900, id="and never more"),
    ],
)
def test_the_wait_doubles_up_to_a_quarter_of_an_hour(failures: int, seconds: int) -> None:
    tries = Tries(failures, NOON)
    assert is_refused(OF_ACCOUNT, tries, NOON + timedelta(seconds=seconds - 0.001)) is (seconds > 0)
    assert not is_refused(OF_ACCOUNT, tries, NOON + timedelta(seconds=seconds))


def test_an_office_behind_one_address_has_more_tries_than_an_account() -> None:
    assert is_refused(OF_ACCOUNT, Tries(20, NOON), NOON)
    assert not is_refused(OF_ADDRESS, Tries(20, NOON), NOON)
    assert is_refused(OF_ADDRESS, Tries(30, NOON), NOON)


def test_failures_are_forgotten_after_a_quiet_day() -> None:
    assert still_counted(OF_ACCOUNT, Tries(40, NOON), NOON + timedelta(hours=23)) == 40
    assert still_counted(OF_ACCOUNT, Tries(40, NOON), NOON + timedelta(days=1)) == 0


@given(st.lists(st.integers(0, 7200), min_size=1, max_size=60))
def test_whatever_the_rhythm_no_more_than_a_hundred_and_odd_tries_pass_in_a_day(pauses: list[int]) -> None:
    """And whoever waits as long as the longest is always read."""
    tries, now = Tries(0, NOON), NOON
    read = 0
    for pause in pauses:
        now += timedelta(seconds=pause)
        if now - NOON > timedelta(days=1):
            break
        if is_refused(OF_ACCOUNT, tries, now):
            assert now - tries.last_at < OF_ACCOUNT.longest
            continue
        read += 1
        tries = Tries(still_counted(OF_ACCOUNT, tries, now) + 1, now)
    assert read <= OF_ACCOUNT.free + 7 + timedelta(days=1) // OF_ACCOUNT.longest


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_one_failure_more_never_shortens_the_wait(failures: int, seconds: int) -> None:
    policy = Policy(3, timedelta(seconds=7), timedelta(minutes=40), timedelta(days=1))
    later = NOON + timedelta(seconds=seconds)
    assert is_refused(policy, Tries(failures, NOON), later) <= is_refused(policy, Tries(failures + 1, NOON), later)
