"""Signing in: a password with a code, or the word of an identity provider. Nobody is told who has an account."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address, ip_network
from uuid import UUID

from pyotp import random_base32
from pyotp.totp import TOTP

from app.carriers.openid import Claims
from app.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, UnauthenticatedError
from app.domain.lockout import OF_ACCOUNT, OF_ADDRESS
from app.domain.mailboxes import mailbox
from app.domain.second_factor import RECOVERY_BYTES, RECOVERY_CODES, accepted_step, as_typed, recovery_code
from app.jobs.context import Context
from app.jobs.passwords import Passwords
from app.store.accounts import (
    Account,
    account_by_email,
    account_by_subject,
    create_account,
    get_account,
    join,
    link_subject,
    places_of,
    save_recovery_codes,
    set_password,
    set_totp,
    use_second_factor,
)
from app.store.audit import write_refused
from app.store.database import Store
from app.store.keys import Caller
from app.store.links import invitation_to, use_link
from app.store.sessions import open_session
from app.store.tries import count_try, forgive, give_back
from app.store.vault import Vault

NO = "E-mail, password or code do not fit, or there were too many tries."
"""What is said of every failure, so that none tells more than another."""

SIGN_IN = "POST /sign-in"
"""What the trail calls a try, by whichever way somebody tried."""

_REFUSED = 401
_NOWHERE = UUID(int=0)
_OFFER = "totp-offer"
_IPV6_SITE = 64


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody typed, and from where: `address` is of the network, for lock-out alone."""

    email: str = field(repr=False)
    password: str = field(repr=False)
    code: str = field(repr=False)
    address: str = field(repr=False)
    browser: str = ""


def tries_of(vault: Vault, email: str) -> bytes:
    """By what the failures of an e-mail are counted, whether or not it has an account."""
    return vault.blind_index(_NOWHERE, f"sign-in {email.strip().lower()}")


def tries_from(vault: Vault, address: str) -> bytes:
    """The same of a network address; one network of IPv6 counts as one, for a single host has as many as it likes."""
    try:
        found = ip_address(address)
        told = str(ip_network((found, _IPV6_SITE), strict=False)) if found.version == 6 else str(found)  # noqa: PLR2004
    except ValueError:
        told = address  # a socket without one
    return vault.blind_index(_NOWHERE, f"sign-in from {told}")


async def sign_in(context: Context, passwords: Passwords, given: Given, now: datetime) -> str:
    """The token of a new session.

    The way is the same for who exists and who does not: one count, one slow comparison, one use of a code, a row in
    the trail. What waits is not looked at, and leaves none: so rows are as few as tries that count.

    Raises:
        UnauthenticatedError: for every reason there is, in the same words.
    """
    whose, where = tries_of(context.vault, given.email), tries_from(context.vault, given.address)
    async with context.database.transaction() as store:
        if not await count_try(store, {whose: OF_ACCOUNT, where: OF_ADDRESS}, now):
            raise UnauthenticatedError(NO)
        account = await account_by_email(store, context.vault, given.email.strip())
    # No transaction is open here: the comparison is slow on purpose.
    right = await passwords.fits(account.password if account else None, given.password)
    step = accepted_step(given.code, _codes(account), now, account.totp_step) if account and account.totp else None
    async with context.database.transaction() as store:
        known = account.id if account and right and not account.locked else None
        second = await use_second_factor(store, known, step, as_typed(given.code), now)
        places = await places_of(store, account.id if account else _NOWHERE)
        if account is None or known is None or not places or (account.totp is not None and not second):
            token = None
            await write_refused(store, [(place["key"], place["programme"]) for place in places], SIGN_IN, _REFUSED, now)
        else:
            token = await open_session(store, places[0]["key"], now, given.browser)
            await forgive(store, whose)
            await give_back(store, where)
    if account is None or token is None:
        raise UnauthenticatedError(NO)
    if account.password is not None and passwords.is_stale(account.password):
        renewed = await passwords.hashed(given.password)
        async with context.database.transaction() as store:
            await set_password(store, account.id, renewed)
    return token


def _codes(account: Account) -> Callable[[int], str]:
    return TOTP(account.totp or "").generate_otp


async def _session(store: Store, account: Account, now: datetime, browser: str) -> str:
    places = await places_of(store, account.id)
    if not places:
        raise UnauthenticatedError(NO)
    return await open_session(store, places[0]["key"], now, browser)


async def switch(context: Context, caller: Caller, key: UUID, now: datetime, browser: str) -> str:
    """A session of the same person at another of their places; NotFoundError where it is none of theirs."""
    async with context.database.transaction() as store:
        places = await places_of(store, caller.account) if caller.account else []
        if key not in {place["key"] for place in places}:
            raise NotFoundError("There is no such place.")
        return await open_session(store, key, now, browser)


