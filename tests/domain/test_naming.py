"""What a text calls a service: nothing that tells of the high tier, in every language."""

from string import Formatter

import pytest

from app.domain.naming import Called
from app.domain.understanding import fold, tokens
from tests.sensitive import CATALOGUE, LANGUAGES, hints

SHELTER = Called("Zora Refuge", city="Gazipur", grave=True)


def told(called: Called, language: str) -> str:
    return called.told(CATALOGUE.texts[language]["unnamed"])


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_a_service_of_ordinary_needs_alone_has_its_name() -> None:
    assert told(Called("Food bank", city="Gazipur"), "en") == "Food bank"


def test_a_service_that_might_be_known_for_grave_things_is_called_by_its_city_or_by_nothing() -> None:
    assert told(SHELTER, "en") == "Service Gazipur"
    assert told(Called("Zora Refuge", grave=True), "en") == "Service"


@pytest.mark.parametrize("grave", [True, False])
def test_a_name_the_ngo_gave_goes_before_both(*, grave: bool) -> None:
    assert told(Called("Zora Refuge", "Lotus {House}", "Gazipur", grave=grave), "en") == "Lotus {House}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_tells_the_name_or_what_it_does_in_any_language(language: str) -> None:
    texts = CATALOGUE.texts[language]
    assert places(texts["unnamed"]) == {"city"}
    name = told(SHELTER, language)
    assert name != texts["unnamed"]
    naming = [text for text in texts.values() if "service" in places(text)]
    assert len(naming) >= 12
    for text in naming:
        said = text.replace("{service}", name)
        assert not {"zora", "refuge"} & set(tokens(fold(said)))
        assert not hints(said, language)
