"""Workers, their enrolments and their consent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from app.domain.conversation import ConsentAct
from app.store import tables
from app.store.database import Store, new_id
from app.store.vault import Vault, ensure_identities

_NEVER_WAITED: Mapping[UUID, datetime] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One good row of a roster; `number` is E.164, as is `other`, a second number of the same person.

    `confirmed` says that somebody vouches for it: silence on such a phone is a worker's, on another nobody's known.
    """

    number: str
    site: UUID
    language: str
    gender: str = ""
    age_band: str = ""
    employment: str = ""
    other: str = ""
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class RosterCounts:
    """What an import changed."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0


async def enrol(
    store: Store, vault: Vault, programme: UUID, entries: Sequence[RosterEntry], now: datetime
) -> RosterCounts:
    """Enrol a batch of workers; a number already known is updated where the row differs, else left alone."""
    identities = await ensure_identities(store, vault, programme, [entry.number for entry in entries], now)
    workers = await _workers_of(store, programme, list(identities.values()), now)
    others = {entry.other: workers[identities[entry.number]] for entry in entries if entry.other}
    await _link_others(store, vault, programme, others, now)
    current = await _active(store, list(workers.values()))
    added = updated = 0
    rows: list[dict[str, Any]] = []
    replaced: list[UUID] = []
    for entry in entries:
        worker = workers[identities[entry.number]]
        before = current.get(worker)
        fresh = _enrolment(programme, worker, entry, before)
        if before == fresh:
            continue
        if before is None:
            added += 1
        else:
            updated += 1
            replaced.append(worker)
        rows.append({"id": new_id(now), **fresh, "created_at": now})
    # The old enrolment stays, inactive: past answers are bound to it, not to the number.
    await store.run("UPDATE enrolment SET active = false WHERE active AND worker_id = ANY(:workers)", workers=replaced)
    await store.insert(tables.enrolments, rows)
    return RosterCounts(added, updated, len(entries) - added - updated)


def _enrolment(programme: UUID, worker: UUID, entry: RosterEntry, before: Mapping[str, Any] | None) -> dict[str, Any]:
    chosen = before is not None and before["chosen"]
    return {
        "programme_id": programme,
        "worker_id": worker,
        "site_id": entry.site,
        "language": before["language"] if before and chosen else entry.language,
        "chosen": chosen,
        "gender": entry.gender,
        "age_band": entry.age_band,
        "employment": entry.employment,
        "confirmed": entry.confirmed,
    }


async def _workers_of(store: Store, programme: UUID, identities: list[UUID], now: datetime) -> dict[UUID, UUID]:
    rows = await store.rows(
        "SELECT id, worker_id, stopped FROM identity WHERE id = ANY(:identities) FOR NO KEY UPDATE",
        identities=identities,
    )
    known = {row.id: row.worker_id for row in rows if row.worker_id is not None}
    fresh = {row.id: new_id(now) for row in rows if row.worker_id is None}
    stopped = [fresh[row.id] for row in rows if row.worker_id is None and row.stopped]
    await store.insert(
        tables.workers,
        [{"id": worker, "programme_id": programme, "created_at": now} for worker in fresh.values()],
    )
    await store.run(
        "UPDATE identity SET worker_id = given.worker FROM unnest(CAST(:ids AS uuid[]), CAST(:workers AS uuid[]))"
        " AS given(id, worker) WHERE identity.id = given.id",
        ids=list(fresh),
        workers=list(fresh.values()),
    )
    if stopped:
        entries = [(programme, worker, ConsentAct.WITHDRAWN) for worker in stopped]
        await write_consent(store, entries, "sms, before the roster named the number", {}, now)
    return known | fresh


async def _link_others(store: Store, vault: Vault, programme: UUID, others: Mapping[str, UUID], now: datetime) -> None:
    """Second numbers of workers; one that is somebody's already stays theirs, and is marked as shared."""
    if not others:
        return
    identities = await ensure_identities(store, vault, programme, list(others), now)
    await store.run(
        "UPDATE identity SET worker_id = given.worker, main = false"
        " FROM unnest(CAST(:ids AS uuid[]), CAST(:workers AS uuid[])) AS given(id, worker)"
        " WHERE identity.id = given.id AND worker_id IS NULL",
        ids=[identities[number] for number in others],
        workers=list(others.values()),
    )
    await store.run(
        "UPDATE identity SET shared = true FROM unnest(CAST(:ids AS uuid[]), CAST(:workers AS uuid[]))"
        " AS given(id, worker) WHERE identity.id = given.id AND worker_id <> given.worker",
        ids=[identities[number] for number in others],
        workers=list(others.values()),
    )


async def mark_shared(store: Store, vault: Vault, programme: UUID, numbers: Sequence[str], now: datetime) -> None:
    """Remember that the roster gives each of these numbers to more than one person."""
    if not numbers:
        return
    identities = await ensure_identities(store, vault, programme, numbers, now)
    await store.run("UPDATE identity SET shared = true WHERE id = ANY(:ids)", ids=list(identities.values()))


