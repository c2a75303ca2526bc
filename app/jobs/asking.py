"""Rounds: preview, launch, open, begin, close, recur."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from app.catalogue.holidays import PublicHolidays
from app.domain.conversation import Purpose, Send, begin, expire
from app.domain.errors import (
    ConflictError,
    DraftWordingError,
    Fault,
    InvalidError,
    NoReplyRouteError,
    SurveyNotPublishedError,
)
from app.domain.hours import closures, next_allowed, spread
from app.domain.phrases import phrase
from app.domain.rounds import RoundPlan
from app.domain.segments import SplitPolicy, segments
from app.domain.survey import Survey
from app.domain.wording import Say, Voice, render, whole_talk
from app.jobs.context import Context
from app.jobs.endings import close_talks
from app.jobs.routing import Choice, channels_for, choice_of
from app.store.conversations import Talk, start_talks, talks_of_round
from app.store.database import Store, new_id
from app.store.drawing import ClosedHours, Group, count_eligible, draw_groups, invite
from app.store.focal_points import list_focal_points
from app.store.outbox import BULK, Outgoing, enqueue
from app.store.programmes import Channel, get_programme, list_channels
from app.store.rounds import (
    Round,
    Schedule,
    active_schedules,
    claim_to_begin,
    create_round,
    create_schedule,
    dates_fired,
    open_invitations,
    round_to_open,
    rounds_to_close,
    set_round_state,
)
from app.store.surveys import SurveyVersion, latest_survey, load_surveys

log = structlog.get_logger()

BEGIN_AT_ONCE = 500
"""How many conversations one pass begins."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What a round is asked for with. `accept_drafts` names who takes a draft wording on their name, and why."""

    survey: str
    name: str
    plan: RoundPlan
    version: int | None = None
    opens_at: datetime | None = None
    seed: int = 0
    accept_drafts: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday of a country that falls into a round, by its English name."""

    country: str
    day: date
    name: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a launch would mean: people by country and language, segments, cost, when the last is asked."""

    people: int
    not_asked: int
    by_country: Mapping[str, int]
    by_language: Mapping[str, int]
    segments: int
    cost: Mapping[str, float]
    first_text_at: datetime | None
    last_text_at: datetime | None
    ends_at: datetime
    warnings: tuple[str, ...]
    holidays: tuple[Holiday, ...] = ()


async def preview_round(context: Context, programme: UUID, launch: Launch, now: datetime) -> Preview:
    """Everything worth knowing before a launch; changes nothing."""
    async with context.database.transaction() as store:
        version = await latest_survey(store, programme, launch.survey, launch.version)
        groups = await draw_groups(store, programme, launch.plan, launch.seed, version.survey.languages)
        choice = await routes_to(store, context, programme, _countries(groups))
        everyone = await count_eligible(store, programme, launch.plan, list(context.catalogue.texts))
        organiser = (await get_programme(store, programme)).organiser
        told = await list_focal_points(store, programme)
    opens_at = launch.opens_at or now
    people = _people(groups)
    planned = _first_and_last(context, groups, launch.plan, opens_at)
    used: Counter[str] = Counter()
    each: dict[SplitPolicy, dict[str, int]] = {}
    by_language: Counter[str] = Counter()
    for group in groups:
        by_language[group.language] += group.count
        channel = choice.best(group.country)
        if channel is not None:
            split = context.carriers[channel.carrier].capabilities.split
            if split not in each:
                each[split] = _segments_each(context, version.survey, organiser, split)
            used[group.country] += group.count * each[split][group.language]
    return Preview(
        people=people,
        not_asked=everyone - people,
        by_country=dict(_countries(groups)),
        by_language=dict(by_language),
        segments=sum(used.values()),
        cost=cost_of(context, used),
        first_text_at=planned[0] if planned else None,
        last_text_at=planned[-1] if planned else None,
        ends_at=opens_at + launch.plan.lasts,
        warnings=tuple(_warnings(version, launch, somebody_told=bool(told))),
        holidays=tuple(_holidays(groups, opens_at, launch.plan)),
    )


