"""How long something lasted, and how many of it there are, in other words than a number."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import understand

_LEXICONS = load_catalogue().lexicons
_HOURS = Question(
    "hours", Kind.NUMBER, {"fr": "Combien d'heures ?", "ur": "پچھلے ہفتے کتنے گھنٹے کام کیا؟"}, (), 0, 112
)
_LATE = Question("late", Kind.NUMBER, {"fr": "Combien de jours de retard ?"}, (), 0, 60)
_DAYS = Question("days", Kind.NUMBER, {"fr": "Combien de jours la semaine dernière ?"}, (), 0, 7)
_CHILDREN = Question("children", Kind.NUMBER, {"fr": "Combien d'enfants avez-vous ?"}, (), 0, 20)
_AGE = Question(
    "age",
    Kind.NUMBER,
    {"th": "คุณอายุเท่าไหร่", "my": "အသက် ဘယ်လောက်ရှိပြီလဲ။", "ar": "كم عمرك؟", "zh": "你多大？", "vi": "Bạn bao nhiêu tuổi?"},
    (),
    0,
    100,
)
_DEBT = Question("debt", Kind.NUMBER, {"ur": "کل کتنے روپے قرض ہے؟"}, (), 0, 10_000_000)


@pytest.mark.parametrize(
    ("question", "language", "reply", "value"),
    [
        pytest.param(_DEBT, "fr", "deux cent cinquante mille", 250_000, id="hundreds and tens of thousands"),
        pytest.param(_DEBT, "fr", "60 000 + primes", None, id="and more that is not counted"),
        pytest.param(_HOURS, "en", "60 60", 60, id="said twice"),
        pytest.param(_HOURS, "ur", "ek hafte mein 48", 48, id="a number in what says how often"),
        pytest.param(_HOURS, "en", "8-8", None, id="a shift with a dash"),
        pytest.param(_HOURS, "en", "5 pm", None, id="an hour of the day"),
        pytest.param(_HOURS, "en", "at least 50", 50, id="words that begin like those of a time of day"),
        pytest.param(_HOURS, "en", "at 6", None, id="a time of day"),
        pytest.param(_HOURS, "es", "a las 6", None, id="a time of day in two words"),
        pytest.param(_HOURS, "id", "jam 7", None, id="an hour of the day by what stands before it"),
        pytest.param(_HOURS, "id", "7 jam", 7, id="the same word behind it"),
        pytest.param(_HOURS, "en", "4l", None, id="a letter that may be a digit"),
        pytest.param(_HOURS, "fr", "48h30", 48.5, id="hours and minutes"),
        pytest.param(_HOURS, "fr", "2 heures 30 minutes", 2.5, id="hours and minutes in words"),
        pytest.param(_HOURS, "fr", "8h30", None, id="a time of day"),
        pytest.param(_HOURS, "fr", "50h ou 55h", 52.5, id="a range with its units"),
        pytest.param(_HOURS, "ur", "8 se 8", None, id="a shift from eight to eight"),
        pytest.param(_HOURS, "ur", "60 ghante + 12 ot", None, id="a sum"),
        pytest.param(_LATE, "fr", "2 semaines", 14, id="weeks, of days"),
        pytest.param(_LATE, "fr", "10 semaines", None, id="more weeks than may be"),
        pytest.param(_DAYS, "fr", "1 semaine", None, id="a week, of the days of one"),
        pytest.param(_DAYS, "fr", "6 jours sur 7", 6, id="days out of all there are"),
        pytest.param(_DAYS, "fr", "6/7", 6, id="a share of them"),
        pytest.param(_CHILDREN, "fr", "aucun enfant", 0, id="none of what is counted"),
        pytest.param(_CHILDREN, "fr", "aucun problème", None, id="none of something else"),
        pytest.param(_DEBT, "en", "1,234.50", 1234.5, id="marks of two kinds, the last of a decimal"),
        pytest.param(_DEBT, "en", "1,234.567", None, id="a thousand and a bit, or a million"),
        pytest.param(_DEBT, "ur", "koi qarza nahi", 0, id="a denial around what is counted"),
        pytest.param(_DEBT, "ur", "kuch nahi mila", None, id="nothing was received"),
        pytest.param(_AGE, "am", "፳፬", 24, id="Ethiopic numerals"),
        pytest.param(_DEBT, "th", "555 บาท", 555, id="Thai: digits that laugh as well"),
        pytest.param(_AGE, "th", "24 ปี", 24, id="Thai: a year, which says every year too"),
        pytest.param(_AGE, "my", "24 နှစ်", 24, id="Burmese: years, which are two as well"),
        pytest.param(_AGE, "my", "နှစ်", 2, id="Burmese: two"),
        pytest.param(_AGE, "ar", "عمري 24", 24, id="Arabic: my age, and no never"),
        pytest.param(_AGE, "zh", "二十四岁", 24, id="Chinese: years of age"),
        pytest.param(_AGE, "vi", "hai mươi bốn tuổi", 24, id="Vietnamese: years of age"),
    ],
)
def test_an_amount_in_other_words(question: Question, language: str, reply: str, value: float | None) -> None:
    assert understand(reply, question, _LEXICONS[language]).value == value


_HOW_PAID = Question(
    "how-paid",
    Kind.SINGLE,
    {"ur": "تنخواہ کیسے ملتی ہے؟"},
    (
        Option(1, "cash", {"ur": "نقد"}),
        Option(2, "bank", {"ur": "بینک"}),
        Option(3, "mobile", {"ur": "موبائل اکاؤنٹ"}),
    ),
)
_WHO = Question(
    "who", Kind.SINGLE, {"fr": "À qui le dites-vous ?"}, (Option(1, "police", {"fr": "la police"}), Option(2, "nobody", {"fr": "à personne"}))
)  # fmt: skip
_SAFE = Question("safe", Kind.SINGLE, {}, (Option(1, "no", {"fr": "dangereux"}), Option(2, "yes", {"fr": "sûr"})))
_OFTEN = Question(
    "often", Kind.SINGLE, {}, (Option(1, "always", {"ur": "ہمیشہ", "fr": "toujours"}), Option(2, "never", {"ur": "کبھی نہیں", "fr": "jamais"}))
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "language", "reply", "value"),
    [
        pytest.param(_HOW_PAID, "ur", "jazz cash", 3, id="a name that holds another option's word"),
        pytest.param(_HOW_PAID, "ur", "cash", 1, id="that word alone"),
        pytest.param(_HOW_PAID, "ur", "bank ya cash", None, id="two that are on offer"),
        pytest.param(_WHO, "fr", "personne", 2, id="nobody"),
        pytest.param(_WHO, "fr", "une personne", None, id="somebody"),
        pytest.param(_WHO, "fr", "je garde ça pour moi", 2, id="kept to oneself, where it is asked who is told"),
        pytest.param(_SAFE, "fr", "bien sûr", None, id="a yes that holds an option's word"),
        pytest.param(_SAFE, "fr", "c'est sûr", 2, id="the option's word with a filler"),
        pytest.param(_OFTEN, "fr", "pas vraiment", None, id="not really is no never"),
        pytest.param(_OFTEN, "fr", "jamais de la vie", 2, id="a no that says never"),
        pytest.param(_OFTEN, "ur", "nahi", None, id="a mere no is no never"),
    ],
)
def test_an_option_in_other_words(question: Question, language: str, reply: str, value: int | None) -> None:
    assert understand(reply, question, _LEXICONS[language]).value == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        pytest.param("1-3-4", (1, 3, 4), id="three with dashes are a list"),
        pytest.param("1-3", None, id="two may be a range"),
        pytest.param("les 2 premiers", None, id="the first two are no second"),
        pytest.param("le chef crie", (4,), id="who shouts is no other problem"),
    ],
)
def test_several_in_other_words(reply: str, value: tuple[int, ...] | None) -> None:
    names = ("salaire en retard", "trop d'heures", "chaleur", "cris")
    options = tuple(Option(code, name, {"fr": name}) for code, name in enumerate(names, 1))
    question = Question("problems", Kind.MANY, {"fr": "Quels problèmes ?"}, options)
    assert understand(reply, question, _LEXICONS["fr"]).value == value
