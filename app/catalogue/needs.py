"""The kinds of needs: which is wider, which no text may name, and what the others are called in each language."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.catalogue.documents import read_languages, read_yaml
from app.catalogue.places import DATA
from app.domain.errors import InvalidError
from app.domain.survey import Sensitivity

PERSONAL = "personal"
"""How texts name whatever is of high sensitivity."""


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of need: `name` and `description` are for staff, `names` for texts, by language.

    `parent` is the code of the wider one or empty, `see` the URI of the nearest term of Open Eligibility or empty.
    """

    code: str
    name: str
    description: str
    parent: str
    sensitivity: Sensitivity
    names: Mapping[str, str]
    see: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """The taxonomy: what is told of it as a whole, and its categories by code."""

    about: Mapping[str, str]
    categories: Mapping[str, Category]

    def of(self, sensitivity: Sensitivity) -> frozenset[str]:
        """The codes of one tier."""
        return frozenset(code for code, category in self.categories.items() if category.sensitivity is sensitivity)


@cache
def load_needs(folder: Path = DATA) -> Needs:
    """Read them, once; a malformed row stops the program at start, where it is seen."""
    document = read_yaml(folder / "needs.yaml")
    spoken = {language: told.get("needs", {}) for language, told in read_languages(folder / "texts").items()}
    rows = [_category(row, document["see"]["uri"], spoken) for row in document["needs"]]
    return Needs(document["taxonomy"], {category.code: category for category in rows})


def _category(row: Mapping[str, Any], see: str, spoken: Mapping[str, Mapping[str, str]]) -> Category:
    sensitivity = Sensitivity(row["sensitivity"])
    # A code of the high tier has no name of its own that could leave by mistake: phones are shared.
    key = PERSONAL if sensitivity is Sensitivity.HIGH else row["code"]
    missing = next((language for language, told in spoken.items() if key not in told), "")
    if missing:
        raise InvalidError(f"texts/{missing}.yaml has no name for the need {key!r}.")
    names = {language: told[key] for language, told in spoken.items()}
    uri = see.format(row["see"]) if row["see"] else ""
    return Category(row["code"], row["name"], row["description"], row["parent"], sensitivity, names, uri)