async def is_me(context: Context, passwords: Passwords, caller: Caller, password: str, now: datetime) -> None:
    """Ask for the password once more, before something that a browser left open should not do.

    Raises:
        ForbiddenError: it is not theirs, or there were too many tries.
    """
    if caller.account is None:
        raise ForbiddenError("A key has no account; sign in with an e-mail.")
    async with context.database.transaction() as store:
        account = await get_account(store, context.vault, caller.account)
        whose = tries_of(context.vault, account.email)
        counted = await count_try(store, {whose: OF_ACCOUNT}, now)
    # Who signs in through a provider alone has no password to be asked for.
    if not counted or (account.password is not None and not await passwords.fits(account.password, password)):
        raise ForbiddenError("This is not your password, or there were too many tries.")
    async with context.database.transaction() as store:
        await forgive(store, whose)


# -- the app that shows codes ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offer:
    """A new secret for an app: as an address it reads from a picture, to be typed, and sealed for the way back."""

    address: str = field(repr=False)
    secret: str = field(repr=False)
    sealed: str = field(repr=False)


async def offer_codes(context: Context, account: UUID) -> Offer:
    """A secret that nobody has yet: it counts once a code of it was typed."""
    async with context.database.transaction() as store:
        email = (await get_account(store, context.vault, account)).email
    secret = random_base32()
    sealed = context.vault.seal(_OFFER, account, _NOWHERE, secret)
    kept = urlsafe_b64encode(sealed.key_version.to_bytes(4, "big") + sealed.cipher).decode()
    return Offer(TOTP(secret).provisioning_uri(name=email, issuer_name="Shiftline"), secret, kept)


async def take_codes(context: Context, account: UUID, sealed: str, code: str, now: datetime) -> list[str]:
    """Make the offered secret the account's, its first code being used up; the recovery codes, shown this once.

    Raises:
        InvalidError: the code is not of this secret, or the offer not of this account.
    """
    secret = _opened(context.vault, account, sealed)
    step = accepted_step(code, TOTP(secret).generate_otp, now, 0) if secret else None
    if secret is None or step is None:
        raise InvalidError("This code does not fit; read the picture again and type what the app shows now.")
    codes = _new_codes()
    async with context.database.transaction() as store:
        await set_totp(store, context.vault, account, secret, [as_typed(one) for one in codes])
        await use_second_factor(store, account, step, "", now)
    return codes


def _opened(vault: Vault, account: UUID, sealed: str) -> str | None:
    try:
        raw = urlsafe_b64decode(sealed)
    except ValueError:
        return None
    return vault.open_if_it_fits(_OFFER, account, raw[4:], int.from_bytes(raw[:4], "big"))


def _new_codes() -> list[str]:
    return [recovery_code(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]


async def renew_recovery(context: Context, account: UUID) -> list[str]:
    """New recovery codes, shown this once; the old ones are worth nothing any more."""
    codes = _new_codes()
    async with context.database.transaction() as store:
        await save_recovery_codes(store, account, [as_typed(one) for one in codes])
    return codes


# -- an identity provider -------------------------------------------------------------------------


async def sign_in_by(context: Context, claims: Claims, now: datetime, browser: str) -> str:
    """The token of a session for whom an identity provider names: a linked account, or one an invitation awaits.

    An account that has a password is linked by its holder alone, from within: else whoever made it with another's
    e-mail would share it with them.

    Raises:
        UnauthenticatedError: nobody here knows them.
    """
    async with context.database.transaction() as store:
        account = await account_by_subject(store, context.vault, claims.subject)
        if account is None:
            account = await _invited(store, context, claims, now)
        if account is None or account.locked:
            raise UnauthenticatedError(
                "Nobody here is linked to this sign-in. Ask for an invitation to the same e-mail."
            )
        return await _session(store, account, now, browser)


async def _invited(store: Store, context: Context, claims: Claims, now: datetime) -> Account | None:
    if not claims.verified:
        return None
    try:
        email = mailbox(claims.email).lower()
    except InvalidError:
        return None
    link = await invitation_to(store, email, now)
    if link is None or link.place is None or await account_by_email(store, context.vault, email) is not None:
        return None
    key = await create_account(store, email, link.name, None, now)
    await join(store, key, link.name, link.place, now)
    await link_subject(store, key, claims.subject)
    await use_link(store, link.id, now)
    return await get_account(store, context.vault, key)


async def link_by(context: Context, caller: Caller, claims: Claims) -> None:
    """Link an account that is signed in to whom an identity provider names; ConflictError where they are linked already."""
    if caller.account is None:
        raise ForbiddenError("A key has no account; sign in with an e-mail.")
    async with context.database.transaction() as store:
        known = await account_by_subject(store, context.vault, claims.subject)
        if known is not None and known.id != caller.account:
            raise ConflictError("Another account is linked to this sign-in.")
        await link_subject(store, caller.account, claims.subject)
