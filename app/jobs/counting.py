"""What is counted of a round's people before any figure: how far they came, who was asked, who needs help."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from app.domain.disclosure import Column
from app.domain.dispositions import Disposition, outcome_rates
from app.store.rollups import CaseCount

PENDING: Final = "pending"
_FUNNEL = {
    "invited": "invited", "sent": "sent", "delivered": "delivered", "started": "started", "complete": "complete",
    "partial": "partial", "refused": "refusal", "reminded": "reminded",
}  # fmt: skip


def _steps(cases: Iterable[CaseCount]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in cases:
        if not row.split:
            counts[row.step] += row.n
    return counts


def funnel(cases: Sequence[CaseCount]) -> dict[str, int]:
    """The whole round in people: invited, sent, delivered, started, complete, partial, refused, reminded."""
    steps = _steps(cases)
    return {name: steps[step] for name, step in _FUNNEL.items()}


_NEEDS = {"needs": "in_need", "referrals": "referred"}
"""What a brand reads of needs, and how many people stand behind it."""


def held(now: Mapping[str, int], former: Mapping[str, Any] | None, k: int) -> dict[str, int]:
    """The needs and referrals that a brand may be told of: as before, until k people more have one.

    Counted anew at every look, their number would tell when somebody asked for help.
    """
    before: Mapping[str, int] = former["funnel"] if former else {}
    kept: dict[str, int] = {}
    for count, people in _NEEDS.items():
        known = now if now[people] - before.get(people, 0) >= k else before
        kept |= {name: known.get(name, 0) for name in (count, people)}
    return kept


def rates(cases: Sequence[CaseCount]) -> dict[str, float | None]:
    """The outcome rates of the whole round; whoever has no disposition yet counts as unknown."""
    counts: Counter[Disposition] = Counter()
    for step, n in _steps(cases).items():
        if step == PENDING or step in set(Disposition):
            counts[Disposition.UNKNOWN if step == PENDING else Disposition(step)] += n
    return {
        name: None if value is None else round(value, 6) for name, value in asdict(outcome_rates(counts)).items()
    } if counts else {}  # fmt: skip


def heads(cases: Iterable[CaseCount]) -> dict[str, str]:
    """The largest category of each filter among the invited: they are there from the start."""
    invited: dict[str, Counter[str]] = defaultdict(Counter)
    for row in cases:
        if row.split and row.step == "invited":
            invited[row.split][row.category] += row.n
    return {split: max(sorted(counts), key=lambda name, of=counts: of[name]) for split, counts in invited.items()}


def asked_of(cases: Iterable[CaseCount]) -> Mapping[UUID, Sequence[Column]]:
    """The sites where a round was asked, with the categories of those who were.

    All of them have a cell in every table: where a question is asked only of some, a cell that appears with the first to
    answer it would tell of them.
    """
    found: dict[UUID, set[Column]] = defaultdict(set)
    for row in cases:
        found[row.site].add((row.split, row.category))
    return {site: sorted(columns) for site, columns in found.items()}
