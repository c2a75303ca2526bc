"""The life of a referral: a need offered to a service, from the draft to "did it help?"."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from app.domain.errors import TransitionError
from app.domain.phrases import phrase
from app.domain.survey.model import Urgency


class ReferralState(StrEnum):
    """The states of a request and its task in HL7's SDOH Clinical Care guide."""

    DRAFT = "draft"
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_PROGRESS = "in-progress"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered-in-error"


class Actor(StrEnum):
    """Who takes a step: the NGO's case worker, the service, the worker by text, who keeps Shiftline up, or its clock."""

    REQUESTER = "requester"
    PROVIDER = "provider"
    WORKER = "worker"
    OPERATOR = "operator"
    CLOCK = "clock"


class Cause(StrEnum):
    """Why a step was taken, where the step alone does not tell."""

    NONE = ""
    NO_ANSWER = "no-answer"
    """The service let its deadline pass."""
    GONE = "service-gone"
    """The service closed down before it answered."""
    TRANSFERRED = "transferred"
    """The worker agreed to another service instead."""
    WITHDRAWN = "withdrawn"
    """The worker ended it by text."""
    STOPPED = "stopped"
    """The worker opted out of all texts, and did not ask that it go on."""
    ERASED = "erased"
    """The worker's data were erased."""
    JOINED = "joined"
    """The need was the same as another one."""
    NOT_HELPED = "not-helped"
    """The worker said that it did not help."""


_S, _A = ReferralState, Actor
_REQUESTER = frozenset({_A.REQUESTER})
_PROVIDER = frozenset({_A.PROVIDER})
# A worker who withdraws and an operator who clears up may end a referral, but never speak for the service.
_ANYONE = frozenset({_A.REQUESTER, _A.PROVIDER, _A.WORKER, _A.OPERATOR})
# A deadline that passed ends what nobody answered, and nothing that somebody took on.
_OR_CLOCK = _ANYONE | {_A.CLOCK}
_CORRECTORS = frozenset({_A.REQUESTER, _A.OPERATOR})
# "Did it help? No" comes from the worker by text, or through the case worker who called.
_REOPENERS = frozenset({_A.WORKER, _A.REQUESTER})

TRANSITIONS: Mapping[ReferralState, Mapping[ReferralState, frozenset[Actor]]] = MappingProxyType(
    {
        _S.DRAFT: {_S.REQUESTED: _REQUESTER, _S.ENTERED_IN_ERROR: _CORRECTORS},
        _S.REQUESTED: {
            _S.ACCEPTED: _PROVIDER,
            _S.REJECTED: _PROVIDER,
            _S.CANCELLED: _OR_CLOCK,
            _S.ENTERED_IN_ERROR: _CORRECTORS,
        },
        _S.ACCEPTED: {
            _S.IN_PROGRESS: _PROVIDER,
            _S.ON_HOLD: _PROVIDER,
            _S.COMPLETED: _PROVIDER,
            _S.FAILED: _PROVIDER,
            _S.CANCELLED: _ANYONE,
            _S.ENTERED_IN_ERROR: _CORRECTORS,
        },
        _S.IN_PROGRESS: {
            _S.COMPLETED: _PROVIDER,
            _S.FAILED: _PROVIDER,
            _S.CANCELLED: _ANYONE,
            _S.ENTERED_IN_ERROR: _CORRECTORS,
        },
        _S.ON_HOLD: {
            _S.IN_PROGRESS: _PROVIDER,
            _S.COMPLETED: _PROVIDER,
            _S.FAILED: _PROVIDER,
            _S.CANCELLED: _ANYONE,
            _S.ENTERED_IN_ERROR: _CORRECTORS,
        },
        _S.COMPLETED: {_S.REQUESTED: _REOPENERS, _S.ENTERED_IN_ERROR: _CORRECTORS},
        _S.REJECTED: {_S.ENTERED_IN_ERROR: _CORRECTORS},
        _S.FAILED: {_S.ENTERED_IN_ERROR: _CORRECTORS},
        _S.CANCELLED: {_S.ENTERED_IN_ERROR: _CORRECTORS},
        _S.ENTERED_IN_ERROR: {},
    }
)
"""State → next state → who may set it: HL7 SDOH Clinical Care (Gravity Project), and four additions of ours.

Completed returns to requested when the worker says it did not help; the worker and the operator may cancel; so does the
clock what no service answered in time; and a referral made in error may be marked so from every state, for the guide
gives that state no place in the order.
"""

