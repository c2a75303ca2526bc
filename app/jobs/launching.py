"""Rounds are planned: launched by a person, or made by a recurrence."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.errors import (
    ConflictError,
    DraftWordingError,
    Fault,
    InvalidError,
    NoReplyRouteError,
    SurveyNotPublishedError,
)
from app.domain.hours import next_allowed, spread
from app.domain.phrases import phrase
from app.domain.rounds import RoundPlan
from app.domain.survey import Survey
from app.jobs.context import Context
from app.jobs.routing import Choice, choice_of
from app.store.database import Store
from app.store.drawing import Group, draw_groups
from app.store.programmes import Channel, list_channels
from app.store.rounds import (
    Schedule,
    active_schedules,
    create_round,
    create_schedule,
    dates_fired,
)
from app.store.surveys import SurveyVersion, latest_survey, load_survey


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


async def draw(
    store: Store, context: Context, programme: UUID, plan: RoundPlan, seed: int, survey: Survey
) -> tuple[Sequence[Group], Choice]:
    """Who would be asked, in groups, and the channels to all of them; raises what `routes_to` does."""
    groups = await draw_groups(store, programme, plan, seed, survey.languages)
    return groups, await routes_to(store, context, programme, countries_of(groups))


def countries_of(groups: Sequence[Group]) -> Counter[str]:
    """How many are asked in each country."""
    counted: Counter[str] = Counter()
    for group in groups:
        counted[group.country] += group.count
    return counted


def people_of(groups: Sequence[Group]) -> int:
    """How many are asked."""
    return sum(group.count for group in groups)


def main_channel(choice: Choice, groups: Sequence[Group]) -> Channel:
    """The channel of most people: a round names one, and each text takes that of its own country."""
    country = countries_of(groups).most_common(1)[0][0] if groups else ""
    return choice.best(country) or next(iter(choice.channels.values()))


def first_and_last(context: Context, groups: Sequence[Group], plan: RoundPlan, opens_at: datetime) -> list[datetime]:
    """When the first and the last of each group are asked, in order.

    Raises:
        InvalidError: some would be asked only within their quiet hours.
    """
    total = people_of(groups)
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
        groups, choice = await draw(store, context, programme, launch.plan, launch.seed, version.survey)
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
        first_and_last(context, groups, launch.plan, launch.opens_at or now)
        created = await create_round(
            store, programme, survey=version.id, channel=main_channel(choice, groups).id, name=launch.name, plan=launch.plan,
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
        groups, _ = await draw(store, context, programme, plan, 0, version.survey)
        first_and_last(context, groups, plan, now)
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
    seed = local_date.toordinal()
    async with context.database.transaction() as store:
        survey = await load_survey(store, schedule.survey)
        groups, choice = await draw(store, context, schedule.programme, schedule.plan, seed, survey)
        return await create_round(
            store, schedule.programme, survey=schedule.survey, channel=main_channel(choice, groups).id,
            name=f"{schedule.name} {local_date:%Y-%m-%d}", plan=schedule.plan, seed=seed,
            opens_at=now, now=now, schedule=(schedule.id, local_date), override=schedule.override,
        )  # fmt: skip
