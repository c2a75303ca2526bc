"""Needs, the worker's consent to a named service, and referrals with their history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.errors import ConflictError, NotFoundError
from app.domain.referral import DEADLINES, OPEN, UNASKED, Actor, Cause, ReferralState, age
from app.domain.survey import Sensitivity, Urgency
from app.store import tables
from app.store.database import Store, new_id

# This process has a road to the need's programme; a need it cannot serve must not stand before those it can.
_REACHED = (
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
# Who took a case up has read what was written before: a new cry is told anew, and is what they read now.
_HEARD_AGAIN = (
    f"DO UPDATE SET urgency = CASE WHEN {_PRESSES_MORE} THEN excluded.urgency ELSE need.urgency END,"
    " deadline_at = least(need.deadline_at, excluded.deadline_at), updated_at = excluded.updated_at,"
    " inbox_id = CASE WHEN need.acknowledged_at IS NULL THEN need.inbox_id ELSE coalesce(excluded.inbox_id, need.inbox_id)"
    " END, alerted_at = CASE WHEN need.acknowledged_at IS NULL THEN need.alerted_at END, acknowledged_at = NULL,"
    f" acknowledged_by = NULL WHERE {_PRESSES_MORE} OR need.acknowledged_at IS NOT NULL"
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
        f" AND {_REACHED.format('need')}"
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


async def refer(
    store: Store,
    *,
    need: UUID,
    service: UUID,
    words: str,
    fields: Sequence[str],
    reasons: Sequence[str],
    now: datetime,
) -> UUID | None:
    """Record the worker's consent to this service for this need, and the referral it allows; requested at once.

    None where the service has no place left, or takes nobody any more: two workers may have raced for the last one;
    or where somebody settled the need meanwhile.
    """
    row = await store.row("SELECT * FROM need WHERE id = :need FOR NO KEY UPDATE", need=need)
    if row is None:
        raise NotFoundError("There is no such need.")
    if row.state not in {"asked", "referred"} or not await _has_place(store, row.programme_id, service):
        return None
    consent, referral = new_id(now), new_id(now)
    await store.insert(
        tables.referral_consents,
        [{
            "id": consent, "programme_id": row.programme_id, "need_id": need, "worker_id": row.worker_id,
            "service_id": service, "words": words, "fields": list(fields), "given_at": now,
        }],
    )  # fmt: skip
    deadline = now + DEADLINES[Urgency(row.urgency)]
    await store.insert(
        tables.referrals,
        [{
            "id": referral, "programme_id": row.programme_id, "need_id": need, "sensitivity": row.sensitivity,
            "service_id": service, "consent_id": consent, "state": ReferralState.REQUESTED.value,
            "urgency": row.urgency, "reasons": list(reasons), "deadline_at": deadline, "created_at": now,
            "updated_at": now,
        }],
    )  # fmt: skip
    await _event(store, row.programme_id, referral, ReferralState.REQUESTED, Actor.REQUESTER, now)
    await store.run(
        "UPDATE need SET state = 'referred', wanted_service_id = NULL, updated_at = :now WHERE id = :need",
        need=need,
        now=now,
    )
    return referral


async def open_referral_of(store: Store, need: UUID) -> UUID | None:
    """The referral with which a service has a need now."""
    return await store.value(
        "SELECT id FROM referral WHERE need_id = :need AND state = ANY(:open) ORDER BY created_at DESC, id DESC LIMIT 1",
        need=need, open=sorted(OPEN),
    )  # fmt: skip


async def give_back(store: Store, referral: "Referral", now: datetime) -> bool:
    """Whether a service that was done is asked again for its need, which is with it from now on.

    Not where it has no place or takes nobody, another service has the need, or the worker was erased or has told of the
    same anew.
    """
    need = await store.row(
        "SELECT need.id FROM need JOIN worker ON worker.id = need.worker_id WHERE need.id = :need AND erased_at IS NULL"
        " AND joined_id IS NULL AND NOT EXISTS (SELECT FROM need AS other WHERE other.worker_id = need.worker_id"
        " AND other.category = need.category AND other.sensitivity = need.sensitivity AND other.id <> need.id"
        " AND other.state NOT IN ('closed', 'declined')) FOR NO KEY UPDATE OF need",
        need=referral.need,
    )
    if need is None or await open_referral_of(store, referral.need) is not None:
        return False
    if not await _has_place(store, referral.programme, referral.service):
        return False
    await store.run(
        "UPDATE need SET state = 'referred', updated_at = :now WHERE id = :need", need=referral.need, now=now
    )
    return True


async def close_unanswered(store: Store, referrals: Sequence[UUID], now: datetime) -> None:
    """Close the needs of services that were done where nobody is asked any more whether it helped.

    Else they would stand open for ever, and who tells of the same another time would not be heard.
    """
    await store.run(
        "UPDATE need SET state = 'closed', updated_at = :now FROM referral WHERE need.id = need_id"
        " AND referral.id = ANY(:referrals) AND referral.state = 'completed' AND check_at IS NULL AND need.state = 'referred'",
        referrals=list(referrals), now=now,
    )  # fmt: skip


async def close_unasked(store: Store, now: datetime) -> int:
    """Close the needs of services that were done where nobody can ask whether it helped; how many.

    The worker opted out, or has no number any more; or could not be asked for `UNASKED`, as one for whom it is not safe.
    What they would have said is not known, and stays so.
    """
    return await store.run(
        "WITH over AS (UPDATE referral SET check_at = NULL FROM need, worker WHERE need.id = need_id"
        " AND worker.id = need.worker_id AND referral.state = 'completed' AND check_at <= :now"
        " AND (consent = 'withdrawn' OR referral.updated_at <= :since"
        " OR NOT EXISTS (SELECT FROM identity WHERE identity.worker_id = worker.id AND main)) RETURNING need_id)"
        " UPDATE need SET state = 'closed', updated_at = :now FROM over WHERE need.id = need_id AND state = 'referred'",
        now=now, since=now - UNASKED,
    )  # fmt: skip


async def unanswered_referrals(store: Store, now: datetime, limit: int) -> list[tuple[UUID, UUID, bool]]:
    """Requests no service answered in time, and those whose service closed: (referral, programme, closed). Locked."""
    rows = await store.rows(
        "SELECT referral.id, referral.programme_id, service.status IN ('inactive', 'defunct') AS closed FROM referral"
        " JOIN service ON service.programme_id = referral.programme_id AND service.id = service_id"
        " WHERE referral.state = 'requested' AND (deadline_at <= :now OR service.status IN ('inactive', 'defunct'))"
        " ORDER BY deadline_at LIMIT :limit FOR NO KEY UPDATE OF referral SKIP LOCKED",
        now=now, limit=limit,
    )  # fmt: skip
    return [(row.id, row.programme_id, row.closed) for row in rows]


async def want_service(store: Store, need: UUID, service: UUID, now: datetime) -> None:
    """Offer the worker this service next, for somebody proposed a transfer to it."""
    await store.run(
        "UPDATE need SET wanted_service_id = :service, updated_at = :now WHERE id = :need AND state = 'referred'",
        need=need, service=service, now=now,
    )  # fmt: skip


async def unwant(store: Store, need: UUID) -> None:
    """The service a need was to be transferred to is offered now."""
    await store.run("UPDATE need SET wanted_service_id = NULL WHERE id = :need", need=need)


async def _has_place(store: Store, programme: UUID, service: UUID) -> bool:
    # Locked: whoever comes second counts the first one's referral.
    row = await store.row(
        "SELECT status, capacity FROM service WHERE programme_id = :programme AND id = :service FOR NO KEY UPDATE",
        programme=programme, service=service,
    )  # fmt: skip
    if row is None or row.status != "active":
        return False
    taken = await store.value(
        "SELECT count(*) FROM referral WHERE programme_id = :programme AND service_id = :service AND state = ANY(:open)",
        programme=programme, service=service, open=sorted(OPEN),
    )  # fmt: skip
    return row.capacity is None or taken < row.capacity


async def _event(
    store: Store, programme: UUID, referral: UUID, state: ReferralState, actor: Actor, now: datetime,
    cause: Cause = Cause.NONE,
) -> None:  # fmt: skip
    row = {"id": new_id(now), "programme_id": programme, "referral_id": referral, "state": state.value,
           "actor": actor.value, "cause": cause.value, "at": now}  # fmt: skip
    await store.insert(tables.referral_events, [row])


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral with what its next step needs."""

    id: UUID
    programme: UUID
    need: UUID
    service: UUID
    organization: UUID
    state: ReferralState
    urgency: Urgency
    worker: UUID
    identity: UUID | None
    language: str
    category: str
    waits: bool = False
    """The worker may not be contacted now: they opted out of texts, or said that it is not safe."""


