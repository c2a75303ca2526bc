"""Numbers, dates and names as the pages write them, in the language at hand."""

from datetime import UTC, datetime
from datetime import date as Date  # noqa: N812 - `date` writes one
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from app.web.pages.languages import gettext, locale, locale_of, marked, visit

# Writing a number as a language does takes long beside printing it, and a page of many sites has few different ones.
_KEPT = 20_000
_BENGALI = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
_NAMES = {
    "who-5": marked("WHO-5 well-being"),
    "phq-4": marked("PHQ-4 distress"),
    "cantril": marked("Thriving (Cantril ladder)"),
    "cfpb": marked("CFPB financial well-being"),
    "fies": marked("FIES food insecurity"),
    "phq-2": marked("PHQ-2 depression"),
    "ucla-3": marked("UCLA-3 loneliness"),
    "ngo": marked("NGO"),
    "admin": marked("Administrator"),
    "respondents": marked("Analyst"),
}


def digits(text: str) -> str:
    """A text with the digits of the language."""
    return _digits(text, locale())


def _digits(text: str, of: Locale) -> str:
    return text.translate(_BENGALI) if of.default_numbering_system == "beng" else text


def day(at: datetime) -> str:
    """`24 Nov 2026`, in UTC."""
    return _day(at.astimezone(UTC).toordinal(), visit().language)


def date(on: Date) -> str:
    """The same for a date."""
    return _day(on.toordinal(), visit().language)


# Kept by the language's code: to look for a locale takes as long as to write a number.
@lru_cache(_KEPT)
def _day(ordinal: int, language: str) -> str:
    of = locale_of(language)
    return _digits(format_date(datetime.fromordinal(ordinal), "medium", locale=of), of)


def weekday(on: Date) -> str:
    """`Mon 2 Nov`."""
    return digits(format_date(on, "EEE d MMM", locale=locale()))


def moment(at: datetime) -> str:
    """`24 Nov 2026 10:15 UTC`."""
    return f"{day(at)} {digits(f'{at.astimezone(UTC):%H:%M}')} UTC"


def count(number: int) -> str:
    """`12,400`."""
    return _decimal(number, 0, visit().language)


def mean(value: float, places: int = 1) -> str:
    """`61.2`."""
    return _decimal(round(value, places), places, visit().language)


def signed(value: float, places: int = 1) -> str:
    """`+3.1`, with a minus sign rather than a hyphen."""
    rounded = round(value, places)
    return f"{'+' if rounded > 0 else '−' if rounded < 0 else '±'}{mean(abs(rounded), places)}"


@lru_cache(_KEPT)
def _decimal(number: float, places: int, language: str) -> str:
    of = locale_of(language)
    # Grouped as the language groups: 12,34,567 in Bengali.
    pattern = of.decimal_formats[None].pattern.partition(".")[0] + (f".{'0' * places}" if places else "")
    return _digits(format_decimal(number, pattern, of), of)


def percent(share: float, places: int = 0) -> str:
    """`62%`, from a share of 0–1; what is not quite nothing or all is never written as such: `<1%`, `>99%`."""
    least = 10.0**-places
    shown = round(100 * share, places)
    if share > 0 and shown <= 0:
        return f"<{per_cent(least, places)}"
    if share < 1 and shown >= 100:  # noqa: PLR2004
        return f">{per_cent(100 - least, places)}"
    return per_cent(shown, places)


def per_cent(number: float, places: int = 0) -> str:
    """A number that is in per cent already, with the sign where the language puts it."""
    before, after = _around_per_cent(visit().language)
    return f"{before}{mean(number, places)}{after}"


@cache
def _around_per_cent(language: str) -> tuple[str, str]:
    pattern = locale_of(language).percent_formats[None]
    return pattern.prefix[0], pattern.suffix[0]


def country(code: str) -> str:
    """The name of an ISO 3166-1 code, `BD` → `Bangladesh`; the code itself where it is not listed."""
    return _country(code, visit().language)


@lru_cache(_KEPT)
def _country(code: str, language: str) -> str:
    return locale_of(language).territories.get(code, code)


def named(code: str) -> str:
    """A code as a person reads it: `life-satisfaction` → `Life satisfaction`, where nobody has translated it better."""
    if code in _NAMES:
        return gettext(_NAMES[code])
    # A hyphen between numbers is a span, as in an age band, and no space between words.
    words = code if any(sign.isdigit() for sign in code) else code.replace("-", " ").replace("_", " ")
    return gettext(words[:1].upper() + words[1:]) if words else ""


def tongue(code: str) -> str:
    """The name of a language, `bn` → `Bangla`; the code itself where it is not listed."""
    return locale().languages.get(code.replace("-", "_"), code)
