"""Public holidays: whose day it is, by which name, and where the law lets nobody be texted on them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.catalogue.catalogue import Catalogue
from app.catalogue.holidays import PublicHolidays

VICTORY_DAY, THE_DAY_AFTER = date(2026, 12, 16), date(2026, 12, 17)


def test_a_country_has_its_holidays_and_no_other_country_s() -> None:
    assert VICTORY_DAY in PublicHolidays("BD")
    assert THE_DAY_AFTER not in PublicHolidays("BD")
    assert VICTORY_DAY not in PublicHolidays("KE")
    assert "2026-12-16" not in PublicHolidays("BD"), "a day, and nothing that reads like one"


@pytest.mark.parametrize(
    ("language", "name"),
    [
        pytest.param("bn", "বিজয় দিবস", id="as the country calls it"),
        pytest.param("en", "Victory Day", id="in English"),
        pytest.param("es", "Victory Day", id="in English where the language has no name for it"),
    ],
)
def test_a_holiday_is_called_by_its_name(language: str, name: str) -> None:
    assert PublicHolidays("BD").name(VICTORY_DAY, language) == name


def test_what_a_country_does_not_rest_on_has_no_name_and_an_unknown_country_rests_never() -> None:
    assert PublicHolidays("BD").name(THE_DAY_AFTER) == ""
    assert date(2026, 1, 1) not in PublicHolidays("ZZ")


def test_a_feast_that_goes_by_the_moon_is_told_to_be_estimated() -> None:
    assert PublicHolidays("BD").name(date(2027, 5, 19)).endswith("(estimated)")


@pytest.mark.parametrize(
    ("country", "rest_on_holidays", "quiet"),
    [
        pytest.param("FR", False, True, id="always, where the table says so"),
        pytest.param("BD", False, False, id="not by itself"),
        pytest.param("BD", True, True, id="where a round asks for it"),
        pytest.param("ZZ", True, False, id="nowhere that is not known"),
    ],
)
def test_holidays_are_quiet_where_the_law_or_the_round_says_so(
    catalogue: Catalogue, country: str, *, rest_on_holidays: bool, quiet: bool
) -> None:
    noon = datetime(2026, 12, 25, 12, tzinfo=ZoneInfo("UTC"))  # a Friday, and a holiday of each
    assert catalogue.quiet_hours(country, rest_on_holidays=rest_on_holidays).cover(noon) is quiet
