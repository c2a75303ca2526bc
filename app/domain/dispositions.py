"""Who answered: the AAPOR disposition of a case, and the outcome rates of a round.

Source of all rates: The American Association for Public Opinion Research, Standard Definitions (10th edition, 2023).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Disposition(StrEnum):
    """How an invitation ended. People are counted, not texts."""

    COMPLETE = "complete"  # I
    PARTIAL = "partial"  # P
    REFUSAL = "refusal"  # R, and break-off
    NON_CONTACT = "non-contact"  # NC
    OTHER = "other"  # O
    UNKNOWN = "unknown"  # U
    NOT_ELIGIBLE = "not-eligible"  # NE
    NOT_ATTEMPTED = "not-attempted"  # outside every rate, reported beside them


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one invitation when it closes.

    `delivered` is None while the carrier has not told; `answered` counts recorded answers; `not_eligible` is someone
    who is not a worker here or is under age; `only_unclear` means that replies came and none could be understood.
    """

    attempted: bool = True
    delivered: bool | None = None
    roster_confirmed: bool = False
    answered: int = 0
    complete: bool = False
    reached_partial: bool = False
    refused: bool = False
    stopped: bool = False
    dead_number: bool = False
    not_eligible: bool = False
    only_unclear: bool = False
    language_not_offered: bool = False


def disposition_of(case: Case) -> Disposition:  # noqa: PLR0911 - a table with a row for each return
    """The disposition of a case. What a person told us goes before what a carrier did."""
    if not case.attempted:
        return Disposition.NOT_ATTEMPTED
    if case.not_eligible:
        return Disposition.NOT_ELIGIBLE
    if case.complete:
        return Disposition.COMPLETE
    if case.reached_partial:
        return Disposition.PARTIAL
    if case.refused or case.stopped or case.answered > 0:
        return Disposition.REFUSAL
    if case.only_unclear or case.language_not_offered:
        return Disposition.OTHER
    return _silent(case)


def _silent(case: Case) -> Disposition:
    if case.dead_number:
        return Disposition.NOT_ELIGIBLE
    # Silence after delivery is a worker only where the employer's roster says that a worker holds this number.
    return Disposition.NON_CONTACT if case.delivered and case.roster_confirmed else Disposition.UNKNOWN


@dataclass(frozen=True, slots=True)
class OutcomeRates:
    """Shares, 0–1; None where nobody is in the denominator.

    `e` is the share of the unknown that is taken to be eligible, as among the known. RR1–RR6, COOP1–COOP4, REF1–REF3
    and CON1–CON3 are AAPOR's response, cooperation, refusal and contact rates. Publish the survey's partial point
    beside them.
    """

    e: float | None
    rr1: float | None
    rr2: float | None
    rr3: float | None
    rr4: float | None
    rr5: float | None
    rr6: float | None
    coop1: float | None
    coop2: float | None
    coop3: float | None
    coop4: float | None
    ref1: float | None
    ref2: float | None
    ref3: float | None
    con1: float | None
    con2: float | None
    con3: float | None


def outcome_rates(counts: Mapping[Disposition, int]) -> OutcomeRates:
    """The outcome rates of people counted by disposition; a disposition left out counts nobody.

    Raises:
        ValueError: A count is negative.
    """
    if min(counts.values(), default=0) < 0:
        raise ValueError("a count of people cannot be negative")
    complete, partial, refusal, non_contact, other, unknown, not_eligible, _ = (
        counts.get(kind, 0) for kind in Disposition
    )
    answered, reached = complete + partial, complete + partial + refusal + other
    eligible = reached + non_contact
    e = _share(eligible, eligible + not_eligible)
    # The three denominators: all the unknown, those likely eligible, none.
    every, likely = eligible + unknown, None if e is None else eligible + e * unknown
    return OutcomeRates(
        e=e,
        rr1=_share(complete, every),
        rr2=_share(answered, every),
        rr3=_share(complete, likely),
        rr4=_share(answered, likely),
        rr5=_share(complete, eligible),
        rr6=_share(answered, eligible),
        coop1=_share(complete, reached),
        coop2=_share(answered, reached),
        coop3=_share(complete, answered + refusal),
        coop4=_share(answered, answered + refusal),
        ref1=_share(refusal, every),
        ref2=_share(refusal, likely),
        ref3=_share(refusal, eligible),
        con1=_share(reached, every),
        con2=_share(reached, likely),
        con3=_share(reached, eligible),
    )


def _share(part: float, whole: float | None) -> float | None:
    return part / whole if whole else None
