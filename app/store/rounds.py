"""Rounds, their invitations and their schedules."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError
from app.domain.rounds import RoundPlan, parse_plan
from app.store.database import Store, new_id
from app.store.statements import to_json


@dataclass(frozen=True, slots=True)
class Round:
    """One asking of a survey."""

    id: UUID
    programme: UUID
    survey: UUID
    channel: UUID
    name: str
    state: str
    plan: RoundPlan
    seed: int
    opens_at: datetime
    closes_at: datetime
    paused_at: datetime | None = None


def _round(row: Any) -> Round:
    return Round(
        row.id, row.programme_id, row.survey_id, row.channel_id, row.name, row.state,
        parse_plan(row.plan), row.seed, row.opens_at, row.closes_at, row.paused_at,
    )  # fmt: skip


_ASKED_AT_ITS_SITES = (
    "EXISTS (SELECT FROM case_rollup JOIN brand_site USING (site_id) WHERE round_id = round.id AND brand_id = :brand)"
)


async def create_round(
    store: Store,
    programme: UUID,
    *,
    survey: UUID,
    channel: UUID,
    name: str,
    plan: RoundPlan,
    seed: int,
    opens_at: datetime,
    now: datetime,
    override: Mapping[str, Any] | None = None,
    schedule: tuple[UUID, date] | None = None,
) -> UUID | None:
    """Keep a round as planned; None where its name, or the schedule's (id, local date), was taken already."""
    return await store.value(
        "INSERT INTO round (id, programme_id, survey_id, channel_id, name, state, plan, seed, override, schedule_id,"
        " local_date, opens_at, closes_at, created_at) VALUES (:id, :programme, :survey, :channel, :name, 'planned',"
        " CAST(:plan AS jsonb), :seed, CAST(:override AS jsonb), CAST(:schedule AS uuid), CAST(:local_date AS date),"
        " :opens_at, :closes_at, :now) ON CONFLICT DO NOTHING RETURNING id",
        id=new_id(now), programme=programme, survey=survey, channel=channel, name=name, plan=plan.to_json(), seed=seed,
        override=to_json(override) if override else None, schedule=schedule[0] if schedule else None,
        local_date=schedule[1] if schedule else None, opens_at=opens_at, closes_at=opens_at + plan.lasts, now=now,
    )  # fmt: skip


async def get_round(store: Store, programme: UUID, round_id: UUID) -> Round:
    """The round; NotFoundError where the programme has none such."""
    row = await store.row(
        "SELECT * FROM round WHERE id = :round AND programme_id = :programme", round=round_id, programme=programme
    )
    if row is None:
        raise NotFoundError("There is no such round in this programme.")
    return _round(row)


async def list_rounds(store: Store, programme: UUID, brand: UUID | None = None) -> list[dict[str, Any]]:
    """The programme's rounds, the newest first, with their survey; those asked at the brand's sites where one is given."""
    return await store.records(
        "SELECT round.id, name, state, opens_at, closes_at, paused_at, survey.code AS survey, survey.version"
        " FROM round JOIN survey ON survey.id = survey_id WHERE round.programme_id = :programme"
        f" AND (CAST(:brand AS uuid) IS NULL OR {_ASKED_AT_ITS_SITES}) ORDER BY opens_at DESC",
        programme=programme,
        brand=brand,
    )


async def invited_of(store: Store, rounds: Sequence[UUID]) -> dict[UUID, int]:
    """How many people each round invited; one that invited nobody is left out."""
    rows = await store.rows(
        "SELECT round_id, sum(n)::int AS invited FROM case_rollup WHERE round_id = ANY(:rounds) AND step = 'invited'"
        " GROUP BY round_id",
        rounds=list(rounds),
    )
    return {row.round_id: row.invited for row in rows}


async def round_to_open(store: Store, now: datetime) -> Round | None:
    """The planned round whose time came first, locked for this transaction."""
    row = await store.row(
        "SELECT * FROM round WHERE state = 'planned' AND opens_at <= :now AND paused_at IS NULL ORDER BY opens_at LIMIT 1"
        " FOR NO KEY UPDATE SKIP LOCKED",
        now=now,
    )
    return _round(row) if row is not None else None


async def rounds_to_close(store: Store, now: datetime) -> list[Round]:
    """Open rounds past their end, locked for this transaction."""
    rows = await store.rows(
        "SELECT * FROM round WHERE state = 'open' AND closes_at <= :now ORDER BY closes_at FOR NO KEY UPDATE SKIP LOCKED",
        now=now,
    )
    return [_round(row) for row in rows]


async def set_round_state(store: Store, round_id: UUID, state: str) -> None:
    """Planned → open → closed."""
    await store.run("UPDATE round SET state = :state WHERE id = :round", state=state, round=round_id)


