"""Public holidays of a country, as the library `holidays` knows them: national ones alone, none of a single region."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

_ENGLISH = "en_US"


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The public holidays of a country; a holder of days, of which none is ever reckoned twice.

    Feasts that go by the moon are estimated for years to come, and the library's names say so.
    """

    country: str

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in _of_year(self.country, day.year, _ENGLISH)

    def name(self, day: date, language: str = "en") -> str:
        """What the day is called, in the language where the library has it, else in English; empty for no holiday."""
        return _of_year(self.country, day.year, language).get(day, "")


@cache
def _of_year(country: str, year: int, language: str) -> Mapping[date, str]:
    """The days of a year with their names; none for a country that the library does not know."""
    from holidays import country_holidays  # noqa: PLC0415 - takes a third of a second, which few commands need

    try:
        known = country_holidays(country, years=year)
    except NotImplementedError:
        return {}
    tongue = next((one for one in known.supported_languages if one.split("_")[0] == language), _ENGLISH)
    # Bound, for the library's own mapping grows by whatever is looked up in it.
    return dict(country_holidays(country, years=year, language=tongue).items())
