"""You said, we did: the list of actions, and the page on which an NGO writes one and has people told."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.action import Action, ActionState, Finding, may_be_told_back
from app.domain.errors import ConflictError, DomainError, Fault, InvalidError, NotFoundError
from app.domain.survey import Review, Status, Survey
from app.jobs.acting import actions_for, mend_action, plan_action
from app.jobs.dashboards import rounds_for
from app.jobs.telling import preview_telling, tell
from app.store.actions import asked_sites, surveys_of
from app.store.keys import Caller, programme_of
from app.store.programmes import list_sites
from app.store.rounds import get_round
from app.store.surveys import load_survey
from app.web.access import NGO, AsNgo, AsNgoOrBrand
from app.web.bodies import read_form
from app.web.pages.faulted import faults_in
from app.web.pages.languages import gettext, marked
from app.web.pages.moves import told_move
from app.web.pages.rounds import has_phones
from app.web.pages.scales import Scale, scales_of
from app.web.pages.templating import page
from app.web.wiring import Wiring, wiring

router = APIRouter(include_in_schema=False)

STATES: Mapping[str, str] = {
    "planned": marked("Planned"),
    "under-way": marked("Under way"),
    "done": marked("Done"),
    "dropped": marked("Dropped"),
}
_LONGEST = 1000


@router.get("/actions")
async def actions_page(request: Request, caller: AsNgoOrBrand) -> Response:
    """Every action the caller may read; an NGO may begin one about a round."""
    wired = wiring(request)
    found = await actions_for(wired.context, caller)
    rounds = await rounds_for(wired.context, caller)
    names = {row["id"]: row["name"] for row in rounds}
    async with wired.context.database.transaction() as store:
        surveys = await surveys_of(store, programme_of(caller), {row["round"] for row in found})
        sites = {site["code"]: site["name"] for site in await list_sites(store, programme_of(caller), caller.brand)}
    return page(
        "actions.html", caller=caller, phones=has_phones(wired, caller), may_write=caller.role == NGO, sites=sites,
        rounds=[row for row in rounds if row["state"] != "planned"],
        actions=[_told(row, names, scales_of(surveys[row["round"]]), sites) for row in found],
    )  # fmt: skip


def _told(
    row: Mapping[str, Any], names: Mapping[UUID, str], scales: Mapping[str, Scale], sites: Mapping[str, str]
) -> dict[str, Any]:
    """An action as the pages say it: its state in words, the share told of the whole, what changed."""
    state: str = row["state"]
    whole = next((share["share"] for share in row["share_told"] if share["level"] == "round"), None)
    return {
        **row, "round_name": names.get(row["round"], ""), "in_words": gettext(STATES[state]),
        "due": datetime.combine(row["due_on"], datetime.min.time()), "share": whole,
        "moves": [told_move(change, scales, sites) for change in row["changes"]],
    }  # fmt: skip


@router.get("/rounds/{round_id:uuid}/actions")
async def new_page(request: Request, round_id: UUID, caller: AsNgo) -> Response:
    """The form for a new action about a round."""
    return await _form(request, caller, round_id, {}, ())


@router.post("/rounds/{round_id:uuid}/actions")
async def make(request: Request, round_id: UUID, caller: AsNgo) -> Response:
    """Keep it; or the form again, with what was written and every fault."""
    wired, form = wiring(request), await read_form(request)
    try:
        action, faults = _action(round_id, form)
        key = await plan_action(wired.context, programme_of(caller), action, wired.clock(), faults)
    except InvalidError as refused:
        return await _form(request, caller, round_id, form, faults_in(refused, _ids(form)))
    return RedirectResponse(f"/actions/{key}", 303)


@router.get("/actions/{key:uuid}")
async def action_page(request: Request, key: UUID, caller: AsNgo) -> Response:
    """One action: what became of it, and what telling it would mean."""
    return await _one(request, caller, key, None, ())


@router.post("/actions/{key:uuid}")
async def change(request: Request, key: UUID, caller: AsNgo) -> Response:
    """Keep what became of it; or the form again, with every fault."""
    wired, form = wiring(request), await read_form(request)
    row = await _row(wired, caller, key)
    try:
        changed, faults = _plan(form)
        changed["measured_by"] = _id(form, "measured_by")
        if row["telling_at"] is None:
            changed |= {"texts": _texts(form), "reviews": _reviews(form)}
        await mend_action(wired.context, programme_of(caller), key, changed, wired.clock(), faults)
    except InvalidError as refused:
        return await _one(request, caller, key, form, faults_in(refused, _ids(form)))
    return RedirectResponse(f"/actions/{key}?done=saved", 303)


@router.post("/actions/{key:uuid}/tell")
async def tell_people(request: Request, key: UUID, caller: AsNgo) -> Response:
    """Have people told; why not, where they cannot be."""
    wired, form = wiring(request), await read_form(request)
    taken = {"by": form.get("by", "").strip()[:200], "reason": form.get("reason", "").strip()[:200]}
    try:
        await tell(wired.context, programme_of(caller), key, taken, wired.clock())
    except NotFoundError:
        raise
    except DomainError as refused:
        return await _one(request, caller, key, None, faults_in(refused, {}))
    return RedirectResponse(f"/actions/{key}?done=telling", 303)


# -- what a form says -----------------------------------------------------------------------------


def _action(round_id: UUID, form: Mapping[str, str]) -> tuple[Action, list[Fault]]:
    """The action a form describes, and what stands in no field as it should; so that all is told at once."""
    kind, _, about = form.get("about", "").partition(":")
    sites = tuple(name.removeprefix("site:") for name in form if name.startswith("site:"))
    changed, faults = _plan(form)
    finding = Finding(
        round_id, changed["said"], about if kind == "indicator" else "", about if kind == "question" else "", sites
    )
    return Action(finding, changed["owner"], changed["due_on"], changed["state"], _texts(form), _reviews(form)), faults


def _plan(form: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    """What the fields of the plan say, and what is wrong with them."""
    said, owner = (form.get(name, "").strip()[:_LONGEST] for name in ("said", "owner"))
    faults = [Fault(name, "must not be empty") for name, text in (("said", said), ("owner", owner)) if not text]
    try:
        due_on = date.fromisoformat(form.get("due_on", ""))
    except ValueError:
        due_on = date.min
        faults.append(Fault("due_on", "must be a date"))
    try:
        state = ActionState(form.get("state", ActionState.PLANNED))
    except ValueError:
        state = ActionState.PLANNED
        faults.append(Fault("state", "is none of those there are"))
    return {"said": said, "owner": owner, "due_on": due_on, "state": state}, faults


def _id(form: Mapping[str, str], name: str) -> UUID | None:
    try:
        return UUID(form[name]) if form.get(name) else None
    except ValueError:
        raise InvalidError("There is no such round.", [Fault(name, "is no round")]) from None


def _ids(form: Mapping[str, str]) -> Mapping[str, str]:
    """A place as the rules call it → the field of the form."""
    languages = [name.removeprefix("text:") for name in form if name.startswith("text:")]
    return {
        **dict.fromkeys(("finding", "finding.indicator", "finding.question"), "about"), "finding.sites": "sites",
        **{f"texts.{language}": f"text-{language}" for language in languages},
        **{f"reviews.{language}": f"by-{language}" for language in languages},
    }  # fmt: skip


def _texts(form: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix("text:"): text.strip()[:_LONGEST] for name, text in form.items() if name.startswith("text:")
    }


def _reviews(form: Mapping[str, str]) -> dict[str, Review]:
    """Whoever is named beside a wording stands for it."""
    return {
        name.removeprefix("by:"): Review(Status.REVIEWED, by.strip()[:200])
        for name, by in form.items()
        if name.startswith("by:") and by.strip()
    }


# -- what the pages show --------------------------------------------------------------------------


async def _survey(wired: Wiring, caller: Caller, round_id: UUID) -> tuple[str, Survey, Mapping[str, str]]:
    """The round's name, what it asks, and the sites it is asked at: code → name."""
    async with wired.context.database.transaction() as store:
        asked = await get_round(store, programme_of(caller), round_id)
        survey = await load_survey(store, asked.survey)
        return asked.name, survey, {site["code"]: site["name"] for site in await asked_sites(store, round_id)}


