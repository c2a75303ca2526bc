"""The life of a referral: a need offered to a service, from the draft to "did it help?"."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from app.domain.errors import TransitionError
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
    """Who takes a step: the NGO's case worker, the service, the worker by text, or who keeps Shiftline up."""

    REQUESTER = "requester"
    PROVIDER = "provider"
    WORKER = "worker"
    OPERATOR = "operator"


_S, _A = ReferralState, Actor
_REQUESTER = frozenset({_A.REQUESTER})
_PROVIDER = frozenset({_A.PROVIDER})
# A worker who withdraws and an operator who clears up may end a referral, but never speak for the service.
_ANYONE = frozenset(_A)
_CORRECTORS = frozenset({_A.REQUESTER, _A.OPERATOR})
# "Did it help? No" comes from the worker by text, or through the case worker who called.
_REOPENERS = frozenset({_A.WORKER, _A.REQUESTER})

TRANSITIONS: Mapping[ReferralState, Mapping[ReferralState, frozenset[Actor]]] = MappingProxyType(
    {
        _S.DRAFT: {_S.REQUESTED: _REQUESTER, _S.ENTERED_IN_ERROR: _CORRECTORS},
        _S.REQUESTED: {
            _S.ACCEPTED: _PROVIDER,
            _S.REJECTED: _PROVIDER,
            _S.CANCELLED: _ANYONE,
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
"""State → next state → who may set it: HL7 SDOH Clinical Care (Gravity Project), and three additions of ours.

Completed returns to requested when the worker says it did not help; the worker and the operator may cancel;
and a referral made in error may be marked so from every state, for the guide gives that state no place in the order.
"""

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
    raise TransitionError(f"A referral that is {state} cannot be set to {to} by the {actor}, who may set: {choice}")


def reopen(state: ReferralState, actor: Actor) -> ReferralState:
    """Asks the service again after "did it help? no"; the clock of the deadline starts anew.

    Raises:
        TransitionError: The referral is not completed, or the actor is neither the worker nor the requester.
    """
    if state is not ReferralState.COMPLETED:
        raise TransitionError(f"Only a completed referral can be reopened; this one is {state}")
    return transition(state, ReferralState.REQUESTED, actor)


def deadline(urgency: Urgency, since: datetime) -> datetime:
    """The instant by which a service should have answered a referral requested at `since` (aware)."""
    return since + DEADLINES[urgency]
