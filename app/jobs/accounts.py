"""People are let in, sent a new password, and shown the door: who gives access to whom, and the links that do it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.catalogue.passwords import common_passwords
from app.domain.errors import ConflictError, Fault, ForbiddenError, InvalidError, NotFoundError
from app.domain.lockout import OF_ACCOUNT, OF_ADDRESS
from app.domain.mailboxes import mailbox
from app.domain.passwords import fault_of
from app.domain.phrases import phrase
from app.domain.roles import OPERATOR, Standing, may_give
from app.jobs.context import Context
from app.jobs.passwords import Passwords
from app.jobs.placing import refuse_place
from app.jobs.signing_in import tries_from, tries_of
from app.store.accounts import (
    Account,
    account_by_email,
    create_account,
    get_account,
    join,
    leave,
    places_of,
    set_locked,
    set_password,
    set_totp,
)
from app.store.database import Store
from app.store.keys import Caller
from app.store.letters import Letter, enqueue_letter
from app.store.links import Link, Place, create_invitation, create_reset, read_link
from app.store.sessions import end_sessions, open_session
from app.store.tries import count_try, forgive

OPERATOR_STANDING = Standing(OPERATOR)
"""Of whoever holds the command line."""

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is invited, and to what."""

    email: str = field(repr=False)
    name: str = field(repr=False)
    place: Place


async def invite(context: Context, giver: Standing, guest: Guest, now: datetime, *, mail: bool) -> str:
    """The path of a link by which somebody makes an account, or adds a place to the one they have.

    It is shown to the inviter, this once, and sent where there is mail. Whether the e-mail has an account is not told.

    Raises:
        InvalidError: the e-mail, the name or the place is malformed.
        ForbiddenError: the inviter may not give this.
    """
    place = guest.place
    refuse_place(giver, place)
    email, name = mailbox(guest.email).lower(), _name(guest.name)
    async with context.database.transaction() as store:
        path = f"/invitations/{await create_invitation(store, email, name, place, now)}"
        if mail:
            letter = _letter(context, email, "You are invited to Shiftline", path, "seven days", "invitation")
            await enqueue_letter(store, context.vault, letter, now)
    return path


def _name(given: str) -> str:
    name = " ".join(given.split())
    if not name or len(name) > _LONGEST_NAME:
        fault = phrase("A name has between 1 and {longest} characters.", longest=_LONGEST_NAME)
        raise InvalidError(fault, [Fault("name", fault)])
    return name


def _letter(context: Context, email: str, subject: str, path: str, lasting: str, purpose: str) -> Letter:
    body = (
        f"{subject}.\n\nThis link is for you alone. It works once, within {lasting}:\n{context.address(path)}\n\n"
        "If you did not expect it, leave it alone: nothing happens then."
    )
    return Letter(email, subject, body, purpose)


async def invitation(context: Context, token: str, now: datetime) -> tuple[Link, bool]:
    """What an invitation is to, and whether its e-mail has an account; NotFoundError once it is used or over."""
    async with context.database.transaction() as store:
        link = await read_link(store, "invitation", token, now)
        return link, await account_by_email(store, context.vault, link.email) is not None


async def take_up(
    context: Context, passwords: Passwords, token: str, name: str, password: str, now: datetime, browser: str
) -> str:
    """A new account for who holds an invitation; the token of its first session.

    Raises:
        NotFoundError: the link was used, or its time is over.
        InvalidError: the password or the name will not do.
        ConflictError: the e-mail has an account, which must sign in first.
    """
    link, _ = await invitation(context, token, now)
    name = _name(name)
    hashed = await _fresh(passwords, password, (link.email, name))
    async with context.database.transaction() as store:
        link = await read_link(store, "invitation", token, now, use=True)
        account = await create_account(store, link.email, name, hashed, now)
        return await _first_session(store, account, name, link, now, browser)


async def _first_session(store: Store, account: UUID, name: str, link: Link, now: datetime, browser: str) -> str:
    if link.place is None:
        raise NotFoundError("This link invites to nothing.")
    await join(store, account, name, link.place, now)
    return await open_session(store, (await places_of(store, account))[0]["key"], now, browser)


async def take_up_as(context: Context, caller: Caller, token: str, now: datetime, browser: str) -> str:
    """One more place for an account that is signed in, whose e-mail the invitation names; the token of a session there.

    Raises:
        ForbiddenError: the invitation is somebody else's.
    """
    async with context.database.transaction() as store:
        link = await read_link(store, "invitation", token, now, use=True)
        account = await get_account(store, context.vault, _account_of(caller))
        if account.email != link.email:
            raise ForbiddenError("This invitation is for another e-mail; sign out first.")
        return await _first_session(store, account.id, account.name, link, now, browser)


def _account_of(caller: Caller) -> UUID:
    if caller.account is None:
        raise ForbiddenError("A key has no account; sign in with an e-mail.")
    return caller.account


