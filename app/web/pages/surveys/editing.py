"""The editor of a survey: its fields, what they take and cost, what is wrong with them, and a phone beside them."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.catalogue.instruments import load_instruments, with_instruments
from app.domain.errors import Fault, SurveyInvalidError
from app.domain.survey import Kind, Sensitivity, Status, Survey, Urgency
from app.domain.survey.changes import Change, changes
from app.domain.survey.fitting import DOMAINS
from app.domain.survey.parse import read_survey
from app.jobs.sketching import Begun, SavedByAnotherError, begin, drop, publish_sketch, sketch
from app.jobs.writing import check, get
from app.store.keys import Caller, programme_of
from app.store.programmes import get_programme, list_sites
from app.store.sketches import Sketch
from app.web.access import AsNgo
from app.web.bodies import read_form
from app.web.pages.languages import gettext
from app.web.pages.rounds import has_phones
from app.web.pages.surveys.counting import Counts, askable, counts_of
from app.web.pages.surveys.fields import Tree, document_of, flat, gathered, rows, told, tree_of, whole
from app.web.pages.surveys.guiding import COMPARISONS, JOINS, testable, with_test
from app.web.pages.surveys.moves import moved
from app.web.pages.surveys.naming import placed, worded
from app.web.pages.surveys.talking import hold, read_said
from app.web.pages.templating import page, text_of
from app.web.rest.asking import Version
from app.web.wiring import Wiring, wiring

router = APIRouter(prefix="/surveys", include_in_schema=False)

_LONGEST_STAMP = 9


def fresh(request: Request, caller: Caller, base: Tree, tree: Tree) -> Sketch:
    """A sketch that begins now."""
    return Sketch(str(base["survey"]), base, tree, 0, "", caller.label, wiring(request).clock())


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed so far: the fields, the document they make, what is wrong with it, and its counts."""

    tree: Tree
    document: Mapping[str, Any]
    survey: Survey
    faults: Sequence[Fault]
    counts: Counts


async def _draft(wired: Wiring, programme: UUID, tree: Tree, base: Tree) -> Draft:
    document, faults = document_of(tree, base)
    async with wired.context.database.transaction() as store:
        organiser = (await get_programme(store, programme)).organiser
        countries = sorted({site["country"] for site in await list_sites(store, programme)})
    catalogue = wired.context.catalogue
    whole = with_instruments(document)
    # A rule that cannot be read is told once, and not again as one that is missing.
    known = {fault.place for fault in faults}
    others = [fault for fault in check(document, catalogue, organiser)[1] if fault.place not in known]
    survey = read_survey(whole)[0]
    return Draft(tree, document, survey, [*faults, *others], counts_of(survey, organiser, catalogue, countries))


def _fields(begun: Begun) -> Tree:
    return whole(begun.sketch.fields) if begun.sketch else tree_of(begun.base)


@router.get("/{code}")
async def editor(request: Request, code: str, caller: AsNgo) -> Response:
    """The editor, with what was saved last."""
    begun = await begin(wiring(request).context, programme_of(caller), code)
    return await _shown(request, caller, code, begun)


async def _shown(request: Request, caller: Caller, code: str, begun: Begun, status: int = 200) -> Response:
    wired = wiring(request)
    draft = await _draft(wired, programme_of(caller), _fields(begun), begun.base)
    limits = wired.context.catalogue.limits
    return page(
        "surveys/editor.html", status, caller=caller, phones=has_phones(wired, caller), code=code, begun=begun,
        stamp=begun.sketch.stamp if begun.sketch else 0, token=secrets.token_hex(8),
        open=request.query_params.get("open", "0"), done=request.query_params.get("done", ""), kinds=list(Kind),
        domains=sorted(DOMAINS), scorings=["mean", "raw", *load_instruments()], urgencies=list(Urgency),
        sensitivities=list(Sensitivity), categories=sorted(limits.categories), statuses=list(Status),
        testable=testable(draft.survey), comparisons=COMPARISONS, joins=JOINS,
        spoken=sorted(limits.languages - set(draft.survey.languages)), **_told(draft, begun.sketch, refused=""),
    )  # fmt: skip


