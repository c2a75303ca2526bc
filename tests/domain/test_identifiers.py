"""Identifiers sort by time."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidError
from app.domain.identifiers import uuid7

# RFC 9562, appendix A.6.
RFC_EXAMPLE = UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")
RFC_MS = 1645557742000
MOMENTS = st.integers(0, 253402300799999)
BYTES = st.binary(min_size=10, max_size=10)


def test_the_example_of_the_rfc_is_made() -> None:
    rand_a, rand_b = 0xCC3, 0x18C4DC0C0C07398F
    assert uuid7(RFC_MS, (rand_a << 62 | rand_b).to_bytes(10, "big")) == RFC_EXAMPLE


@given(MOMENTS, BYTES)
def test_an_identifier_is_a_proper_version_7_and_begins_with_its_millisecond(ms: int, random: bytes) -> None:
    made = uuid7(ms, random)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == ms


@given(MOMENTS, MOMENTS, BYTES, BYTES)
def test_identifiers_sort_by_time_as_numbers_and_as_texts(one: int, other: int, left: bytes, right: bytes) -> None:
    first, second = uuid7(one, left), uuid7(other, right)
    if one != other:
        assert (one < other) == (first < second) == (str(first) < str(second))


@given(MOMENTS, BYTES, st.integers(0, 73))
def test_every_one_of_the_74_random_bits_counts(ms: int, random: bytes, bit: int) -> None:
    flipped = (int.from_bytes(random, "big") ^ 1 << bit).to_bytes(10, "big")
    assert uuid7(ms, random) != uuid7(ms, flipped)


@pytest.mark.parametrize(
    ("ms", "size"),
    [
        pytest.param(-1, 10, id="before 1970"),
        pytest.param(1 << 48, 10, id="beyond 48 bits"),
        pytest.param(RFC_MS, 9, id="too few bytes"),
        pytest.param(RFC_MS, 16, id="too many bytes"),
    ],
)
def test_what_cannot_make_an_identifier_is_refused(ms: int, size: int) -> None:
    with pytest.raises(InvalidError):
        uuid7(ms, bytes(size))
