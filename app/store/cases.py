"""Needs as the people see them who tend to them: what waits, how one of them went so far, and their own notes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError
from app.domain.referral import DEADLINES, OPEN, Age, ReferralState, age
from app.domain.survey import Sensitivity, Urgency
from app.store import tables
from app.store.database import Store, new_id
from app.store.vault import Vault

_OVER = ["closed", "declined"]
_NEED = (
    "SELECT need.id, need.worker_id, category, need.urgency, sensitivity, need.state, source, need.deadline_at,"
    " need.created_at, need.updated_at, acknowledged_at, joined_id, wanted.name AS wanted, site.code AS site,"
    " site.name AS site_name, coalesce(site.country, '') AS country, site.latitude, site.longitude,"
    " coalesce(enrolment.language, '') AS language, worker.consent, coalesce(apart, false) AS apart,"
    " held.id AS referral, held.state AS standing, held.service, held.service_id, held.updated_at AS stepped_at,"
    " held.paused_at IS NOT NULL AS paused"
    " FROM need LEFT JOIN site ON site.id = need.site_id LEFT JOIN worker ON worker.id = need.worker_id"
    " LEFT JOIN enrolment ON enrolment.worker_id = need.worker_id AND active"
    " LEFT JOIN service AS wanted ON wanted.programme_id = need.programme_id AND wanted.id = wanted_service_id"
    " LEFT JOIN LATERAL (SELECT referral.id, referral.state, service.name AS service, service_id, referral.updated_at,"
    " paused_at FROM referral JOIN service ON service.programme_id = referral.programme_id AND service.id = service_id"
    " WHERE need_id = need.id AND referral.state = ANY(:open) ORDER BY referral.created_at DESC, referral.id DESC LIMIT 1)"
    " AS held ON true WHERE need.programme_id = :programme AND sensitivity = :tier"
)


async def waiting_needs(
    store: Store, programme: UUID, tier: Sensitivity, now: datetime, limit: int = 2000
) -> list[dict[str, Any]]:
    """The open needs of a tier, the nearest deadline first, each with how its waiting stands (`age`)."""
    rows = await store.records(
        f"{_NEED} AND NOT need.state = ANY(:over) ORDER BY need.deadline_at, need.id LIMIT :limit",
        programme=programme, tier=tier.value, open=sorted(OPEN), over=_OVER, limit=limit,
    )  # fmt: skip
    return [_aged(row, now) for row in rows]


async def ended_needs(
    store: Store, programme: UUID, tier: Sensitivity, since: datetime, now: datetime, limit: int = 200
) -> list[dict[str, Any]]:
    """The needs of a tier that were closed or declined after `since`, the latest first."""
    rows = await store.records(
        f"{_NEED} AND need.state = ANY(:over) AND need.updated_at > :since ORDER BY need.updated_at DESC LIMIT :limit",
        programme=programme, tier=tier.value, open=sorted(OPEN), over=_OVER, since=since, limit=limit,
    )  # fmt: skip
    return [_aged(row, now) for row in rows]


async def one_need(store: Store, programme: UUID, need: UUID, tier: Sensitivity, now: datetime) -> dict[str, Any]:
    """One of them, open or over; NotFoundError where the tier has none such."""
    rows = await store.records(
        f"{_NEED} AND need.id = :need", programme=programme, need=need, tier=tier.value, open=sorted(OPEN)
    )
    if not rows:
        raise NotFoundError("There is no such need here.")
    return _aged(rows[0], now)


def _aged(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """With its age: since it was raised, or where it is with a service since that one's last step."""
    over, urgency = row["state"] in _OVER, Urgency(row["urgency"])
    if over:
        waiting = Age.FRESH
    elif row["referral"] is not None:
        waiting = age(ReferralState(row["standing"]), urgency, row["stepped_at"], now)
    else:
        waiting = age(ReferralState.REQUESTED, urgency, row["deadline_at"] - DEADLINES[urgency], now)
    return {**row, "over": over, "age": waiting}