async def _form(
    request: Request, caller: Caller, round_id: UUID, form: Mapping[str, str], faults: Sequence[Fault]
) -> Response:
    wired = wiring(request)
    name, survey, sites = await _survey(wired, caller, round_id)
    about = [
        *(("indicator", of.code) for of in survey.indicators if may_be_told_back(survey, indicator=of.code)),
        *(("question", of.code) for of in survey.questions if of.asks and may_be_told_back(survey, question=of.code)),
    ]
    return page(
        "action_new.html", 422 if faults else 200, caller=caller, phones=has_phones(wired, caller), round_id=round_id,
        round_name=name, about=about, sites=sites, survey_languages=survey.languages, states=_states(),
        form=defaultdict(str, form), faults=faults,
    )  # fmt: skip


async def _one(
    request: Request, caller: Caller, key: UUID, form: Mapping[str, str] | None, faults: Sequence[Fault]
) -> Response:
    wired = wiring(request)
    row = await _row(wired, caller, key)
    rounds = await rounds_for(wired.context, caller)
    name, survey, sites = await _survey(wired, caller, row["round"])
    preview, why_not = None, ""
    if row["telling_at"] is None:
        try:
            preview = await preview_telling(wired.context, programme_of(caller), key)
        except ConflictError as refused:  # no road leads there, which is no reason not to write
            why_not = refused.message
    kept = {
        "said": row["said"], "owner": row["owner"], "due_on": row["due_on"].isoformat(), "state": row["state"],
        "measured_by": str(row["measured_by"] or ""),
        **{f"text:{language}": text for language, text in row["texts"].items()},
        **{f"by:{language}": told.by for language, told in row["reviews"].items()},
    }  # fmt: skip
    first = next((found for found in rounds if found["id"] == row["round"]), None)
    later = [
        found for found in rounds
        if first is not None and found["survey"] == first["survey"] and found["opens_at"] > first["opens_at"]
    ]  # fmt: skip
    return page(
        "action.html", 422 if faults else 200, caller=caller, phones=has_phones(wired, caller),
        action=_told(row, {row["round"]: name}, scales_of(survey), sites), preview=preview, why_not=why_not, later=later,
        states=_states(), sites=sites, survey_languages=survey.languages,
        form=defaultdict(str, kept if form is None else form), faults=faults,
        done=request.query_params.get("done", ""),
    )  # fmt: skip


async def _row(wired: Wiring, caller: Caller, key: UUID) -> Mapping[str, Any]:
    for row in await actions_for(wired.context, caller):
        if row["id"] == key:
            return row
    raise NotFoundError("There is no such action in this programme.")


def _states() -> list[tuple[str, str]]:
    return [(state, gettext(told)) for state, told in STATES.items()]
