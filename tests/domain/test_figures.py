"""A figure carries its doubt, or nothing at all."""

from datetime import UTC, datetime

import pytest

from app.catalogue.instruments import instrument
from app.domain.disclosure import Cell, Suppression
from app.domain.figures import Figure, figure_from, to_the_hour
from app.domain.indicators import shape
from app.domain.statistics import Interval, Tally
from app.domain.survey.model import Indicator

SITE = (("country", "BD"), ("site", "s1"))
MEAN = shape(Indicator("safety", "safety", ("safe",)))
SHARE = shape(Indicator("ladder", "health", ("now", "later"), "cantril", instrument("cantril")))


def near(low: float, high: float) -> Interval:
    return Interval(pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_a_share_has_wilsons_interval() -> None:
    figure = figure_from(Cell((), "thriving", Tally(20, 8, 8)), SHARE, Suppression.SHOWN)
    assert (figure.level, figure.n, figure.value) == ("round", 20, 0.4)
    assert figure.interval == near(0.2188, 0.6134)


def test_a_mean_has_students_interval_within_its_range() -> None:
    # 10 people at 90 and 10 at 100: x̄ = 95, s² = 26.3158, t₁₉ = 2.0930.
    figure = figure_from(Cell(SITE, "pay", Tally(20, 1900, 181000)), MEAN, Suppression.SHOWN)
    assert (figure.level, figure.key, figure.value) == ("site", SITE, 95)
    assert figure.interval == near(92.5991, 97.4009)
    steep = figure_from(Cell(SITE, "pay", Tally(5, 100, 10000)), MEAN, Suppression.SHOWN)
    assert steep.interval is not None
    assert steep.interval.low == 0


@pytest.mark.parametrize("reason", [reason for reason in Suppression if reason is not Suppression.SHOWN])
def test_a_hidden_figure_holds_nothing(reason: Suppression) -> None:
    cell = Cell(SITE, "pay", Tally(20, 1900, 181000))
    figure = figure_from(cell, MEAN, reason)
    assert figure == Figure("pay", "site", SITE, reason, MEAN)
    assert (figure.n, figure.value, figure.interval) == (None, None, None)


def test_a_figure_about_nobody_is_never_shown() -> None:
    with pytest.raises(ValueError):
        figure_from(Cell((), "pay", Tally()), MEAN, Suppression.SHOWN)


def test_a_moment_is_told_by_the_hour_it_lies_in() -> None:
    last = datetime(2026, 11, 26, 23, 59, 59, 999999, tzinfo=UTC)
    assert to_the_hour(last) == datetime(2026, 11, 26, 23, tzinfo=UTC)
