"""By what services are told: letters, texts and webhooks, set by the NGO or by the service itself."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from app.domain.coded_answers import code_from
from app.domain.errors import NotFoundError
from app.domain.mailboxes import masked
from app.domain.numbers import mask
from app.domain.wording import Say
from app.store import tables
from app.store.database import Store, new_id, new_ids
from app.store.vault import Vault, ensure_identities, open_numbers

_TABLE = "provider_contact"


def owner_of(programme: UUID, organization: UUID) -> UUID:
    """Whose webhooks an organization's are: HSDS ids come from elsewhere, and may stand in two programmes."""
    return uuid5(programme, organization.hex)


@dataclass(frozen=True, slots=True)
class NewContact:
    """How somebody at a service is reached: an address in its one form, a number in E.164, or both.

    Without a `language` it is the one that most of the organization's services speak.
    """

    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    country: str = ""
    zone: str = ""
    language: str = ""
    service: UUID | None = None


async def set_contacts(
    store: Store, vault: Vault, programme: UUID, organization: UUID, contacts: Sequence[NewContact], now: datetime
) -> None:
    """Replace an organization's contacts.

    Raises:
        NotFoundError: the programme has no such organization, or it no such service.
    """
    before = await contacts_of(store, vault, programme, organization)
    await add_contacts(store, vault, programme, organization, contacts, now)
    await drop_contacts(store, programme, organization, [contact.id for contact in before], now)


async def add_contacts(
    store: Store, vault: Vault, programme: UUID, organization: UUID, contacts: Sequence[NewContact], now: datetime
) -> None:
    """Keep further contacts of an organization; a phone it had already stays as confirmed as it was.

    Raises:
        NotFoundError: the programme has no such organization, or it no such service.
    """
    await _check(store, programme, organization, {item.service for item in contacts if item.service})
    numbers = sorted({item.phone for item in contacts if item.phone})
    phones = await ensure_identities(store, vault, programme, numbers, now) if numbers else {}
    language = await _spoken(store, programme, organization)
    known = await _known_phones(store, programme, organization)
    rows: list[dict[str, Any]] = []
    for key, item in zip(new_ids(now, len(contacts)), contacts, strict=True):
        sealed = vault.seal(_TABLE, key, programme, json.dumps({"email": item.email})) if item.email else None
        asked, confirmed = known.get(phones.get(item.phone), (None, None))
        rows.append(
            {
                "id": key, "programme_id": programme, "organization_id": organization, "service_id": item.service,
                "sealed": sealed.cipher if sealed else None, "key_version": sealed.key_version if sealed else None,
                "identity_id": phones.get(item.phone), "country": item.country, "zone": item.zone,
                "language": item.language or language, "created_at": now, "asked_at": asked, "confirmed_at": confirmed,
            }
        )  # fmt: skip
    await store.insert(tables.provider_contacts, rows)


async def _known_phones(
    store: Store, programme: UUID, organization: UUID
) -> dict[UUID | None, tuple[datetime | None, datetime | None]]:
    rows = await store.rows(
        "SELECT identity_id, max(asked_at) AS asked, max(confirmed_at) AS confirmed FROM provider_contact"
        " WHERE programme_id = :programme AND organization_id = :organization AND identity_id IS NOT NULL GROUP BY 1",
        programme=programme, organization=organization,
    )  # fmt: skip
    return {row.identity_id: (row.asked, row.confirmed) for row in rows}


async def _spoken(store: Store, programme: UUID, organization: UUID) -> str:
    return await store.value(
        "SELECT coalesce((SELECT split_part(code, '-', 1) FROM service, unnest(languages) WITH ORDINALITY AS told(code, place)"
        " WHERE programme_id = :programme AND organization_id = :organization GROUP BY 1"
        " ORDER BY count(*) DESC, min(place), 1 LIMIT 1), 'en')",
        programme=programme, organization=organization,
    )  # fmt: skip


