"""A step of a referral, whoever takes it, and what follows: the worker is told, the need moves on, the check is due."""

from datetime import datetime
from uuid import UUID

from app.domain.errors import ConflictError
from app.domain.referral import MOST_SERVICES, OPEN, Actor, Cause, ReferralState, deadline, transition
from app.domain.wording import Say
from app.jobs.context import Context
from app.jobs.naming import told_name
from app.jobs.routing import channels_for
from app.store.checks import set_check
from app.store.database import Store
from app.store.needs import set_need_state
from app.store.outbox import NOTICE, Outgoing, enqueue
from app.store.referrals import Referral, give_back, open_referral_of, step_referral, tried_services
from app.store.workers import may_be_told

_TOLD = {
    ReferralState.ACCEPTED: "provider_accepted",
    ReferralState.IN_PROGRESS: "provider_started",
    ReferralState.ON_HOLD: "provider_waits",
    ReferralState.REJECTED: "provider_declined",
    ReferralState.FAILED: "provider_declined",
}
_SILENT = frozenset({Cause.TRANSFERRED, Cause.WITHDRAWN, Cause.STOPPED, Cause.ERASED, Cause.JOINED})
"""Ends the worker chose themselves, or need not know of; the text that answers them says what there is to say."""


async def take_step(
    store: Store,
    context: Context,
    referral: Referral,
    to: ReferralState,
    actor: Actor,
    now: datetime,
    cause: Cause = Cause.NONE,
) -> None:
    """Take a step of a locked referral and do what follows from it.

    Raises:
        TransitionError: the life cycle does not know the step, or not from this actor.
        ConflictError: it is to be opened again, and the service takes nobody, or the need is elsewhere by now.
    """
    state = transition(referral.state, to, actor)
    reopened = deadline(referral.urgency, now) if state is ReferralState.REQUESTED else None
    if reopened is not None and not await give_back(store, referral, now):
        raise ConflictError("The service takes nobody now, or the need is no longer with it; it cannot be asked again.")
    await step_referral(store, referral, state, actor, now, deadline=reopened, cause=cause)
    await set_check(store, referral.id, now if state is ReferralState.COMPLETED else None, anew=True)
    lost = _lost(state, actor)
    if lost:
        await look_on(store, referral.need, now)
    elif state in _ENDED and cause not in _ELSEWHERE and await _has_need(store, referral):
        await set_need_state(store, [referral.need], "closed", now)
    if cause not in _SILENT:
        await _tell(store, context, referral, _text(state, lost=lost), now)


async def look_on(store: Store, need: UUID, now: datetime) -> None:
    """Another service is looked for; after the third in vain a person has the need."""
    tries = len(await tried_services(store, need))
    await set_need_state(store, [need], "person" if tries >= MOST_SERVICES else "new", now)


_ENDED = frozenset({ReferralState.CANCELLED, ReferralState.ENTERED_IN_ERROR})
_ELSEWHERE = frozenset({Cause.TRANSFERRED, Cause.JOINED})
"""Ends of a referral that leave its need where it is."""


async def _has_need(store: Store, referral: Referral) -> bool:
    """Whether the need stood with this referral until its last step, and not with another one that followed it."""
    held = referral.state in OPEN or referral.state is ReferralState.COMPLETED
    return held and await open_referral_of(store, referral.need) is None


def _lost(state: ReferralState, actor: Actor) -> bool:
    """Whether the service will not do it, while the worker still needs it: another one is looked for."""
    if state is ReferralState.CANCELLED:
        return actor in {Actor.PROVIDER, Actor.CLOCK}
    return state in {ReferralState.REJECTED, ReferralState.FAILED}


def _text(state: ReferralState, *, lost: bool) -> str:
    if lost:
        return "provider_declined"
    return "request_ended" if state is ReferralState.CANCELLED else _TOLD.get(state, "")


async def _tell(store: Store, context: Context, referral: Referral, key: str, now: datetime) -> None:
    if not key or referral.identity is None or not await may_be_told(store, referral.worker):
        return
    found = await channels_for(store, context, [(referral.programme, referral.identity)], now)
    channel = found.get(referral.identity)
    if channel is None:
        return
    name = await told_name(store, context, referral.programme, referral.service, referral.language)
    say = Say(key, fields={"service": name})
    text = Outgoing(
        referral.programme, referral.identity, channel.id, channel.carrier, say, referral.language, NOTICE
    )  # fmt: skip
    await enqueue(store, [text], now)
