"""What became of the needs, as tables of a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.web.pages import formats
from app.web.pages.languages import gettext, marked

NEED_STATES: Mapping[str, tuple[str, str]] = {
    "new": (marked("New"), marked("not taken up yet")),
    "asked": (marked("Asked"), marked("the worker was asked whether a service may be told")),
    "referred": (marked("Referred"), marked("with a service")),
    "person": (marked("With a person"), marked("the programme's own people have it")),
    "unmatched": (marked("No service"), marked("no service in the registry fits")),
    "declined": (marked("Declined"), marked("the worker wanted no help with it")),
    "closed": (marked("Closed"), marked("dealt with")),
}
_REFERRAL_STATES = (
    "draft", "requested", "accepted", "in-progress", "on-hold", "completed", "rejected", "failed", "cancelled",
    "entered-in-error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counted:
    """A count of people with its share of the whole, 0–1."""

    name: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class NeedTable:
    """Categories by state: the states in use, and a row of counts and its sum for each category."""

    states: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, Sequence[int], int]]
    sums: Sequence[int]
    whole: int


def need_table(needs: Sequence[Mapping[str, Any]]) -> NeedTable:
    """Needs by category and state; states nobody is in are left out."""
    counts = {(row["category"], row["state"]): int(row["count"]) for row in needs}
    used = [state for state in NEED_STATES if any(key[1] == state for key in counts)]
    rows = [
        (formats.named(category), [counts.get((category, state), 0) for state in used], _sum(counts, category))
        for category in sorted({key[0] for key in counts})
    ]
    sums = [sum(row[1][index] for row in rows) for index in range(len(used))]
    return NeedTable(
        [(gettext(name), gettext(told)) for name, told in (NEED_STATES[state] for state in used)],
        rows,
        sums,
        sum(counts.values()),
    )


def _sum(counts: Mapping[tuple[str, str], int], category: str) -> int:
    return sum(count for key, count in counts.items() if key[0] == category)


def referral_states(referrals: Sequence[Mapping[str, Any]]) -> Sequence[Counted]:
    """Referrals by state, in the order of their life."""
    counts = {row["state"]: int(row["count"]) for row in referrals}
    found = [state for state in _REFERRAL_STATES if state in counts]
    return shares([(formats.named(state), counts[state]) for state in found])


def helped(counts: Mapping[str, int]) -> Sequence[Counted]:
    """The workers' yes and no to "did it help?"; empty where nobody said."""
    found = shares([(gettext("Yes"), counts["yes"]), (gettext("No"), counts["no"])])
    return found if any(row.count for row in found) else []


def shares(counts: Sequence[tuple[str, int]], whole: int | None = None) -> Sequence[Counted]:
    """Counts with their share of `whole`, or of their sum."""
    of = sum(count for _, count in counts) if whole is None else whole
    return [Counted(name, count, count / of if of else 0.0) for name, count in counts]
