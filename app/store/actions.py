"""Actions about findings, and who was told of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.action import Action, ActionState, Finding
from app.domain.errors import NotFoundError
from app.domain.survey import Review, Status, Survey
from app.store import tables
from app.store.database import Store, new_id
from app.store.statements import to_json
from app.store.surveys import load_surveys


@dataclass(frozen=True, slots=True)
class KeptAction:
    """An action as it is kept: `telling_at` is when somebody said that people are to be told, `told_at` when that was done.

    `told_upto` is the worker up to whom it is, in the order of their ids.
    """

    id: UUID
    programme: UUID
    action: Action
    telling_at: datetime | None
    told_upto: UUID | None
    told_at: datetime | None
    created_at: datetime


def _kept(row: Any) -> KeptAction:
    finding = Finding(row.round_id, row.said, row.indicator, row.question, tuple(row.sites))
    reviews = {
        language: Review(Status(told["status"]), told["by"], told["on"], told["note"])
        for language, told in row.reviews.items()
    }
    action = Action(finding, row.owner, row.due_on, ActionState(row.state), row.texts, reviews, row.measured_by)
    return KeptAction(
        row.id, row.programme_id, action, row.telling_at, row.told_upto, row.told_at, row.created_at
    )  # fmt: skip


async def add_action(store: Store, programme: UUID, action: Action, now: datetime) -> UUID:
    """Keep a new action; its id."""
    key = new_id(now)
    row = {
        "id": key, "programme_id": programme, "round_id": action.finding.round, "indicator": action.finding.indicator,
        "question": action.finding.question, "sites": list(action.finding.sites), "created_at": now,
        **_changeable(action, now),
    }  # fmt: skip
    await store.insert(tables.actions, [row])
    return key


def _changeable(action: Action, now: datetime) -> dict[str, Any]:
    return {
        "said": action.finding.said, "owner": action.owner, "due_on": action.due_on, "state": action.state.value,
        "texts": dict(action.texts), "reviews": {language: asdict(told) for language, told in action.reviews.items()},
        "measured_by": action.measured_by, "updated_at": now,
    }  # fmt: skip


async def change_action(store: Store, key: UUID, action: Action, now: datetime) -> None:
    """Keep what became of an action; what it is about stays."""
    await store.run(
        "UPDATE action SET said = :said, owner = :owner, due_on = :due_on, state = :state, texts = CAST(:texts AS jsonb),"
        " reviews = CAST(:reviews AS jsonb), measured_by = :measured_by, updated_at = :updated_at WHERE id = :id",
        id=key,
        **_changeable(action, now),
    )


async def get_action(store: Store, programme: UUID, key: UUID) -> KeptAction:
    """The action, locked; NotFoundError where the programme has none such."""
    row = await store.row(
        "SELECT * FROM action WHERE id = :action AND programme_id = :programme FOR NO KEY UPDATE",
        action=key,
        programme=programme,
    )
    if row is None:
        raise NotFoundError("There is no such action in this programme.")
    return _kept(row)


async def list_actions(
    store: Store, programme: UUID, round_id: UUID | None = None, limit: int = 500, *, measured: bool = False
) -> list[KeptAction]:
    """The programme's actions, or those about a round, or measured by it too, the nearest due first."""
    rows = await store.rows(
        "SELECT * FROM action WHERE programme_id = :programme AND (CAST(:round AS uuid) IS NULL OR round_id = :round"
        " OR (:measured AND measured_by = :round)) ORDER BY due_on, id LIMIT :limit",
        programme=programme, round=round_id, limit=limit, measured=measured,
    )  # fmt: skip
    return [_kept(row) for row in rows]


async def asked_sites(store: Store, round_id: UUID) -> list[dict[str, Any]]:
    """The sites a round was asked at: id, code, name, country."""
    return await store.records(
        "SELECT id, code, name, country FROM site WHERE id IN (SELECT site_id FROM case_rollup WHERE round_id = :round)"
        " ORDER BY code",
        round=round_id,
    )


