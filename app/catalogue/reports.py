"""What a report says, the template it is set with, and its fonts."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from app.catalogue.documents import read_yaml
from app.catalogue.places import DATA

TEMPLATE = DATA / "reports" / "report.typ"
FONTS = DATA / "fonts"


@cache
def report_texts(language: str) -> Mapping[str, Any]:
    """A report's texts in a language; in English where the language has none."""
    path = DATA / "reports" / f"{language}.yaml"
    known = path.parent.glob("*.yaml")
    return read_yaml(path if path in known else DATA / "reports" / "en.yaml")