def _told(draft: Draft, saved: Sketch | None, *, refused: str) -> dict[str, Any]:
    """What stands beside the fields."""
    numbers = {row.get("code", ""): at for at, row in reversed(list(enumerate(rows(draft.tree, "questions"))))}
    within: dict[int, list[str]] = defaultdict(list)
    for fault in draft.faults:
        head, _, rest = fault.place.partition(".")
        code, _, place = rest.partition(".")
        if head == "questions" and code in numbers:
            within[numbers[code]].append(
                f"{placed(place)}: {gettext(fault.message)}" if place else gettext(fault.message)
            )
    return {
        "tree": draft.tree, "survey": draft.survey, "faults": draft.faults, "within": within,
        "counts": draft.counts, "saved": saved, "refused": refused,
        "anchors": {fault.place: _anchor_of(fault.place, numbers) for fault in draft.faults}, "placed": placed,
    }  # fmt: skip


def _anchor_of(place: str, numbers: Mapping[str, int]) -> str:
    """Where on the page a fault is mended; empty where nothing is."""
    head, _, rest = place.partition(".")
    if head == "questions":
        number = numbers.get(rest.partition(".")[0])
        return "questions" if number is None else f"q-{number}"
    return {**dict.fromkeys(("indicators", "needs"), head), "reviews": "publish"}.get(head, "wordings")


@router.post("/{code}/typing")
async def typing(request: Request, code: str, caller: AsNgo) -> Response:
    """Save what is being typed, and tell what it takes, costs, and what is wrong with it."""
    wired, form = wiring(request), await read_form(request)
    programme, tree = programme_of(caller), gathered(form)
    refused, saved = "", None
    try:
        saved = await _save(wired, caller, code, form, tree)
    except SavedByAnotherError as another:
        refused = another.message
    base = saved.base if saved else (await begin(wired.context, programme, code)).base
    draft = await _draft(wired, programme, tree, base)
    return HTMLResponse(text_of("surveys/typing.html", code=code, swap=True, **_told(draft, saved, refused=refused)))


async def _save(
    wired: Wiring, caller: Caller, code: str, form: Mapping[str, str], tree: Tree, *, leaves: bool = False
) -> Sketch:
    given = Sketch(code, {}, tree, _count(form, "stamp"), form.get("page", "")[:32], caller.label, wired.clock())
    return await sketch(wired.context, programme_of(caller), given, _count(form, "version"), leaves=leaves)


def _count(form: Mapping[str, str], name: str) -> int:
    text = form.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_STAMP else 0


@router.post("/{code}")
async def change(request: Request, code: str, caller: AsNgo) -> Response:
    """Save the fields and do what the button says: nothing more, add or remove a part, publish, or let it all go."""
    wired, form = wiring(request), await read_form(request)
    do = form.get("do", "")
    if do == "drop":
        await drop(wired.context, programme_of(caller), code)
        return RedirectResponse("/surveys", 303)
    if do == "add:languages:":
        do = f"{do}{form.get('language', '')}"
    tree = gathered(form)
    tree = with_test(tree, form, do) if do.startswith("rule:") else moved(tree, do)
    try:
        saved = await _save(wired, caller, code, form, tree, leaves=True)
    except SavedByAnotherError:
        return await _both(request, caller, code, tree)
    if do == "publish":
        return await _publish(request, caller, code, saved)
    at = do.split(":")[2] if do.count(":") > 1 else form.get("open", "0")
    if do == "add:questions":
        at = str(len(rows(tree, "questions")) - 1)
    return RedirectResponse(f"/surveys/{code}?open={at if at.isdecimal() else 0}#{_anchor(do, at)}", 303)


def _anchor(do: str, at: str) -> str:
    for name in ("indicators", "needs", "languages"):
        if f":{name}" in do:
            return name
    return f"q-{at}" if at.isdecimal() else "main"