async def surveys_of(store: Store, programme: UUID, rounds: Collection[UUID]) -> dict[UUID, Survey]:
    """What each of these rounds of a programme asks."""
    rows = await store.rows(
        "SELECT id, survey_id FROM round WHERE programme_id = :programme AND id = ANY(:rounds)",
        programme=programme,
        rounds=list(rounds),
    )
    surveys = await load_surveys(store, {row.survey_id for row in rows})
    return {row.id: surveys[row.survey_id] for row in rows}


# -- whom to tell ---------------------------------------------------------------------------------

# Everybody whom the round's first text reached the carrier for, at the sites the finding is about.
_ASKED = (
    "SELECT invitation.worker_id, invitation.site_id, invitation.language FROM invitation"
    " JOIN site ON site.id = invitation.site_id WHERE round_id = :round AND sent_at IS NOT NULL"
    " AND (:everywhere OR site.code = ANY(:sites))"
)
# Whoever said no, STOP, or that it is not safe now is left alone. Without an enrolment nobody knows the hour there.
_REACHABLE = (
    " JOIN worker ON worker.id = asked.worker_id AND consent NOT IN ('refused', 'withdrawn')"
    " AND NOT apart AND erased_at IS NULL"
    " JOIN identity ON identity.worker_id = worker.id AND main AND NOT stopped"
    " JOIN enrolment ON enrolment.worker_id = worker.id AND active JOIN site ON site.id = enrolment.site_id"
)
# The language a worker was asked in is one of the survey's; one chosen since is taken where it is too.
_LANGUAGE = "CASE WHEN enrolment.language = ANY(:languages) THEN enrolment.language ELSE asked.language END"


def _about(kept: KeptAction) -> dict[str, Any]:
    finding = kept.action.finding
    return {"round": finding.round, "everywhere": not finding.sites, "sites": list(finding.sites)}


@dataclass(frozen=True, slots=True)
class Audience:
    """People who would be told in one language, and the country their texts go to."""

    country: str
    language: str
    people: int


async def audience(store: Store, kept: KeptAction) -> list[Audience]:
    """Who would be told now, in groups."""
    rows = await store.rows(
        f"SELECT site.country, {_LANGUAGE} AS language, count(*) AS people FROM ({_ASKED}) AS asked {_REACHABLE}"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        **_about(kept),
        languages=list(kept.action.texts),
    )
    return [Audience(*row) for row in rows]


async def asked_about(store: Store, kept: KeptAction) -> int:
    """How many were asked about the finding."""
    return await store.value(f"SELECT count(*) FROM ({_ASKED}) AS asked", **_about(kept))


async def begin_telling(store: Store, key: UUID, override: Mapping[str, Any] | None, now: datetime) -> None:
    """Note that people are to be told, and who took a draft wording on their name."""
    await store.run(
        "UPDATE action SET telling_at = :now, override = CAST(:override AS jsonb), updated_at = :now WHERE id = :action",
        action=key, override=to_json(override) if override else None, now=now,
    )  # fmt: skip


