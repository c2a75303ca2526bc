"""What only stresses an answer, completes a "not", or counts another thing than was asked for."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import Outcome, understand

_LEXICONS = load_catalogue().lexicons
_REST = Question("rest", Kind.YES_NO, {"ur": "کیا پچھلے ہفتے آپ کو کافی آرام ملا؟ 1=ہاں 2=نہیں"})
_GLOVES = Question("gloves", Kind.YES_NO, {"ur": "کیا کام پر ماسک یا دستانے دیے جاتے ہیں؟ 1=ہاں 2=نہیں"})
_FED = Question("fed", Kind.YES_NO, {"ur": "کیا پچھلے ہفتے آپ کو پیٹ بھر کھانا ملا؟ 1=ہاں 2=نہیں"})
_FULL = Question("full", Kind.YES_NO, {"ur": "کیا پچھلے مہینے پوری تنخواہ ملی؟ 1=ہاں 2=نہیں"})
_FREE = Question("free", Kind.YES_NO, {"ur": "کیا ضرورت پر ٹائلٹ جانے دیتے ہیں؟ 1=ہاں 2=نہیں"})
_SEVERAL = Question("several", Kind.MANY, {}, tuple(Option(code, f"value {code}", {}) for code in range(1, 6)))
_TOLD = Question("told", Kind.YES_NO, {"ur": "کیا آپ کو بتایا گیا ہے کہ باہر نکلنے کے راستے کہاں ہیں؟ 1=ہاں 2=نہیں"})
_CONSENT = Question("consent", Kind.YES_NO, {})
_DAYS = Question("days", Kind.NUMBER, {"ur": "پچھلے ہفتے آپ نے کتنے دن کام کیا؟"}, (), 0, 7)
_WAGE = Question("wage", Kind.NUMBER, {"ur": "پچھلے مہینے آپ کو کل کتنے روپے ملے؟"}, (), 0, 10_000_000)
_DEBT = Question("debt", Kind.NUMBER, {"ur": "اس وقت کل کتنے روپے قرض ہے؟"}, (), 0, 10_000_000)


@pytest.mark.parametrize(
    ("question", "reply", "value"),
    [
        pytest.param(_REST, "bilkul", True, id="a yes that stands alone"),
        pytest.param(_REST, "ji bilkul", True, id="beside another yes"),
        pytest.param(_CONSENT, "bilkul", True, id="of consent too"),
        pytest.param(_REST, "bilkul aram nahi mila", False, id="it stresses a no"),
        pytest.param(_REST, "بالکل آرام نہیں ملا", False, id="in its own script"),
        pytest.param(_FREE, "بالکل منع کرتے ہیں", False, id="it stresses the verb of a no"),
        pytest.param(_FREE, "bilkul machine kharab", None, id="it makes no yes of what nobody knows"),
        pytest.param(_FREE, "koi nahi rokta", None, id="nobody stops us is no no"),
        pytest.param(_GLOVES, "نہیں کچھ نہیں ملتا", False, id="a no and nothing"),
        pytest.param(_FED, "نہیں پیٹ بھر کر نہیں ملا", False, id="a no and not to the full"),
        pytest.param(_FED, "mila, nahi mila", None, id="both"),
        pytest.param(_FULL, "nahi 2 hazar kam diye", False, id="a no before thousands"),
        pytest.param(_TOLD, "supervisor ne bataya tha", True, id="who did it"),
        pytest.param(_TOLD, "kisi ne nahi bataya", False, id="nobody did"),
        pytest.param(_FULL, "company ne poori di", True, id="they, by another name"),
        pytest.param(_FULL, "sirf company ne", None, id="no verb"),
    ],
)
def test_what_stresses_or_completes_an_answer_turns_nothing(
    question: Question, reply: str, *, value: bool | None
) -> None:
    said = understand(reply, question, _LEXICONS["ur"])
    assert said.value is value
    assert (said.outcome is Outcome.ANSWER) is (value is not None)


@pytest.mark.parametrize(
    ("language", "reply", "value"),
    [
        pytest.param("ur", "1 se 3", None, id="from one to three, where to says by as well"),
        pytest.param("bn", "1 theke 3", None, id="from one, in Bengali"),
        pytest.param("fr", "1 à 3", None, id="French to, which is at too"),
        pytest.param("ur", "1 aur 3", (1, 3), id="one and three"),
    ],
)
def test_a_span_of_several_is_asked_again(language: str, reply: str, value: tuple[int, ...] | None) -> None:
    assert understand(reply, _SEVERAL, _LEXICONS[language]).value == value


@pytest.mark.parametrize(
    ("question", "reply", "value"),
    [
        pytest.param(_DAYS, "chaar din chutti thi", None, id="days off"),
        pytest.param(_DAYS, "6 din, juma chutti", 6, id="and one named day off"),
        pytest.param(_DAYS, "کوئی دن نہیں", 0, id="no day"),
        pytest.param(_WAGE, "30 ya 32 hazar", 31_000, id="one thousand for both"),
        pytest.param(_WAGE, "dairh lakh", 150_000, id="one and a half as it sounds"),
        pytest.param(_WAGE, "pachas sath", None, id="fifty or sixty, without a word between"),
        pytest.param(_WAGE, "50 bhi sath", None, id="an and that nothing follows"),
        pytest.param(_WAGE, "tankhwah satais hazar milti", 27_000, id="thousands in words, among words that are known"),
        pytest.param(_WAGE, "lifafa satais hazar", None, id="beside one that may be a part of them"),
        pytest.param(_DEBT, "qarz nahi hai alhamdulillah", 0, id="none of what was asked for"),
    ],
)
def test_a_number_is_of_what_was_asked_for(question: Question, reply: str, value: float | None) -> None:
    assert understand(reply, question, _LEXICONS["ur"]).value == value
