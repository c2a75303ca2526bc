"""Accounts: who has access, invitations, another role, and the door; for an NGO's administrator and for an operator."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from app.domain.errors import ForbiddenError
from app.domain.roles import OPERATOR
from app.jobs.accounts import Guest, end_sessions_of, invite, lock, reset, take_away
from app.jobs.placing import Wanted, move, place_for
from app.store.accounts import people
from app.store.links import open_invitations, withdraw_invitation
from app.web.access import AsAdminOrOperator, AsOperator
from app.web.rest.bodies import Body, Name
from app.web.wiring import wiring

router = APIRouter(prefix="/v1/accounts", tags=["administration"])


class RoleBody(Body):
    """A role: an NGO's people with a grade and scopes, a brand's with its code, a provider's with its organization.

    `programme` is for an operator to say; an administrator gives access to their own.
    """

    role: Literal["operator", "ngo", "brand", "provider"]
    grade: Literal["", "reader", "editor", "admin"] = ""
    scopes: Annotated[list[Literal["focal-point", "respondents"]], Field(max_length=2)] = []
    programme: Annotated[str, Field(max_length=63)] = ""
    brand: Annotated[str, Field(max_length=63)] = ""
    organization: UUID | None = None

    def wanted(self) -> Wanted:
        """What the use cases take."""
        return Wanted(self.role, self.grade, self.scopes, self.programme, self.brand, self.organization)


class InvitationBody(RoleBody):
    """Somebody to let in."""

    email: Annotated[str, Field(max_length=254)]
    name: Name


class LockBody(Body):
    """Whether the account is locked, wherever it belongs."""

    locked: bool


class ResetBody(Body):
    """A new password; with `second_factor` the app of the lost phone goes too."""

    second_factor: bool = False


@router.get("")
async def accounts(request: Request, caller: AsAdminOrOperator) -> list[dict[str, Any]]:
    """The programme's people, or for an operator everybody: who has several places stands there with each."""
    async with wiring(request).context.database.transaction() as store:
        return await people(store, caller.programme, everybody=caller.role == OPERATOR)


@router.get("/invitations")
async def invitations(request: Request, caller: AsAdminOrOperator) -> list[dict[str, Any]]:
    """Invitations that nobody took up yet: the programme's, or the operators'."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        return await open_invitations(store, caller.programme, wired.clock())


@router.post("/invitations", status_code=201)
async def send_invitation(request: Request, body: InvitationBody, caller: AsAdminOrOperator) -> dict[str, str]:
    """Invite somebody; the link is good once and for a week, told this once, and sent where there is mail.

    Whether the e-mail has an account is not told.
    """
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        place = await place_for(store, caller, body.wanted())
    guest = Guest(body.email, body.name, place)
    path = await invite(wired.context, caller.standing, guest, wired.clock(), mail=wired.mailer is not None)
    return {"link": wired.context.address(path)}


@router.delete("/invitations/{invitation}", status_code=204)
async def withdraw(request: Request, invitation: UUID, caller: AsAdminOrOperator) -> None:
    """End an invitation that nobody took up yet."""
    async with wiring(request).context.database.transaction() as store:
        await withdraw_invitation(store, invitation, caller.programme)


@router.put("/{account}/role", status_code=204)
async def set_role(request: Request, account: UUID, body: RoleBody, caller: AsAdminOrOperator) -> None:
    """Another role for somebody who is there already; their sessions there end."""
    wired = wiring(request)
    await move(wired.context, caller, account, body.wanted(), wired.clock())


@router.post("/{account}/reset")
async def send_reset(request: Request, account: UUID, body: ResetBody, caller: AsAdminOrOperator) -> dict[str, str]:
    """A link for a new password, good once and for two hours, told this once, and sent where there is mail."""
    wired = wiring(request)
    path = await reset(
        wired.context, caller, account, wired.clock(), second_factor=body.second_factor, mail=wired.mailer is not None
    )
    return {"link": wired.context.address(path)}


@router.delete("/{account}/sessions", status_code=204)
async def end_sessions(request: Request, account: UUID, caller: AsAdminOrOperator) -> None:
    """Sign somebody out everywhere in the programme; an operator, everywhere."""
    await end_sessions_of(wiring(request).context, caller, account)


@router.put("/{account}/lock", status_code=204)
async def lock_account(request: Request, account: UUID, body: LockBody, caller: AsOperator) -> None:
    """Lock an account wherever it belongs, which ends its sessions, or let it in again."""
    if account == caller.account:
        raise ForbiddenError("Nobody locks themselves out.")
    wired = wiring(request)
    since: datetime | None = wired.clock() if body.locked else None
    await lock(wired.context, account, since)


@router.delete("/{account}", status_code=204)
async def remove(request: Request, account: UUID, caller: AsAdminOrOperator) -> None:
    """Take somebody's access to the programme away, or an operator's among the operators."""
    wired = wiring(request)
    await take_away(wired.context, caller, account, wired.clock())
