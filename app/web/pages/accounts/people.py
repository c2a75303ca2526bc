"""Who has access: an administrator's people, or an operator's, their invitations and what may be done about them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.errors import ConflictError, DomainError, Fault, ForbiddenError, NotFoundError
from app.domain.roles import BRAND, GRADES, NGO, OPERATOR, ROLES, SCOPES, Standing, may_give
from app.jobs.accounts import Guest, end_sessions_of, invite, lock, reset, take_away
from app.jobs.placing import Wanted, move, place_for
from app.store.accounts import people, some_organizations
from app.store.keys import Caller
from app.store.links import open_invitations, withdraw_invitation
from app.store.programmes import list_brands, list_programmes
from app.web.access import AsAdminOrOperator
from app.web.bodies import read_form
from app.web.pages.addresses import id_of
from app.web.pages.faulted import faults_in
from app.web.pages.rounds import has_phones
from app.web.pages.templating import page
from app.web.wiring import wiring

router = APIRouter(prefix="/accounts", include_in_schema=False)


@router.get("")
async def access(request: Request, caller: AsAdminOrOperator) -> Response:
    """The page."""
    return await _access(request, caller)


async def _access(
    request: Request, caller: Caller, status: int = 200, faults: Sequence[Fault] = (), path: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    wired = wiring(request)
    operator = caller.role == OPERATOR
    async with wired.context.database.transaction() as store:
        found = await people(store, caller.programme, everybody=operator)
        waiting = await open_invitations(store, caller.programme, wired.clock())
        programmes = [item.code for item in await list_programmes(store)] if operator else []
        brands = await list_brands(store, caller.programme) if caller.programme else []
        organizations = await some_organizations(store, caller.programme) if caller.programme else []
    return page(
        "accounts/people.html", status, caller=caller, people=found, invitations=waiting, programmes=programmes,
        brands=brands, organizations=organizations, roles=[role for role in ROLES if _may(caller, role)],
        grades=GRADES, scopes=[scope for scope in SCOPES if operator or scope in caller.scopes],
        faults=faults, phones=has_phones(wired, caller), link=f"{wired.context.public_url}{path}" if path else "",
        mail=wired.mailer is not None, given=given or {}, done=request.query_params.get("done", ""),
    )  # fmt: skip


def _may(caller: Caller, role: str) -> bool:
    # Brands and services are of a programme, whose people know them.
    if caller.role == OPERATOR:
        return role in {OPERATOR, NGO}
    return not may_give(caller.standing, Standing(role, GRADES[0] if role == NGO else ""))


@router.post("/invite")
async def send_invitation(request: Request, caller: AsAdminOrOperator) -> Response:
    """An invitation; its link is shown this once."""
    wired = wiring(request)
    form = await read_form(request)
    try:
        async with wired.context.database.transaction() as store:
            place = await place_for(store, caller, _wanted(form))
        guest = Guest(form.get("email", ""), form.get("name", ""), place)
        path = await invite(wired.context, caller.standing, guest, wired.clock(), mail=wired.mailer is not None)
    except NotFoundError as refused:
        wrong = [Fault("brand" if form.get("role") == BRAND else "organization", refused.message)]
        return await _access(request, caller, 422, wrong, given=form)
    except DomainError as refused:
        return await _access(request, caller, 422, faults_in(refused), given=form)
    return await _access(request, caller, 201, path=path)


def _wanted(form: Mapping[str, str]) -> Wanted:
    return Wanted(
        form.get("role", ""), form.get("grade", ""), [scope for scope in SCOPES if scope in form],
        form.get("programme", ""), form.get("brand", ""), id_of(form.get("organization", "")),
    )  # fmt: skip


@router.post("/invitations/{invitation:uuid}/withdraw")
async def withdraw(request: Request, invitation: UUID, caller: AsAdminOrOperator) -> Response:
    """End an invitation that nobody took up yet."""
    async with wiring(request).context.database.transaction() as store:
        await withdraw_invitation(store, invitation, caller.programme)
    return _done("withdrawn")


@router.post("/{account:uuid}/reset")
async def send_reset(request: Request, account: UUID, caller: AsAdminOrOperator) -> Response:
    """A link for a new password, and where it is asked for without the old app; shown this once."""
    wired = wiring(request)
    form = await read_form(request)
    try:
        path = await reset(
            wired.context, caller, account, wired.clock(), second_factor="second-factor" in form,
            mail=wired.mailer is not None,
        )  # fmt: skip
    except ForbiddenError as refused:
        return await _access(request, caller, 403, faults_in(refused))
    return await _access(request, caller, path=path)


@router.post("/{account:uuid}/sessions/end")
async def end_sessions(request: Request, account: UUID, caller: AsAdminOrOperator) -> Response:
    """Sign a person out everywhere."""
    await end_sessions_of(wiring(request).context, caller, account)
    return _done("ended")


@router.post("/{account:uuid}/grade")
async def regrade(request: Request, account: UUID, caller: AsAdminOrOperator) -> Response:
    """Another grade, or other scopes, for one of the NGO's people."""
    wired, form = wiring(request), await read_form(request)
    try:
        await move(wired.context, caller, account, _wanted({**form, "role": NGO}), wired.clock())
    except DomainError as refused:
        return await _access(request, caller, 409, faults_in(refused))
    return _done("changed")


@router.post("/{account:uuid}/remove")
async def remove(request: Request, account: UUID, caller: AsAdminOrOperator) -> Response:
    """Take a person's access away."""
    wired = wiring(request)
    try:
        await take_away(wired.context, caller, account, wired.clock())
    except ConflictError as refused:
        return await _access(request, caller, 409, faults_in(refused))
    return _done("removed")


@router.post("/{account:uuid}/lock")
async def lock_account(request: Request, account: UUID, caller: AsAdminOrOperator) -> Response:
    """Lock an account wherever it belongs, or let it in again; an operator alone."""
    if caller.role != OPERATOR:
        raise ForbiddenError("An account may belong to others too; an operator locks it, you take its access away.")
    if account == caller.account:
        raise ForbiddenError("Nobody locks themselves out.")
    wired = wiring(request)
    again = "again" in await read_form(request)
    await lock(wired.context, account, None if again else wired.clock())
    return _done("unlocked" if again else "locked")


def _done(word: str) -> Any:
    return RedirectResponse(f"/accounts?done={word}", 303)
