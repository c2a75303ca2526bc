"""Urdu: verbs that end a sentence, letters that stand for one another, and numbers that go by many names."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import Lexicon, Outcome, understand
from app.domain.understanding.folding import fold
from app.domain.understanding.spelling import parted, respelled

_URDU = load_catalogue().lexicons["ur"]
_PAID = Question("paid", Kind.YES_NO, {"ur": "کیا پچھلے مہینے تنخواہ وقت پر ملی؟ 1=ہاں 2=نہیں"})
_TOLD = Question("told", Kind.YES_NO, {"ur": "کیا آپ کو بتایا گیا ہے کہ باہر نکلنے کے راستے کہاں ہیں؟ 1=ہاں 2=نہیں"})
_LEAVE = Question("leave", Kind.YES_NO, {"ur": "کیا آپ جب چاہیں کام چھوڑ کر باہر جا سکتے ہیں؟ 1=ہاں 2=نہیں"})
_FED = Question("fed", Kind.YES_NO, {"ur": "کیا پچھلے ہفتے آپ کو پیٹ بھر کھانا ملا؟ 1=ہاں 2=نہیں"})
_HOURS = Question("hours", Kind.NUMBER, {"ur": "پچھلے ہفتے آپ نے کل کتنے گھنٹے کام کیا؟"}, (), 0, 112)
_WAGE = Question("wage", Kind.NUMBER, {"ur": "پچھلے مہینے آپ کو کل کتنے روپے ملے؟"}, (), 0, 100_000_000)
_CHILDREN = Question("children", Kind.NUMBER, {"ur": "آپ کے کتنے بچے ہیں؟"}, (), 0, 20)
_RESPECT = Question(
    "respect",
    Kind.SINGLE,
    {"ur": "کیا آپ کے افسر عزت سے بات کرتے ہیں؟"},
    tuple(
        Option(code, value, {"ur": text})
        for code, (value, text) in enumerate(
            [("always", "ہمیشہ"), ("mostly", "زیادہ تر"), ("sometimes", "کبھی کبھی"), ("never", "کبھی نہیں")], 1
        )
    ),
)
_PROBLEMS = Question(
    "problems",
    Kind.MANY,
    {"ur": "کون سے مسئلے ہیں؟"},
    tuple(
        Option(code, value, {"ur": text})
        for code, (value, text) in enumerate(
            [("late_pay", "تنخواہ دیر سے"), ("long_hours", "لمبی ڈیوٹی"), ("heat", "گرمی"), ("shouting", "گالی گلوچ")],
            1,
        )
    ),
)


@pytest.mark.parametrize(
    ("question", "reply", "value"),
    [
        pytest.param(_TOLD, "orientation mein bataya", True, id="where, by its postposition"),
        pytest.param(_TOLD, "training ke doran btaya tha", True, id="when"),
        pytest.param(_TOLD, "pehle din bataya", True, id="a circumstance of the tables"),
        pytest.param(_PAID, "bonus mila", None, id="what was got is no circumstance"),
        pytest.param(_LEAVE, "raat mein ja sakte hain", None, id="at night alone is not freely"),
        pytest.param(_TOLD, "میں نیا ہوں مجھے نہیں بتایا", False, id="the reason of a no"),
        pytest.param(_LEAVE, "qarz ki wajah se nahi ja sakte", False, id="a debt as the reason"),
        pytest.param(_PAID, "bonus nahi mila", None, id="what was not got"),
        pytest.param(_PAID, "overtime ke paise nahi mile", None, id="another thing that was not got"),
        pytest.param(_PAID, "bonus mila tankhwah nahi", None, id="a verb of something else before the no"),
        pytest.param(_TOLD, "hum ko kuch b nai btaya gya", False, id="a verb that completes the denied one"),
        pytest.param(_PAID, "hamesha late deta hai malik", False, id="one that completes the late"),
        pytest.param(_PAID, "mili hai late", False, id="late at the end"),
        pytest.param(_PAID, "haan mil gayi par thori kam", None, id="a postposition behind a verb says but"),
        pytest.param(_TOLD, "haan par rasta band hota hai", None, id="and behind a yes"),
        pytest.param(_TOLD, "naye mazdooron ko nahi bataya", None, id="others were not told"),
        pytest.param(_PAID, "nahi mili, malik kehta hai agle hafte", False, id="a first clause that denies"),
        pytest.param(_TOLD, "security guard ne bataya", True, id="who did it, in two words nobody knows"),
        pytest.param(_PAID, "ek din late hui bas", False, id="one day late"),
        pytest.param(_PAID, "ek mahine ki baqi hai", None, id="one month may be a month's pay"),
        pytest.param(_PAID, "نہیں ہمیشہ لیٹ", False, id="no, always late"),
        pytest.param(_PAID, "nahi hamesha milti", None, id="not always got"),
        pytest.param(_FED, "دو دن بھوکے رہے", False, id="a count before the verb"),
        pytest.param(_PAID, "nahi nahi mil gai", None, id="no no takes back, and denies no verb"),
        pytest.param(_PAID, "nahi bhai nahi aai", False, id="no, and a denied verb"),
    ],
)
def test_what_stands_before_the_verb_only_says_when_where_and_why(
    question: Question, reply: str, *, value: object
) -> None:
    assert understand(reply, question, _URDU).value is value


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("mhfoz jaga", "mehfooz jaga", id="vowels left out"),
        pytest.param("mahfouz hay", "mehfooz hai", id="other vowels"),
        pytest.param("ذیادہ لوگ", "زیادہ لوگ", id="letters that sound alike"),
        pytest.param("pchs", "pchs", id="what may be 25 or 50"),
        pytest.param("jji", "jji", id="a short word alone"),
        pytest.param("wo dety hn", "wo dete hain", id="yes behind a verb is its ending"),
        pytest.param("hn abi mili", "haan abhi mili", id="and before it a yes"),
    ],
)
def test_a_word_nobody_knows_is_read_as_the_one_it_sounds_like(written: str, meant: str) -> None:
    assert respelled(fold(written), _URDU) == fold(meant)


@pytest.mark.parametrize(
    ("question", "reply", "value"),
    [
        pytest.param(_PAID, "milgai", True, id="a verb in one word"),
        pytest.param(_PAID, "تنخواہنہیں ملی", False, id="a not that runs into the pay"),
        pytest.param(_TOLD, "بتایاتھا", True, id="a was that runs into the verb"),
        pytest.param(_RESPECT, "کبھیکبھار", 3, id="how often"),
        pytest.param(_PROBLEMS, "گرمیاور گالیاں", (3, 4), id="an and that runs into an option"),
        pytest.param(_TOLD, "banarasi", None, id="nothing that goes together"),
    ],
)
def test_blanks_that_phones_leave_out_are_put_back(question: Question, reply: str, value: object) -> None:
    assert understand(reply, question, _URDU).value == value


def test_words_on_offer_are_never_parted() -> None:
    assert parted("milgai", ("milgai",), _URDU, {"milgai"}) == ""
    assert parted("milgai", ("milgai",), _URDU) == "mil gai"
    assert parted("milgai", ("milgai",), Lexicon("ur")) == ""


def test_a_phrase_is_known_with_its_words_written_out() -> None:
    assert understand("smjha dia", _TOLD, _URDU).value is understand("samjha diya", _TOLD, _URDU).value is True


@pytest.mark.parametrize(
    ("question", "reply", "value"),
    [
        pytest.param(_HOURS, "iksath ghante", 61, id="61"),
        pytest.param(_HOURS, "sarsath", 67, id="67"),
        pytest.param(_HOURS, "chauhattar ghante", 74, id="74"),
        pytest.param(_HOURS, "70 ghante overtime ke sath", 70, id="with, which is sixty too"),
        pytest.param(_HOURS, "60 plus", 60, id="and more"),
        pytest.param(_HOURS, "1 hafta me 60 ghante", 60, id="in one week"),
        pytest.param(_HOURS, "50 55 k darmian", 52.5, id="between, said behind both"),
        pytest.param(_WAGE, "30-32 hazar k beech", 31_000, id="a letter that is no thousand"),
        pytest.param(_WAGE, "27ooo", 27_000, id="letters for noughts"),
        pytest.param(_WAGE, "haftay ke 7000", None, id="a week's pay is no month's"),
        pytest.param(_WAGE, "do hazar kam mile", None, id="what was missing"),
        pytest.param(_CHILDREN, "teen bachay", 3, id="what was asked for, counted"),
    ],
)
def test_numbers_go_by_many_names(question: Question, reply: str, value: object) -> None:
    assert understand(reply, question, _URDU).value == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        pytest.param("تنخواہ دیر سے ملتی ہے اور گرمی", (1, 3), id="an option with its verb in a list"),
        pytest.param("سب ٹھیک ہے کوئی مسئلہ نہیں", (), id="no problem, said twice"),
        pytest.param("1 aur 2 dono", (1, 2), id="both"),
        pytest.param("2 nahi baqi sab", (1, 3, 4), id="all but one"),
    ],
)
def test_lists_are_read_with_their_verbs(reply: str, value: object) -> None:
    assert understand(reply, _PROBLEMS, _URDU).value == value


@pytest.mark.parametrize(
    ("reply", "value"), [("zero bilkul acha nahi tha", 0), ("4 thora pareshan raha", 4), ("ek acha din", None)]
)
def test_a_mark_may_be_followed_by_a_remark(reply: str, value: object) -> None:
    mood = Question("mood", Kind.SCALE, {"ur": "پچھلے ہفتے دل کیسا رہا؟"}, (), 0, 10)
    assert understand(reply, mood, _URDU).value == value


def test_of_the_pay_nothing_is_told() -> None:
    assert understand("tankhwah nahi bataunga", _WAGE, _URDU).outcome is Outcome.REFUSED


def test_almost_always_is_no_always() -> None:
    assert understand("taqreeban hamesha", _RESPECT, _URDU).value is None


def test_how_often_is_about_nothing() -> None:
    assert understand("bohat badtameez hain", _RESPECT, _URDU).value is None


_MOOD = Question("mood", Kind.SCALE, {"ur": "پچھلے ہفتے دل کیسا رہا؟ 0 (بہت برا) سے 10 (بہت اچھا)"}, (), 0, 10)
_TROUBLES = Question(
    "troubles",
    Kind.MANY,
    {"ur": "کون کون سے مسئلے ہوئے؟"},
    tuple(
        Option(code, value, {"ur": text})
        for code, (value, text) in enumerate(
            [("late_pay", "تنخواہ میں دیر"), ("heat", "گرمی"), ("transport", "آنا جانا"), ("accident", "حادثہ"),
             ("leave", "چھٹی نہ ملنا")],
            1,
        )
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        pytest.param("No 1 aur 3", (1, 3), id="no before a number is its sign"),
        pytest.param("1no, 3 no", (1, 3), id="and behind one"),
        pytest.param("panchon", (1, 2, 3, 4, 5), id="all five of five"),
        pytest.param("charon masle", None, id="all four of five"),
        pytest.param("saare 5", (1, 2, 3, 4, 5), id="all, and how many they are"),
        pytest.param("filhal koi masla nahi", (), id="no problem, for now"),
        pytest.param("چھٹی بھی نہیں ملی اور گرمی", (2, 5), id="a particle before the not"),
        pytest.param("گرمی اور بس کا مسئلہ", (2, 3), id="a bus, and no mere just"),
        pytest.param("hadsa hua ek", (4,), id="one accident is no first option"),
        pytest.param("garmi ke siwa kuch nahi", (2,), id="nothing but one"),
        pytest.param("tankhwah 15 din late mili", (1,), id="so many days choose nothing"),
        pytest.param("sab hain bas 2 nahi", (1, 3, 4, 5), id="all, but one not"),
        pytest.param("sab nahi 2", None, id="not all"),
        pytest.param("sirf pehla", (1,), id="only the first"),
        pytest.param("pehla masla or teesra masla", (1, 3), id="the first problem and the third"),
        pytest.param("garmi hoti hai or chutti nahi", (2, 5), id="a verb of two words in a list"),
        pytest.param("waqt par tankhwah nahi", (1,), id="one phrase for the whole"),
    ],
)
def test_what_is_listed(reply: str, value: object) -> None:
    assert understand(reply, _TROUBLES, _URDU).value == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        pytest.param("saat no", 7, id="a no that is the sign of a number"),
        pytest.param("bilkul nahi 0", 0, id="not at all, and the mark"),
        pytest.param("nahi 5", None, id="a mere no denies the mark"),
        pytest.param("9/10 alhamdulillah", 9, id="politeness behind a share"),
        pytest.param("9/10 nahi", None, id="a not behind it"),
    ],
)
def test_a_mark_among_words(reply: str, value: object) -> None:
    assert understand(reply, _MOOD, _URDU).value == value


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        pytest.param("main kabhi gaya nahi pata nahi", Outcome.UNSURE, id="why it is not known"),
        pytest.param("nahi mili pata nahi", Outcome.UNCLEAR, id="a no is no reason"),
        pytest.param("nahi hamein is ka ilm nahi", Outcome.UNCLEAR, id="a no that opens a reply"),
    ],
)
def test_a_reason_may_stand_before_a_dont_know(reply: str, outcome: Outcome) -> None:
    assert understand(reply, _TOLD if "ilm" in reply else _PAID, _URDU).outcome is outcome
