"""How long a sign-in is refused after tries that failed: nothing at first, then twice as long each time, never for ever.

NIST SP 800-63B asks that guessing be throttled. A wait that grows stops a program and hardly a person; one without an end
would let anybody lock anybody out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """After `free` failures the wait is `first`, doubled with each, `longest` at most; after `forgotten` they count no more."""

    free: int
    first: timedelta
    longest: timedelta
    forgotten: timedelta


OF_ACCOUNT = Policy(5, timedelta(seconds=10), timedelta(minutes=15), timedelta(days=1))
OF_ADDRESS = Policy(30, timedelta(seconds=10), timedelta(minutes=15), timedelta(days=1))
"""Of a network address, behind which a whole office may sit."""


@dataclass(frozen=True, slots=True)
class Tries:
    """Failures in a row, and when the last was."""

    failures: int
    last_at: datetime


def still_counted(policy: Policy, tries: Tries, now: datetime) -> int:
    """The failures that are not forgotten yet."""
    return tries.failures if now - tries.last_at < policy.forgotten else 0


def is_refused(policy: Policy, tries: Tries, now: datetime) -> bool:
    """Whether a try is refused unread, whatever it holds."""
    over = still_counted(policy, tries, now) - policy.free
    return over >= 0 and now - tries.last_at < _wait(policy, over)


def _wait(policy: Policy, over: int) -> timedelta:
    # Bounded before it is doubled: 2**1000 seconds is no duration.
    doublings = min(over, (policy.longest // policy.first).bit_length())
    return min(policy.longest, policy.first * 2**doublings)
