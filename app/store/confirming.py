"""Phones of services: which were sent no code yet, and which somebody proved to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from app.domain.errors import NotFoundError
from app.store.contacts import owner_of
from app.store.database import Store
from app.store.needs import REACHED

_PHONE = "id, programme_id, organization_id, service_id, identity_id, country, language"


@dataclass(frozen=True, slots=True)
class NamedPhone:
    """A contact's phone, by its identity; `service` is None where it is told of all of the organization's."""

    contact: UUID
    programme: UUID
    organization: UUID
    service: UUID | None
    identity: UUID
    country: str
    language: str

    @property
    def code_id(self) -> UUID:
        """What its code is worked out of: the same as long as the organization has this phone."""
        return uuid5(owner_of(self.programme, self.organization), self.identity.hex)


def _phone(row: Any) -> NamedPhone:
    return NamedPhone(
        row.id, row.programme_id, row.organization_id, row.service_id, row.identity_id, row.country, row.language
    )


async def take_unasked(
    store: Store, carriers: Sequence[str], key: str, since: datetime, now: datetime, limit: int
) -> list[NamedPhone]:
    """Phones that were sent no code yet, of contacts with no address; from now on they were.

    One that was sent the text `key` after `since` waits: whoever names a phone over and over, it may be anybody's. So
    does one whose programme has no channel of these carriers yet: taken now, it would never be asked.
    """
    rows = await store.rows(
        "UPDATE provider_contact SET asked_at = :now WHERE id = ANY(ARRAY(SELECT id FROM provider_contact AS named"
        " WHERE identity_id IS NOT NULL AND asked_at IS NULL AND sealed IS NULL AND NOT EXISTS (SELECT FROM outbox"
        " WHERE outbox.identity_id = named.identity_id AND outbox.created_at > :since AND say->>'key' = :key)"
        f" AND {REACHED.format('named')} ORDER BY created_at LIMIT :limit FOR UPDATE SKIP LOCKED)) RETURNING {_PHONE}",
        now=now, carriers=list(carriers), key=key, since=since, limit=limit,
    )  # fmt: skip
    return [_phone(row) for row in rows]


async def unconfirmed(store: Store, identity: UUID) -> list[NamedPhone]:
    """The contacts with this phone that nobody confirmed."""
    rows = await store.rows(
        f"SELECT {_PHONE} FROM provider_contact WHERE identity_id = :identity AND sealed IS NULL"
        " AND confirmed_at IS NULL ORDER BY id",
        identity=identity,
    )
    return [_phone(row) for row in rows]


async def get_phone(store: Store, programme: UUID, organization: UUID, contact: UUID) -> NamedPhone:
    """The phone of an organization's contact, held, so that codes for it are tried one behind the other.

    Raises:
        NotFoundError: the organization has no such contact with a phone.
    """
    row = await store.row(
        f"SELECT {_PHONE} FROM provider_contact WHERE programme_id = :programme AND organization_id = :organization"
        " AND id = :contact AND identity_id IS NOT NULL",
        programme=programme, organization=organization, contact=contact,
    )  # fmt: skip
    if row is None:
        raise NotFoundError("There is no such contact with a phone.")
    # The number and not the contact: an organization may name it many times over.
    await store.run("SELECT FROM identity WHERE id = :identity FOR NO KEY UPDATE", identity=row.identity_id)
    return _phone(row)


async def confirm(store: Store, phones: Sequence[NamedPhone], now: datetime) -> None:
    """Somebody who reads these phones knows of it."""
    await store.run(
        "UPDATE provider_contact SET confirmed_at = :now WHERE id = ANY(:contacts) AND confirmed_at IS NULL",
        now=now, contacts=[phone.contact for phone in phones],
    )  # fmt: skip


async def ask_again(store: Store, identity: UUID) -> None:
    """A phone that takes texts again is sent its code anew, where nobody confirmed it."""
    await store.run(
        "UPDATE provider_contact SET asked_at = NULL WHERE identity_id = :identity AND confirmed_at IS NULL",
        identity=identity,
    )
