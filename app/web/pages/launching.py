"""The page on which an NGO plans a round: the form, what a launch would mean, the calendar of its countries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.catalogue.holidays import PublicHolidays
from app.domain.errors import DomainError, Fault, InvalidError
from app.domain.hours import open_hours
from app.domain.rounds import RoundPlan, parse_plan
from app.jobs.asking import open_due_rounds
from app.jobs.context import Context
from app.jobs.launching import Launch, launch_round
from app.jobs.previewing import Preview, preview_round
from app.store.keys import programme_of
from app.store.programmes import list_sites
from app.store.surveys import SurveyVersion, list_surveys
from app.web.access import AsNgo
from app.web.bodies import read_form
from app.web.pages import formats
from app.web.pages.countries import by_country
from app.web.pages.faulted import faults_in
from app.web.pages.languages import visit
from app.web.pages.rounds import has_phones
from app.web.pages.templating import page
from app.web.wiring import wiring

router = APIRouter(include_in_schema=False)

_LONGEST_NAME = 200
_MOST_DAYS = 14
_CLOCK = len("09:00")
_HOLIDAYS = "rest_on_holidays"
# A draft is taken on one's name beneath what was looked at, which is where these are asked for.
_NOT_PLAN = frozenset({"form_token", "step", "seen", "by", "reason"})
_IDS = {"window": "opens", "plan": "sites", "accept_drafts": "by"}
"""What a plan calls it → the field of the form."""
_NUMBERS = ("spread_minutes", "remind_after_hours", "expire_after_hours", "lasts_days")


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a zone: its hours for texts as `09:00–20:00`, empty where nobody is texted, and the holiday it is."""

    hours: str
    holiday: str


@dataclass(frozen=True, slots=True)
class Row:
    """The days of a country and zone."""

    country: str
    zone: str
    days: Sequence[Day]


@dataclass(frozen=True, slots=True)
class Calendar:
    """When people may be texted while the round lasts, two weeks at the most."""

    days: Sequence[date]
    rows: Sequence[Row]


@router.get("/rounds/new")
async def new_round(request: Request, caller: AsNgo) -> Response:
    """The form with what is usual."""
    plan = RoundPlan().to_json()
    usual = {name: f"{plan[name]:g}" for name in _NUMBERS} | {
        "opens": plan["window"]["opens"], "closes": plan["window"]["closes"], "sample": "all",
        "survey": request.query_params.get("survey", ""),
    }  # fmt: skip
    return await _form(request, caller, usual)


@router.post("/rounds/new")
async def plan_round(request: Request, caller: AsNgo) -> Response:
    """What a launch would mean; or the launch itself, of exactly what was looked at."""
    wired, form = wiring(request), await read_form(request)
    asked, launch, preview = form.get("step") == "launch", None, None
    try:
        launch = _launch(form)
        preview = await preview_round(wired.context, programme_of(caller), launch, wired.clock())
        if asked and form.get("seen") == _digest(form):
            created = await launch_round(wired.context, programme_of(caller), launch, wired.clock())
            await open_due_rounds(wired.context, wired.clock())
            return RedirectResponse(f"/rounds/{created}/monitor?done=launched", 303)
    except DomainError as refused:
        return await _form(request, caller, form, faults_in(refused, _IDS), launch=launch, preview=preview)
    return await _form(request, caller, form, launch=launch, preview=preview, changed=asked)


async def _form(
    request: Request,
    caller: Any,
    form: Mapping[str, str],
    faults: Sequence[Fault] = (),
    *,
    launch: Launch | None = None,
    preview: Preview | None = None,
    changed: bool = False,
) -> Response:
    """The page.

    Args:
        request: of whoever looks.
        caller: who that is.
        form: what was sent, or what is usual.
        faults: what is wrong with it.
        launch: what it asks for, where it can be read.
        preview: what that would mean.
        changed: whether a launch was asked for of something else than was looked at.
    """
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        sites = await list_sites(store, programme_of(caller))
        surveys = [one for one in await list_surveys(store, programme_of(caller)) if one.status == "published"]
    chosen = [site for site in sites if not launch or not launch.plan.sites or site["code"] in launch.plan.sites]
    opens_at = (launch.opens_at if launch else None) or wired.clock()
    return page(
        "round_new.html", 422 if faults else 200, caller=caller, phones=has_phones(wired, caller), surveys=surveys,
        countries=by_country(sites), form=defaultdict(str, form), faults=faults, preview=preview, seen=_digest(form),
        calendar=calendar(wired.context, chosen, launch.plan, opens_at) if launch else None,
        drafts=_is_draft(form.get("survey", ""), surveys), changed=changed,
    )  # fmt: skip


def _is_draft(chosen: str, surveys: Sequence[SurveyVersion]) -> bool:
    """Whether somebody must take a wording on their name; asked of the field, so that a refusal leaves it in place."""
    return any(one.survey.draft_languages() for one in surveys if f"{one.survey.code}:{one.version}" == chosen)


