"""Numbers, dates and names as the pages write them."""

from datetime import UTC, datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPACE = "\u00a0"  # a number and its sign stay on one line
_NAMES = {"who-5": "WHO-5 well-being", "phq-4": "PHQ-4 distress", "cantril": "Thriving (Cantril ladder)"}


def day(at: datetime) -> str:
    """`24 Nov 2026`, in UTC."""
    utc = at.astimezone(UTC)
    return f"{utc.day} {_MONTHS[utc.month - 1]} {utc.year}"


def moment(at: datetime) -> str:
    """`24 Nov 2026 10:15 UTC`."""
    return f"{day(at)} {at.astimezone(UTC):%H:%M} UTC"


def count(number: int) -> str:
    """`12,400`."""
    return f"{number:,}"


def mean(value: float) -> str:
    """`61.2`."""
    return f"{value:.1f}"


def percent(share: float, digits: int = 0) -> str:
    """`62 %`, from a share of 0–1; what is not quite nothing or all is never written as such: `<1 %`, `>99 %`."""
    least = 10.0**-digits
    shown = round(100 * share, digits)
    if share > 0 and shown <= 0:
        return f"<{least:.{digits}f}{_SPACE}%"
    if share < 1 and shown >= 100:  # noqa: PLR2004
        return f">{100 - least:.{digits}f}{_SPACE}%"
    return f"{shown:.{digits}f}{_SPACE}%"


def named(code: str) -> str:
    """A code as a person reads it: `life-satisfaction` → `Life satisfaction`."""
    words = code.replace("-", " ").replace("_", " ")
    return _NAMES.get(code, words[:1].upper() + words[1:])
