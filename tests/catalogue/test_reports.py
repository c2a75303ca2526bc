"""A report says the same in each language it has."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from app.catalogue.reports import report_texts

LANGUAGES = ("fr", "es", "bn")


def gaps(texts: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Each text's place and what is filled into it."""
    for name, text in texts.items():
        if isinstance(text, Mapping):
            yield from gaps(text, f"{place}{name}.")
        else:
            yield f"{place}{name}", frozenset(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_with_the_same_to_fill_in(language: str) -> None:
    texts = report_texts(language)
    assert texts["language"] == language
    assert dict(gaps(texts)) == dict(gaps(report_texts("en")))


def test_a_language_without_texts_reads_english() -> None:
    assert report_texts("km") == report_texts("en")
