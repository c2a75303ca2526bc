"""Why a service fits a need, said in the language at hand."""

import re
from collections.abc import Mapping

from app.web.pages.formats import digits, named, tongue
from app.web.pages.languages import gettext, marked

_SAID: Mapping[str, str] = {
    r"Offers (?P<what>[\w-]+)": marked("Offers %(what)s"),
    r"Offers (?P<what>[\w-]+), which includes .+": marked("Offers %(what)s, which is wider"),
    r"(?P<n>\d+) km away": marked("%(n)s km away"),
    r"Reached from anywhere": marked("Reached from anywhere"),
    r"Distance not known": marked("Distance not known"),
    r"Languages not stated": marked("Languages not stated"),
    r"Speaks (?P<code>.+)": marked("Speaks %(code)s"),
    r"Does not list (?P<code>.+)": marked("Does not list %(code)s"),
    r"Opening hours not known": marked("Opening hours not known"),
    r"Open now": marked("Open now"),
    r"Closed now": marked("Closed now"),
    r"Capacity not stated": marked("Capacity not stated"),
    r"(?P<n>\d+) of (?P<of>\d+) places left": marked("%(n)s of %(of)s places left"),
    r"Never verified: offered last": marked("Never verified: offered last"),
    r"Verified on (?P<n>[\d-]+)": marked("Verified on %(n)s"),
    r"Verified on (?P<n>[\d-]+): offered last": marked("Verified on %(n)s: offered last"),
}
"""What `app/domain/matching/traits.py` says → the same for whoever reads a page."""


def reason(said: str) -> str:
    """A reason as the page says it; as it is where no form of it is known here."""
    for form, text in _SAID.items():
        if found := re.fullmatch(form, said):
            return gettext(text) % {name: _part(name, value) for name, value in found.groupdict().items()}
    return said


def _part(name: str, value: str) -> str:
    match name:
        case "what":
            return named(value)
        case "code":
            return tongue(value)
        case _:
            return digits(value)