OPEN = frozenset({_S.REQUESTED, _S.ACCEPTED, _S.IN_PROGRESS, _S.ON_HOLD})
"""With a service: it counts as load, and takes one of the service's places."""

WITH_SERVICE = OPEN - {_S.REQUESTED}
"""Taken on: only now does the service see the contact."""

CHECK_AGAIN = timedelta(days=3)
"""After so long a silence a worker is asked once more whether it helped."""

NOT_YET = timedelta(days=7)
"""When a worker who said "not yet" is asked again."""

MOST_CHECKS = 4
"""So often a worker is asked at the most, however often they say "not yet"."""

UNASKED = timedelta(days=60)
"""So long after a service was done a worker who could not be asked whether it helped is not asked any more."""

MOST_SERVICES = 3
"""So many services are asked in vain before a person of the NGO takes a need up: nobody is sent round in circles."""

DEADLINES: Mapping[Urgency, timedelta] = MappingProxyType(
    {Urgency.EMERGENCY: timedelta(hours=24), Urgency.URGENT: timedelta(hours=72), Urgency.NORMAL: timedelta(days=14)}
)
"""How long a service has to answer, as is the practice of humanitarian referral."""


def allowed_next(state: ReferralState, actor: Actor) -> tuple[ReferralState, ...]:
    """The states to which this actor may bring a referral, in the order of the table."""
    return tuple(to for to, actors in TRANSITIONS[state].items() if actor in actors)


def transition(state: ReferralState, to: ReferralState, actor: Actor) -> ReferralState:
    """Takes a step.

    Returns:
        The new state, `to`.

    Raises:
        TransitionError: The table does not know the step, or not from this actor; the message names those it knows.
    """
    allowed = allowed_next(state, actor)
    if to in allowed:
        return to
    choice = ", ".join(allowed) or "nothing"
    raise TransitionError(
        phrase(
            "A referral that is {state} cannot be set to {to} by the {actor}, who may set: {choice}",
            state=state,
            to=to,
            actor=actor,
            choice=choice,
        )
    )


class Age(StrEnum):
    """How a referral's waiting stands against the time there is for it."""

    FRESH = "fresh"
    DUE = "due"
    OVERDUE = "overdue"


_DUE_SOON = 4  # the last quarter of the time


def age(state: ReferralState, urgency: Urgency, since: datetime, now: datetime) -> Age:
    """How long an open referral stands where it stands; one that is not open is always fresh.

    Acknowledged is not helped: what a service took on ages by the same measure, from its last step.

    Args:
        state: of the referral.
        urgency: of the need.
        since: when the last step was taken.
        now: the moment.
    """
    if state not in OPEN:
        return Age.FRESH
    time = DEADLINES[urgency]
    if now >= since + time:
        return Age.OVERDUE
    return Age.DUE if now >= since + time - time / _DUE_SOON else Age.FRESH


ALERT_EVERY: Mapping[Urgency, timedelta] = MappingProxyType(
    {Urgency.EMERGENCY: timedelta(minutes=30), Urgency.URGENT: timedelta(hours=4)}
)
"""How often a focal point is told again of a sensitive case that nobody acknowledged."""


def deadline(urgency: Urgency, since: datetime) -> datetime:
    """The instant by which a service should have answered a referral requested at `since` (aware)."""
    return since + DEADLINES[urgency]