async def get_referral(store: Store, programme: UUID, referral: UUID, organization: UUID | None = None) -> Referral:
    """The referral, locked; NotFoundError where it is not this programme's, or not this organization's."""
    row = await store.row(
        "SELECT referral.id, referral.programme_id, referral.need_id, referral.service_id, organization_id,"
        " referral.state, referral.urgency, need.worker_id, identity.id AS identity, coalesce(language, 'en') AS language,"
        " category, paused_at IS NOT NULL OR apart AS waits"
        " FROM referral JOIN service ON service.programme_id = referral.programme_id AND service.id = service_id"
        " JOIN need ON need.id = need_id JOIN worker ON worker.id = need.worker_id"
        " LEFT JOIN identity ON identity.worker_id = need.worker_id AND main"
        " LEFT JOIN enrolment ON enrolment.worker_id = need.worker_id AND active"
        " WHERE referral.id = :referral AND referral.programme_id = :programme"
        " AND (CAST(:organization AS uuid) IS NULL OR organization_id = :organization) FOR NO KEY UPDATE OF referral",
        referral=referral, programme=programme, organization=organization,
    )  # fmt: skip
    if row is None:
        raise NotFoundError("There is no such referral for this key.")
    return Referral(
        row.id, row.programme_id, row.need_id, row.service_id, row.organization_id,
        ReferralState(row.state), Urgency(row.urgency), row.worker_id, row.identity, row.language, row.category, row.waits,
    )  # fmt: skip


