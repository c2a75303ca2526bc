"""Who is told of sensitive cases: a programme's focal points, named by an administrator; never a whole address or number."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.errors import ConflictError, Fault, InvalidError
from app.jobs.casework import name_another_focal_point, read_focal_point
from app.store.focal_points import drop_focal_point, list_focal_points
from app.store.keys import FOCAL_POINT, Caller, programme_of
from app.web.access import AsAdmin, AsNgo
from app.web.bodies import read_form
from app.web.pages.faulted import faults_in
from app.web.pages.languages import gettext, marked
from app.web.pages.rounds import has_phones
from app.web.pages.templating import page
from app.web.wiring import wiring

router = APIRouter(prefix="/focal-points", include_in_schema=False)

_DONE: Mapping[str, str] = {"added": marked("Saved."), "removed": marked("They are told no more.")}


@router.get("")
async def focal_points(request: Request, caller: AsNgo) -> Response:
    """Who they are, and by which ways they are told."""
    return await _shown(request, caller)


async def _shown(
    request: Request, caller: Caller, form: Mapping[str, str] | None = None, faults: Sequence[Fault] = ()
) -> Response:
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        people = await list_focal_points(store, programme_of(caller))
    return page(
        "focal_points.html", 422 if faults else 200, caller=caller, phones=has_phones(wired, caller), people=people,
        sees_cases=FOCAL_POINT in caller.scopes, mail=wired.mailer is not None,
        tongues=sorted(wired.context.catalogue.texts), form=form or {}, faults=faults,
        done=gettext(_DONE.get(request.query_params.get("done", ""), "")),
    )  # fmt: skip


@router.post("")
async def add(request: Request, caller: AsAdmin) -> Response:
    """One more is told."""
    wired, form = wiring(request), await read_form(request)
    try:
        person = read_focal_point(form, wired.context.catalogue.texts)
        await name_another_focal_point(wired.context, programme_of(caller), person, wired.clock())
    except (InvalidError, ConflictError) as refused:
        return await _shown(request, caller, form, faults_in(refused))
    return RedirectResponse("/focal-points?done=added", 303)


@router.post("/{key:uuid}/remove")
async def remove(request: Request, key: UUID, caller: AsAdmin) -> Response:
    """One is told no more."""
    async with wiring(request).context.database.transaction() as store:
        await drop_focal_point(store, programme_of(caller), key)
    return RedirectResponse("/focal-points?done=removed", 303)