async def _publish(request: Request, caller: Caller, code: str, saved: Sketch) -> Response:
    wired = wiring(request)
    document, faults = document_of(saved.fields, saved.base)
    if not faults:
        try:
            version = await publish_sketch(wired.context, programme_of(caller), document, wired.clock())
        except SurveyInvalidError:
            pass  # its faults stand on the page that follows
        else:
            return RedirectResponse(f"/surveys/{code}/changes?done=published&to={version.version}", 303)
    return await _shown(request, caller, code, await begin(wired.context, programme_of(caller), code), 422)


async def _both(request: Request, caller: Caller, code: str, mine: Tree) -> Response:
    """What they saved beside what was not: nothing is written over unless somebody says so."""
    wired = wiring(request)
    begun = await begin(wired.context, programme_of(caller), code)
    theirs = document_of(_fields(begun), begun.base)[0]
    return page(
        "surveys/both.html", 409, caller=caller, phones=has_phones(wired, caller), code=code, begun=begun,
        rows=_worded(changes(told(theirs), told(document_of(mine, begun.base)[0]))), fields=flat(mine),
        stamp=begun.sketch.stamp if begun.sketch else 0, token=secrets.token_hex(8),
    )  # fmt: skip


# -- versions -------------------------------------------------------------------------------------


@router.get("/{code}/changes")
async def changes_page(
    request: Request, code: str, caller: AsNgo, since: Version | None = None, to: Version | None = None
) -> Response:
    """What changed from one version to another; from the newest to what is being typed, where no `to` is named."""
    wired = wiring(request)
    begun = await begin(wired.context, programme_of(caller), code)
    if to is None and begun.sketch is not None:
        after, name = document_of(begun.sketch.fields, begun.sketch.base)[0], ""
        since = since or begun.version
    else:
        newer = await get(wired.context, programme_of(caller), code, to)
        after, name = newer.document, str(newer.version)
        since = since or newer.version - 1
    before: Mapping[str, Any] = {}
    if since:
        before = (await get(wired.context, programme_of(caller), code, since)).document
    return page(
        "surveys/changes.html", caller=caller, phones=has_phones(wired, caller), code=code, since=since, to=name,
        rows=_worded(changes(told(before) if before else before, told(after))), versions=range(1, begun.version + 1),
        sketch=begun.sketch, done=request.query_params.get("done", ""),
    )  # fmt: skip


def _worded(found: Sequence[Change]) -> list[Change]:
    return [Change(placed(one.place), worded(one.place, one.before), worded(one.place, one.after)) for one in found]


# -- the phone ------------------------------------------------------------------------------------


@router.get("/{code}/phone")
async def phone_page(request: Request, code: str, caller: AsNgo) -> Response:
    """The phone on a page of its own."""
    return await _phone(request, caller, code, {})


@router.post("/{code}/phone")
async def type_on_phone(request: Request, code: str, caller: AsNgo) -> Response:
    """Type a reply; nothing is sent or kept, the replies travel with the page."""
    return await _phone(request, caller, code, await read_form(request))


async def _phone(request: Request, caller: Caller, code: str, form: Mapping[str, str]) -> Response:
    wired = wiring(request)
    programme = programme_of(caller)
    begun = await begin(wired.context, programme, code)
    catalogue = wired.context.catalogue
    document, _ = document_of(_fields(begun), begun.base)
    survey = askable(read_survey(with_instruments(document))[0])
    async with wired.context.database.transaction() as store:
        organiser = (await get_programme(store, programme)).organiser
    tongues = [language for language in survey.languages if language in catalogue.limits.languages]
    language = form.get("language", "") if form.get("language", "") in tongues else next(iter(tongues), "")
    said = [] if "again" in form else read_said(form.get("said", ""))
    if form.get("text", "").strip() and "again" not in form:
        said.append(form["text"].strip())
    shown: dict[str, Any] = {
        "code": code, "language": language, "tongues": tongues,
        "thread": hold(survey, language, said, organiser, catalogue) if language and survey.questions else None,
    }  # fmt: skip
    if request.headers.get("hx-request"):
        return HTMLResponse(text_of("surveys/phone.html", form_token=caller.form_token, **shown))
    return page("surveys/phone_page.html", caller=caller, phones=has_phones(wired, caller), **shown)