@dataclass(frozen=True, slots=True)
class ToBegin:
    """An invitation whose moment has come."""

    invitation: UUID
    programme: UUID
    worker: UUID
    identity: UUID
    language: str
    survey: UUID
    channel: UUID
    carrier: str


async def claim_to_begin(store: Store, now: datetime, limit: int) -> list[ToBegin]:
    """Invitations to begin now, each marked as begun; whoever is in another conversation waits until it ends."""
    rows = await store.rows(
        "WITH due AS (SELECT invitation.id FROM invitation JOIN round ON round.id = round_id"
        " JOIN worker ON worker.id = invitation.worker_id WHERE NOT begun AND invitation.closed_at IS NULL"
        " AND planned_at <= :now AND round.state = 'open' AND paused_at IS NULL AND consent <> 'withdrawn' AND NOT EXISTS"
        " (SELECT FROM conversation WHERE conversation.worker_id = invitation.worker_id AND open)"
        " ORDER BY planned_at LIMIT :limit FOR NO KEY UPDATE OF invitation SKIP LOCKED)"
        " UPDATE invitation SET begun = true FROM round, identity, channel"
        " WHERE invitation.id = ANY(ARRAY(SELECT id FROM due)) AND round.id = invitation.round_id"
        " AND identity.worker_id = invitation.worker_id AND main AND channel.id = round.channel_id"
        " RETURNING invitation.id, invitation.programme_id, invitation.worker_id, identity.id AS identity,"
        " language, round.survey_id, round.channel_id, channel.carrier",
        now=now, limit=limit,
    )  # fmt: skip
    # One worker in two rounds at once: the first begins, the other waits for the next sweep.
    first: dict[UUID, ToBegin] = {}
    for row in rows:
        first.setdefault(row.worker_id, ToBegin(*row))
    waiting = [row.id for row in rows if first[row.worker_id].invitation != row.id]
    if waiting:
        await store.run("UPDATE invitation SET begun = false WHERE id = ANY(:waiting)", waiting=waiting)
    return list(first.values())


async def close_invitations(store: Store, entries: Sequence[tuple[UUID, str]], now: datetime) -> None:
    """Give invitations their final disposition; one that has one already keeps it."""
    await store.run(
        # What is closed is to begin no more, so that the index of what is need not know when it was closed.
        "UPDATE invitation SET disposition = given.disposition, closed_at = :now, begun = true"
        " FROM unnest(CAST(:ids AS uuid[]), CAST(:dispositions AS text[])) AS given(id, disposition)"
        " WHERE invitation.id = given.id AND closed_at IS NULL",
        ids=[entry[0] for entry in entries],
        dispositions=[entry[1] for entry in entries],
        now=now,
    )


async def set_disposition(store: Store, invitation: UUID, disposition: str) -> None:
    """Another disposition for an ended invitation, since an answer was coded by hand."""
    await store.run(
        "UPDATE invitation SET disposition = :disposition WHERE id = :invitation AND closed_at IS NOT NULL",
        invitation=invitation,
        disposition=disposition,
    )


async def invitation_cases(store: Store, invitations: Sequence[UUID], *, closed: bool = False) -> list[Any]:
    """What is known of invitations, for their disposition: one row each; of ended ones only where `closed`."""
    return list(
        await store.rows(
            "SELECT invitation.id, begun, sent_at IS NOT NULL AS sent, delivered_at IS NOT NULL AS delivered,"
            " failed_at IS NOT NULL AS failed, confirmed, consent,"
            " conversation.state, (SELECT count(*) FROM answer WHERE invitation_id = invitation.id"
            " AND outcome <> 'unclear') AS answered FROM invitation JOIN enrolment ON enrolment.id = enrolment_id"
            " JOIN worker ON worker.id = invitation.worker_id"
            " LEFT JOIN conversation ON conversation.invitation_id = invitation.id"
            " WHERE invitation.id = ANY(:ids) AND (invitation.closed_at IS NULL OR :closed)",
            ids=list(invitations),
            closed=closed,
        )
    )


async def open_invitations(store: Store, round_id: UUID) -> list[UUID]:
    """The invitations of a round without a disposition yet."""
    rows = await store.rows("SELECT id FROM invitation WHERE round_id = :round AND closed_at IS NULL", round=round_id)
    return [row.id for row in rows]


# -- schedules ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Schedule:
    """A round's recurrence: a cron line in a zone."""

    id: UUID
    programme: UUID
    survey: UUID
    name: str
    recurrence: str
    zone: str
    plan: RoundPlan
    created_at: datetime
    override: Mapping[str, Any] | None = None


