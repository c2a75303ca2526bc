"""Identifiers that sort by the time they were made (UUID version 7)."""

from uuid import UUID

from app.domain.errors import InvalidError

RANDOM_BYTES = 10
"""How many random bytes an identifier takes; 74 of their 80 bits are used."""

_VERSION, _VARIANT = 7, 0b10
_MILLISECONDS_END = 1 << 48


def uuid7(unix_ms: int, random: bytes) -> UUID:
    """A version 7 UUID (RFC 9562, 5.7): 48 bits of time, 4 of version, 12 random, 2 of variant, 62 random.

    Args:
        unix_ms: Milliseconds since 1970 in UTC.
        random: `RANDOM_BYTES` unpredictable bytes.

    Raises:
        InvalidError: The time does not fit 48 bits, or the random bytes are too few or too many.
    """
    if not 0 <= unix_ms < _MILLISECONDS_END:
        raise InvalidError("The time of an identifier lies between 1970 and the year 10889")
    if len(random) != RANDOM_BYTES:
        raise InvalidError(f"An identifier takes {RANDOM_BYTES} random bytes")
    bits = int.from_bytes(random, "big")
    rand_a, rand_b = bits >> 62 & 0xFFF, bits & (1 << 62) - 1
    return UUID(int=unix_ms << 80 | _VERSION << 76 | rand_a << 64 | _VARIANT << 62 | rand_b)