async def step_referral(
    store: Store,
    referral: Referral,
    state: ReferralState,
    actor: Actor,
    now: datetime,
    *,
    deadline: datetime | None = None,
    cause: Cause = Cause.NONE,
) -> None:
    """Write a step the life cycle allowed; a reopened referral gets a new deadline."""
    await store.run(
        "UPDATE referral SET state = :state, updated_at = :now, deadline_at = coalesce(:deadline, deadline_at)"
        " WHERE id = :referral",
        state=state.value, now=now, deadline=deadline, referral=referral.id,
    )  # fmt: skip
    await _event(store, referral.programme, referral.id, state, actor, now, cause)


async def set_check(store: Store, referral: UUID, at: datetime | None, *, anew: bool = False) -> None:
    """When the worker may be asked next whether it helped, None for never; `anew` forgets how often that was asked."""
    await store.run(
        "UPDATE referral SET check_at = :at, checks = CASE WHEN :anew THEN 0 ELSE checks END WHERE id = :referral",
        referral=referral, at=at, anew=anew,
    )  # fmt: skip


async def checks_of(store: Store, referral: UUID) -> int:
    """How often the worker was asked whether it helped, since the service was done."""
    return await store.value("SELECT checks FROM referral WHERE id = :referral", referral=referral)


async def count_check(store: Store, referral: UUID, again_at: datetime | None) -> None:
    """The worker is being asked whether it helped, and once more at `again_at`, unless they say something before."""
    await store.run(
        "UPDATE referral SET check_at = :at, checks = checks + 1 WHERE id = :referral", referral=referral, at=again_at
    )


async def set_helped(store: Store, referral: UUID, *, helped: bool) -> None:
    """The worker's word on "did it help?"."""
    await store.run("UPDATE referral SET helped = :helped WHERE id = :referral", helped=helped, referral=referral)


async def was_reopened(store: Store, referral: UUID) -> bool:
    """Whether the worker said once before that it did not help."""
    return await store.value(
        "SELECT EXISTS (SELECT FROM referral_event WHERE referral_id = :referral AND state = 'requested'"
        " AND actor = 'worker')",
        referral=referral,
    )