async def others_of(store: Store, programme: UUID, need: UUID, tier: Sensitivity) -> list[dict[str, Any]]:
    """Further open needs of the same worker and tier, which may turn out to be one with it."""
    return await store.records(
        "SELECT other.id, other.category, other.state, other.created_at FROM need JOIN need AS other"
        " ON other.worker_id = need.worker_id AND other.id <> need.id WHERE need.id = :need"
        " AND need.programme_id = :programme AND other.programme_id = :programme AND other.sensitivity = :tier"
        " AND NOT other.state = ANY(:over) ORDER BY other.created_at, other.id",
        need=need, programme=programme, tier=tier.value, over=_OVER,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a need: what, by whom and why, and the service it was about; empty where none."""

    at: datetime
    what: str
    actor: str = ""
    cause: str = ""
    service: str = ""


async def events_of(store: Store, need: UUID) -> list[Event]:
    """How a need went, the oldest first: raised, asked about, agreed to, each step of its referrals, taken up."""
    rows = await store.rows(
        "SELECT at, what, actor, cause, coalesce(service.name, '') AS service FROM ("
        "SELECT created_at AS at, 0 AS place, 'raised-' || source AS what, '' AS actor, '' AS cause, programme_id,"
        " CAST(NULL AS uuid) AS service_id FROM need WHERE id = :need"
        " UNION ALL SELECT created_at, 1, CASE WHEN service_id IS NULL THEN 'call-asked' ELSE 'offered' END, '', '',"
        " programme_id, service_id FROM conversation WHERE need_id = :need"
        " UNION ALL SELECT given_at, 2, 'agreed', 'worker', '', programme_id, service_id FROM referral_consent"
        " WHERE need_id = :need"
        " UNION ALL SELECT at, 3, referral_event.state, actor, cause, referral.programme_id, service_id"
        " FROM referral_event JOIN referral ON referral.id = referral_id WHERE need_id = :need"
        " UNION ALL SELECT acknowledged_at, 4, 'taken-up', '', '', programme_id, NULL FROM need"
        " WHERE id = :need AND acknowledged_at IS NOT NULL"
        " UNION ALL SELECT updated_at, 5, CASE WHEN joined_id IS NULL THEN state ELSE 'joined' END, '', '', programme_id,"
        " NULL FROM need WHERE id = :need AND state IN ('closed', 'declined', 'unmatched', 'person')"
        ") AS event LEFT JOIN service ON service.programme_id = event.programme_id AND service.id = service_id"
        " ORDER BY at, place",
        need=need,
    )  # fmt: skip
    return [Event(row.at, row.what, row.actor, row.cause, row.service) for row in rows]


async def consents_of(store: Store, need: UUID) -> list[dict[str, Any]]:
    """What the worker agreed to for this need: which service, which fields, when."""
    return await store.records(
        "SELECT service.name AS service, fields, given_at FROM referral_consent JOIN service"
        " ON service.programme_id = referral_consent.programme_id AND service.id = service_id"
        " WHERE need_id = :need ORDER BY given_at, referral_consent.id",
        need=need,
    )


# -- notes ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody of the programme wrote down about a need, and who; None where no key opens it any more."""

    at: datetime
    by: str
    text: str | None = field(repr=False)


async def add_note(
    store: Store, vault: Vault, programme: UUID, need: UUID, by: UUID, text: str, now: datetime
) -> None:  # fmt: skip
    """Keep a note, sealed: what is written of a person is guarded as their number is."""
    key = new_id(now)
    sealed = vault.seal("need_note", key, programme, text)
    row = {
        "id": key, "programme_id": programme, "need_id": need, "key_id": by, "sealed": sealed.cipher,
        "key_version": sealed.key_version, "at": now,
    }  # fmt: skip
    await store.insert(tables.need_notes, [row])


async def notes_of(store: Store, vault: Vault, need: UUID) -> list[Note]:
    """The notes on a need and on those that were joined with it, the oldest first."""
    rows = await store.rows(
        "SELECT need_note.id, at, label, sealed, key_version FROM need_note JOIN api_key ON api_key.id = key_id"
        " WHERE need_id = :need OR need_id IN (SELECT id FROM need WHERE joined_id = :need) ORDER BY at, need_note.id",
        need=need,
    )
    return [
        Note(row.at, row.label, vault.open_if_it_fits("need_note", row.id, bytes(row.sealed), row.key_version))
        for row in rows
    ]
