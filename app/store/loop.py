"""How far needs came, for the figures of the loop; and these figures as they are published."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.domain.disclosure import Key, Ledger
from app.domain.errors import NotFoundError
from app.domain.loop import Step, Way
from app.store import tables
from app.store.database import Store, new_id

# A need of the high tier is in none of these: not even that it is there may be told.
_KNOWN = (
    "need.programme_id = :programme AND sensitivity = 'standard' AND need.worker_id IS NOT NULL"
    " AND need.site_id IS NOT NULL AND joined_id IS NULL AND need.created_at >= :since"
)
_OFFERED = (
    "SELECT min(created_at) AS offered_at FROM conversation WHERE conversation.worker_id = need.worker_id"
    " AND conversation.need_id = need.id AND conversation.service_id IS NOT NULL"
)
_REFERRED = (
    "SELECT min(referral.created_at) AS consented_at, bool_or(helped) AS helped,"
    " (array_agg(organization_id ORDER BY referral.created_at))[1] AS organization FROM referral"
    " JOIN service ON service.programme_id = referral.programme_id AND service.id = service_id WHERE need_id = need.id"
)
_ANSWERED = (
    "SELECT min(at) FILTER (WHERE referral_event.state = 'accepted') AS accepted_at,"
    " min(at) FILTER (WHERE referral_event.state = 'completed') AS completed_at"
    " FROM referral JOIN referral_event ON referral_id = referral.id WHERE need_id = need.id"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A code of needs and the name under which it is counted."""

    code: str
    counted_as: str


@dataclass(frozen=True, slots=True)
class DatedWay:
    """How far one person came with needs of one kind that were raised in a quarter, by its first day."""

    quarter: date
    way: Way


async def ways(store: Store, programme: UUID, kinds: Sequence[Kind], since: datetime, now: datetime) -> list[DatedWay]:
    """How far each worker with a need of the standard tier came, a person, a kind and a quarter each.

    Args:
        store: a transaction.
        programme: whose needs.
        kinds: what each code is counted as; needs of other codes are left out.
        since: from which instant on needs were raised.
        now: until when it was looked.
    """
    rows = await store.rows(
        "SELECT CAST(date_trunc('quarter', need.created_at AT TIME ZONE 'UTC') AS date) AS quarter, need.site_id,"
        " site.country, counted_as, min(need.created_at) AS raised_at, min(least(offered_at, consented_at)) AS offered_at,"
        " min(consented_at) AS consented_at, min(accepted_at) AS accepted_at, min(completed_at) AS completed_at,"
        # The worker's yes to "did it help?" closes the need.
        " min(need.updated_at) FILTER (WHERE helped) AS helped_at, bool_and(need.state IN ('closed', 'declined')) AS ended,"
        " (array_agg(organization ORDER BY consented_at) FILTER (WHERE organization IS NOT NULL))[1] AS organization"
        " FROM need JOIN site ON site.id = need.site_id"
        " JOIN unnest(CAST(:codes AS text[]), CAST(:names AS text[])) AS kind(code, counted_as) ON kind.code = category"
        f" LEFT JOIN LATERAL ({_OFFERED}) AS offer ON true LEFT JOIN LATERAL ({_REFERRED}) AS referred ON true"
        f" LEFT JOIN LATERAL ({_ANSWERED}) AS answered ON consented_at IS NOT NULL WHERE {_KNOWN}"
        " GROUP BY quarter, need.worker_id, need.site_id, site.country, counted_as",
        programme=programme, since=since,
        codes=[kind.code for kind in kinds], names=[kind.counted_as for kind in kinds],
    )  # fmt: skip
    return [DatedWay(row.quarter, _way(row, now)) for row in rows]


def _way(row: Any, now: datetime) -> Way:
    moments = (
        row.raised_at, row.offered_at, row.consented_at, row.accepted_at, row.completed_at, row.helped_at,
    )  # fmt: skip
    return Way(
        (("country", row.country), ("site", str(row.site_id))),
        row.counted_as,
        {step: at - row.raised_at for step, at in zip(Step, moments, strict=True) if at is not None},
        now - row.raised_at,
        row.ended,
        str(row.organization or ""),
    )


async def staff(store: Store, programme: UUID) -> dict[Key, int]:
    """How many people were ever enrolled at each site: of whom a need could be."""
    rows = await store.rows(
        "SELECT country, site.id, count(DISTINCT worker_id) AS people FROM enrolment JOIN site ON site.id = site_id"
        " WHERE enrolment.programme_id = :programme GROUP BY 1, 2",
        programme=programme,
    )
    return {(("country", row.country), ("site", str(row.id))): row.people for row in rows}