async def list_referrals(
    store: Store, programme: UUID, now: datetime, organization: UUID | None = None, limit: int = 200
) -> list[dict[str, Any]]:
    """Referrals, open ones first and of those the nearest deadline; for an organization only its own. No number, no worker.

    Each with how its waiting stands at `now`, and whether the worker may not be contacted for the time being.
    """
    rows = await store.rows(
        "SELECT referral.id, referral.state, referral.urgency, category, service.name AS service, referral.service_id,"
        " reasons, helped, referral.deadline_at, referral.created_at, referral.updated_at,"
        " paused_at IS NOT NULL OR apart AS waits FROM referral JOIN need ON need.id = need_id"
        " JOIN worker ON worker.id = need.worker_id"
        " JOIN service ON service.programme_id = referral.programme_id AND service.id = service_id"
        " WHERE referral.programme_id = :programme AND (CAST(:organization AS uuid) IS NULL OR"
        " organization_id = :organization) ORDER BY referral.state IN ('completed', 'rejected', 'failed', 'cancelled',"
        " 'entered-in-error'), referral.deadline_at, referral.id LIMIT :limit",
        programme=programme, organization=organization, limit=limit,
    )  # fmt: skip
    return [
        {
            "id": row.id, "state": row.state, "urgency": row.urgency, "category": row.category, "service": row.service,
            "service_id": row.service_id, "reasons": row.reasons, "helped": row.helped, "created_at": row.created_at,
            "updated_at": row.updated_at, "deadline_at": row.deadline_at, "waits": row.waits,
            "age": age(ReferralState(row.state), Urgency(row.urgency), row.updated_at, now).value,
        }
        for row in rows
    ]  # fmt: skip


async def history(store: Store, referral: UUID) -> list[dict[str, Any]]:
    """The steps a referral took."""
    return await store.records(
        "SELECT state, actor, cause, at FROM referral_event WHERE referral_id = :referral ORDER BY at, id",
        referral=referral,
    )


async def needs_by_state(store: Store, programme: UUID, round_id: UUID, *, sensitive: bool) -> list[Any]:
    """How many needs of a round stand where, by category; the sensitive ones only for whoever may know."""
    return list(
        await store.rows(
            "SELECT category, state, count(*) AS needs FROM need WHERE programme_id = :programme AND round_id = :round"
            " AND (:sensitive OR sensitivity = 'standard') GROUP BY 1, 2 ORDER BY 1, 2",
            programme=programme, round=round_id, sensitive=sensitive,
        )
    )  # fmt: skip


async def referrals_by_state(store: Store, programme: UUID, round_id: UUID) -> list[Any]:
    """How many referrals of a round stand where, and how many workers said it helped."""
    return list(
        await store.rows(
            "SELECT referral.state, count(*) AS referrals, count(*) FILTER (WHERE helped) AS helped,"
            " count(*) FILTER (WHERE NOT helped) AS not_helped FROM referral JOIN need ON need.id = need_id"
            " WHERE referral.programme_id = :programme AND need.round_id = :round GROUP BY 1 ORDER BY 1",
            programme=programme, round=round_id,
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


async def tried_services(store: Store, need: UUID) -> set[UUID]:
    """Services this need was referred to before."""
    return {
        row.service_id for row in await store.rows("SELECT service_id FROM referral WHERE need_id = :need", need=need)
    }


@dataclass(frozen=True, slots=True)
class ToCheck:
    """A completed referral whose worker is to be asked whether it helped; `checks` is how often they were."""

    referral: UUID
    programme: UUID
    worker: UUID
    service: UUID
    checks: int


async def referrals_to_check(store: Store, carriers: Sequence[str], now: datetime, limit: int) -> list[ToCheck]:
    """Whom to ask now whether it helped; nobody who is in a conversation, opted out, or is not safe."""
    rows = await store.rows(
        "SELECT referral.id, referral.programme_id, worker_id, service_id, checks FROM referral JOIN need ON need.id = need_id"
        " JOIN worker ON worker.id = worker_id WHERE check_at <= :now AND consent <> 'withdrawn' AND NOT apart"
        f" AND {_REACHED.format('need')}"
        " AND NOT EXISTS (SELECT FROM conversation WHERE conversation.worker_id = need.worker_id AND open)"
        " ORDER BY check_at LIMIT :limit FOR NO KEY UPDATE OF referral SKIP LOCKED",
        limit=limit, now=now, carriers=list(carriers),
    )  # fmt: skip
    return [ToCheck(row.id, row.programme_id, row.worker_id, row.service_id, row.checks) for row in rows]
