"""Needs that surfaced, from the moment they are raised until they are settled."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.errors import ConflictError, NotFoundError
from app.domain.referral import DEADLINES
from app.domain.survey import Sensitivity, Urgency
from app.store import tables
from app.store.database import Store, new_id

# This process has a road to the need's programme; a need it cannot serve must not stand before those it can.
REACHED = (
    "EXISTS (SELECT FROM channel WHERE channel.programme_id = {}.programme_id AND two_way AND carrier = ANY(:carriers))"
)
_MATCH_AGAIN = timedelta(hours=12)
_ONE_OFFER_EVERY = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Raised:
    """A need that surfaced; `worker` is None for an unknown sender."""

    programme: UUID
    identity: UUID
    worker: UUID | None
    site: UUID | None
    category: str
    urgency: Urgency
    sensitivity: Sensitivity
    source: str
    question: str = ""
    round: UUID | None = None
    invitation: UUID | None = None
    reply: UUID | None = None
    reachable: bool = True


async def raise_needs(store: Store, needs: Sequence[Raised], now: datetime) -> int:
    """Keep needs; one that is open already for the same worker, category and tier is not doubled, but may press more."""
    rows = [
        {
            "id": new_id(now), "programme_id": need.programme, "worker_id": need.worker, "identity_id": need.identity,
            "site_id": need.site, "round_id": need.round, "invitation_id": need.invitation,
            "inbox_id": need.reply, "category": need.category,
            "urgency": need.urgency.value, "sensitivity": need.sensitivity.value, "source": need.source,
            "question": need.question,
            # Nobody can be asked by a number we do not know to be a worker's, or that opted out: a person looks.
            "state": "new" if need.worker and need.reachable else "person",
            "deadline_at": now + DEADLINES[need.urgency], "created_at": now, "updated_at": now,
        }
        for need in _most_pressing(needs)
    ]  # fmt: skip
    strangers = [row for row in rows if row["worker_id"] is None]
    await store.insert(
        tables.needs, strangers,
        f"(identity_id, category) WHERE worker_id IS NULL AND state NOT IN ('closed', 'declined') {_HEARD_AGAIN}",
    )  # fmt: skip
    return await store.insert(
        tables.needs, [row for row in rows if row["worker_id"] is not None],
        "(worker_id, category, sensitivity) WHERE worker_id IS NOT NULL AND state NOT IN ('closed', 'declined')"
        f" {_HEARD_AGAIN}",
    )  # fmt: skip


_RANK = "array_position(ARRAY['emergency', 'urgent', 'normal'], {}.urgency)"
_PRESSES_MORE = f"{_RANK.format('excluded')} < {_RANK.format('need')}"
# Who took a case up has read what was written before: a new cry is told anew, and is what they read now. What presses more
# than before waits neither for its turn to be told of nor for the next look for a service.
_HEARD_AGAIN = (
    f"DO UPDATE SET urgency = CASE WHEN {_PRESSES_MORE} THEN excluded.urgency ELSE need.urgency END,"
    " deadline_at = least(need.deadline_at, excluded.deadline_at), updated_at = excluded.updated_at,"
    " inbox_id = CASE WHEN need.acknowledged_at IS NULL THEN need.inbox_id ELSE coalesce(excluded.inbox_id, need.inbox_id)"
    " END, alerted_at = NULL, acknowledged_at = NULL, acknowledged_by = NULL,"
    " state = CASE need.state WHEN 'unmatched' THEN 'new' ELSE need.state END"
    f" WHERE {_PRESSES_MORE} OR need.acknowledged_at IS NOT NULL"
)


def _most_pressing(needs: Sequence[Raised]) -> list[Raised]:
    """One need for each worker, category and tier, the most urgent: one statement must not write a row twice.

    Of an unknown sender it is one for each category, as the database has it.
    """
    order = list(DEADLINES)
    first: dict[object, Raised] = {}
    for need in sorted(needs, key=lambda need: order.index(need.urgency)):
        known = (need.worker, need.category, need.sensitivity) if need.worker else (need.identity, need.category)
        first.setdefault(known, need)
    return [need for need in needs if need in first.values()]


@dataclass(frozen=True, slots=True)
class Need:
    """A need to route."""

    id: UUID
    programme: UUID
    worker: UUID
    category: str
    urgency: Urgency
    sensitivity: Sensitivity
    created_at: datetime
    country: str
    latitude: float | None
    longitude: float | None
    wanted: UUID | None = None
    """The service somebody proposed to transfer it to."""


async def needs_to_route(store: Store, carriers: Sequence[str], now: datetime, limit: int) -> list[Need]:
    """Needs to bring to a service, the most urgent first: new ones, and those none could take half a day ago.

    What changes in the registry makes those it may help new again (`wake_needs`).

    Only of workers who are in no conversation, and who were not asked about another need lately, unless it presses:
    nobody is showered with offers. Locked for this transaction.
    """
    rows = await store.rows(
        "SELECT need.id, need.programme_id, need.worker_id, category, urgency, sensitivity, need.created_at,"
        " coalesce(site.country, '') AS country, latitude, longitude, wanted_service_id"
        " FROM need LEFT JOIN site ON site.id = need.site_id"
        " JOIN worker ON worker.id = need.worker_id"
        " WHERE (need.state = 'new' OR (need.state = 'unmatched' AND need.updated_at <= :again)"
        " OR (need.state = 'referred' AND wanted_service_id IS NOT NULL))"
        " AND consent <> 'withdrawn' AND NOT apart AND NOT EXISTS (SELECT FROM conversation"
        " WHERE conversation.worker_id = need.worker_id AND (open OR (urgency = 'normal' AND conversation.need_id IS NOT NULL"
        " AND conversation.need_id <> need.id AND conversation.created_at > :lately))) AND need.created_at <= :now"
        f" AND {REACHED.format('need')}"
        " ORDER BY CASE urgency WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END, need.created_at LIMIT :limit"
        " FOR NO KEY UPDATE OF need SKIP LOCKED",
        now=now,
        carriers=list(carriers),
        again=now - _MATCH_AGAIN,
        lately=now - _ONE_OFFER_EVERY,
        limit=limit,
    )
    return [
        Need(
            row.id, row.programme_id, row.worker_id, row.category, Urgency(row.urgency), Sensitivity(row.sensitivity),
            row.created_at, row.country, row.latitude, row.longitude, row.wanted_service_id,
        )
        for row in rows
    ]  # fmt: skip


async def wake_needs(store: Store, programme: UUID, categories: Collection[str], now: datetime) -> int:
    """Have the needs of these categories that no service could take looked at again in the next pass; how many."""
    # New ones are named so that one which is just being looked at, before these services, is waited for.
    return await store.run(
        "UPDATE need SET state = 'new', updated_at = :now WHERE programme_id = :programme"
        " AND state IN ('new', 'unmatched') AND category = ANY(:categories)",
        programme=programme, categories=sorted(categories), now=now,
    )  # fmt: skip


async def hand_to_person(store: Store, now: datetime) -> int:
    """Needs a person looks at: of workers who opted out, or lost their number, and those no service fits in time."""
    return await store.run(
        "UPDATE need SET state = 'person', updated_at = :now FROM worker WHERE worker.id = need.worker_id"
        " AND ((need.state IN ('new', 'unmatched') AND (consent = 'withdrawn'"
        " OR NOT EXISTS (SELECT FROM identity WHERE identity.worker_id = worker.id AND main)))"
        " OR (need.state = 'unmatched' AND deadline_at <= :now)"
        # A sensitive need does not wait for a survey or a night to end: a person knows of it within a quarter of its time.
        " OR (sensitivity = 'high' AND need.state IN ('new', 'asked')"
        " AND need.created_at <= CAST(:now AS timestamptz) - (deadline_at - need.created_at) / 4))",
        now=now,
    )


async def close_need(store: Store, programme: UUID, need: UUID, now: datetime, *, sensitive: bool) -> None:
    """A person dealt with it; NotFoundError where the caller may not know of it, ConflictError while it is referred."""
    row = await _need(store, programme, need, sensitive=sensitive)
    if row["state"] == "referred":
        raise ConflictError("The need is with a service; its referral closes it.")
    await set_need_state(store, [need], "closed", now)


async def _need(store: Store, programme: UUID, need: UUID, *, sensitive: bool) -> dict[str, Any]:
    rows = await store.records(
        # The number it was raised from, unless that turned out to be another's: then the worker's own.
        "SELECT id, state, CASE WHEN worker_id IS NULL THEN identity_id ELSE (SELECT id FROM identity"
        " WHERE identity.worker_id = need.worker_id ORDER BY identity.id = need.identity_id DESC NULLS LAST, main DESC"
        " LIMIT 1) END AS identity_id FROM need WHERE programme_id = :programme AND id = :need"
        " AND (:sensitive OR sensitivity = 'standard') FOR NO KEY UPDATE",
        programme=programme, need=need, sensitive=sensitive,
    )  # fmt: skip
    if not rows:
        raise NotFoundError("There is no such need for this key.")
    return rows[0]


@dataclass(frozen=True, slots=True)
class Case:
    """A need as a focal point sees it: what was written, and the phone once a call may be made."""

    identity: UUID | None
    said: tuple[str, ...]


async def get_case(store: Store, programme: UUID, need: UUID) -> Case:
    """The texts that raised a need and those about the call; `identity` is None until the case is with a person.

    That is when the worker agreed to a call, never answered, opted out or is unknown to the roster.
    """
    row = await _need(store, programme, need, sensitive=True)
    texts = await store.rows(
        "SELECT text FROM inbox WHERE text IS NOT NULL AND (id = (SELECT inbox_id FROM need WHERE id = :need)"
        " OR conversation_id IN (SELECT id FROM conversation WHERE need_id = :need)) ORDER BY received_at, id",
        need=need,
    )
    return Case(row["identity_id"] if row["state"] == "person" else None, tuple(item.text for item in texts))


async def set_need_state(store: Store, needs: Sequence[UUID], state: str, now: datetime) -> int:
    """New → asked → referred, declined, unmatched or with a person → closed. How many: what is over stays so."""
    if not needs:
        return 0
    return await store.run(
        "UPDATE need SET state = :state, updated_at = :now WHERE id = ANY(:needs) AND state NOT IN ('closed', 'declined')",
        state=state,
        now=now,
        needs=list(needs),
    )


async def want_service(store: Store, need: UUID, service: UUID, now: datetime) -> None:
    """Offer the worker this service next, for somebody proposed a transfer to it."""
    await store.run(
        "UPDATE need SET wanted_service_id = :service, updated_at = :now WHERE id = :need AND state = 'referred'",
        need=need, service=service, now=now,
    )  # fmt: skip


async def unwant(store: Store, need: UUID) -> None:
    """The service a need was to be transferred to is offered now."""
    await store.run("UPDATE need SET wanted_service_id = NULL WHERE id = :need", need=need)


async def needs_by_state(store: Store, programme: UUID, round_id: UUID, *, sensitive: bool) -> list[Any]:
    """How many needs of a round stand where, by category; the sensitive ones only for whoever may know."""
    return list(
        await store.rows(
            "SELECT category, state, count(*) AS needs FROM need WHERE programme_id = :programme AND round_id = :round"
            " AND (:sensitive OR sensitivity = 'standard') GROUP BY 1, 2 ORDER BY 1, 2",
            programme=programme, round=round_id, sensitive=sensitive,
        )
    )  # fmt: skip


async def list_needs(store: Store, programme: UUID, *, sensitive: bool, limit: int = 500) -> list[dict[str, Any]]:
    """Open needs, the most sensitive and most pressing first; neutral fields only."""
    return await store.records(
        "SELECT need.id, category, urgency, sensitivity, state, source, site.code AS site, deadline_at, need.created_at"
        " FROM need LEFT JOIN site ON site.id = site_id WHERE need.programme_id = :programme"
        " AND state NOT IN ('closed', 'declined') AND (:sensitive OR sensitivity = 'standard')"
        f" ORDER BY sensitivity, {_RANK.format('need')}, deadline_at, need.id LIMIT :limit",
        programme=programme, sensitive=sensitive, limit=limit,
    )  # fmt: skip
