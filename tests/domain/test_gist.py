"""What a text says that answers nothing, by its words together in whatever order."""

from pathlib import Path

import pytest

from app.catalogue.catalogue import load_catalogue
from app.catalogue.lexicons import load_lexicons
from app.domain.errors import InvalidError
from app.domain.survey import Kind, Question
from app.domain.understanding import Command, hear
from app.domain.understanding.gist import IDLE, Gists, Rule

_LEXICONS = load_catalogue().lexicons
_PAID = Question("paid", Kind.YES_NO, {"ur": "کیا پچھلے مہینے تنخواہ وقت پر ملی؟ 1=ہاں 2=نہیں"})
_MOOD = Question("mood", Kind.SCALE, {"ur": "پچھلے ہفتے دل کیسا رہا؟ 0 (بہت برا) سے 10 (بہت اچھا)"}, (), 0, 10)
_RULES = Gists(
    {"msg": frozenset({"text"}), "mat": frozenset({"not"}), "karo": frozenset({"do"}), "bhejo": frozenset({"do"})},
    [Rule("stop", frozenset({"text", "not"}), frozenset({"text", "not", "do", IDLE}))],
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("msg mat karo", "stop", id="in one order"),
        pytest.param("mat bhejo yar msg", "stop", id="in another, with a word that says nothing"),
        pytest.param("mehnat mat karo", "", id="another word"),
        pytest.param("msg matt karoo", "stop", id="spelled by ear"),
        pytest.param("msg karo", "", id="a needed kind is missing"),
        pytest.param("msg mat karo tankhwah do", "", id="a word of no kind says more"),
        pytest.param("mat msg mat karo", "", id="denied twice"),
        pytest.param("msg", "", id="one word is for the other tables"),
    ],
)
def test_words_of_the_needed_kinds_say_a_thing_where_no_other_word_says_more(text: str, says: str) -> None:
    words = text.split()
    assert _RULES.told(words, idle=lambda word: word == "yar", known=lambda _: True) == says


@pytest.mark.parametrize(
    ("question", "text", "said"),
    [
        pytest.param(_PAID, "ab mat bhejna message", "stop", id="stop"),
        pytest.param(_MOOD, "number kaise dena hai", "help", id="help"),
        pytest.param(_MOOD, "raat ko 9 bje msg karna", "later", id="at nine is no nine"),
        pytest.param(_MOOD, "یہ میسج کون بھیج رہا ہے", "who", id="who"),
        pytest.param(_PAID, "غلط نمبر لگ گیا ہے", "wrong-person", id="wrong number"),
        pytest.param(_PAID, "yahan koi Rashid nahi hai", "wrong-person", id="a name"),
        pytest.param(_PAID, "dobara na bhejna", "stop", id="not again"),
        pytest.param(_PAID, "is baare mein baat nahi karni mujhe", "refused", id="a refusal"),
        pytest.param(_MOOD, "mujhe khud nahi pata", "dont-know", id="does not know"),
        pytest.param(_PAID, "wait kar rahe hain", False, id="who waits for pay is not busy"),
        pytest.param(_MOOD, "10 mein se 4 doonga", 4, id="a mark is no promise"),
    ],
)
def test_an_urdu_text_is_told_by_its_words_together(question: Question, text: str, said: object) -> None:
    heard = hear(text, question, "ur", _LEXICONS, ("ur", "en"))
    told = heard.order if isinstance(heard, Command) else heard.outcome
    assert said in (told, None if isinstance(heard, Command) else heard.value)


@pytest.mark.parametrize(
    ("text", "order"),
    [("galat number hai", "wrong-person"), ("آپ کون ہیں", "who"), ("baad mein baat karte hain", "later")],
)
def test_plain_urdu_orders_are_heard_where_any_text_answers(text: str, order: str) -> None:
    heard = hear(text, Question("open", Kind.TEXT, {"ur": "کیا بدلنا چاہیے؟"}), "ur", _LEXICONS, ("ur", "en"))
    assert isinstance(heard, Command)
    assert heard.order == order


def test_a_rule_of_a_kind_that_no_word_has_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lexicons").mkdir()
    (tmp_path / "gists").mkdir()
    (tmp_path / "lexicons" / "xx.csv").write_text("sense,form,value,source,reviewed_by\n", encoding="utf-8")
    rows = "says,words,source,reviewed_by\nstop,text not,authors,\ntext,msg,authors,\n"
    (tmp_path / "gists" / "xx.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(InvalidError) as refused:
        load_lexicons(tmp_path)
    assert [fault.message for fault in refused.value.faults] == ["no word is of the kind 'not'"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("کل دیں گے", id="they pay tomorrow"),
        pytest.param("nikal dete hain list se", id="they strike us off"),
        pytest.param("abhi nahi ja sakte", id="cannot leave now"),
        pytest.param("jawab nahi dete", id="they do not answer"),
        pytest.param("main yahan nahi rehta factory mein", id="lives elsewhere"),
        pytest.param("malik ko mat batana", id="do not tell the owner"),
        pytest.param("میں یہاں محفوظ نہیں ہوں", id="not safe here"),
        pytest.param("kaam chhor diya", id="gave up work"),
        pytest.param("woh yahan nahi hota", id="somebody is not there"),
        pytest.param("number nahi hai mere pas", id="has no number"),
        pytest.param("woh mujhe tang na kare", id="that he leave me alone"),
    ],
)
def test_what_is_told_of_work_orders_nothing(text: str) -> None:
    assert not isinstance(hear(text, _PAID, "ur", _LEXICONS, ("ur", "en")), Command)