async def action_to_tell(store: Store, carriers: Sequence[str]) -> KeptAction | None:
    """The action that was to be told first, and is not yet; locked, so that one process at a time tells it.

    Only of a programme whose texts this process can send: whoever it found no road for would never be told.
    """
    row = await store.row(
        "SELECT * FROM action WHERE telling_at IS NOT NULL AND told_at IS NULL AND EXISTS (SELECT FROM channel"
        " WHERE channel.programme_id = action.programme_id AND two_way AND carrier = ANY(:carriers))"
        " ORDER BY telling_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED",
        carriers=list(carriers),
    )
    return _kept(row) if row is not None else None


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody to be told: in which language, and at which site they were asked."""

    worker: UUID
    identity: UUID
    site: UUID
    language: str


async def next_listeners(store: Store, kept: KeptAction, limit: int) -> tuple[list[Listener], UUID | None]:
    """The next who were asked and may be told, and the last one looked at; None where nobody is left."""
    rows = await store.rows(
        f"WITH asked AS ({_ASKED} AND (CAST(:after AS uuid) IS NULL OR invitation.worker_id > :after)"
        " ORDER BY invitation.worker_id LIMIT :limit)"
        f" SELECT asked.worker_id, identity.id AS identity, asked.site_id, {_LANGUAGE} AS language,"
        " (SELECT worker_id FROM asked ORDER BY worker_id DESC LIMIT 1) AS last"
        f" FROM (SELECT) AS always LEFT JOIN (asked {_REACHABLE}) ON true ORDER BY asked.worker_id",
        **_about(kept), languages=list(kept.action.texts), after=kept.told_upto, limit=limit,
    )  # fmt: skip
    return [Listener(*row[:4]) for row in rows if row.identity is not None], rows[0].last


async def keep_tellings(store: Store, kept: KeptAction, told: Sequence[tuple[Listener, UUID]]) -> None:
    """Note who is told by which text; that a worker is told once is a key of the table."""
    await store.insert(
        tables.tellings,
        [
            {
                "programme_id": kept.programme, "action_id": kept.id, "worker_id": listener.worker,
                "site_id": listener.site, "outbox_id": text,
            }
            for listener, text in told
        ],
    )  # fmt: skip


async def told_until(store: Store, key: UUID, last: UUID | None, now: datetime) -> None:
    """Note how far the telling is; with None it is done."""
    await store.run(
        "UPDATE action SET told_upto = coalesce(:last, told_upto),"
        " told_at = CASE WHEN CAST(:last AS uuid) IS NULL THEN CAST(:now AS timestamptz) END WHERE id = :action",
        action=key, last=last, now=now,
    )  # fmt: skip


# -- whom it reached ------------------------------------------------------------------------------


async def note_delivered(store: Store, action: UUID, now: datetime) -> None:
    """Note which texts arrived, or a further try of them, before the outbox forgets it."""
    await store.run(
        "UPDATE telling SET delivered_at = :now WHERE action_id = :action AND delivered_at IS NULL AND EXISTS"
        " (SELECT FROM outbox WHERE outbox.id = telling.outbox_id AND outbox.state = 'delivered'"
        " UNION ALL SELECT FROM outbox WHERE outbox.retry_of = telling.outbox_id AND outbox.state = 'delivered')",
        action=action,
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """Of a site's people who were asked: how many a text was written to, and how many it reached."""

    site: UUID
    country: str
    asked: int
    written: int
    told: int


async def reach(store: Store, kept: KeptAction) -> list[Reach]:
    """Whom the telling reached, by site."""
    rows = await store.rows(
        f"SELECT asked.site_id, site.country, count(*) AS asked, count(telling.worker_id) AS written,"
        " count(*) FILTER (WHERE telling.delivered_at IS NOT NULL OR outbox.state = 'delivered') AS told"
        f" FROM ({_ASKED}) AS asked JOIN site ON site.id = asked.site_id"
        " LEFT JOIN telling ON action_id = :action AND telling.worker_id = asked.worker_id"
        " LEFT JOIN outbox ON outbox.id = telling.outbox_id GROUP BY 1, 2 ORDER BY 1",
        action=kept.id,
        **_about(kept),
    )
    return [Reach(*row) for row in rows]


async def tellings_since(store: Store, programme: UUID, since: datetime) -> list[KeptAction]:
    """The actions that people are, or were lately, told of."""
    rows = await store.rows(
        "SELECT * FROM action WHERE programme_id = :programme AND telling_at > :since ORDER BY id",
        programme=programme,
        since=since,
    )
    return [_kept(row) for row in rows]


async def told_figures(store: Store, actions: Sequence[UUID]) -> list[dict[str, Any]]:
    """The published shares of whoever was asked that the tellings reached."""
    return await store.records(
        "SELECT action_id, level, told_figure.country, site.code AS site, share, figured_at FROM told_figure"
        " LEFT JOIN site ON site.id = site_id WHERE action_id = ANY(:actions) ORDER BY level, told_figure.country, site.code",
        actions=list(actions),
    )


async def save_told_figures(store: Store, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep published shares; one that says the same as before keeps its moment."""
    await store.insert(
        tables.told_figures,
        rows,
        "(action_id, level, country, site_id) DO UPDATE SET share = excluded.share, figured_at = excluded.figured_at"
        " WHERE told_figure.share <> excluded.share",
    )
