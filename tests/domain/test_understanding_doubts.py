"""What reads like an answer and is none, in several languages: other matters, counts among others, articles, parts."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import Command, Outcome, hear

LEXICONS = load_catalogue().lexicons


def ask(kind: Kind, language: str, text: str, *words: str, english: tuple[str, ...] = ()) -> Question:
    options = tuple(
        Option(code, f"v{code}", {language: word} | ({"en": english[code - 1]} if english else {}))
        for code, word in enumerate(words, 1)
    )
    highest = {Kind.NUMBER: 100_000_000, Kind.SCALE: 10}.get(kind)
    return Question("asked", kind, {language: text}, options, None if highest is None else 0, highest)


def read(text: str, question: Question, language: str) -> object:
    heard = hear(text, question, language, LEXICONS, (language, "en"))
    if isinstance(heard, Command):
        return heard.order.value
    if heard.outcome is not Outcome.ANSWER:
        return heard.outcome.value
    return list(heard.value) if isinstance(heard.value, tuple) else heard.value


@pytest.mark.parametrize(
    ("text", "language", "asked", "value"),
    [
        pytest.param(
            "ei number rahimer na", "bn", "গত মাসে কি বেতন পেয়েছেন?", "unclear", id="Bengali: not Rahim's number"
        ),
        pytest.param("me kamalage number eka newei", "si", "පඩි ලැබුණද?", "unclear", id="Sinhala: not Kamala's number"),
        pytest.param("sikhay nai", "bn", "আপনাকে কি জানানো হয়েছে?", False, id="one unknown word may be the verb"),
        pytest.param("kono upokar hoilo na", "bn", "আপনার কি উপকার হয়েছে?", False, id="what the question speaks of"),
        pytest.param("mone hoy na", "bn", "নিরাপদ মনে হয়েছে?", False, id="Bengali: I think not"),
        pytest.param("no idea, nobody told us", "en", "Were you told?", "dont-know", id="no idea, and a no behind"),
    ],
)
def test_a_no_at_the_end_is_of_what_was_asked(text: str, language: str, asked: str, value: object) -> None:
    assert read(text, ask(Kind.YES_NO, language, asked), language) == value


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        pytest.param("main biwi aur 3 bache", "ur", "unclear", id="Urdu: me, my wife and 3 children"),
        pytest.param("ami, amar bou ar 2 chele", "bn", "unclear", id="Bengali: me, my wife and 2 sons"),
        pytest.param("mama nonai lamai 3i", "si", "unclear", id="Sinhala, with the and glued on"),
        pytest.param("50 na 60", "rw", "unclear", id="Kinyarwanda: 50 and 60"),
        pytest.param("50 and 60", "en", "unclear", id="fifty and sixty"),
        pytest.param("between 50 and 60", "en", 55, id="between"),
        pytest.param("sejuta delapan ratus", "id", "unclear", id="1,800,000 or 1,000,800"),
        pytest.param("sejuta delapan ratus ribu", "id", 1_800_000, id="1,800,000"),
        pytest.param("di mil senksan goud", "ht", "unclear", id="Haitian: ten thousand misspelt"),
        pytest.param("dis mil senksan goud", "ht", 10_500, id="Haitian: ten thousand"),
        pytest.param("অসু hazar", "bn", "unclear", id="Bengali: an unknown word of thousands"),
        pytest.param("তেরো হাজার সাতশ পঞ্চাশ", "bn", 13_750, id="Bengali: hundreds in one word"),
        pytest.param("අසූ දෙදාස්", "si", 82_000, id="Sinhala: eighty, two thousand"),
        pytest.param("තිස් දෙදාහ", "si", 32_000, id="Sinhala: thirty, two thousand"),
    ],
)
def test_a_number_among_others_is_no_answer(text: str, language: str, value: object) -> None:
    assert read(text, ask(Kind.NUMBER, language, "?"), language) == value


@pytest.mark.parametrize(
    ("text", "language", "asked", "value"),
    [
        pytest.param("විවේක ගන්න වෙලාවක් නෑ", "si", "ඇති තරම් විවේක ලැබුණද?", "unclear", id="Sinhala: no time to rest"),
        pytest.param("වෙලාවක් නෑ", "si", "ඇති තරම් විවේක ලැබුණද?", "later", id="Sinhala: no time"),
        pytest.param(
            "aaram karne ka time nahi", "hi", "क्या आपको काफ़ी आराम मिला?", "unclear", id="Hindi: no time to rest"
        ),
        pytest.param("abhi time nahi hai", "hi", "क्या आपको काफ़ी आराम मिला?", "later", id="Hindi: no time now"),
    ],
)
def test_no_time_for_what_was_asked_is_no_later(text: str, language: str, asked: str, value: object) -> None:
    assert read(text, ask(Kind.YES_NO, language, asked), language) == value


HELP = {
    "fr": ("soins médicaux", "logement", "garde d'enfants", "conseil juridique"),
    "es": ("atención médica", "vivienda", "cuidado de niños", "abogado"),
}


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        pytest.param("un avocat", "fr", [4], id="French: a lawyer"),
        pytest.param("un logement", "fr", [2], id="French: a place to live"),
        pytest.param("un abogado", "es", [4], id="Spanish: a lawyer"),
        pytest.param("un, quatre", "fr", [1, 4], id="one and four"),
    ],
)
def test_an_article_is_no_first_option(text: str, language: str, value: object) -> None:
    assert read(text, ask(Kind.MANY, language, "?", *HELP[language]), language) == value


PROBLEMS = {
    "fr": ("salaire trop bas", "horaires trop longs", "chaleur", "harcèlement"),
    "rw": ("umushahara muto", "amasaha menshi", "ubushyuhe", "gukankamirwa"),
}


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        pytest.param("salaire et chaleur", "fr", "unclear", id="French"),
        pytest.param("umushahara n'ubushyuhe", "rw", "unclear", id="Kinyarwanda, with the and glued on"),
        pytest.param("chaleur", "fr", 3, id="one alone"),
        pytest.param("le salaire est trop petit", "fr", 1, id="a word of another option that says how much"),
    ],
)
def test_one_option_and_a_part_of_another_is_none(text: str, language: str, value: object) -> None:
    assert read(text, ask(Kind.SINGLE, language, "?", *PROBLEMS[language]), language) == value


def test_english_does_not_overrule_what_the_own_language_names() -> None:
    french, english = ("mon chef", "le service du personnel"), ("my supervisor", "personnel office")
    whom = ask(Kind.SINGLE, "fr", "?", *french, english=english)
    assert read("délégué du personnel", whom, "fr") == "unclear"
    assert read("personnel office", whom, "fr") == 2
