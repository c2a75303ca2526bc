"""Codes of an app's clock, by the vectors of RFC 6238, and recovery codes."""

from datetime import UTC, datetime, timedelta

import pytest
from pyotp.totp import TOTP

from app.domain.second_factor import accepted_step, as_typed, recovery_code, step_at

# RFC 6238, appendix B: the secret of the SHA-1 vectors; six of their eight digits.
APP = TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
THEN = datetime.fromtimestamp(1111111109, UTC)
STEP = 0x023523EC


def test_a_code_of_the_standards_own_table_is_taken() -> None:
    assert step_at(THEN) == STEP
    assert accepted_step("081804", APP.generate_otp, THEN, 0) == STEP
    assert accepted_step("081 804", APP.generate_otp, THEN, 0) == STEP


@pytest.mark.parametrize(
    ("seconds", "taken"),
    [
        pytest.param(-60, False, id="two steps early"),
        pytest.param(-30, True, id="a clock that goes before"),
        pytest.param(30, True, id="a clock that goes after"),
        pytest.param(60, False, id="two steps late"),
    ],
)
def test_a_phones_clock_may_be_one_step_off(seconds: int, *, taken: bool) -> None:
    found = accepted_step("081804", APP.generate_otp, THEN + timedelta(seconds=seconds), 0)
    assert (found == STEP) is taken


def test_no_code_is_taken_twice_nor_one_before_it() -> None:
    assert accepted_step("081804", APP.generate_otp, THEN, STEP) is None
    before = APP.generate_otp(STEP - 1)
    assert accepted_step(before, APP.generate_otp, THEN, STEP - 2) == STEP - 1
    assert accepted_step(before, APP.generate_otp, THEN, STEP - 1) is None


@pytest.mark.parametrize("typed", ["", "08180", "0818044", "০৮১৮০৪", "081805"])
def test_what_is_no_code_of_now_is_refused(typed: str) -> None:
    assert accepted_step(typed, APP.generate_otp, THEN, 0) is None


def test_a_recovery_code_is_read_however_it_is_typed() -> None:
    code = recovery_code(bytes(range(10)))
    assert code == "aaaq-eaye-auda-ocaj"
    assert len(as_typed(code)) == 16
    assert as_typed(f" {code.upper().replace('-', ' ')} ") == as_typed(code)
