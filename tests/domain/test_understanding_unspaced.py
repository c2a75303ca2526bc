"""Replies in scripts without blanks, and words that stand for a place, a time or a person in them."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import hear, understand
from app.domain.understanding.commands import Command, Order

_LEXICONS = load_catalogue().lexicons


def _chosen(kind: Kind, language: str, texts: tuple[str, ...], reply: str) -> object:
    options = tuple(Option(at, f"v{at}", {language: text}) for at, text in enumerate(texts, 1))
    asked = Question("asked", kind, {language: "?"}, options)
    return understand(reply, asked, _LEXICONS[language]).value


def _said(language: str, question: str, reply: str) -> object:
    return understand(reply, Question("asked", Kind.YES_NO, {language: question}), _LEXICONS[language]).value


@pytest.mark.parametrize(
    ("language", "texts", "reply", "value"),
    [
        pytest.param("lo", ("ຄວາມຮ້ອນ", "ການເດີນທາງ"), "ຮ້ອນ ກັບ ເດີນທາງ", (1, 2), id="Lao, with a particle inside"),
        pytest.param("my", ("လစာနောက်ကျ", "အပူ"), "အပူရယ် လစာနောက်ကျတာရယ်", (1, 2), id="Burmese, with a particle behind"),
        pytest.param("zh", ("工时太长", "太热"), "热死了 上班时间太长", (1, 2), id="Chinese, with a rate inside"),
    ],
)
def test_a_reply_is_cut_by_what_the_options_are_about(
    language: str, texts: tuple[str, ...], reply: str, value: object
) -> None:
    assert _chosen(Kind.MANY, language, texts, reply) == value


@pytest.mark.parametrize(
    ("language", "reply"),
    [
        ("th", "ข้อสุดท้าย"),
        ("lo", "ຂໍ້ສຸດທ້າຍ"),
        ("km", "ចុងក្រោយ"),
        ("my", "နောက်ဆုံး"),
        ("vi", "đáp án cuối"),
        ("zh", "最后一个"),
    ],
)
def test_the_last_one_is_the_last_option(language: str, reply: str) -> None:
    assert _chosen(Kind.SINGLE, language, ("A1", "B2", "C3"), reply) == 3


@pytest.mark.parametrize(
    ("language", "question", "reply", "value"),
    [
        pytest.param("km", "តើអ្នកបានប្រាក់ខែទាន់ពេលទេ?", "yeut 5 tngai", False, id="late by days, a not by itself"),
        pytest.param("vi", "Tháng trước bạn có được trả lương đúng hạn không?", "không bị trễ", None, id="not late"),
        pytest.param("km", "តើគេបង្ខំអ្នកឱ្យថែមម៉ោងទេ?", "អត់បង្ខំទេ", False, id="what a longer phrase hides"),
        pytest.param("km", "តើអ្នកបានប្រាក់ខែទាន់ពេលទេ?", "អត់បង្ខំទេ", None, id="of another matter"),
        pytest.param(
            "vi", "Bạn đã được chỉ lối thoát hiểm ở đâu chưa?", "to truong noi roi", True, id="who told, in two words"
        ),
        pytest.param(
            "vi", "Bạn đã được chỉ lối thoát hiểm ở đâu chưa?", "to truong chua noi", None, id="who did not tell"
        ),
    ],
)
def test_a_yes_or_a_no_among_other_words(language: str, question: str, reply: str, *, value: object) -> None:
    assert _said(language, question, reply) is value


@pytest.mark.parametrize(
    ("language", "question", "reply", "value"),
    [
        pytest.param("km", "តើអ្នកបានប្រាក់ខែទាន់ពេលទេ?", "យឺតមួយអាទិត្យ", False, id="late by a week in words"),
        pytest.param("my", "အရေးပေါ်ထွက်ပေါက် ဘယ်မှာရှိလဲ ပြောပြထားလား။", "ကြီးကြပ်သူက ပြောပြထားတယ်", True, id="who told"),
        pytest.param("lo", "ຖືກບັງຄັບເຮັດໂອທີບໍ່?", "ບໍ່ ເຮັດເອງ", False, id="of their own will"),
    ],
)
def test_what_goes_along_with_a_yes_or_a_no(language: str, question: str, reply: str, *, value: object) -> None:
    assert _said(language, question, reply) is value


@pytest.mark.parametrize(
    ("language", "question", "reply"),
    [
        pytest.param("en", "Were you forced to work overtime?", "never voluntary", id="English"),
        pytest.param("th", "โดนบังคับทำโอทีไหม", "ไม่เคยเต็มใจ", id="Thai"),
        pytest.param("lo", "ໄດ້ກິນເຂົ້າພໍບໍ່?", "ບໍ່ມີໃຜຫິວ", id="Lao"),
        pytest.param("zh", "上周吃得饱吗？", "从没饿着", id="Chinese"),
        pytest.param("th", "เดือนที่แล้วได้ค่าจ้างตรงเวลาไหม", "ไม่ได้ทุกเดือน", id="not every month"),
    ],
)
def test_what_denies_the_bad_thing_is_no_no(language: str, question: str, reply: str) -> None:
    assert _said(language, question, reply) is not False


def test_more_than_an_option_says_is_no_such_option() -> None:
    assert _chosen(Kind.SINGLE, "lo", ("ອັນຕະລາຍໂພດ", "ບໍ່ປອດໄພ", "ປອດໄພ"), "ບໍ່ປອດໄພເລີຍ") is None


def test_perhaps_is_sometimes_where_how_often_was_asked() -> None:
    assert _chosen(Kind.SINGLE, "th", ("ตลอด", "ส่วนใหญ่", "บางครั้ง", "ไม่เคย"), "บางทีครับ") == 3


def test_two_short_words_for_later_are_later() -> None:
    asked = Question("asked", Kind.YES_NO, {"zh": "工资按时发了吗？"})
    assert hear("在忙 下班说", asked, "zh", _LEXICONS, ("zh", "en")) == Command(Order.LATER)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        pytest.param("2 thein 5 thaung", 250_000, id="two multipliers"),
        pytest.param("2 thein 5 xyzzy", None, id="the second is nobody's word"),
    ],
)
def test_a_small_number_before_a_stranger_adds_nothing(reply: str, value: object) -> None:
    asked = Question("asked", Kind.NUMBER, {"my": "လစာ ဘယ်လောက်ရလဲ"}, (), 0, 10**8)
    assert understand(reply, asked, _LEXICONS["my"]).value == value
