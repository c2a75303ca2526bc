"""The queue of letters: claimed and committed before the hand-over, as the outbox is.

A letter may arrive twice where a process dies over it. What it says is sealed as numbers are, and goes when it is sent.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.errors import ConflictError, NotFoundError
from app.store import tables
from app.store.database import Store, new_id
from app.store.statements import to_json
from app.store.vault import Vault

CLAIMED = timedelta(minutes=30)
"""How long a claimed letter is its claimer's; no batch takes nearly so long."""

MOST_WAITING = 100
"""Of letters for one recipient: more tell no more than these."""

_NOWHERE = UUID(int=0)  # an address is found again whatever programme writes there
_LISTED = 1000
_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Letter:
    """What to write to whom; `purpose` is a word of ours by which an operator tells letters apart.

    It says that there is something to see, and where; never what a worker needs, who they are or their number.
    """

    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    purpose: str
    programme: UUID | None = None


async def enqueue_letter(store: Store, vault: Vault, letter: Letter, now: datetime, *, once: str | None = None) -> bool:
    """Queue a letter in the transaction that causes it; whether it was.

    It is not where one by the same name `once` was queued in the last month, or too many wait for the recipient.
    """
    recipient = vault.blind_index(_NOWHERE, letter.recipient.casefold())
    waiting = await store.value(
        "SELECT count(*) FROM (SELECT FROM letter WHERE recipient_index = :recipient AND state = 'waiting' LIMIT :most)"
        " AS found",
        recipient=recipient, most=MOST_WAITING,
    )  # fmt: skip
    if waiting >= MOST_WAITING:
        return False
    key = new_id(now)
    content = {"recipient": letter.recipient, "subject": letter.subject, "body": letter.body}
    sealed = vault.seal("letter", key, _NOWHERE, json.dumps(content))
    row = {
        "id": key, "programme_id": letter.programme, "purpose": letter.purpose, "once": once,
        "recipient_index": recipient, "sealed": sealed.cipher, "key_version": sealed.key_version, "state": "waiting",
        "attempts": 0, "due_at": now, "created_at": now,
    }  # fmt: skip
    return bool(await store.insert(tables.letters, [row], "(once) WHERE once IS NOT NULL DO NOTHING"))


@dataclass(frozen=True, slots=True)
class DueLetter:
    """A letter that is this process's to hand over; `attempts` counts this one. None where no key opens it."""

    id: UUID
    purpose: str
    attempts: int
    created_at: datetime
    letter: Letter | None


async def claim_letters(store: Store, vault: Vault, now: datetime, limit: int) -> list[DueLetter]:
    """Letters that are due; another process takes them up where this one dies over them."""
    rows = await store.rows(
        "UPDATE letter SET due_at = :until, attempts = attempts + 1 WHERE id = ANY(ARRAY(SELECT id FROM letter"
        " WHERE state = 'waiting' AND due_at <= :now ORDER BY due_at, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED))"
        " RETURNING id, programme_id, purpose, sealed, key_version, attempts, created_at",
        now=now, until=now + CLAIMED, limit=limit,
    )  # fmt: skip
    return [
        DueLetter(row.id, row.purpose, row.attempts, row.created_at, _opened(vault, row))
        for row in sorted(rows, key=lambda row: row.id)
    ]


def _opened(vault: Vault, row: Any) -> Letter | None:
    content = vault.open_if_it_fits("letter", row.id, bytes(row.sealed), row.key_version)
    return None if content is None else Letter(**json.loads(content), purpose=row.purpose, programme=row.programme_id)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a letter: sent, failed, or (`again_at`) waiting to be tried again."""

    id: UUID
    state: str
    fault: str = ""
    again_at: datetime | None = None


async def settle_letters(store: Store, told: Sequence[Told], now: datetime) -> None:
    """Write down what came of letters; the content of those that were sent is forgotten."""
    rows = [{"id": one.id, "state": one.state, "fault": one.fault, "again": one.again_at} for one in told]
    await store.run(
        "UPDATE letter SET state = given.state, fault = nullif(given.fault, ''), due_at = coalesce(given.again, due_at),"
        " sealed = CASE WHEN given.state <> 'sent' THEN sealed END,"
        " settled_at = CASE WHEN given.state <> 'waiting' THEN CAST(:now AS timestamptz) END"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(id uuid, state text, fault text, again timestamptz)"
        " WHERE letter.id = given.id AND letter.state = 'waiting'",
        rows=to_json(rows), now=now,
    )  # fmt: skip


async def list_letters(store: Store, *, state: str | None, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Letters of the last month, the newest first; neither to whom nor what."""
    return await store.records(
        "SELECT letter.id, code AS programme, purpose, state, attempts, fault, due_at, letter.created_at, settled_at"
        " FROM letter LEFT JOIN programme ON programme.id = programme_id"
        " WHERE (CAST(:state AS text) IS NULL OR state = :state) AND (CAST(:before AS uuid) IS NULL OR letter.id < :before)"
        " ORDER BY letter.id DESC LIMIT :limit",
        state=state, before=before, limit=min(limit, _LISTED),
    )  # fmt: skip


async def send_letter_again(store: Store, letter: UUID, now: datetime) -> None:
    """Queue a letter that was given up once more, to be tried as often as a new one.

    Raises:
        NotFoundError: there is none such.
        ConflictError: it waits, or was sent.
    """
    state = await store.value("SELECT state FROM letter WHERE id = :letter FOR NO KEY UPDATE", letter=letter)
    if state is None:
        raise NotFoundError("There is no such letter.")
    if state != "failed":
        raise ConflictError("Only a letter that was given up can be sent again.")
    await store.run(
        "UPDATE letter SET state = 'waiting', attempts = 0, due_at = :now, created_at = :now, settled_at = NULL"
        " WHERE id = :letter",
        letter=letter, now=now,
    )  # fmt: skip


async def forget_letters(store: Store, now: datetime) -> int:
    """Forget what was settled a month ago; how many."""
    return await store.run("DELETE FROM letter WHERE created_at < :before AND state <> 'waiting'", before=now - _KEPT)
