"""What a text costs, by the rules of 3GPP TS 23.038 and 23.040."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.segments import GSM_BASIC, GSM_EXTENDED, Encoding, Segments, SplitPolicy, segments

GRAPHEME, CODE_UNIT = SplitPolicy.GRAPHEME, SplitPolicy.CODE_UNIT
FAMILY = "👨‍👩‍👧"  # 8 code units, one cluster


@pytest.mark.parametrize(
    ("text", "units", "count"),
    [
        pytest.param("", 0, 1, id="empty"),
        pytest.param("a" * 160, 160, 1, id="160 fit one"),
        pytest.param("a" * 161, 161, 2, id="161 need two"),
        pytest.param("a" * 306, 306, 2, id="two full parts"),
        pytest.param("a" * 307, 307, 3, id="one over two parts"),
        pytest.param("€" * 80, 160, 1, id="80 euros fit one"),
        pytest.param("€" * 153, 306, 3, id="153 euros are three, for none straddles"),
        pytest.param("a" + "€" * 152, 305, 2, id="an odd start lets 152 euros fill both parts"),
        pytest.param("a\r\nb", 4, 1, id="a line end of two characters"),
        pytest.param("\f^{}\\[~]|€", 20, 1, id="every extension character costs two"),
    ],
)
def test_gsm_texts_count_septets(text: str, units: int, count: int) -> None:
    for policy in SplitPolicy:
        assert segments(text, policy) == Segments(Encoding.GSM7, units, count)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("`", id="backtick"),
        pytest.param("ç", id="small c cedilla"),
        pytest.param("\t", id="tab"),
        pytest.param("\u00a0", id="no-break space"),
        pytest.param("ş", id="Turkish"),
        pytest.param("’", id="curly apostrophe"),
    ],
)
def test_one_character_outside_the_alphabet_makes_the_whole_text_ucs2(text: str) -> None:
    assert segments("hello " + text, GRAPHEME).encoding is Encoding.UCS2


def test_the_alphabet_has_its_127_characters_and_escape_and_the_extension_its_ten() -> None:
    assert len(GSM_BASIC) == 127
    assert len(GSM_EXTENDED) == 10
    assert not GSM_BASIC & GSM_EXTENDED


@pytest.mark.parametrize(
    ("text", "units", "twilio", "kannel"),
    [
        pytest.param("ক" * 70, 70, 1, 1, id="70 fit one"),
        pytest.param("ক" * 71, 71, 2, 2, id="71 need two"),
        pytest.param("ক" * 134, 134, 2, 2, id="two full parts"),
        pytest.param("ক" * 135, 135, 3, 3, id="one over two parts"),
        pytest.param("ক" * 66 + "কি" + "ক" * 66, 134, 3, 2, id="a vowel sign keeps with its letter at Twilio"),
        pytest.param("ক" * 66 + "ক্ষ" + "ক" * 65, 134, 3, 2, id="the first half of a conjunct keeps its sign"),
        pytest.param("ক" * 65 + "ক্ষ" + "ক" * 66, 134, 2, 2, id="and the second half may go to the next part"),
        pytest.param("ก" * 65 + "น้ำ" + "ก" * 66, 134, 3, 2, id="Thai am keeps with its letter"),
        pytest.param("ក" * 63 + "ខ្ញុំ" + "ក" * 66, 134, 3, 2, id="Khmer subscript may be cut, its vowels may not"),
        pytest.param("a" * 66 + "👍" + "a" * 66, 134, 3, 3, id="a surrogate pair is never cut"),
        pytest.param("a" * 61 + FAMILY + "a" * 65, 134, 3, 2, id="a family of emoji"),
        pytest.param("a" * 65 + "👍🏽" + "ş" + "a" * 64, 134, 3, 2, id="a skin tone stays with a hand"),
        pytest.param("a" * 66 + "ş🏽" + "a" * 65, 134, 2, 2, id="and with no letter"),
        pytest.param("a" * 65 + "🫱🏽" + "ş" + "a" * 64, 134, 2, 2, id="nor with a hand that Unicode 10 did not know"),
        pytest.param("ক" * 66 + "\r\n" + "ক" * 66, 134, 2, 2, id="a line end may be cut"),
    ],
)
def test_ucs2_texts_depend_on_where_the_carrier_cuts(text: str, units: int, twilio: int, kannel: int) -> None:
    assert segments(text, GRAPHEME) == Segments(Encoding.UCS2, units, twilio)
    assert segments(text, CODE_UNIT) == Segments(Encoding.UCS2, units, kannel)


def test_a_cluster_larger_than_a_part_is_cut_between_characters() -> None:
    assert segments("ก" + "\u0e48" * 200, GRAPHEME) == Segments(Encoding.UCS2, 201, 3)


@given(st.text(alphabet="aé€ç👍কি্ষ \n", max_size=400))
def test_the_bill_is_never_below_what_the_units_fill_nor_lower_at_the_gentler_carrier(text: str) -> None:
    gentle, plain = segments(text, GRAPHEME), segments(text, CODE_UNIT)
    room = 160 if plain.encoding is Encoding.GSM7 else 70
    assert gentle.units == plain.units
    assert gentle.count >= plain.count >= -(-plain.units // room)


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_longer_text_never_costs_fewer_code_units_in_ucs2(head: str, tail: str) -> None:
    assert segments("ç" + head + tail, CODE_UNIT).count >= segments("ç" + head, CODE_UNIT).count