async def create_schedule(
    store: Store,
    programme: UUID,
    survey: UUID,
    name: str,
    recurrence: str,
    zone: str,
    plan: RoundPlan,
    now: datetime,
    override: Mapping[str, Any] | None = None,
) -> UUID:
    """Keep a schedule."""
    schedule = new_id(now)
    await store.run(
        "INSERT INTO schedule (id, programme_id, survey_id, name, recurrence, zone, plan, override, created_at)"
        " VALUES (:id, :programme, :survey, :name, :recurrence, :zone, CAST(:plan AS jsonb), CAST(:override AS jsonb), :now)",
        id=schedule, programme=programme, survey=survey, name=name, recurrence=recurrence, zone=zone,
        plan=plan.to_json(), override=to_json(override) if override else None, now=now,
    )  # fmt: skip
    return schedule


async def schedules_of(store: Store, programme: UUID) -> list[dict[str, Any]]:
    """The programme's recurrences, those that ended too."""
    return await store.records(
        "SELECT schedule.id, schedule.name, recurrence, zone, active, survey.code AS survey, survey.version"
        " FROM schedule JOIN survey ON survey.id = survey_id WHERE schedule.programme_id = :programme ORDER BY schedule.id",
        programme=programme,
    )


async def stop_schedule(store: Store, programme: UUID, schedule: UUID) -> None:
    """End a recurrence; NotFoundError where the programme has none such."""
    touched = await store.run(
        "UPDATE schedule SET active = false WHERE id = :schedule AND programme_id = :programme",
        schedule=schedule,
        programme=programme,
    )
    if not touched:
        raise NotFoundError("There is no such schedule in this programme.")


async def active_schedules(store: Store) -> list[Schedule]:
    """Every schedule that still runs."""
    rows = await store.rows("SELECT * FROM schedule WHERE active ORDER BY id")
    return [
        Schedule(
            row.id,
            row.programme_id,
            row.survey_id,
            row.name,
            row.recurrence,
            row.zone,
            parse_plan(row.plan),
            row.created_at,
            row.override,
        )
        for row in rows
    ]


async def dates_fired(store: Store, since: date) -> set[tuple[UUID, date]]:
    """Of every schedule, the local dates after `since` that have their round."""
    rows = await store.rows("SELECT schedule_id, local_date FROM round WHERE local_date > :since", since=since)
    return {(row.schedule_id, row.local_date) for row in rows}


async def mark_sent(store: Store, invitations: Sequence[UUID], now: datetime) -> None:
    """The carrier took the first text of these."""
    await store.tell(
        "UPDATE invitation SET sent_at = :now WHERE id = ANY(:ids) AND sent_at IS NULL", now=now, ids=list(invitations)
    )


async def mark_delivered(store: Store, invitations: Sequence[UUID], now: datetime) -> None:
    """A text of these invitations reached the phone."""
    await store.run(
        "UPDATE invitation SET delivered_at = coalesce(delivered_at, :now), sent_at = coalesce(sent_at, :now)"
        " WHERE id = ANY(:ids) AND delivered_at IS NULL",
        now=now,
        ids=list(invitations),
    )


async def mark_undelivered(store: Store, invitation: UUID, now: datetime) -> None:
    """A text of this invitation never reached the phone."""
    await store.run(
        "UPDATE invitation SET failed_at = coalesce(failed_at, :now) WHERE id = :id", now=now, id=invitation
    )


async def plans_of(store: Store, invitations: Sequence[UUID]) -> dict[UUID, RoundPlan]:
    """The plan of each invitation's round."""
    rows = await store.rows(
        "SELECT invitation.id, plan::text AS plan FROM invitation JOIN round ON round.id = round_id"
        " WHERE invitation.id = ANY(:ids)",
        ids=list(invitations),
    )
    return {row.id: _plan(row.plan) for row in rows}


@lru_cache(maxsize=256)
def _plan(text: str) -> RoundPlan:
    """Keyed by the document itself: a changed plan is never mistaken for the old one."""
    return parse_plan(json.loads(text))


async def rounds_of(store: Store, invitations: Sequence[UUID]) -> dict[UUID, UUID]:
    """The round each invitation belongs to."""
    rows = await store.rows("SELECT id, round_id FROM invitation WHERE id = ANY(:ids)", ids=list(invitations))
    return {row.id: row.round_id for row in rows}


async def brand_sees_round(store: Store, brand: UUID, round_id: UUID) -> bool:
    """Whether the round was asked at a site the brand buys from."""
    return await store.value(
        f"SELECT EXISTS (SELECT FROM round WHERE id = :round AND {_ASKED_AT_ITS_SITES})",
        round=round_id,
        brand=brand,
    )
