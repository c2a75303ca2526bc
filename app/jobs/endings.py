"""What the end of a survey conversation means: a disposition and scores."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.conversation import Conversation, Ending, Purpose, expire, reached
from app.domain.dispositions import Case, Disposition, disposition_of
from app.domain.scoring import scores_of
from app.domain.survey import Survey
from app.store.answers import save_scores
from app.store.checks import close_unanswered
from app.store.conversations import Talk, save_talks
from app.store.database import Store
from app.store.needs import set_need_state
from app.store.outbox import cancel_conversations
from app.store.rounds import close_invitations, invitation_cases, set_disposition
from app.store.surveys import load_surveys
from app.store.sweeps import Lapse, Silence

_WITHOUT_A_WORD = frozenset({Ending.EXPIRED, Ending.UNCLEAR, Ending.STOPPED, Ending.WRONG_PERSON})


async def close_talks(store: Store, talks: Sequence[Talk], now: datetime, more: Sequence[UUID] = ()) -> None:
    """Save ended conversations, score their answers and give their invitations a disposition.

    Args:
        store: the open transaction.
        talks: conversations that just ended.
        now: the moment.
        more: invitations that end without a conversation, as when a round closes.
    """
    await save_talks(store, talks)
    await cancel_conversations(store, [talk.id for talk in talks], now)
    surveys = await load_surveys(store, {talk.survey for talk in talks if talk.survey})
    ended = {talk.invitation: talk for talk in talks if talk.invitation}
    cases = await invitation_cases(store, list({*ended, *more}))
    await close_invitations(store, [(row.id, _disposition(row, ended, surveys).value) for row in cases], now)
    scores = {
        invitation: scores_of(surveys[talk.survey], talk.state.answers)
        for invitation, talk in ended.items()
        if talk.survey
    }
    await save_scores(
        store,
        {invitation: given for invitation, given in scores.items() if given},
        {invitation: talk.programme for invitation, talk in ended.items()},
    )
    await _unanswered_offers(store, talks, now)


def lapsed(silence: Silence, survey: Survey) -> Lapse:
    """What becomes of survey conversations that stand so and are waited for no longer."""
    state, _ = expire(silence.state)
    disposition = disposition_of(invitation_case(silence, state, survey))
    return Lapse(silence.talks, state, disposition.value, scores_of(survey, state.answers))


async def score_again(store: Store, talk: Talk, survey: Survey) -> None:
    """The scores and the disposition of an ended conversation whose answers were amended."""
    if talk.invitation is None:
        return
    given = scores_of(survey, talk.state.answers)
    if given:
        await save_scores(store, {talk.invitation: given}, {talk.invitation: talk.programme})
    for row in await invitation_cases(store, [talk.invitation], closed=True):
        disposition = disposition_of(invitation_case(row, talk.state, survey))
        await set_disposition(store, talk.invitation, disposition.value)


async def _unanswered_offers(store: Store, talks: Sequence[Talk], now: datetime) -> None:
    """Silence is no consent: an offer lapses. A sensitive need stays with a person, who decides what is safe.

    Silence on "did it help?", once nobody asks again, ends the need.
    """
    # Nobody was asked anything new by the offer of a transfer: silence leaves the request where it is.
    silent = [talk for talk in talks if talk.need and talk.referral is None and talk.state.ending in _WITHOUT_A_WORD]
    for purpose, state in ((Purpose.OFFER, "declined"), (Purpose.SAFE_CALL, "person")):
        needs = [talk.need for talk in silent if talk.state.purpose is purpose and talk.need]
        await set_need_state(store, needs, state, now)
    checks = [talk.referral for talk in talks if talk.state.purpose is Purpose.CHECK and talk.referral]
    if checks:
        await close_unanswered(store, checks, now)


def _disposition(row: Any, ended: dict[UUID, Talk], surveys: dict[UUID, Survey]) -> Disposition:
    talk = ended.get(row.id)
    state = talk.state if talk else Conversation.from_json(row.state) if row.state else None
    survey = surveys[talk.survey] if talk and talk.survey else None
    return disposition_of(invitation_case(row, state, survey))


def invitation_case(row: Any, state: Conversation | None, survey: Survey | None) -> Case:
    """What is known of an invitation, as the table of dispositions asks for it."""
    ending = state.ending if state else None
    silent = state is None or (not state.answers and ending in {None, Ending.EXPIRED})
    return Case(
        attempted=row.begun and (row.sent or row.failed),
        delivered=True if row.delivered else False if row.failed else None,
        roster_confirmed=row.confirmed,
        answered=row.answered,
        complete=ending is Ending.COMPLETE,
        reached_partial=bool(state and survey and reached(state, survey, survey.partial_after)),
        refused=ending is Ending.REFUSED,
        stopped=ending is Ending.STOPPED or (row.consent == "withdrawn" and silent),
        dead_number=False,
        not_eligible=ending is Ending.WRONG_PERSON,
        only_unclear=bool(state and not row.answered and state.unclear > 0),
    )
