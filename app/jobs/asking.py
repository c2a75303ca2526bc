"""Rounds open, ask, and close."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from app.domain.conversation import Purpose, Send, begin, expire
from app.domain.errors import InvalidError
from app.domain.hours import closures
from app.domain.wording import Say
from app.jobs.context import Context
from app.jobs.endings import close_talks
from app.jobs.routing import channels_for
from app.store.conversations import Talk, start_talks, talks_of_round
from app.store.database import Store, new_id
from app.store.drawing import ClosedHours, Group, draw_groups, invite
from app.store.outbox import BULK, Outgoing, enqueue
from app.store.rounds import (
    Round,
    claim_to_begin,
    open_invitations,
    round_to_open,
    rounds_to_close,
    set_round_state,
)
from app.store.surveys import load_survey

log = structlog.get_logger()

BEGIN_AT_ONCE = 500
"""How many conversations one pass begins."""


async def open_due_rounds(context: Context, now: datetime) -> int:
    """Open rounds whose time has come: draw the sample, plan each person's moment. Returns invitations written."""
    written = 0
    while (opened := await _open_next(context, now)) is not None:
        written += opened
    return written


async def _open_next(context: Context, now: datetime) -> int | None:
    async with context.database.transaction() as store:
        asked = await round_to_open(store, now)
        if asked is None:
            return None
        languages = (await load_survey(store, asked.survey)).languages
        groups = await draw_groups(store, asked.programme, asked.plan, asked.seed, languages)
        try:
            closed = _closed_hours(context, groups, asked)
        except InvalidError as problem:
            # Somebody joined since whose quiet hours cover the window: this round ends here, the others go on.
            log.error("round-cannot-open", round=str(asked.id), code=problem.code)
            await set_round_state(store, asked.id, "closed")
            return 0
        written = await invite(store, asked, languages, closed, now)
        await set_round_state(store, asked.id, "open")
        return written


async def begin_due(context: Context, now: datetime) -> int:
    """Begin the conversations whose moment has come: the first text goes to the outbox. Returns how many."""
    async with context.database.transaction() as store:
        due = await claim_to_begin(store, now, BEGIN_AT_ONCE)
        if not due:
            return 0
        talks: list[Talk] = []
        texts: list[Outgoing] = []
        channels = await channels_for(store, context, [(item.programme, item.identity) for item in due], now)
        for item in due:
            state, effects = begin(Purpose.SURVEY, item.language)
            # Whose country lost its route since the launch is asked over the round's own channel.
            channel = channels.get(item.identity)
            talk = Talk(
                new_id(now), item.programme, item.worker, item.identity,
                channel.id if channel else item.channel, channel.carrier if channel else item.carrier, state,
                invitation=item.invitation, survey=item.survey,
            )  # fmt: skip
            talks.append(talk)
            texts += [outgoing(talk, effect.say, BULK) for effect in effects if isinstance(effect, Send)]
        await start_talks(store, talks, now)
        await enqueue(store, texts, now)
    return len(due)


def outgoing(talk: Talk, say: Say, priority: int) -> Outgoing:
    """A text of a conversation, for the outbox."""
    return Outgoing(
        talk.programme, talk.identity, talk.channel, talk.carrier, say, talk.state.language, priority,
        talk.id, talk.invitation, talk.survey,
    )  # fmt: skip


async def close_due_rounds(context: Context, now: datetime) -> int:
    """Close rounds past their end: whoever is half-way keeps what was answered. Returns how many closed."""
    async with context.database.transaction() as store:
        rounds = await rounds_to_close(store, now)
        for asked in rounds:
            await close_round(store, asked, now)
    return len(rounds)


async def close_round(store: Store, asked: Round, now: datetime) -> None:
    """End a locked round: whoever is half-way keeps what was answered."""
    ended: list[Talk] = []
    for talk in await talks_of_round(store, asked.id):
        state, _ = expire(talk.state)
        ended.append(talk.moved(state))
    await close_talks(store, ended, now, await open_invitations(store, asked.id))
    await set_round_state(store, asked.id, "closed")


def _closed_hours(context: Context, groups: Sequence[Group], asked: Round) -> list[ClosedHours]:
    """When nobody may be asked while the round spreads out, for the hours of each country and zone."""
    ends = asked.opens_at + asked.plan.spread
    plan = asked.plan
    return [
        ClosedHours(country, zone, closure)
        for country, zone in sorted({(group.country, group.zone) for group in groups})
        for closure in closures(
            asked.opens_at, ends, ZoneInfo(zone),
            context.catalogue.quiet_hours(country, rest_on_holidays=plan.rest_on_holidays), plan.window,
        )
    ]  # fmt: skip
