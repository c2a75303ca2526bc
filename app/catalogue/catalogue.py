"""What ships with the program, read once: words, texts, quiet hours, prices, surveys."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time
from functools import cache
from pathlib import Path

from app.catalogue.documents import read_languages, read_table
from app.catalogue.holidays import PublicHolidays
from app.catalogue.lexicons import load_lexicons, one_form
from app.catalogue.needs import Category, load_needs
from app.catalogue.places import DATA, shipped
from app.domain.hours import QuietHours
from app.domain.survey import Sensitivity
from app.domain.survey.check import Limits
from app.domain.understanding import Lexicons, Sense
from app.domain.wording import FALLBACK_LANGUAGE, ServiceTexts

_DAYS = {"MON": 0, "TUE": 1, "WED": 2, "THU": 3, "FRI": 4, "SAT": 5, "SUN": 6}
_ANYWHERE = "*"
_HOLIDAYS = "HOLIDAYS"


@dataclass(frozen=True, slots=True)
class Price:
    """The list price of a segment."""

    currency: str
    per_segment: float


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The shipped data, as domain values."""

    lexicons: Lexicons
    texts: ServiceTexts
    quiet: Mapping[str, QuietHours]
    prices: Mapping[str, Price]
    categories: Mapping[str, Category]
    limits: Limits

    def quiet_hours(self, country: str, *, rest_on_holidays: bool = False) -> QuietHours:
        """The country's quiet hours; the conservative default where it has none of its own.

        With `rest_on_holidays` its public holidays are quiet too, as they always are where the table says so.
        """
        quiet = self.quiet.get(country) or self.quiet[_ANYWHERE]
        return replace(quiet, holidays=PublicHolidays(country)) if rest_on_holidays else quiet

    def price(self, country: str) -> Price:
        """The country's price of a segment; the default where it is not listed."""
        return self.prices.get(country) or self.prices[_ANYWHERE]

    def text(self, key: str, language: str) -> str:
        """A service text in the language; in English where the language has none. Its places are not filled."""
        return self.texts.get(language, {}).get(key) or self.texts[FALLBACK_LANGUAGE][key]

    def with_parents(self, category: str) -> tuple[str, ...]:
        """A need category and those above it, the nearest first."""
        chain = [category]
        while (known := self.categories.get(chain[-1])) and known.parent:
            chain.append(known.parent)
        return tuple(chain)


@cache
def load_catalogue() -> Catalogue:
    """Read the shipped data, once; a malformed file stops the program at start, where it is seen."""
    lexicons = load_lexicons(DATA)
    texts = {language: told["texts"] for language, told in read_languages(DATA / "texts").items()}
    for language, told in read_languages(DATA / "desk").items():
        texts[language] = {**texts.get(language, {}), **told["texts"]}
    commands = {
        language: frozenset({*lexicon.of(Sense.STOP), *lexicon.of(Sense.START), *lexicon.of(Sense.HELP)})
        for language, lexicon in lexicons.items()
    }
    needs = load_needs()
    return Catalogue(
        lexicons=lexicons,
        texts=texts,
        quiet=_quiet(read_table(DATA / "quiet_hours.csv")),
        prices={
            row["country"]: Price(row["currency"], float(row["price_per_segment"]))
            for row in read_table(DATA / "prices.csv")
        },
        categories=needs.categories,
        limits=Limits(
            frozenset(texts) & frozenset(lexicons),
            {**commands, _ANYWHERE: commands["en"]},
            categories=frozenset(needs.categories),
            sensitive=needs.of(Sensitivity.HIGH),
            fold=one_form,
        ),
    )


def _quiet(rows: list[Mapping[str, str]]) -> dict[str, QuietHours]:
    """A country's hours, from its row without days, and its quiet days, from the others."""
    named: dict[str, set[str]] = {}
    for row in rows:
        named.setdefault(row["country"], set()).update(row["days"].replace(";", " ").split())
    return {
        row["country"]: QuietHours(
            time.fromisoformat(row["starts"]),
            time.fromisoformat(row["ends"]),
            frozenset(_DAYS[day] for day in named[row["country"]] - {_HOLIDAYS}),
            PublicHolidays(row["country"]) if _HOLIDAYS in named[row["country"]] else frozenset(),
        )
        for row in rows
        if not row["days"]
    }


def bundled_surveys() -> list[Path]:
    """The survey files that come along."""
    return sorted(shipped("surveys").glob("*.yaml"))