async def disown(store: Store, identities: Sequence[UUID]) -> None:
    """Take numbers from the workers they were not of, and leave them alone; who has another is texted there from now on."""
    rows = await store.rows(
        "UPDATE identity SET worker_id = NULL, main = true, stopped = true FROM (SELECT id, worker_id FROM identity"
        " WHERE id = ANY(:ids) FOR NO KEY UPDATE) AS before WHERE identity.id = before.id RETURNING before.worker_id",
        ids=list(identities),
    )
    lost = [row.worker_id for row in rows if row.worker_id is not None]
    # One that is somebody else's too is better than none; one that asked to be left alone is not.
    await store.run(
        "UPDATE identity SET main = true WHERE id = ANY(ARRAY(SELECT DISTINCT ON (worker_id) id FROM identity AS other"
        " WHERE worker_id = ANY(:lost) AND NOT stopped AND NOT EXISTS (SELECT FROM identity AS first"
        " WHERE first.worker_id = other.worker_id AND first.main) ORDER BY worker_id, shared, created_at, id))",
        lost=lost,
    )


async def set_stopped(store: Store, identities: Sequence[UUID], *, stopped: bool) -> None:
    """Remember that these phones asked to be left alone, or came back."""
    await store.run(
        "UPDATE identity SET stopped = :stopped WHERE id = ANY(:ids)", stopped=stopped, ids=list(identities)
    )


async def _active(store: Store, workers: list[UUID]) -> dict[UUID, dict[str, Any]]:
    rows = await store.records(
        "SELECT programme_id, worker_id, site_id, language, gender, age_band, employment, chosen, confirmed FROM enrolment"
        " WHERE active AND worker_id = ANY(:workers)",
        workers=workers,
    )
    return {row["worker_id"]: row for row in rows}


async def write_consent(
    store: Store,
    entries: Sequence[tuple[UUID, UUID, ConsentAct]],
    how: str,
    words: Mapping[UUID, str],
    now: datetime,
    written: Mapping[UUID, datetime] = _NEVER_WAITED,
) -> None:
    """Append to the ledger and set the present state.

    Args:
        store: an open transaction.
        entries: (programme, worker, act).
        how: by which way it came.
        words: of those who wrote some, by worker.
        now: the moment.
        written: when it came, of those whose text may have waited, by worker.
    """
    rows = [
        {
            "id": new_id(now),
            "programme_id": programme,
            "worker_id": worker,
            "act": act.value,
            "how": how,
            "words": words.get(worker, ""),
            "at": written.get(worker, now),
        }
        for programme, worker, act in entries
    ]
    await store.insert(tables.consent_ledger, rows)
    # That a number was somebody else's says nothing about the worker's own wish.
    for act in (ConsentAct.GRANTED, ConsentAct.REFUSED, ConsentAct.WITHDRAWN, ConsentAct.RESTORED):
        given = [worker for _, worker, kind in entries if kind is act]
        state = "granted" if act is ConsentAct.RESTORED else act.value
        if given:
            await store.run("UPDATE worker SET consent = :state WHERE id = ANY(:given)", state=state, given=given)


async def withdrawn_at(store: Store, workers: Sequence[UUID]) -> dict[UUID, datetime]:
    """When these workers last opted out, of those who did."""
    if not workers:
        return {}
    rows = await store.rows(
        "SELECT worker_id, max(at) AS at FROM consent_ledger WHERE worker_id = ANY(:workers) AND act = 'withdrawn'"
        " GROUP BY worker_id",
        workers=list(workers),
    )
    return {row.worker_id: row.at for row in rows}


async def switch_language(store: Store, worker: UUID, language: str) -> None:
    """Text the worker in this language from now on."""
    await store.run("UPDATE enrolment SET language = :language, chosen = true WHERE active AND worker_id = :worker",
                    language=language, worker=worker)  # fmt: skip


async def count_workers(store: Store, programme: UUID) -> list[dict[str, Any]]:
    """Active enrolments by site, language and consent; counts only, never a number."""
    return await store.records(
        "SELECT site.code AS site, language, consent, count(*) AS workers FROM enrolment JOIN site ON site.id = site_id"
        " JOIN worker ON worker.id = worker_id WHERE active AND enrolment.programme_id = :programme"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        programme=programme,
    )


async def consent_of(store: Store, worker: UUID) -> str:
    """The worker's present consent: unasked, granted, refused or withdrawn."""
    return await store.value("SELECT consent FROM worker WHERE id = :worker", worker=worker)


async def may_be_told(store: Store, worker: UUID) -> bool:
    """Whether a worker may be texted: they neither opted out nor said that it is not safe now."""
    return await store.value(
        "SELECT consent <> 'withdrawn' AND NOT apart AND erased_at IS NULL FROM worker WHERE id = :worker",
        worker=worker,
    )


async def countries_of(store: Store, identities: Sequence[UUID]) -> dict[UUID, str]:
    """Where these phones' workers are enrolled, ISO 3166-1 alpha-2; whoever is nowhere is left out."""
    rows = await store.rows(
        "SELECT identity.id, site.country FROM identity JOIN enrolment ON enrolment.worker_id = identity.worker_id"
        " AND active JOIN site ON site.id = enrolment.site_id WHERE identity.id = ANY(:ids)",
        ids=list(identities),
    )
    return {row.id: row.country for row in rows}