# -- what is published ----------------------------------------------------------------------------


async def lock_loop(store: Store, programme: UUID) -> None:
    """Two publishers must not make a snapshot of one programme at once."""
    await store.run("SELECT FROM programme WHERE id = :programme FOR NO KEY UPDATE", programme=programme)


async def loops_to_publish(store: Store, since: datetime) -> list[UUID]:
    """The programmes whose figures of the loop were not published after `since`."""
    rows = await store.rows(
        "SELECT id FROM programme WHERE NOT EXISTS"
        " (SELECT FROM loop_publication WHERE programme_id = programme.id AND at > :since) ORDER BY id",
        since=since,
    )
    return [row.id for row in rows]


async def ledgers_of(store: Store, programme: UUID, prefix: str) -> defaultdict[str, Ledger]:
    """Whom published figures tell of, of the names that begin so; for the rule alone."""
    rows = await store.rows(
        "SELECT name, state FROM loop_ledger WHERE programme_id = :programme AND starts_with(name, :prefix)",
        programme=programme,
        prefix=prefix,
    )
    return defaultdict(Ledger, {row.name: Ledger.from_json(row.state) for row in rows})


async def save_ledgers(store: Store, programme: UUID, ledgers: Mapping[str, Ledger]) -> None:
    """Remember them for the next publication."""
    await store.insert(
        tables.loop_ledgers,
        [
            {"programme_id": programme, "name": name, "state": ledger.to_json()}
            for name, ledger in sorted(ledgers.items())
        ],
        "(programme_id, name) DO UPDATE SET state = excluded.state",
    )


async def latest_loop(store: Store, programme: UUID) -> dict[str, Any] | None:
    """The newest snapshot's id and moment; None before the first."""
    rows = await store.records(
        "SELECT id, at FROM loop_publication WHERE programme_id = :programme ORDER BY at DESC, id DESC LIMIT 1",
        programme=programme,
    )
    return rows[0] if rows else None


async def loop_of(store: Store, programme: UUID, publication: UUID) -> dict[str, Any]:
    """One of the snapshots.

    Raises:
        NotFoundError: the programme has none such.
    """
    rows = await store.records(
        "SELECT id, at FROM loop_publication WHERE programme_id = :programme AND id = :publication",
        programme=programme,
        publication=publication,
    )
    if not rows:
        raise NotFoundError("There is no such publication of the needs.")
    return rows[0]


async def loop_figures(store: Store, publication: UUID) -> list[dict[str, Any]]:
    """The figures of a snapshot as they are kept."""
    return await store.records(
        "SELECT period, level, country, site_id, organization_id, category, step, people, median_hours, figured_at"
        " FROM loop_figure WHERE publication_id = :publication",
        publication=publication,
    )


async def named_loop_figures(store: Store, publication: UUID) -> list[dict[str, Any]]:
    """The same in order, with the codes of sites and the names of organizations."""
    return await store.records(
        "SELECT period, level, loop_figure.country, site.code AS site, organization.name AS provider, category, step,"
        " people, median_hours, figured_at FROM loop_figure LEFT JOIN site ON site.id = site_id LEFT JOIN organization"
        " ON organization.programme_id = loop_figure.programme_id AND organization.id = organization_id"
        " WHERE publication_id = :publication ORDER BY period, level, loop_figure.country, site.code, organization.name,"
        " category, array_position(CAST(:steps AS text[]), step)",
        publication=publication,
        steps=[step.value for step in Step],
    )


async def save_loop(store: Store, programme: UUID, figures: Sequence[Mapping[str, Any]], now: datetime) -> UUID:
    """Keep a snapshot; its id."""
    publication = new_id(now)
    await store.insert(tables.loop_publications, [{"id": publication, "programme_id": programme, "at": now}])
    where = {"programme_id": programme, "publication_id": publication}
    await store.insert(tables.loop_figures, [{**where, **figure} for figure in figures])
    return publication


async def organization_names(store: Store, programme: UUID, organizations: Sequence[UUID]) -> dict[str, str]:
    """The names of organizations by id."""
    rows = await store.rows(
        "SELECT id, name FROM organization WHERE programme_id = :programme AND id = ANY(:ids)",
        programme=programme,
        ids=list(organizations),
    )
    return {str(row.id): row.name for row in rows}
