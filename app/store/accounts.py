"""People's accounts, and where each of them belongs: a key of its own in each programme, whose secret nobody knows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import ConflictError, NotFoundError
from app.store.database import Store, new_id
from app.store.keys import create_key, hash_of
from app.store.links import Place
from app.store.vault import Vault

_NOWHERE = UUID(int=0)  # an account belongs to no one programme


@dataclass(frozen=True, slots=True)
class Account:
    """A person who signs in. `password` is a slow hash, None where only an identity provider knows them."""

    id: UUID
    email: str = field(repr=False)
    name: str = field(repr=False)
    password: str | None = field(repr=False)
    totp: str | None = field(repr=False)
    totp_step: int
    locked: bool


_COLUMNS = "id, email, name, password, totp, key_version, totp_step, locked_at"


async def account_by_email(store: Store, vault: Vault, email: str) -> Account | None:
    """Whose e-mail it is."""
    return _account(vault, await store.row(f"SELECT {_COLUMNS} FROM account WHERE email = :email", email=email.lower()))


async def account_by_subject(store: Store, vault: Vault, subject: str) -> Account | None:
    """Who somebody is to the identity provider."""
    return _account(vault, await store.row(f"SELECT {_COLUMNS} FROM account WHERE subject = :is", **{"is": subject}))


async def get_account(store: Store, vault: Vault, account: UUID) -> Account:
    """An account; NotFoundError where there is none."""
    found = _account(vault, await store.row(f"SELECT {_COLUMNS} FROM account WHERE id = :id", id=account))
    if found is None:
        raise NotFoundError("There is no such account.")
    return found


def _account(vault: Vault, row: Any) -> Account | None:
    if row is None:
        return None
    secret = vault.open("account", row.id, bytes(row.totp), row.key_version) if row.totp is not None else None
    return Account(row.id, row.email, row.name, row.password, secret, row.totp_step, row.locked_at is not None)


async def create_account(store: Store, email: str, name: str, password: str | None, now: datetime) -> UUID:
    """A new account; ConflictError where the e-mail has one."""
    key = new_id(now)
    made = await store.run(
        "INSERT INTO account (id, email, name, password, created_at) VALUES (:id, :email, :name, :password, :now)"
        " ON CONFLICT (email) DO NOTHING",
        id=key, email=email.lower(), name=name, password=password, now=now,
    )  # fmt: skip
    if not made:
        raise ConflictError("This e-mail has an account; sign in to it first, and open the link again.")
    return key


async def join(store: Store, account: UUID, name: str, place: Place, now: datetime) -> None:
    """Let an account into a programme, or among the operators; what it was there before ends."""
    await leave(store, account, place.programme, now)
    await create_key(
        store, place.standing.role, name, now, programme=place.programme, brand=place.brand,
        organization=place.organization, scopes=sorted(place.standing.scopes), grade=place.standing.grade, account=account,
    )  # fmt: skip


async def leave(store: Store, account: UUID, programme: UUID | None, now: datetime) -> int:
    """Take an account's access to a programme (for None, the operators') away, and the sessions with it; 0 if it had none."""
    rows = await store.rows(
        "UPDATE api_key SET revoked_at = :now WHERE account_id = :account AND revoked_at IS NULL"
        " AND programme_id IS NOT DISTINCT FROM CAST(:programme AS uuid) RETURNING id",
        account=account, programme=programme, now=now,
    )  # fmt: skip
    await store.run("DELETE FROM session WHERE key_id = ANY(:keys)", keys=[row.id for row in rows])
    return len(rows)


async def places_of(store: Store, account: UUID) -> list[dict[str, Any]]:
    """Where an account belongs, the latest first: its keys, with the programmes' names."""
    return await store.records(
        "SELECT api_key.id AS key, role, grade, scopes, programme_id AS programme, coalesce(programme.name, '') AS name"
        " FROM api_key LEFT JOIN programme ON programme.id = programme_id"
        " WHERE account_id = :account AND revoked_at IS NULL ORDER BY api_key.created_at DESC, api_key.id DESC",
        account=account,
    )


