"""STOP before anything else, and cries for help in any text at any time."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.understanding import Command, Order, Sense, Wish, find_cries, read_command, read_wish

LEXICONS = load_catalogue().lexicons
LANGUAGES = sorted(LEXICONS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("order", [Order.STOP, Order.START, Order.HELP])
def test_every_word_of_a_command_is_obeyed_in_its_language(language: str, order: Order) -> None:
    for word in LEXICONS[language].of(Sense(order.value)):
        assert read_command(word, language, LEXICONS) == Command(order), word


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_end_of_a_request_ends_no_messages(language: str) -> None:
    lexicon = LEXICONS[language]
    for phrase in lexicon.of(Sense.END_REQUEST).keys() - lexicon.of(Sense.STOP).keys():
        assert read_command(phrase, language, LEXICONS) is None, phrase
        assert read_wish(phrase, language, LEXICONS) is Wish.END_REQUEST, phrase


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("isteğimi iptal et", "tr"),
        ("nyok lerk kham kho", "lo"),
        ("yok lerk kham kho", "th"),
        ("cancel my request", "en"),
    ],
)
def test_a_request_is_cancelled_by_the_word_that_alone_would_stop(text: str, language: str) -> None:
    assert read_command(text, language, LEXICONS) is None
    assert read_wish(text, language, LEXICONS) is Wish.END_REQUEST
    assert read_command("STOP", language, LEXICONS) == Command(Order.STOP)


@pytest.mark.parametrize(
    "text", ["STOP", "stop.", "Stop!!!", "STOP STOP", "please stop", "unsubscribe", "opt-out", "\u200bSTOP"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_carriers_english_words_stop_in_every_language(text: str, language: str) -> None:
    assert read_command(text, language, LEXICONS) == Command(Order.STOP)


@pytest.mark.parametrize(
    "text", ["I want them to stop shouting", "they stop our pay", "1", "yes", "YES", "", "ok", "end of the month"]
)
def test_a_sentence_with_the_word_is_no_command(text: str) -> None:
    assert read_command(text, "en", LEXICONS) is None


def test_yes_never_opts_in_again() -> None:
    for language in LANGUAGES:
        assert not LEXICONS[language].of(Sense.START).keys() & LEXICONS[language].of(Sense.YES).keys()


@pytest.mark.parametrize(
    ("text", "language"), [("lang bn", "bn"), ("LANG hindi", "hi"), ("language sw", "sw"), ("lang বাংলা", "bn")]
)
def test_a_language_is_switched_by_name_or_code(text: str, language: str) -> None:
    assert read_command(text, "en", LEXICONS) == Command(Order.LANGUAGE, language)


def test_an_unknown_language_is_no_command() -> None:
    assert read_command("lang klingon", "en", LEXICONS) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cry_is_heard(language: str) -> None:
    lexicon = LEXICONS[language]
    for phrase in lexicon.cries:
        heard = {cry.category for cry in find_cries(" ".join(phrase.words), lexicon)}
        assert phrase.category in heard, phrase.words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_hears_what_must_never_be_missed(language: str) -> None:
    high = {cry.category for cry in LEXICONS[language].cries if cry.sensitivity == "high"}
    assert high >= {"harassment", "counselling", "documents"}
    assert "wages" in {cry.category for cry in LEXICONS[language].cries}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("they do not hit me", "en"), ("nobody hits me here", "en"), ("1", "en"), ("thank you very much", "en"),
        ("I was paid on time", "en"), ("the food is good", "en"), ("yes safe", "en"), ("আমি ভালো আছি", "bn"), ("asante sana", "sw"),
    ],
)  # fmt: skip
def test_what_is_no_cry_is_not_flagged(text: str, language: str) -> None:
    assert find_cries(text, LEXICONS[language]) == []


def test_a_cry_inside_a_sentence_is_heard() -> None:
    heard = find_cries("Hello, every night my supervisor hits me and I am afraid", LEXICONS["en"])
    assert [cry.category for cry in heard] == ["harassment"]
    assert heard[0].sensitivity == "high"


def test_khmer_is_heard_without_blanks_between_words() -> None:
    lexicon = LEXICONS["km"]
    phrase = next(cry for cry in lexicon.cries if cry.category == "wages")
    assert "wages" in {cry.category for cry in find_cries(f"ខ្ញុំ{''.join(phrase.words)}ទេបង", lexicon)}


def test_a_negation_behind_the_verb_counts_in_bengali() -> None:
    lexicon = LEXICONS["bn"]
    phrase = next(
        cry
        for cry in lexicon.cries
        if not set(cry.words) & lexicon.of(Sense.NEGATION).keys() and cry.category == "harassment"
    )
    words = " ".join(phrase.words)
    assert find_cries(words, lexicon)
    assert not find_cries(f"{words} না", lexicon)
