"""API keys: only hashes are kept.

A key is 256 bits of chance, so a plain SHA-256 is as good as a slow hash and 10,000 times faster.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.domain.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from app.domain.roles import ADMIN, NGO, Standing
from app.domain.roles import FOCAL_POINT as FOCAL_POINT  # noqa: PLC0414 - keys and their scopes are read from one place
from app.store.database import Store, new_id


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a role, its programme (None for the operator) and, where the role has one, its brand or organization.

    Attributes:
        key: what it may do stands in. An account has one in each programme, of which nobody knows the secret.
        account: whose it is, where somebody signed in as a person.
        session: of the pages; None where a key came with the request.
        form_token: what the forms of this session carry.
        unfinished: an account that lacks the second factor its role asks for; it may set that up and nothing else.
    """

    key: UUID
    role: str
    label: str
    programme: UUID | None = None
    brand: UUID | None = None
    organization: UUID | None = None
    scopes: frozenset[str] = frozenset()
    grade: str = ""
    account: UUID | None = None
    session: UUID | None = field(default=None, compare=False)
    form_token: str = field(default="", compare=False, repr=False)
    unfinished: bool = False

    @property
    def standing(self) -> Standing:
        """What the caller is, for the rule of who may do what."""
        return Standing(self.role, self.grade, self.scopes)


def programme_of(caller: Caller) -> UUID:
    """The caller's programme; ForbiddenError for an operator, who has none."""
    if caller.programme is None:
        raise ForbiddenError("An operator belongs to no programme; use a key of the programme.")
    return caller.programme


def organization_of(caller: Caller) -> UUID:
    """A provider's organization."""
    if caller.organization is None:
        raise RuntimeError("a provider's key without organization")  # the database refuses such a key
    return caller.organization


def hash_of(secret: str) -> bytes:
    """What is kept of a secret of ours."""
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
        hash=hash_of(secret), brand=brand, organization=organization,
        scopes=list(scopes), grade=grade or (ADMIN if role == NGO else ""), account=account, now=now,
    )  # fmt: skip
    return secret


async def caller_of_key(store: Store, secret: str) -> Caller:
    """Whose key it is; UnauthenticatedError for an unknown or revoked one."""
    row = await store.row("SELECT * FROM api_key WHERE hash = :hash AND revoked_at IS NULL", hash=hash_of(secret))
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
        row.account_id,
    )


async def list_keys(store: Store, programme: UUID | None) -> list[dict[str, Any]]:
    """The programme's keys, or the operator's own; never the secrets."""
    return await store.records(
        "SELECT id, role, label, prefix, grade, scopes, created_at, revoked_at FROM api_key"
        " WHERE programme_id IS NOT DISTINCT FROM CAST(:programme AS uuid) AND account_id IS NULL ORDER BY created_at",
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
