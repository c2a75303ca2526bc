"""Names of countries, from the list the time zone database carries."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def country_name(code: str) -> str:
    """The English name of an ISO 3166-1 code, `BD` → `Bangladesh`; the code itself where it is not listed."""
    return _names().get(code, code)


@cache
def _names() -> Mapping[str, str]:
    table = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[0]: row[1] for row in rows}
