"""French as workers write it, and what its grammar asked of the reader: clauses, "ne … jamais", days of a week, places."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import Lexicon, Outcome, Sense, understand
from app.domain.understanding.spelling import respelled

LEXICONS = load_catalogue().lexicons


def options(*words: str) -> tuple[Option, ...]:
    return tuple(Option(code, f"v{code}", {"fr": word}) for code, word in enumerate(words, 1))


def asks(text: str, language: str = "fr") -> Question:
    return Question("asked", Kind.YES_NO, {language: text})


def read(text: str, question: Question, language: str = "fr") -> object:
    reading = understand(text, question, LEXICONS[language])
    return reading.value if reading.outcome is Outcome.ANSWER else reading.outcome.value


PAID = asks("Avez-vous été payé à temps ?")
SAFE = asks("Vous sentez-vous en sécurité au travail ?")
WATER = asks("Y a-t-il de l'eau potable à votre poste ?")
HELPED = asks("Est-ce que cela vous a aidé ?")
FORCED = asks("Were you forced to work overtime?", "en")
RESPECT = Question(
    "respect",
    Kind.SINGLE,
    {"fr": "Votre chef vous traite-t-il avec respect ?"},
    options("toujours", "souvent", "parfois", "jamais"),
)
PROBLEMS = Question(
    "problems", Kind.MANY, {"fr": "Quels problèmes ?"}, options("salaire en retard", "trop d'heures", "chaleur", "cris")
)
HOURS = Question(
    "hours", Kind.NUMBER, {"fr": "Combien d'heures avez-vous travaillé ?", "en": "How many hours did you work?"},
    minimum=0, maximum=112,
)  # fmt: skip
SLEEP = Question("sleep", Kind.NUMBER, {"fr": "Combien d'heures dormez-vous par nuit ?"}, minimum=0, maximum=24)
DAYS = Question(
    "days", Kind.NUMBER, {"fr": "Combien de jours avez-vous travaillé la semaine dernière ?"}, minimum=0, maximum=7
)
LATE = Question("late", Kind.NUMBER, {"fr": "Combien de jours de retard ?"}, minimum=0, maximum=60)
CHILDREN = Question("children", Kind.NUMBER, {"fr": "Combien d'enfants avez-vous ?"}, minimum=0, maximum=20)
MOOD = Question("mood", Kind.SCALE, {"fr": "Comment vous sentez-vous ?"}, minimum=0, maximum=10)


@pytest.mark.parametrize(
    ("text", "question", "value"),
    [
        pytest.param("non j'ai toujours peur", SAFE, False, id="always, of what explains the no"),
        pytest.param("non le gardien dort toujours", SAFE, False, id="always, in words nobody knows"),
        pytest.param("non toujours payé", PAID, "unclear", id="always paid"),
        pytest.param("non toujours", PAID, "unclear", id="always alone"),
        pytest.param("non ya des coupures", PAID, False, id="there are, where nobody asked what there is"),
        pytest.param("ya", PAID, "unclear", id="there is, where nobody asked"),
        pytest.param("il y en a", WATER, True, id="there is some"),
        pytest.param("non il y en a", WATER, "unclear", id="no there is some"),
        pytest.param("rien n'a changé", HELPED, False, id="nothing changed"),
        pytest.param("c'est réglé", HELPED, True, id="it is settled"),
        pytest.param("c'est réglé", SAFE, "unclear", id="it is settled, of something else"),
    ],
)
def test_an_explanation_behind_a_no_takes_it_back_only_with_the_verb_of_the_question(
    text: str, question: Question, value: object
) -> None:
    assert read(text, question) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("parfois quand il y a moins de travail", 3, id="when"),
        pytest.param("toujours parce qu'il est croyant", 1, id="because"),
        pytest.param("souvent quand il n'est pas fâché mais jamais le lundi", "unclear", id="a clause with another"),
        pytest.param("jamais il crie", "unclear", id="a never that belongs to what follows"),
        pytest.param("il ne nous respecte jamais", 4, id="ne … jamais"),
        pytest.param("il ne nous respecte souvent", "unclear", id="ne without its never"),
    ],
)
def test_a_clause_behind_how_often_changes_nothing(text: str, value: object) -> None:
    assert read(text, RESPECT) == value


@pytest.mark.parametrize(
    ("text", "question", "value"),
    [
        pytest.param("à 18h", HOURS, "unclear", id="at six"),
        pytest.param("jusqu'à 18h", HOURS, "unclear", id="until six"),
        pytest.param("à 60h", HOURS, 60, id="more hours than a day has"),
        pytest.param("vers 60h", HOURS, 60, id="towards sixty"),
        pytest.param("7 à 8h", SLEEP, 7.5, id="a range"),
        pytest.param("chambre 12", HOURS, "unclear", id="the number of a room"),
        pytest.param("room 12", HOURS, "unclear", id="the same in English"),
        pytest.param("48h00", HOURS, 48, id="hours and no minutes"),
        pytest.param("45 heures et 30 minutes", HOURS, 45.5, id="hours and minutes"),
        pytest.param("pas plus de 45", HOURS, 45, id="no more than"),
        pytest.param("pas 45", HOURS, "unclear", id="not 45"),
        pytest.param("du lundi au samedi", DAYS, 6, id="Monday to Saturday"),
        pytest.param("du lundi au samedi", HOURS, "unclear", id="days where hours are asked for"),
        pytest.param("du lundi au samedi", LATE, "unclear", id="days that are none of a week"),
        pytest.param("je n'ai pas travaillé", HOURS, 0, id="did not work"),
        pytest.param("je n'ai pas travaillé", SLEEP, "unclear", id="did not work, of sleep"),
        pytest.param("je n'ai pas d'enfants", CHILDREN, 0, id="no children"),
        pytest.param("un garçon et une fille", CHILDREN, "unclear", id="one and one are not one"),
        pytest.param("4 à cause du chef", MOOD, 4, id="a mark and why"),
    ],
)
def test_numbers_with_french_words_around_them(text: str, question: Question, value: object) -> None:
    language = "en" if text.startswith("room") else "fr"
    assert read(text, question, language) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("le chef crie beaucoup", (4,), id="too much, of what is done"),
        pytest.param("rien tout va bien", (), id="nothing, all is well"),
        pytest.param("tout va bien", (), id="all is well"),
    ],
)
def test_too_much_and_all_is_well_name_no_other_problem(text: str, value: object) -> None:
    assert read(text, PROBLEMS) == value


def test_two_words_may_be_written_for_two_others() -> None:
    lexicon = Lexicon("fr", {}, spellings={"ils mon": "ils m'ont", "pa": "pas"})
    assert respelled("ils mon pa payé", lexicon) == "ils m'ont pas payé"
    assert respelled("mon chef", lexicon) == "mon chef"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("no they forced us", "unclear", id="a no and the contrary"),
        pytest.param("nobody forced us", False, id="nobody"),
        pytest.param("they forced us", True, id="the verb given back"),
        pytest.param("should I say yes", "unclear", id="asks what to say"),
        pytest.param("can i say no", "unclear", id="asks whether to"),
    ],
)
def test_a_no_beside_the_very_thing_is_asked_again(text: str, value: object) -> None:
    assert read(text, FORCED, "en") == value


def test_no_late_is_neither_yes_nor_no() -> None:
    on_time = asks("Were you paid on time last month?", "en")
    assert read("no late", on_time, "en") == "unclear"
    assert read("no, late", on_time, "en") is False


def test_an_option_that_says_all_is_no_problem() -> None:
    lexicon = Lexicon("xx", {Sense.ALL: {"all": 0}, Sense.NO_PROBLEM: {"well": 0}})
    question = Question("problems", Kind.MANY, {}, options("one", "two"))
    assert understand("all well", question, lexicon).outcome is Outcome.UNCLEAR


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("60000 et une prime", "unclear", id="and a bonus"),
        pytest.param("75000 moins les retenues", "unclear", id="less what is kept"),
        pytest.param("cent vingt et un mille", 121_000, id="an and inside a number"),
        pytest.param("60000 et plus", 60_000, id="and more"),
    ],
)
def test_what_is_added_to_a_pay_or_taken_off_it_leaves_it_in_doubt(text: str, value: object) -> None:
    wage = Question("wage", Kind.NUMBER, {"fr": "Combien avez-vous été payé le mois dernier ?"}, minimum=0)
    assert read(text, wage) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("non jamais à temps", False, id="a never behind a no"),
        pytest.param("non à temps", "unclear", id="a no alone"),
    ],
)
def test_a_never_behind_a_no_denies_what_follows(text: str, value: object) -> None:
    assert read(text, PAID) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("oui je suis content", 2, id="a yes before what is good"),
        pytest.param("oui mécontent", "unclear", id="a yes before what is bad"),
    ],
)
def test_a_yes_goes_with_praise_alone(text: str, value: object) -> None:
    satisfied = Question("satisfied", Kind.SINGLE, {"fr": "Satisfait ?"}, options("insatisfait", "satisfait"))
    assert read(text, satisfied) == value
