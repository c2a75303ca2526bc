"""What letters to people with an account say."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from app.catalogue.documents import read_languages
from app.catalogue.places import DATA


@cache
def letter_texts(language: str) -> Mapping[str, str]:
    """A letter's texts in a language of the interface; in English where there are none."""
    found: Mapping[str, Any] = read_languages(DATA / "letters")
    return found.get(language, found["en"])
