"""Links that make an account or mend one, each good once and for a while; only their hashes are kept."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError
from app.domain.roles import Standing
from app.store import tables
from app.store.database import Store, new_id
from app.store.keys import hash_of

INVITED = timedelta(days=7)
RESET = timedelta(hours=2)
_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Place:
    """What an account is to be: its standing, and what it belongs to."""

    standing: Standing
    programme: UUID | None = None
    brand: UUID | None = None
    organization: UUID | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """What a link opens: an invitation to a place, or a new password for an account."""

    id: UUID
    email: str = field(repr=False)
    name: str = field(repr=False)
    place: Place | None = None
    account: UUID | None = None
    second_factor: bool = False


async def create_invitation(store: Store, email: str, name: str, place: Place, now: datetime) -> str:
    """An invitation's token; an earlier one for the same person to the same programme ends."""
    await _forget(store, now)
    await store.run(
        "DELETE FROM account_link WHERE kind = 'invitation' AND used_at IS NULL AND email = :email"
        " AND programme_id IS NOT DISTINCT FROM CAST(:programme AS uuid)",
        email=email, programme=place.programme,
    )  # fmt: skip
    return await _create(store, now, INVITED, {
        "kind": "invitation", "email": email, "name": name, "programme_id": place.programme,
        "role": place.standing.role, "grade": place.standing.grade, "scopes": sorted(place.standing.scopes),
        "brand_id": place.brand, "organization_id": place.organization,
    })  # fmt: skip


async def create_reset(store: Store, account: UUID, now: datetime, *, second_factor: bool = False) -> str:
    """A reset's token; earlier ones end."""
    await _forget(store, now)
    await store.run("DELETE FROM account_link WHERE account_id = :account AND used_at IS NULL", account=account)
    return await _create(store, now, RESET, {
        "kind": "reset", "account_id": account, "second_factor": second_factor, "email": "", "name": "",
    })  # fmt: skip


async def _create(store: Store, now: datetime, lasting: timedelta, row: dict[str, Any]) -> str:
    token = secrets.token_urlsafe(32)
    kept = {"id": new_id(now), "hash": hash_of(token), "created_at": now, "expires_at": now + lasting, **row}
    await store.insert(tables.account_links, [kept])
    return token


async def _forget(store: Store, now: datetime) -> None:
    await store.run("DELETE FROM account_link WHERE expires_at < :before", before=now - _KEPT)


async def read_link(store: Store, kind: str, token: str, now: datetime, *, use: bool = False) -> Link:
    """What a link opens, and with `use` its end.

    Raises:
        NotFoundError: there is none, it was used, or its time is over.
    """
    where = " WHERE hash = :hash AND kind = :kind AND used_at IS NULL AND expires_at > :now"
    row = await store.row(
        f"UPDATE account_link SET used_at = :now{where} RETURNING *" if use else f"SELECT * FROM account_link{where}",
        hash=hash_of(token), kind=kind, now=now,
    )  # fmt: skip
    if row is None:
        raise NotFoundError("This link was used, or its time is over. Ask whoever invited you for another.")
    return _link(row)


async def invitation_to(store: Store, email: str, now: datetime) -> Link | None:
    """The latest open invitation of an e-mail, for who proves by other means that it is theirs."""
    row = await store.row(
        "SELECT * FROM account_link WHERE kind = 'invitation' AND email = :email AND used_at IS NULL AND expires_at > :now"
        " ORDER BY created_at DESC LIMIT 1 FOR UPDATE",
        email=email, now=now,
    )  # fmt: skip
    return _link(row) if row is not None else None


async def use_link(store: Store, link: UUID, now: datetime) -> None:
    """A link's end."""
    await store.run("UPDATE account_link SET used_at = :now WHERE id = :link", link=link, now=now)


def _link(row: Any) -> Link:
    standing = Standing(row.role, row.grade, frozenset(row.scopes)) if row.role else None
    place = Place(standing, row.programme_id, row.brand_id, row.organization_id) if standing else None
    return Link(row.id, row.email, row.name, place, row.account_id, row.second_factor)


async def open_invitations(store: Store, programme: UUID | None, now: datetime) -> list[dict[str, Any]]:
    """A programme's invitations that nobody took up yet, or for None the operators'."""
    return await store.records(
        "SELECT id, email, name, role, grade, scopes, expires_at FROM account_link WHERE kind = 'invitation'"
        " AND programme_id IS NOT DISTINCT FROM CAST(:programme AS uuid) AND used_at IS NULL AND expires_at > :now"
        " ORDER BY created_at DESC",
        programme=programme, now=now,
    )  # fmt: skip


async def withdraw_invitation(store: Store, invitation: UUID, programme: UUID | None) -> None:
    """End an invitation; NotFoundError where the programme has none such."""
    gone = await store.run(
        "DELETE FROM account_link WHERE id = :id AND kind = 'invitation' AND used_at IS NULL"
        " AND programme_id IS NOT DISTINCT FROM CAST(:programme AS uuid)",
        id=invitation, programme=programme,
    )  # fmt: skip
    if not gone:
        raise NotFoundError("There is no such invitation.")