def _holidays(groups: Sequence[Group], opens_at: datetime, plan: RoundPlan) -> list[Holiday]:
    """The public holidays of the countries asked while the round lasts, in order."""
    places = {(group.country, ZoneInfo(group.zone)) for group in groups}
    found = {
        Holiday(country, day, name)
        for country, zone in places
        for day in _days(opens_at.astimezone(zone).date(), (opens_at + plan.lasts).astimezone(zone).date())
        if (name := PublicHolidays(country).name(day))
    }
    return sorted(found, key=lambda one: (one.day, one.country))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def _warnings(version: SurveyVersion, launch: Launch, *, somebody_told: bool) -> list[str]:
    drafts = version.survey.draft_languages()
    told: list[str] = []
    if version.status != "published":
        told.append(phrase("The survey is a draft; publish it before the launch."))
    if drafts and not launch.accept_drafts:
        told.append(DraftWordingError(drafts).message)
    if not somebody_told:
        told.append(
            phrase(
                "Nobody is named who is told of sensitive cases: name the focal points,"
                " under People or by `PUT /v1/focal-points`."
            )
        )
    return told


def _segments_each(context: Context, survey: Survey, organiser: str, split: SplitPolicy) -> dict[str, int]:
    """Segments of a whole conversation per language: the most a worker who answers everything is sent."""
    voice = Voice(context.catalogue.texts, organiser, survey)
    says = whole_talk(survey)
    return {
        language: sum(segments(render(say, language, voice), split).count for say in says)
        for language in survey.languages
    }


def cost_of(context: Context, used: Mapping[str, int]) -> dict[str, float]:
    """What segments by country cost, at list prices, by currency."""
    cost: dict[str, float] = {}
    for country, count in used.items():
        price = context.catalogue.price(country)
        cost[price.currency] = round(cost.get(price.currency, 0.0) + count * price.per_segment, 2)
    return cost


async def routes_to(store: Store, context: Context, programme: UUID, countries: Collection[str]) -> Choice:
    """The programme's channels, once it is sure that workers in every one of these countries can answer.

    Raises:
        ConflictError: the programme has no channel.
        NoReplyRouteError: none can be replied to, or none leads to one of the countries.
    """
    choice = await choice_of(store, context, programme)
    if not choice.channels:
        if not any(channel.carrier in context.carriers for channel in await list_channels(store, programme)):
            raise ConflictError("The programme has no channel: an operator must give it a sender first.")
        raise NoReplyRouteError(
            "None of the programme's senders can be replied to; give it a two-way number or short code."
        )
    missing = sorted(country for country in countries if choice.best(country) is None)
    if missing:
        raise NoReplyRouteError(
            phrase(
                "No route leads to {missing}; an operator must name a channel for each country, or one for all.",
                missing=", ".join(missing),
            )
        )
    return choice