def _digest(form: Mapping[str, str]) -> str:
    # What is launched is what was looked at, and not what was changed since; a field left empty says nothing.
    kept = sorted((name, value) for name, value in form.items() if value and name not in _NOT_PLAN)
    return sha256(repr(kept).encode()).hexdigest()


# -- what the form says ---------------------------------------------------------------------------


def _launch(form: Mapping[str, str]) -> Launch:
    faults: list[Fault] = []
    code, _, version = form.get("survey", "").rpartition(":")
    name = form.get("name", "").strip()[:_LONGEST_NAME]
    if not code or not version.isdecimal():
        faults.append(Fault("survey", "choose one"))
    if not name:
        faults.append(Fault("name", "must not be empty"))
    document: dict[str, Any] = {
        "window": {name: f"{_hour(form, name, faults):%H:%M}" for name in ("opens", "closes")},
        "sample": _sample(form, faults),
        _HOLIDAYS: _HOLIDAYS in form,
        "sites": [field.removeprefix("site:") for field in form if field.startswith("site:")],
        **{field: _number(form, field, faults) for field in _NUMBERS},
    }
    opens_at = _moment(form.get("opens_at", ""), faults)
    plan = _plan(document, faults)
    if faults:
        raise InvalidError("The form has faults.", faults)
    taken = {"by": form.get("by", "").strip()[:_LONGEST_NAME], "reason": form.get("reason", "").strip()[:_LONGEST_NAME]}
    return Launch(code, name, plan, int(version), opens_at, accept_drafts=taken if all(taken.values()) else None)


def _plan(document: Mapping[str, Any], faults: list[Fault]) -> RoundPlan:
    """The plan; what is wrong with it joins what is wrong with the rest of the form, so that all is told at once."""
    try:
        return parse_plan(document)
    except InvalidError as refused:
        known = {fault.place for fault in faults}
        faults += [fault for fault in refused.faults if fault.place not in known]
        return RoundPlan()


def _hour(form: Mapping[str, str], name: str, faults: list[Fault]) -> time:
    text = form.get(name, "").strip()
    try:
        return time.fromisoformat(text[:_CLOCK])
    except ValueError:
        faults.append(Fault(name, "must be an hour, such as 09:00"))
        # Far enough apart that nothing else is said about them.
        return time(9) if name == "opens" else time(20)


def _sample(form: Mapping[str, str], faults: list[Fault]) -> dict[str, Any]:
    text = form.get("sample_size", "").strip().replace(",", ".")
    try:
        size = float(text) if text else 0.0
    except ValueError:
        size = 0.0
    match form.get("sample", "all"):
        case "share" if 0 < size <= 100:  # noqa: PLR2004 - per cent
            return {"kind": "share", "share": size / 100}
        case "share":
            faults.append(Fault("sample_size", "must be a number of per cent, from 1 to 100"))
        case "per_stratum" if size >= 1 and size.is_integer():
            return {"kind": "per_stratum", "n": int(size)}
        case "per_stratum":
            faults.append(Fault("sample_size", "must be a whole number of people, 1 or more"))
        case _:
            pass
    return {"kind": "all"}


def _number(form: Mapping[str, str], name: str, faults: list[Fault]) -> float | None:
    text = form.get(name, "").strip()
    try:
        return float(text) if text else None
    except ValueError:
        faults.append(Fault(name, "must be a number"))
        return None


def _moment(text: str, faults: list[Fault]) -> datetime | None:
    """A moment as a browser writes it, in UTC; None where it is left empty."""
    if not text.strip():
        return None
    try:
        read = datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
    except ValueError:
        faults.append(Fault("opens_at", "must be a date and time"))
        return None
    if not 2020 <= read.year < 2100:  # noqa: PLR2004 - years that every clock behind this can reckon with
        faults.append(Fault("opens_at", "must lie in this century"))
    return read


# -- the calendar ---------------------------------------------------------------------------------


def calendar(
    context: Context, sites: Sequence[Mapping[str, Any]], plan: RoundPlan, opens_at: datetime
) -> Calendar:  # fmt: skip
    """The days of these sites while a round lasts: its hours without the quiet ones of each country, and the holidays."""
    first = opens_at.astimezone(UTC).date()
    count = min(_MOST_DAYS, -(-plan.lasts // timedelta(days=1)))
    days = [first + timedelta(days=ahead) for ahead in range(count)]
    places = sorted({(site["country"], site["zone"]) for site in sites})
    return Calendar(
        days,
        [Row(country, zone, [_day(context, country, zone, plan, day) for day in days]) for country, zone in places],
    )


def _day(context: Context, country: str, zone: str, plan: RoundPlan, day: date) -> Day:
    quiet = context.catalogue.quiet_hours(country, rest_on_holidays=plan.rest_on_holidays)
    holiday = PublicHolidays(country).name(day, visit().language)
    return Day(_told(open_hours(day, ZoneInfo(zone), quiet, plan.window)), holiday)


def _told(hours: Sequence[tuple[time, time]]) -> str:
    return ", ".join(formats.digits(f"{starts:%H:%M}–{ends:%H:%M}") for starts, ends in hours)