async def drop_contacts(
    store: Store, programme: UUID, organization: UUID, contacts: Sequence[UUID], now: datetime
) -> None:
    """Forget contacts of an organization; who is not its phone any more cannot answer for it."""
    await store.run(
        "DELETE FROM provider_contact WHERE programme_id = :programme AND organization_id = :organization"
        " AND id = ANY(:contacts)",
        programme=programme, organization=organization, contacts=list(contacts),
    )  # fmt: skip
    await store.run(
        "UPDATE referral_code SET closed_at = :now FROM referral JOIN service ON service.programme_id ="
        " referral.programme_id AND service.id = service_id WHERE referral.id = referral_id AND closed_at IS NULL"
        " AND referral.programme_id = :programme AND organization_id = :organization AND NOT EXISTS (SELECT FROM"
        " provider_contact WHERE provider_contact.programme_id = :programme AND provider_contact.organization_id ="
        " :organization AND provider_contact.identity_id = referral_code.identity_id)",
        programme=programme, organization=organization, now=now,
    )  # fmt: skip


async def _check(store: Store, programme: UUID, organization: UUID, services: Collection[UUID]) -> None:
    # Held, so that two who set them do not both add theirs.
    found = await store.row(
        "SELECT FROM organization WHERE programme_id = :programme AND id = :organization FOR NO KEY UPDATE",
        programme=programme, organization=organization,
    )  # fmt: skip
    own = await store.value(
        "SELECT count(*) FROM service WHERE programme_id = :programme AND organization_id = :organization"
        " AND id = ANY(:services)",
        programme=programme, organization=organization, services=list(services),
    )  # fmt: skip
    if found is None or own != len(services):
        raise NotFoundError("There is no such organization or service for this key.")


@dataclass(frozen=True, slots=True)
class Contact:
    """How somebody at a service is reached; `phone` is the identity of their number, told nothing until `confirmed`."""

    id: UUID
    service: UUID | None
    language: str
    country: str
    email: str = field(repr=False)
    phone: UUID | None
    confirmed: bool


async def contacts_of(
    store: Store, vault: Vault, programme: UUID, organization: UUID, service: UUID | None = None
) -> list[Contact]:
    """An organization's contacts; of a service, its own and those of all services."""
    rows = await store.rows(
        "SELECT * FROM provider_contact WHERE programme_id = :programme AND organization_id = :organization"
        " AND (CAST(:service AS uuid) IS NULL OR service_id IS NULL OR service_id = :service) ORDER BY id",
        programme=programme, organization=organization, service=service,
    )  # fmt: skip
    return [
        Contact(
            row.id, row.service_id, row.language, row.country, _email(vault, row), row.identity_id,
            row.confirmed_at is not None,
        )
        for row in rows
    ]  # fmt: skip


def _email(vault: Vault, row: Any) -> str:
    opened = vault.open_if_it_fits(_TABLE, row.id, bytes(row.sealed), row.key_version) if row.sealed else None
    return json.loads(opened)["email"] if opened else ""


async def shown_contacts(store: Store, vault: Vault, programme: UUID, organization: UUID) -> list[dict[str, Any]]:
    """An organization's contacts as they may be seen: neither a whole address nor a whole number.

    `confirmed` is None where no text goes: who has an address is told by letter.
    """
    found = await contacts_of(store, vault, programme, organization)
    numbers = await open_numbers(store, vault, [item.phone for item in found if item.phone])
    return [
        {
            "id": item.id, "service_id": item.service, "email": masked(item.email) if item.email else None,
            "phone": mask(numbers[item.phone]) if item.phone and item.phone in numbers else None, "language": item.language,
            "confirmed": None if item.email or item.phone is None else item.confirmed,
        }
        for item in found
    ]  # fmt: skip


async def zone_of(store: Store, programme: UUID, country: str) -> str:
    """The time zone of the programme's sites in a country, the first of several; empty where it has none there."""
    return await store.value(
        "SELECT coalesce((SELECT zone FROM site WHERE programme_id = :programme AND country = :country"
        " ORDER BY code LIMIT 1), '')",
        programme=programme, country=country,
    )  # fmt: skip


