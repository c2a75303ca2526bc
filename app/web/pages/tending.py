"""The needs desk, and apart from it the desk of sensitive cases, which a focal point alone opens."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.errors import ConflictError, Fault, InvalidError, NotFoundError, TransitionError
from app.domain.referral import Actor, ReferralState
from app.domain.survey import Sensitivity
from app.jobs.casework import join, propose_transfer, take_up
from app.jobs.helping import answer_referral, open_case
from app.jobs.tending import Case, Fitting, ended_lately, look_at, queue, write_note
from app.store.focal_points import list_focal_points
from app.store.keys import FOCAL_POINT, Caller, programme_of
from app.store.needs import close_need
from app.web.access import AsFocalPoint, AsNgo
from app.web.bodies import read_form
from app.web.pages import compass
from app.web.pages.addresses import page_of
from app.web.pages.faulted import faults_in
from app.web.pages.helping import NEED_STATES
from app.web.pages.histories import told_events
from app.web.pages.languages import gettext, marked
from app.web.pages.reasons import reason
from app.web.pages.rounds import has_phones
from app.web.pages.templating import page
from app.web.wiring import Wiring, wiring

router = APIRouter(include_in_schema=False)

ROWS_A_PAGE = 50
_TIERS: Mapping[str, Sensitivity] = {"needs": Sensitivity.STANDARD, "cases": Sensitivity.HIGH}
"""The two desks, by the first part of their addresses."""

AGES: Mapping[str, str] = {
    "overdue": marked("Overdue"),
    "due": marked("Due soon"),
    "fresh": marked("In time"),
}
_DONE: Mapping[str, str] = {
    "noted": marked("The note is kept."),
    "closed": marked("Closed."),
    "ended": marked("The request is ended, and the worker is told."),
    "proposed": marked("The worker is asked whether the other service may have it."),
    "joined": marked("Joined with the other need."),
    "taken-up": marked("You have it. Nobody is told of it again."),
}
_FILTERS = ("category", "urgency", "state", "site")


@router.get("/needs")
async def needs_desk(request: Request, caller: AsNgo) -> Response:
    """Open needs, the overdue first."""
    return await _queue(request, caller, "needs")


@router.get("/cases")
async def cases_desk(request: Request, caller: AsFocalPoint) -> Response:
    """Sensitive cases; nothing of what was said stands in the list."""
    return await _queue(request, caller, "cases")


async def _queue(request: Request, caller: Caller, desk: str) -> Response:
    wired, tier = wiring(request), _TIERS[desk]
    chosen = {name: request.query_params.get(name, "") for name in _FILTERS}
    over = request.query_params.get("over", "") == "1"
    seek = ended_lately if over else queue
    every = await seek(wired.context, programme_of(caller), tier, wired.clock())
    found = [row for row in every if all(chosen[name] in {"", row[name]} for name in _FILTERS)]
    number = page_of(request.query_params.get("page", ""))
    return page(
        "needs_queue.html", caller=caller, phones=has_phones(wired, caller), desk=desk, over=over, chosen=chosen,
        rows=found[(number - 1) * ROWS_A_PAGE : number * ROWS_A_PAGE], number=number,
        pages=-(-len(found) // ROWS_A_PAGE), overdue=sum(row["age"] == "overdue" for row in every), total=len(found),
        choices={name: sorted({row[name] for row in every if row[name]}) for name in _FILTERS},
        site_names={row["site"]: row["site_name"] for row in every if row["site"]},
        somebody_is_told=await _somebody_is_told(wired, caller),
        states=_states(), ages=AGES, for_focal_point=FOCAL_POINT in caller.scopes,
    )  # fmt: skip


async def _somebody_is_told(wired: Wiring, caller: Caller) -> bool:
    async with wired.context.database.transaction() as store:
        return bool(await list_focal_points(store, programme_of(caller)))


def _states() -> Mapping[str, str]:
    return {state: gettext(name) for state, (name, _) in NEED_STATES.items()}


@router.get("/needs/{need:uuid}")
async def need_page(request: Request, need: UUID, caller: AsNgo) -> Response:
    """One need: how it went, what was agreed to, which services fit, and what staff wrote down."""
    return await _one(request, caller, "needs", need)


@router.get("/cases/{need:uuid}")
async def case_page(request: Request, need: UUID, caller: AsFocalPoint) -> Response:
    """A sensitive case with what was said, and the phone once a call may be made. The look stands in the trail."""
    return await _one(request, caller, "cases", need)


async def _one(
    request: Request,
    caller: Caller,
    desk: str,
    need: UUID,
    faults: Sequence[Fault] = (),
    note: str = "",
    status: int = 200,
) -> Response:
    wired = wiring(request)
    case = await look_at(wired.context, programme_of(caller), need, _TIERS[desk], wired.clock())
    opened = await open_case(wired.context, programme_of(caller), need) if desk == "cases" else None
    return page(
        "need.html", status, caller=caller, phones=has_phones(wired, caller), desk=desk, case=case, opened=opened,
        events=told_events(case.events), fitting=[(one, [reason(said) for said in one.match.reasons]) for one in case.fitting],
        points=_drawn(case), rings=[(km, compass.ring(km)) for km in compass.RINGS_KM], states=_states(), ages=AGES,
        somebody_is_told=desk != "cases" or await _somebody_is_told(wired, caller), faults=faults, note=note,
        done=gettext(_DONE.get(request.query_params.get("done", ""), "")), wanting=_may_transfer(case),
    )  # fmt: skip


def _may_transfer(case: Case) -> Sequence[Fitting]:
    """Where a referral may go instead: to what fits and was not asked yet."""
    return [one for one in case.fitting if not one.tried] if case.need["referral"] else ()


# -- what is done ---------------------------------------------------------------------------------


@router.post("/needs/{need:uuid}/notes")
async def note_on_need(request: Request, need: UUID, caller: AsNgo) -> Response:
    """Keep a note."""
    return await _note(request, caller, "needs", need)


@router.post("/cases/{need:uuid}/notes")
async def note_on_case(request: Request, need: UUID, caller: AsFocalPoint) -> Response:
    """Keep a note that focal points alone read."""
    return await _note(request, caller, "cases", need)


async def _note(request: Request, caller: Caller, desk: str, need: UUID) -> Response:
    wired, text = wiring(request), (await read_form(request)).get("note", "")
    try:
        await write_note(wired.context, programme_of(caller), need, _TIERS[desk], caller.key, text, wired.clock())
    except InvalidError as refused:
        return await _one(request, caller, desk, need, faults_in(refused), text, 422)
    return _back(desk, need, "noted")


@router.post("/needs/{need:uuid}/close")
async def close(request: Request, need: UUID, caller: AsNgo) -> Response:
    """A person dealt with it."""
    return await _close(request, caller, "needs", need)


@router.post("/cases/{need:uuid}/close")
async def close_case(request: Request, need: UUID, caller: AsFocalPoint) -> Response:
    """A focal point dealt with it."""
    return await _close(request, caller, "cases", need)


async def _close(request: Request, caller: Caller, desk: str, need: UUID) -> Response:
    wired = wiring(request)
    try:
        async with wired.context.database.transaction() as store:
            await close_need(store, programme_of(caller), need, wired.clock(), sensitive=desk == "cases")
    except ConflictError as refused:
        return await _one(request, caller, desk, need, faults_in(refused), status=409)
    return _back(desk, need, "closed")


@router.post("/needs/{need:uuid}/join")
async def join_need(request: Request, need: UUID, caller: AsNgo) -> Response:
    """It is the same as another of the worker's."""
    return await _join(request, caller, "needs", need)


