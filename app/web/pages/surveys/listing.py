"""The surveys of a programme: what there is of each, a new one, and one out of a form."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.errors import Fault, InvalidError
from app.jobs.sketching import begin_anew
from app.jobs.xlsforms import export_form, faults_of, in_order, read_upload, with_what_it_feeds
from app.store.keys import Caller, programme_of
from app.store.sketches import list_sketches
from app.store.surveys import list_surveys
from app.web.access import AsNgo
from app.web.bodies import read_file, read_form
from app.web.pages.languages import gettext
from app.web.pages.rounds import has_phones
from app.web.pages.surveys.editing import fresh
from app.web.pages.surveys.fields import tree_of
from app.web.pages.templating import page
from app.web.rest.asking import Version
from app.web.rest.exporting import attached
from app.web.rest.xlsforms import XLSX
from app.web.wiring import wiring

CODE = re.compile(r"[a-z][a-z0-9_-]{0,62}")

router = APIRouter(prefix="/surveys", include_in_schema=False)


@router.get("")
async def surveys_page(request: Request, caller: AsNgo) -> Response:
    """Every survey with its versions, and what somebody is typing."""
    return await _listed(request, caller)


async def _listed(
    request: Request, caller: Caller, status: int = 200, *, told: str = "", refused: Sequence[Fault] = (),
    wrong: Sequence[Fault] = (), given: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """The page; with what an XLSForm was `refused` for, or what is `wrong` with a form that was `given`."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        versions = await list_surveys(store, programme_of(caller))
        sketches = {sketch.code: sketch for sketch in await list_sketches(store, programme_of(caller))}
    found: dict[str, dict[str, Any]] = {
        code: {"title": sketch.fields.get("title") or code, "versions": [], "sketch": sketch}
        for code, sketch in sketches.items()
    }
    for code, group in groupby(versions, key=attrgetter("survey.code")):
        rows = list(group)
        found[code] = {"title": rows[0].survey.title, "versions": rows, "sketch": sketches.get(code)}
    spoken = sorted(wired.context.catalogue.limits.languages)
    return page(
        "surveys/list.html", status, caller=caller, phones=has_phones(wired, caller), surveys=sorted(found.items()),
        spoken=spoken, told=told, refused=refused, faults=wrong, given=given or {},
    )  # fmt: skip


@router.post("")
async def new_survey(request: Request, caller: AsNgo) -> Response:
    """Begin a survey by its code."""
    form = await read_form(request)
    code, language, title = form.get("code", "").strip(), form.get("language", "en"), form.get("title", "").strip()
    document = {"survey": code, "title": title, "languages": [language]}
    sketch = fresh(request, caller, document, tree_of(document))
    async with wiring(request).context.database.transaction() as store:
        taken = {version.survey.code for version in await list_surveys(store, programme_of(caller))}
    wrong = [] if title else [Fault("title", "must not be empty")]
    if not CODE.fullmatch(code):
        wrong.append(Fault("code", "takes small letters, digits, - and _, and begins with a letter"))
    elif code in taken:
        wrong.append(Fault("code", "there is a survey of this code already"))
    if language not in wiring(request).context.catalogue.limits.languages:
        wrong.append(Fault("language", "is none of those there are"))
    if wrong:
        return await _listed(request, caller, 422, wrong=wrong, given=form)
    if not await begin_anew(wiring(request).context, programme_of(caller), sketch):
        typed = [Fault("code", "there is a survey of this code already")]
        return await _listed(request, caller, 409, wrong=typed, given=form)
    return RedirectResponse(f"/surveys/{code}", 303)


@router.post("/xlsform")
async def upload_form(request: Request, caller: AsNgo) -> Response:
    """Begin a survey with what an XLSForm says; or every fault, each with its row."""
    wired = wiring(request)
    try:
        form = await read_upload(await read_file(request))
    except InvalidError as refused:
        return await _listed(request, caller, 422, wrong=[Fault("file", refused.message)])
    document = await with_what_it_feeds(wired.context, programme_of(caller), form.document)
    # What can be mended in the editor is; what the form says and no survey can is told here.
    if form.refused or not CODE.fullmatch(str(document["survey"])):
        faults = faults_of(form, document, wired.context.catalogue)
        told = gettext("The form cannot be taken over as it is; nothing was kept.")
        return await _listed(request, caller, 422, told=told, refused=faults)
    sketch = fresh(request, caller, document, tree_of(document))
    if not await begin_anew(wired.context, programme_of(caller), sketch):
        told = gettext("Somebody is typing this survey: publish or drop that first.")
        return await _listed(request, caller, 409, told=told)
    if form.faults:
        # What was left out or taken for granted is told once, here; the draft is kept.
        return page(
            "surveys/read.html", caller=caller, phones=has_phones(wired, caller), code=sketch.code,
            title=document["title"] or sketch.code, warnings=in_order(form.faults),
        )  # fmt: skip
    return RedirectResponse(f"/surveys/{sketch.code}?done=read", 303)


@router.get("/{code}/xlsform")
async def download_form(request: Request, code: str, caller: AsNgo, version: Version | None = None) -> Response:
    """A version as an XLSForm."""
    content = await export_form(wiring(request).context, programme_of(caller), code, version)
    return attached(content, XLSX, f"{code}.xlsx")