def _countries(groups: Sequence[Group]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for group in groups:
        counted[group.country] += group.count
    return counted


def _people(groups: Sequence[Group]) -> int:
    return sum(group.count for group in groups)


def _main_channel(choice: Choice, groups: Sequence[Group]) -> Channel:
    """The channel of most people: a round names one, and each text takes that of its own country."""
    country = _countries(groups).most_common(1)[0][0] if groups else ""
    return choice.best(country) or next(iter(choice.channels.values()))


def _first_and_last(context: Context, groups: Sequence[Group], plan: RoundPlan, opens_at: datetime) -> list[datetime]:
    """When the first and the last of each group are asked, in order.

    Raises:
        InvalidError: some would be asked only within their quiet hours.
    """
    total = _people(groups)
    return sorted(
        next_allowed(
            opens_at + spread(place, total, plan.spread),
            ZoneInfo(group.zone),
            context.catalogue.quiet_hours(group.country, rest_on_holidays=plan.rest_on_holidays),
            plan.window,
        )
        for group in groups
        for place in (group.first, group.last)
    )


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


async def launch_round(context: Context, programme: UUID, launch: Launch, now: datetime) -> UUID:
    """Plan a round; it opens when its time comes.

    Raises:
        SurveyNotPublishedError: rounds are asked of published versions.
        DraftWordingError: a wording is a draft and nobody took it on their name.
        NoReplyRouteError: workers could not answer.
        InvalidError: nobody could be asked, or some only within their quiet hours.
    """
    async with context.database.transaction() as store:
        version = await latest_survey(store, programme, launch.survey, launch.version)
        _may_launch(version, launch)
        groups = await draw_groups(store, programme, launch.plan, launch.seed, version.survey.languages)
        choice = await routes_to(store, context, programme, _countries(groups))
        if not groups:
            raise InvalidError(
                "Nobody could be asked.",
                [
                    Fault(
                        "plan",
                        "no enrolled worker speaks a language of the survey at these sites and has not opted out",
                    )
                ],
            )
        # Only to be refused now and not when it opens: a window that lies in somebody's quiet hours.
        _first_and_last(context, groups, launch.plan, launch.opens_at or now)
        created = await create_round(
            store, programme, survey=version.id, channel=_main_channel(choice, groups).id, name=launch.name, plan=launch.plan,
            seed=launch.seed, opens_at=launch.opens_at or now, now=now, override=launch.accept_drafts,
        )  # fmt: skip
    if created is None:
        raise ConflictError(
            phrase("The programme has a round called {name!r} already; give this one another name.", name=launch.name)
        )
    return created


def _may_launch(version: SurveyVersion, launch: Launch) -> None:
    if version.status != "published":
        raise SurveyNotPublishedError(
            phrase(
                "Version {version} of {code!r} is a draft; publish it first.",
                version=version.version,
                code=version.survey.code,
            )
        )
    drafts = version.survey.draft_languages()
    given = launch.accept_drafts or {}
    if drafts and not (given.get("by") and given.get("reason")):
        raise DraftWordingError(drafts)


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
        languages = (await load_surveys(store, {asked.survey}))[asked.survey].languages
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


async def begin_due(context: Context, now: datetime, limit: int = BEGIN_AT_ONCE) -> int:
    """Begin the conversations whose moment has come: the first text goes to the outbox. Returns how many."""
    async with context.database.transaction() as store:
        due = await claim_to_begin(store, now, limit)
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


# -- recurrence -----------------------------------------------------------------------------------


async def schedule_round(
    context: Context,
    programme: UUID,
    survey: str,
    name: str,
    recurrence: str,
    zone: str,
    plan: RoundPlan,
    now: datetime,
    accept_drafts: Mapping[str, str] | None = None,
) -> UUID:
    """Keep a recurrence of a published survey; the same rules as a launch hold."""
    async with context.database.transaction() as store:
        version = await latest_survey(store, programme, survey)
        _may_launch(version, Launch(survey, name, plan, accept_drafts=accept_drafts))
        groups = await draw_groups(store, programme, plan, 0, version.survey.languages)
        await routes_to(store, context, programme, _countries(groups))
        _first_and_last(context, groups, plan, now)
        return await create_schedule(store, programme, version.id, name, recurrence, zone, plan, now, accept_drafts)


async def schedules(context: Context) -> list[Schedule]:
    """The recurrences the worker's clock must tick."""
    async with context.database.transaction() as store:
        return await active_schedules(store)


async def dates_asked(context: Context, since: date) -> set[tuple[UUID, date]]:
    """Of every recurrence, the local dates after `since` for which a round was made."""
    async with context.database.transaction() as store:
        return await dates_fired(store, since)


async def fire_schedule(context: Context, schedule: Schedule, local_date: date, now: datetime) -> UUID | None:
    """One tick of a recurrence: a round for its local date, never a second for the same date."""
    async with context.database.transaction() as store:
        survey = (await load_surveys(store, {schedule.survey}))[schedule.survey]
        groups = await draw_groups(store, schedule.programme, schedule.plan, local_date.toordinal(), survey.languages)
        choice = await routes_to(store, context, schedule.programme, _countries(groups))
        return await create_round(
            store, schedule.programme, survey=schedule.survey, channel=_main_channel(choice, groups).id,
            name=f"{schedule.name} {local_date:%Y-%m-%d}", plan=schedule.plan, seed=local_date.toordinal(),
            opens_at=now, now=now, schedule=(schedule.id, local_date), override=schedule.override,
        )  # fmt: skip
