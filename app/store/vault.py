"""The vault: the only place that turns a number into ciphertext and back.

AES-256-GCM with the table, column, row and key version as associated data, so that a ciphertext moved to another row
does not open; HMAC-SHA256 under a key of its own as the blind index, keyed per programme, so that one person's rows
cannot be joined across programmes.
"""

import base64
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.domain.errors import InvalidError
from app.store import tables
from app.store.database import Store, new_id

_KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Sealed:
    """A number as it is kept."""

    cipher: bytes
    key_version: int
    blind_index: bytes


@dataclass(frozen=True, slots=True)
class Keyring:
    """Data keys by version, the newest of which seals, and the index key apart from them."""

    data: Mapping[int, bytes] = field(repr=False)
    index: bytes = field(repr=False)

    @classmethod
    def parse(cls, data: str, index: str) -> "Keyring":
        """Keys as the environment holds them: `1:BASE64,2:BASE64` and `BASE64`, 32 bytes each.

        Raises:
            InvalidError: when a key is malformed; the message never holds the key.
        """
        versions: dict[int, bytes] = {}
        for part in data.split(","):
            version, _, key = part.strip().partition(":")
            if not version.isdecimal() or not key:
                raise InvalidError("SHIFTLINE_VAULT_KEYS must read `1:BASE64` or `1:BASE64,2:BASE64`.")
            versions[int(version)] = _decode(key, "SHIFTLINE_VAULT_KEYS")
        return cls(versions, _decode(index, "SHIFTLINE_VAULT_INDEX_KEY"))

    @property
    def current(self) -> int:
        """The version that seals."""
        return max(self.data)


def _decode(key: str, name: str) -> bytes:
    try:
        raw = base64.b64decode(key, validate=True)
    except ValueError:
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise InvalidError(
            f"{name} needs {_KEY_BYTES} random bytes in base64; `shiftline doctor --new-keys` makes some."
        )
    return raw


def new_key() -> str:
    """A fresh key in the form the environment holds."""
    return base64.b64encode(os.urandom(_KEY_BYTES)).decode()


class Vault:
    """Seals and opens numbers."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._ciphers = {version: AESGCM(key) for version, key in keyring.data.items()}

    def blind_index(self, programme: UUID, number: str) -> bytes:
        """What a number is found by; worthless without the key."""
        return hmac.new(self._keyring.index, programme.bytes + number.encode(), sha256).digest()

    def seal(self, table: str, row: UUID, programme: UUID, number: str) -> Sealed:
        """A number, sealed for one row of one table."""
        version = self._keyring.current
        nonce = os.urandom(_NONCE_BYTES)
        cipher = nonce + self._ciphers[version].encrypt(nonce, number.encode(), _bound(table, row, version))
        return Sealed(cipher, version, self.blind_index(programme, number))

    def open(self, table: str, row: UUID, cipher: bytes, version: int) -> str:
        """The number in a row; cryptography's InvalidTag where the row is not the one it was sealed for."""
        nonce, sealed = cipher[:_NONCE_BYTES], cipher[_NONCE_BYTES:]
        return self._ciphers[version].decrypt(nonce, sealed, _bound(table, row, version)).decode()

    def open_if_it_fits(self, table: str, row: UUID, cipher: bytes, version: int) -> str | None:
        """The number in a row; None where its key is gone or the ciphertext was moved."""
        try:
            return self.open(table, row, cipher, version)
        except (InvalidTag, KeyError, ValueError):
            return None


def _bound(table: str, row: UUID, version: int) -> bytes:
    return f"{table}|cipher|{row}|{version}".encode()


async def ensure_identities(
    store: Store, vault: Vault, programme: UUID, numbers: Sequence[str], now: datetime
) -> dict[str, UUID]:
    """The identity of each number, made where there is none; number → identity."""
    indexes = {vault.blind_index(programme, number): number for number in numbers}
    known = await _by_index(store, programme, list(indexes))
    rows = []
    for index in indexes.keys() - known.keys():
        identity = new_id(now)
        sealed = vault.seal("identity", identity, programme, indexes[index])
        rows.append(
            {
                "id": identity,
                "programme_id": programme,
                "cipher": sealed.cipher,
                "key_version": sealed.key_version,
                "blind_index": index,
                "stopped": False,
                "created_at": now,
            }
        )
    if rows:
        await store.insert(tables.identities, rows, "(programme_id, blind_index) DO NOTHING")
        known = await _by_index(store, programme, list(indexes))
    return {indexes[index]: identity for index, identity in known.items()}


async def _by_index(store: Store, programme: UUID, indexes: list[bytes]) -> dict[bytes, UUID]:
    rows = await store.rows(
        "SELECT id, blind_index FROM identity WHERE programme_id = :programme AND blind_index = ANY(:indexes)",
        programme=programme,
        indexes=indexes,
    )
    return {bytes(row.blind_index): row.id for row in rows}


async def open_numbers(store: Store, vault: Vault, identities: Sequence[UUID]) -> dict[UUID, str]:
    """The numbers of a batch, for a carrier; identity → E.164, without those that no key opens."""
    rows = await store.rows(
        "SELECT id, cipher, key_version FROM identity WHERE id = ANY(:identities)", identities=list(identities)
    )
    opened = {row.id: vault.open_if_it_fits("identity", row.id, bytes(row.cipher), row.key_version) for row in rows}
    return {identity: number for identity, number in opened.items() if number is not None}
