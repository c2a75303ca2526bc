"""For an NGO: surveys and rounds. For a brand: the rounds at its sites."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, Field

from app.domain.errors import InvalidError
from app.domain.rounds import parse_plan
from app.jobs.asking import open_due_rounds
from app.jobs.dashboards import dashboard, sized_rounds_for
from app.jobs.launching import Launch, launch_round, schedule_round
from app.jobs.previewing import preview_round
from app.jobs.publishing import publish_round
from app.jobs.writing import check, get, keep_draft, publish
from app.store.keys import programme_of
from app.store.rounds import schedules_of, stop_schedule
from app.store.surveys import SurveyVersion, list_surveys
from app.web.access import AsNgo, AsNgoOrBrand
from app.web.bodies import read_document
from app.web.rest.bodies import Body, Name
from app.web.rest.exporting import AskedPart, AskedSplits
from app.web.wiring import wiring

Version = Annotated[int, Field(ge=1, lt=2**31)]
# Years that every clock and calendar behind this can reckon with.
_EARLIEST, _LATEST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

router = APIRouter(prefix="/v1", tags=["surveys and rounds"])
_DOCUMENT: dict[str, Any] = {
    "requestBody": {
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "application/yaml": {"schema": {"type": "string"}},
        }
    }
}


def shown_survey(version: SurveyVersion, *, whole: bool = False) -> dict[str, Any]:
    """A version of a survey as the interface tells of it."""
    survey = version.survey
    summary = {
        "code": survey.code, "version": version.version, "status": version.status, "title": survey.title,
        "languages": list(survey.languages), "draft_wordings": list(survey.draft_languages()),
        "questions": sum(1 for question in survey.questions if question.asks),
    }  # fmt: skip
    return {**summary, "document": version.document} if whole else summary


@router.post("/surveys/check", openapi_extra=_DOCUMENT)
async def check_document(request: Request, _caller: AsNgo) -> dict[str, Any]:
    """Every fault of a survey at once, each with its place; stores nothing."""
    _, faults = check(await read_document(request), wiring(request).context.catalogue)
    return {"ok": not faults, "errors": [{"place": item.place, "message": item.message} for item in faults]}


@router.post("/surveys", status_code=201, openapi_extra=_DOCUMENT)
async def make_survey(request: Request, caller: AsNgo) -> dict[str, Any]:
    """Keep a survey (JSON or YAML) as a draft; a draft of the same code is replaced."""
    wired = wiring(request)
    document = await read_document(request)
    return shown_survey(await keep_draft(wired.context, programme_of(caller), document, wired.clock()))


@router.get("/surveys")
async def surveys(request: Request, caller: AsNgo) -> list[dict[str, Any]]:
    """Every version of every survey."""
    async with wiring(request).context.database.transaction() as store:
        return [shown_survey(version) for version in await list_surveys(store, programme_of(caller))]


@router.get("/surveys/{code}")
async def survey(request: Request, code: str, caller: AsNgo, version: Version | None = None) -> dict[str, Any]:
    """The newest version of a survey, or the one asked for, with its document."""
    return shown_survey(await get(wiring(request).context, programme_of(caller), code, version), whole=True)


@router.post("/surveys/{code}/publish")
async def publish_draft(request: Request, code: str, caller: AsNgo) -> dict[str, Any]:
    """Publish the draft: this version never changes again."""
    wired = wiring(request)
    return shown_survey(await publish(wired.context, programme_of(caller), code, wired.clock()))


class Acceptance(Body):
    """Who takes a draft wording on their name, and why."""

    by: Name
    reason: Name


class RoundBody(Body):
    """A round to ask; `plan` may leave out whatever the defaults fit."""

    survey: str
    version: Version | None = None
    name: Name
    plan: dict[str, Any] = {}
    opens_at: Annotated[AwareDatetime, Field(ge=_EARLIEST, lt=_LATEST)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**62)] = 0
    accept_drafts: Acceptance | None = None

    def launch(self) -> Launch:
        """What the use case takes."""
        accepted = self.accept_drafts.model_dump() if self.accept_drafts else None
        return Launch(self.survey, self.name, parse_plan(self.plan), self.version, self.opens_at, self.seed, accepted)


@router.post("/rounds/preview")
async def preview(request: Request, body: RoundBody, caller: AsNgo) -> dict[str, Any]:
    """What a launch would mean: people, segments, cost, when the last is asked; changes nothing."""
    wired = wiring(request)
    return asdict(await preview_round(wired.context, programme_of(caller), body.launch(), wired.clock()))


@router.post("/rounds", status_code=201)
async def make_round(request: Request, body: RoundBody, caller: AsNgo) -> dict[str, Any]:
    """Launch a round; it opens when its time comes."""
    wired = wiring(request)
    created = await launch_round(wired.context, programme_of(caller), body.launch(), wired.clock())
    await open_due_rounds(wired.context, wired.clock())
    return {"id": created, "name": body.name}


@router.get("/rounds")
async def rounds(request: Request, caller: AsNgoOrBrand) -> list[dict[str, Any]]:
    """The programme's rounds; a brand reads those asked at its sites."""
    return [dict(row) for row in await sized_rounds_for(wiring(request).context, caller)]


