"""API keys and the sessions of the pages: only hashes are kept.

A key is 256 bits of chance, so a plain SHA-256 is as good as a slow hash and 10,000 times faster.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError, UnauthenticatedError
from app.domain.roles import ADMIN, FOCAL_POINT, NGO, RESPONDENTS, Standing  # noqa: F401 - scopes are read from here too
from app.store.database import Store, new_id

_SESSION = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a role, its programme (None for the operator) and, where the role has one, its brand or organization."""

    key: UUID
    role: str
    label: str
    programme: UUID | None = None
    brand: UUID | None = None
    organization: UUID | None = None
    scopes: frozenset[str] = frozenset()
    grade: str = ""

    @property
    def standing(self) -> Standing:
        """What the caller is, for the rule of who may do what."""
        return Standing(self.role, self.grade, self.scopes)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


async def create_key(
    store: Store,
    role: str,
    label: str,
    now: datetime,
    *,
    programme: UUID | None = None,
    brand: UUID | None = None,
    organization: UUID | None = None,
    scopes: Sequence[str] = (),
    grade: str = "",
    account: UUID | None = None,
) -> str:
    """A new key; it is shown this once and never again. An NGO's is an administrator's where no grade is said."""
    secret = f"sl_{role}_{secrets.token_urlsafe(32)}"
    await store.run(
        "INSERT INTO api_key (id, programme_id, role, label, prefix, hash, brand_id, organization_id, scopes, grade,"
        " account_id, created_at)"
        " VALUES (:id, :programme, :role, :label, :prefix, :hash, :brand, :organization, :scopes, :grade, :account, :now)",
        id=new_id(now), programme=programme, role=role, label=label, prefix=secret[: len(role) + 8],
        hash=_hash(secret), brand=brand, organization=organization,
        scopes=list(scopes), grade=grade or (ADMIN if role == NGO else ""), account=account, now=now,
    )  # fmt: skip
    return secret


async def caller_of_key(store: Store, secret: str) -> Caller:
    """Whose key it is; UnauthenticatedError for an unknown or revoked one."""
    row = await store.row("SELECT * FROM api_key WHERE hash = :hash AND revoked_at IS NULL", hash=_hash(secret))
    return _caller(row)


async def caller_of_id(store: Store, key: UUID) -> Caller:
    """Who a key's holder is now, for what was asked with it before; UnauthenticatedError once it was revoked."""
    return _caller(await store.row("SELECT * FROM api_key WHERE id = :key AND revoked_at IS NULL", key=key))


def _caller(row: Any) -> Caller:
    if row is None:
        raise UnauthenticatedError("The key is unknown or was revoked.")
    return Caller(
        row.id,
        row.role,
        row.label,
        row.programme_id,
        row.brand_id,
        row.organization_id,
        frozenset(row.scopes),
        row.grade,
    )


async def list_keys(store: Store, programme: UUID | None) -> list[dict[str, Any]]:
    """The programme's keys, or the operator's own; never the secrets."""
    return await store.records(
        "SELECT id, role, label, prefix, scopes, created_at, revoked_at FROM api_key"
        " WHERE programme_id IS NOT DISTINCT FROM CAST(:programme AS uuid) ORDER BY created_at",
        programme=programme,
    )


async def revoke_key(store: Store, key: UUID, programme: UUID | None, now: datetime) -> None:
    """End a key at once, and its sessions with it; `programme` None lets the operator revoke any."""
    touched = await store.run(
        "UPDATE api_key SET revoked_at = coalesce(revoked_at, :now) WHERE id = :key"
        " AND (CAST(:programme AS uuid) IS NULL OR programme_id = :programme)",
        key=key,
        programme=programme,
        now=now,
    )
    if not touched:
        raise NotFoundError("There is no such key.")


async def open_session(store: Store, key: UUID, now: datetime) -> str:
    """A session of the pages for the key's holder; returns the token for the cookie."""
    token = secrets.token_urlsafe(32)
    await store.run("DELETE FROM session WHERE expires_at < :now", now=now)
    await store.run(
        "INSERT INTO session (id, key_id, hash, created_at, seen_at, expires_at)"
        " VALUES (:id, :key, :hash, :now, :now, :until)",
        id=new_id(now), key=key, hash=_hash(token), now=now, until=now + _SESSION,
    )  # fmt: skip
    return token


async def caller_of_session(store: Store, token: str, now: datetime) -> Caller:
    """Whose session it is; UnauthenticatedError once it expired or its key was revoked."""
    row = await store.row(
        "SELECT api_key.* FROM session JOIN api_key ON api_key.id = key_id"
        " WHERE session.hash = :hash AND expires_at > :now AND revoked_at IS NULL",
        hash=_hash(token),
        now=now,
    )
    return _caller(row)


async def close_session(store: Store, token: str) -> None:
    """Sign out."""
    await store.run("DELETE FROM session WHERE hash = :hash", hash=_hash(token))