async def _fresh(passwords: Passwords, password: str, about: Iterable[str]) -> str:
    """The hash of a new password; InvalidError where it will not do."""
    if fault := fault_of(password, common_passwords(), about):
        raise InvalidError(fault, [Fault("password", fault)])
    return await passwords.hashed(password)


# -- a new password -------------------------------------------------------------------------------


async def change_password(context: Context, passwords: Passwords, account: UUID, password: str) -> None:
    """Another password; InvalidError where it will not do."""
    async with context.database.transaction() as store:
        found = await get_account(store, context.vault, account)
    hashed = await _fresh(passwords, password, (found.email, found.name))
    async with context.database.transaction() as store:
        await set_password(store, account, hashed)


async def forgot(context: Context, given: str, address: str, now: datetime) -> None:
    """Send whoever has an account with this e-mail a link for a new password; too many askings are passed over."""
    asked = {tries_of(context.vault, f"forgot {given}"): OF_ACCOUNT, tries_from(context.vault, address): OF_ADDRESS}
    async with context.database.transaction() as store:
        if not await count_try(store, asked, now):
            return
        account = await account_by_email(store, context.vault, given.strip())
        if account is None or account.locked:
            return
        await _send_reset(store, context, account, await create_reset(store, account.id, now), now)


async def _send_reset(store: Store, context: Context, account: Account, token: str, now: datetime) -> None:
    letter = _letter(context, account.email, "A new password for Shiftline", f"/reset/{token}", "two hours", "reset")
    await enqueue_letter(store, context.vault, letter, now)


async def reset(
    context: Context, giver: Caller | None, account: UUID, now: datetime, *, second_factor: bool, mail: bool
) -> str:
    """The path of a link for a new password, and with `second_factor` without the old app; for None, the command line.

    Raises:
        ForbiddenError: the account reaches what the giver does not.
    """
    async with context.database.transaction() as store:
        found = await get_account(store, context.vault, account)
        await _refuse_beyond(store, giver, account)
        token = await create_reset(store, account, now, second_factor=second_factor)
        if mail:
            await _send_reset(store, context, found, token, now)
    return f"/reset/{token}"


async def _refuse_beyond(store: Store, giver: Caller | None, account: UUID) -> None:
    """Whoever holds a link may become who it is for: so it must lead nowhere that its giver may not give."""
    places = await places_of(store, account)
    if giver is None or giver.role == OPERATOR:
        return
    if not any(place["programme"] == giver.programme for place in places):
        raise NotFoundError("There is no such account.")
    for place in places:
        standing = Standing(place["role"], place["grade"], frozenset(place["scopes"]))
        if place["programme"] != giver.programme or may_give(giver.standing, standing):
            raise ForbiddenError(
                "This account reaches further than you do; ask an operator, or let them use 'forgotten'."
            )


async def take_reset(context: Context, passwords: Passwords, token: str, password: str, now: datetime) -> None:
    """Set the new password; every session of the account ends.

    Raises:
        NotFoundError: the link was used, or its time is over.
        InvalidError: the password will not do.
    """
    async with context.database.transaction() as store:
        link = await read_link(store, "reset", token, now)
        account = await get_account(store, context.vault, link.account or UUID(int=0))
    hashed = await _fresh(passwords, password, (account.email, account.name))
    async with context.database.transaction() as store:
        await read_link(store, "reset", token, now, use=True)
        await set_password(store, account.id, hashed)
        if link.second_factor:
            await set_totp(store, context.vault, account.id, None, [])
        await end_sessions(store, account.id)
        await forgive(store, tries_of(context.vault, account.email))


# -- the door -------------------------------------------------------------------------------------


async def take_away(context: Context, giver: Caller, account: UUID, now: datetime) -> None:
    """Take an account's access to the giver's programme away, or the operator's among operators, with its sessions.

    Raises:
        NotFoundError: it has none there.
        ConflictError: nobody shuts themselves out.
    """
    if account == giver.account:
        raise ConflictError("Nobody takes their own access away; ask another administrator.")
    async with context.database.transaction() as store:
        if not await leave(store, account, giver.programme, now):
            raise NotFoundError("There is no such account.")


async def end_sessions_of(context: Context, giver: Caller, account: UUID) -> None:
    """End an account's sessions in the giver's programme; an operator's giver ends all. NotFoundError for a stranger."""
    async with context.database.transaction() as store:
        places = await places_of(store, account)
        if giver.role != OPERATOR and not any(place["programme"] == giver.programme for place in places):
            raise NotFoundError("There is no such account.")
        await end_sessions(store, account, giver.programme)


async def lock(context: Context, account: UUID, now: datetime | None) -> None:
    """Lock an account, which ends its sessions, or with None let it in again; NotFoundError where there is none."""
    async with context.database.transaction() as store:
        found = await get_account(store, context.vault, account)
        await set_locked(store, account, now)
        await end_sessions(store, account)
        if now is None:
            await forgive(store, tries_of(context.vault, found.email))