@router.get("/rounds/{round_id}")
async def round_dashboard(
    request: Request,
    round_id: UUID,
    caller: AsNgoOrBrand,
    part: AskedPart,
    splits: AskedSplits,
    indicator: Annotated[str | None, Query(max_length=200)] = None,
    publication: UUID | None = None,
) -> dict[str, Any]:
    """A round's dashboard: funnel, published figures with intervals, needs and referrals by state.

    `split` tells the categories of a filter apart, once the round has closed, as often as wanted (an empty one is
    everybody, as where none is named); `indicator` asks for one alone; `country`,
    `supplier` and `site` (as often as wanted) for the figures of these; `publication` for an earlier snapshot.
    """
    return await dashboard(
        wiring(request).context, caller, round_id, part, splits=splits, indicator=indicator, publication=publication
    )


@router.post("/rounds/{round_id}/publish")
async def publish_figures(request: Request, round_id: UUID, caller: AsNgo) -> dict[str, Any]:
    """Make a snapshot of the figures now. Seldom is more: each new figure of a cell waits for k newcomers."""
    wired = wiring(request)
    return {"publication": await publish_round(wired.context, programme_of(caller), round_id, wired.clock())}


class ScheduleBody(Body):
    """A recurrence: a cron line of five fields in a zone."""

    survey: str
    name: Name
    recurrence: Annotated[str, Field(description="cron: minute hour day month weekday", max_length=100)]
    zone: str = "UTC"
    plan: dict[str, Any] = {}
    accept_drafts: Acceptance | None = None


@router.get("/schedules")
async def list_schedules(request: Request, caller: AsNgo) -> list[dict[str, Any]]:
    """The programme's recurrences, those that ended too."""
    async with wiring(request).context.database.transaction() as store:
        return await schedules_of(store, programme_of(caller))


@router.delete("/schedules/{schedule}", status_code=204)
async def end_schedule(request: Request, schedule: UUID, caller: AsNgo) -> None:
    """End a recurrence: no further round is made; those made go on."""
    async with wiring(request).context.database.transaction() as store:
        await stop_schedule(store, programme_of(caller), schedule)


@router.post("/schedules", status_code=201)
async def make_schedule(request: Request, body: ScheduleBody, caller: AsNgo) -> dict[str, Any]:
    """Ask a survey again and again: one round for each local date, never two."""
    try:
        zone = ZoneInfo(body.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidError(f"{body.zone!r} is no IANA time zone.") from None
    wired = wiring(request)
    upcoming: list[datetime] = wired.upcoming(body.recurrence, zone, wired.clock())
    schedule = await schedule_round(
        wired.context, programme_of(caller), body.survey, body.name, body.recurrence, body.zone,
        parse_plan(body.plan), wired.clock(), body.accept_drafts.model_dump() if body.accept_drafts else None,
    )  # fmt: skip
    return {"id": schedule, "next": upcoming}