# -- codes ----------------------------------------------------------------------------------------


def code_of(vault: Vault, key: UUID) -> str:
    """The code a row of codes stands for: worked out with a key of the vault's, kept nowhere."""
    return code_from(vault.blind_index(key, "referral-code"))


def spell_out(vault: Vault, say: Say) -> Say:
    """A text with the code it is to tell, where it tells one: the outbox holds only which."""
    key = say.fields.get("code_id")
    return say._replace(fields={**say.fields, "code": code_of(vault, UUID(key))}) if key else say


@dataclass(frozen=True, slots=True)
class ProviderPhone:
    """A phone that belongs to a service; `shared` where a worker writes from it too."""

    identity: UUID
    language: str
    shared: bool
    stopped: bool


async def provider_phones(store: Store, identities: Sequence[UUID]) -> dict[UUID, ProviderPhone]:
    """Which of these phones are services'."""
    rows = await store.rows(
        "SELECT DISTINCT ON (identity.id) identity.id, provider_contact.language, worker_id IS NOT NULL AS shared, stopped"
        " FROM provider_contact JOIN identity ON identity.id = identity_id WHERE identity_id = ANY(:identities)"
        " ORDER BY identity.id, provider_contact.id",
        identities=list(identities),
    )
    return {row.id: ProviderPhone(row.id, row.language, row.shared, row.stopped) for row in rows}


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A code that was sent to a phone; `open` while nobody answered with it and its time is not over."""

    id: UUID
    referral: UUID
    open: bool


async def codes_of(store: Store, phone: UUID, now: datetime) -> list[IssuedCode]:
    """The codes a phone was sent, the newest first."""
    rows = await store.rows(
        "SELECT id, referral_id, closed_at IS NULL AND expires_at > :now AS open FROM referral_code"
        " WHERE identity_id = :phone ORDER BY id DESC LIMIT 1000",
        phone=phone, now=now,
    )  # fmt: skip
    return [IssuedCode(row.id, row.referral_id, row.open) for row in rows]


async def keep_code(
    store: Store, key: UUID, programme: UUID, referral: UUID, phone: UUID, now: datetime, until: datetime
) -> None:
    """Keep that a phone was sent a code for a referral; earlier ones for the same are good no more."""
    await store.run(
        "UPDATE referral_code SET closed_at = :now WHERE identity_id = :phone AND referral_id = :referral"
        " AND closed_at IS NULL",
        phone=phone, referral=referral, now=now,
    )  # fmt: skip
    row = {"id": key, "programme_id": programme, "referral_id": referral, "identity_id": phone, "created_at": now,
           "expires_at": until}  # fmt: skip
    await store.insert(tables.referral_codes, [row])


async def close_codes(store: Store, referral: UUID, now: datetime) -> set[UUID]:
    """A referral waits for no answer any more; the phones that could have given one."""
    rows = await store.rows(
        "UPDATE referral_code SET closed_at = :now WHERE referral_id = :referral AND closed_at IS NULL"
        " RETURNING identity_id",
        referral=referral,
        now=now,
    )
    return {row.identity_id for row in rows}


async def count_try(store: Store, programme: UUID, phone: UUID, now: datetime) -> None:
    """Note a wrong code."""
    row = {"id": new_id(now), "programme_id": programme, "identity_id": phone, "at": now}
    await store.insert(tables.code_tries, [row])


async def tries_since(store: Store, phone: UUID, since: datetime) -> int:
    """How many wrong codes came from a phone since."""
    return await store.value(
        "SELECT count(*) FROM code_try WHERE identity_id = :phone AND at > :since", phone=phone, since=since
    )


async def forget_codes(store: Store, before: datetime) -> None:
    """Forget codes and wrong tries that ended before."""
    await store.run("DELETE FROM referral_code WHERE expires_at < :before", before=before)
    await store.run("DELETE FROM code_try WHERE at < :before", before=before)
