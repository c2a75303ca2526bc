"""Which passwords are refused."""

import pytest

from app.domain.passwords import as_kept, fault_of

COMMON = frozenset({"1q2w3e4r5t6y"})
ABOUT = ("Rahima Khatun", "rahima.khatun@example.org")


@pytest.mark.parametrize(
    ("password", "good"),
    [
        pytest.param("harbour kettle violet", True, id="words"),
        pytest.param("aq7TzW!m4xPe", True, id="twelve of chance"),
        pytest.param("নদীর ধারে পুরনো বটগাছ", True, id="another script"),
        pytest.param("aq7TzW!m4xP", False, id="eleven"),
        pytest.param("ab cd ef" * 33, False, id="longer than what is hashed"),
        pytest.param("1Q2w3e4r5t6y", False, id="common, in capitals"),
        pytest.param("aaaabbbbaaab", False, id="few kinds of letters"),
        pytest.param("harbourharbour", False, id="a word twice"),
        pytest.param("abcdefghijklm", False, id="an alphabet"),
        pytest.param("0987654321098", False, id="digits downwards, over the nought"),
        pytest.param("RahimaKhatun1", False, id="a name"),
        pytest.param("shiftline-2026", False, id="this service"),
        pytest.param("rahima likes violets", True, id="a name within more"),
    ],
)
def test_a_password_is_refused_for_being_short_common_or_plain_alone(password: str, *, good: bool) -> None:
    assert (fault_of(password, COMMON, ABOUT) == "") is good


def test_a_password_is_the_same_from_another_keyboard() -> None:
    assert as_kept("cafe\u0301 \u2460") == as_kept("caf\u00e9 1")
