"""What a launch would mean, before anybody is asked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.catalogue.holidays import PublicHolidays
from app.domain.errors import DraftWordingError
from app.domain.phrases import phrase
from app.domain.rounds import RoundPlan
from app.domain.segments import SplitPolicy, segments
from app.domain.survey import Survey
from app.domain.wording import Voice, render, whole_talk
from app.jobs.context import Context
from app.jobs.launching import Launch, countries_of, draw, first_and_last, people_of
from app.store.drawing import Group, count_eligible
from app.store.focal_points import list_focal_points
from app.store.programmes import get_programme
from app.store.surveys import SurveyVersion, latest_survey


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
        groups, choice = await draw(store, context, programme, launch.plan, launch.seed, version.survey)
        everyone = await count_eligible(store, programme, launch.plan, list(context.catalogue.texts))
        organiser = (await get_programme(store, programme)).organiser
        told = await list_focal_points(store, programme)
    opens_at = launch.opens_at or now
    people = people_of(groups)
    planned = first_and_last(context, groups, launch.plan, opens_at)
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
        by_country=dict(countries_of(groups)),
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
