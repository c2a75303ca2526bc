"""Who may bring a referral where, and by when."""

from datetime import UTC, datetime

import pytest

from app.domain.errors import TransitionError
from app.domain.referral import TRANSITIONS, Actor, ReferralState, allowed_next, deadline, transition
from app.domain.survey.model import Urgency

S = ReferralState
WORKING = (S.REQUESTED, S.ACCEPTED, S.IN_PROGRESS, S.ON_HOLD)

# The guide's life cycle, written out a second time, so that a slip in the table shows.
BY_THE_PROVIDER = {
    "draft": "",
    "requested": "accepted rejected cancelled",
    "accepted": "in-progress on-hold completed failed cancelled",
    "in-progress": "completed failed cancelled",
    "on-hold": "in-progress completed failed cancelled",
    "completed": "",
    "rejected": "",
    "failed": "",
    "cancelled": "",
    "entered-in-error": "",
}
BY_THE_REQUESTER = {
    "draft": "requested entered-in-error",
    "requested": "cancelled entered-in-error",
    "accepted": "cancelled entered-in-error",
    "in-progress": "cancelled entered-in-error",
    "on-hold": "cancelled entered-in-error",
    "completed": "requested entered-in-error",
    "rejected": "entered-in-error",
    "failed": "entered-in-error",
    "cancelled": "entered-in-error",
    "entered-in-error": "",
}


def steps(actor: Actor) -> dict[str, str]:
    return {str(state): " ".join(allowed_next(state, actor)) for state in S}


def test_the_provider_answers_works_and_ends() -> None:
    assert steps(Actor.PROVIDER) == BY_THE_PROVIDER


def test_the_requester_asks_cancels_corrects_and_reopens() -> None:
    assert steps(Actor.REQUESTER) == BY_THE_REQUESTER


def test_the_worker_may_only_withdraw_and_say_that_it_did_not_help() -> None:
    may = {state: allowed_next(state, Actor.WORKER) for state in S}
    assert may == {
        state: (S.CANCELLED,) if state in WORKING else (S.REQUESTED,) if state is S.COMPLETED else () for state in S
    }


def test_the_operator_clears_up_and_never_speaks_for_the_service_or_the_worker() -> None:
    set_by_operator = {to for state in S for to in allowed_next(state, Actor.OPERATOR)}
    assert set_by_operator == {S.CANCELLED, S.ENTERED_IN_ERROR}


def test_every_state_stands_in_the_table_and_no_step_leads_to_where_it_is() -> None:
    assert set(TRANSITIONS) == set(S)
    assert not any(state in following for state, following in TRANSITIONS.items())


@pytest.mark.parametrize("actor", Actor)
@pytest.mark.parametrize("to", S)
@pytest.mark.parametrize("state", S)
def test_a_step_is_taken_when_the_table_knows_it_and_refused_otherwise(state: S, to: S, actor: Actor) -> None:
    if actor in TRANSITIONS[state].get(to, ()):
        assert transition(state, to, actor) is to
    else:
        with pytest.raises(TransitionError):
            transition(state, to, actor)


def test_a_refusal_names_the_steps_that_are_allowed() -> None:
    with pytest.raises(
        TransitionError, match=r"requested cannot be set to completed by the provider.*: accepted, rejected, cancelled$"
    ):
        transition(S.REQUESTED, S.COMPLETED, Actor.PROVIDER)
    with pytest.raises(TransitionError, match="may set: nothing"):
        transition(S.REJECTED, S.ACCEPTED, Actor.PROVIDER)


@pytest.mark.parametrize("actor", [Actor.WORKER, Actor.REQUESTER])
def test_a_completed_referral_that_did_not_help_is_asked_again(actor: Actor) -> None:
    assert transition(S.COMPLETED, S.REQUESTED, actor) is S.REQUESTED


@pytest.mark.parametrize(
    ("state", "actor"),
    [
        pytest.param(S.COMPLETED, Actor.PROVIDER, id="the service may not reopen its own"),
        pytest.param(S.COMPLETED, Actor.OPERATOR, id="nor the operator"),
        pytest.param(S.REJECTED, Actor.WORKER, id="a rejected need goes to another service"),
    ],
)
def test_nothing_else_is_reopened(state: S, actor: Actor) -> None:
    with pytest.raises(TransitionError):
        transition(state, S.REQUESTED, actor)


@pytest.mark.parametrize(
    ("urgency", "by"),
    [
        pytest.param(Urgency.EMERGENCY, "2026-11-25T08:00Z", id="emergency, 24 hours"),
        pytest.param(Urgency.URGENT, "2026-11-27T08:00Z", id="urgent, 72 hours"),
        pytest.param(Urgency.NORMAL, "2026-12-08T08:00Z", id="normal, two weeks"),
    ],
)
def test_the_deadline_follows_the_urgency(urgency: Urgency, by: str) -> None:
    assert deadline(urgency, datetime(2026, 11, 24, 8, tzinfo=UTC)) == datetime.fromisoformat(by)
