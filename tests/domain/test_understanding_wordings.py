"""Options in other words and another order, none of what is counted, and words as phones write them."""

import pytest

from app.domain.survey import Kind, Option, Question
from tests.domain.test_understanding_doubts import ask, read


def single(*texts: str) -> Question:
    options = tuple(Option(code, f"value {code}", {"en": text}) for code, text in enumerate(texts, 1))
    return Question("asked", Kind.SINGLE, {"en": "How is it?"}, options)


WAGE = single("in full and on time", "in full but late", "only a part", "not yet paid")
MEANS = single("easily", "with difficulty", "could not")
DAYS = single("not at all", "several days", "more than half the days", "nearly every day")
RESPECT = single("always", "mostly", "sometimes", "never")


@pytest.mark.parametrize(
    ("text", "question", "value"),
    [
        pytest.param("full and on time", WAGE, 1, id="all but one of its words"),
        pytest.param("not paid yet", WAGE, 4, id="its words in another order"),
        pytest.param("paid yet", WAGE, "unclear", id="without its not"),
        pytest.param("in full", WAGE, "unclear", id="words of two options"),
        pytest.param("no i couldnt", MEANS, 3, id="a no before an option that denies"),
        pytest.param("no easily", MEANS, "unclear", id="a no before one that does not"),
        pytest.param("everyday", DAYS, 4, id="every day, of nearly every day"),
        pytest.param("sometimes", DAYS, 2, id="sometimes, of several days"),
        pytest.param(
            "he always shouts at me", RESPECT, "unclear", id="what is suffered is no word of another question"
        ),
    ],
)
def test_an_option_in_other_words(text: str, question: Question, value: object) -> None:
    assert read(text, question, "en") == value


@pytest.mark.parametrize(
    ("text", "language", "asked", "value"),
    [
        pytest.param("none", "en", "How many children do you have?", 0, id="none"),
        pytest.param("no tengo hijos", "es", "¿Cuántos hijos tiene?", 0, id="Spanish: I have no children"),
        pytest.param("m pa gen pitit", "ht", "Konbyen pitit ou genyen?", 0, id="Haitian: the same"),
        pytest.param("I do not have money", "en", "How many children do you have?", "unclear", id="of something else"),
        pytest.param("no pay", "en", "How much pay did you get?", "unclear", id="of pay"),
    ],
)
def test_none_of_what_is_counted(text: str, language: str, asked: str, value: object) -> None:
    assert read(text, ask(Kind.NUMBER, language, asked), language) == value


def test_a_spelled_mark_may_open_a_remark() -> None:
    question = Question("asked", Kind.SCALE, {"en": "How do you feel, 0 to 10?"}, (), 0, 10)
    assert read("three, they shout at us", question, "en") == 3
    assert read("three, four", question, "en") == "unclear"


SHOUTED = "Were you shouted at, threatened or touched in a way you did not like?"
TOLD = "Were you told where the exits are?"
HURT = "Were you injured at work?"
HEARD = "Èske ou konnen kijan pou w di yon pwoblèm pou yo tande w?"
EATEN = "Did you have enough to eat?"


@pytest.mark.parametrize(
    ("text", "language", "asked", "value"),
    [
        pytest.param("they shouted at me", "en", SHOUTED, True, id="what was suffered"),
        pytest.param("never happened to me", "en", SHOUTED, False, id="what never was"),
        pytest.param("they shouted at me", "en", TOLD, "unclear", id="what was suffered answers nothing else"),
        pytest.param(
            "shouts at us every single day in front of all", "en", SHOUTED, True, id="how and where it befell"
        ),
        pytest.param("shouts at my friend", "en", SHOUTED, "unclear", id="whom else it befell"),
        pytest.param("we shouted at them", "en", SHOUTED, "unclear", id="who did it"),
        pytest.param("they told my friend", "en", TOLD, "unclear", id="whom else they told"),
        pytest.param("they owe us nothing", "en", "Were you paid on time?", "unclear", id="nothing is owed"),
        pytest.param("sometimes they shouted at me", "en", SHOUTED, "unclear", id="at times"),
        pytest.param("i burnt my arm with the iron", "en", HURT, True, id="how it befell"),
        pytest.param("the driver got hurt", "en", HURT, "unclear", id="a stranger it befell"),
        pytest.param("m pè pale", "ht", HEARD, False, id="Haitian: afraid to speak, where that was asked"),
        pytest.param("m pè pale", "ht", "Èske yo te peye w?", "refused", id="Haitian: and where it was not"),
        pytest.param("me llego 2 semanas tarde", "es", "¿Le pagaron a tiempo?", False, id="Spanish: two weeks late"),
        pytest.param("they did not tell me nothing", "en", TOLD, False, id="nothing beside a denied verb"),
        pytest.param("i didnt understand", "en", TOLD, "unclear", id="who did not understand answers nothing"),
        pytest.param("não entendi", "pt", "Você foi pago em dia?", "unclear", id="Portuguese: the same"),
        pytest.param("m pa konprann", "ht", "Èske yo te peye w alè?", "unclear", id="Haitian: the same"),
        pytest.param("jai pas compris", "fr", "Avez-vous été payé à temps ?", "unclear", id="French: the same"),
        pytest.param("we didnt hav enuf food", "en", EATEN, False, id="English as phones write it"),
        pytest.param("n falaram nd", "pt", "Já lhe disseram onde ficam as saídas?", False, id="Portuguese"),
        pytest.param("todabia nada", "es", "¿Le pagaron a tiempo?", False, id="Spanish"),
        pytest.param("yopa dim anye", "ht", "Èske yo te di w ki kote pòt yo ye?", False, id="Haitian"),
    ],
)
def test_a_yes_or_a_no_as_it_is_written(text: str, language: str, asked: str, value: object) -> None:
    assert read(text, ask(Kind.YES_NO, language, asked), language) == value
