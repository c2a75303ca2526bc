"""Sessions of the pages, in the database, so that they can be listed and ended: only hashes of their tokens are kept."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError, UnauthenticatedError
from app.domain.roles import SECOND_FACTOR
from app.store.database import Store, new_id
from app.store.keys import Caller, hash_of

LONGEST = timedelta(hours=12)
IDLE = timedelta(hours=1)
"""Without a request; NIST SP 800-63B-4, 2.2.3, advises an hour for whoever signs in with two factors."""

_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_BROWSER = 40


async def open_session(store: Store, key: UUID, now: datetime, browser: str = "") -> str:
    """A session for the key's holder; returns the token for the cookie, a new one at each sign-in."""
    token = secrets.token_urlsafe(32)
    await store.run("DELETE FROM session WHERE expires_at < :now OR seen_at < :idle", now=now, idle=now - IDLE)
    await store.run(
        "INSERT INTO session (id, key_id, hash, browser, created_at, seen_at, expires_at)"
        " VALUES (:id, :key, :hash, :browser, :now, :now, :until)",
        id=new_id(now), key=key, hash=hash_of(token), browser=browser[:_LONGEST_BROWSER], now=now, until=now + LONGEST,
    )  # fmt: skip
    return token


async def caller_of_session(store: Store, token: str, now: datetime) -> Caller:
    """Whose session it is; UnauthenticatedError once it expired, was idle too long or its key was revoked."""
    row = await store.row(
        "SELECT api_key.*, session.id AS session, seen_at, account.password IS NOT NULL AND totp IS NULL AS one_factor"
        " FROM session JOIN api_key ON api_key.id = key_id LEFT JOIN account ON account.id = account_id"
        " WHERE session.hash = :hash AND expires_at > :now AND seen_at > :idle AND revoked_at IS NULL"
        " AND locked_at IS NULL",
        hash=hash_of(token), now=now, idle=now - IDLE,
    )  # fmt: skip
    if row is None:
        raise UnauthenticatedError("The session ended; sign in again.")
    if now - row.seen_at > _SEEN_EVERY:
        await store.run("UPDATE session SET seen_at = :now WHERE id = :id AND seen_at < :now", id=row.session, now=now)
    return Caller(
        row.id, row.role, row.label, row.programme_id, row.brand_id, row.organization_id, frozenset(row.scopes),
        row.grade, row.account_id, row.session, form_token(token), bool(row.one_factor) and row.role in SECOND_FACTOR,
    )  # fmt: skip


def form_token(token: str) -> str:
    """What the forms of a session carry: made from its token, which it does not tell."""
    return hash_of(f"form {token}").hex()


async def close_session(store: Store, token: str) -> None:
    """Sign out."""
    await store.run("DELETE FROM session WHERE hash = :hash", hash=hash_of(token))


async def sessions_of(store: Store, caller: Caller, now: datetime) -> list[dict[str, Any]]:
    """A person's sessions that are open, the latest first; `here` is the one that asks."""
    return await store.records(
        "SELECT session.id, browser, session.created_at, seen_at, session.id IS NOT DISTINCT FROM CAST(:here AS uuid) AS here"
        " FROM session JOIN api_key ON api_key.id = key_id"
        " WHERE (key_id = :key OR account_id = CAST(:account AS uuid)) AND expires_at > :now AND seen_at > :idle"
        " ORDER BY seen_at DESC, session.id",
        here=caller.session, key=caller.key, account=caller.account, now=now, idle=now - IDLE,
    )  # fmt: skip


async def end_session(store: Store, caller: Caller, session: UUID) -> None:
    """End one of a person's own sessions; NotFoundError where it is not theirs."""
    ended = await store.run(
        "DELETE FROM session USING api_key WHERE api_key.id = key_id AND session.id = :session"
        " AND (key_id = :key OR account_id = CAST(:account AS uuid))",
        session=session, key=caller.key, account=caller.account,
    )  # fmt: skip
    if not ended:
        raise NotFoundError("There is no such session.")


async def end_sessions(store: Store, account: UUID, programme: UUID | None = None, keep: UUID | None = None) -> int:
    """End an account's sessions, in one programme or in all, but for one that may be kept; how many ended."""
    return await store.run(
        "DELETE FROM session USING api_key WHERE api_key.id = key_id AND account_id = :account"
        " AND (CAST(:programme AS uuid) IS NULL OR programme_id = :programme)"
        " AND session.id IS DISTINCT FROM CAST(:keep AS uuid)",
        account=account, programme=programme, keep=keep,
    )  # fmt: skip
