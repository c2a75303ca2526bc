"""Cries for help as people write them: run on, without signs, beside an answer; and what only looks like one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.catalogue import load_catalogue
from app.domain.conversation import Decide, Flag, Purpose, Record, Script, Send, Stage, advance, begin, unprompted
from app.domain.survey.parse import parse_survey
from app.domain.understanding import CryPhrase, find_cries
from app.domain.wording import Say
from tests.domain.test_surveys import GOOD

CATALOGUE = load_catalogue()
LEXICONS = CATALOGUE.lexicons
LANGUAGES = sorted(LEXICONS)
SCRIPT = Script(LEXICONS, parse_survey(GOOD))


def heard(text: str, language: str) -> set[str]:
    return {cry.category for cry in find_cries(text, LEXICONS[language])}


@pytest.mark.parametrize(
    ("language", "text", "category"),
    [
        pytest.param("en", "I am not paid. He hits me", "harassment", id="en: a negation of the sentence before"),
        pytest.param("en", "not paid he hits me", "harassment", id="en: run on"),
        pytest.param("en", "they do not pay and hit me", "harassment", id="en: behind and"),
        pytest.param("en", "No! He hits me", "harassment", id="en: no answers the question"),
        pytest.param("en", "he does not hit me but his brother hit me", "harassment", id="en: the second time it is true"),
        pytest.param("en", "THEY TOOK MY PASSPORT", "documents", id="en: loud"),
        pytest.param("en", "i want to die please", "counselling", id="en: politely"),
        pytest.param("en", "the boss\nhit me", "harassment", id="en: across lines"),
        pytest.param("en", "my boss ... raped\u00a0me", "harassment", id="en: odd blanks"),
        pytest.param("bn", "আমাকে মারে বেতন দেয় না", "harassment", id="bn: the negation belongs to the wage"),
        pytest.param("bn", "না আমাকে মারে", "harassment", id="bn: no answers the question"),
        pytest.param("bn", "na amake mare", "harassment", id="bn: no answers the question, in Latin letters"),
        pytest.param("bn", "স্যার, সুপারভাইজার আমাকে মারে", "harassment", id="bn: in a sentence"),
        pytest.param("bn", "3 mash beton pai nai", "wages", id="bn: carries its negation"),
        pytest.param("bn", "বাঁচতে চাই না", "counselling", id="bn: a negation that is the cry"),
        pytest.param("hi", "नहीं मुझे मारता है", "harassment", id="hi: no answers the question"),
        pytest.param("hi", "mujhe marta hai na", "harassment", id="hi: right?"),
        pytest.param("hi", "mujhe marta hai paise nahi dete", "harassment", id="hi: the negation belongs to the wage"),
        pytest.param("hi", "jeena nahi chahta", "counselling", id="hi: a negation that is the cry"),
        pytest.param("tr", "hayır beni dövüyor", "harassment", id="tr: no answers the question"),
        pytest.param("tr", "BENİ DÖVÜYORLAR", "harassment", id="tr: loud"),
        pytest.param("tr", "3 aydir maasimi alamadim", "wages", id="tr: without marks"),
        pytest.param("es", "no, me pega", "harassment", id="es: no answers the question"),
        pytest.param("es", "no. me pegan todos los dias", "harassment", id="es: no answers the question, in a sentence"),
        pytest.param("es", "no me pagan y me golpean", "harassment", id="es: behind and"),
        pytest.param("es", "no y me golpean", "harassment", id="es: right behind no and"),
        pytest.param("es", "no no me pagan", "wages", id="es: no answers the question before a cry that says no"),
        pytest.param("sw", "hapana ananipiga", "harassment", id="sw: no answers the question"),
        pytest.param("sw", "bosi ananigusa vibaya", "harassment", id="sw: in a sentence"),
        pytest.param("vi", "toi bi danh o xuong", "harassment", id="vi: without marks"),
        pytest.param("vi", "không trả lương, đánh tôi", "harassment", id="vi: a negation of the clause before"),
        pytest.param("km", "ខ្ញុំសុំជួយផង គេវាយខ្ញុំរាល់ថ្ងៃ", "harassment", id="km: in a sentence without blanks"),
        pytest.param("km", "ទេ\u200bគេ\u200bវាយ\u200bខ្ញុំ", "harassment", id="km: zero-width blanks, no answers the question"),
        pytest.param("km", "អត់ទេ។ វាយខ្ញុំ", "harassment", id="km: a sentence before"),
        pytest.param("km", "ot ban luy te", "wages", id="km: in Latin letters"),
    ],
)  # fmt: skip
def test_a_cry_is_heard(language: str, text: str, category: str) -> None:
    assert category in heard(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "they do not hit me"), ("en", "he has never touched me"), ("en", "no one hits me"), ("en", "nobody here hits me"), ("en", "does not ever hit me"),
        ("en", "I was paid on time"), ("en", "stop the fire drill"), ("en", "1"), ("en", ""), ("en", "beat the heat"), ("en", "yes they are kind"),
        ("bn", "আমাকে মারে না"), ("bn", "amake mare na"), ("bn", "গায়ে হাত দেয় নাই"), ("bn", "যৌন হয়রানি হয় না"), ("bn", "ধর্ষণ হয়নি"), ("bn", "বেতন ঠিকমতো পাই"),
        ("bn", "কাজ ভালো লাগে"),
        ("hi", "मारपीट नहीं होती"), ("hi", "balatkar nahi hua"), ("hi", "वेतन समय पर मिला"), ("hi", "सब ठीक है"),
        ("km", "គេមិនវាយខ្ញុំទេ"), ("km", "គេមិនដែលវាយខ្ញុំ"), ("km", "min vay knhom te"), ("km", "ការងារល្អ"), ("km", "បានប្រាក់ខែហើយ"),
        ("vi", "không bị đánh"), ("vi", "chưa bao giờ bị đánh"), ("vi", "khong ai danh toi"), ("vi", "được trả lương đủ"), ("vi", "cơm ngon"),
        ("es", "no me pega"), ("es", "nadie me pega"), ("es", "nunca me golpean"), ("es", "no hay acoso sexual"), ("es", "me pagan bien"), ("es", "todo bien gracias"),
        ("sw", "hajawahi kunipiga"), ("sw", "nalipwa vizuri"), ("sw", "sio kwamba ananipiga"), ("sw", "asante sana"),
        ("tr", "taciz yok"), ("tr", "tecavüz olmadı"), ("tr", "çocuk işçi yok"), ("tr", "maaşım zamanında yattı"), ("tr", "her şey iyi"),
    ],
)  # fmt: skip
def test_what_is_no_cry_is_left_alone(language: str, text: str) -> None:
    assert heard(text, language) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cry_is_heard_in_the_middle_of_a_text_and_whatever_the_case(language: str) -> None:
    for phrase in LEXICONS[language].cries:
        words = " ".join(phrase.words)
        for text in (f"xyz {words} xyz", words.upper(), f"1. {words}!", f"({words})"):
            assert phrase.category in heard(text, language), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_we_send_are_no_cries(language: str) -> None:
    """Phones quote what they answer, and operators send texts back."""
    for key, text in CATALOGUE.texts[language].items():
        assert heard(text, language) == set(), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_need_is_flagged_once_with_a_category_that_is_known(language: str) -> None:
    everything = ". ".join(" ".join(phrase.words) for phrase in LEXICONS[language].cries)
    found = [cry.category for cry in find_cries(everything, LEXICONS[language])]
    assert len(found) == len(set(found))
    assert set(found) == {phrase.category for phrase in LEXICONS[language].cries} <= set(CATALOGUE.categories)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_gravest_phrase_of_a_category_comes_first(language: str) -> None:
    ranks = {"emergency": 0, "urgent": 1, "normal": 2}
    seen: dict[str, int] = {}
    for phrase in LEXICONS[language].cries:
        assert ranks[phrase.urgency] >= seen.setdefault(phrase.category, ranks[phrase.urgency])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.sampled_from(LANGUAGES))
def test_no_text_breaks_the_hearing(text: str, language: str) -> None:
    assert all(isinstance(cry, CryPhrase) for cry in find_cries(text, LEXICONS[language]))


# -- in a conversation ----------------------------------------------------------------------------


def test_a_cry_in_english_is_heard_in_every_language() -> None:
    for language in LANGUAGES:
        flags = [
            effect
            for effect in unprompted("my boss hits me", language, SCRIPT, opted_out=False, quiet=True)
            if isinstance(effect, Flag)
        ]
        assert [flag.category for flag in flags] == ["harassment"]


def test_a_yes_with_a_cry_is_answered_kindly_and_consent_is_asked_for_once_more() -> None:
    talk, _ = begin(Purpose.SURVEY, "en")
    talk, effects = advance(talk, "yes. he hits me", SCRIPT)
    assert talk.stage is Stage.CONSENT
    assert isinstance(effects[0], Flag)
    assert effects[-1] == Send(Say("reask_intro", prefix="cry_ack"))


def test_a_no_with_a_cry_is_a_no_and_answered_kindly() -> None:
    talk, _ = begin(Purpose.SURVEY, "en")
    talk, effects = advance(talk, "no, he hits me", SCRIPT)
    assert talk.ending == "refused"
    assert Send(Say("refused", prefix="cry_ack")) in effects


def test_an_answer_with_a_cry_is_recorded_and_answered_kindly() -> None:
    talk, _ = advance(begin(Purpose.SURVEY, "en")[0], "1", SCRIPT)
    talk, effects = advance(talk, "yes, and he hits me", SCRIPT)
    assert [effect.question for effect in effects if isinstance(effect, Record)] == ["late"]
    assert effects[-1] == Send(Say("question", "days", prefix="cry_ack"))


@pytest.mark.parametrize("purpose", [Purpose.OFFER, Purpose.CHECK, Purpose.SAFE_CALL])
def test_a_cry_instead_of_a_yes_or_no_is_no_failed_try(purpose: Purpose) -> None:
    talk, _ = begin(purpose, "en", {"service": "Demo Centre"})
    for _ in range(3):
        talk, effects = advance(talk, "i want to die", SCRIPT)
        assert talk.open
        assert not talk.reasked
        flag, answer = effects
        assert isinstance(flag, Flag)
        assert isinstance(answer, Send)
        assert answer.say.prefix == "cry_ack"


@pytest.mark.parametrize(
    ("text", "agreed"),
    [
        pytest.param("1 after 8", True, id="one and a time"), pytest.param("1 pm", True, id="one, in the afternoon"), pytest.param("yes at night", True, id="yes and a time"),
        pytest.param("1 not in the morning", None, id="one, with a wish that denies something"), pytest.param("১ রাত ৮টা", True, id="a national digit"),
        pytest.param("2", False, id="two"), pytest.param("2.", False, id="two and a stop"), pytest.param("no", False, id="no"), pytest.param("no call please", False, id="no call"),
        pytest.param("2 no", False, id="two and no"), pytest.param("rather not say", False, id="rather not"),
        pytest.param("2 pm", None, id="at two"), pytest.param("2pm please", None, id="at two, please"), pytest.param("6 pm", None, id="at six"),
        pytest.param("1 no", None, id="one and no"), pytest.param("ok", None, id="ok"), pytest.param("who?", None, id="a question back"), pytest.param("", None, id="nothing"),
    ],
)  # fmt: skip
def test_when_a_call_is_safe(text: str, *, agreed: bool | None) -> None:
    talk, effects = advance(begin(Purpose.SAFE_CALL, "en")[0], text, SCRIPT)
    assert [effect.agreed for effect in effects if isinstance(effect, Decide)] == ([] if agreed is None else [agreed])
    assert talk.open is (agreed is None)
