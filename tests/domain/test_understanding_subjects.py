"""What one phrase answers where questions are about different things, and numbers that hold their unit."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Question
from app.domain.understanding import Outcome, understand

_LEXICONS = load_catalogue().lexicons
_FULL = "Apakah gaji diterima penuh? 1 = ya, 2 = tidak"
_SPEAKING_UP = "Kaya mo bang magreklamo kung may problema? 1 = oo, 2 = hindi"
_SAFE = "Ligtas ba ang pakiramdam mo sa pabrika? 1 = oo, 2 = hindi"
_HURT = "Nasaktan ka ba sa trabaho? 1 = oo, 2 = hindi"
_PAID = "Você foi pago em dia no mês passado? 1 = sim, 2 = não"


@pytest.mark.parametrize(
    ("language", "question", "reply", "value"),
    [
        pytest.param("fil", _SPEAKING_UP, "natatakot po", False, id="afraid, of speaking up"),
        pytest.param("fil", _SAFE, "natatakot po", False, id="afraid, of safety"),
        pytest.param("fil", _HURT, "natatakot po", None, id="afraid, of injury"),
        pytest.param("fil", _HURT, "ligtas naman", False, id="safe, of injury"),
        pytest.param("fil", _SAFE, "safe naman po", True, id="safe is nothing bad to be asked for"),
        pytest.param("id", _FULL, "gak dipotong", True, id="not cut"),
        pytest.param("id", _FULL, "gak, dipotong", False, id="no, cut"),
        pytest.param("id", _FULL, "tidak, ada potongan", False, id="no, there are cuts"),
        pytest.param("ar", "هل أخبروك أين مخارج الطوارئ؟", "2alolna", True, id="a digit that is a letter"),
        pytest.param("ar", "هل أخبروك أين مخارج الطوارئ؟", "2", False, id="a digit that is a code"),
        pytest.param("ar", "هل أخبروك أين مخارج الطوارئ؟", "2 ayam", None, id="a digit that counts"),
        pytest.param("pt", _PAID, "houve um acidente", None, id="there was an accident, of pay"),
        pytest.param("pt", _PAID, "paguei a agência", None, id="who was paid, and not who paid"),
    ],
)
def test_a_phrase_answers_what_it_speaks_of(language: str, question: str, reply: str, value: object) -> None:
    asked = Question("asked", Kind.YES_NO, {language: question})
    assert understand(reply, asked, _LEXICONS[language]).value is value


def test_not_counted_is_a_no_of_overtime_and_a_dont_know_of_hours() -> None:
    overtime = Question("overtime", Kind.YES_NO, {"id": "Apakah lemburmu dibayar?"})
    hours = Question("hours", Kind.NUMBER, {"id": "Minggu lalu kerja berapa jam?"}, (), 0, 112)
    assert understand("ga dihitung", overtime, _LEXICONS["id"]).value is False
    assert understand("ga dihitung", hours, _LEXICONS["id"]).outcome is Outcome.UNSURE


@pytest.mark.parametrize(
    ("question", "reply", "value"),
    [
        pytest.param("كم ساعة اشتغلت الأسبوع الماضي؟", "خمسين ساعة ونص", 50.5, id="fifty hours and a half"),
        pytest.param("كم ساعة اشتغلت الأسبوع الماضي؟", "ساعة ونص", 1.5, id="an hour and a half"),
        pytest.param("كم ساعة اشتغلت الأسبوع الماضي؟", "يومين", None, id="two days are no hours"),
        pytest.param("كم يوما تأخر؟", "اسبوعين", 14, id="two weeks, of days"),
        pytest.param("كم يوما تأخر؟", "يومين", 2, id="two days"),
    ],
)
def test_an_arabic_dual_holds_its_unit(question: str, reply: str, value: float | None) -> None:
    asked = Question("asked", Kind.NUMBER, {"ar": question}, (), 0, 112)
    assert understand(reply, asked, _LEXICONS["ar"]).value == value