@router.post("/cases/{need:uuid}/join")
async def join_case(request: Request, need: UUID, caller: AsFocalPoint) -> Response:
    """It is the same as another sensitive case of the worker's."""
    return await _join(request, caller, "cases", need)


async def _join(request: Request, caller: Caller, desk: str, need: UUID) -> Response:
    wired, into = wiring(request), _id(await read_form(request), "into")
    try:
        await join(wired.context, programme_of(caller), need, into, wired.clock(), sensitive=desk == "cases")
    except ConflictError as refused:
        return await _one(request, caller, desk, need, faults_in(refused), status=409)
    return _back(desk, into, "joined")


@router.post("/needs/{need:uuid}/transfer")
async def transfer(request: Request, need: UUID, caller: AsNgo) -> Response:
    """Ask the worker whether another service may have it."""
    wired, form = wiring(request), await read_form(request)
    referral = await _referral(request, caller, need)
    try:
        await propose_transfer(
            wired.context, programme_of(caller), referral, _id(form, "service"), wired.clock()
        )  # fmt: skip
    except (ConflictError, InvalidError) as refused:
        return await _one(request, caller, "needs", need, faults_in(refused), status=409)
    return _back("needs", need, "proposed")


@router.post("/needs/{need:uuid}/end")
async def end(request: Request, need: UUID, caller: AsNgo) -> Response:
    """End the request that a service has; the worker is told in neutral words."""
    wired = wiring(request)
    referral = await _referral(request, caller, need)
    try:
        await answer_referral(
            wired.context, programme_of(caller), referral, ReferralState.CANCELLED, Actor.REQUESTER, wired.clock()
        )
    except TransitionError as refused:
        return await _one(request, caller, "needs", need, faults_in(refused), status=409)
    return _back("needs", need, "ended")


@router.post("/cases/{need:uuid}/acknowledge")
async def acknowledge(request: Request, need: UUID, caller: AsFocalPoint) -> Response:
    """Take a case up."""
    wired = wiring(request)
    await take_up(wired.context, programme_of(caller), need, caller.key, wired.clock())
    return _back("cases", need, "taken-up")


async def _referral(request: Request, caller: Caller, need: UUID) -> UUID:
    """The request that a service has for a need of the standard tier."""
    wired = wiring(request)
    case = await look_at(wired.context, programme_of(caller), need, Sensitivity.STANDARD, wired.clock())
    if case.need["referral"] is None:
        raise NotFoundError("No service has a request for this need.")
    return case.need["referral"]


def _back(desk: str, need: UUID, done: str) -> Response:
    return RedirectResponse(f"/{desk}/{need}?done={done}", 303)


def _id(form: Mapping[str, str], name: str) -> UUID:
    try:
        return UUID(form.get(name, ""))
    except ValueError:
        raise NotFoundError("There is nothing of this id.") from None


def _drawn(case: Case) -> Sequence[compass.Point]:
    """Where the services that fit lie around the worker's site; empty where its place is not known."""
    if case.need["latitude"] is None:
        return ()
    return compass.around(
        (case.need["latitude"], case.need["longitude"]),
        [
            (number, place.latitude, place.longitude)
            for number, one in enumerate(case.fitting, 1)
            for place in one.places
            if place.latitude is not None and place.longitude is not None
        ],
    )
