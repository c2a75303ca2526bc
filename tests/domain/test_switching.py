"""A language by its name, at any point: what asks for one, and what only speaks of it."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import Command, Order, Outcome, Sense, Understanding, hear, one_form, read_language

LEXICONS = load_catalogue().lexicons
LANGUAGES = sorted(LEXICONS)
PAID = Question("paid", Kind.YES_NO, {"en": "Were you paid on time?", "fil": "Nabayaran ba kayo sa oras?"})
HOURS = Question("hours", Kind.NUMBER, {"en": "How many hours did you work last week?"}, (), 0, 112)
CHANGE = Question("change", Kind.TEXT, {"en": "What should change?"})


def switched(text: str, language: str = "en", question: Question = PAID, others: tuple[str, ...] = ()) -> object:
    found = hear(text, question, language, LEXICONS, others)
    return found.language if isinstance(found, Command) and found.order is Order.LANGUAGE else found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_asked_for_by_what_it_calls_itself_in_every_other(language: str) -> None:
    name = LEXICONS.names.called(language)
    elsewhere = LEXICONS.names[one_form(name)].not_in
    read = {other: read_language(name, other, LEXICONS) for other in LANGUAGES}
    assert {other for other, found in read.items() if found != Command(Order.LANGUAGE, language)} == elsewhere


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_that_counts_alone_says_yes_no_or_a_number_where_it_counts(language: str) -> None:
    lexicon = LEXICONS[language]
    telling = (Sense.YES, Sense.NO, Sense.NUMBER, Sense.STOP, Sense.START, Sense.HELP, Sense.UNSURE, Sense.REFUSE)
    doubled = [form for form in LEXICONS.names if lexicon.says(form, *telling)]
    assert all(read_language(form, language, LEXICONS) is None for form in doubled)
    assert [form for form in doubled if LEXICONS.names[form].alone] == (["hindi"] if language == "fil" else [])


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("english", "ur", "en"), ("Urdu", "en", "ur"), ("bangla", "en", "bn"), ("বাংলা", "en", "bn"), ("français", "en", "fr"),
        ("español", "en", "es"), ("中文", "en", "zh"), ("ภาษาไทย", "en", "th"), ("tieng viet", "zh", "vi"), ("englsh", "bn", "en"),
        ("ইংরেজি", "bn", "en"), ("turanci", "ha", "en"), ("kiingereza", "sw", "en"), ("icyongereza", "rw", "en"),
        ("speak english please", "bn", "en"), ("in english", "bn", "en"), ("hindi me", "en", "hi"), ("angrezi mein", "hi", "en"),
        ("en français", "en", "fr"), ("bahasa indonesia", "en", "id"), ("kiswahili tafadhali", "en", "sw"), ("请用中文", "en", "zh"),
        ("ขอเป็นภาษาพม่าครับ", "th", "my"), ("အင်္ဂလိပ်လိုပြောပါ", "my", "en"), ("بالانجليزي", "ar", "en"),
        ("change language to hindi", "en", "hi"), ("i only understand bengali", "en", "bn"), ("af ingiriisi", "so", "en"),
        ("english na lang po", "fil", "en"), ("ingilizce yazın lütfen", "tr", "en"),
    ],
)  # fmt: skip
def test_a_language_is_asked_for_by_name(text: str, language: str, wanted: str) -> None:
    assert [switched(text, language, question) for question in (PAID, HOURS)] == [wanted, wanted]


@pytest.mark.parametrize(
    "text",
    [
        "my boss is chinese", "I am bengali", "the chinese manager shouts", "chinese food", "english and hindi", "urdu or hindi",
        "klingon please", "why in english", "in so", "thailand", "bangladeshi", "es", "vietnam",
    ],
)  # fmt: skip
def test_a_name_in_a_sentence_asks_for_nothing(text: str) -> None:
    found = switched(text)
    assert isinstance(found, Understanding)
    assert found.outcome is Outcome.UNCLEAR


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("no english", "en"), ("no english", "bn"), ("I don't know English", "en"), ("ami english bujhi na", "bn"),
        ("no hablo inglés", "es"), ("je ne parle pas anglais", "fr"), ("english nahi aati", "hi"),
    ],
)  # fmt: skip
def test_who_does_not_know_a_language_asks_for_another_and_answers_nothing(text: str, language: str) -> None:
    assert switched(text, language) == ""


def test_what_an_option_says_is_its_answer() -> None:
    options = tuple(Option(code, word, {"en": word}) for code, word in enumerate(("English", "Hindi", "other"), 1))
    spoken = Question("spoken", Kind.SINGLE, {"en": "Which do you write?"}, options)
    found = hear("hindi", spoken, "en", LEXICONS, ("en", "hi"))
    assert isinstance(found, Understanding)
    assert found.value == 2
    assert switched("bangla", "en", spoken) == "bn"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "What language do you speak at home?"), ("en", "Which country are you from?"), ("th", "คุณพูดภาษาอะไร"),
        ("bn", "আপনি কোন ভাষায় কথা বলেন?"), ("en", "Do you get your contract in Nepali?"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.YES_NO])
def test_where_languages_are_asked_about_a_name_is_no_order(language: str, text: str, kind: Kind) -> None:
    question = Question("spoken", kind, {language: text})
    assert isinstance(hear("nepali", question, language, LEXICONS, (language,)), Understanding)
    assert switched("lang ne", language, question) == "ne"


def test_an_open_question_gives_way_to_the_name_alone() -> None:
    assert switched("Bangla please", "en", CHANGE) == "bn"
    assert isinstance(switched("speak english with us", "en", CHANGE), Understanding)
    assert isinstance(switched("no english", "en", CHANGE), Understanding)


@pytest.mark.parametrize(
    ("text", "language"), [("chinese boss", "bn"), ("intsik ang amo ko", "fil"), ("oga chinese", "ha")]
)
def test_a_form_of_address_that_names_somebody_is_no_politeness(text: str, language: str) -> None:
    assert isinstance(switched(text, language), Understanding)


def test_a_word_of_the_workers_own_is_no_language() -> None:
    found = hear("hindi", PAID, "fil", LEXICONS, ("fil", "hi"))
    assert isinstance(found, Understanding)
    assert found.value is False
    assert isinstance(switched("lao", "vi"), Understanding)
    assert isinstance(switched("ລາວ", "lo"), Understanding)


def test_a_word_of_another_language_is_a_name_where_the_survey_has_that_language() -> None:
    assert switched("hindi", "en", PAID, ("en", "hi", "fil")) == "hi"
    found = hear("hindi", PAID, "en", LEXICONS, ("en", "fil"))
    assert isinstance(found, Understanding)
    assert found.value is False


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stop_beside_a_language_is_no_switch(language: str) -> None:
    assert read_language("stop english", language, LEXICONS) is None
    assert hear("STOP", PAID, language, LEXICONS) == Command(Order.STOP)
