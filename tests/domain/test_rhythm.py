"""When the next letter of a report leaves."""

from datetime import UTC, datetime

import pytest

from app.domain.rhythm import Rhythm, next_due


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("rhythm", "after", "due"),
    [
        pytest.param(Rhythm.WEEKLY, "2026-11-25T12:00", "2026-11-30T06:00", id="the coming Monday"),
        pytest.param(Rhythm.WEEKLY, "2026-11-30T05:59", "2026-11-30T06:00", id="this Monday, early"),
        pytest.param(Rhythm.WEEKLY, "2026-11-30T06:00", "2026-12-07T06:00", id="not the same Monday twice"),
        pytest.param(Rhythm.MONTHLY, "2026-12-01T06:00", "2027-01-01T06:00", id="into the next year"),
        pytest.param(Rhythm.MONTHLY, "2027-01-31T12:00", "2027-02-01T06:00", id="from the last of January"),
        pytest.param(Rhythm.MONTHLY, "2026-12-01T05:00", "2026-12-01T06:00", id="this first, early"),
    ],
)
def test_the_clock_says_when(rhythm: Rhythm, after: str, due: str) -> None:
    assert next_due(rhythm, at(after)) == at(due)


def test_the_end_of_a_round_is_no_affair_of_the_clock() -> None:
    assert next_due(Rhythm.ROUND, at("2026-11-25T12:00")) is None
