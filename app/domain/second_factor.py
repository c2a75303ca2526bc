"""Codes beside a password: of an app's clock, by RFC 6238, and for recovery, each good once."""

from base64 import b32encode
from collections.abc import Callable
from datetime import datetime, timedelta
from hmac import compare_digest

STEP = timedelta(seconds=30)
_DRIFT = 1
"""Steps a phone's clock may be off, to either side (RFC 6238, 5.2, advises one)."""

RECOVERY_CODES = 10
RECOVERY_BYTES = 10
"""80 bits: more than anybody can try, so that a plain hash keeps them."""
_GROUP = 4


def step_at(now: datetime) -> int:
    """The number of the step of the app's clock."""
    return int(now.timestamp() // STEP.total_seconds())


def accepted_step(given: str, code_at: Callable[[int], str], now: datetime, used: int) -> int | None:
    """The step whose code was given; None where it is none of now, or not later than the last one `used`.

    Args:
        given: as typed.
        code_at: a step's code.
        now: the moment.
        used: the last step that was accepted: a code that somebody looked on at is worth nothing after its owner used it.
    """
    typed = "".join(given.split())
    around = range(step_at(now) - _DRIFT, step_at(now) + _DRIFT + 1)
    # All are compared, so that the time it takes tells nothing.
    fitting = [step for step in around if compare_digest(code_at(step).encode(), typed.encode())]
    return next((step for step in fitting if step > used), None)


def recovery_code(raw: bytes) -> str:
    """Random bytes as a person writes them down: `k3jd-9q2m-…`."""
    letters = b32encode(raw).decode().casefold().rstrip("=")
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def as_typed(code: str) -> str:
    """A recovery code without what people add or leave out."""
    return "".join(sign for sign in code.casefold() if sign.isalnum())
