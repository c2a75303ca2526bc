"""One phone, one form; and never a whole number where it may be read."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidError
from app.domain.numbers import mask, normalise


@pytest.mark.parametrize(
    ("raw", "country", "kept"),
    [
        pytest.param("+8801711000001", "BD", "+8801711000001", id="as kept"),
        pytest.param("01711000001", "BD", "+8801711000001", id="as dialled at home"),
        pytest.param(" 01711-000 001 ", "bd", "+8801711000001", id="spaces, dashes, small country"),
        pytest.param("০১৭১১০০০০০১", "BD", "+8801711000001", id="Bengali digits"),
        pytest.param("+၉၅ ၉ ၇၉၀ ၁၂၃ ၄၅၆", "MM", "+959790123456", id="Burmese digits"),
        pytest.param(
            "\u202a+880\u202c \u200e1711 000001", "BD", "+8801711000001", id="direction marks of a spreadsheet"
        ),
        pytest.param("＋８８０１７１１０００００１", "BD", "+8801711000001", id="wide digits"),
        pytest.param("+8801711000001", "", "+8801711000001", id="international needs no country"),
        pytest.param("+8801711000001", "MX", "+8801711000001", id="the prefix wins over the country"),
        pytest.param("+5215512345678", "MX", "+525512345678", id="Mexico, old mobile from abroad"),
        pytest.param("+52 1 55 1234 5678", "BD", "+525512345678", id="Mexico, whatever the site's country"),
        pytest.param("0445512345678", "MX", "+525512345678", id="Mexico, old mobile in town"),
        pytest.param("0455512345678", "MX", "+525512345678", id="Mexico, old mobile from another town"),
        pytest.param("55 1234 5678", "MX", "+525512345678", id="Mexico, today"),
        pytest.param("+5491151234567", "AR", "+5491151234567", id="Argentina, mobile"),
        pytest.param("+541151234567", "AR", "+5491151234567", id="Argentina, without the 9"),
        pytest.param("011 15 5123-4567", "AR", "+5491151234567", id="Argentina, as dialled at home"),
        pytest.param("0800 555 0199", "AR", "+548005550199", id="Argentina, no mobile has this number"),
        pytest.param("02-9123456", "BD", "+88029123456", id="a landline is taken"),
    ],
)
def test_every_way_of_writing_a_number_is_kept_in_one_form(raw: str, country: str, kept: str) -> None:
    assert normalise(raw, country) == kept
    assert normalise(kept, country) == kept


@pytest.mark.parametrize(
    ("raw", "country"),
    [
        pytest.param("", "BD", id="nothing"),
        pytest.param("12345", "BD", id="too short"),
        pytest.param("5512345678", "", id="national without a country"),
        pytest.param("5512345678", "XX", id="national of an unknown country"),
        pytest.param("+8809999999999", "BD", id="a range nobody uses"),
        pytest.param("1-800-FLOWERS", "US", id="letters"),
        pytest.param("call 01711000001", "BD", id="a sentence"),
        pytest.param("01711000001#5", "BD", id="an extension"),
        pytest.param("01711000001; 01712000001", "BD", id="two numbers"),
        pytest.param("01 55 1234 5678", "MX", id="Mexico, a prefix that never was"),
    ],
)
def test_what_nobody_could_dial_is_refused_without_repeating_it(raw: str, country: str) -> None:
    with pytest.raises(InvalidError) as refused:
        normalise(raw, country)
    assert not any(character.isdigit() for character in refused.value.message)


REGIONS = sorted(set(phonenumbers.SUPPORTED_REGIONS) - {"AR", "MX"})


@given(st.sampled_from(REGIONS))
def test_an_example_mobile_of_every_country_is_kept_as_it_is(region: str) -> None:
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if example is not None:
        e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        at_home = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        assert normalise(e164, region) == normalise(at_home, region) == e164


@given(st.text(max_size=20), st.sampled_from(["BD", "AR", "MX", "", "XX"]))
def test_any_text_gives_a_number_or_a_refusal(raw: str, country: str) -> None:
    try:
        kept = normalise(raw, country)
    except InvalidError:
        return
    assert normalise(kept, "") == kept


@pytest.mark.parametrize(
    ("e164", "seen"),
    [
        pytest.param("+8801711000001", "+880…01", id="Bangladesh"),
        pytest.param("+525512345678", "+52…78", id="Mexico"),
        pytest.param("+16502530000", "+1…00", id="one digit of country"),
        pytest.param("STOP", "…", id="a name of a sender"),
        pytest.param("12345", "…", id="a short code"),
        pytest.param("", "…", id="nothing"),
    ],
)
def test_a_masked_number_shows_its_country_and_two_digits(e164: str, seen: str) -> None:
    assert mask(e164) == seen