async def people(store: Store, programme: UUID | None, *, everybody: bool = False) -> list[dict[str, Any]]:
    """The accounts of a programme, for None of the operators; with `everybody` of all."""
    return await store.records(
        "SELECT account.id, email, account.name, role, grade, scopes, coalesce(programme.code, '') AS programme,"
        " locked_at IS NOT NULL AS locked, totp IS NOT NULL AS second_factor, subject IS NOT NULL AS linked,"
        " (SELECT count(*) FROM session WHERE key_id = api_key.id) AS sessions"
        " FROM account JOIN api_key ON account_id = account.id AND revoked_at IS NULL"
        " LEFT JOIN programme ON programme.id = programme_id"
        " WHERE CAST(:everybody AS boolean) OR programme_id IS NOT DISTINCT FROM CAST(:programme AS uuid)"
        " ORDER BY email, programme.code",
        programme=programme, everybody=everybody,
    )  # fmt: skip


async def set_password(store: Store, account: UUID, password: str) -> None:
    """Keep the hash of a new password."""
    await store.run("UPDATE account SET password = :password WHERE id = :account", account=account, password=password)


async def link_subject(store: Store, account: UUID, subject: str) -> None:
    """Remember who an account is to the identity provider."""
    await store.run("UPDATE account SET subject = :subject WHERE id = :account", account=account, subject=subject)


async def set_locked(store: Store, account: UUID, since: datetime | None) -> None:
    """Lock an account, or with None let it in again."""
    await store.run("UPDATE account SET locked_at = CAST(:at AS timestamptz) WHERE id = :id", id=account, at=since)


# -- the second factor ----------------------------------------------------------------------------


async def set_totp(store: Store, vault: Vault, account: UUID, secret: str | None, codes: Sequence[str]) -> None:
    """Keep the app's secret, sealed, and the recovery codes' hashes; None takes the second factor away."""
    sealed = vault.seal("account", account, _NOWHERE, secret) if secret is not None else None
    await store.run(
        "UPDATE account SET totp = CAST(:totp AS bytea), key_version = CAST(:version AS smallint), totp_step = 0"
        " WHERE id = :account",
        account=account, totp=sealed.cipher if sealed else None, version=sealed.key_version if sealed else None,
    )  # fmt: skip
    await save_recovery_codes(store, account, codes)


async def save_recovery_codes(store: Store, account: UUID, codes: Sequence[str]) -> None:
    """Keep the hashes of new recovery codes; the old ones are worth nothing any more."""
    await store.run("DELETE FROM recovery_code WHERE account_id = :account", account=account)
    await store.run(
        "INSERT INTO recovery_code (account_id, hash) SELECT :account, given.hash FROM unnest(CAST(:hashes AS bytea[]))"
        " AS given(hash)",
        account=account, hashes=[hash_of(code) for code in codes],
    )  # fmt: skip


async def codes_left(store: Store, account: UUID) -> int:
    """How many recovery codes are unused."""
    return await store.value(
        "SELECT count(*) FROM recovery_code WHERE account_id = :account AND used_at IS NULL", account=account
    )


async def use_second_factor(store: Store, account: UUID | None, step: int | None, code: str, now: datetime) -> bool:
    """Use up a step of the app's clock or a recovery code, of two who try at once for one alone; whether it was good.

    It asks the database the same whatever is given, also for nobody.
    """
    stepped = await store.run(
        "UPDATE account SET totp_step = CAST(:step AS bigint) WHERE id = CAST(:account AS uuid) AND totp_step < :step",
        account=account, step=step,
    )  # fmt: skip
    recovered = await store.run(
        "UPDATE recovery_code SET used_at = :now WHERE account_id = CAST(:account AS uuid) AND hash = :hash"
        " AND used_at IS NULL",
        account=account, hash=hash_of(code), now=now,
    )  # fmt: skip
    return bool(stepped or recovered)


async def any_account(store: Store) -> bool:
    """Whether anybody has an account here."""
    return bool(await store.value("SELECT EXISTS (SELECT FROM account)"))


async def some_organizations(store: Store, programme: UUID) -> list[dict[str, Any]]:
    """The first organizations by name, to choose from; who runs one that is further down gives its id."""
    return await store.records(
        "SELECT id, name FROM organization WHERE programme_id = :programme ORDER BY name LIMIT 500", programme=programme
    )
