"""Replies nobody understood, coded by hand: the answer, the needs it raises, and a proposal for the tables of words."""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from app.domain.conversation import Effect, Flag, amend, coded
from app.domain.errors import ConflictError, ForbiddenError
from app.domain.scoring import sensitive_questions
from app.domain.survey import Kind, Question, Survey
from app.domain.understanding import Understanding, one_form
from app.jobs.context import Context
from app.jobs.endings import score_again
from app.store.answers import Answered, UnclearAnswer, drop_unclear, save_answers, unclear_answer, unclear_replies
from app.store.conversations import save_talks, talk_of_invitation
from app.store.database import Store
from app.store.needs import Raised, raise_needs
from app.store.proposals import propose
from app.store.rounds import get_round
from app.store.surveys import load_survey
from app.store.workers import consent_of

log = structlog.get_logger()

_LONGEST_FORM = 40  # what is longer is a sentence, and may tell of a person
_MOST_DIGITS = 3  # four digits may be a part of a number


async def unclear(
    context: Context, programme: UUID, round_id: UUID, limit: int, *, focal: bool
) -> list[dict[str, Any]]:
    """A round's replies nobody understood, each with its question and what it may be coded as.

    What was written to a question about violence or the like is for the focal point's eyes: `text` is None for others.
    """
    async with context.database.transaction() as store:
        asked = await get_round(store, programme, round_id)
        survey = await load_survey(store, asked.survey)
        rows = await unclear_replies(store, programme, round_id, limit)
    closed = set[str]() if focal else sensitive_questions(survey)
    return [_row(row, survey, hidden=row["question"] in closed) for row in rows]


def _row(row: dict[str, Any], survey: Survey, *, hidden: bool) -> dict[str, Any]:
    question = survey.question(row["question"])
    language = row["language"]
    return {
        **row,
        "text": None if hidden else row["text"],
        "kind": question.kind.value if question else "",
        "asked": question.text.get(language, "") if question else "",
        "options": [
            {"code": option.code, "text": option.text.get(language, option.value)} for option in question.options
        ]
        if question
        else [],
    }


async def code_reply(
    context: Context,
    programme: UUID,
    answer: UUID,
    outcome: str,
    value: object,
    key: UUID,
    now: datetime,
    *,
    focal: bool,
    suggest: bool,
) -> Understanding:
    """Record what a person says a reply means, in one transaction with all that follows.

    Args:
        context: the store.
        programme: whose reply.
        answer: the unclear answer.
        outcome: `answer`, `dont-know` or `refused`.
        value: the answer, as the question takes it.
        key: whose key codes it.
        now: the moment.
        focal: whether that key may read sensitive replies.
        suggest: whether the reply becomes a proposal for the language's table of words.

    Raises:
        NotFoundError: no such answer in this programme.
        ConflictError: it was understood or coded meanwhile.
        ForbiddenError: it is for a focal point.
        InvalidError: the question cannot have that answer.
    """  # fmt: skip
    async with context.database.transaction() as store:
        found = await unclear_answer(store, programme, answer)
        talk = await talk_of_invitation(store, found.invitation)
        survey = await load_survey(store, found.survey)
        question = survey.question(found.question)
        if found.outcome != "unclear" or question is None or talk is None:
            raise ConflictError("This reply has an answer already.")
        if not focal and found.question in sensitive_questions(survey):
            raise ForbiddenError("A reply to this question is for a focal point to read and to code.")
        said = coded(question, outcome, value, found.language)
        state, effects = amend(talk.state, survey, question, said)
        kept = Answered(found.invitation, question.code, said, found.reply, now, coded_by=key)
        await save_answers(store, [kept])
        await drop_unclear(store, answer)
        await save_talks(store, [talk.moved(state)])
        if not state.open:
            await score_again(store, talk.moved(state), survey)
        await _raise(store, found, effects, now)
        if suggest and found.question not in sensitive_questions(survey):
            await _propose(store, programme, found, survey, question, said, key, now)
    log.info("reply-coded", answer=str(answer), outcome=outcome)
    return said


async def _raise(store: Store, found: UnclearAnswer, effects: list[Effect], now: datetime) -> None:
    reachable = await consent_of(store, found.worker) != "withdrawn"
    needs = [
        Raised(
            found.programme, found.identity, found.worker, found.site, flag.category, flag.urgency, flag.sensitivity,
            "answer", flag.question, found.round, found.invitation, found.reply, reachable,
        )
        for flag in effects
        if isinstance(flag, Flag)
    ]  # fmt: skip
    if needs:
        await raise_needs(store, needs, now)


async def _propose(
    store: Store, programme: UUID, found: UnclearAnswer, survey: Survey, question: Question, said: Understanding,
    key: UUID, now: datetime,
) -> None:  # fmt: skip
    """A short reply that could be a word of the language; numbers and sentences are somebody's own."""
    form = one_form(found.text)
    if (
        not form
        or len(form) > _LONGEST_FORM
        or sum(map(str.isdecimal, form)) > _MOST_DIGITS
        or question.kind is Kind.TEXT
    ):
        return
    meaning = {"survey": survey.code, "question": question.code, "outcome": said.outcome.value, "value": said.value}
    await propose(store, programme, found.language, form, meaning, key, now)
