"""One-time codes: four digits, read however a phone writes them, and nothing read where there is none."""

import pytest

from app.domain.coded_answers import CodedAnswer, code_from, read_answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        pytest.param("4821 1", CodedAnswer("4821", accepts=True), id="as asked"),
        pytest.param("4821 2", CodedAnswer("4821", accepts=False), id="no"),
        pytest.param(" 4821-1. ", CodedAnswer("4821", accepts=True), id="with signs around"),
        pytest.param("4821\n2", CodedAnswer("4821", accepts=False), id="on two lines"),
        pytest.param("৪৮২১ ১", CodedAnswer("4821", accepts=True), id="in another script"),
        pytest.param("4821", CodedAnswer("4821", accepts=None), id="the code alone"),
        pytest.param("4821 3", CodedAnswer("4821", accepts=None), id="neither yes nor no"),
        pytest.param("4821 yes please", CodedAnswer("4821", accepts=None), id="words are no 1"),
        pytest.param("4821 1 or 2?", CodedAnswer("4821", accepts=None), id="a question"),
        pytest.param("1", None, id="no code"),
        pytest.param("48211", None, id="run together it may be anything"),
        pytest.param("call 0171148212", None, id="a longer number"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_an_answer_is_a_code_and_one_or_two(text: str, answer: CodedAnswer | None) -> None:
    assert read_answer(text) == answer


def test_a_code_has_four_digits_and_no_leading_zero() -> None:
    codes = [code_from(place.to_bytes(8, "big")) for place in range(0, 2**64, 2**64 // 5000)]
    assert all(len(code) == 4 and code[0] != "0" for code in codes)
    assert code_from(b"\x00" * 32) == "1000"
    assert len({code_from(place.to_bytes(8, "big")) for place in range(9000)}) == 9000
