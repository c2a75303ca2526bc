"""A "not" that goes along with what is said, and turns nothing round."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import Outcome, understand

LEXICONS = load_catalogue().lexicons


def options(language: str, *words: str) -> tuple[Option, ...]:
    return tuple(Option(code, f"v{code}", {language: word}) for code, word in enumerate(words, 1))


@pytest.mark.parametrize(
    ("language", "words", "text", "value"),
    [
        pytest.param("ta", ("எப்போதும்", "சில நேரம்", "ஒருபோதும் இல்லை"), "orupothum tharala", 3, id="never gave"),
        pytest.param("ta", ("எப்போதும்", "சில நேரம்", "ஒருபோதும் இல்லை"), "eppothum tharala", None, id="not always"),
        pytest.param("bn", ("সবসময়", "মাঝে মাঝে", "কখনো না"), "kokhonoi pai na", 3, id="never got"),
        pytest.param("en", ("always", "sometimes", "never"), "never late", None, id="never late"),
    ],
)
def test_a_verb_that_denies_goes_along_with_never(language: str, words: tuple[str, ...], text: str, value: int) -> None:
    question = Question("water", Kind.SINGLE, {language: "?"}, options(language, *words))
    assert understand(text, question, LEXICONS[language]).value == value


@pytest.mark.parametrize(
    ("language", "asked", "text", "value"),
    [
        pytest.param("ta", "இப்போது மொத்தம் எவ்வளவு கடன் இருக்கிறது?", "கடன் இல்லை", 0, id="no debt"),
        pytest.param("ne", "अहिले जम्मा कति ऋण छ?", "rin chaina", 0, id="no debt, in Latin letters"),
        pytest.param("ta", "போன மாதம் மொத்தம் எத்தனை ரூபாய் சம்பளம்?", "சம்பளம் இல்லை", None, id="no pay"),
    ],
)
def test_no_debt_is_nought_while_no_pay_may_be_a_refusal(language: str, asked: str, text: str, value: int) -> None:
    question = Question("debt", Kind.NUMBER, {language: asked}, minimum=0)
    assert understand(text, question, LEXICONS[language]).value == value


def test_who_tells_nobody_refuses_nothing() -> None:
    offered = options("ta", "சூப்பர்வைசர்", "குடும்பம்", "யாரிடமும் இல்லை")
    question = Question("ask_whom", Kind.SINGLE, {"ta": "யாரிடம் சொல்வீர்கள்?"}, offered)
    assert understand("yaarkitayum solla maaten", question, LEXICONS["ta"]).outcome is not Outcome.REFUSED


@pytest.mark.parametrize(
    ("language", "asked", "words", "text", "value"),
    [
        pytest.param(
            "ne", "हाकिमले इज्जतसँग बोल्छन्?", ("सधैं", "कहिलेकाहीं", "कहिल्यै होइन"), "sadhai gali garera bolchan", None,
            id="always with abuse",
        ),
        pytest.param(
            "ne", "हाकिमले इज्जतसँग बोल्छन्?", ("सधैं", "कहिलेकाहीं", "कहिल्यै होइन"), "sadhai bolchan", 1,
            id="always",
        ),
        pytest.param(
            "bn", "বস কি সম্মান দিয়ে কথা বলে?", ("সবসময়", "মাঝে মাঝে", "কখনো না"), "sob somoy gali dey", None,
            id="always abuses",
        ),
    ],
)  # fmt: skip
def test_what_does_harm_always_is_no_always_of_what_is_good(
    language: str, asked: str, words: tuple[str, ...], text: str, value: int | None
) -> None:
    question = Question("respect", Kind.SINGLE, {language: asked}, options(language, *words))
    assert understand(text, question, LEXICONS[language]).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("munnadi vanthen yaarum sollala", False, id="what nobody knows before nobody told"),
        pytest.param("munnadi vanthen sollala", None, id="what nobody knows before not told"),
    ],
)
def test_whatever_goes_before_nobody_is_a_circumstance(text: str, value: bool | None) -> None:
    question = Question("told", Kind.YES_NO, {"ta": "உங்களுக்கு சொன்னார்களா?"})
    assert understand(text, question, LEXICONS["ta"]).value is value
