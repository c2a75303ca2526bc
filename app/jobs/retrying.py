"""How often, and after how long, a text is tried again; and which failures a person can mend."""

from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import SystemRandom

from app.carriers.protocol import Cause, Retry

Chance = Callable[[], float]
"""A number in [0, 1), each time another; tests give one they know."""

dice: Chance = SystemRandom().random

_MOST_ATTEMPTS = 8
_LONGEST_WAIT = timedelta(hours=1)
_JITTER = 0.25
_LONGEST_PAUSE = timedelta(minutes=5)
_LATER = timedelta(hours=4)

_BEYOND_MENDING = frozenset({Cause.OPTED_OUT.value, Cause.BAD_NUMBER.value, Cause.UNREACHABLE.value})


def next_try(retry: Retry, attempts: int, now: datetime, chance: Chance) -> datetime | None:
    """When a text is tried again; None where it was tried often enough.

    The wait doubles with each try, up to an hour or what the carrier asked for, and is spread over a quarter more,
    so that what failed together does not come back together.

    Args:
        retry: what the carrier said.
        attempts: how often the text was handed over, the last time counted.
        now: the moment.
        chance: spreads.
    """
    if attempts >= (retry.attempts or _MOST_ATTEMPTS):
        return None
    grown = min(retry.after * 2 ** (attempts - 1), max(retry.after, _LONGEST_WAIT))
    return now + grown * (1 + _JITTER * chance())


def pause_after(retry: Retry) -> timedelta:
    """How long a sender hands over nothing more: the others would only be refused, and spend their tries, too."""
    return min(retry.after, _LONGEST_PAUSE) if retry.cause is Cause.BUSY else timedelta(0)


def later_try(cause: str, now: datetime, chance: Chance) -> datetime | None:
    """When a text that a report says reached no phone is sent once more; None where that is of no use.

    A phone that was off may be on later. Every other failure would come again.
    """
    return now + _LATER * (1 + _JITTER * chance()) if cause == Cause.UNREACHABLE.value else None


def mendable(cause: str | None) -> bool:
    """Whether a person can mend why a text failed, and have it sent again: no person changes a number or a wish."""
    return cause not in _BEYOND_MENDING
