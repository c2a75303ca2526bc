"""What it means for a person that a text did not reach them."""

from datetime import datetime
from uuid import UUID

from app.carriers.protocol import Cause
from app.domain.conversation import ConsentAct, expire
from app.domain.dispositions import Disposition
from app.jobs.endings import close_talks
from app.store.conversations import people_of
from app.store.database import Store
from app.store.outbox import cancel_queued
from app.store.requests import pause_referrals
from app.store.rounds import close_invitations, mark_undelivered
from app.store.workers import set_stopped, write_consent


async def after_failure(store: Store, identity: UUID, invitation: UUID | None, cause: str, now: datetime) -> None:
    """An opt-out at the carrier is one here; a number that does not exist ends what was asked of it."""
    person = (await people_of(store, [identity]))[identity]
    if cause == Cause.OPTED_OUT.value and person.worker and person.consent != "withdrawn":
        await write_consent(store, [(person.programme, person.worker, ConsentAct.WITHDRAWN)], "carrier", {}, now)
        await set_stopped(store, [identity], stopped=True)
        await cancel_queued(store, [identity], now)
        # No text can ask whether it shall go on: nobody contacts them, and the programme's people see that it waits.
        await pause_referrals(store, person.worker, now)
    if invitation is not None:
        await mark_undelivered(store, invitation, now)
        if cause == Cause.BAD_NUMBER.value:
            await close_invitations(store, [(invitation, Disposition.NOT_ELIGIBLE.value)], now)
    ends = cause in {Cause.OPTED_OUT.value, Cause.BAD_NUMBER.value}
    if ends and person.talk is not None:
        state, _ = expire(person.talk.state)
        await close_talks(store, [person.talk.moved(state)], now)
